"""Proximal gradient methods: a gradient step on the smooth part, then the proximal map of the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_integer, as_tolerance, as_vector, norm, warn_unless_converged
from runmath.optimization.proximal_maps import Penalty
from runmath.optimization.result import Objective, OptimizeResult, largest_entry

REMEDY = "raise `max_iter` or `tol`; with a fixed step check that `step_size` is at most 1/L"
SHORTEST = 2.0**-40  # part of the first step; shorter ones change f by less than rounding
PROBES = (1e-3, 1.0, 1e3, 1e6)  # how far to look for curvature, in units of 1 + ‖x0‖
NOISE = 1000 * EPS  # what rounding may do to f, relative to its terms: sums of many of them included


@dataclass(frozen=True, kw_only=True, eq=False)
class ProximalResult(OptimizeResult):
    """The point at which a proximal method stopped; x has the shape of x0.

    Parameters
    ----------
    fun : float
        F(x) = f(x) + h(x).
    grad : ndarray
        The gradient mapping G(x) = (x - prox(x - t ∇f(x), t)) / t, zero exactly at the minima.
    history : ndarray of shape (n_iter + 1,)
        max |G_i| at every point from which a step was taken (FISTA: the extrapolated ones), at last at x.
    step_size : float
        The last t.
    n_restarts : int
        How often the momentum was forgotten.
    """

    step_size: float
    n_restarts: int


def ista(
    fun: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], ArrayLike],
    penalty: Penalty,
    x0: ArrayLike,
    *,
    step_size: float | None = None,
    tol: float = 1e-6,
    max_iter: int = 10_000,
    keep_path: bool = False,
) -> ProximalResult:
    """Minimise f + h by x ← prox(x - t ∇f(x), t), the iterative shrinkage-thresholding algorithm.

    Parameters
    ----------
    fun, grad : callable
        The smooth convex part f, array to number, and its gradient, of the shape of x0.
    penalty : Penalty
        The other part h with its proximal map.
    x0 : array_like of any shape
    step_size : float, optional
        t. With a gradient that is L-Lipschitz t ≤ 1/L is safe. By default found by backtracking.
    tol : float
        Stops where max |G_i| ≤ tol.
    max_iter : int
    keep_path : bool
        Whether to return all iterates.

    Returns
    -------
    ProximalResult

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit, f or its gradient is not finite at x0.
    FloatingPointError
        If the iterates leave the finite range, as with a step above 2/L, or no step is short enough.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` steps were not enough.

    Notes
    -----
    F(x_k) - F* ≤ ‖x_0 - x*‖² / (2 t k) for t ≤ 1/L; with backtracking for the last t, which is at least 1/(2L) [1]_,
    or leads as far as 1 + ‖x_0‖ where f is linear around x_0. One gradient a step, and with backtracking two values of
    f or more. Where these are lost in rounding, gradients decide, so that t does not shrink without need.
    Chapter: optimization/proximal-methods.

    References
    ----------
    .. [1] beck2009fast, Theorem 3.1.

    Examples
    --------
    >>> from runmath.optimization import l1_penalty
    >>> b = np.array([3.0, 0.5])
    >>> ista(lambda x: ((x - b) ** 2).sum() / 2, lambda x: x - b, l1_penalty(), [0, 0], step_size=1.0).x
    array([2., 0.])
    """
    return _solve("ista", fun, grad, penalty, x0, step_size, tol, max_iter, keep_path, False, False)


def fista(
    fun: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], ArrayLike],
    penalty: Penalty,
    x0: ArrayLike,
    *,
    step_size: float | None = None,
    tol: float = 1e-6,
    max_iter: int = 10_000,
    keep_path: bool = False,
    restart: bool = True,
) -> ProximalResult:
    """Minimise f + h by proximal steps from extrapolated points y = x_k + (θ_k - 1)/θ_{k+1} (x_k - x_{k-1}).

    Parameters
    ----------
    fun, grad, penalty, x0, step_size, tol, max_iter, keep_path :
        As in `ista`. Where the tolerance is met at an extrapolated point, x itself is measured, too.
    restart : bool
        Whether to forget the momentum where a step goes against it.

    Returns
    -------
    ProximalResult

    Raises
    ------
    TypeError, ValueError, FloatingPointError
        As in `ista`.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` steps were not enough.

    Notes
    -----
    Without restart F(x_k) - F* ≤ 2 ‖x_0 - x*‖² / (t (k + 1)²) for t ≤ 1/L [1]_, and F may rise on the way. The
    restart is the gradient scheme of [2]_; it costs a scalar product, and has no guarantee of its own.
    Chapter: optimization/proximal-methods.

    References
    ----------
    .. [1] beck2009fast, Theorem 4.4.
    .. [2] odonoghue2015adaptive, Section 3.2.

    Examples
    --------
    >>> from runmath.optimization import box_constraint
    >>> b = np.array([3.0, 0.5])
    >>> half = lambda x: ((x - b) ** 2).sum() / 2
    >>> fista(half, lambda x: x - b, box_constraint(0, 1), [0, 0], step_size=1.0).x
    array([1. , 0.5])
    """
    return _solve("fista", fun, grad, penalty, x0, step_size, tol, max_iter, keep_path, True, restart)


def _solve(
    name: str,
    fun: Callable,
    grad: Callable,
    penalty: Penalty,
    x0: ArrayLike,
    step_size: float | None,
    tol: float,
    max_iter: int,
    keep_path: bool,
    accelerate: bool,
    restart: bool,
) -> ProximalResult:
    """Check the arguments, run the loop, warn where it did not converge."""
    if not isinstance(penalty, Penalty):
        raise TypeError(f"`penalty` must be a Penalty, got {type(penalty).__name__}")
    if step_size is not None:
        if not isinstance(step_size, Real) or isinstance(step_size, bool):
            raise TypeError(f"`step_size` must be a real number or None, got {step_size!r}")
        if not 0 < step_size < np.inf:
            raise ValueError(f"`step_size` must be positive and finite, got {step_size}")
    x = as_vector(np.ravel(x0), "x0").reshape(np.shape(x0))
    objective = Objective(fun, grad)
    objective.start(x)
    step = ProximalStep(objective, penalty, x, step_size)
    fields = proximal_gradient(
        step,
        x,
        tol=as_tolerance(tol, "tol"),
        max_iter=as_integer(max_iter, "max_iter", low=0),
        accelerate=accelerate,
        restart=restart,
        keep_path=keep_path,
    )
    x, converged = fields["x"], fields["converged"]
    warn_unless_converged(converged, name, REMEDY)
    return ProximalResult(
        **fields,
        fun=objective.fun(x) + penalty.value(x),
        n_fun=objective.n_fun,
        n_grad=objective.n_grad,
        step_size=step.t,
        message="the gradient mapping is below the tolerance" if converged else REMEDY,
    )


class ProximalStep:
    """The step y → prox(y - t ∇f(y), t), with a fixed t or one that backtracking shortens.

    Parameters
    ----------
    objective : Objective
        The smooth part.
    penalty : Penalty
    x0 : ndarray
        Where a first, too long step is estimated.
    step_size : float or None
    """

    def __init__(self, objective: Objective, penalty: Penalty, x0: np.ndarray, step_size: float | None):
        self.objective, self.penalty = objective, penalty
        self.backtracks = step_size is None
        self.t = self._long_step(x0) if step_size is None else float(step_size)
        self.shortest = SHORTEST * self.t
        self.largest = 0.0  # of |f| so far

    def _long_step(self, x: np.ndarray) -> float:
        """Return 1/l for a lower bound l of the Lipschitz constant, from the gradients at two points."""
        g = self.objective.grad(x)
        d = g if g.any() else np.ones_like(x)
        d = d * ((1 + norm(x)) / norm(d))
        for length in PROBES:
            change = self.objective.grad(x - length * d) - g
            if not np.isfinite(change).all():
                break
            if norm(change) > 10 * EPS * norm(g):
                return length * norm(d) / norm(change)
        return norm(d) / norm(g) if g.any() else 1.0

    def __call__(self, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the new point and the gradient mapping at y.

        Raises
        ------
        FloatingPointError
            If the gradient or the point is not finite, or no step is short enough.
        """
        g = self.objective.grad(y)
        x = self._move(y, g)
        if self.backtracks:
            f = self.objective.fun(y)
            self.largest = max(self.largest, abs(f))
            while not self._is_short(y, x, g, f):
                self.t /= 2
                if self.t < self.shortest:
                    raise FloatingPointError("no step lowers the model; is `grad` the gradient of `fun`?")
                x = self._move(y, g)
        return x, (y - x) / self.t

    def _move(self, y: np.ndarray, g: np.ndarray) -> np.ndarray:
        with np.errstate(over="ignore", invalid="ignore"):
            x = self.penalty.prox(y - self.t * g, self.t)
        if not np.isfinite(x).all():
            raise FloatingPointError("the iterates left the finite range; shorten `step_size`")
        return x

    def _is_short(self, y: np.ndarray, x: np.ndarray, g: np.ndarray, f: float) -> bool:
        """Whether f(x) ≤ f(y) + ∇f(y)ᵀd + ‖d‖²/(2t), up to rounding, for d = x - y (beck2009fast, page 194)."""
        d = x - y
        price = float(np.vdot(d, d)) / (2 * self.t)
        excess = self.objective.fun(x) - (f + float(np.vdot(g, d)) + price)
        if excess <= 10 * EPS * abs(f) or norm(d) <= 10 * EPS * norm(y):
            return True
        if not excess <= NOISE * (self.largest + norm(g) * norm(y)):
            return False
        # f cannot tell, as where a sum of squares is small and its terms are not; by convexity f(x) - f(y) ≤ ∇f(x)ᵀd
        return float(np.vdot(self.objective.grad(x) - g, d)) <= price


