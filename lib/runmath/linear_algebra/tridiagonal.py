"""Tridiagonal systems in linear time."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_vector
from runmath.linear_algebra.triangular import as_right_hand_side


def solve_tridiagonal(lower: ArrayLike, diagonal: ArrayLike, upper: ArrayLike, b: ArrayLike) -> np.ndarray:
    """Solve A x = b where A has entries on three diagonals only.

    Parameters
    ----------
    lower : array_like of shape (n - 1,)
        The entries A[i + 1, i].
    diagonal : array_like of shape (n,)
        The entries A[i, i].
    upper : array_like of shape (n - 1,)
        The entries A[i, i + 1].
    b : array_like of shape (n,) or (n, k)
        One right-hand side, or k of them as columns.

    Returns
    -------
    ndarray of the shape of b

    Raises
    ------
    TypeError, ValueError
        If an array is not finite and real or has the wrong size, or a pivot is zero.
    OverflowError
        If an entry of the solution exceeds the largest float64.

    Notes
    -----
    Thomas's algorithm is LU without pivoting, which creates no entry outside the three diagonals. Cost about 5 n
    multiplications a right-hand side. Stable where A is diagonally dominant or positive definite, as the matrices of
    diffusion are; otherwise a small pivot may cost every digit, and `lu` or LAPACK's ``gtsv``, which exchange
    rows, are safe. A reading version: n Python steps. Chapter: linear-algebra/factorizations.

    References
    ----------
    .. [1] higham2002accuracy, Section 9.6.
    .. [2] golub2013matrix, Algorithm 4.3.6 for the symmetric case.

    Examples
    --------
    >>> solve_tridiagonal([1, 1], [2, 2, 2], [1, 1], [4, 8, 8])
    array([1., 2., 3.])
    """
    d = as_vector(diagonal, "diagonal")
    n = len(d)
    b = as_right_hand_side(b, n)
    lower, upper = (_off_diagonal(x, name, n) for x, name in ((lower, "lower"), (upper, "upper")))
    with np.errstate(over="ignore", invalid="ignore"):
        x = b.tolist() if b.ndim == 1 else list(b)  # Python floats, or rows of k
        pivots = d.tolist()
        for i in range(n):  # forwards: A = L U and L y = b
            if i:
                factor = lower[i - 1] / pivots[i - 1]
                pivots[i] -= factor * upper[i - 1]
                x[i] = x[i] - factor * x[i - 1]
            if pivots[i] == 0:
                raise ValueError(
                    f"the matrix must have no zero pivot, got 0 in row {i} (counted from 0); "
                    "exchange rows, as `lu` does"
                )
        x[-1] = x[-1] / pivots[-1]
        for i in range(n - 2, -1, -1):  # backwards: U x = y
            x[i] = (x[i] - upper[i] * x[i + 1]) / pivots[i]
    x = np.array(x)
    if not np.isfinite(x).all():
        raise OverflowError("the solution exceeds the largest float64; scale the input by a power of two")
    return x


def _off_diagonal(value: ArrayLike, name: str, n: int) -> list[float]:
    if n == 1 and np.shape(value) == (0,):
        return []
    return as_vector(value, name, size=n - 1).tolist()
