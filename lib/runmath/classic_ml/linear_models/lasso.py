"""The lasso: least squares with a penalty on ‖w‖₁, solved on a growing working set until a gap certifies it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from runmath.classic_ml.linear_models.preparation import Centred, as_above_zero, centred
from runmath.classic_ml.linear_models.regression import _LinearRegressor
from runmath.classic_ml.trees.checks import training_data
from runmath.core import (
    IterativeResult,
    as_integer,
    as_matrix,
    as_tolerance,
    as_vector,
    warn_unless_converged,
)

FIRST = 100  # features of the first working set
GROWTH = 3
NEAR = 0.9  # a feature joins when its correlation with the residual exceeds this part of the penalty
SWEEPS = 50  # of coordinate descent between two exact steps
DEPENDENT = 1e-6  # a smaller ratio of Cholesky pivots means that columns depend on each other, or nearly
EXACT_STEPS = 3  # at most, in a row
ROUNDS = 200  # of these on one working set, at most
INNER = 0.1  # a working set is solved until its gap is this part of what is still to be gained


@dataclass(frozen=True, kw_only=True, eq=False)
class LassoResult(IterativeResult):
    """A lasso solution; `history` holds the gap, relative to ‖y - ȳ‖²/n, for each working set.

    Parameters
    ----------
    coef : ndarray of shape (p,)
    intercept : float
    gap : float
        Duality gap: the objective exceeds its minimum by at most this.
    """

    coef: np.ndarray
    intercept: float
    gap: float


def lasso(
    X: ArrayLike,
    y: ArrayLike,
    alpha: float,
    *,
    fit_intercept: bool = True,
    start: ArrayLike | None = None,
    tol: float = 1e-6,
    max_iter: int = 100,
) -> LassoResult:
    """Minimise ‖y - X w - b‖² / 2n + α ‖w‖₁ over w and b.

    Parameters
    ----------
    X : array_like of shape (n, p)
    y : array_like of shape (n,)
    alpha : float
        Weight α > 0 of the penalty; from max_j |x_jᵀ (y - ȳ)| / n on, with centred x_j, the solution is zero.
    fit_intercept : bool
        Without it b = 0.
    start : array_like of shape (p,), optional
        Coefficients to start from, such as those for a neighbouring α; zeros by default.
    tol : float
        The gap is to be at most tol · ‖y - ȳ‖² / n.
    max_iter : int
        Working sets.

    Returns
    -------
    LassoResult

    Raises
    ------
    TypeError, ValueError
        If the data are not finite and real, their sizes differ, or an option is out of range.

    Warns
    -----
    ConvergenceWarning
        If the gap stays above its tolerance.

    Notes
    -----
    Features enter the working set in the order of their correlation with the residual. On it, sweeps of
    coordinate descent (on the Gram matrix, so that a step costs k, not n) alternate with a few exact steps: for
    the features that are not zero and their signs the solution is a linear system; the line towards it is
    searched through all changes of sign. The gap is that of the residual, scaled until it is feasible in the dual
    problem. Memory is k² for a working set of k features. scikit-learn's class sweeps over all features that
    a gap-safe rule has not excluded; it needs less memory where thousands of coefficients are not zero.
    Chapter: classic-ml/linear-models.

    References
    ----------
    .. [1] tibshirani1996regression.
    .. [2] friedman2010regularization, Section 2.
    .. [3] massias2018celer, for the growing working set.

    Examples
    --------
    >>> lasso([[-1], [1]], [-2, 2], 0.5).coef
    array([1.5])
    """
    X = as_matrix(X, "X")
    y = as_vector(y, "y", size=len(X))
    start = np.zeros(X.shape[1]) if start is None else as_vector(start, "start", size=X.shape[1])
    alpha, tol = as_above_zero(alpha, "alpha"), as_tolerance(tol, "tol")
    max_iter = as_integer(max_iter, "max_iter")
    data = centred(X, y, np.ones(len(y)), fit_intercept=fit_intercept)
    return _solve(data, alpha, tol, max_iter, start)


def duality_gap(
    X: ArrayLike, y: ArrayLike, coef: ArrayLike, alpha: float, *, fit_intercept: bool = True
) -> float:
    """Bound by how much ‖y - X w - b‖² / 2n + α ‖w‖₁, with the best b, exceeds its minimum over w.

    Parameters
    ----------
    X : array_like of shape (n, p)
    y : array_like of shape (n,)
    coef : array_like of shape (p,)
        Any w.
    alpha : float
    fit_intercept : bool

    Returns
    -------
    float
        The objective at w minus that of the dual problem, (‖y‖² - ‖y - u‖²) / 2n for centred y, at the multiple
        u of the residual that makes it largest among those with |x_jᵀ u| ≤ nα for all j.

    Raises
    ------
    TypeError, ValueError
        If the data are not finite and real, or their sizes differ.

    References
    ----------
    .. [1] massias2018celer. Chapter: classic-ml/linear-models.

    Examples
    --------
    >>> duality_gap([[-1], [1]], [-2, 2], [1.5], 0.5)
    0.0
    """
    X = as_matrix(X, "X")
    y, w = as_vector(y, "y", size=len(X)), as_vector(coef, "coef", size=X.shape[1])
    alpha = as_above_zero(alpha, "alpha")
    data = centred(X, y, np.ones(len(y)), fit_intercept=fit_intercept)
    r = data.y - data.X @ w
    return float(_gap(data.y, r, data.X.T @ r, np.abs(w).sum(), alpha))


def _gap(y: np.ndarray, r: np.ndarray, correlations: np.ndarray, norm_1: float, alpha: float) -> float:
    """Return the duality gap for centred y, the residual r, Xᵀ r and ‖w‖₁; rounding may leave it below 0."""
    n, rr = len(y), r @ r
    if rr == 0:
        return alpha * norm_1
    largest = np.abs(correlations).max()
    limit = n * alpha / largest if largest > 0 else np.inf
    c = np.clip((y @ r) / rr, -limit, limit)  # the dual objective is largest at u = c r
    return rr / (2 * n) + alpha * norm_1 - (2 * c * (y @ r) - c**2 * rr) / (2 * n)


def _solve(data: Centred, alpha: float, tol: float, max_iter: int, w: np.ndarray) -> LassoResult:
    """Solve on working sets of growing size until the gap over all features is small."""
    X, y, w, history = data.X, data.y, w.copy(), []
    n, size = len(y), FIRST
    scale = (y @ y) / n
    if scale == 0:  # nothing to explain, wherever the search was to start
        w[:] = 0.0
    while True:
        used = np.flatnonzero(w)
        r = y - X[:, used] @ w[used]
        correlations = X.T @ r
        gap = _gap(y, r, correlations, np.abs(w).sum(), alpha)
        history.append(gap / scale if scale > 0 else 0.0)
        if history[-1] <= tol or len(history) > max_iter:
            break
        chosen, size = _working_set(np.abs(correlations), w, n * alpha, size)
        enough = max(INNER * gap, 0.5 * tol * scale)
        w[chosen] = _solve_subproblem(X[:, chosen], y, w[chosen], alpha, enough)
    converged = bool(history[-1] <= tol)
    warn_unless_converged(
        converged,
        "coordinate descent for the lasso",
        f"its gap is {history[-1]:.1e} of ‖y‖²/n, above tol = {tol:.1e}; raise `max_iter`, `alpha` or `tol`",
    )
    return LassoResult(
        coef=w,
        intercept=data.intercept(w),
        gap=float(gap),
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
    )


def _working_set(sizes: np.ndarray, w: np.ndarray, penalty: float, size: int) -> tuple[np.ndarray, int]:
    """Return the features in use and those with the largest |x_jᵀ r|, if near the penalty; the next set's size.

    A feature with w_j = 0 and |x_jᵀ r| ≤ penalty = nα satisfies its optimality condition as it is.
    """
    used = w != 0
    priority = np.where(used, np.inf, sizes)
    room = max(size, np.count_nonzero(used) + FIRST)
    wanted = np.count_nonzero(priority > NEAR * penalty)
    k = min(room, max(wanted, 1))
    return np.argpartition(-priority, k - 1)[:k], GROWTH * size if wanted > room else size


def _solve_subproblem(A: np.ndarray, y: np.ndarray, w: np.ndarray, alpha: float, enough: float) -> np.ndarray:
    """Minimise over the columns of A, (n, k), from w until the gap on them is `enough`."""
    from runmath.classic_ml.linear_models.coordinate_descent import sweep  # loads Numba

    n = len(y)
    G, c = A.T @ A, A.T @ y
    for _ in range(ROUNDS):
        q = c - G @ w
        moved = sweep(G, q, w, n * alpha, SWEEPS)
        for _ in range(EXACT_STEPS):
            w, final = _exact_step(G, c, w, n * alpha)
            if final:
                break
        r = y - A @ w
        if moved == 0 or _gap(y, r, A.T @ r, np.abs(w).sum(), alpha) <= enough:
            break
    return w


def _exact_step(G: np.ndarray, c: np.ndarray, w: np.ndarray, penalty: float) -> tuple[np.ndarray, bool]:
    """Search the line to the minimum for the present signs, and say whether nothing is left to gain on it.

    On the non-zero features S with signs s the objective is quadratic, with the minimiser G_SS⁻¹ (c_S - penalty s);
    where a coefficient crosses 0 on the way, its slope jumps by 2 penalty |d_j|.
    """
    S = np.flatnonzero(w)
    if S.size == 0:
        return w, True
    G, v, sign = G[np.ix_(S, S)], w[S], np.sign(w[S])
    try:
        L = np.linalg.cholesky(G)
    except np.linalg.LinAlgError:
        return w, True
    if np.ptp(L.diagonal()) > (1 - DEPENDENT) * L.diagonal().max():  # columns depend on each other
        return w, True
    d = scipy.linalg.cho_solve((L, True), c[S] - penalty * sign, check_finite=False) - v
    crossing = np.flatnonzero((v + d) * v < 0)
    times = -v[crossing] / d[crossing]
    order = np.argsort(times)
    crossing, times = crossing[order], times[order]
    curvature = d @ G @ d  # the slope at t is (t - 1) curvature before the first jump
    jumps = np.cumsum(2 * penalty * np.abs(d[crossing]))
    before = (times - 1) * curvature + np.append(0.0, jumps[:-1])
    stop = np.flatnonzero((times - 1) * curvature + jumps >= 0)  # here the slope turns positive
    new = w.copy()
    if stop.size == 0:  # only the last piece remains, or there is no crossing
        t = 1 - (jumps[-1] / curvature if crossing.size else 0.0)
        new[S] = v + t * d
    elif before[stop[0]] >= 0:  # the minimum lies within a piece
        t = 1 - (jumps[stop[0] - 1] if stop[0] else 0.0) / curvature
        new[S] = v + t * d
    else:  # it lies at a crossing
        new[S] = v + times[stop[0]] * d
        new[S[crossing[stop[0]]]] = 0.0
    return new, crossing.size == 0


class Lasso(_LinearRegressor):
    """Minimise ‖y - X w - b‖² / 2n + α ‖w‖₁ over w and b: few features get a coefficient other than 0.

    Parameters
    ----------
    alpha : float
        Weight α > 0 of the penalty; without a penalty take `LinearRegression`.
    fit_intercept : bool
        Without it b = 0.
    tol : float
        The duality gap is to be at most tol · ‖y - ȳ‖² / n, which is scikit-learn's rule, too.
    max_iter : int
        Working sets.

    Attributes
    ----------
    coef_ : ndarray of shape (p,)
    intercept_ : float
    dual_gap_ : float
    n_iter_ : int

    Raises
    ------
    TypeError, ValueError
        If an option is out of range, or the data are not finite or of unequal sizes.

    Warns
    -----
    ConvergenceWarning
        If the gap stays above its tolerance.

    Notes
    -----
    See `lasso`, which also starts from given coefficients. Chapter: classic-ml/linear-models.

    References
    ----------
    .. [1] tibshirani1996regression.

    Examples
    --------
    >>> Lasso(alpha=0.5).fit([[-1], [1]], [-2, 2]).coef_
    array([1.5])
    """

    def __init__(
        self, *, alpha: float = 1.0, fit_intercept: bool = True, tol: float = 1e-6, max_iter: int = 100
    ) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept
        self.tol = tol
        self.max_iter = max_iter

    def fit(self, X: ArrayLike, y: ArrayLike) -> Lasso:
        """Fit to X of shape (n, p) and y of shape (n,)."""
        X, y = training_data(self, X, y, classes=False)
        alpha, tol = as_above_zero(self.alpha, "alpha"), as_tolerance(self.tol, "tol")
        max_iter = as_integer(self.max_iter, "max_iter")
        data = centred(X, y, np.ones(len(y)), fit_intercept=self.fit_intercept)
        result = _solve(data, alpha, tol, max_iter, np.zeros(X.shape[1]))
        self.coef_, self.intercept_, self.dual_gap_ = result.coef, result.intercept, result.gap
        self.n_iter_ = max(1, result.n_iter)
        return self
