"""Update rules whose steps differ from coordinate to coordinate: AdaGrad, AdaDelta, RMSprop, Adam, AdamW."""

from __future__ import annotations

import numpy as np

from runmath.core import as_tolerance
from runmath.optimization.first_order import Schedule, State, UpdateRule, as_positive, as_schedule, remembers


def adagrad(learning_rate: Schedule, *, eps: float = 1e-10) -> UpdateRule:
    """Return the rule d_t = η_t g_t / (√s_t + ε), where s_t is the sum of all g² so far.

    Parameters
    ----------
    learning_rate : float or callable
        η > 0, or a function of t.
    eps : float
        ε > 0.

    Raises
    ------
    TypeError, ValueError
        If one is neither, or out of range.

    References
    ----------
    .. [1] duchi2011adaptive, section 1.1, with diagonal matrices.

    Examples
    --------
    >>> from runmath.optimization import iterates
    >>> path = iterates(lambda x: np.array([3.0, 400.0]), [0.0, 0.0], adagrad(1.0))
    >>> [next(path).round(9).tolist() for _ in range(2)]
    [[0.0, 0.0], [-1.0, -1.0]]
    """
    rate, eps = as_schedule(learning_rate, "learning_rate"), as_positive(eps, "eps")

    def step(g: np.ndarray, state: State, x: np.ndarray, t: int) -> tuple[np.ndarray, State]:
        s = state[0] + g**2
        return rate(t) * g / (np.sqrt(s) + eps), (s,)

    return UpdateRule("AdaGrad", remembers(1), step)


def adadelta(learning_rate: Schedule = 1.0, *, rho: float = 0.9, eps: float = 1e-6) -> UpdateRule:
    """Return the rule d_t = η_t Δ_t, Δ_t = g_t √(u_{t-1} + ε) / √(v_t + ε), with means v of g² and u of Δ².

    Parameters
    ----------
    learning_rate : float or callable
        η > 0, or a function of t.
    rho : float
        Share of the past in both means, in [0, 1).
    eps : float
        ε > 0.

    Raises
    ------
    TypeError, ValueError
        If one is neither, or out of range.

    References
    ----------
    .. [1] zeiler2012adadelta, algorithm 1.

    Examples
    --------
    >>> from runmath.optimization import iterates
    >>> path = iterates(lambda x: np.array([2.0]), [1.0], adadelta(rho=0.5, eps=0.5))
    >>> [round(next(path).item(), 6) for _ in range(2)]        # Δ = 2 √0.5 / √2.5
    [1.0, 0.105573]
    """
    rate, eps = as_schedule(learning_rate, "learning_rate"), as_positive(eps, "eps")
    rho = as_tolerance(rho, "rho")

    def step(g: np.ndarray, state: State, x: np.ndarray, t: int) -> tuple[np.ndarray, State]:
        v = rho * state[0] + (1 - rho) * g**2
        delta = g * np.sqrt((state[1] + eps) / (v + eps))
        return rate(t) * delta, (v, rho * state[1] + (1 - rho) * delta**2)

    return UpdateRule("AdaDelta", remembers(2), step)


def rmsprop(learning_rate: Schedule, *, alpha: float = 0.99, eps: float = 1e-8) -> UpdateRule:
    """Return the rule d_t = η_t g_t / (√v_t + ε) with the running mean v_t = α v_{t-1} + (1 - α) g_t².

    Parameters
    ----------
    learning_rate : float or callable
        η > 0, or a function of t.
    alpha : float
        Share of the past, in [0, 1).
    eps : float
        ε > 0.

    Raises
    ------
    TypeError, ValueError
        If one is neither, or out of range.

    References
    ----------
    .. [1] tieleman2012rmsprop, slide 29.

    Examples
    --------
    >>> from runmath.optimization import iterates
    >>> path = iterates(lambda x: np.array([8.0]), [1.0], rmsprop(0.25, alpha=0.75))
    >>> [round(next(path).item(), 6) for _ in range(2)]        # v = 16
    [1.0, 0.5]
    """
    rate, eps = as_schedule(learning_rate, "learning_rate"), as_positive(eps, "eps")
    alpha = as_tolerance(alpha, "alpha")

    def step(g: np.ndarray, state: State, x: np.ndarray, t: int) -> tuple[np.ndarray, State]:
        v = alpha * state[0] + (1 - alpha) * g**2
        return rate(t) * g / (np.sqrt(v) + eps), (v,)

    return UpdateRule("RMSprop", remembers(1), step)


def adam(
    learning_rate: Schedule,
    *,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    amsgrad: bool = False,
) -> UpdateRule:
    """Return the rule d_t = η_t m̂ / (√v̂ + ε), m̂ = m / (1 - β₁^{t+1}), v̂ = v / (1 - β₂^{t+1}).

    Parameters
    ----------
    learning_rate : float or callable
        η > 0, or a function of t.
    beta1, beta2 : float
        Shares of the past in the means m of g and v of g², in [0, 1).
    eps : float
        ε > 0.
    amsgrad : bool
        Whether v is replaced by its largest value so far.

    Raises
    ------
    TypeError, ValueError
        If one is neither, or out of range.

    References
    ----------
    .. [1] kingma2015adam, algorithm 1.
    .. [2] reddi2018convergence, algorithm 2.

    Examples
    --------
    >>> from runmath.optimization import iterates
    >>> path = iterates(lambda x: np.array([4.0, -1e-3]), [1.0, 1.0], adam(0.5, eps=1e-12))
    >>> [next(path).round(6).tolist() for _ in range(2)]       # the first step is η times the sign
    [[1.0, 1.0], [0.5, 1.5]]
    """
    return adamw(learning_rate, weight_decay=0.0, beta1=beta1, beta2=beta2, eps=eps, amsgrad=amsgrad)


def adamw(
    learning_rate: Schedule,
    *,
    weight_decay: float = 1e-2,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    amsgrad: bool = False,
) -> UpdateRule:
    """Return the rule d_t = η_t (m̂ / (√v̂ + ε) + λ x_t): Adam and a weight decay that the root does not divide.

    Parameters
    ----------
    learning_rate, beta1, beta2, eps, amsgrad
        As in `adam`.
    weight_decay : float
        λ ≥ 0.

    Raises
    ------
    TypeError, ValueError
        If one is neither, or out of range.

    References
    ----------
    .. [1] loshchilov2019decoupled, algorithm 2.

    Examples
    --------
    >>> from runmath.optimization import iterates
    >>> path = iterates(lambda x: np.zeros(1), [8.0], adamw(0.5, weight_decay=0.25))
    >>> [next(path).item() for _ in range(2)]                  # only the decay
    [8.0, 7.0]
    """
    rate, eps = as_schedule(learning_rate, "learning_rate"), as_positive(eps, "eps")
    beta1, beta2 = as_tolerance(beta1, "beta1"), as_tolerance(beta2, "beta2")
    decay = as_positive(weight_decay, "weight_decay", or_zero=True)

    def step(g: np.ndarray, state: State, x: np.ndarray, t: int) -> tuple[np.ndarray, State]:
        m = beta1 * state[0] + (1 - beta1) * g
        v = beta2 * state[1] + (1 - beta2) * g**2
        seen = np.maximum(state[2], v) if amsgrad else v
        root = np.sqrt(seen / (1 - beta2 ** (t + 1)))
        return rate(t) * (m / (1 - beta1 ** (t + 1)) / (root + eps) + decay * x), (m, v, seen)

    return UpdateRule("AdamW" if decay else "AMSGrad" if amsgrad else "Adam", remembers(3), step)
