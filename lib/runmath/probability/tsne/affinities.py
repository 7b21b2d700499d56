"""Similarities of points in the high-dimensional space, as probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from runmath.core import as_integer, as_matrix

BISECTIONS = 80  # halvings of the range of log beta: to rounding
LOG_RANGE = 60.0  # of beta around one over the mean squared distance; beyond, the row is one point or uniform


def conditional_affinities(squares: ArrayLike, perplexity: float) -> tuple[np.ndarray, np.ndarray]:
    """Return p_{j|i} = exp(-d_ij^2 / 2 s_i^2) / sum_k, with s_i such that each row has the given perplexity.

    Parameters
    ----------
    squares : array-like of shape (n, k)
        Squared distances d_ij^2 from each point to k others; inf leaves one out.
    perplexity : float
        exp of the entropy (in nats) of each row: an effective number of neighbours, between 1 and the number of
        finite entries of every row (both excluded).

    Returns
    -------
    P : ndarray of shape (n, k)
        Rows sum to one.
    sigma : ndarray of shape (n,)
        The bandwidths s_i.

    Raises
    ------
    ValueError
        If a distance is negative or NaN, or the perplexity cannot be reached.

    Notes
    -----
    Bisection on log(1 / 2 s^2), all rows at once. Where several neighbours coincide with the point, or are equally
    near, a perplexity below their number cannot be reached: the row is then uniform over them.
    Chapter: probability/tsne.

    References
    ----------
    :cite:t:`maaten2008visualizing`, equation 1 and section 2.

    Examples
    --------
    >>> P, sigma = conditional_affinities([[1.0, 1.0, 4.0]], 2.5)
    >>> P.round(4)
    array([[0.46  , 0.46  , 0.0799]])
    """
    squares = np.array(squares, dtype=float)
    if squares.ndim != 2 or np.isnan(squares).any() or (squares < 0).any():
        raise ValueError("`squares` must be a matrix of squared distances >= 0 without NaN")
    most = np.isfinite(squares).sum(axis=1).min(initial=squares.shape[1])
    if not 1 < perplexity < most:
        raise ValueError(
            f"`perplexity` must be between 1 and {most}, the number of neighbours, got {perplexity!r}"
        )
    finite = np.isfinite(squares)
    shifted = squares - squares.min(axis=1, keepdims=True)  # does not change the rows, and avoids underflow
    scale = np.mean(shifted, axis=1, where=finite, keepdims=True)
    scale[scale == 0] = 1.0
    shifted = np.where(finite, shifted / scale, 0.0)
    target = np.log(perplexity)
    low, high = np.full((len(squares), 1), -LOG_RANGE), np.full((len(squares), 1), LOG_RANGE)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        wide = _entropy(shifted, finite, np.exp(middle)) > target
        low, high = np.where(wide, middle, low), np.where(wide, high, middle)
    beta = np.exp((low + high) / 2)
    P = np.where(finite, np.exp(-beta * shifted), 0.0)
    return P / P.sum(axis=1, keepdims=True), np.sqrt(scale / (2 * beta))[:, 0]


def joint_affinities(X: ArrayLike, perplexity: float) -> np.ndarray:
    """Return p_ij = (p_{j|i} + p_{i|j}) / 2n for all pairs of points.

    Parameters
    ----------
    X : array-like of shape (n, d)
    perplexity : float
        Between 1 and n - 1.

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, zero on the diagonal; sums to one.

    Notes
    -----
    Chapter: probability/tsne.

    Examples
    --------
    >>> joint_affinities([[0.0], [1.0], [3.0]], 1.5).sum().round(12)
    np.float64(1.0)
    """
    X = as_matrix(X, "X")
    squares = ((X[:, None] - X[None]) ** 2).sum(axis=2) if X.size * len(X) < 1e7 else _squares(X)
    np.fill_diagonal(squares, np.inf)
    P, _ = conditional_affinities(squares, perplexity)
    return (P + P.T) / (2 * len(P))


def neighbour_affinities(X: ArrayLike, perplexity: float, *, n_neighbors: int | None = None) -> csr_array:
    """Return the joint affinities among nearest neighbours alone, as a sparse matrix.

    Parameters
    ----------
    X : array-like of shape (n, d)
    perplexity : float
        Between 1 and `n_neighbors`.
    n_neighbors : int, optional
        Three times the perplexity by default, and at most n - 1. What is left out is little in the plane (0.1 % of
        a row's mass on the average), 2 to 3 % for digits of 64 pixels, 5 % for 100 independent coordinates.

    Returns
    -------
    csr_array of shape (n, n)
        Symmetric; sums to one.

    Notes
    -----
    Neighbours are found by scikit-learn. Chapter: probability/tsne.

    References
    ----------
    :cite:t:`maaten2014accelerating`, section 4.1.

    Examples
    --------
    >>> neighbour_affinities([[0.0], [1.0], [3.0]], 1.5, n_neighbors=2).shape
    (3, 3)
    """
    from sklearn.neighbors import NearestNeighbors  # takes long to import

    X = as_matrix(X, "X")
    n = len(X)
    k = min(n - 1, int(3 * perplexity) + 1) if n_neighbors is None else n_neighbors
    k = as_integer(k, "n_neighbors", high=n - 1)
    distances, found = NearestNeighbors(n_neighbors=k).fit(X).kneighbors()
    P, _ = conditional_affinities(distances**2, perplexity)
    P = csr_array((P.ravel(), found.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    return csr_array((P + P.T) / (2 * n))


def _entropy(shifted: np.ndarray, finite: np.ndarray, beta: np.ndarray) -> np.ndarray:
    """Return the entropy of each row in nats, shape (n, 1)."""
    weights = np.where(finite, np.exp(-beta * shifted), 0.0)
    total = weights.sum(axis=1, keepdims=True)
    return np.log(total) + beta * (weights * shifted).sum(axis=1, keepdims=True) / total


def _squares(X: np.ndarray) -> np.ndarray:
    """Return squared distances of many points, by one matrix product."""
    X = X - X.mean(axis=0)
    norms = (X**2).sum(axis=1)
    return np.maximum(norms[:, None] + norms - 2 * X @ X.T, 0.0)
