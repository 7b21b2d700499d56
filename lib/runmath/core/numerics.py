"""Numbers that the whole library measures with."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

EPS = float(np.finfo(float).eps)  # 2^-52, the distance from 1.0 to the next double
TINY = float(np.finfo(float).tiny)  # smallest positive number with full precision


def unit_scaled(x: np.ndarray) -> tuple[np.ndarray, int]:
    """Return x / 2^e and the integer e for which its largest entry has a size in [1/2, 1); e = 0 for zero.

    The division is exact, but for entries below 2^-1022 of the largest.

    Examples
    --------
    >>> unit_scaled(np.array([3.0, 12.0]))
    (array([0.1875, 0.75  ]), 4)
    """
    e = int(np.frexp(np.abs(x).max(initial=0.0))[1])
    return np.ldexp(x, -e), e


def times_power_of_two(x: ArrayLike, e: int, what: str) -> np.ndarray:
    """Return x · 2^e.

    Raises
    ------
    OverflowError
        If an entry exceeds the largest float; the message says that `what` does.

    Examples
    --------
    >>> times_power_of_two([0.75], 4, "the norm")
    array([12.])
    """
    with np.errstate(over="ignore"):
        result = np.ldexp(x, e)
    if (np.isinf(result) & np.isfinite(x)).any():
        raise OverflowError(f"{what} exceeds the largest float64; scale the input by a power of two")
    return result


def norm(x: ArrayLike) -> float:
    """Return ‖x‖ = √Σ |x_i|², the Frobenius norm of a matrix, where no square overflows or underflows.

    Parameters
    ----------
    x : array_like of any shape, real or complex

    Raises
    ------
    OverflowError
        If the norm itself exceeds the largest float.

    Examples
    --------
    >>> norm([3, 4]), norm([[3 * 2.0**900], [4 * 2.0**900]]) == 5 * 2.0**900
    (5.0, True)
    """
    return float(times_power_of_two(*_norm(_as_reals(x)), "the norm"))


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
        0 where both sides are equal, zero sides included; NaN where one is not finite.

    Raises
    ------
    ValueError
        If the shapes differ, or `scale` is not positive and finite.

    Notes
    -----
    Each norm is kept as a number and a power of two, so that nothing overflows or underflows on the way.

    Examples
    --------
    >>> relative_error([3.0, 4.0], [3.0, 0.0]), relative_error(1e200, 4e200), relative_error(0, 0)
    (0.8, 0.75, 0.0)
    """
    if np.shape(lhs) != np.shape(rhs):
        raise ValueError(f"`lhs` and `rhs` must have equal shapes, got {np.shape(lhs)} and {np.shape(rhs)}")
    if scale is not None and not 0 < scale < np.inf:
        raise ValueError(f"`scale` must be positive and finite, got {scale}")
    if np.iscomplexobj(lhs) or np.iscomplexobj(rhs):
        lhs, rhs = np.asarray(lhs, dtype=complex), np.asarray(rhs, dtype=complex)
    lhs, rhs = _as_reals(lhs), _as_reals(rhs)
    if not (np.isfinite(lhs).all() and np.isfinite(rhs).all()):
        return float("nan")
    down = int(max(np.abs(lhs).max(initial=0.0), np.abs(rhs).max(initial=0.0)) >= 2.0**1022)
    m, e = _norm(np.ldexp(lhs, -down) - np.ldexp(rhs, -down))  # the difference of halves cannot overflow
    if m == 0:
        return 0.0
    if scale is None:
        size, shift = max(_norm(lhs), _norm(rhs), key=lambda pair: (pair[0] > 0, pair[1], pair[0]))
    else:
        size, shift = np.frexp(scale)
    with np.errstate(over="ignore"):
        return float(np.ldexp(m / size, e + down - int(shift)))


def _as_reals(x: ArrayLike) -> np.ndarray:
    """Return a float64 array with the same norm: of complex numbers, the real and imaginary parts."""
    x = np.asarray(x)
    return np.stack([x.real, x.imag]).astype(float) if np.iscomplexobj(x) else x.astype(float)


def _norm(x: np.ndarray) -> tuple[float, int]:
    """Return m and e with ‖x‖ = m 2^e, where m lies in [1/2, 1) and e may be out of a float's range."""
    x, e = unit_scaled(x)
    m, shift = np.frexp(np.linalg.norm(x))
    return float(m), e + int(shift)
