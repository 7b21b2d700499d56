"""Bins: a feature is replaced by the number, 0 to 254, of the interval its value lies in."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_matrix, as_vector

MAX_BINS = 255


def midpoint(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Return thresholds t with low ≤ t < high, halfway where floating point has room for it.

    Examples
    --------
    >>> float(midpoint(1.0, 2.0)), float(midpoint(1.0, np.nextafter(1.0, 2.0)))
    (1.5, 1.0)
    """
    middle = np.asarray(low) / 2 + np.asarray(high) / 2  # halved first: the sum may overflow
    return np.where((middle >= low) & (middle < high), middle, low)


class Binner:
    """Sort the values of each feature into at most `max_bins` intervals of about equal weight.

    The cuts lie between neighbouring distinct values, at the quantiles j / max_bins of the weighted data. A
    feature with at most `max_bins` distinct values keeps them all apart: nothing is lost.

    Parameters
    ----------
    max_bins : int
        2 to 255, so that a bin number is one byte.

    Attributes
    ----------
    n_bins_ : ndarray of shape (n_features,)
        Bins of each feature.
    lower_, upper_ : ndarray of shape (n_features, max(n_bins_))
        Smallest and largest training value in each bin; NaN past the last bin.

    Notes
    -----
    Sorting costs O(n log n) a feature, once per fit, and a split then looks at 255 bins instead of n values.
    A row of weight 2 counts as two rows, one of weight 0 as none. LightGBM and scikit-learn's histogram trees
    take their quantiles on a subsample of 200,000 rows and give missing values a bin of their own; here
    missing values are refused.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] ke2017lightgbm, section 2.1.

    Examples
    --------
    >>> Binner().fit([[1.0], [5.0], [2.0], [5.0]]).transform([[0.0], [1.6], [4.0]]).ravel()
    array([0, 1, 2], dtype=uint8)
    """

    def __init__(self, *, max_bins: int = MAX_BINS) -> None:
        self.max_bins = max_bins

    def fit(self, X: ArrayLike, sample_weight: ArrayLike | None = None) -> Binner:
        """Choose the cuts.

        Parameters
        ----------
        X : array_like of shape (n_samples, n_features)
            Finite.
        sample_weight : array_like of shape (n_samples,), optional
            Non-negative, not all zero.

        Returns
        -------
        Binner
            Itself.

        Raises
        ------
        TypeError, ValueError
            If X is not a finite real matrix or `max_bins` is out of range.
        """
        max_bins = as_integer(self.max_bins, "max_bins", low=2, high=MAX_BINS)
        X = as_matrix(X, "X")
        w = (
            np.ones(len(X))
            if sample_weight is None
            else as_vector(sample_weight, "sample_weight", size=len(X))
        )
        columns = [_bin_limits(x[w > 0], w[w > 0], max_bins) for x in X.T]
        self.n_bins_ = np.array([len(lower) for lower, _ in columns])
        shape = (X.shape[1], int(self.n_bins_.max()))
        self.lower_, self.upper_ = np.full(shape, np.nan), np.full(shape, np.nan)
        for f, (lower, upper) in enumerate(columns):
            self.lower_[f, : len(lower)], self.upper_[f, : len(upper)] = lower, upper
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return the bin numbers, uint8 of shape (n_samples, n_features), stored feature by feature."""
        X = as_matrix(X, "X")
        bins = np.empty((X.shape[1], X.shape[0]), np.uint8)
        for f, k in enumerate(self.n_bins_):
            edges = midpoint(self.upper_[f, : k - 1], self.lower_[f, 1:k])
            bins[f] = np.searchsorted(edges, X[:, f], side="left")  # x ≤ edge goes left
        return bins.T

    def threshold(self, feature: np.ndarray, cut: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Return the value halfway between the last value of bin `cut` and the first of bin `after`."""
        return midpoint(self.upper_[feature, cut], self.lower_[feature, after])


def _bin_limits(x: np.ndarray, w: np.ndarray, max_bins: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest value in each bin of one feature."""
    order = np.argsort(x, kind="stable")
    x, total = x[order], np.cumsum(w[order])
    last = np.flatnonzero(np.append(x[1:] != x[:-1], True))  # last row of each distinct value
    values, total = x[last], total[last]
    if len(values) > max_bins:
        quantiles = total[-1] * np.arange(1, max_bins) / max_bins
        ends = np.unique(np.append(np.searchsorted(total, quantiles * (1 - 1e-12)), len(values) - 1))
    else:
        ends = np.arange(len(values))
    return values[np.append(0, ends[:-1] + 1)], values[ends]
