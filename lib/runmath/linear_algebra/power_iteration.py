"""One eigenpair at a time: power iteration, inverse iteration, Rayleigh quotient iteration."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg.lapack import dgetrf, dgetrs

from runmath.core import (
    EPS,
    IterativeResult,
    as_integer,
    as_matrix,
    as_rng,
    as_tolerance,
    as_vector,
    norm,
    times_power_of_two,
    unit_scaled,
    warn_unless_converged,
)


@dataclass(frozen=True, kw_only=True, eq=False)
class EigenpairResult(IterativeResult):
    """An approximate eigenpair A x ≈ λ x with a real eigenvalue.

    Parameters
    ----------
    eigenvalue : float
        The Rayleigh quotient xᵀ A x of the eigenvector.
    eigenvector : ndarray of shape (n,)
        Of length 1; its first entry of the largest size is positive.
    converged : bool
        Whether the last residual is at most the tolerance.
    n_iter : int
    history : ndarray of shape (n_iter + 1,)
        Residuals ‖A x - λ x‖ / ‖A‖_F of the iterates.
    """

    eigenvalue: float
    eigenvector: np.ndarray


def power_iteration(
    A: ArrayLike,
    *,
    x0: ArrayLike | None = None,
    rng: np.random.Generator | int = 0,
    tol: float = 1e-10,
    max_iter: int = 1000,
) -> EigenpairResult:
    """Find A x = λ x with the λ of largest modulus, by multiplying with A again and again.

    Parameters
    ----------
    A : array_like of shape (n, n)
    x0 : array_like of shape (n,), optional
        Start, not zero; a random vector by default.
    rng : Generator or int
        Draws the start.
    tol : float
        Largest residual ‖A x - λ x‖ / ‖A‖_F that counts as converged.
    max_iter : int

    Returns
    -------
    EigenpairResult

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real square matrix, `x0` is zero or of another size, or an option is out of range.
    OverflowError
        If the eigenvalue exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    For a diagonalisable A with |λ₁| > |λ₂| the angle to the eigenvector shrinks by |λ₂/λ₁| a step, and the error
    of the eigenvalue by the same factor, or by its square where A is symmetric. There is no convergence where two
    eigenvalues of largest modulus differ (λ and -λ, a complex pair), nor, in exact arithmetic, from a start that
    has no part along the eigenvector. A small residual bounds the error of λ where A is symmetric; otherwise it
    is to be multiplied by the condition number of the eigenvalue. One product with A a step. Krylov
    methods (``scipy.sparse.linalg.eigsh``) make far better use of the same products.
    Chapter: linear-algebra/eigen-and-definiteness-2.

    References
    ----------
    .. [1] golub2013matrix, Section 7.3.1.

    Examples
    --------
    >>> result = power_iteration([[3, 1], [1, 3]])
    >>> round(result.eigenvalue, 12), (result.eigenvector ** 2).round(9)
    (4.0, array([0.5, 0.5]))
    """
    A, e = unit_scaled(as_matrix(A, "A", square=True))
    x = _start(x0, rng, len(A))
    return _iterate(A, e, x, lambda y, _: A @ y, tol, max_iter, "power iteration")


def inverse_iteration(
    A: ArrayLike,
    shift: float,
    *,
    x0: ArrayLike | None = None,
    rng: np.random.Generator | int = 0,
    tol: float = 1e-12,
    max_iter: int = 100,
) -> EigenpairResult:
    """Find A x = λ x with the λ nearest to `shift`: power iteration with (A - shift I)⁻¹.

    Parameters
    ----------
    A : array_like of shape (n, n)
    shift : float
        May be an eigenvalue.
    x0, rng, tol, max_iter
        As in `power_iteration`.

    Returns
    -------
    EigenpairResult

    Raises
    ------
    TypeError, ValueError
        If `A` or `shift` is not finite and real, `A` is not square, `x0` is zero or of another size, or an option
        is out of range.
    OverflowError
        If the eigenvalue exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    The angle shrinks by |λ₁ - shift| / |λ₂ - shift| a step, where λ₁ and λ₂ are the nearest and the next eigenvalue.
    One LU factorisation, O(n³), and two triangular solves, O(n²), a step. That A - shift I is nearly singular does no
    harm: the error of the solve lies along the eigenvector that is sought. Where it is exactly singular, the zero pivot
    is replaced by ε. Chapter: linear-algebra/eigen-and-definiteness-2.

    References
    ----------
    .. [1] golub2013matrix, Section 7.6.1.

    Examples
    --------
    >>> round(inverse_iteration([[3, 1], [1, 3]], 1.9).eigenvalue, 12)
    2.0
    """
    A, e = unit_scaled(as_matrix(A, "A", square=True))
    solve = _solver(A, _scaled_shift(shift, e))
    x = _start(x0, rng, len(A))
    return _iterate(A, e, x, lambda y, _: solve(y), tol, max_iter, "inverse iteration")


def rayleigh_quotient_iteration(
    A: ArrayLike, x0: ArrayLike, *, tol: float = 1e-12, max_iter: int = 50
) -> EigenpairResult:
    """Find some A x = λ x by inverse iteration whose shift is the Rayleigh quotient of the latest x.

    Parameters
    ----------
    A : array_like of shape (n, n)
    x0 : array_like of shape (n,)
        Start, not zero. It decides, in no simple way, which eigenpair is found.
    tol, max_iter
        As in `power_iteration`.

    Returns
    -------
    EigenpairResult

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real square matrix, `x0` is zero or of another size, or an option is out of range.
    OverflowError
        If the eigenvalue exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    Near the end the angle is cubed by each step if A is symmetric, otherwise in general squared [1]_. A symmetric A
    is left without convergence from exceptional starts only; a real start cannot find a complex eigenvalue. An LU
    factorisation, O(n³), a step. Chapter: linear-algebra/eigen-and-definiteness-2.

    References
    ----------
    .. [1] parlett1998symmetric, Chapter 4.

    Examples
    --------
    >>> result = rayleigh_quotient_iteration([[3, 1], [1, 3]], [1, 0.9])
    >>> round(result.eigenvalue, 12), bool(result.n_iter <= 3)
    (4.0, True)
    """
    A, e = unit_scaled(as_matrix(A, "A", square=True))
    x = _start(x0, 0, len(A))
    return _iterate(A, e, x, lambda y, rho: _solver(A, rho)(y), tol, max_iter, "Rayleigh quotient iteration")


def _scaled_shift(shift: float, e: int) -> float:
    """Return shift / 2^e; farther than 2^500 all shifts are alike, because A - shift I rounds to -shift I."""
    with np.errstate(over="ignore"):
        mu = np.ldexp(as_vector([shift], "shift")[0], -e)
    return float(np.clip(mu, -(2.0**500), 2.0**500))


def _start(x0: ArrayLike | None, rng: np.random.Generator | int, n: int) -> np.ndarray:
    """Return a start of length 1."""
    if x0 is None:
        x = as_rng(rng).standard_normal(n)
    else:
        x = unit_scaled(as_vector(x0, "x0", size=n))[0]
        if not x.any():
            raise ValueError("`x0` must not be zero, got a vector of zeros")
    return x / np.linalg.norm(x)


def _iterate(
    A: np.ndarray,
    exponent: int,
    x: np.ndarray,
    step: Callable[[np.ndarray, float], np.ndarray],
    tol: float,
    max_iter: int,
    method: str,
) -> EigenpairResult:
    """Repeat x = step(x, ρ) / ‖step(x, ρ)‖ with the Rayleigh quotient ρ, until the residual is small."""
    tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter")
    size = norm(A) or 1.0
    history: list[float] = []
    while True:
        y = A @ x
        rho = float(x @ y)
        history.append(norm(y - rho * x) / size)
        if history[-1] <= tol or len(history) > max_iter:
            break
        y = unit_scaled(step(x, rho))[0]
        if not y.any():  # A x = 0: then x is an eigenvector, and its residual is zero
            break
        x = y / np.linalg.norm(y)
    converged = bool(history[-1] <= tol)
    warn_unless_converged(
        converged, method, "raise `max_iter`, try another `x0`, or the spectrum does not allow it"
    )
    largest = np.abs(x).argmax()
    return EigenpairResult(
        eigenvalue=float(times_power_of_two(rho, exponent, "the eigenvalue")),
        eigenvector=x * np.copysign(1.0, x[largest]),
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
    )


def _solver(A: np.ndarray, shift: float) -> Callable[[np.ndarray], np.ndarray]:
    """Return y ↦ (A - shift I)⁻¹ y from one LU factorisation; a zero pivot is replaced by ε."""
    LU, pivots, _ = dgetrf(A - shift * np.eye(len(A)))
    zero = np.flatnonzero(np.diag(LU) == 0)
    LU[zero, zero] = EPS * (abs(shift) + 1.0)
    return lambda y: dgetrs(LU, pivots, y)[0]
