"""Best approximations of low rank, what they cost to store, and how far they are from the matrix."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_vector, norm
from runmath.linear_algebra.svd import SVDResult, svd


def truncate(decomposition: SVDResult, rank: int) -> np.ndarray:
    """Return A_k = Σ_{i ≤ k} s_i u_i v_iᵀ from a singular value decomposition.

    Parameters
    ----------
    decomposition : SVDResult
        Of a matrix of shape (m, n).
    rank : int
        The number k of terms, from 1 to min(m, n).

    Returns
    -------
    ndarray of shape (m, n)

    Raises
    ------
    TypeError, ValueError
        If `rank` is not an integer in range.

    Notes
    -----
    Cost 2 m n k. Chapter: linear-algebra/svd.

    Examples
    --------
    >>> truncate(svd([[3, 0], [0, 2]]), 1).round(12) + 0.0
    array([[3., 0.],
           [0., 0.]])
    """
    k = as_integer(rank, "rank", high=len(decomposition.s))
    return (decomposition.U[:, :k] * decomposition.s[:k]) @ decomposition.Vt[:k]


def low_rank_approximation(A: ArrayLike, rank: int) -> np.ndarray:
    """Return the matrix of rank at most k that is closest to A in the spectral and in the Frobenius norm.

    Parameters
    ----------
    A : array_like of shape (m, n)
    rank : int
        From 1 to min(m, n).

    Returns
    -------
    ndarray of shape (m, n)
        One of the closest matrices, where several are equally close.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real matrix or `rank` is out of range.

    Notes
    -----
    Cost of a singular value decomposition. Chapter: linear-algebra/svd.

    References
    ----------
    .. [1] eckart1936approximation.
    .. [2] mirsky1960symmetric, for every unitarily invariant norm.

    Examples
    --------
    >>> low_rank_approximation([[1, 1], [1, 1]], 1).round(12)
    array([[1., 1.],
           [1., 1.]])
    """
    return truncate(svd(A), rank)


def truncation_errors(s: ArrayLike, rank: int) -> tuple[float, float]:
    """Return ‖A - A_k‖ in the spectral and in the Frobenius norm, from the singular values of A alone.

    Parameters
    ----------
    s : array_like of shape (r,)
        Singular values, descending.
    rank : int
        From 0 to r.

    Returns
    -------
    spectral, frobenius : float
        s_{k+1} and the root of the sum of squares from s_{k+1} on; zero for k = r.

    Raises
    ------
    ValueError
        If `s` is not a descending vector of non-negative numbers, or `rank` is out of range.
    OverflowError
        If the Frobenius norm exceeds the largest float64.

    Examples
    --------
    >>> truncation_errors([12, 4, 3], 1)
    (4.0, 5.0)
    """
    s = as_vector(s, "s")
    if (s < 0).any() or (np.diff(s) > 0).any():
        raise ValueError("`s` must be non-negative and descending, got other values")
    rest = s[as_integer(rank, "rank", low=0, high=len(s)) :]
    return float(rest.max(initial=0.0)), norm(rest)


def svd_storage(shape: tuple[int, int], rank: int) -> int:
    """Return the count k (m + n + 1) of numbers in k terms: k singular values, and k vectors on each side.

    Parameters
    ----------
    shape : (m, n)
    rank : int
        The number k of terms.

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If `shape` is no pair, or a number is not a positive integer.

    Examples
    --------
    >>> svd_storage((450, 333), 50)
    39200
    """
    m, n = _sizes(shape)
    return as_integer(rank, "rank") * (m + n + 1)


def break_even_rank(shape: tuple[int, int]) -> int:
    """Return the largest k for which k terms take fewer numbers than the m n entries; may be 0.

    Parameters
    ----------
    shape : (m, n)

    Returns
    -------
    int

    Raises
    ------
    TypeError, ValueError
        If `shape` is no pair of positive integers.

    Examples
    --------
    >>> break_even_rank((450, 333)), break_even_rank((2, 2))
    (191, 0)
    """
    m, n = _sizes(shape)
    return (m * n - 1) // svd_storage(shape, 1)


def _sizes(shape: tuple[int, int]) -> tuple[int, int]:
    if np.ndim(shape) != 1 or len(shape) != 2:
        raise ValueError(f"`shape` must be a pair (m, n), got {shape!r}")
    m, n = (as_integer(size, "shape") for size in shape)
    return m, n
