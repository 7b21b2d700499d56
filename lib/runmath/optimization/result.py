"""What every minimiser returns, and the counted, checked function that every minimiser works on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from runmath.core import IterativeResult


@dataclass(frozen=True, kw_only=True, eq=False)
class OptimizeResult(IterativeResult):
    """The point at which a minimiser stopped.

    Parameters
    ----------
    x : ndarray of shape (n,)
    fun : float
        f(x).
    grad : ndarray of shape (n,)
        The gradient of f at x.
    converged, n_iter, history :
        See `IterativeResult`; the history holds max |∂f/∂x_i| at every iterate.
    n_fun, n_grad, n_hess : int
        Evaluations of f, of its gradient, and of its Hessian or of products with it.
    message : str
        Why the method stopped.
    path : ndarray of shape (n_iter + 1, n), or None
        All iterates, where they were asked for.
    """

    x: np.ndarray
    fun: float
    grad: np.ndarray
    n_fun: int
    n_grad: int
    n_hess: int = 0
    message: str
    path: np.ndarray | None = None


class Objective:
    """A function and its gradient, counted; what they return is checked for its type and shape.

    Values that are not finite pass: a line search shortens its step there. Overflow on the way to them is silent.

    Parameters
    ----------
    fun, grad : callable
        Shape (n,) to a number, and to shape (n,).
    """

    def __init__(self, fun: Callable[[np.ndarray], Any], grad: Callable[[np.ndarray], Any]):
        for name, function in (("fun", fun), ("grad", grad)):
            if not callable(function):
                raise TypeError(f"`{name}` must be a function, got {type(function).__name__}")
        self._fun, self._grad = fun, grad
        self.n_fun = self.n_grad = self.n_hess = 0

    def fun(self, x: np.ndarray) -> float:
        """Return f(x), NaN and infinity included."""
        self.n_fun += 1
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            value = np.asarray(self._fun(x.copy()))
        if value.size != 1 or value.dtype.kind not in "buif":
            raise TypeError(f"`fun(x)` must be one real number, got {value.dtype} of shape {value.shape}")
        return float(value.item())

    def grad(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient at x, NaN and infinity included."""
        self.n_grad += 1
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            g = np.array(self._grad(x.copy()))
        if g.shape != x.shape or g.dtype.kind not in "buif":
            raise TypeError(
                f"`grad(x)` must be a real array of shape {x.shape}, got {g.dtype} of shape {g.shape}"
            )
        return g.astype(float)

    def start(self, x: np.ndarray) -> tuple[float, np.ndarray]:
        """Return f and its gradient at the start, or raise where one is not finite."""
        f, g = self.fun(x), self.grad(x)
        for name, value in (("fun", f), ("grad", g)):
            if not np.isfinite(value).all():
                raise ValueError(f"`{name}(x0)` must be finite, got {value}; start elsewhere")
        return f, g


def largest_entry(g: np.ndarray) -> float:
    """Return max |g_i|, which the tolerance of a minimiser is compared with."""
    return float(np.abs(g).max())
