"""Neighbourhood components analysis: a linear map under which neighbours share their class."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.core import as_integer, as_matrix, as_tolerance, warn_unless_converged


def leave_one_out_score(A: np.ndarray, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Return f(A) = sum_i p_i, p_i = sum_{y_j = y_i} p_ij, and its gradient, with p_ij ~ exp(-|A x_i - A x_j|^2).

    Parameters
    ----------
    A : ndarray of shape (k, p)
    X : ndarray of shape (n, p)
    y : ndarray of shape (n,)
        Labels in ascending order: classes are then blocks, and need no mask.

    Returns
    -------
    score : float
        Expected number of samples whose class a randomly drawn neighbour has.
    gradient : ndarray of shape (k, p)

    Raises
    ------
    ValueError
        If the labels are not in ascending order.

    Notes
    -----
    p_ii = 0. n^2 (k + p) operations and two n x n arrays. Chapter: probability/metrics-and-mahalanobis-2.

    References
    ----------
    :cite:t:`goldberger2004neighbourhood`, equations 1, 3 and 5.

    Examples
    --------
    >>> X, y = np.array([[0.0], [1.0], [9.0]]), np.array([0, 0, 1])
    >>> round(leave_one_out_score(np.eye(1), X, y)[0], 6)  # the third has no companion
    2.0
    """
    if (y[1:] < y[:-1]).any():
        raise ValueError("`y` must be in ascending order; sort the rows of `X` along with it")
    Z = X @ A.T
    norms = (Z**2).sum(axis=1)
    P = 2 * (Z @ Z.T)
    P -= norms  # -|z_i - z_j|^2 up to a constant of row i, which cancels in eq. 1
    np.fill_diagonal(P, -np.inf)
    P -= P.max(axis=1, keepdims=True)
    np.exp(P, out=P)
    P /= P.sum(axis=1, keepdims=True)
    bounds = [0, *(np.flatnonzero(y[1:] != y[:-1]) + 1), len(y)]
    blocks = [slice(a, b) for a, b in itertools.pairwise(bounds)]
    p = np.concatenate([P[b, b].sum(axis=1) for b in blocks])
    W = P * p[:, None]  # eq. 5: weights of (x_i - x_k)(x_i - x_k)'
    for b in blocks:
        W[b, b] -= P[b, b]
    degrees = W.sum(axis=0) + W.sum(axis=1)
    moments = Z.T * degrees - Z.T @ W - (W @ Z).T  # sum_ik W_ik (z_i - z_k)(x_i - x_k)' = moments X
    return float(p.sum()), 2 * moments @ X


class NeighbourhoodComponents(TransformerMixin, BaseEstimator):
    """Maximise sum_i sum_{y_j = y_i} exp(-|A x_i - A x_j|^2) / sum_{k != i} exp(-|A x_i - A x_k|^2) over A.

    Parameters
    ----------
    n_components : int or None
        Rows of A, at most n_features, which None stands for. Fewer give a pseudometric and a map to fewer dimensions.
    init : {"identity", "pca"} or array-like of shape (n_components, n_features)
        Where the ascent begins.
    max_iter : int
    tol : float
        Of SciPy's L-BFGS-B, for the change of the score and for its gradient.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        A.
    metric_ : ndarray of shape (n_features, n_features)
        M = A'A, positive semidefinite: the squared distance is (x - y)' M (x - y).
    score_ : float
        Expected share of training samples whose class a random neighbour has; over 0.99 says little about new ones.
    converged_ : bool
    n_iter_ : int

    Notes
    -----
    The score is not concave, so the result depends on the start and on the scale of the features: standardise first.
    `sklearn.neighbors.NeighborhoodComponentsAnalysis` minimises the same function with the same method. It offers a
    start from discriminants and a warm start. Chapter: probability/metrics-and-mahalanobis-2.

    References
    ----------
    :cite:t:`goldberger2004neighbourhood`.

    Examples
    --------
    >>> X, y = [[0.0, 1.0], [0.1, -1.0], [1.0, 1.0], [1.1, -1.0]], [0, 0, 1, 1]
    >>> weight = np.diag(NeighbourhoodComponents(max_iter=500).fit(X, y).metric_)  # the second feature is noise
    >>> bool(weight[0] > 10 * weight[1])
    True
    """

    def __init__(
        self,
        n_components: int | None = None,
        *,
        init: str | ArrayLike = "identity",
        max_iter: int = 100,
        tol: float = 1e-5,
    ) -> None:
        self.n_components = n_components
        self.init = init
        self.max_iter = max_iter
        self.tol = tol

    def fit(self, X: ArrayLike, y: ArrayLike) -> NeighbourhoodComponents:
        """Learn the map from X (n_samples, n_features) and labels y (n_samples,).

        Warns
        -----
        ConvergenceWarning
            If `max_iter` steps did not suffice.
        """
        X, y = validate_data(self, X, y, dtype=float, ensure_min_samples=2)
        check_classification_targets(y)
        p, max_iter, tol = X.shape[1], as_integer(self.max_iter, "max_iter"), as_tolerance(self.tol, "tol")
        k = p if self.n_components is None else as_integer(self.n_components, "n_components", high=p)
        codes = np.unique(y, return_inverse=True)[1]
        order = np.argsort(codes, kind="stable")
        centred, codes = (X - X.mean(axis=0))[order], codes[order]

        def loss(a: np.ndarray) -> tuple[float, np.ndarray]:
            score, gradient = leave_one_out_score(a.reshape(k, p), centred, codes)
            return -score, -gradient.ravel()

        start = self._start(centred, k).ravel()
        result = minimize(loss, start, jac=True, method="L-BFGS-B", tol=tol, options={"maxiter": max_iter})
        self.components_ = result.x.reshape(k, p)
        self.score_ = -float(result.fun) / len(X)
        self.n_iter_, self.converged_ = max(1, result.nit), bool(result.success)
        warn_unless_converged(
            self.converged_, "NeighbourhoodComponents", "raise `max_iter` or standardise the features"
        )
        return self

    def _start(self, X: np.ndarray, k: int) -> np.ndarray:
        """Return the first A, of shape (k, p)."""
        if not isinstance(self.init, str):
            A = as_matrix(self.init, "init")
            if A.shape != (k, X.shape[1]):
                raise ValueError(f"`init` must be of shape {(k, X.shape[1])}, got {A.shape}")
            return A
        if self.init == "identity":
            return np.eye(k, X.shape[1])
        if self.init == "pca":
            return np.linalg.svd(X, full_matrices=True)[2][:k]
        raise ValueError(f"`init` must be 'identity', 'pca' or an array, got {self.init!r}")

    @property
    def metric_(self) -> np.ndarray:
        """M = A'A, of shape (n_features, n_features)."""
        check_is_fitted(self)
        return self.components_.T @ self.components_

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return A x for each sample, of shape (n_samples, n_components)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=float, reset=False)
        return X @ self.components_.T

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)

    def __sklearn_tags__(self) -> Tags:
        """Say that labels are needed."""
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
