"""Conjugate gradients: the best approximation from a growing Krylov space, in a short recurrence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import (
    EPS,
    IterativeResult,
    as_integer,
    as_tolerance,
    times_power_of_two,
    unit_scaled,
    warn_unless_converged,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class ConjugateGradientsResult(IterativeResult):
    """The point at which conjugate gradients stopped.

    Parameters
    ----------
    solution : ndarray of the shape of b
    converged, n_iter, history :
        See `IterativeResult`; the history holds ‖b - A x‖ / ‖b‖, those that met the tolerance computed anew, the
        others by recurrence. Where b = 0, the first residual takes the place of b.
    """

    solution: np.ndarray


def conjugate_gradients(
    A: Any,
    b: ArrayLike,
    *,
    preconditioner: Any = None,
    x0: ArrayLike | None = None,
    tol: float = 1e-8,
    max_iter: int | None = None,
) -> ConjugateGradientsResult:
    """Solve A x = b for a symmetric positive definite A, minimising (x - x*)ᵀ A (x - x*) over Krylov spaces.

    Parameters
    ----------
    A : callable, or array_like or sparse matrix or operator of shape (N, N)
        A callable maps an array of the shape of b to another.
    b : array_like
        Of any shape with N entries; a matrix A acts on the entries of b row by row.
    preconditioner : like A, optional
        An approximation B of A⁻¹, symmetric positive definite.
    x0 : array_like of the shape of b, optional
        Where to start; zero by default.
    tol : float
        Stops where ‖b - A x‖ ≤ tol ‖b‖; where b = 0, at tol times the first residual.
    max_iter : int, optional
        10 N by default.

    Returns
    -------
    ConjugateGradientsResult

    Raises
    ------
    TypeError, ValueError
        If b or an option is unfit, or a direction p with pᵀ A p ≤ 0 or a residual r with rᵀ B r ≤ 0 shows that
        A or B is not positive definite. The symmetry of A and B is not checked.
    OverflowError
        If the solution exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    In exact arithmetic the method ends after as many steps as A has different eigenvalues [1]_; the error in
    the norm of A falls at least as 2 ((√κ - 1) / (√κ + 1))ᵏ, κ = λ_max / λ_min of B A [2]_. A step costs one
    product with A, one with B, and five vector operations. Since the recurrence for the residual drifts, the
    true residual is computed before stopping, and the method starts anew from it if that is too large. A region
    that is no rectangle is handled by a mask m of 0 and 1 in A(x) = m A(m x) + (1 - m) x, which is positive
    definite with A. Chapter: linear-algebra/multigrid-2.

    References
    ----------
    .. [1] hestenes1952methods.
    .. [2] golub2013matrix, Section 11.3; saad2003iterative, Section 6.11.

    Examples
    --------
    >>> conjugate_gradients([[4, 1], [1, 3]], [1, 2]).solution * 11
    array([1., 7.])
    """
    b = _as_reals(b, "b")
    x = np.zeros_like(b) if x0 is None else _as_reals(x0, "x0")
    if x.shape != b.shape:
        raise ValueError(f"`x0` must have the shape {b.shape} of `b`, got {x.shape}")
    tol = as_tolerance(tol, "tol")
    max_iter = 10 * b.size if max_iter is None else as_integer(max_iter, "max_iter", low=0)
    apply_A = _as_map(A, "A", b)
    apply_B = np.copy if preconditioner is None else _as_map(preconditioner, "preconditioner", b)
    b, e = unit_scaled(b)  # the squares of its entries neither overflow nor underflow
    x = np.ldexp(x, -e)
    scale = float(np.linalg.norm(b) or np.linalg.norm(apply_A(x))) or 1.0
    norms: list[float] = []
    x = _iterate(apply_A, apply_B, b, x, tol * scale, max_iter, norms)
    history = np.array(norms) / scale
    converged = bool(history[-1] <= tol)
    warn_unless_converged(converged, "conjugate gradients", "precondition, or raise `max_iter` or `tol`")
    return ConjugateGradientsResult(
        solution=times_power_of_two(x, e, "the solution"),
        converged=converged,
        n_iter=len(norms) - 1,
        history=history,
    )


def _iterate(
    apply_A: Callable,
    apply_B: Callable,
    b: np.ndarray,
    x: np.ndarray,
    atol: float,
    max_iter: int,
    norms: list[float],
) -> np.ndarray:
    """Run the recurrence (hestenes1952methods, Section 3, with B in the inner product), filling `norms`."""
    r, rho, p = b - apply_A(x), 0.0, np.zeros_like(b)
    norms.append(float(np.linalg.norm(r)))
    floor = max(atol, EPS * norms[0])  # below it the recurrence says nothing about b - A x
    while norms[-1] > atol and len(norms) <= max_iter:
        z = apply_B(r)
        rho, rho_old = _positive(r, z, "preconditioner"), rho
        p = z + (rho / rho_old if rho_old else 0.0) * p
        A_p = apply_A(p)
        alpha = rho / _positive(p, A_p, "A")
        x = x + alpha * p
        r = r - alpha * A_p
        norms.append(float(np.linalg.norm(r)))
        if norms[-1] <= floor:
            r, rho = b - apply_A(x), 0.0  # the true residual; a new start if it is too large
            norms[-1] = float(np.linalg.norm(r))
    return x


def _positive(x: np.ndarray, A_x: np.ndarray, name: str) -> float:
    """Return xᵀ A x, or raise if it is not positive."""
    value = float(np.vdot(x, A_x))
    if not value > 0:
        raise ValueError(f"`{name}` must be positive definite, got a vector x ≠ 0 with xᵀ A x = {value:.3g}")
    return value


def _as_reals(value: ArrayLike, name: str) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in "buif":
        raise TypeError(f"`{name}` must be an array of real numbers, got entries of {array.dtype}")
    array = array.astype(float)
    if array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"`{name}` must be finite and not empty, got shape {array.shape}")
    return array


def _as_map(A: Any, name: str, b: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function from arrays of the shape of b to such arrays."""
    if callable(A):  # SciPy's LinearOperator is callable too, but acts on flat vectors
        if not hasattr(A, "matvec"):
            return A
    elif not hasattr(A, "tocsr"):
        A = np.asarray(A, dtype=float)
    if A.shape != (b.size, b.size):
        raise ValueError(f"`{name}` must have shape {(b.size, b.size)}, got {A.shape}")
    return lambda x: np.asarray(A @ x.ravel()).reshape(b.shape)
