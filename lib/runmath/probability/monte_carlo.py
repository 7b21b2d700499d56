"""Expectations by random sampling, with their standard errors."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from runmath.core import as_integer, as_rng, as_vector, norm, unit_scaled

BATCH = 100_000  # draws held in memory at a time


@dataclass(frozen=True)
class MonteCarloEstimate:
    """A mean of independent draws, and how far it may be from the expectation.

    Parameters
    ----------
    estimate : float
        Mean of the draws.
    standard_error : float
        Standard deviation of the draws (divisor n - 1) over sqrt(n); NaN for a single draw.
    n : int
        Number of draws.
    """

    estimate: float
    standard_error: float
    n: int

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """Return the normal interval: estimate -+ z standard errors.

        Parameters
        ----------
        confidence : float
            Between 0 and 1: the share of such intervals that contain the expectation, for large n.

        Returns
        -------
        tuple of float

        Raises
        ------
        ValueError
            If `confidence` is not between 0 and 1.

        Notes
        -----
        It relies on the central limit theorem: draws of finite variance, and enough of them. For a few
        dozen draws take Student's t instead of z, for skewed ones many more draws.

        Examples
        --------
        >>> low, high = MonteCarloEstimate(2.0, 0.5, 100).interval(0.95)
        >>> round(low, 2), round(high, 2)
        (1.02, 2.98)
        """
        if not 0 < confidence < 1:
            raise ValueError(f"`confidence` must be between 0 and 1, got {confidence!r}")
        reach = float(ndtri((1 + confidence) / 2)) * self.standard_error
        return self.estimate - reach, self.estimate + reach


def monte_carlo(
    f: Callable[[np.ndarray], ArrayLike],
    sampler: Callable[[np.random.Generator, int], np.ndarray],
    n: int,
    *,
    rng: np.random.Generator | int,
) -> MonteCarloEstimate:
    """Estimate the expectation E f(X) by the mean of f over n independent draws of X.

    Parameters
    ----------
    f : callable
        Takes draws of shape (m, ...), returns their m values.
    sampler : callable
        ``sampler(rng, m)`` returns m independent draws, along the first axis.
    n : int
        Number of draws; any number fits into memory, they are made in batches of 100,000.
    rng : Generator or int

    Returns
    -------
    MonteCarloEstimate

    Raises
    ------
    ValueError
        If `n` is not a positive integer, or `f` or `sampler` do not return one finite value for each draw.

    Notes
    -----
    The error falls like 1 / sqrt(n) in every dimension. In one or two dimensions rules such as
    `scipy.integrate.quad` are incomparably better, and `scipy.stats.qmc` offers points that are spread more
    evenly than random ones. The standard error is honest for draws of finite variance only.
    Chapter: probability/estimation-and-monte-carlo.

    References
    ----------
    :cite:t:`metropolis1949monte`. Batches are merged as in :cite:t:`chan1983algorithms`, equations 2.1a-b.

    Examples
    --------
    >>> always = monte_carlo(lambda x: x**2, lambda rng, m: np.full(m, 3.0), 10, rng=0)
    >>> always.estimate, always.standard_error
    (9.0, 0.0)
    """
    n, rng = as_integer(n, "n"), as_rng(rng)
    count, mean, spread = 0, 0.0, 0.0  # spread: root of the sum of squared deviations
    while count < n:
        m = min(BATCH, n - count)
        draws = sampler(rng, m)
        if len(draws) != m:
            raise ValueError(f"`sampler` must return {m} draws, got {len(draws)}")
        values = as_vector(f(draws), "f(draws)", size=m)
        step = values.mean() - mean
        spread = math.hypot(spread, norm(values - values.mean()), step * math.sqrt(count * m / (count + m)))
        mean += step * m / (count + m)
        count += m
    return MonteCarloEstimate(float(mean), spread / math.sqrt(n - 1) / math.sqrt(n) if n > 1 else math.nan, n)


def control_variate(values: ArrayLike, control: ArrayLike, control_mean: float) -> MonteCarloEstimate:
    """Estimate the mean of draws with the help of a variable whose expectation is known.

    Solves min_b Var(values - b (control - control_mean)) and returns the mean of what is left.

    Parameters
    ----------
    values, control : array-like of shape (n,)
        Values of the two variables for the same draws; n at least 3.
    control_mean : float
        Expectation of the control.

    Returns
    -------
    MonteCarloEstimate

    Raises
    ------
    ValueError
        If the shapes differ, n is below 3, the control is constant, or `control_mean` is not finite.

    Notes
    -----
    The variance falls by the factor 1 - r^2, where r is the correlation. As b is taken from the same draws,
    the estimate has a bias of order 1/n, which is small beside its standard error.
    Chapter: probability/estimation-and-monte-carlo.

    References
    ----------
    :cite:t:`owen2013monte`, section 8.9.

    Examples
    --------
    >>> control_variate([1.0, 3.0, 5.0], [0.0, 1.0, 2.0], 2.0)
    MonteCarloEstimate(estimate=5.0, standard_error=0.0, n=3)
    """
    values = as_vector(values, "values")
    control = as_vector(control, "control", size=len(values))
    n = len(values)
    if n < 3:
        raise ValueError(f"`values` must hold at least 3 draws, got {n}")
    if control.min() == control.max():
        raise ValueError("`control` must vary; a constant carries no information")
    if not math.isfinite(control_mean):
        raise ValueError(f"`control_mean` must be finite, got {control_mean!r}")
    deviation, e = unit_scaled(control - control.mean())
    b = deviation @ (values - values.mean()) / (deviation @ deviation)  # slope times 2^e
    left = values - b * np.ldexp(control - control_mean, -e)
    error = norm(left - left.mean()) / math.sqrt(n - 2) / math.sqrt(n)
    return MonteCarloEstimate(float(left.mean()), error, n)
