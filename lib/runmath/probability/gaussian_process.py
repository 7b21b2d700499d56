"""Gaussian process regression: a prior over functions, conditioned on observed values."""

from __future__ import annotations

import warnings
from numbers import Real

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.core import ConvergenceWarning, as_integer
from runmath.probability.kernels import RBF, Constant, Kernel

BOUND = np.log(1e5)  # parameters between 1e-5 and 1e5


class GaussianProcessRegressor(RegressorMixin, BaseEstimator):
    """Posterior of f ~ GP(0, k) given y = f(X) + noise: mean k(x, X) α with (k(X) + noise · I) α = y.

    Parameters
    ----------
    kernel : Kernel or None
        None stands for ``Constant(1.0) * RBF(1.0)``. A summand `White` is noise whose variance is fitted.
    noise : float
        Variance of the noise that is added to the diagonal and not fitted; 0 only where k(X) is well conditioned.
    optimize : bool
        Whether the kernel's parameters maximise the marginal likelihood; otherwise they stay as they are.
    n_restarts : int
        Further starts of the optimiser, at random parameters between 1e-2 and 1e2.
    random_state : int, RandomState or None
        For the restarts.

    Attributes
    ----------
    kernel_ : Kernel
        With the parameters fitted.
    alpha_ : ndarray of shape (n,)
    L_ : ndarray of shape (n, n)
        Cholesky factor of k(X) + noise · I.
    log_marginal_likelihood_ : float

    Notes
    -----
    n³/3 operations for the factor, n² m for the standard deviations of m predictions; each step of the optimiser
    takes n³ more, for the gradient. Memory 8n² bytes, and as much for every parameter while fitting. The mean of the
    prior is 0: centre y, or add `Constant`. The likelihood may have several maxima: set `n_restarts`.
    `sklearn.gaussian_process.GaussianProcessRegressor` also normalises y and takes several targets.
    Chapters: probability/gaussian-processes-and-kernels, and -2 for the fit of the parameters.

    References
    ----------
    :cite:t:`rasmussen2006gaussian`, algorithm 2.1 and equation 5.9.

    Examples
    --------
    >>> model = GaussianProcessRegressor(RBF(1.0), noise=1.0, optimize=False).fit([[0.0]], [1.0])
    >>> mean, std = model.predict([[0.0]], return_std=True)
    >>> mean, std**2
    (array([0.5]), array([0.5]))
    """

    def __init__(
        self,
        kernel: Kernel | None = None,
        *,
        noise: float = 1e-6,
        optimize: bool = True,
        n_restarts: int = 0,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.kernel = kernel
        self.noise = noise
        self.optimize = optimize
        self.n_restarts = n_restarts
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> GaussianProcessRegressor:
        """Condition on y (n_samples,) at X (n_samples, n_features), and return self.

        Raises
        ------
        TypeError
            If `kernel` is not a Kernel, or `noise` is no number.
        ValueError
            If `noise` is negative, k(x, x) overflows, or k(X) + noise · I is not positive definite.
        """
        if not isinstance(self.kernel, Kernel | None):
            raise TypeError(f"`kernel` must be a Kernel of runmath.probability or None, got {self.kernel!r}")
        if not isinstance(self.noise, Real):
            raise TypeError(f"`noise` must be a real number, got {self.noise!r}")
        X, y = validate_data(self, X, y, dtype=float, y_numeric=True)
        if not 0 <= self.noise < np.inf:
            raise ValueError(f"`noise` must be a variance of at least 0, got {self.noise}")
        n_restarts = as_integer(self.n_restarts, "n_restarts", low=0)
        self.X_, self.y_ = X, y.astype(float)
        self.kernel_ = Constant(1.0) * RBF(1.0) if self.kernel is None else self.kernel
        if not np.isfinite(self.kernel_._diag(X)).all():
            raise ValueError("`X` must be scaled down: variances k(x, x) overflow")
        if self.optimize and len(self.kernel_.theta):
            self.kernel_ = self._best_kernel(n_restarts)
        try:
            self.L_, self.alpha_ = self._factor(self.kernel_)
        except np.linalg.LinAlgError:
            raise ValueError(
                f"k(X) + noise · I is not positive definite for `noise` = {self.noise}; try a larger one"
            ) from None
        self.log_marginal_likelihood_ = self._likelihood(self.L_, self.alpha_)
        return self

    def predict(
        self, X: ArrayLike, return_std: bool = False, return_cov: bool = False
    ) -> np.ndarray | tuple[np.ndarray, np.ndarray]:
        """Return the posterior mean (m,) at X (m, n_features); with it its standard deviation or covariance (m, m).

        The fixed `noise` is not part of them, a summand `White` of the kernel is.
        """
        check_is_fitted(self)
        if return_std and return_cov:
            raise ValueError("`return_std` and `return_cov` must not both be true")
        X = validate_data(self, X, dtype=float, reset=False)
        K = self.kernel_._matrix(X, self.X_, False)  # (m, n)
        mean = K @ self.alpha_
        if not (return_std or return_cov):
            return mean
        # V = L⁻¹ k(X_train, X), in the memory of K: K' is in Fortran's order        (n, m)
        V = scipy.linalg.solve_triangular(self.L_, K.T, lower=True, overwrite_b=True, check_finite=False)
        if return_cov:
            return mean, self.kernel_._matrix(X, X, True) - V.T @ V
        variance = self.kernel_._diag(X) - np.einsum("ij,ij->j", V, V)
        return mean, np.sqrt(variance.clip(0))

    def log_marginal_likelihood(self, theta: ArrayLike | None = None) -> tuple[float, np.ndarray]:
        """Return log p(y | X, θ) = -y'α/2 - Σ log L_ii - (n/2) log 2π and its gradient in θ, the kernel's logarithms.

        Parameters
        ----------
        theta : array-like of shape (n_parameters,), optional
            By default that of `kernel_`.

        Returns
        -------
        value : float
            Minus infinity where the matrix is not positive definite.
        gradient : ndarray of shape (n_parameters,)
            ∂/∂θ_j = tr((αα' - (K + noise · I)⁻¹) ∂K/∂θ_j) / 2.
        """
        check_is_fitted(self, "kernel_")
        kernel = self.kernel_ if theta is None else self.kernel_.with_theta(theta)
        try:
            L, alpha = self._factor(kernel)
        except np.linalg.LinAlgError:
            return -np.inf, np.zeros(len(kernel.theta))
        W = scipy.linalg.cho_solve((L, True), np.eye(len(L)), overwrite_b=True, check_finite=False)
        W = np.outer(alpha, alpha) - W
        gradient = [0.5 * np.vdot(W, D) for D in kernel._gradient(self.X_)]
        return self._likelihood(L, alpha), np.array(gradient)

    def _factor(self, kernel: Kernel) -> tuple[np.ndarray, np.ndarray]:
        K = kernel._matrix(self.X_, self.X_, True)
        K.flat[:: len(K) + 1] += self.noise
        # K' = K is in Fortran's order, so that LAPACK writes the factor over it
        L = scipy.linalg.cholesky(K.T, lower=True, overwrite_a=True, check_finite=False)
        return L, scipy.linalg.cho_solve((L, True), self.y_, check_finite=False)

    def _likelihood(self, L: np.ndarray, alpha: np.ndarray) -> float:
        n = len(alpha)
        return float(-0.5 * self.y_ @ alpha - np.log(L.diagonal()).sum() - 0.5 * n * np.log(2 * np.pi))

    def _best_kernel(self, n_restarts: int) -> Kernel:
        """Return the kernel of the largest likelihood found, from its own parameters and random ones."""
        rng = check_random_state(self.random_state)
        theta = np.clip(self.kernel_.theta, -BOUND, BOUND)
        starts = [theta, *(rng.uniform(np.log(1e-2), np.log(1e2), len(theta)) for _ in range(n_restarts))]
        runs = [self._ascend(start) for start in starts]
        best = min(runs, key=lambda run: run.fun)
        if not best.success:
            warnings.warn(
                f"L-BFGS stopped early: {best.message}; scale the data or raise `noise`",
                ConvergenceWarning,
                stacklevel=3,
            )
        return self.kernel_.with_theta(best.x)

    def _ascend(self, start: np.ndarray):
        def objective(theta):
            value, gradient = self.log_marginal_likelihood(theta)
            return (-value, -gradient) if np.isfinite(value) else (1e25, np.zeros_like(gradient))

        return minimize(objective, start, jac=True, method="L-BFGS-B", bounds=[(-BOUND, BOUND)] * len(start))
