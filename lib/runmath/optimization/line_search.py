"""Line searches: how far to go along a direction of descent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_integer, as_vector
from runmath.optimization.result import Objective

NOISE = 10 * EPS  # relative differences of f below this are taken for rounding
GROWTH = 10.0  # the largest factor between two trial steps of an expansion
STEEP = 0.9  # where f cannot tell, a step must at least change the slope to this fraction
MARGIN = 0.1  # trial points keep this fraction of the bracket away from its ends
FAR = 1e15  # an expansion by less than this factor does not show that a function is unbounded
FARTHEST = 1e100  # and no step is tried beyond this factor
UNBOUNDED = "the function falls without end along a direction: it seems to be unbounded below"
NO_DECREASE = "no step along the direction lowers the function"
NO_CURVATURE = "a step lowers the function but does not meet the curvature condition"
TOO_FEW = "`max_iter` trials did not reach a step that is long enough"


@dataclass(frozen=True, kw_only=True, eq=False)
class LineSearchResult:
    """Where a line search stopped.

    Parameters
    ----------
    step : float
        α; 0 if no step lowers the function.
    x, fun, grad :
        The point x + α p and what f and its gradient are there.
    converged : bool
        Whether the conditions of the search are met.
    n_fun, n_grad : int
        Evaluations.
    message : str
        Why the search stopped.
    """

    step: float
    x: np.ndarray
    fun: float
    grad: np.ndarray
    converged: bool
    n_fun: int
    n_grad: int
    message: str


@dataclass(eq=False)
class _Trial:
    """A step a with φ(a) = f(x + a p) and, once it is asked for, the gradient and the slope φ'(a)."""

    a: float
    x: np.ndarray
    phi: float
    g: np.ndarray | None = None
    slope: float | None = None


class _Line:
    """f along x + a p, counted; what is not finite counts as +∞."""

    def __init__(
        self, fun: Callable, grad: Callable, x: ArrayLike, direction: ArrayLike, fun_x: Any, grad_x: Any
    ):
        self.objective = Objective(fun, grad)
        x = as_vector(x, "x")
        self.p = as_vector(direction, "direction", size=x.size)
        if fun_x is None or grad_x is None:
            fun_x, grad_x = self.objective.start(x)
        self.zero = _Trial(0.0, x, float(fun_x), grad_x, float(grad_x @ self.p))
        if not self.zero.slope < 0:
            raise ValueError(
                "`direction` must be a direction of descent, with a negative slope gᵀp, got "
                f"{self.zero.slope:.3g}; is `grad` the gradient of `fun`?"
            )

    def at(self, a: float) -> _Trial:
        with np.errstate(over="ignore", invalid="ignore"):
            x = self.zero.x + a * self.p
        phi = self.objective.fun(x) if np.isfinite(x).all() else np.inf
        return _Trial(a, x, np.inf if np.isnan(phi) else phi)

    def slope(self, trial: _Trial) -> float:
        """Return φ'; NaN, and φ = ∞ from now on, where the gradient is not finite."""
        if trial.slope is None:
            trial.g = self.objective.grad(trial.x)
            trial.slope = float(trial.g @ self.p)
            if not (np.isfinite(trial.slope) and np.isfinite(trial.g).all()):
                trial.phi = np.inf
        return trial.slope

    def finish(self, trial: _Trial, message: str = "") -> LineSearchResult:
        self.slope(trial)
        return LineSearchResult(
            step=trial.a,
            x=trial.x,
            fun=trial.phi,
            grad=trial.g,
            converged=not message,
            n_fun=self.objective.n_fun,
            n_grad=self.objective.n_grad,
            message=message or "the conditions are met",
        )


