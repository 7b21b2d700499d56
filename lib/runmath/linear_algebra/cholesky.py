"""Cholesky's factorisation of a positive definite matrix, by recursion on the columns."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_matrix
from runmath.linear_algebra.triangular import solve_lower, solve_upper

BASE = 32  # columns that are computed one by one
STRIP = 128  # rows compared with columns at a time: both fit into the cache


def cholesky(A: ArrayLike) -> np.ndarray:
    """Factor A = L Lᵀ, L lower triangular with a positive diagonal.

    Parameters
    ----------
    A : array_like of shape (n, n)
        Symmetric positive definite; the lower triangle is read, after both have been compared.

    Returns
    -------
    ndarray of shape (n, n)
        L, the only such matrix.

    Raises
    ------
    TypeError, ValueError
        If `A` is not finite, real, square and symmetric (up to 8 n machine epsilon of its largest entry), or not
        positive definite: the message names the first pivot that is not positive. That the factorisation
        succeeds is the cheapest test of definiteness.

    Notes
    -----
    Column k of L is (a_k - Σ_{j<k} l_kj l_j) / √pivot, from row k on. The left half of the columns is computed, their
    part of the sum is taken off the right half in one matrix product, and each half is halved again [1]_, down to
    32 columns. Cost n³/3 multiplications and additions together, half of elimination's. No pivoting is needed,
    because l_ij² ≤ a_ii: the computed factor satisfies L Lᵀ = A + E with |e_ij| of order n eps √(a_ii a_jj) [2]_.
    LAPACK's ``potrf`` has the same plan, without temporary arrays; it does not compare the triangles.
    Chapter: linear-algebra/factorizations.

    References
    ----------
    .. [1] gustavson1997recursion.
    .. [2] higham2002accuracy, Algorithm 10.2 and Theorem 10.3.

    Examples
    --------
    >>> cholesky([[4, 2], [2, 5]])
    array([[2., 0.],
           [1., 2.]])
    """
    L = np.ascontiguousarray(as_matrix(A, "A", square=True))
    with np.errstate(over="ignore", invalid="ignore"):  # only what is not positive definite overflows
        _require_symmetric(L)
        _factor_columns(L, 0, len(L))
    return np.tril(L)


def solve_cholesky(L: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Solve L Lᵀ x = b: L y = b forwards, then Lᵀ x = y backwards.

    Parameters
    ----------
    L : array_like of shape (n, n)
        Lower triangular, as `cholesky` returns it.
    b : array_like of shape (n,) or (n, k)

    Returns
    -------
    ndarray of the shape of b

    Raises
    ------
    TypeError, ValueError
        If `L` or `b` is not finite and real, the sizes differ, or a diagonal entry is zero.
    OverflowError
        If an entry of the solution exceeds the largest float64.

    Notes
    -----
    Cost 2 n² multiplications a column. Chapter: linear-algebra/factorizations.

    References
    ----------
    .. [1] higham2002accuracy, Theorem 10.4.

    Examples
    --------
    >>> solve_cholesky([[2, 0], [1, 2]], [8, 12])
    array([1., 2.])
    """
    L = as_matrix(L, "L", square=True)
    return solve_upper(L.T, solve_lower(L, b))


def _require_symmetric(A: np.ndarray) -> None:
    """Compare strips of rows with strips of columns."""
    atol = 8 * len(A) * EPS * np.abs(A).max()
    for i in range(0, len(A), STRIP):
        gap = np.abs(A[i : i + STRIP, i:] - A[i:, i : i + STRIP].T).max()
        if gap > atol:
            raise ValueError(f"`A` must be symmetric, got entries that differ from their mirror by {gap:.3g}")


def _factor_columns(L: np.ndarray, start: int, stop: int) -> None:
    """Turn columns start..stop of the lower triangle into those of the factor, in place.

    What the columns left of `start` contribute has been subtracted already.
    """
    if stop - start <= BASE:
        _factor_panel(L, start, stop)
        return
    middle = (start + stop) // 2
    _factor_columns(L, start, middle)
    L[middle:, middle:stop] -= L[middle:, start:middle] @ L[middle:stop, start:middle].T
    _factor_columns(L, middle, stop)


def _factor_panel(L: np.ndarray, start: int, stop: int) -> None:
    columns = np.ascontiguousarray(L[start:, start:stop].T)  # (width, rows): columns of L lie side by side
    for k, column in enumerate(columns):
        rest = column[k:]
        rest -= columns[:k, k] @ columns[:k, k:]
        if not rest[0] > 0:
            raise ValueError(
                f"`A` must be positive definite, got the pivot {rest[0]:.6g} in row {start + k} (counted from 0)"
            )
        rest /= np.sqrt(rest[0])
    L[start:, start:stop] = columns.T
