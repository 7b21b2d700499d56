"""First-order methods as update rules: pure functions of the gradient and of what a method remembers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_tolerance, warn_unless_converged
from runmath.optimization.result import OptimizeResult, largest_entry

Gradient = Callable[[np.ndarray], np.ndarray]
Schedule = float | Callable[[int], float]  # a number, or one for each step t = 0, 1, ...
State = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class UpdateRule:
    """Make one step x_{t+1} = x_t - d_t of a first-order method.

    Parameters
    ----------
    name : str
    init : callable
        Takes x_0 and returns what the method remembers before its first step, a tuple of arrays.
    step : callable
        Takes (g_t, state, x_t, t), with t from 0, and returns d_t and the new state; changes none of them.

    Notes
    -----
    All rules act on each coordinate by itself. So x may have any shape; a stack of many starting points, or of runs
    with different noise, moves in one call.

    Chapters: optimization/first-order-methods and its two sequels.
    """

    name: str
    init: Callable[[np.ndarray], State]
    step: Callable[[np.ndarray, State, np.ndarray, int], tuple[np.ndarray, State]]


def sgd(learning_rate: Schedule) -> UpdateRule:
    """Return the rule d_t = η_t g_t: gradient descent, stochastic where the gradient is.

    Parameters
    ----------
    learning_rate : float or callable
        η > 0, or a function of t.

    Raises
    ------
    TypeError, ValueError
        If it is neither, or not positive.

    Examples
    --------
    >>> path = iterates(lambda x: x, [8.0], sgd(0.5))          # f = x² / 2
    >>> [next(path).item() for _ in range(4)]
    [8.0, 4.0, 2.0, 1.0]
    """
    rate = as_schedule(learning_rate, "learning_rate")
    return UpdateRule("gradient descent", remembers(0), lambda g, state, x, t: (rate(t) * g, ()))


def heavy_ball(learning_rate: Schedule, *, momentum: Schedule = 0.9) -> UpdateRule:
    """Return the rule d_t = η_t b_t with b_t = μ_t b_{t-1} + g_t and b_{-1} = 0: Polyak's momentum.

    Parameters
    ----------
    learning_rate : float or callable
        η > 0, or a function of t.
    momentum : float or callable
        μ in [0, 1), or a function of t.

    Raises
    ------
    TypeError, ValueError
        If one is neither, or out of range.

    Notes
    -----
    With constant η and μ it is x_{t+1} = x_t - η g_t + μ (x_t - x_{t-1}). Where all eigenvalues of the Hessian of a
    quadratic are in [m, L], the best pair is η = 4 / (√L + √m)², μ = ((√L - √m) / (√L + √m))², and the error falls by
    √μ in a step, but for a factor that grows with t.

    References
    ----------
    .. [1] polyak1964some, theorem 9.

    Examples
    --------
    >>> path = iterates(lambda x: x, [8.0], heavy_ball(0.25, momentum=0.5))
    >>> [next(path).item() for _ in range(3)]                  # 8, then 8 - 2, then 6 - 0.25 (4 + 6)
    [8.0, 6.0, 3.5]
    """
    rate, mu = as_schedule(learning_rate, "learning_rate"), as_schedule(momentum, "momentum", fraction=True)

    def step(g: np.ndarray, state: State, x: np.ndarray, t: int) -> tuple[np.ndarray, State]:
        b = mu(t) * state[0] + g
        return rate(t) * b, (b,)

    return UpdateRule("heavy ball", remembers(1), step)


def nesterov(learning_rate: Schedule, *, momentum: Schedule = 0.9) -> UpdateRule:
    """Return the rule d_t = η_t (g_t + μ_{t+1} b_t) with b_t = μ_t b_{t-1} + g_t: Nesterov's momentum.

    Parameters
    ----------
    learning_rate : float or callable
        η > 0, or a function of t.
    momentum : float or callable
        μ in [0, 1), or a function of t. `lambda t: max(0, t - 1) / (t + 2)` gives an error of order 1/t² for every
        convex f, at the points x_t - η g_t.

    Raises
    ------
    TypeError, ValueError
        If one is neither, or out of range.

    Notes
    -----
    The points are the look-ahead points, at which gradients are taken: with constant η the method is
    z_{t+1} = x_t - η g(x_t), x_{t+1} = z_{t+1} + μ_{t+1} (z_{t+1} - z_t).

    References
    ----------
    .. [1] nesterov1983method.
    .. [2] sutskever2013importance, section 2 and appendix A.1.

    Examples
    --------
    >>> path = iterates(lambda x: x, [8.0], nesterov(0.25, momentum=0.5))
    >>> [next(path).item() for _ in range(3)]                  # 8, then 8 - 0.25 (8 + 4)
    [8.0, 5.0, 2.625]
    """
    rate, mu = as_schedule(learning_rate, "learning_rate"), as_schedule(momentum, "momentum", fraction=True)

    def step(g: np.ndarray, state: State, x: np.ndarray, t: int) -> tuple[np.ndarray, State]:
        b = mu(t) * state[0] + g
        return rate(t) * (g + mu(t + 1) * b), (b,)

    return UpdateRule("Nesterov", remembers(1), step)


def iterates(grad: Gradient, x0: ArrayLike, rule: UpdateRule) -> Iterator[np.ndarray]:
    """Yield x_0, x_1, ..., x_{t+1} = x_t - d_t, without end.

    Parameters
    ----------
    grad : callable
        Takes x and returns the gradient, or a random estimate of it, in the shape of x.
    x0 : array_like of real numbers, any shape
    rule : UpdateRule

    Yields
    ------
    ndarray
        A new array each time.

    Raises
    ------
    TypeError, ValueError
        If `x0` is not finite real numbers, or the gradient has another shape.
    FloatingPointError
        If the gradient is not finite, or a step overflows: the steps diverge.

    Examples
    --------
    >>> from itertools import islice
    >>> [x.tolist() for x in islice(iterates(lambda x: x, [[8.0], [4.0]], sgd(0.5)), 2)]
    [[[8.0], [4.0]], [[4.0], [2.0]]]
    """
    x = _point(x0)
    state, t = rule.init(x), 0
    while True:
        yield x.copy()  # the caller's to change
        x, state = _move(rule, _gradient(grad, x, t), state, x, t)
        t += 1


def minimize_first_order(
    grad: Gradient,
    x0: ArrayLike,
    rule: UpdateRule,
    *,
    fun: Callable[[np.ndarray], float] | None = None,
    tol: float = 1e-6,
    max_iter: int = 10_000,
) -> OptimizeResult:
    """Follow a rule until max |∂f/∂x_i| ≤ tol.

    Parameters
    ----------
    grad : callable
        Takes x of shape (n,) and returns ∇f(x) of shape (n,).
    x0 : array_like of shape (n,)
    rule : UpdateRule
    fun : callable, optional
        f; only its value at the end is reported, NaN without it.
    tol : float
    max_iter : int

    Returns
    -------
    OptimizeResult
        Its history is that of max |∂f/∂x_i|.

    Raises
    ------
    TypeError, ValueError, FloatingPointError
        As in `iterates`, or if an option is out of range.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` steps were not enough.

    Notes
    -----
    One gradient a step, and no function values: nothing guards against a rate that is too large. Where a gradient is
    exact and cheap, a line search with L-BFGS needs far fewer.

    Examples
    --------
    >>> result = minimize_first_order(lambda x: x - 3, [0.0], sgd(0.5), tol=0.1)
    >>> result.x.tolist(), result.n_iter, result.history.tolist()
    ([2.90625], 5, [3.0, 1.5, 0.75, 0.375, 0.1875, 0.09375])
    """
    tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter", low=0)
    x = _point(x0)
    state, g = rule.init(x), _gradient(grad, x, 0)
    history = [largest_entry(g)]
    while history[-1] > tol and len(history) <= max_iter:
        t = len(history) - 1
        x, state = _move(rule, g, state, x, t)
        g = _gradient(grad, x, t + 1)
        history.append(largest_entry(g))
    converged = history[-1] <= tol
    warn_unless_converged(converged, rule.name, "raise `max_iter`, or try another learning rate")
    message = "max |g_i| ≤ tol" if converged else f"not converged after {max_iter} steps"
    return OptimizeResult(
        x=x,
        fun=float("nan") if fun is None else float(fun(x)),
        grad=g,
        converged=converged,
        n_iter=len(history) - 1,
        n_fun=int(fun is not None),
        n_grad=len(history),
        history=np.array(history),
        message=message,
    )


def remembers(count: int) -> Callable[[np.ndarray], State]:
    """Return an `init` of a rule: as many arrays of zeros like x."""
    return lambda x: tuple(np.zeros_like(x) for _ in range(count))


def _point(x0: ArrayLike) -> np.ndarray:
    x = np.asarray(x0)
    if x.dtype.kind not in "buif":
        raise TypeError(f"`x0` must be an array of real numbers, got {type(x0).__name__} of {x.dtype}")
    if x.size == 0:
        raise ValueError(f"`x0` must have at least one entry, got shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError("`x0` must be finite, got NaN or infinity")
    return x.astype(float)


def _gradient(grad: Gradient, x: np.ndarray, t: int) -> np.ndarray:
    with np.errstate(over="ignore", invalid="ignore"):
        g = np.array(grad(x.copy()))  # a copy each way: neither side can change what the other holds
    if g.shape != x.shape:
        raise ValueError(f"`grad` must return an array of shape {x.shape}, got shape {g.shape}")
    if g.dtype.kind not in "buif":
        raise TypeError(f"`grad` must return real numbers, got {g.dtype}")
    if not np.isfinite(g).all():
        raise FloatingPointError(f"the gradient is not finite in step {t}; lower the learning rate")
    return g.astype(float, copy=False)


def _move(rule: UpdateRule, g: np.ndarray, state: State, x: np.ndarray, t: int) -> tuple[np.ndarray, State]:
    try:
        with np.errstate(over="raise", invalid="raise"):
            d, state = rule.step(g, state, x, t)
            return np.asarray(x - d), state
    except FloatingPointError as error:
        raise FloatingPointError(f"step {t} is not finite ({error}); lower the learning rate") from error


def as_schedule(value: Schedule, name: str, *, fraction: bool = False) -> Callable[[int], float]:
    """Return a function of t; a number becomes a constant one."""
    if callable(value):
        return value
    number = as_tolerance(value, name) if fraction else as_positive(value, name)
    return lambda t: number


def as_positive(value: float, name: str, *, or_zero: bool = False) -> float:
    """Return a positive and finite number, or zero where that is allowed."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number, got {value!r}")
    if not (0 < value < np.inf or (or_zero and value == 0)):
        rule = "at least 0" if or_zero else "positive"
        raise ValueError(f"`{name}` must be {rule} and finite, got {value}")
    return float(value)
