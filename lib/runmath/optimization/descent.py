"""The loop that all methods with a line search share: choose a direction, go along it, learn from the step."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import ConvergenceWarning, as_integer, as_tolerance, as_vector
from runmath.optimization.line_search import NO_DECREASE, UNBOUNDED, LineSearchResult, strong_wolfe
from runmath.optimization.result import Objective, OptimizeResult, largest_entry

FOUND = "the gradient is below the tolerance"
REMEDIES = {
    "iterations": "`max_iter` steps were not enough; raise it or `tol`",
    "line": "is `grad` the gradient of `fun`? is `tol` below the rounding errors of the gradient?",
    UNBOUNDED: "the minimum, if there is one, is not along this way",
}


class Rule:
    """What distinguishes a method: its direction, its first step length, and what it learns from a step."""

    name = "the method"

    def direction(self, x: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Return a direction of descent for the gradient g at x."""
        raise NotImplementedError

    def first_trial(self, g: np.ndarray) -> float:
        """Return the step length that the line search tries first."""
        return 1.0

    def update(self, step: float, s: np.ndarray, y: np.ndarray) -> None:
        """Learn from a step s, of length `step` times the direction, and the change y of the gradient."""

    def reset(self) -> bool:
        """Forget what was learnt; return whether there was anything to forget."""
        return False

    def escape(self, x: np.ndarray, f: float) -> np.ndarray | None:
        """Return a lower point next to a critical point x that is no minimum; None if it is, or may be, one."""
        return None


def descend(
    objective: Objective,
    x0: ArrayLike,
    rule: Rule,
    *,
    line_search: Callable[..., LineSearchResult] = strong_wolfe,
    tol: float,
    max_iter: int,
    keep_path: bool,
) -> dict[str, Any]:
    """Go downhill until max |∂f/∂x_i| ≤ tol, and return the fields of an `OptimizeResult`.

    Warns
    -----
    ConvergenceWarning
        If it stopped for another reason; the message names it and says what to try.
    """
    x, tol = as_vector(x0, "x0"), as_tolerance(tol, "tol")
    max_iter = as_integer(max_iter, "max_iter", low=0)
    f, g = objective.start(x)
    path, history, message = [x], [largest_entry(g)], "iterations"
    for _ in range(max_iter + 1):
        lower = None
        if history[-1] <= tol:
            lower = rule.escape(x, f)
            if lower is None:
                message = FOUND
                break
        if len(history) > max_iter:
            break
        if lower is not None:
            x, f, g = lower, objective.fun(lower), objective.grad(lower)
        else:
            found = _step(objective, x, f, g, rule, line_search)
            if found.step == 0 or found.message == UNBOUNDED:
                message = found.message
                break
            rule.update(found.step, found.x - x, found.grad - g)
            x, f, g = found.x, found.fun, found.grad
        path.append(x)
        history.append(largest_entry(g))
    return _fields(objective, rule, x, f, g, history, message, path if keep_path else None)


def _step(
    objective: Objective, x: np.ndarray, f: float, g: np.ndarray, rule: Rule, line_search: Callable
) -> LineSearchResult:
    """Search along the rule's direction; if that fails, once more after the rule has forgotten what it learnt."""
    while True:
        p = rule.direction(x, g)
        with np.errstate(over="ignore"):  # a slope of -∞ is one, too
            slope = float(p @ g)
        if not slope < 0 and rule.reset():
            continue
        if slope == 0:  # by underflow, or p is of no use
            return _stay(x, f, g)
        found = line_search(
            objective.fun, objective.grad, x, p, fun_x=f, grad_x=g, initial_step=rule.first_trial(g)
        )
        if found.step > 0 or found.message == UNBOUNDED or not rule.reset():
            return found


def _stay(x: np.ndarray, f: float, g: np.ndarray) -> LineSearchResult:
    """Return the result of a search that has not moved."""
    return LineSearchResult(
        step=0.0, x=x, fun=f, grad=g, converged=False, n_fun=0, n_grad=0, message=NO_DECREASE
    )


def _fields(
    objective: Objective,
    rule: Rule,
    x: np.ndarray,
    f: float,
    g: np.ndarray,
    history: list[float],
    message: str,
    path: list[np.ndarray] | None,
) -> dict[str, Any]:
    converged = message == FOUND
    if not converged:
        remedy = REMEDIES.get(message, REMEDIES["line"])
        message = remedy if message == "iterations" else f"{message}; {remedy}"
        warnings.warn(f"{rule.name} did not converge: {message}", ConvergenceWarning, stacklevel=5)
    return {
        "x": x,
        "fun": f,
        "grad": g,
        "converged": converged,
        "n_iter": len(history) - 1,
        "history": np.array(history),
        "n_fun": objective.n_fun,
        "n_grad": objective.n_grad,
        "n_hess": objective.n_hess,
        "message": message,
        "path": None if path is None else np.array(path),
    }


def solve(objective: Objective, x0: ArrayLike, rule: Rule, **options: Any) -> OptimizeResult:
    """Run `descend` and return its result."""
    return OptimizeResult(**descend(objective, x0, rule, **options))
