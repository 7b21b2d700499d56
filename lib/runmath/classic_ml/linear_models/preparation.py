"""What all linear models do before they fit: check numbers, leave out rows of weight 0, centre."""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np


def as_at_least_zero(value: Any, name: str) -> float:
    """Return a finite real number of at least 0.

    Examples
    --------
    >>> as_at_least_zero(1, "alpha")
    1.0
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number, got {value!r}")
    if not 0 <= value < np.inf:
        raise ValueError(f"`{name}` must be at least 0 and finite, got {value}")
    return float(value)


def as_above_zero(value: Any, name: str, *, infinite: bool = False) -> float:
    """Return a real number above 0, which may be infinite where that is allowed.

    Examples
    --------
    >>> as_above_zero(float("inf"), "C", infinite=True)
    inf
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number, got {value!r}")
    if not 0 < value <= np.inf or (value == np.inf and not infinite):
        raise ValueError(f"`{name}` must be above 0{'' if infinite else ' and finite'}, got {value}")
    return float(value)


def mean_rows(X: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return Σ w_i x_i / Σ w_i, (p,), and in a column without variation exactly its value.

    Rounding would leave a constant column a little beside its mean, and the rest would pass for a feature.

    Examples
    --------
    >>> mean_rows(np.array([[0.1, 1.0], [0.1, 2.0], [0.1, 6.0]]), np.ones(3))
    array([0.1, 3. ])
    """
    mean = (w / w.sum()) @ X
    # only a column whose first row nearly is the mean can be constant: few are looked at entry by entry
    close = np.flatnonzero(np.abs(X[0] - mean) <= 1e-8 * np.abs(mean))
    constant = close[(X[:, close] == X[0, close]).all(axis=0)]
    mean[constant] = X[0, constant]
    return mean


class Centred(NamedTuple):
    """Weighted, centred data: least squares on X and y finds the slopes, the means give the intercept."""

    X: np.ndarray  # (n, p), rows times √w
    y: np.ndarray  # (n,), times √w
    x_mean: np.ndarray  # (p,)
    y_mean: float

    def intercept(self, coef: np.ndarray) -> float:
        """Return ȳ - x̄ᵀ w: the best plane goes through the means."""
        return float(self.y_mean - self.x_mean @ coef)


def centred(X: np.ndarray, y: np.ndarray, w: np.ndarray, *, fit_intercept: bool) -> Centred:
    """Return √w (X - x̄) and √w (y - ȳ) with weighted means, or with zeros without an intercept.

    Examples
    --------
    >>> centred(np.array([[1.0], [3.0]]), np.array([0.0, 4.0]), np.ones(2), fit_intercept=True).y
    array([-2.,  2.])
    """
    used = w > 0
    if not used.all():
        X, y, w = X[used], y[used], w[used]
    if fit_intercept:
        x_mean, y_mean = mean_rows(X, w), float(mean_rows(y[:, None], w)[0])
    else:
        x_mean, y_mean = np.zeros(X.shape[1]), 0.0
    if (w == 1).all():
        return Centred(X - x_mean, y - y_mean, x_mean, y_mean)
    root = np.sqrt(w)
    return Centred((X - x_mean) * root[:, None], (y - y_mean) * root, x_mean, y_mean)