def proximal_gradient(
    step: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
    x: np.ndarray,
    *,
    tol: float,
    max_iter: int,
    accelerate: bool = True,
    restart: bool = True,
    keep_path: bool = False,
) -> dict[str, Any]:
    """Repeat a proximal step, from extrapolated points where `accelerate`, until max |G_i| ≤ tol.

    Parameters
    ----------
    step : callable
        y to (prox(y - t ∇f(y), t), G(y)).
    x : ndarray
    tol, max_iter, accelerate, restart, keep_path :
        As in `fista`.

    Returns
    -------
    dict
        x, grad, converged, n_iter, history, n_restarts, path. It does not warn: an inner loop may well stop early.
    """
    y, theta, n_restarts = x, 1.0, 0
    path, history = [x], []
    with np.errstate(over="ignore", invalid="ignore"):  # `step` raises where it is not finite
        while True:
            new, G = step(y)
            small = largest_entry(G) <= tol
            last = len(history) == max_iter
            if y is not x and last:  # report x, not an extrapolated point
                y, (new, G) = x, step(x)
                small = largest_entry(G) <= tol
            history.append(largest_entry(G))
            if y is x and (small or last):
                break
            d = new - x
            against = float(np.vdot(y - new, d)) > 0
            x = new
            if keep_path:
                path.append(x)
            if not accelerate or small:  # x itself is measured next
                y, theta = x, 1.0
            elif restart and against:
                y, theta, n_restarts = x, 1.0, n_restarts + 1
            else:
                theta_new = (1 + np.sqrt(1 + 4 * theta**2)) / 2
                y, theta = x + (theta - 1) / theta_new * d if theta > 1 else x, theta_new
    return {
        "x": x,
        "grad": G,
        "converged": bool(small),
        "n_iter": len(history) - 1,
        "history": np.array(history),
        "n_restarts": n_restarts,
        "path": np.array(path) if keep_path else None,
    }