def backtracking(
    fun: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], ArrayLike],
    x: ArrayLike,
    direction: ArrayLike,
    *,
    fun_x: float | None = None,
    grad_x: np.ndarray | None = None,
    initial_step: float = 1.0,
    c1: float = 1e-4,
    shrink: float = 0.5,
    max_iter: int = 60,
) -> LineSearchResult:
    """Find α with f(x + αp) ≤ f(x) + c₁ α gᵀp (Armijo): try the first step, then shorter and shorter ones.

    Parameters
    ----------
    fun, grad : callable
        f, shape (n,) to a number, and its gradient, shape (n,) to (n,).
    x, direction : array_like of shape (n,)
        The point and p, with gᵀp < 0 for the gradient g at x.
    fun_x, grad_x : float, ndarray of shape (n,), optional
        f(x) and g, if they are known already.
    initial_step : float
    c1, shrink : float
        The fraction of the promised decrease, and the factor between steps, both in (0, 1).
    max_iter : int
        How many steps to try.

    Returns
    -------
    LineSearchResult
        Its step is 0 if none of the steps lowers the function enough.

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit or p is no direction of descent.

    Notes
    -----
    A value that is not finite counts as +∞, so that the search retreats into the domain of f. Where the promised
    decrease is below the rounding errors of f, no step may pass. Nothing keeps the step from being too short;
    `strong_wolfe` does. Chapter: optimization/newton-and-quasi-newton.

    References
    ----------
    .. [1] armijo1966minimization; nocedal2006numerical, Algorithm 3.1.

    Examples
    --------
    >>> backtracking(lambda x: x @ x, lambda x: 2 * x, [1.0], [-2.0]).step
    0.5
    """
    line = _Line(fun, grad, x, direction, fun_x, grad_x)
    a = _positive(initial_step, "initial_step")
    c1, shrink = _fraction(c1, "c1"), _fraction(shrink, "shrink")
    for _ in range(as_integer(max_iter, "max_iter")):
        trial = line.at(a)
        if trial.phi == -np.inf:
            return line.finish(line.zero, UNBOUNDED)
        if _decreases(line, trial, c1):
            return line.finish(trial)
        a *= shrink
    return line.finish(line.zero, NO_DECREASE)


def strong_wolfe(
    fun: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], ArrayLike],
    x: ArrayLike,
    direction: ArrayLike,
    *,
    fun_x: float | None = None,
    grad_x: np.ndarray | None = None,
    initial_step: float = 1.0,
    c1: float = 1e-4,
    c2: float = 0.9,
    max_iter: int = 60,
) -> LineSearchResult:
    """Find α with f(x + αp) ≤ f(x) + c₁ α gᵀp and |∇f(x + αp)ᵀp| ≤ c₂ |gᵀp|, the strong Wolfe conditions.

    Parameters
    ----------
    fun, grad, x, direction, fun_x, grad_x, initial_step :
        As in `backtracking`.
    c1, c2 : float
        With 0 < c₁ < c₂ < 1; a small c₂ asks for an almost exact minimum along the line.
    max_iter : int
        How many steps to try.

    Returns
    -------
    LineSearchResult
        Where the conditions are not met, the lowest point that satisfies the first one; x itself if there is none.

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit or p is no direction of descent.

    Notes
    -----
    Steps grow until a bracket is found that must contain a solution, which then shrinks by safeguarded cubic
    interpolation [1]_. Where f changes by less than its rounding errors, the first condition is replaced by its
    limit for a parabola, ∇f(x + αp)ᵀp ≤ (2c₁ - 1) gᵀp, as Hager and Zhang propose [2]_; else no search
    could end close to a minimum. If f is bounded below along p, a solution exists [1]_. SciPy uses the
    routine of Moré and Thuente [3]_, which evaluates f and its gradient together; this one asks for the gradient
    only where the value passes. Chapter: optimization/newton-and-quasi-newton.

    References
    ----------
    .. [1] nocedal2006numerical, Algorithms 3.5 and 3.6, Lemma 3.1; wolfe1969convergence.
    .. [2] hager2005new, Section 2.2.
    .. [3] more1994line.

    Examples
    --------
    >>> found = strong_wolfe(lambda x: x @ x, lambda x: 2 * x, [1.0], [-2.0], initial_step=0.1, c2=0.1)
    >>> round(found.step, 9), found.converged
    (0.5, True)
    """
    line = _Line(fun, grad, x, direction, fun_x, grad_x)
    a, c1, c2 = _positive(initial_step, "initial_step"), _fraction(c1, "c1"), _fraction(c2, "c2")
    if not c1 < c2:
        raise ValueError(f"`c1` must be below `c2`, got {c1} and {c2}")
    return _Wolfe(line, c1, c2, as_integer(max_iter, "max_iter")).search(a)


