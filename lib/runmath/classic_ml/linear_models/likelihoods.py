"""Penalised likelihoods of classes: value, gradient and Hessian in the coefficients.

Both are means: Σ s_i ℓ_i + ½ λ ‖W‖² with weights of sum 1. Coefficients θ = (W, b) are a vector of K(q + 1) numbers,
class by class; scores are Z = W Xᵀ + b, (K, n), because a product with a wide matrix is twice as fast as one
with a tall one.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit


class _Likelihood:
    """What both have in common; the last score and its coefficients are remembered.

    A minimiser that asks for value and gradient at the same place pays for one product with X.
    """

    def __init__(
        self, X: np.ndarray, codes: np.ndarray, s: np.ndarray, penalty: float, K: int, intercept: bool
    ) -> None:
        self.X, self.codes, self.s, self.penalty = X, codes, s, penalty
        self.K, self.intercept = K, intercept
        self.shape = (K, X.shape[1] + intercept)
        self._theta = None

    def value(self, theta: np.ndarray) -> float:
        """Return Σ s_i ℓ_i + ½ λ ‖W‖²."""
        self._evaluate(theta)
        W = theta.reshape(self.shape)[:, : self.X.shape[1]]
        return float(self.s @ self._losses + 0.5 * self.penalty * np.vdot(W, W))

    def gradient(self, theta: np.ndarray) -> np.ndarray:
        """Return (P - Y) diag(s) X + λ W and (P - Y) s, as one vector."""
        self._evaluate(theta)
        q = self.X.shape[1]
        g = np.empty(self.shape)
        g[:, :q] = self._errors @ self.X
        g[:, :q] += self.penalty * theta.reshape(self.shape)[:, :q]
        if self.intercept:
            g[:, q] = self._errors.sum(axis=1)
        return g.ravel()

    def _evaluate(self, theta: np.ndarray) -> None:
        """Store losses (n,) and weighted errors s (P - Y), (K, n), unless they are those of the last call."""
        if self._theta is None or not np.array_equal(theta, self._theta):
            self._losses, self._errors = self._from_scores(self.scores(theta))
            self._theta = theta.copy()

    def scores(self, theta: np.ndarray) -> np.ndarray:
        """Return Z = W Xᵀ + b, (K, n)."""
        q, theta = self.X.shape[1], theta.reshape(self.shape)
        Z = theta[:, :q] @ self.X.T
        if self.intercept:
            Z += theta[:, q:]
        return Z

    def hessian(self, theta: np.ndarray) -> np.ndarray:
        """Return the matrix of second derivatives, of order K(q + 1)."""
        K, m = self.shape
        q = self.X.shape[1]
        A = np.column_stack([self.X, np.ones(len(self.X))]) if self.intercept else self.X
        curvature = self._curvature(self.scores(theta))  # (K, K, n)
        H = np.empty((K, m, K, m))
        for k in range(K):
            for j in range(k + 1):
                H[k, :, j] = (A.T * (self.s * curvature[k, j])) @ A
                H[j, :, k] = H[k, :, j]
            H[k, np.arange(q), k, np.arange(q)] += self.penalty
        return H.reshape(K * m, K * m)


class Bernoulli(_Likelihood):
    """ℓ = log(1 + e^z) - y z for labels y of 0 and 1; one row of coefficients.

    Examples
    --------
    >>> fit = Bernoulli(np.array([[-1.0], [1.0]]), np.array([0, 1]), np.full(2, 0.5), 0.0, 1, False)
    >>> round(fit.value(np.zeros(1)), 4), fit.gradient(np.zeros(1)), fit.hessian(np.zeros(1))
    (0.6931, array([-0.5]), array([[0.25]]))
    """

    def _from_scores(self, Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        signs = 2.0 * self.codes - 1.0
        losses = np.logaddexp(0.0, -signs * Z[0])  # no cancellation, unlike log(1 + e^z) - yz
        return losses, (-signs * self.s * expit(-signs * Z[0]))[None]

    def separates(self, theta: np.ndarray) -> bool:
        """Return whether every score has the sign of its class."""
        return bool(((2.0 * self.codes - 1.0) * self.scores(theta)[0] > 0).all())

    def _curvature(self, Z: np.ndarray) -> np.ndarray:
        return (expit(Z[0]) * expit(-Z[0]))[None, None]


class Categorical(_Likelihood):
    """ℓ = log Σ_k e^{z_k} - z_y for labels y of 0, ..., K - 1; a row of coefficients for each.

    Examples
    --------
    >>> fit = Categorical(np.array([[-1.0], [1.0]]), np.array([0, 1]), np.full(2, 0.5), 0.0, 2, False)
    >>> round(fit.value(np.zeros(2)), 4), fit.gradient(np.zeros(2))
    (0.6931, array([ 0.5, -0.5]))
    """

    def _from_scores(self, Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows = np.arange(Z.shape[1])
        Z -= Z.max(axis=0)  # no overflow
        own = Z[self.codes, rows]
        P = np.exp(Z, out=Z)
        total = P.sum(axis=0)
        P *= self.s / total
        P[self.codes, rows] -= self.s
        return np.log(total) - own, P

    def separates(self, theta: np.ndarray) -> bool:
        """Return whether the score of its own class is the only largest one for every sample."""
        Z = self.scores(theta)
        rows = np.arange(Z.shape[1])
        own = Z[self.codes, rows].copy()
        Z[self.codes, rows] = -np.inf
        return bool((own > Z.max(axis=0)).all())

    def _curvature(self, Z: np.ndarray) -> np.ndarray:
        P = np.exp(Z - Z.max(axis=0))
        P /= P.sum(axis=0)
        return P[:, None] * (np.eye(len(P))[:, :, None] - P[None])  # diag(p) - p pᵀ for each sample
