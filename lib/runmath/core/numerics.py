"""Numbers that the whole library measures with."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

EPS = float(np.finfo(float).eps)  # 2^-52, the distance from 1.0 to the next double
TINY = float(np.finfo(float).tiny)  # smallest positive number with full precision


def relative_error(lhs: ArrayLike, rhs: ArrayLike, scale: float | None = None) -> float:
    """Return ‖lhs - rhs‖ / scale, in the Frobenius norm.

    Parameters
    ----------
    lhs, rhs : array_like of equal shape, real or complex
    scale : float, optional
        The larger of ‖lhs‖ and ‖rhs‖ by default.

    Returns
    -------
    float
        0 where both sides are equal, zero sides included.

    Raises
    ------
    ValueError
        If the shapes differ or `scale` is not positive.

    Notes
    -----
    The sides are divided by their largest entry first, so that no square overflows or underflows.

    Examples
    --------
    >>> relative_error([3.0, 4.0], [3.0, 0.0]), relative_error(1e200, 4e200), relative_error(0, 0)
    (0.8, 0.75, 0.0)
    """
    lhs, rhs = (x.astype(np.result_type(x, float), copy=False) for x in map(np.asarray, (lhs, rhs)))
    if lhs.shape != rhs.shape:
        raise ValueError(f"`lhs` and `rhs` must have equal shapes, got {lhs.shape} and {rhs.shape}")
    if scale is not None and not scale > 0:
        raise ValueError(f"`scale` must be positive, got {scale}")
    largest = max(np.abs(lhs).max(initial=0.0), np.abs(rhs).max(initial=0.0))
    if largest == 0:
        return 0.0
    lhs, rhs = lhs / largest, rhs / largest
    size = max(np.linalg.norm(lhs), np.linalg.norm(rhs)) if scale is None else scale / largest
    return float(np.linalg.norm(lhs - rhs) / size)
