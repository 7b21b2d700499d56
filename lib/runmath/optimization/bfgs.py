"""BFGS: Newton's method without second derivatives, which it learns from the changes of the gradient."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, TINY, norm
from runmath.optimization.descent import Rule, solve
from runmath.optimization.line_search import LineSearchResult, strong_wolfe
from runmath.optimization.result import Objective, OptimizeResult


@dataclass(frozen=True, kw_only=True, eq=False)
class BFGSResult(OptimizeResult):
    """The point at which BFGS stopped, and what it has learnt of the curvature.

    Parameters
    ----------
    inverse_hessian : ndarray of shape (n, n)
        The approximation of H⁻¹ at the end; the identity if no step was taken. Others: see `OptimizeResult`.
    """

    inverse_hessian: np.ndarray


def bfgs(
    fun: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], ArrayLike],
    x0: ArrayLike,
    *,
    line_search: Callable[..., LineSearchResult] = strong_wolfe,
    tol: float = 1e-6,
    max_iter: int = 2000,
    keep_path: bool = False,
) -> BFGSResult:
    """Minimise f by x ← x - α K ∇f(x), K an approximate inverse Hessian with K y = s after every step.

    Parameters
    ----------
    fun, grad : callable
        f, shape (n,) to a number, and its gradient, shape (n,) to (n,).
    x0 : array_like of shape (n,)
    line_search : callable
        Called as ``line_search(fun, grad, x, p, fun_x=, grad_x=, initial_step=)`` for a `LineSearchResult`.
    tol : float
        Stops where max |∂f/∂x_i| ≤ tol.
    max_iter : int
    keep_path : bool
        Whether to return all iterates.

    Returns
    -------
    BFGSResult

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit or f or its gradient is not finite at x0.

    Warns
    -----
    ConvergenceWarning
        If it stopped before the gradient was below the tolerance.

    Notes
    -----
    With s the step and y the change of the gradient, ρ = 1/yᵀs,

        K ← (I - ρ s yᵀ) K (I - ρ y sᵀ) + ρ s sᵀ,

    which is positive definite with K if yᵀs > 0, as the strong Wolfe conditions ensure; a step without it teaches
    nothing. Before the first update K is scaled to sᵀy / yᵀy [1]_. A step costs 4n² multiplications and no linear
    system; convergence is superlinear close to a minimum with a positive definite Hessian [2]_. On a
    quadratic with exact line searches it ends after n steps at most. Chapter:
    optimization/newton-and-quasi-newton-2.

    References
    ----------
    .. [1] nocedal2006numerical, Algorithm 6.1 and (6.20); broyden1970convergence; fletcher1970new;
       goldfarb1970family; shanno1970conditioning.
    .. [2] dennis1974characterization; nocedal2006numerical, Theorem 6.6.

    Examples
    --------
    >>> bfgs(lambda x: x @ x, lambda x: 2 * x, [4.0]).inverse_hessian
    array([[0.5]])
    """
    rule = BFGSRule()
    found = solve(
        Objective(fun, grad),
        x0,
        rule,
        line_search=line_search,
        tol=tol,
        max_iter=max_iter,
        keep_path=keep_path,
    )
    K = np.eye(found.x.size) if rule.K is None else rule.K
    return BFGSResult(**vars(found), inverse_hessian=K)


class BFGSRule(Rule):
    """Direction -K g, K the inverse of the BFGS matrix; the identity until the first step."""

    name = "BFGS"

    def __init__(self) -> None:
        self.K: np.ndarray | None = None

    def direction(self, x: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Return -K g."""
        return -g if self.K is None else -self.K @ g

    def first_trial(self, g: np.ndarray) -> float:
        """Return 1, but for the first step one of length at most 1."""
        return min(1.0, 1 / norm(g)) if self.K is None else 1.0

    def update(self, step: float, s: np.ndarray, y: np.ndarray) -> None:
        """Change K so that K y = s."""
        sy = float(s @ y)
        if not curved_upwards(s, y):
            return
        if self.K is None:
            self.K = np.eye(s.size) * (sy / float(y @ y))  # (6.20)
        K_y = self.K @ y
        # (6.17) multiplied out; the sum of two symmetric terms stays symmetric to the last bit
        cross = np.outer(K_y, s)
        self.K -= (cross + cross.T) / sy
        self.K += ((1 + float(y @ K_y) / sy) / sy) * np.outer(s, s)

    def reset(self) -> bool:
        """Return to the identity."""
        learnt, self.K = self.K is not None, None
        return learnt


def curved_upwards(s: np.ndarray, y: np.ndarray) -> bool:
    """Return whether yᵀs is positive beyond rounding and its inverse is finite: a sign of positive curvature."""
    return bool(float(s @ y) > max(EPS * norm(s) * norm(y), TINY))
