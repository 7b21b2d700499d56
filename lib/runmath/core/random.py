"""Randomness comes in as an argument; the global state is never touched."""

from __future__ import annotations

from numbers import Integral

import numpy as np


def as_rng(rng: np.random.Generator | int) -> np.random.Generator:
    """Return a generator: the given one, which then advances, or a new one from a seed.

    Raises
    ------
    TypeError
        If `rng` is neither; None too, because a result that nobody can repeat is no result.
    ValueError
        If a seed is negative.

    Examples
    --------
    >>> bool(as_rng(7).integers(100) == as_rng(7).integers(100))
    True
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if not isinstance(rng, Integral) or isinstance(rng, bool):
        raise TypeError(f"`rng` must be a numpy.random.Generator or an integer seed, got {rng!r}")
    if rng < 0:
        raise ValueError(f"`rng` must be a seed of at least 0, got {rng}")
    return np.random.default_rng(int(rng))
