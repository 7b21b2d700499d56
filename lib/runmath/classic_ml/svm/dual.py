"""The dual problem of a support vector machine, solved by sequential minimal optimisation (SMO)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import (
    EPS,
    IterativeResult,
    as_integer,
    as_matrix,
    as_tolerance,
    as_vector,
    warn_unless_converged,
)

CHUNK = 500  # steps between two returns from the compiled loop
WORTH = 0.8  # rows are set aside when no more than this part of them stays
ROUNDING = 64 * EPS  # relative error of F that no further step can remove


@dataclass(frozen=True, kw_only=True, eq=False)
class DualSolution(IterativeResult):
    """Multipliers and offset of a support vector machine f(x) = Σ_i α_i y_i k(x_i, x) - b.

    Parameters
    ----------
    alpha : ndarray of shape (n,)
        Multipliers, 0 ≤ α_i ≤ C_i with Σ_i α_i y_i = 0.
    offset : float
        The number b.
    decision : ndarray of shape (n,)
        f(x_i).
    dual, primal : float
        Σ α_i - ½ α'Qα with Q_ij = y_i y_j k(x_i, x_j), and ½ α'Qα + Σ_i C_i max(0, 1 - y_i f(x_i)). Both are equal at
        the solution if k is positive semi-definite. With an infinite C_i, `primal` is infinite where a margin is
        violated, be it by rounding.
    """

    alpha: np.ndarray
    offset: float
    decision: np.ndarray
    dual: float
    primal: float

    @property
    def gap(self) -> float:
        """The duality gap, primal - dual."""
        return self.primal - self.dual


def solve_dual(
    K: ArrayLike, y: ArrayLike, *, C: float | ArrayLike = 1.0, tol: float = 1e-3, max_iter: int = 1_000_000
) -> DualSolution:
    """Maximise Σ α_i - ½ Σ_ij α_i α_j y_i y_j K_ij subject to 0 ≤ α_i ≤ C_i and Σ α_i y_i = 0.

    Parameters
    ----------
    K : array_like of shape (n, n)
        Symmetric matrix of the kernel, k(x_i, x_j).
    y : array_like of shape (n,)
        Labels -1 and 1, both present.
    C : float or array_like of shape (n,)
        Upper bounds, positive (or zero, for single rows: these are left out); infinite for a hard margin.
    tol : float
        Largest violation of the optimality conditions, max F_j - min F_i below, in units of y.
    max_iter : int
        Most steps.

    Returns
    -------
    DualSolution
        Its `history` holds the violations.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above, or the hard margin is asked for and the dual is unbounded along a
        pair of rows: the classes cannot be separated.

    Notes
    -----
    With β_i = α_i y_i and F = Kβ - y, the optimum is where no pair can gain: F_j ≤ F_i for every β_i that may rise and
    every β_j that may fall. A step takes the i with the smallest F and the j that promises the largest decrease of the
    objective to second order, moves both as far as their bounds allow, and updates F: O(n) for a step, O(n²) memory
    for K. Rows that are stuck at a bound are set aside for a while. LIBSVM does the same, but computes and caches
    single rows of K, which pays where K does not fit into memory. If K is not positive semi-definite, the result is a
    point where no pair can gain, perhaps not the maximum.

    Chapter: classic-ml/support-vector-machines-2.

    References
    ----------
    .. [1] platt1999fast.
    .. [2] fan2005working, working set selection 2 and equation (13).

    Examples
    --------
    >>> machine = solve_dual([[0.0, 0.0], [0.0, 4.0]], [-1, 1], C=10.0)  # points 0 and 2 on the line
    >>> machine.alpha, machine.offset, machine.dual
    (array([0.5, 0.5]), 1.0, 0.5)
    """
    K = as_matrix(K, "K", square=True)
    y = as_labels(y, len(K))
    if not is_symmetric(K):
        raise ValueError("`K` must be symmetric, got a matrix that differs from its transpose")
    bounds = as_bounds(C, y)
    tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter")
    solution = maximise(K, y, bounds, tol, max_iter)
    warn_unless_converged(solution.converged, "SMO", "scale the features, lower C, or raise max_iter")
    return solution


def maximise(K: np.ndarray, y: np.ndarray, bounds: np.ndarray, tol: float, max_iter: int) -> DualSolution:
    """Do what `solve_dual` does, without its checks and its warning.

    Every CHUNK steps the rows that are stuck at a bound are set aside; when the others have converged, all are looked
    at again ([2]_ of `solve_dual`, shrinking).
    """
    from runmath.classic_ml.svm.loops import CONVERGED, UNBOUNDED, smo_steps

    lower, upper = np.where(y > 0, 0.0, -bounds), np.where(y > 0, bounds, 0.0)
    beta, F, history, taken = np.zeros(y.size), -y, [], 0
    part = rows = None
    while True:
        if part is None:
            rows, part = np.arange(y.size), (K, K.diagonal().copy(), beta, F, lower, upper)
        gaps = np.empty(min(CHUNK, max_iter - taken) + 1)
        steps, why = smo_steps(*part, tol, gaps)
        taken += steps
        beta[rows] = part[2]
        if why == UNBOUNDED:
            raise ValueError(
                "`C` must be finite for these data: the classes cannot be separated in double precision"
            )
        if why == CONVERGED or taken == max_iter:
            F = K @ beta - y  # anew: of all rows, and the updates have gathered rounding errors
            gaps[steps] = _violation(beta, F, lower, upper)
            converged = gaps[steps] <= max(tol, ROUNDING * np.abs(F).max())
            if converged or taken == max_iter:
                history.append(gaps[: steps + 1])
                return _solution(beta, F, y, lower, upper, converged, np.concatenate(history))
            part = None
        else:
            rows, part = _shrunk(K, rows, part)
        history.append(gaps[:steps])


def _shrunk(K: np.ndarray, rows: np.ndarray, part: tuple[np.ndarray, ...]) -> tuple[np.ndarray, tuple]:
    """Leave out the rows whose multiplier sits at a bound and gains with no other row, if they are many."""
    _, _, beta, F, lower, upper = part
    stays = (beta < upper) & (F[beta > lower].max() >= F) | (beta > lower) & (F[beta < upper].min() <= F)
    if stays.sum() > WORTH * rows.size:
        return rows, part
    rows = rows[stays]
    K = K[np.ix_(rows, rows)]
    return rows, (K, K.diagonal().copy(), *(v[stays] for v in (beta, F, lower, upper)))


def is_symmetric(K: np.ndarray) -> bool:
    """Return whether K (n, n) equals its transpose but for rounding.

    Examples
    --------
    >>> is_symmetric(np.array([[1.0, 2.0], [3.0, 1.0]]))
    False
    """
    return bool(np.allclose(K, K.T, rtol=1e-10, atol=1e-10 * np.abs(K).max()))


def as_labels(y: ArrayLike, size: int) -> np.ndarray:
    """Return labels -1.0 and 1.0 (size,), both present.

    Raises
    ------
    ValueError
        If there are others, or only one of the two.

    Examples
    --------
    >>> as_labels([1, -1], 2)
    array([ 1., -1.])
    """
    y = as_vector(y, "y", size=size)
    if set(np.unique(y)) != {-1.0, 1.0}:
        raise ValueError(f"`y` must hold the labels -1 and 1, both of them, got {np.unique(y)[:5]}")
    return y


def as_bounds(C: float | ArrayLike, y: np.ndarray) -> np.ndarray:
    """Return upper bounds (n,) of the multipliers, some of each class positive; infinity is allowed.

    Raises
    ------
    TypeError, ValueError
        If they are not.

    Examples
    --------
    >>> as_bounds(2.0, np.array([-1.0, 1.0]))
    array([2., 2.])
    """
    bounds = np.asarray(C)
    if bounds.dtype.kind not in "uif":
        raise TypeError(f"`C` must be a real number, or one for each row, got {C!r}")
    if bounds.ndim == 0 and not bounds > 0:
        raise ValueError(f"`C` must be positive, got {C}")
    if bounds.ndim and (bounds.shape != y.shape or not (bounds >= 0).all()):
        raise ValueError(f"`C` must hold {y.size} numbers of at least 0, got {C!r}")
    bounds = np.broadcast_to(bounds.astype(float), y.shape)
    if not all((bounds[y == label] > 0).any() for label in (-1, 1)):
        raise ValueError("`C` must be positive for a row of each class")
    return bounds


def _violation(beta: np.ndarray, F: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> float:
    """Return max F over the multipliers that may fall minus min F over those that may rise."""
    return F[beta > lower].max() - F[beta < upper].min()


def _solution(
    beta: np.ndarray,
    F: np.ndarray,
    y: np.ndarray,
    lower: np.ndarray,
    upper: np.ndarray,
    converged: bool,
    history: np.ndarray,
) -> DualSolution:
    """Compute the offset and both objectives from signed multipliers and F = Kβ - y."""
    free = (beta > lower) & (beta < upper)
    # y_i f(x_i) = 1 at a free multiplier, so b = F_i; without one, b lies between the two sides
    b = F[free].mean() if free.any() else (F[beta > lower].max() + F[beta < upper].min()) / 2
    decision = F + y - b
    norm2, bounds = beta @ (F + y), upper - lower
    hinge = np.maximum(0.0, 1 - y * decision)
    return DualSolution(
        converged=bool(converged),
        n_iter=history.size - 1,
        history=history,
        alpha=y * beta + 0.0,  # no -0.0
        offset=float(b),
        decision=decision,
        dual=float(y @ beta - norm2 / 2),
        primal=float(norm2 / 2 + (bounds[hinge > 0] @ hinge[hinge > 0])),
    )
