"""QR factorisation by Householder's reflections, gathered in blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_matrix, times_power_of_two, unit_scaled
from runmath.linear_algebra.triangular import as_right_hand_side, solve_upper

BASE = 32  # reflections in a block
SAFE_SQUARES = 2.0**-900  # a larger sum of squares has lost nothing that matters to underflow


@dataclass(frozen=True, eq=False)
class QRFactors:
    """The reduced factors of A = Q R, with r = min(m, n).

    Parameters
    ----------
    Q : ndarray of shape (m, r)
        Orthonormal columns.
    R : ndarray of shape (r, n)
        Upper triangular; the signs on its diagonal are LAPACK's.
    """

    Q: np.ndarray
    R: np.ndarray


@dataclass(frozen=True, eq=False)
class _Block:
    """The product I - Vᵀ T V of up to BASE reflections, acting on the rows from `start`."""

    start: int
    V: np.ndarray  # (k, m - start), one reflection vector a row
    T: np.ndarray  # (k, k), upper triangular

    def apply(self, C: np.ndarray) -> None:
        C = C[self.start :]
        C -= self.V.T @ (self.T @ (self.V @ C))

    def apply_transposed(self, C: np.ndarray) -> None:
        C = C[self.start :]
        C -= self.V.T @ (self.T.T @ (self.V @ C))


def qr(A: ArrayLike) -> QRFactors:
    """Factor A = Q R, Q with orthonormal columns, R upper triangular.

    Parameters
    ----------
    A : array_like of shape (m, n)
        Any finite real matrix, of any rank.

    Returns
    -------
    QRFactors
        Of reduced form: Q (m, r) and R (r, n), r = min(m, n).

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real matrix.
    OverflowError
        If an entry of R exceeds the largest float64.

    Notes
    -----
    The reflection I - τ v vᵀ takes what is left of a column to a multiple of e₁. Up to 32 reflections are multiplied
    out as I - Vᵀ T V, with a small triangular T [1]_, so that the rest of the matrix meets them in three matrix
    products. Cost 2 n² (m - n/3) multiplications and additions together for R and as many for Q. Q is orthonormal to
    about eps √(m n) for every A, and Q R = A up to that relative error in every column [2]_: classical
    Gram-Schmidt guarantees neither. LAPACK's ``geqrf`` and ``orgqr`` are this method; for a rank, LAPACK's version with
    column pivoting or the SVD is needed. Chapter: linear-algebra/factorizations-2.

    References
    ----------
    .. [1] schreiber1989storage.
    .. [2] higham2002accuracy, Theorem 19.4.

    Examples
    --------
    >>> qr([[3, 1], [4, 3]]).R.round(12)
    array([[-5., -3.],
           [ 0.,  1.]])
    """
    A, e = unit_scaled(np.ascontiguousarray(as_matrix(A, "A")))
    blocks = _reflect(A)
    m, n = A.shape
    Q = np.eye(m, min(m, n))
    for block in reversed(blocks):
        block.apply(Q[:, block.start :])  # the columns before are untouched: unit vectors above `start`
    return QRFactors(Q, times_power_of_two(A[:n], e, "the factor R"))


def lstsq_qr(A: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Minimise ‖A x - b‖ for A of full column rank: R x = Qᵀ b.

    Parameters
    ----------
    A : array_like of shape (m, n), m ≥ n
    b : array_like of shape (m,) or (m, k)
        One right-hand side, or k of them as columns.

    Returns
    -------
    ndarray of shape (n,) or (n, k)

    Raises
    ------
    TypeError, ValueError
        If `A` or `b` is not finite and real, the sizes differ, m < n, or a column depends on those before it up to
        rounding: |r_jj| ≤ m eps max_i |r_ij|.
    OverflowError
        If an entry of the solution exceeds the largest float64.

    Notes
    -----
    Q is never formed. The error is about eps (κ(A) + κ(A)² ‖residual‖ / (‖A‖ ‖x‖)) [1]_; the normal equations
    Aᵀ A x = Aᵀ b always pay with κ(A)². The check of the rank finds exact dependence, not every near one: for those
    `lstsq_svd` is made. Chapter: linear-algebra/factorizations-2.

    References
    ----------
    .. [1] golub2013matrix, Section 5.3; higham2002accuracy, Theorem 20.3.

    Examples
    --------
    >>> lstsq_qr([[1, 0], [1, 1], [1, 2]], [1, 3, 5]).round(12)
    array([1., 2.])
    """
    A, e = unit_scaled(as_matrix(A, "A"))
    m, n = A.shape
    if m < n:
        raise ValueError(
            f"`A` must have at least as many rows as columns, got shape {A.shape}; use `lstsq_svd`"
        )
    b, f = unit_scaled(as_right_hand_side(b, m))
    for block in _reflect(A):
        block.apply_transposed(b)
    R = A[:n]
    dependent = np.flatnonzero(np.abs(np.diag(R)) <= m * EPS * np.abs(R).max(axis=0))
    if dependent.size:
        raise ValueError(
            f"`A` must have independent columns, got column {dependent[0]} (counted from 0) in the span of those "
            "before it, up to rounding; use `lstsq_svd`"
        )
    return times_power_of_two(solve_upper(R, b[:n]), f - e, "the solution")


def _reflect(A: np.ndarray) -> list[_Block]:
    """Turn A into R and zeros below it, in place, and return the blocks of reflections in their order."""
    m, n = A.shape
    blocks = []
    for start in range(0, min(m, n), BASE):
        stop = min(start + BASE, m, n)
        columns = np.ascontiguousarray(A[start:, start:stop].T)  # (k, m - start): columns lie side by side
        blocks.append(_Block(start, *_reflect_panel(columns)))
        A[start:, start:stop] = columns.T
        blocks[-1].apply_transposed(A[:, stop:])
    return blocks


def _reflect_panel(columns: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reflect k columns, given as rows and changed in place; return V (k, length) and T (k, k).

    H₁ H₂ ... H_k = I - Vᵀ T V: the columns of T follow from those before (schreiber1989storage, equation 3).
    """
    V, T = np.zeros_like(columns), np.zeros((len(columns), len(columns)))
    for k, column in enumerate(columns):
        column -= ((V[:k] @ column) @ T[:k, :k]) @ V[:k]  # (I - Vᵀ Tᵀ V) column: the reflections so far
        V[k, k:], tau, column[k] = _householder(column[k:])
        column[k + 1 :] = 0.0
        T[:k, k] = -tau * (T[:k, :k] @ (V[:k] @ V[k]))
        T[k, k] = tau
    return V, T


def _householder(x: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return v with v₀ = 1, τ and β such that (I - τ v vᵀ) x = β e₁; τ = 0 where nothing needs to be done.

    The entries of x have been scaled below about 1, so that squares may underflow, but do not overflow.
    """
    e, first, below = 0, float(x[0]), float(x[1:] @ x[1:])
    if below < SAFE_SQUARES:
        if not x[1:].any():
            return np.eye(1, len(x))[0], 0.0, first
        x, e = unit_scaled(x)  # v and τ do not depend on the unit of x
        first, below = float(x[0]), float(x[1:] @ x[1:])
    beta = -float(np.copysign(np.sqrt(first * first + below), first))
    v = x / (first - beta)  # no cancellation: the signs differ
    v[0] = 1.0
    return v, (beta - first) / beta, float(np.ldexp(beta, e))
