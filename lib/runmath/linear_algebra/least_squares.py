"""Linear systems with any number of equations, solved through the singular value decomposition."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import (
    EPS,
    as_integer,
    as_matrix,
    as_tolerance,
    as_vector,
    norm,
    times_power_of_two,
    unit_scaled,
)
from runmath.linear_algebra.svd import SVDResult, svd


@dataclass(frozen=True, eq=False)
class LeastSquaresResult:
    """A solution of least norm among those that make ‖A x - b‖ smallest.

    Parameters
    ----------
    x : ndarray of shape (n,)
    rank : int
        How many singular values were inverted.
    s : ndarray of shape (r,)
        All singular values of A.
    residual_norm : float
        ‖A x - b‖.
    """

    x: np.ndarray
    rank: int
    s: np.ndarray
    residual_norm: float


def pseudoinverse(A: ArrayLike, *, rcond: float | None = None) -> np.ndarray:
    """Return A⁺ = V Σ⁺ Uᵀ, where Σ⁺ inverts the singular values that are not negligible.

    Parameters
    ----------
    A : array_like of shape (m, n)
    rcond : float, optional
        Singular values of at most rcond · s[0] count as zero; max(m, n) machine epsilon by default.

    Returns
    -------
    ndarray of shape (n, m)

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real matrix or `rcond` is out of range.
    OverflowError
        If the result has an entry beyond the largest float64.

    Notes
    -----
    To solve a system, `lstsq_svd` is cheaper and no less accurate. Chapter: linear-algebra/svd.

    References
    ----------
    .. [1] golub2013matrix, Section 5.5.

    Examples
    --------
    >>> pseudoinverse([[2, 0], [0, 0]]) + 0.0
    array([[0.5, 0. ],
           [0. , 0. ]])
    """
    A, e = unit_scaled(as_matrix(A, "A"))
    decomposition = svd(A)
    k = _numerical_rank(decomposition, A.shape, rcond)
    U, s, Vt = decomposition.U[:, :k], decomposition.s[:k], decomposition.Vt[:k]
    return times_power_of_two((Vt.T / s) @ U.T, -e, "the pseudoinverse")


def lstsq_svd(
    A: ArrayLike, b: ArrayLike, *, rcond: float | None = None, rank: int | None = None
) -> LeastSquaresResult:
    """Minimise ‖A x - b‖, and ‖x‖ among the minimisers; with `rank` = k, in the span of k terms only.

    Parameters
    ----------
    A : array_like of shape (m, n)
    b : array_like of shape (m,)
    rcond : float, optional
        As in `pseudoinverse`.
    rank : int, optional
        Use the `rank` largest singular values (truncated SVD), at most as many as are not negligible.

    Returns
    -------
    LeastSquaresResult

    Raises
    ------
    TypeError, ValueError
        If `A` or `b` is not finite and real, their sizes differ, or an option is out of range.
    OverflowError
        If the result has an entry beyond the largest float64.

    Notes
    -----
    x = Σ_{i ≤ k} (u_iᵀ b / s_i) v_i. Dropping terms with small s_i biases x and removes the noise that they
    amplify by 1/s_i [2]_. Chapter: linear-algebra/svd.

    References
    ----------
    .. [1] golub2013matrix, Section 5.5.
    .. [2] hansen1987truncated.

    Examples
    --------
    >>> lstsq_svd([[1, 0], [0, 1], [0, 0]], [3, 4, 5]).x.round(12)
    array([3., 4.])
    """
    A, e = unit_scaled(as_matrix(A, "A"))
    b, f = unit_scaled(as_vector(b, "b", size=len(A)))
    decomposition = svd(A)
    k = _numerical_rank(decomposition, A.shape, rcond)
    if rank is not None:
        k = min(k, as_integer(rank, "rank", high=min(A.shape)))
    U, s, Vt = decomposition.U[:, :k], decomposition.s[:k], decomposition.Vt[:k]
    x = Vt.T @ ((U.T @ b) / s)
    return LeastSquaresResult(
        times_power_of_two(x, f - e, "the solution"),
        k,
        times_power_of_two(decomposition.s, e, "the largest singular value"),
        float(times_power_of_two(norm(A @ x - b), f, "the norm of the residual")),
    )


def _numerical_rank(decomposition: SVDResult, shape: tuple[int, int], rcond: float | None) -> int:
    """Count the singular values that are not negligible."""
    rcond = max(shape) * EPS if rcond is None else as_tolerance(rcond, "rcond")
    return int((decomposition.s > rcond * decomposition.s[0]).sum())
