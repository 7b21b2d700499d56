"""Newton's method, made safe: a modified Hessian, a line search, and a way out of saddle points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_matrix, as_tolerance
from runmath.optimization.descent import Rule, solve
from runmath.optimization.result import Objective, OptimizeResult

FLOOR = EPS**0.5  # smaller eigenvalues, relative to the largest, are raised: steps along them are all noise
BACKTRACKS = 60  # halvings of a step along negative curvature


def modified_hessian(H: ArrayLike, *, floor: float = FLOOR) -> np.ndarray:
    """Return Q max(|Λ|, δ) Qᵀ for a symmetric H = Q Λ Qᵀ: positive definite, with the same axes.

    Parameters
    ----------
    H : array_like of shape (n, n)
        Symmetric; the mean of H and its transpose is taken.
    floor : float
        δ relative to the largest |λ|, below 1; δ = 1 where H = 0. With 0 a singular H stays singular.

    Returns
    -------
    ndarray of shape (n, n)

    Raises
    ------
    TypeError, ValueError
        If `H` is not finite, real and square, or `floor` is not in [0, 1).

    Notes
    -----
    With it a Newton step goes down along directions of negative curvature instead of up, by the same length [1]_.
    Chapter: optimization/newton-and-quasi-newton.

    References
    ----------
    .. [1] dauphin2014identifying; nocedal2006numerical, Section 3.4.

    Examples
    --------
    >>> modified_hessian([[2, 0], [0, -3]])
    array([[2., 0.],
           [0., 3.]])
    """
    values, Q = _modified_eigen(as_matrix(H, "H", square=True), as_tolerance(floor, "floor"))
    return (Q * values) @ Q.T


def newton(
    fun: Callable[[np.ndarray], Any],
    grad: Callable[[np.ndarray], ArrayLike],
    hess: Callable[[np.ndarray], ArrayLike],
    x0: ArrayLike,
    *,
    tol: float = 1e-8,
    max_iter: int = 1000,
    keep_path: bool = False,
) -> OptimizeResult:
    """Minimise f by x ← x - α B⁻¹ ∇f(x), B the Hessian with its eigenvalues made positive.

    Parameters
    ----------
    fun, grad, hess : callable
        f, shape (n,) to a number, its gradient, shape (n,) to (n,), and its Hessian, to (n, n).
    x0 : array_like of shape (n,)
    tol : float
        Stops where max |∂f/∂x_i| ≤ tol, and no eigenvalue of the Hessian is clearly negative.
    max_iter : int
    keep_path : bool
        Whether to return all iterates.

    Returns
    -------
    OptimizeResult

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit or f or its gradient is not finite at x0.

    Warns
    -----
    ConvergenceWarning
        If it stopped for another reason than those above.

    Notes
    -----
    Where the Hessian is positive definite (Cholesky's factorisation succeeds) and α = 1 passes the strong Wolfe
    conditions, this is Newton's method: close to a minimum with a positive definite, Lipschitz continuous Hessian
    the error is squared in every step [1]_. Elsewhere `modified_hessian` is taken. At a saddle, where the gradient
    vanishes, a step along the most negative curvature lowers f. A degenerate saddle, whose Hessian has no negative
    eigenvalue, looks like a minimum to this test. A step costs n³/2 multiplications, or about 9n³ where the
    eigenvalues are needed. Chapter: optimization/newton-and-quasi-newton.

    References
    ----------
    .. [1] nocedal2006numerical, Theorem 3.5 and Section 3.4.

    Examples
    --------
    >>> newton(lambda x: x @ x, lambda x: 2 * x, lambda x: 2 * np.eye(2), [3.0, 4.0]).n_iter
    1
    """
    objective = Objective(fun, grad)
    rule = NewtonRule(objective, hess)
    return solve(objective, x0, rule, tol=tol, max_iter=max_iter, keep_path=keep_path)


class NewtonRule(Rule):
    """Direction -B⁻¹g; at a saddle, the eigenvector of the most negative eigenvalue."""

    name = "Newton's method"

    def __init__(self, objective: Objective, hess: Callable[[np.ndarray], ArrayLike]):
        self.objective, self.hess = objective, hess

    def direction(self, x: np.ndarray, g: np.ndarray) -> np.ndarray:
        """Return -B⁻¹g, B the Hessian or, where that is not positive definite, `modified_hessian` of it."""
        H = self._hessian(x)
        try:
            np.linalg.cholesky(H)  # the cheapest test of definiteness
            p = -np.linalg.solve(H, g)
            if np.isfinite(p).all() and p @ g < 0:
                return p
        except np.linalg.LinAlgError:
            pass
        values, Q = _modified_eigen(H, FLOOR)
        return -Q @ ((Q.T @ g) / values)

    def escape(self, x: np.ndarray, f: float) -> np.ndarray | None:
        """Return a lower point along the axis of most negative curvature, on either side."""
        H = self._hessian(x)
        values, Q = np.linalg.eigh(H)
        if not values[0] < -FLOOR * np.abs(values).max():
            return None
        step = max(1.0, float(np.abs(x).max()))
        for _ in range(BACKTRACKS):
            for y in (x + step * Q[:, 0], x - step * Q[:, 0]):
                if (
                    f + values[0] * step**2 / 8 >= self.objective.fun(y) > -np.inf
                ):  # a quarter of the model's fall
                    return y
            step /= 2
        return None

    def _hessian(self, x: np.ndarray) -> np.ndarray:
        self.objective.n_hess += 1
        H = as_matrix(self.hess(x.copy()), "hess(x)", square=True)
        if len(H) != len(x):
            raise ValueError(f"`hess(x)` must have shape {(len(x), len(x))}, got {H.shape}")
        return (H + H.T) / 2


def _modified_eigen(H: np.ndarray, floor: float) -> tuple[np.ndarray, np.ndarray]:
    values, Q = np.linalg.eigh((H + H.T) / 2)
    largest = np.abs(values).max()
    return np.maximum(np.abs(values), floor * largest if largest else 1.0), Q