class _Wolfe:
    """The two phases of the search, nocedal2006numerical, Algorithms 3.5 and 3.6."""

    def __init__(self, line: _Line, c1: float, c2: float, max_iter: int):
        self.line, self.c1, self.c2, self.left = line, c1, c2, max_iter
        self.lowest = line.zero  # among the points that satisfy the first condition

    def search(self, a: float) -> LineSearchResult:
        """Expand until a bracket is found (Algorithm 3.5)."""
        before, trial, first = self.line.zero, self.line.zero, a
        while self.left > 0 and a <= FARTHEST * first:
            before, trial = trial, self._try(a)
            if trial.phi == -np.inf:
                return self._give_up(UNBOUNDED)
            if not self._passes(trial) or (before.a > 0 and trial.phi >= before.phi):
                return self._zoom(before, trial)
            if self._flat(trial):
                return self.line.finish(trial)
            if trial.slope >= 0:
                return self._zoom(trial, before)
            a = np.clip(_minimum_of_cubic(before, trial), 2 * trial.a, GROWTH * trial.a)
        return self._give_up(UNBOUNDED if trial.a >= FAR * first else TOO_FEW)

    def _zoom(self, low: _Trial, high: _Trial) -> LineSearchResult:
        """Shrink the bracket; `low` satisfies the first condition and falls towards `high` (Algorithm 3.6)."""
        width = abs(high.a - low.a)
        while self.left > 0 and low.a != high.a:
            a = _inside(low, high)
            if abs(high.a - low.a) > width / 2:  # interpolation does not get on: bisect
                a = (low.a + high.a) / 2
            width = abs(high.a - low.a)
            trial = self._try(a)
            if trial.phi == -np.inf:
                return self._give_up(UNBOUNDED)
            if not self._passes(trial) or trial.phi > max(low.phi, low.phi + NOISE * abs(low.phi)):
                high = trial
                continue
            if self._flat(trial):
                return self.line.finish(trial)
            if trial.slope * (high.a - low.a) >= 0:
                high = low
            low = trial
        return self._give_up(NO_CURVATURE if self.lowest.a > 0 else NO_DECREASE)

    def _try(self, a: float) -> _Trial:
        self.left -= 1
        return self.line.at(float(a))

    def _passes(self, trial: _Trial) -> bool:
        passes = _decreases(self.line, trial, self.c1)
        if passes and trial.phi < self.lowest.phi:
            self.lowest = trial
        return passes

    def _flat(self, trial: _Trial) -> bool:
        return abs(trial.slope) <= -self.c2 * self.line.zero.slope

    def _give_up(self, message: str) -> LineSearchResult:
        return self.line.finish(self.lowest, message)


def _decreases(line: _Line, trial: _Trial, c1: float) -> bool:
    """Return whether f falls enough; where rounding hides it, whether the slope says so. Computes the slope if so."""
    zero = line.zero
    enough = trial.phi <= zero.phi + c1 * trial.a * zero.slope and trial.phi < zero.phi
    if not enough and not abs(trial.phi - zero.phi) <= NOISE * abs(zero.phi):
        return False
    slope = line.slope(trial)
    if trial.phi == np.inf:
        return False
    return enough or STEEP * zero.slope <= slope <= (2 * c1 - 1) * zero.slope  # hager2005new, (2.3)


def _inside(low: _Trial, high: _Trial) -> float:
    """Return the interpolated minimum, kept off both ends of the bracket; a short step where f is not finite."""
    width = high.a - low.a
    if not np.isfinite(high.phi):
        return low.a + width / 4
    if high.slope is not None:
        a = _minimum_of_cubic(low, high)
    else:  # the parabola through both values with the slope of `low`
        bend = high.phi - low.phi - low.slope * width
        a = low.a - low.slope * width**2 / (2 * bend) if bend > 0 else np.nan
    if not np.isfinite(a):
        return low.a + width / 2
    ends = sorted((low.a + MARGIN * width, high.a - MARGIN * width))
    return float(np.clip(a, *ends))


def _minimum_of_cubic(left: _Trial, right: _Trial) -> float:
    """Return where the cubic with these values and slopes is least (nocedal2006numerical, (3.59)); ∞ if nowhere."""
    width = right.a - left.a
    d = left.slope + right.slope - 3 * (right.phi - left.phi) / width
    scale = max(abs(d), abs(left.slope), abs(right.slope))
    if not 0 < scale < np.inf:
        return np.inf
    d, d_left, d_right = d / scale, left.slope / scale, right.slope / scale  # no square overflows
    square = d * d - d_left * d_right
    root = np.copysign(np.sqrt(max(square, 0)), width)
    bottom = d_right - d_left + 2 * root
    return right.a - width * (d_right + root - d) / bottom if square >= 0 and bottom else np.inf


def _positive(value: Any, name: str) -> float:
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number, got {value!r}")
    if not 0 < value < np.inf:
        raise ValueError(f"`{name}` must be positive and finite, got {value}")
    return float(value)


def _fraction(value: Any, name: str) -> float:
    if not _positive(value, name) < 1:
        raise ValueError(f"`{name}` must be between 0 and 1, got {value}")
    return float(value)
