"""Whitening as a step of a pipeline."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.probability.mahalanobis import whitening_matrix


class Whitening(TransformerMixin, BaseEstimator):
    """Map x to J (x - mean) with J' J = cov^-1: Euclidean distance becomes that of Mahalanobis.

    Parameters
    ----------
    kind : {"cholesky", "symmetric", "principal"}
        As in `whitening_matrix`.
    shrinkage : float
        s in cov = (1 - s) S + s tr(S) / p I, with the sample covariance S; from 0 to 1. Where features are dependent,
        or there are fewer samples than features, it must be above 0.

    Attributes
    ----------
    mean_ : ndarray of shape (n_features,)
    covariance_ : ndarray of shape (n_features, n_features)
        After shrinking.
    components_ : ndarray of shape (n_features, n_features)
        J.

    Notes
    -----
    With as few samples as features the sample covariance is far from the true one in its small eigenvalues, just those
    which its inverse makes large. `sklearn.covariance.ledoit_wolf` chooses the shrinkage from the data.
    Chapter: probability/metrics-and-mahalanobis.

    References
    ----------
    :cite:t:`kessy2018optimal`.

    Examples
    --------
    >>> Whitening().fit_transform([[-2.0], [0.0], [2.0]])[:, 0]
    array([-1.,  0.,  1.])
    """

    def __init__(self, *, kind: str = "symmetric", shrinkage: float = 0.0) -> None:
        self.kind = kind
        self.shrinkage = shrinkage

    def fit(self, X: ArrayLike, y: object = None) -> Whitening:
        """Estimate mean and covariance of X (n_samples, n_features); y is ignored."""
        X = validate_data(self, X, dtype=float, ensure_min_samples=2)
        if not 0 <= self.shrinkage <= 1:
            raise ValueError(f"`shrinkage` must be between 0 and 1, got {self.shrinkage}")
        self.mean_ = X.mean(axis=0)
        S = np.atleast_2d(np.cov(X.T))
        target = np.trace(S) / len(S) * np.eye(len(S))
        self.covariance_ = (1 - self.shrinkage) * S + self.shrinkage * target
        try:
            self.components_ = whitening_matrix(self.covariance_, kind=self.kind)
        except ValueError as error:
            if "definite" not in str(error):
                raise
            raise ValueError(
                f"the covariance of `X` must be positive definite, got {len(X)} samples of dependent features; "
                "take a larger `shrinkage`"
            ) from None
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return the whitened samples, of shape (n_samples, n_features)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=float, reset=False)
        return (X - self.mean_) @ self.components_.T

    @property
    def _n_features_out(self) -> int:
        return len(self.components_)
