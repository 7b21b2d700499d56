"""Newton's method for many variables: the Newton system by conjugate gradients, stopped early."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_vector, norm
from runmath.optimization.descent import Rule, solve
from runmath.optimization.result import Objective, OptimizeResult

LOOSEST = 0.5  # far from the minimum the Newton system is solved to this relative residual, and no better


def newton_cg(
    fun: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], ArrayLike],
    hessp: Callable[[np.ndarray, np.ndarray], ArrayLike],
    x0: ArrayLike,
    *,
    tol: float = 1e-6,
    max_iter: int = 1000,
    keep_path: bool = False,
) -> OptimizeResult:
    """Minimise f by x ← x + α p, p an approximate solution of H p = -∇f(x) by conjugate gradients.

    Parameters
    ----------
    fun, grad : callable
        f, shape (n,) to a number, and its gradient, shape (n,) to (n,).
    hessp : callable
        Maps x and a vector v, both of shape (n,), to H(x) v; the Hessian H itself is never needed.
    x0 : array_like of shape (n,)
    tol : float
        Stops where max |∂f/∂x_i| ≤ tol.
    max_iter : int
        Largest number of steps; conjugate gradients take up to n each.
    keep_path : bool
        Whether to return all iterates.

    Returns
    -------
    OptimizeResult
        `n_hess` counts the products with Hessians.

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
    The residual of the Newton system is reduced by min(1/2, √‖g‖); then convergence is superlinear [1]_. A direction
    of negative curvature ends the inner iteration, and what has been found until then, or -g, is the direction of
    the step [2]_. Unlike `newton`, the method does not notice that it has started on a saddle. Chapter:
    optimization/newton-and-quasi-newton-2.

    References
    ----------
    .. [1] dembo1982inexact.
    .. [2] nocedal2006numerical, Algorithm 7.1.

    Examples
    --------
    >>> newton_cg(lambda x: x @ x, lambda x: 2 * x, lambda x, v: 2 * v, [3.0, 4.0]).x
    array([0., 0.])
    """
    objective = Objective(fun, grad)
    rule = NewtonCGRule(objective, hessp)
    return solve(objective, x0, rule, tol=tol, max_iter=max_iter, keep_path=keep_path)


class NewtonCGRule(Rule):
    """Direction from conjugate gradients on H p = -g, stopped early."""

    name = "Newton-CG"

    def __init__(self, objective: Objective, hessp: Callable[[np.ndarray, np.ndarray], ArrayLike]):
        self.objective, self.hessp = objective, hessp

    def direction(self, x: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Run nocedal2006numerical, Algorithm 7.1, on the gradient scaled to length 1."""
        size = norm(g)
        z, r = np.zeros_like(g), g / size
        d, rho = -r, 1.0
        for _ in range(2 * g.size):  # n in exact arithmetic
            H_d = self._product(x, d)
            curvature = float(d @ H_d)
            if curvature <= 0:
                return size * z if z.any() else size * d
            alpha = rho / curvature
            z = z + alpha * d
            r = r + alpha * H_d
            rho, rho_old = float(r @ r), rho
            if rho <= min(LOOSEST, size**0.5) ** 2:
                break
            d = -r + (rho / rho_old) * d
        return size * z

    def _product(self, x: np.ndarray, d: np.ndarray) -> np.ndarray:
        self.objective.n_hess += 1
        return as_vector(self.hessp(x.copy(), d.copy()), "hessp(x, v)", size=x.size)
