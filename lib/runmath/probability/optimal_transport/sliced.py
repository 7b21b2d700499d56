"""The Wasserstein distance averaged over projections to a line."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_rng
from runmath.probability.optimal_transport.line import uniform_cut
from runmath.probability.optimal_transport.measures import as_exponent, as_points, weighted_norm


def sliced_wasserstein(
    X: ArrayLike,
    Y: ArrayLike,
    *,
    p: float = 2,
    n_projections: int = 100,
    rng: np.random.Generator | int,
) -> float:
    """Estimate SW_p = (E_θ W_p(θᵀX, θᵀY)^p)^{1/p}, θ uniform on the unit sphere.

    Parameters
    ----------
    X : array_like of shape (m, d)
    Y : array_like of shape (n, d)
        Point clouds of equal masses 1 / m and 1 / n.
    p : float
        At least 1.
    n_projections : int
        Number L of random directions.
    rng : Generator or int
        Draws the directions.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If the points are no clouds of one dimension, or a number is out of range.

    Notes
    -----
    Cost O(L (m log m + n log n + (m + n) d)), memory O(L (m + n)): no cost matrix. The p-th power is unbiased,
    and its error falls like 1 / √L. SW_p ≤ W_p, with equality on the line, where every direction is ±1.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] bonneel2015sliced, Section 3.

    Examples
    --------
    >>> sliced_wasserstein([[0], [1]], [[5], [7]], p=1, rng=0)
    5.5
    """
    X, Y = as_points(X, Y)
    p = as_exponent(p)
    L, d = as_integer(n_projections, "n_projections"), X.shape[1]
    directions = as_rng(rng).standard_normal((L, d))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    x, y = (np.sort(directions @ points.T, axis=1) for points in (X, Y))  # (L, m), (L, n)
    i, j, masses = uniform_cut(len(X), len(Y))  # one for all: equal masses need no other merge
    return weighted_norm(np.abs(x[:, i] - y[:, j]).ravel(), np.tile(masses, L), p) / L ** (1 / p)
