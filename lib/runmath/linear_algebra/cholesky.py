"""Cholesky's factorisation of a positive definite matrix, by recursion on the rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_matrix
from runmath.linear_algebra.triangular import solve_lower, solve_upper

BASE = 32  # rows that are computed one by one
STRIP = 128  # rows compared with columns at a time: both fit into the cache


def cholesky(A: ArrayLike) -> np.ndarray:
    """Factor A = L Lᵀ, L lower triangular with a positive diagonal.

    Parameters
    ----------
    A : array_like of shape (n, n)
        Symmetric positive definite; the upper triangle is read, after both have been compared.

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
    Row k of U = Lᵀ is (a_k - Σ_{i<k} u_ik u_i) / √pivot. Half of the rows are computed, their part of the sum
    is taken off the other half in one matrix product, and each half is halved again [1]_, down to 32 rows. Cost
    n³/3 multiplications and additions together, half of elimination's; no pivoting is needed: |u_ij|² ≤ a_jj. The
    computed factor satisfies L Lᵀ = A + E with |e_ij| ≤ (n + 1) eps √(a_ii a_jj) about [2]_. LAPACK's ``potrf``
    has the same plan; it does not compare the triangles. Chapter: linear-algebra/factorizations.

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
    U = as_matrix(A, "A", square=True)
    _require_symmetric(U)
    _factor_rows(U, 0, len(U))
    return np.ascontiguousarray(np.triu(U).T)


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


def _factor_rows(U: np.ndarray, start: int, stop: int) -> None:
    """Turn rows start..stop of the upper triangle into those of the factor, in place.

    What the rows above `start` contribute has been subtracted already.
    """
    if stop - start <= BASE:
        for k in range(start, stop):
            row = U[k, k:]
            row -= U[start:k, k] @ U[start:k, k:]
            if not row[0] > 0:
                raise ValueError(
                    f"`A` must be positive definite, got the pivot {row[0]:.6g} in row {k} (counted from 0)"
                )
            row /= np.sqrt(row[0])
        return
    middle = (start + stop) // 2
    _factor_rows(U, start, middle)
    U[middle:stop, middle:] -= U[start:middle, middle:stop].T @ U[start:middle, middle:]
    _factor_rows(U, middle, stop)
