"""Similarities of points in the high-dimensional space, as probabilities."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from runmath.core import as_integer, as_matrix, unit_scaled

STEPS = 60  # of Newton's method or halvings of the range of log beta: these alone would do, to rounding
CLOSE = 1e-13  # error of the entropy, in nats, at which a row is done
FLAT = -1e-100  # slope of the entropy from which a step would overflow: halve instead
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
    Newton's method on log(1 / 2 s^2), all rows at once, with a halving of the bracket wherever a step would leave it:
    about ten evaluations of the entropy instead of the fifty of bisection alone. Where several neighbours coincide
    with the point, or are equally near, a perplexity below their number cannot be reached: the row is then uniform
    over them.
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
    beta = np.exp(_log_beta(shifted, finite, float(np.log(perplexity))))
    P = np.exp(-beta * shifted) * finite
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
    X = unit(as_matrix(X, "X"))
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

    Raises
    ------
    ValueError
        If `n_neighbors` is not between 1 and n - 1, or the perplexity not between 1 and `n_neighbors`.

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

    X = unit(as_matrix(X, "X"))
    n = len(X)
    k = min(n - 1, int(3 * perplexity) + 1) if n_neighbors is None else n_neighbors
    k = as_integer(k, "n_neighbors", high=n - 1)
    distances, found = NearestNeighbors(n_neighbors=k).fit(X).kneighbors()
    P, _ = conditional_affinities(distances**2, perplexity)
    P = csr_array((P.ravel(), found.ravel(), np.arange(0, n * k + 1, k)), shape=(n, n))
    return csr_array((P + P.T) / (2 * n))


def _log_beta(shifted: np.ndarray, finite: np.ndarray, target: float) -> np.ndarray:
    """Return log beta of shape (n, 1), at which each row has the entropy `target`."""
    t = np.zeros((len(shifted), 1))
    low, high = t - LOG_RANGE, t + LOG_RANGE
    for _ in range(STEPS):
        entropy, slope = _entropy(shifted, finite, np.exp(t))
        excess = entropy - target
        if (abs(excess) <= CLOSE).all():
            break
        low, high = np.where(excess > 0, t, low), np.where(excess > 0, high, t)
        step = t - np.divide(excess, slope, out=np.full_like(t, np.inf), where=slope < FLAT)
        t = np.where((low < step) & (step < high), step, (low + high) / 2)
    return t


def _entropy(shifted: np.ndarray, finite: np.ndarray, beta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the entropy of each row in nats and its derivative by log beta, both of shape (n, 1)."""
    weights = np.exp(-beta * shifted)
    weights *= finite
    total = weights.sum(axis=1, keepdims=True)
    weights *= shifted
    mean = weights.sum(axis=1, keepdims=True) / total
    weights *= shifted
    variance = weights.sum(axis=1, keepdims=True) / total - mean**2
    return np.log(total) + beta * mean, -(beta**2) * variance


def unit(X: np.ndarray) -> np.ndarray:
    """Return X moved to its mean, in units in which no square overflows; affinities stay as they are."""
    X, _ = unit_scaled(X)
    return unit_scaled(X - X.mean(axis=0))[0]


def _squares(X: np.ndarray) -> np.ndarray:
    """Return squared distances of many centred points, by one matrix product."""
    norms = (X**2).sum(axis=1)
    return np.maximum(norms[:, None] + norms - 2 * X @ X.T, 0.0)
