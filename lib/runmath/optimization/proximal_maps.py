"""Proximal maps: where a point moves if it may lower a penalty, but pays for the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import norm


@dataclass(frozen=True)
class Penalty:
    """A convex function h and its proximal map prox(x, t) = argmin_z ½‖z - x‖² + t h(z).

    Parameters
    ----------
    name : str
    value : callable
        h: an array of any shape to a number, infinity where the constraint is broken.
    prox : callable
        Array of any shape and t > 0 to an array of that shape.
    """

    name: str
    value: Callable[[np.ndarray], float]
    prox: Callable[[np.ndarray, float], np.ndarray]


def soft_threshold(x: ArrayLike, threshold: float | ArrayLike) -> np.ndarray:
    """Return S_t(x) = sign(x) max(|x| - t, 0), the argmin over z of ½(z - x)² + t|z| in every entry.

    Parameters
    ----------
    x : array_like of any shape
    threshold : float or array_like
        t ≥ 0; of a shape that broadcasts with x.

    Returns
    -------
    ndarray
        Entries with |x| ≤ t are exactly zero.

    Raises
    ------
    TypeError, ValueError
        If an entry is not a real number, a threshold negative or not a number.

    Notes
    -----
    Computed as x less its projection onto [-t, t]: two passes over memory. Chapter: optimization/proximal-methods.

    References
    ----------
    .. [1] donoho1995denoising, equation (1.4).

    Examples
    --------
    >>> soft_threshold([3.0, -0.5, -2.0], 1.0)
    array([ 2.,  0., -1.])
    """
    x, t = np.asarray(x), np.asarray(threshold)
    for name, array in (("x", x), ("threshold", t)):
        if array.dtype.kind not in "buif":
            raise TypeError(f"`{name}` must be an array of real numbers, got {array.dtype}")
    x, t = x.astype(float), t.astype(float)
    if not (t >= 0).all():
        raise ValueError(f"`threshold` must be at least 0, got {threshold}")
    return x - np.clip(x, -t, t)


def no_penalty() -> Penalty:
    """Return h = 0, with which proximal gradient descent is gradient descent."""
    return Penalty("none", lambda x: 0.0, lambda x, t: np.array(x, dtype=float))


def l1_penalty(weight: float = 1.0) -> Penalty:
    """Return h(x) = w Σ|x_i|; its map is the soft threshold.

    Examples
    --------
    >>> l1_penalty(2.0).prox(np.array([3.0, -0.5]), 1.0)
    array([1., 0.])
    """
    w = _weight(weight)
    return Penalty("l1", lambda x: w * float(np.abs(x).sum()), lambda x, t: soft_threshold(x, w * t))


def nonnegative_l1_penalty(weight: float = 1.0) -> Penalty:
    """Return h(x) = w Σx_i for x ≥ 0 and infinity elsewhere; its map is max(x - wt, 0)."""
    w = _weight(weight)
    return Penalty(
        "nonnegative l1",
        lambda x: w * float(np.sum(x)) if (np.asarray(x) >= 0).all() else np.inf,
        lambda x, t: np.maximum(x - w * t, 0.0),
    )


def ridge_penalty(weight: float = 1.0) -> Penalty:
    """Return h(x) = ½w ‖x‖²; its map shrinks every entry by 1/(1 + wt) and makes none zero."""
    w = _weight(weight)
    return Penalty("ridge", lambda x: 0.5 * w * float(np.sum(np.square(x))), lambda x, t: x / (1 + w * t))


def norm_penalty(weight: float = 1.0) -> Penalty:
    """Return h(x) = w ‖x‖, not squared; its map shortens x by wt, and to zero where it is no longer than that.

    Examples
    --------
    >>> norm_penalty().prox(np.array([6.0, 8.0]), 5.0), norm_penalty().prox(np.array([0.6, 0.8]), 5.0)
    (array([3., 4.]), array([0., 0.]))
    """
    w = _weight(weight)

    def shorten(x: np.ndarray, t: float) -> np.ndarray:
        length = norm(x)
        return np.zeros(np.shape(x)) if length <= w * t else x * (1 - w * t / length)

    return Penalty("norm", lambda x: w * norm(x), shorten)


def box_constraint(low: float, high: float) -> Penalty:
    """Return h = 0 where low ≤ x_i ≤ high and infinity elsewhere; its map is the projection, whatever t.

    Examples
    --------
    >>> box_constraint(0, 1).prox(np.array([-2.0, 0.5, 7.0]), 3.0)
    array([0. , 0.5, 1. ])
    """
    for name, end in (("low", low), ("high", high)):
        if not isinstance(end, Real) or isinstance(end, bool):
            raise TypeError(f"`{name}` must be a real number, got {end!r}")
    if not low <= high:
        raise ValueError(f"`low` must be at most `high`, got {low} and {high}")
    return Penalty(
        "box",
        lambda x: 0.0 if ((np.asarray(x) >= low) & (np.asarray(x) <= high)).all() else np.inf,
        lambda x, t: np.clip(x, low, high).astype(float),
    )


def _weight(weight: float) -> float:
    if not isinstance(weight, Real) or isinstance(weight, bool):
        raise TypeError(f"`weight` must be a real number, got {weight!r}")
    if not 0 <= weight < np.inf:
        raise ValueError(f"`weight` must be at least 0 and finite, got {weight}")
    return float(weight)


PENALTIES: dict[str, Penalty] = {
    penalty.name: penalty
    for penalty in (
        no_penalty(),
        l1_penalty(),
        nonnegative_l1_penalty(),
        ridge_penalty(),
        norm_penalty(),
        box_constraint(-1.0, 1.0),
    )
}
