"""The linear support vector machine without an offset, solved in the dual one coordinate at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.classic_ml.svm.dual import as_bounds, as_labels
from runmath.core import IterativeResult, as_integer, as_matrix, as_rng, as_tolerance, warn_unless_converged


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearDualSolution(IterativeResult):
    """Multipliers and normal vector of a linear machine f(x) = w'x.

    Parameters
    ----------
    alpha : ndarray of shape (n,)
        Multipliers, 0 ≤ α_i ≤ C_i (no upper bound for the squared hinge).
    w : ndarray of shape (p,)
        Σ_i α_i y_i x_i.
    dual, primal : float
        Both objectives; equal at the solution.
    """

    alpha: np.ndarray
    w: np.ndarray
    dual: float
    primal: float

    @property
    def gap(self) -> float:
        """The duality gap, primal - dual."""
        return self.primal - self.dual


def solve_linear_dual(
    X: ArrayLike,
    y: ArrayLike,
    *,
    C: float | ArrayLike = 1.0,
    squared: bool = False,
    tol: float = 1e-3,
    max_iter: int = 10_000,
    rng: np.random.Generator | int = 0,
) -> LinearDualSolution:
    """Minimise ½ ‖w‖² + Σ_i C_i ξ_i or, where `squared`, ξ_i², with the hinge ξ_i = max(0, 1 - y_i w'x_i).

    Parameters
    ----------
    X : array_like of shape (n, p)
    y : array_like of shape (n,)
        Labels -1 and 1, both present.
    C : float or array_like of shape (n,)
        Weights of the losses, positive (or zero for single rows) and finite.
    squared : bool
        Whether the hinge is squared.
    tol : float
        An epoch ends the search if the projected gradients in it differ by no more.
    max_iter : int
        Most epochs.
    rng : Generator or int
        Draws the order of the rows in each epoch.

    Returns
    -------
    LinearDualSolution
        Its `history` holds the spread of the projected gradients in each epoch, infinite before the first.

    Raises
    ------
    TypeError, ValueError
        If an argument is not what is said above.

    Notes
    -----
    With G_i = y_i w'x_i - 1 + r α_i (r = 0 or, where `squared`, 1/(2 C_i)) one multiplier is moved to
    α_i - G_i / (‖x_i‖² + r), cut to its bounds, and w follows: O(p) for a step, O(np) for an epoch, and no matrix of
    kernel values. Without an offset there is no equality constraint, so that one multiplier can move alone. The
    epochs needed grow with C and with the spread of the scales of the columns; LIBLINEAR has the same loop.

    Chapter: classic-ml/support-vector-machines.

    References
    ----------
    .. [1] hsieh2008dual, algorithm 3.

    Examples
    --------
    >>> machine = solve_linear_dual([[-1.0], [2.0]], [-1, 1], C=10.0)
    >>> machine.w.round(6), machine.alpha.round(6)
    (array([1.]), array([1., 0.]))
    """
    from runmath.classic_ml.svm.loops import coordinate_epoch

    X = as_matrix(X, "X")
    y = as_labels(y, len(X))
    C = as_bounds(C, y)
    if not np.isfinite(C).all():
        raise ValueError("`C` must be finite for coordinate descent")
    tol, max_iter, rng = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter"), as_rng(rng)
    upper = np.where(C > 0, np.inf, 0.0) if squared else C
    ridge = np.divide(0.5, C, out=np.zeros_like(C), where=C > 0) if squared else np.zeros_like(C)
    curvature = np.einsum("ij,ij->i", X, X) + ridge
    beta, w = np.zeros(len(X)), np.zeros(X.shape[1])
    history, count, bars = [np.inf], len(X), (np.inf, -np.inf)
    rows = np.arange(len(X))
    for _ in range(max_iter):
        rows[:count] = rng.permutation(rows[:count])
        active = count
        count, most, least = coordinate_epoch(X, y, beta, w, upper, ridge, curvature, rows, count, bars)
        history.append(most - least)
        converged = most - least <= tol
        if converged and active == len(X):
            break
        if converged:  # what had been set aside is looked at again
            count, bars = len(X), (np.inf, -np.inf)
        else:  # Alg. 3: bars of the wrong sign would set nothing aside, or everything
            bars = (most if most > 0 else np.inf, least if least < 0 else -np.inf)
    else:
        converged = False
    warn_unless_converged(
        converged, "dual coordinate descent", "scale the features, lower C, or raise max_iter"
    )
    return _solution(X, y, beta, C, squared, ridge, converged, np.array(history))


def _solution(
    X: np.ndarray,
    y: np.ndarray,
    beta: np.ndarray,
    C: np.ndarray,
    squared: bool,
    ridge: np.ndarray,
    converged: bool,
    history: np.ndarray,
) -> LinearDualSolution:
    """Compute w anew and both objectives from the signed multipliers."""
    w = beta @ X
    alpha = y * beta + 0.0  # no -0.0
    hinge = np.maximum(0.0, 1 - y * (X @ w))
    return LinearDualSolution(
        converged=converged,
        n_iter=len(history) - 1,
        history=history,
        alpha=alpha,
        w=w,
        dual=float(alpha.sum() - (w @ w + ridge @ alpha**2) / 2),
        primal=float(w @ w / 2 + C @ (hinge**2 if squared else hinge)),
    )
