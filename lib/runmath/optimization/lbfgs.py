"""L-BFGS: BFGS that remembers only its last few steps, for many variables."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, norm
from runmath.optimization.bfgs import curved_upwards
from runmath.optimization.descent import Rule, solve
from runmath.optimization.result import Objective, OptimizeResult


def lbfgs(
    fun: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], ArrayLike],
    x0: ArrayLike,
    *,
    memory: int = 10,
    tol: float = 1e-6,
    max_iter: int = 2000,
    keep_path: bool = False,
) -> OptimizeResult:
    """Minimise f by x ← x - α K ∇f(x), K the BFGS matrix built from the last few steps, never formed.

    Parameters
    ----------
    fun, grad : callable
        f, shape (n,) to a number, and its gradient, shape (n,) to (n,).
    x0 : array_like of shape (n,)
    memory : int
        m, how many pairs (s, y) are kept; more than n add little.
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
        If it stopped before the gradient was below the tolerance.

    Notes
    -----
    A step costs 4mn multiplications and 2mn numbers of memory [1]_. The product starts from the multiple sᵀy / yᵀy
    of the identity, with the newest pair. Convergence is linear; on a quadratic with exact line
    searches the iterates are those of conjugate gradients. SciPy's ``L-BFGS-B`` takes bounds as well.
    Chapter: optimization/newton-and-quasi-newton-2.

    References
    ----------
    .. [1] nocedal1980updating; liu1989limited; nocedal2006numerical, Algorithms 7.4 and 7.5.

    Examples
    --------
    >>> lbfgs(lambda x: x @ x, lambda x: 2 * x, [3.0, 4.0]).x.round(12) + 0.0
    array([0., 0.])
    """
    rule = LBFGSRule(as_integer(memory, "memory"))
    return solve(Objective(fun, grad), x0, rule, tol=tol, max_iter=max_iter, keep_path=keep_path)


class LBFGSRule(Rule):
    """Direction -K g, multiplied out from the pairs that are remembered."""

    name = "L-BFGS"

    def __init__(self, memory: int):
        self.pairs: deque[tuple[np.ndarray, np.ndarray, float]] = deque(maxlen=memory)

    def direction(self, x: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Run the two loops of nocedal2006numerical, Algorithm 7.4."""
        q, alphas = g.copy(), []
        for s, y, rho in reversed(self.pairs):
            alphas.append(rho * float(s @ q))
            q -= alphas[-1] * y
        if self.pairs:
            _, y, rho = self.pairs[-1]
            q /= (rho * norm(y)) * norm(y)  # (7.20), where yᵀy would underflow
        for s, y, rho in self.pairs:
            q += (alphas.pop() - rho * float(y @ q)) * s
        return -q

    def first_trial(self, g: np.ndarray) -> float:
        """Return 1, but for the first step one of length at most 1."""
        return 1.0 if self.pairs else min(1.0, 1 / norm(g))

    def update(self, step: float, s: np.ndarray, y: np.ndarray) -> None:
        """Remember the pair (s, y), and forget the oldest."""
        if curved_upwards(s, y):
            self.pairs.append((s, y, 1 / float(s @ y)))

    def reset(self) -> bool:
        """Forget all pairs."""
        learnt = bool(self.pairs)
        self.pairs.clear()
        return learnt
