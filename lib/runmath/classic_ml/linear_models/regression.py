"""Least squares and ridge regression."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.linear_models.preparation import as_at_least_zero, centred
from runmath.classic_ml.trees.checks import new_data, training_data, weights
from runmath.core import EPS

ACCURATE = 1e-6  # from this α/σ₁² on, the error of the normal equations stays below 1e-10


class _LinearRegressor(RegressorMixin, BaseEstimator):
    """Predicts X w + b."""

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return X w + b for X of shape (n, p)."""
        check_is_fitted(self)
        return new_data(self, X) @ self.coef_ + self.intercept_


class LinearRegression(_LinearRegressor):
    """Minimise Σ s_i (y_i - x_iᵀ w - b)² over w and b, and ‖w‖ among the minimisers.

    Parameters
    ----------
    fit_intercept : bool
        Without it b = 0.

    Attributes
    ----------
    coef_ : ndarray of shape (p,)
    intercept_ : float
    rank_ : int
        Of the centred data.

    Raises
    ------
    ValueError
        If the data are not finite, their sizes differ, or no weight s_i is positive.

    Notes
    -----
    Centring the data takes the intercept out of the problem; a QR factorisation of columns of length one solves
    it in 2 n p² operations. Where R is singular to working precision, by LAPACK's estimate of its condition, the
    solution of least norm comes from the SVD, which costs several times as much; singular values below
    max(n, p) ε σ₁ count as zero, so that a column in very small units is lost there. Neither squares the condition
    number, as the normal equations do. scikit-learn's class always takes the SVD; it also fits several targets
    and sparse data. Chapter: classic-ml/linear-models.

    References
    ----------
    .. [1] golub2013matrix, Sections 5.4 and 5.5.

    Examples
    --------
    >>> model = LinearRegression().fit([[0], [1], [2]], [1, 3, 5])
    >>> model.predict([[10]]).round(12)
    array([21.])
    """

    def __init__(self, *, fit_intercept: bool = True) -> None:
        self.fit_intercept = fit_intercept

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> LinearRegression:
        """Fit to X of shape (n, p), y of shape (n,) and weights s of shape (n,)."""
        X, y = training_data(self, X, y, classes=False)
        data = centred(X, y, weights(sample_weight, X), fit_intercept=self.fit_intercept)
        self.coef_, self.rank_ = least_squares(data.X, data.y)
        self.intercept_ = data.intercept(self.coef_)
        return self


class Ridge(_LinearRegressor):
    """Minimise Σ s_i (y_i - x_iᵀ w - b)² + α ‖w‖² over w and b.

    Parameters
    ----------
    alpha : float
        Weight α ≥ 0 of the penalty; 0 is least squares. The intercept is not penalised.
    fit_intercept : bool
        Without it b = 0.

    Attributes
    ----------
    coef_ : ndarray of shape (p,)
    intercept_ : float

    Raises
    ------
    TypeError, ValueError
        If `alpha` is not a finite number of at least 0, or the data are not as in `LinearRegression`.

    Notes
    -----
    Cholesky on the smaller of XᵀX + αI and XXᵀ + αI costs n p min(n, p) operations. It squares the condition
    number, so a very small α takes the SVD instead, w = Σ σ_i / (σ_i² + α) (u_iᵀ y) v_i over the σ_i above
    max(n, p) ε σ₁. scikit-learn's class has also iterative solvers, sparse data and several targets.
    Chapter: classic-ml/linear-models.

    References
    ----------
    .. [1] hoerl1970ridge, Section 2.
    .. [2] hastie2009elements, Section 3.4.1.

    Examples
    --------
    >>> Ridge(alpha=2.0).fit([[-1], [1]], [-2, 2]).coef_
    array([1.])
    """

    def __init__(self, *, alpha: float = 1.0, fit_intercept: bool = True) -> None:
        self.alpha = alpha
        self.fit_intercept = fit_intercept

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Ridge:
        """Fit to X of shape (n, p), y of shape (n,) and weights s of shape (n,)."""
        X, y = training_data(self, X, y, classes=False)
        alpha = as_at_least_zero(self.alpha, "alpha")
        data = centred(X, y, weights(sample_weight, X), fit_intercept=self.fit_intercept)
        self.coef_ = ridge(data.X, data.y, alpha) if alpha else least_squares(data.X, data.y)[0]
        self.intercept_ = data.intercept(self.coef_)
        return self


def least_squares(X: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the w of least norm among those that make ‖y - X w‖ smallest, (p,), and the rank of X.

    Examples
    --------
    >>> least_squares(np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([2.0, 4.0]))[0].round(12)
    array([1.5, 1.5])
    """
    varies = X.any(axis=0)
    if not varies.all():
        w = np.zeros(X.shape[1])
        w[varies], rank = least_squares(X[:, varies], y)
        return w, rank
    n, p = X.shape
    if p == 0:
        return np.zeros(0), 0
    negligible = max(n, p) * EPS
    if n >= p:
        largest = np.abs(X).max(axis=0)
        length = largest * np.linalg.norm(X / largest, axis=0)  # no square under- or overflows
        projected, R = scipy.linalg.qr_multiply(X / length, y, mode="right")  # Q is never formed
        inverse_condition, _ = scipy.linalg.lapack.dtrcon(R)
        if inverse_condition > negligible:
            return scipy.linalg.solve_triangular(R, projected, check_finite=False) / length, p
    U, s, Vt = scipy.linalg.svd(X, full_matrices=False, check_finite=False)
    rank = int((s > negligible * s[0]).sum())
    return Vt[:rank].T @ ((U.T[:rank] @ y) / s[:rank]), rank


def ridge(X: np.ndarray, y: np.ndarray, alpha: float) -> np.ndarray:
    """Return the w that minimises ‖y - X w‖² + α ‖w‖², (p,), for α > 0.

    Examples
    --------
    >>> ridge(np.eye(2), np.array([2.0, 4.0]), 1.0)
    array([1., 2.])
    """
    varies = X.any(axis=0)
    if not varies.all():
        w = np.zeros(X.shape[1])
        w[varies] = ridge(X[:, varies], y, alpha)
        return w
    n, p = X.shape
    if p == 0:
        return np.zeros(0)
    G = X.T @ X if p <= n else X @ X.T
    if alpha < ACCURATE * np.linalg.norm(G):  # this norm is at least σ₁²
        U, s, Vt = scipy.linalg.svd(X, full_matrices=False, check_finite=False)
        rank = int((s > max(n, p) * EPS * s[0]).sum())  # the rest is rounding, and a tiny α would not damp it
        U, s, Vt = U[:, :rank], s[:rank], Vt[:rank]
        return Vt.T @ (s / (s**2 + alpha) * (U.T @ y))
    G.flat[:: len(G) + 1] += alpha
    factor = scipy.linalg.cho_factor(G, lower=True, check_finite=False)
    if p <= n:
        return scipy.linalg.cho_solve(factor, X.T @ y)
    return X.T @ scipy.linalg.cho_solve(factor, y)  # (XᵀX + αI)⁻¹ Xᵀ = Xᵀ (XXᵀ + αI)⁻¹
