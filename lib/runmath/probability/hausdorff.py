"""The Hausdorff distance between finite point sets."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_matrix, times_power_of_two, unit_scaled

ROUNDING = 4 * EPS  # of 0.07 * 100, which comes out above 7


@dataclass(frozen=True)
class HausdorffDistance:
    """A Hausdorff distance, its two directed parts, and where each is attained.

    Parameters
    ----------
    distance : float
        The larger part.
    forward, backward : float
        max over x of the distance to Y, and max over y of the distance to X.
    forward_pair, backward_pair : tuple (i, j)
        Row of X and row of Y at whose distance the part is attained.
    """

    distance: float
    forward: float
    backward: float
    forward_pair: tuple[int, int]
    backward_pair: tuple[int, int]


def hausdorff(X: ArrayLike, Y: ArrayLike, *, quantile: float = 1.0) -> HausdorffDistance:
    """Return max(max_x min_y |x - y|, max_y min_x |x - y|).

    Parameters
    ----------
    X : array-like of shape (m, p)
        Points, one a row.
    Y : array-like of shape (n, p)
    quantile : float
        With q < 1 the outer maxima are replaced by the smallest value that a share q of the points does not exceed:
        the partial distance, which outliers do not reach.

    Returns
    -------
    HausdorffDistance

    Raises
    ------
    ValueError
        If the sets are empty, differ in dimension, or `quantile` is not in (0, 1].

    Notes
    -----
    Nearest neighbours by k-d trees: (m + n) log(m + n) in few dimensions, m n in many. A partial distance obeys no
    triangle inequality. `scipy.spatial.distance.directed_hausdorff` returns one directed part; it looks at pairs in
    random order, and stops looking at a point as soon as it cannot raise the maximum.
    Chapter: probability/metrics-and-mahalanobis.

    References
    ----------
    :cite:t:`huttenlocher1993comparing`, for directed and partial distances.

    Examples
    --------
    >>> result = hausdorff([[0.0], [1.0]], [[0.0], [5.0]])
    >>> result.forward, result.backward, result.distance
    (1.0, 4.0, 4.0)
    """
    X, Y = as_matrix(X, "X"), as_matrix(Y, "Y")
    if X.shape[1] != Y.shape[1]:
        raise ValueError(f"`Y` must have {X.shape[1]} columns as `X` has, got {Y.shape[1]}")
    if not 0 < quantile <= 1:
        raise ValueError(f"`quantile` must be above 0 and at most 1, got {quantile}")
    both, e = unit_scaled(np.vstack([X, Y]))  # no square overflows or underflows
    X, Y = np.split(both, [len(X)])
    forward, forward_pair = _directed(X, Y, quantile)
    backward, pair = _directed(Y, X, quantile)
    forward, backward = times_power_of_two([forward, backward], e, "the distance").tolist()
    return HausdorffDistance(max(forward, backward), forward, backward, forward_pair, pair[::-1])


def _directed(X: np.ndarray, Y: np.ndarray, quantile: float) -> tuple[float, tuple[int, int]]:
    """Return the ordered distance from X to Y of rank ceil(quantile m), with its rows of X and Y."""
    from scipy.spatial import KDTree  # here, because it takes long to import

    distances, nearest = KDTree(Y, balanced_tree=False, compact_nodes=False).query(X)  # built faster
    rank = int(np.ceil(quantile * len(X) * (1 - ROUNDING))) - 1
    i = int(np.argsort(distances, kind="stable")[rank])
    return float(distances[i]), (i, int(nearest[i]))
