"""What second derivatives say about a critical point, and a search for proofs that a function is not convex."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_integer, as_matrix, as_rng, as_tolerance, as_vector, norm

SHORTEST = 8  # chords are cut to 2⁻⁰, …, 2⁻⁸ of their length: a dent is seen by chords of its own size


@dataclass(frozen=True, eq=False)
class CriticalPoint:
    """A point without slope, and what its curvatures prove about it.

    Parameters
    ----------
    x : ndarray of shape (n,)
    kind : {"minimum", "maximum", "saddle", "undecided"}
        "minimum" and "maximum" are strict and local.
    eigenvalues : ndarray of shape (n,)
        The principal curvatures λ_1 ≤ … ≤ λ_n.
    eigenvectors : ndarray of shape (n, n)
        Their directions, in the columns.
    threshold : float
        The signs of all λ_i with |λ_i| above it are certain.
    """

    x: np.ndarray
    kind: str
    eigenvalues: np.ndarray
    eigenvectors: np.ndarray
    threshold: float


def classify_critical_point(
    grad: Callable[[np.ndarray], ArrayLike],
    hess: Callable[[np.ndarray], ArrayLike],
    x: ArrayLike,
    *,
    hess_error: float = 0.0,
    tol: float = 1e-6,
) -> CriticalPoint:
    """Classify a point with ∇f(x) = 0 by the signs of the eigenvalues of its Hessian H.

    Parameters
    ----------
    grad, hess : callable
        Gradient, shape (n,) to (n,), and Hessian, shape (n,) to (n, n), both continuous around x.
    x : array_like of shape (n,)
    hess_error : float
        A bound for ‖H - H*‖₂, where H* is the exact Hessian at the exact critical point: the error of differences
        of step h, or ‖x - x*‖ times a Lipschitz constant.
    tol : float
        x passes for a critical point where max |∂f/∂x_i| ≤ tol.

    Returns
    -------
    CriticalPoint
        Its kind is "minimum" if all λ_i are certainly positive, "maximum" if all are certainly negative, "saddle"
        if one is certainly positive and another certainly negative, and "undecided" otherwise.

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit, H is not symmetric, or x is no critical point.

    Notes
    -----
    By Weyl's theorem no eigenvalue of H* is farther from one of H than ‖H - H*‖₂, so that a sign is certain where
    |λ_i| > hess_error + n eps ‖H‖₂, the second term for the rounding errors of the eigenvalues [1]_. Undecided means
    that second derivatives do not decide: x⁴, -x⁴ and x³ have the same at 0. Costs about 9n³ operations; for
    large n the extreme eigenvalues by Lanczos' method are enough. Chapter: optimization/curvature-and-convexity.

    References
    ----------
    .. [1] horn2013matrix, Theorem 4.3.1 (Weyl); nocedal2006numerical, Theorem 2.4.

    Examples
    --------
    >>> saddle = classify_critical_point(lambda x: 2 * x * [1, -1], lambda x: np.diag([2.0, -2.0]), [0, 0])
    >>> saddle.kind, saddle.eigenvalues
    ('saddle', array([-2.,  2.]))
    >>> classify_critical_point(lambda x: 4 * x**3, lambda x: np.diag(12 * x**2), [0]).kind
    'undecided'
    """
    x, tol, error = as_vector(x, "x"), as_tolerance(tol, "tol"), _as_bound(hess_error, "hess_error")
    steepest = float(np.abs(as_vector(grad(x.copy()), "grad(x)", size=x.size)).max())
    if steepest > tol:
        raise ValueError(
            f"`x` must be a critical point: max |grad(x)| must be at most {tol}, got {steepest:.3g}"
        )
    H = as_matrix(hess(x.copy()), "hess(x)", square=True)
    if H.shape[0] != x.size or norm(H - H.T) > 1e-8 * norm(H):
        raise ValueError(f"`hess(x)` must be symmetric of shape {(x.size, x.size)}, got {H.tolist()}")
    values, Q = np.linalg.eigh((H + H.T) / 2)
    threshold = error + x.size * EPS * float(np.abs(values).max())
    return CriticalPoint(x, _kind(values, threshold), values, Q, threshold)


@dataclass(frozen=True, eq=False)
class ConvexityCounterexample:
    """Two points between which a function rises above its chord.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
    midpoint : ndarray of shape (n,)
        (x + y)/2.
    excess : float
        f((x + y)/2) - (f(x) + f(y))/2 > 0; infinite where the midpoint is outside the domain.
    """

    x: np.ndarray
    y: np.ndarray
    midpoint: np.ndarray
    excess: float


def find_convexity_counterexample(
    fun: Callable[[np.ndarray], Any],
    bounds: ArrayLike,
    *,
    n_pairs: int = 2000,
    rtol: float = 1e-10,
    rng: np.random.Generator | int = 0,
) -> ConvexityCounterexample | None:
    """Look for x, y with f((x + y)/2) > (f(x) + f(y))/2, which proves that f is not convex.

    Parameters
    ----------
    fun : callable
        f, shape (n,) to a number, or to +∞ outside its domain, which must then be convex, too.
    bounds : array_like of shape (n, 2)
        Smallest and largest value of each variable.
    n_pairs : int
        How many pairs to try.
    rtol : float
        The excess must be above rtol times the largest of the three values: what rounding errors of f may cause.
    rng : Generator or int

    Returns
    -------
    ConvexityCounterexample or None
        The pair of the largest excess. None proves nothing: a dent that no chord met remains possible.

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit, or `fun` returns NaN or -∞.

    Notes
    -----
    A continuous function that satisfies the inequality for all midpoints is convex (Jensen), so that nothing is lost by
    λ = 1/2. Costs 3 n_pairs values of f. With the indicator of a set, 0 inside and +∞ outside, it tests the set. Where
    f is twice differentiable a negative eigenvalue of one Hessian is as good a proof, and found faster. Chapter:
    optimization/curvature-and-convexity-2.

    References
    ----------
    .. [1] jensen1906fonctions; boyd2004convex, section 3.1.

    Examples
    --------
    >>> dent = find_convexity_counterexample(lambda x: abs(abs(x[0]) - 1), [[-2, 2]])
    >>> dent.excess > 0.8
    True
    >>> find_convexity_counterexample(lambda x: abs(x[0]), [[-2, 2]]) is None
    True
    """
    box, n_pairs, rtol = (
        as_matrix(bounds, "bounds"),
        as_integer(n_pairs, "n_pairs"),
        as_tolerance(rtol, "rtol"),
    )
    if box.shape[1] != 2 or (box[:, 0] >= box[:, 1]).any():
        raise ValueError(f"`bounds` must have rows (low, high) with low < high, got {box.tolist()}")
    rng, worst = as_rng(rng), None
    X, Y = rng.uniform(box[:, 0], box[:, 1], (2, n_pairs, box.shape[0]))
    Y = X + (Y - X) * 0.5 ** rng.integers(0, SHORTEST + 1, (n_pairs, 1))
    for x, y in zip(X, Y, strict=True):
        m = (x + y) / 2
        f_x, f_y, f_m = (_value(fun(point.copy())) for point in (x, y, m))
        if not np.isfinite([f_x, f_y]).all():
            continue  # the right-hand side is +∞
        excess = f_m - (f_x / 2 + f_y / 2)
        largest = max(abs(f_x), abs(f_y), abs(f_m) if np.isfinite(f_m) else 0.0)
        if excess > max(rtol * largest, worst.excess if worst else 0.0):
            worst = ConvexityCounterexample(x, y, m, excess)
    return worst


def _kind(values: np.ndarray, threshold: float) -> str:
    """Return what eigenvalues prove whose errors are at most the threshold."""
    up, down = values > threshold, values < -threshold
    if up.any() and down.any():
        return "saddle"
    return "minimum" if up.all() else "maximum" if down.all() else "undecided"


def _as_bound(value: Any, name: str) -> float:
    """Return a finite number ≥ 0, or raise."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"`{name}` must be a real number, got {type(value).__name__}")
    if not 0 <= value < np.inf:
        raise ValueError(f"`{name}` must be finite and at least 0, got {value}")
    return float(value)


def _value(value: Any) -> float:
    """Return a number or +∞, or raise."""
    value = np.asarray(value)
    if value.size != 1 or value.dtype.kind not in "buif":
        raise TypeError(f"`fun(x)` must be one real number, got {value.dtype} of shape {value.shape}")
    if np.isnan(value).any() or (value == -np.inf).any():
        raise ValueError(f"`fun(x)` must be a number or +inf, got {value.item()}")
    return float(value.item())
