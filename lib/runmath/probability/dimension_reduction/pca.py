"""Principal component analysis, by the singular values of the data or by the eigenvalues of their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.core import as_integer, as_matrix


@dataclass(frozen=True)
class PrincipalComponents:
    """Directions of largest variance.

    Parameters
    ----------
    mean : ndarray of shape (n_features,)
    components : ndarray of shape (n_components, n_features)
        Orthonormal rows; in each the entry of largest size is positive.
    variances : ndarray of shape (n_components,)
        Sample variance (divisor n - 1) along each component, largest first.
    total_variance : float
        Sum of the variances of all features.
    """

    mean: np.ndarray
    components: np.ndarray
    variances: np.ndarray
    total_variance: float


def pca_by_covariance(X: ArrayLike, n_components: int) -> PrincipalComponents:
    """Return the eigenvectors of the sample covariance matrix with the largest eigenvalues.

    Parameters
    ----------
    X : array-like of shape (n_samples, n_features)
        At least two samples.
    n_components : int
        At most n_features.

    Returns
    -------
    PrincipalComponents

    Raises
    ------
    ValueError
        If there are fewer than two samples, or more components than features.

    Notes
    -----
    Forming the covariance squares the singular values: those below 1e-8 of the largest are lost to rounding, where
    `PCA` keeps them. It is faster where samples are many and features few. Chapter:
    probability/dimension-reduction.

    Examples
    --------
    >>> pca_by_covariance([[0.0, 0.0], [2.0, 0.0]], 1).variances
    array([2.])
    """
    X = as_matrix(X, "X")
    if len(X) < 2:
        raise ValueError(f"`X` must have at least 2 samples, got {len(X)}")
    k = as_integer(n_components, "n_components", high=X.shape[1])
    mean = X.mean(axis=0)
    centred = X - mean
    covariance = centred.T @ centred / (len(X) - 1)
    variances, vectors = scipy.linalg.eigh(covariance)
    order = np.arange(len(variances) - 1, len(variances) - 1 - k, -1)
    components = _with_positive_peaks(vectors[:, order].T)
    return PrincipalComponents(mean, components, variances[order].clip(0), float(np.trace(covariance)))


class PCA(TransformerMixin, BaseEstimator):
    """Principal component analysis: X - mean = U S V', projected onto the first rows of V'.

    Parameters
    ----------
    n_components : int or None
        At most min(n_samples, n_features), which None stands for.

    Attributes
    ----------
    components_ : ndarray of shape (n_components, n_features)
        Orthonormal rows; in each the entry of largest size is positive.
    explained_variance_, explained_variance_ratio_ : ndarray of shape (n_components,)
        Sample variance (divisor n - 1) along each component, and its share of the total.
    mean_ : ndarray of shape (n_features,)
    singular_values_ : ndarray of shape (n_components,)
        Of the centred data.
    n_components_ : int

    Notes
    -----
    The data are reduced to their triangular QR factor first, whose singular values and right singular vectors are
    theirs: the left ones are never formed. `sklearn.decomposition.PCA` offers randomised and covariance solvers
    as well. Chapter: probability/dimension-reduction.

    References
    ----------
    :cite:t:`jolliffe2002principal`.

    Examples
    --------
    >>> PCA(1).fit([[0.0, 0.0], [2.0, 0.0]]).explained_variance_
    array([2.])
    """

    def __init__(self, n_components: int | None = None) -> None:
        self.n_components = n_components

    def fit(self, X: ArrayLike, y: object = None) -> PCA:
        """Find the components of X (n_samples, n_features); y is ignored."""
        X = validate_data(self, X, dtype=float, ensure_min_samples=2)
        n, p = X.shape
        k = min(n, p) if self.n_components is None else self.n_components
        k = as_integer(k, "n_components", high=min(n, p))
        self.mean_ = X.mean(axis=0)
        centred = X - self.mean_
        reduced = scipy.linalg.qr(centred, mode="r", overwrite_a=True)[0][: min(n, p)] if n > p else centred
        _, s, Vt = np.linalg.svd(reduced, full_matrices=False)
        variances = s**2 / (n - 1)
        self.components_ = _with_positive_peaks(Vt[:k])
        self.singular_values_ = s[:k]
        self.explained_variance_ = variances[:k]
        shares = (s / s[0]) ** 2 if s[0] > 0 else np.zeros(len(s))  # of the largest: squares may underflow
        self.explained_variance_ratio_ = shares[:k] / max(shares.sum(), 1.0)
        self.n_components_ = k
        return self

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return the scores (X - mean) components', of shape (n_samples, n_components)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=float, reset=False)
        return (X - self.mean_) @ self.components_.T

    def inverse_transform(self, Z: ArrayLike) -> np.ndarray:
        """Return mean + Z components: the points of the subspace with scores Z (n_samples, n_components)."""
        check_is_fitted(self)
        Z = as_matrix(Z, "Z")
        if Z.shape[1] != self.n_components_:
            raise ValueError(f"`Z` must have {self.n_components_} columns, got {Z.shape[1]}")
        return self.mean_ + Z @ self.components_

    @property
    def _n_features_out(self) -> int:
        return self.n_components_


def _with_positive_peaks(rows: np.ndarray) -> np.ndarray:
    """Return rows with signs such that the entry of largest size in each is positive."""
    peaks = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    return rows * np.where(peaks < 0, -1.0, 1.0)
