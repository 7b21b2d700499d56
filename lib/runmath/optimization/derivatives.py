"""Derivatives by differences: the referee of every gradient and Hessian that is written by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_vector, norm

STEP_FIRST = EPS ** (1 / 3)  # minimises eps/h + h², rounding against truncation of a central first difference
STEP_SECOND = EPS ** (1 / 4)  # minimises eps/h² + h², the same for a second difference
STEP_COMPLEX = 2.0**-300  # its square vanishes beside 1, and nothing is subtracted that could cancel


def numerical_gradient(
    fun: Callable[[np.ndarray], Any], x: ArrayLike, *, method: str = "central"
) -> np.ndarray:
    """Approximate ∂f/∂x_i by (f(x + h e_i) - f(x - h e_i)) / 2h, or by Im f(x + i h e_i) / h.

    Parameters
    ----------
    fun : callable
        Maps an array of shape (n,) to a number.
    x : array_like of shape (n,)
    method : {"central", "complex"}
        The complex step is exact to rounding; `fun` must be analytic and accept complex arguments, which `abs`,
        `max`, norms and conjugates spoil.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    TypeError, ValueError
        If `x` is no finite vector, `method` is unknown, or `fun` returns no finite number.

    Notes
    -----
    Costs 2n evaluations of f (n for the complex step). With h = eps^(1/3) max(1, |x_i|) the central difference has an
    error of order eps^(2/3), about 4e-11, relative to f and its third derivative; no step does better [1]_. For
    large n, or where every digit counts, use automatic differentiation. Chapter:
    optimization/curvature-and-convexity.

    References
    ----------
    .. [1] nocedal2006numerical, Section 8.1. The complex step: squire1998using.

    Examples
    --------
    >>> numerical_gradient(lambda x: x[0] ** 2 + 3 * x[1], [2, 1], method="complex")
    array([4., 3.])
    """
    x = as_vector(x, "x")
    if method not in ("central", "complex"):
        raise ValueError(f"`method` must be 'central' or 'complex', got {method!r}")
    gradient = np.empty_like(x)
    for i in range(x.size):
        if method == "complex":
            shifted = x.astype(complex)
            shifted[i] += 1j * STEP_COMPLEX
            gradient[i] = _number(fun(shifted), complex).imag / STEP_COMPLEX
        else:
            ahead, behind, width = _either_side(x, i, STEP_FIRST)
            gradient[i] = (_number(fun(ahead)) - _number(fun(behind))) / width
    return gradient


def numerical_hessian(
    fun: Callable[[np.ndarray], Any],
    x: ArrayLike,
    *,
    grad: Callable[[np.ndarray], ArrayLike] | None = None,
) -> np.ndarray:
    """Approximate ∂²f/∂x_i∂x_j by second differences of f, or by central differences of its gradient.

    Parameters
    ----------
    fun : callable
        Maps an array of shape (n,) to a number; not called where `grad` is given.
    x : array_like of shape (n,)
    grad : callable, optional
        The gradient of f, shape (n,) to (n,). With it the error is of order eps^(2/3) instead of eps^(1/2).

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric.

    Raises
    ------
    TypeError, ValueError
        If `x` is no finite vector, or `fun` or `grad` returns what is not finite or of the wrong shape.

    Notes
    -----
    Costs 2n gradients, or 2n² + 1 values. Chapter: optimization/curvature-and-convexity.

    References
    ----------
    .. [1] nocedal2006numerical, Section 8.1.

    Examples
    --------
    >>> numerical_hessian(lambda x: x[0] * x[1], [1, 2]).round(6)
    array([[0., 1.],
           [1., 0.]])
    """
    x = as_vector(x, "x")
    if grad is not None:
        H = np.array([_gradient_difference(grad, x, i) for i in range(x.size)])
        return (H + H.T) / 2
    n, h = x.size, STEP_SECOND * np.maximum(1, np.abs(x))
    f_0, H = _number(fun(x.copy())), np.empty((n, n))
    for i in range(n):
        ahead, behind, width = _either_side(x, i, STEP_SECOND)
        H[i, i] = 4 * (_number(fun(ahead)) - 2 * f_0 + _number(fun(behind))) / width**2
        for j in range(i):
            signs = [(1, 1), (-1, -1), (1, -1), (-1, 1)]
            shifts = [a * h[i] * np.eye(n)[i] + b * h[j] * np.eye(n)[j] for a, b in signs]
            f = [_number(fun(x + shift)) for shift in shifts]
            H[i, j] = H[j, i] = (f[0] + f[1] - f[2] - f[3]) / (4 * h[i] * h[j])
    return H


def check_gradient(
    fun: Callable[[np.ndarray], Any], grad: Callable[[np.ndarray], ArrayLike], x: ArrayLike
) -> float:
    """Return the relative distance of a hand-written gradient from central differences of f.

    Parameters
    ----------
    fun, grad : callable
        f, shape (n,) to a number, and what claims to be its gradient, shape (n,) to (n,).
    x : array_like of shape (n,)
        Where to compare. Choose a point without symmetry: at a special one many wrong gradients are right.

    Returns
    -------
    float
        ‖grad(x) - g‖ / max(‖grad(x)‖, ‖g‖, |f(x)| / max(1, max |x_i|)), g the differences. A right gradient of a
        smooth function of moderate size has about 1e-10, one that is wrong by 0.05 percent has 5e-4.

    Raises
    ------
    TypeError, ValueError
        As `numerical_gradient`; also if `grad` returns no finite vector of shape (n,).

    Notes
    -----
    The third term of the scale keeps rounding errors of f from being taken for a mistake where the gradient
    vanishes. Chapter: optimization/curvature-and-convexity.

    Examples
    --------
    >>> check_gradient(lambda x: x[0] ** 2, lambda x: 2 * x, [3.0]) < 1e-9
    True
    >>> check_gradient(lambda x: x[0] ** 2, lambda x: 2.001 * x, [3.0]) > 1e-4
    True
    """
    x = as_vector(x, "x")
    g, differences = as_vector(grad(x.copy()), "grad(x)", size=x.size), numerical_gradient(fun, x)
    size_of_f = abs(_number(fun(x.copy()))) / max(1.0, float(np.abs(x).max()))
    scale = max(norm(g), norm(differences), size_of_f)
    return norm(g - differences) / scale if scale else 0.0


def _either_side(x: np.ndarray, i: int, step: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Return x ± h e_i and their distance as the computer has it, which need not be 2h."""
    ahead, behind = x.copy(), x.copy()
    h = step * max(1.0, abs(x[i]))
    ahead[i] += h
    behind[i] -= h
    return ahead, behind, ahead[i] - behind[i]


def _gradient_difference(grad: Callable[[np.ndarray], ArrayLike], x: np.ndarray, i: int) -> np.ndarray:
    """Return row i of the Hessian, by a central difference of the gradient."""
    ahead, behind, width = _either_side(x, i, STEP_FIRST)
    rows = [as_vector(grad(point), "grad(x)", size=x.size) for point in (ahead, behind)]
    return (rows[0] - rows[1]) / width


def _number(value: Any, kind: type = float) -> Any:
    """Return a finite number, or raise."""
    value = np.asarray(value)
    if value.size != 1 or value.dtype.kind not in ("buif" if kind is float else "buifc"):
        raise TypeError(
            f"`fun(x)` must be a {kind.__name__} number, got {value.dtype} of shape {value.shape}"
        )
    if not np.isfinite(value).all():
        raise ValueError(f"`fun(x)` must be finite near `x`, got {value.item()}")
    return kind(value.item())
