"""Gradient descent with momentum and a gain for every coordinate."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

FASTER, SLOWER, LEAST_GAIN = 0.2, 0.8, 0.01  # of the delta-bar-delta rule


def descend(
    gradient: Callable[[np.ndarray], np.ndarray],
    start: np.ndarray,
    *,
    learning_rate: float,
    momentum: float,
    n_iter: int,
    velocity: np.ndarray | None = None,
    gains: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Follow v = momentum v - learning_rate g * gradient(Y), Y = Y + v, with gains g that adapt to signs.

    Parameters
    ----------
    gradient : callable
        Takes and returns arrays of the shape of `start`.
    start : ndarray
        Not changed.
    learning_rate, momentum : float
    n_iter : int
    velocity, gains : ndarray, optional
        Of an earlier call, in order to go on; zeros and ones by default.

    Returns
    -------
    Y, velocity, gains : ndarray

    Notes
    -----
    A gain grows by 0.2 where gradient and velocity point opposite ways, so that the step continues, and shrinks by
    0.8 elsewhere. Chapter: probability/tsne.

    References
    ----------
    :cite:t:`jacobs1988increased`; :cite:t:`maaten2008visualizing`, section 3.4.

    Examples
    --------
    >>> Y, _, _ = descend(lambda y: y, np.array([1.0]), learning_rate=0.1, momentum=0.5, n_iter=200)
    >>> bool(abs(Y[0]) < 1e-6)
    True
    """
    Y = start.copy()
    velocity = np.zeros_like(Y) if velocity is None else velocity.copy()
    gains = np.ones_like(Y) if gains is None else gains.copy()
    for _ in range(n_iter):
        slope = gradient(Y)
        continues = velocity * slope < 0
        gains = np.maximum(np.where(continues, gains + FASTER, gains * SLOWER), LEAST_GAIN)
        velocity = momentum * velocity - learning_rate * gains * slope
        Y += velocity
    return Y, velocity, gains
