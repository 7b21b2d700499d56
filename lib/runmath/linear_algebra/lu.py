"""Elimination as a factorisation: LU, with partial pivoting and without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_matrix, times_power_of_two
from runmath.linear_algebra.triangular import (
    as_right_hand_side,
    require_nonzero_diagonal,
    substitute_lower,
    substitute_upper,
    substituted,
)

BASE = 32  # columns that are eliminated one by one
HEADROOM = 64  # bits by which a matrix is scaled down where sums overflow


@dataclass(frozen=True, eq=False)
class LUFactors:
    """The factors of P A = L U.

    Parameters
    ----------
    LU : ndarray of shape (n, n)
        U on and above the diagonal, L without its unit diagonal below.
    permutation : ndarray of shape (n,)
        ``A[permutation] = L @ U``.
    largest_entry : float
        The largest |a_ij|.
    """

    LU: np.ndarray
    permutation: np.ndarray
    largest_entry: float

    @property
    def L(self) -> np.ndarray:
        """The unit lower triangular factor."""
        return np.tril(self.LU, -1) + np.eye(len(self.LU))

    @property
    def U(self) -> np.ndarray:
        """The upper triangular factor."""
        return np.triu(self.LU)

    @property
    def P(self) -> np.ndarray:
        """The permutation matrix in P A = L U."""
        return np.eye(len(self.LU))[self.permutation]

    @property
    def growth(self) -> float:
        """The growth factor max |u_ij| / max |a_ij|; 1 for the zero matrix."""
        return float(np.abs(self.U).max() / self.largest_entry) if self.largest_entry else 1.0

    def solve(self, b: ArrayLike) -> np.ndarray:
        """Solve A x = b for b of shape (n,) or (n, k): L y = P b, then U x = y.

        Raises
        ------
        TypeError, ValueError
            If `b` does not fit, or a pivot is zero.
        OverflowError
            If an entry of the solution exceeds the largest float64.
        """
        require_nonzero_diagonal(self.LU, "U")
        b = as_right_hand_side(b, len(self.LU))[self.permutation]
        y = substituted(substitute_lower, self.LU, b, unit_diagonal=True)
        return substituted(substitute_upper, self.LU, y)

    def solve_transposed(self, b: ArrayLike) -> np.ndarray:
        """Solve Aᵀ x = b for b of shape (n,) or (n, k): Uᵀ y = b, Lᵀ z = y, x = Pᵀ z.

        Raises
        ------
        TypeError, ValueError
            If `b` does not fit, or a pivot is zero.
        OverflowError
            If an entry of the solution exceeds the largest float64.
        """
        require_nonzero_diagonal(self.LU, "U")
        y = substituted(substitute_lower, self.LU.T, as_right_hand_side(b, len(self.LU)))
        z = substituted(substitute_upper, self.LU.T, y, unit_diagonal=True)
        x = np.empty_like(z)
        x[self.permutation] = z
        return x

    def slogdet(self) -> tuple[float, float]:
        """Return the sign of det A and log |det A|; 0 and -∞ where a pivot is zero."""
        pivots = np.diag(self.LU)
        if not pivots.all():
            return 0.0, -np.inf
        sign = _sign(self.permutation) * np.prod(np.sign(pivots))
        return float(sign), float(np.log(np.abs(pivots)).sum())


def lu(A: ArrayLike) -> LUFactors:
    """Factor P A = L U: in every column the largest entry that is left becomes the pivot, so that |l_ij| ≤ 1.

    Parameters
    ----------
    A : array_like of shape (n, n)
        Every finite real square matrix has such a factorisation; that of a singular one has a zero pivot, up to
        rounding.

    Returns
    -------
    LUFactors

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real square matrix.
    OverflowError
        If an entry of U exceeds the largest float64.

    Notes
    -----
    The left half of the columns is factored, U₁₂ = L₁₁⁻¹ A₁₂ and A₂₂ - L₂₁ U₁₂ follow, then the right half; each
    half is halved again [1]_, down to 32 columns. Cost 2/3 n³ multiplications and additions together, nearly all
    in matrix products. The computed factors satisfy L U = P A + E with |E| ≤ n eps |L| |U| about: all is well
    where `growth` is moderate, as it nearly always is; it may reach 2ⁿ⁻¹ [2]_. LAPACK's ``getrf`` has the same
    plan. Chapter: linear-algebra/factorizations.

    References
    ----------
    .. [1] toledo1997locality.
    .. [2] higham2002accuracy, Theorem 9.3 and Section 9.4; wilkinson1965algebraic.

    Examples
    --------
    >>> lu([[1, 2], [2, 8]]).LU
    array([[ 2. ,  8. ],
           [ 0.5, -2. ]])
    """
    return _factors(A, pivoting=True)


def lu_without_pivoting(A: ArrayLike) -> LUFactors:
    """Factor A = L U with the pivots as they come.

    Parameters
    ----------
    A : array_like of shape (n, n)

    Returns
    -------
    LUFactors
        Its permutation is the identity.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real square matrix, or a pivot is zero with an entry below it that is not.
    OverflowError
        If a factor has an entry beyond the largest float64.

    Notes
    -----
    It exists and is unique where all leading blocks A[:k, :k] with k < n are invertible. It is stable for matrices
    that are diagonally dominant by columns or rows, or positive definite; otherwise a small pivot may cost every
    digit: look at `growth`, and use `lu`. Chapter: linear-algebra/factorizations.

    References
    ----------
    .. [1] higham2002accuracy, Theorems 9.1 and 9.3, Section 9.5.

    Examples
    --------
    >>> lu_without_pivoting([[2, 1], [6, 4]]).LU
    array([[2., 1.],
           [3., 1.]])
    """
    return _factors(A, pivoting=False)


def _factors(A: ArrayLike, pivoting: bool) -> LUFactors:
    A = np.ascontiguousarray(as_matrix(A, "A", square=True))
    largest = float(np.abs(A).max())
    LU, permutation = _factor(A, pivoting)
    if not np.isfinite(LU).all():  # perhaps only a sum on the way was too large
        LU, permutation = _factor(np.ldexp(A, -HEADROOM), pivoting)
        if not np.isfinite(LU).all():
            raise OverflowError("a factor exceeds the largest float64; use `lu`, or scale the input")
        LU = np.tril(LU, -1) + times_power_of_two(np.triu(LU), HEADROOM, "the factor U")
    return LUFactors(LU, permutation, largest)


def _factor(A: np.ndarray, pivoting: bool) -> tuple[np.ndarray, np.ndarray]:
    LU, permutation = A.copy(), np.arange(len(A))
    with np.errstate(over="ignore", invalid="ignore"):
        _factor_columns(LU, 0, len(LU), permutation, pivoting)
    return LU, permutation


def _factor_columns(A: np.ndarray, start: int, stop: int, permutation: np.ndarray, pivoting: bool) -> None:
    """Eliminate below the diagonal in columns start..stop, in place, and exchange whole rows.

    What the columns left of `start` contribute has been subtracted already.
    """
    if stop - start <= BASE:
        order = _eliminate(A, start, stop, pivoting)
        if pivoting:
            moved = np.flatnonzero(order != np.arange(len(order)))
            source = order[moved]
            rows = A[start + source]
            rows[:, start:stop] = A[start + moved, start:stop]  # the panel has been written in its new order
            A[start + moved] = rows
            permutation[start + moved] = permutation[start + source]
        return
    middle = (start + stop) // 2
    _factor_columns(A, start, middle, permutation, pivoting)
    substitute_lower(A[start:middle, start:middle], A[start:middle, middle:stop], unit_diagonal=True)  # U₁₂
    A[middle:, middle:stop] -= A[middle:, start:middle] @ A[start:middle, middle:stop]
    _factor_columns(A, middle, stop, permutation, pivoting)


def _eliminate(A: np.ndarray, start: int, stop: int, pivoting: bool) -> np.ndarray:
    """Factor the panel A[start:, start:stop] and return the order in which its rows were put."""
    columns = np.ascontiguousarray(A[start:, start:stop].T)  # (width, rows): columns of A lie side by side
    order = np.arange(columns.shape[1])
    for k, column in enumerate(columns):  # Crout's order: column k of L, then row k of U
        column[k:] -= column[:k] @ columns[:k, k:]
        if pivoting:
            _exchange(columns, order, k, k + int(np.abs(column[k:]).argmax()))
        if column[k] != 0:
            column[k + 1 :] /= column[k]
        elif column[k + 1 :].any():
            raise ValueError(
                f"`A` must have no zero pivot, got 0 in row {start + k} (counted from 0); "
                "exchange rows, as `lu` does"
            )
        columns[k + 1 :, k] -= columns[k + 1 :, :k] @ columns[:k, k]
    A[start:, start:stop] = columns.T
    return order


def _exchange(columns: np.ndarray, order: np.ndarray, i: int, j: int) -> None:
    if i != j:
        row = columns[:, i].copy()
        columns[:, i], columns[:, j] = columns[:, j], row
        order[i], order[j] = order[j], order[i]


def _sign(permutation: np.ndarray) -> int:
    """Return +1 for an even permutation and -1 for an odd one, from its cycles."""
    sign, seen = 1, np.zeros(len(permutation), dtype=bool)
    for start in range(len(permutation)):
        i, length = start, 0
        while not seen[i]:
            seen[i], i, length = True, permutation[i], length + 1
        sign *= -1 if length and length % 2 == 0 else 1
    return sign
