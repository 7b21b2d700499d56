"""Mean, variance, skewness and kurtosis in one pass over data that need not fit into memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_matrix, as_vector

BATCH = 8192  # values worked on at a time: they and their powers stay in the cache


@dataclass(frozen=True, eq=False)
class Moments:
    """What has been learnt from n values: their mean, and the sums M_k = Σ (x_i - mean)^k for k = 2, 3, 4.

    Parameters
    ----------
    n : int
        Number of values.
    mean, M_2, M_3, M_4 : float or ndarray of shape (p,)
        An array where each value is a row of p numbers; columns are treated apart.

    Notes
    -----
    Two of them are merged by ``+``, in some thirty operations, for any sizes. With one new value this is Welford's
    update.
    Fourth powers are taken: a spread above 1e77 is refused, and below 1e-77 the sums M_3, M_4 vanish and
    skewness and kurtosis lose their digits; divide such values by a constant first.
    Sums of squares of the raw values, the other way to do it in one pass, lose all digits where the mean is large
    against the standard deviation. Chapter: probability/bayes-and-random-variables-2.

    References
    ----------
    :cite:t:`welford1962note`; :cite:t:`chan1983algorithms`; :cite:t:`pebay2008formulas`.

    Examples
    --------
    >>> both = Moments.of([1.0, 2.0]) + Moments.of([6.0])
    >>> both.n, both.mean, both.variance()
    (3, 3.0, 7.0)
    """

    n: int
    mean: float | np.ndarray
    M_2: float | np.ndarray
    M_3: float | np.ndarray
    M_4: float | np.ndarray

    def __post_init__(self) -> None:
        """Refuse what has overflowed."""
        if not (np.isfinite(self.mean).all() and np.isfinite(self.M_4).all()):
            raise ValueError(
                "values must have fourth powers below 1e308, got larger ones; divide by a constant first"
            )

    @classmethod
    def of(cls, x: ArrayLike) -> Moments:
        """Return the moments of values of shape (n,), or of each column of shape (n, p).

        Raises
        ------
        TypeError, ValueError
            If the values are not real numbers, not finite, too far apart for fourth powers, or there are none.
        """
        x = as_matrix(x, "x") if np.ndim(x) == 2 else as_vector(x, "x")
        rows = max(1, BATCH // (x.size // len(x)))
        parts = [_of_batch(x[start : start + rows]) for start in range(0, len(x), rows)]
        while len(parts) > 1:  # merge neighbours: errors grow with the logarithm of the number of parts
            odd = parts[len(parts) // 2 * 2 :]
            parts = [a + b for a, b in zip(parts[::2], parts[1::2], strict=False)] + odd
        return parts[0]

    def __add__(self, other: Moments) -> Moments:
        """Return the moments of all values of both."""
        if not isinstance(other, Moments):
            return NotImplemented
        if np.shape(self.mean) != np.shape(other.mean):
            raise ValueError(
                f"both `Moments` must be of values of one shape, got {np.shape(self.mean)} and {np.shape(other.mean)}"
            )
        n_a, n_b, n = self.n, other.n, self.n + other.n
        a, b = n_a / n, n_b / n
        d = np.subtract(other.mean, self.mean)
        with np.errstate(over="ignore", invalid="ignore"):  # the result is checked
            M_2 = self.M_2 + other.M_2 + d**2 * n_a * b
            M_3 = self.M_3 + other.M_3 + d**3 * n_a * b * (a - b) + 3 * d * (a * other.M_2 - b * self.M_2)
            M_4 = self.M_4 + other.M_4 + d**4 * n_a * b * (a**2 - a * b + b**2)
            M_4 = (
                M_4 + 6 * d**2 * (a**2 * other.M_2 + b**2 * self.M_2) + 4 * d * (a * other.M_3 - b * self.M_3)
            )
            return Moments(n, *map(_plain, (self.mean + d * b, M_2, M_3, M_4)))

    def variance(self, *, ddof: int = 1) -> float | np.ndarray:
        """Return M_2 / (n - ddof): ddof = 1 is right on average, ddof = 0 divides by n.

        Raises
        ------
        ValueError
            If there are not more than `ddof` values.
        """
        if not self.n > ddof:
            raise ValueError(f"the variance needs more than `ddof` = {ddof} values, got {self.n}")
        return self.M_2 / (self.n - ddof)

    @property
    def skewness(self) -> float | np.ndarray:
        """Third central moment over variance^(3/2), both with divisor n; NaN for constant values."""
        return _ratio(self.M_3 / self.n, (self.M_2 / self.n) ** 1.5)

    @property
    def excess_kurtosis(self) -> float | np.ndarray:
        """Fourth central moment over variance^2, less 3: zero for a normal distribution; NaN for constant values."""
        return _ratio(self.M_4 / self.n, (self.M_2 / self.n) ** 2) - 3


def running_moments(batches: Iterable[ArrayLike]) -> Moments:
    """Merge the moments of batches that come one after the other, M = M_1 + M_2 + ...

    Parameters
    ----------
    batches : iterable of array-like of shape (n_i,) or (n_i, p)
        Read once; one batch is held in memory at a time.

    Returns
    -------
    Moments

    Raises
    ------
    ValueError
        If there is no batch, or the batches have different numbers of columns.

    Notes
    -----
    Chapter: probability/bayes-and-random-variables-2.

    References
    ----------
    :cite:t:`pebay2008formulas`.

    Examples
    --------
    >>> running_moments([[1.0, 2.0], [3.0], [4.0, 5.0]]).variance()
    2.5
    """
    total = None
    for batch in batches:
        part = Moments.of(batch)
        total = part if total is None else total + part
    if total is None:
        raise ValueError("`batches` must hold at least one batch, got none")
    return total


def _of_batch(x: np.ndarray) -> Moments:
    """Two passes over values that are in the cache."""
    with np.errstate(over="ignore", invalid="ignore"):  # the result is checked
        mean = x.mean(axis=0)
        d = x - mean
        rest = d.mean(axis=0)  # rounding of the mean: centre once more
        d -= rest
        squares = d * d
        M_2 = squares.sum(axis=0)
        M_3, M_4 = (squares * d).sum(axis=0), (squares * squares).sum(axis=0)
        return Moments(len(x), *map(_plain, (mean + rest, M_2, M_3, M_4)))


def _plain(value: float | np.ndarray) -> float | np.ndarray:
    return float(value) if np.ndim(value) == 0 else value


def _ratio(numerator: float | np.ndarray, denominator: float | np.ndarray) -> float | np.ndarray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return _plain(np.divide(numerator, denominator))
