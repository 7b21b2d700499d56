"""Linear discriminant analysis: directions that separate classes."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike
from scipy.special import log_softmax
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.core import EPS, as_integer

CONSTANT_BELOW = 32 * EPS  # spread of a column within classes, relative to its largest entry
RANK_TOLERANCE = 1e-10  # singular values of the scatter within classes, relative to the largest


class LinearDiscriminantAnalysis(ClassifierMixin, TransformerMixin, BaseEstimator):
    """Maximise e' B e / e' W e: scatter between the class means over scatter within the classes.

    Parameters
    ----------
    n_components : int or None
        Directions kept by `transform`: at most min(n_classes - 1, n_features), which None stands for.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    priors_ : ndarray of shape (n_classes,)
        Shares of the classes in the training data.
    means_ : ndarray of shape (n_classes, n_features)
    scalings_ : ndarray of shape (n_features, n_components)
        Directions, scaled so that the variance within classes is one along each.
    explained_variance_ratio_ : ndarray of shape (n_components,)
        Share of each direction in the scatter between classes, after scaling.
    xbar_ : ndarray of shape (n_features,)
        Mean of the class means, weighted by the priors.

    Notes
    -----
    The data within classes are whitened by their SVD, directions without variance are left out, and the SVD of
    the whitened class means gives the rest; no scatter matrix is formed. `predict` is the Bayes rule for normal
    classes with one covariance matrix. Directions in which classes have no variance, however well they separate, are
    lost: `sklearn.discriminant_analysis.LinearDiscriminantAnalysis` does the same. It divides the scatter within
    classes by n, where this class divides by n - n_classes. Chapter: probability/dimension-reduction.

    References
    ----------
    :cite:t:`hastie2009elements`, section 4.3.

    Examples
    --------
    >>> X, y = [[-2.0], [-1.0], [1.0], [2.0]], [0, 0, 1, 1]
    >>> LinearDiscriminantAnalysis().fit(X, y).predict([[-0.5], [0.3]])
    array([0, 1])
    """

    def __init__(self, n_components: int | None = None) -> None:
        self.n_components = n_components

    def fit(self, X: ArrayLike, y: ArrayLike) -> LinearDiscriminantAnalysis:
        """Find the directions from X (n_samples, n_features) and labels y (n_samples,)."""
        X, y = validate_data(self, X, y, dtype=float, ensure_min_samples=2)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        n, p, n_classes = len(X), X.shape[1], len(self.classes_)
        if n_classes < 2:
            raise ValueError(f"`y` must hold at least 2 classes, got {n_classes} class")
        if n <= n_classes:
            raise ValueError(
                f"`X` must have more samples than classes, got {n} samples of {n_classes} classes"
            )
        most = min(n_classes - 1, p)
        wanted = (
            most if self.n_components is None else as_integer(self.n_components, "n_components", high=most)
        )
        counts = np.bincount(codes)
        self.priors_ = counts / n
        self.means_ = np.stack([X[codes == k].mean(axis=0) for k in range(n_classes)])
        self.xbar_ = self.priors_ @ self.means_
        largest = np.abs(X).max(axis=0)
        whitening = self._whitening((X - self.means_[codes]) / np.sqrt(n - n_classes), largest)
        between = np.sqrt(n * self.priors_ / (n_classes - 1))[:, None] * (
            (self.means_ - self.xbar_) @ whitening
        )
        _, s, Vt = scipy.linalg.svd(between, full_matrices=False)
        rank = int((s > RANK_TOLERANCE * s[0]).sum()) if s[0] > 0 else 0
        self._all_scalings = whitening @ Vt[: max(rank, 1)].T
        kept = min(wanted, self._all_scalings.shape[1])
        self.scalings_ = self._all_scalings[:, :kept]
        ratio = s**2 / (s**2).sum() if rank else np.zeros_like(s)
        self.explained_variance_ratio_ = ratio[:kept]
        return self

    def _whitening(self, residuals: np.ndarray, largest: np.ndarray) -> np.ndarray:
        """Return a matrix after which the residuals have unit covariance, without constant directions."""
        scale = np.where(largest > 0, largest, 1.0)  # squares neither overflow nor underflow
        spread = scale * np.sqrt(((residuals / scale) ** 2).sum(axis=0))
        varies = spread > CONSTANT_BELOW * largest  # else it is rounding of the means
        unit = np.where(varies, spread, np.inf)
        _, s, Vt = scipy.linalg.svd(residuals / unit, full_matrices=False)
        rank = int((s > RANK_TOLERANCE * s[0]).sum()) if s[0] > 0 else 0
        if rank == 0:
            raise ValueError("`X` must vary within at least one class; all samples of each class are equal")
        return (Vt[:rank] / s[:rank, None]).T / unit[:, None]

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return the coordinates along the directions, of shape (n_samples, n_components)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=float, reset=False)
        return (X - self.xbar_) @ self.scalings_

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the logarithm of the probability of each class, of shape (n_samples, n_classes)."""
        return log_softmax(self._scores(X), axis=1)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of each class, of shape (n_samples, n_classes)."""
        return np.exp(self.predict_log_proba(X))

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return the log-odds of two classes (n_samples,), or the scores of more (n_samples, n_classes)."""
        scores = self._scores(X)
        return scores[:, 1] - scores[:, 0] if len(self.classes_) == 2 else scores

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable class of each sample."""
        best = self._scores(X).argmax(axis=1)
        return self.classes_[best]

    def _scores(self, X: ArrayLike) -> np.ndarray:
        """Return log prior - |z - mean|^2 / 2 in whitened coordinates, up to a constant of each row."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=float, reset=False)
        centres = (self.means_ - self.xbar_) @ self._all_scalings
        Z = (X - self.xbar_) @ self._all_scalings
        return Z @ centres.T - (centres**2).sum(axis=1) / 2 + np.log(self.priors_)

    @property
    def _n_features_out(self) -> int:
        return self.scalings_.shape[1]
