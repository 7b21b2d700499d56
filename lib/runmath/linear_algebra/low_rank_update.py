"""Solutions, inverses and determinants of a matrix that changes by a few rank-one terms."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_integer, as_matrix

Operator = Callable[[np.ndarray], ArrayLike]


def solve_updated(
    solve: Operator,
    U: ArrayLike,
    V: ArrayLike,
    b: ArrayLike,
    *,
    apply: Operator | None = None,
    steps: int = 2,
) -> np.ndarray:
    """Solve (A + U Vᵀ) x = b by the Sherman-Morrison-Woodbury formula, given a way to solve with A.

    Parameters
    ----------
    solve : callable
        Takes B of shape (n, c), returns A⁻¹ B; for instance from a factorisation of A that is at hand.
    U, V : array_like of shape (n, k), or (n,) for k = 1
    b : array_like of shape (n,) or (n, c)
    apply : callable, optional
        Takes X of shape (n, c), returns A X. With it the solution is refined.
    steps : int
        Refinement steps where `apply` is given.

    Returns
    -------
    ndarray of the shape of b

    Raises
    ------
    TypeError, ValueError
        If an argument is not finite and real, shapes do not fit, or A + U Vᵀ is singular in working precision.

    Notes
    -----
    x = y - Z S⁻¹ Vᵀ y with y = A⁻¹ b, Z = A⁻¹ U and S = I + Vᵀ Z, which is k x k. Cost: one solve with 1 + k right
    sides, and 2 n k (k + 2) operations, against 2 n³ / 3 for a fresh factorisation. The formula is exact in exact
    arithmetic only: it goes through A⁻¹, and where A is far worse conditioned than A + U Vᵀ, it loses what A⁻¹
    loses [2]_. Refinement, x += solve of b - (A + U Vᵀ) x, gives most of that back. SciPy has no such function;
    `scipy.linalg.solve` of the sum factorises anew and is backward stable. Chapter: linear-algebra/matrices-3.

    References
    ----------
    .. [1] hager1989updating, equation 2.
    .. [2] hashemi2025instability.

    Examples
    --------
    >>> solve_updated(lambda B: B / 2, [1, 0], [2, 0], [4, 2])  # A = 2 I
    array([1., 1.])
    """
    U, V = _factors(U, V)
    B = _columns(b, "b", len(U))
    steps = as_integer(steps, "steps", low=0)
    Y, Z = np.split(_applied(solve, "solve", np.hstack([B, U])), [B.shape[1]], axis=1)
    S = _capacitance(V, Z)
    X = Y - Z @ np.linalg.solve(S, V.T @ Y)
    for _ in range(steps if apply is not None else 0):
        Y = _applied(solve, "solve", B - _applied(apply, "apply", X) - U @ (V.T @ X))
        X = X + Y - Z @ np.linalg.solve(S, V.T @ Y)
    return X.reshape(np.shape(b))


def updated_inverse(A_inv: ArrayLike, U: ArrayLike, V: ArrayLike) -> np.ndarray:
    """Return (A + U Vᵀ)⁻¹ = A⁻¹ - A⁻¹ U (I + Vᵀ A⁻¹ U)⁻¹ Vᵀ A⁻¹ from A⁻¹.

    Parameters
    ----------
    A_inv : array_like of shape (n, n)
    U, V : array_like of shape (n, k), or (n,) for k = 1

    Returns
    -------
    ndarray of shape (n, n)

    Raises
    ------
    TypeError, ValueError
        If an argument is not finite and real, shapes do not fit, or A + U Vᵀ is singular in working precision.

    Notes
    -----
    Cost 6 n² k for small k. Errors add up over many updates: compute the inverse afresh now and then, or update a
    Cholesky factor where A is symmetric positive definite. Chapter: linear-algebra/matrices-3.

    References
    ----------
    .. [1] hager1989updating, equations 1 and 2.

    Examples
    --------
    >>> updated_inverse([[1, 0], [0, 1]], [1, 0], [1, 0])
    array([[0.5, 0. ],
           [0. , 1. ]])
    """
    A_inv = as_matrix(A_inv, "A_inv", square=True)
    U, V = _factors(U, V, len(A_inv))
    Z = A_inv @ U
    return A_inv - Z @ np.linalg.solve(_capacitance(V, Z), V.T @ A_inv)


def updated_determinant(solve: Operator, U: ArrayLike, V: ArrayLike, det_A: float = 1.0) -> float:
    """Return det(A + U Vᵀ) = det(I + Vᵀ A⁻¹ U) det A, the matrix determinant lemma.

    Parameters
    ----------
    solve : callable
        Takes B of shape (n, c), returns A⁻¹ B.
    U, V : array_like of shape (n, k), or (n,) for k = 1
    det_A : float
        The determinant of A. Left out, the result is the factor by which the determinant grows, which is what one
        wants where det A itself is beyond the range of floats.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If an argument is not finite and real, or shapes do not fit.

    Notes
    -----
    Cost: one solve with k right sides, 2 n k² and a k x k determinant. A singular A + U Vᵀ gives zero up to rounding
    and no error. Chapter: linear-algebra/matrices-3.

    References
    ----------
    .. [1] harville1997matrix, Section 18.1.

    Examples
    --------
    >>> round(updated_determinant(lambda B: B, [3, 4], [3, 4]), 12)  # det(I + u uᵀ) = 1 + ‖u‖²
    26.0
    """
    U, V = _factors(U, V)
    det_A = float(as_matrix([[det_A]], "det_A")[0, 0])
    Z = _applied(solve, "solve", U)
    return float(np.linalg.det(np.eye(U.shape[1]) + V.T @ Z)) * det_A


def _factors(U: ArrayLike, V: ArrayLike, n: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    U = _columns(U, "U", n)
    V = _columns(V, "V", len(U))
    if U.shape != V.shape:
        raise ValueError(f"`U` and `V` must have equal shapes, got {U.shape} and {V.shape}")
    return U, V


def _columns(value: ArrayLike, name: str, n: int | None = None) -> np.ndarray:
    """Return a vector as a matrix with one column, and a matrix as it is; `n` prescribes the rows."""
    array = np.asarray(value)
    B = as_matrix(array[:, None] if array.ndim == 1 else array, name)
    if n is not None and len(B) != n:
        raise ValueError(f"`{name}` must have {n} rows, got {len(B)}")
    return B


def _applied(operator: Operator, name: str, B: np.ndarray) -> np.ndarray:
    X = as_matrix(operator(B.copy()), f"{name}(B)")
    if X.shape != B.shape:
        raise ValueError(f"`{name}` must keep the shape {B.shape}, got {X.shape}")
    return X


def _capacitance(V: np.ndarray, Z: np.ndarray) -> np.ndarray:
    """Return S = I + Vᵀ Z of shape (k, k), where it is further from singular than rounding may have moved it."""
    unit = np.eye(V.shape[1])
    S, size = unit + V.T @ Z, unit + abs(V).T @ abs(Z)  # |rounding error of S| ≤ n eps size, entry by entry
    columns = size.max(axis=0)
    rows = (size / columns).max(axis=1)
    smallest = np.linalg.svd(S / columns / rows[:, None], compute_uv=False)[-1]
    if smallest <= 4 * len(S) * EPS:
        raise ValueError(
            "`A + U Vᵀ` must be invertible, got I + Vᵀ A⁻¹ U with the smallest singular value "
            f"{smallest:.1e} after scaling; solve the sum directly to find its null space"
        )
    return S
