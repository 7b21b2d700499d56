"""Nonlinear least squares: Gauss-Newton, and Levenberg-Marquardt, which keeps it from going too far."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import ConvergenceWarning, as_integer, as_tolerance, as_vector
from runmath.optimization.descent import FOUND, Rule, solve
from runmath.optimization.line_search import NO_DECREASE, NOISE, backtracking
from runmath.optimization.result import Objective, OptimizeResult, largest_entry

FIRST_DAMPING = 1e-3  # relative to the diagonal of JᵀJ: trusts the first Gauss-Newton step almost fully
LARGEST_DAMPING = 1e100  # steps are then 1e-100 of Gauss-Newton's: none will help


def gauss_newton(
    residual: Callable[[np.ndarray], ArrayLike],
    jacobian: Callable[[np.ndarray], ArrayLike],
    x0: ArrayLike,
    *,
    tol: float = 1e-8,
    max_iter: int = 200,
    keep_path: bool = False,
) -> OptimizeResult:
    """Minimise ½ ‖r(x)‖² by x ← x + α p, p the shortest solution of min ‖J p + r‖, J the Jacobian of r.

    Parameters
    ----------
    residual, jacobian : callable
        r, shape (n,) to (m,), and J, shape (n,) to (m, n).
    x0 : array_like of shape (n,)
    tol : float
        Stops where the gradient Jᵀr has no entry above tol.
    max_iter : int
    keep_path : bool
        Whether to return all iterates.

    Returns
    -------
    OptimizeResult
        Of f = ½ ‖r‖²; `n_fun` counts residuals and `n_grad` Jacobians.

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit, r or J has a wrong shape, or one is not finite at x0.

    Warns
    -----
    ConvergenceWarning
        If it stopped before the gradient was below the tolerance.

    Notes
    -----
    The Hessian of f is JᵀJ + Σ r_i ∇²r_i; the method leaves out the sum. It converges quadratically where the
    residuals vanish at the solution, linearly where they are small, and without the line search (`backtracking`)
    not at all where they are large or strongly curved [1]_. The linear problem is solved by LAPACK's SVD of J, not
    through JᵀJ, whose condition is squared. Chapter: optimization/newton-and-quasi-newton-2.

    References
    ----------
    .. [1] nocedal2006numerical, Section 10.3.

    Examples
    --------
    >>> gauss_newton(lambda x: x - 3, lambda x: np.eye(1), [0.0]).x
    array([3.])
    """
    problem = _LeastSquares(residual, jacobian, as_vector(x0, "x0"))
    rule = GaussNewtonRule(problem)
    return solve(
        Objective(problem.fun, problem.grad),
        x0,
        rule,
        line_search=backtracking,
        tol=tol,
        max_iter=max_iter,
        keep_path=keep_path,
    )


def levenberg_marquardt(
    residual: Callable[[np.ndarray], ArrayLike],
    jacobian: Callable[[np.ndarray], ArrayLike],
    x0: ArrayLike,
    *,
    tol: float = 1e-8,
    max_iter: int = 500,
    keep_path: bool = False,
) -> OptimizeResult:
    """Minimise ½ ‖r(x)‖² by steps p with (JᵀJ + μD²) p = -Jᵀr, where μ grows if a step fails.

    Parameters
    ----------
    residual, jacobian, x0, tol, keep_path :
        As in `gauss_newton`.
    max_iter : int
        Largest number of trial steps, rejected ones included.

    Returns
    -------
    OptimizeResult
        Of f = ½ ‖r‖²; a rejected trial counts as an iteration that stays where it is.

    Raises
    ------
    TypeError, ValueError
        As `gauss_newton`.

    Warns
    -----
    ConvergenceWarning
        If it stopped before the gradient was below the tolerance.

    Notes
    -----
    μ = 0 gives the Gauss-Newton step, a large μ a short one along -D⁻²Jᵀr. D holds the largest column norms of J so
    far, which makes the iterates independent of the units of x [1]_. μ follows the ratio of actual and predicted
    decrease [2]_. Each trial solves a least-squares problem with the rows √μ D below J. Chapter:
    optimization/newton-and-quasi-newton-2.

    References
    ----------
    .. [1] more1978levenberg; levenberg1944method; marquardt1963algorithm.
    .. [2] nielsen1999damping.

    Examples
    --------
    >>> levenberg_marquardt(lambda x: x**2 - 4, lambda x: np.diag(2 * x), [1.0]).x.round(8)
    array([2.])
    """
    x, tol = as_vector(x0, "x0"), as_tolerance(tol, "tol")
    max_iter = as_integer(max_iter, "max_iter", low=0)
    problem = _LeastSquares(residual, jacobian, x)
    objective = Objective(problem.fun, problem.grad)
    f, g = objective.start(x)
    path, history, message = [x], [largest_entry(g)], "`max_iter` trials were not enough"
    J, r = problem.jacobian(x), problem.residual(x)
    D, mu, growth = _scales(J), FIRST_DAMPING, 2.0
    while history[-1] > tol and len(history) <= max_iter:
        p = _damped_step(J, r, D, mu)
        predicted = 0.5 * float(p @ (mu * D**2 * p - g))
        if np.array_equal(x + p, x) or mu > LARGEST_DAMPING or predicted == 0:  # it may underflow
            message = NO_DECREASE
            break
        f_new = objective.fun(x + p)
        ratio = (f - f_new) / predicted
        hidden = abs(f - f_new) <= NOISE * f  # by rounding: then the gradient decides
        g_new = objective.grad(x + p) if ratio > 0 or hidden else g
        if hidden:
            ratio = float(largest_entry(g_new) < history[-1])
        if ratio > 0 and np.isfinite(g_new).all():
            x, f, g = x + p, f_new, g_new
            J, r = problem.jacobian(x), problem.residual(x)
            D = np.maximum(D, _scales(J))
            mu, growth = mu * max(1 / 3, 1 - (2 * ratio - 1) ** 3), 2.0  # nielsen1999damping
        else:
            mu, growth = mu * growth, 2 * growth
        path.append(x)
        history.append(largest_entry(g))
    converged = history[-1] <= tol
    if not converged:
        remedy = "raise `max_iter` or `tol`, check `jacobian`, or start elsewhere"
        warnings.warn(
            f"Levenberg-Marquardt did not converge: {message}; {remedy}", ConvergenceWarning, stacklevel=2
        )
    return OptimizeResult(
        x=x,
        fun=f,
        grad=g,
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
        n_fun=objective.n_fun,
        n_grad=objective.n_grad,
        message=FOUND if converged else message,
        path=np.array(path) if keep_path else None,
    )


class GaussNewtonRule(Rule):
    """Direction from the linear least-squares problem min ‖J p + r‖."""

    name = "Gauss-Newton"

    def __init__(self, problem: _LeastSquares):
        self.problem = problem

    def direction(self, x: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Return the shortest p that makes ‖J p + r‖ smallest."""
        return np.linalg.lstsq(self.problem.jacobian(x), -self.problem.residual(x), rcond=None)[0]


