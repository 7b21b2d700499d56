"""Gradient descent: straight down the slope, with a fixed step or a line search."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.optimization.descent import Rule, solve
from runmath.optimization.line_search import LineSearchResult, backtracking
from runmath.optimization.result import Objective, OptimizeResult

DIVERGED = "the iterates left the range in which the function is finite; shorten `step_size`"


class DownhillRule(Rule):
    """Direction -g; the trial step is the given one, or twice the last."""

    name = "gradient descent"

    def __init__(self, step_size: float | None):
        self.step_size = step_size
        self.next = 1.0

    def direction(self, x: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Return -g."""
        return -g

    def first_trial(self, g: np.ndarray) -> float:
        """Return the given step, or twice the last one."""
        return self.step_size or self.next

    def update(self, step: float, s: np.ndarray, y: np.ndarray) -> None:
        """Remember the step."""
        self.next = 2 * step


def gradient_descent(
    fun: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], ArrayLike],
    x0: ArrayLike,
    *,
    step_size: float | None = None,
    tol: float = 1e-6,
    max_iter: int = 10_000,
    keep_path: bool = False,
) -> OptimizeResult:
    """Minimise f by x ← x - α ∇f(x).

    Parameters
    ----------
    fun, grad : callable
        f, shape (n,) to a number, and its gradient, shape (n,) to (n,).
    x0 : array_like of shape (n,)
    step_size : float, optional
        α > 0. By default each step is found by `backtracking`, which first tries twice the last one.
    tol : float
        Stops where max |∂f/∂x_i| ≤ tol.
    max_iter : int
    keep_path : bool
        Whether to return all iterates.

    Returns
    -------
    OptimizeResult

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit or f or its gradient is not finite at x0.

    Warns
    -----
    ConvergenceWarning
        If it stopped before the gradient was below the tolerance: after `max_iter` steps, where a fixed step made
        the iterates leave the range of finite values, or where no step lowers f.

    Notes
    -----
    On a quadratic whose Hessian has eigenvalues in [μ, L] a fixed α < 2/L converges; the best, 2/(μ + L), shrinks
    the error by (κ - 1)/(κ + 1) in every step, κ = L/μ [1]_. A critical point of any kind is a fixed point, but from
    almost every start the limit is no strict saddle. Chapters: optimization/curvature-and-convexity,
    optimization/newton-and-quasi-newton.

    References
    ----------
    .. [1] nocedal2006numerical, Section 3.3.

    Examples
    --------
    >>> gradient_descent(lambda x: x @ x, lambda x: 2 * x, [4.0], step_size=0.5).x
    array([0.])
    """
    if step_size is not None:
        if not isinstance(step_size, Real) or isinstance(step_size, bool):
            raise TypeError(f"`step_size` must be a real number or None, got {step_size!r}")
        if not 0 < step_size < np.inf:
            raise ValueError(f"`step_size` must be positive and finite, got {step_size}")
    return solve(
        Objective(fun, grad),
        x0,
        DownhillRule(step_size),
        line_search=partial(backtracking, max_iter=100) if step_size is None else _fixed,
        tol=tol,
        max_iter=max_iter,
        keep_path=keep_path,
    )


def _fixed(
    fun: Callable,
    grad: Callable,
    x: np.ndarray,
    direction: np.ndarray,
    *,
    fun_x: float,
    grad_x: np.ndarray,
    initial_step: float,
) -> LineSearchResult:
    """Take the given step, whatever it does, unless it leads out of the finite."""
    with np.errstate(over="ignore", invalid="ignore"):
        x_new = x + initial_step * direction
    stay, message = (x, fun_x, grad_x), DIVERGED
    if np.isfinite(x_new).all():
        f, g = fun(x_new), grad(x_new)
        if np.isfinite(f) and np.isfinite(g).all():
            stay, message = (x_new, f, g), ""
    return LineSearchResult(
        step=0.0 if message else initial_step,
        x=stay[0],
        fun=stay[1],
        grad=stay[2],
        converged=not message,
        n_fun=1,
        n_grad=1,
        message=message,
    )