class _LeastSquares:
    """f = ½ ‖r‖² and its gradient Jᵀr; r and J are remembered at the last point where each was computed."""

    def __init__(self, residual: Callable, jacobian: Callable, x0: np.ndarray):
        for name, function in (("residual", residual), ("jacobian", jacobian)):
            if not callable(function):
                raise TypeError(f"`{name}` must be a function, got {type(function).__name__}")
        self._residual, self._jacobian = residual, jacobian
        self._r = self._J = (np.full_like(x0, np.nan), np.empty(0))
        m = self.residual(x0).size
        if m < x0.size:
            raise ValueError(f"`residual(x)` must have at least {x0.size} entries, as many as x, got {m}")
        self.jacobian(x0)

    def residual(self, x: np.ndarray) -> np.ndarray:
        if not np.array_equal(self._r[0], x):
            self._r = (x, _reals(self._residual(x.copy()), "residual(x)", (None,)))
        return self._r[1]

    def jacobian(self, x: np.ndarray) -> np.ndarray:
        if not np.array_equal(self._J[0], x):
            shape = (self.residual(x).size, x.size)
            self._J = (x, _reals(self._jacobian(x.copy()), "jacobian(x)", shape))
        return self._J[1]

    def fun(self, x: np.ndarray) -> float:
        r = self.residual(x)
        return 0.5 * float(r @ r)

    def grad(self, x: np.ndarray) -> np.ndarray:
        return self.jacobian(x).T @ self.residual(x)


def _reals(value: Any, name: str, shape: tuple[int | None, ...]) -> np.ndarray:
    array = np.asarray(value)
    fits = array.ndim == len(shape) and all(b in (None, a) for a, b in zip(array.shape, shape, strict=True))
    if not fits or array.dtype.kind not in "buif":
        wanted = "a vector" if shape == (None,) else f"of shape {shape}"
        raise TypeError(f"`{name}` must be real and {wanted}, got {array.dtype} of shape {array.shape}")
    return array.astype(float)


def _scales(J: np.ndarray) -> np.ndarray:
    """Return the norms of the columns; 1 for a column of zeros."""
    norms = np.linalg.norm(J, axis=0)
    return np.where(norms > 0, norms, 1.0)


def _damped_step(J: np.ndarray, r: np.ndarray, D: np.ndarray, mu: float) -> np.ndarray:
    rows = np.vstack([J, np.diag(np.sqrt(mu) * D)])
    return np.linalg.lstsq(rows, np.concatenate([-r, np.zeros_like(D)]), rcond=None)[0]
