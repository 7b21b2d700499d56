"""Classify by the votes of the nearest training points."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.trees.checks import as_choice, new_data, training_data
from runmath.core import EPS, as_integer, as_matrix

BLOCK = 128  # rows of a block of scores: with COLUMNS of them it stays in the cache
COLUMNS = 1024


class KNeighborsClassifier(ClassifierMixin, BaseEstimator):
    """Give x the class ŷ(x) = argmax_c Σ_{i ∈ N_k(x)} w_i 1[y_i = c], where N_k(x) are the k nearest training points.

    Parameters
    ----------
    n_neighbors : int
        The number k, at most the number of training points.
    weights : {"uniform", "distance"}
        One vote each, or 1 / distance. Training points at distance 0 then vote alone.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    Fitting only stores the data. A query compares with all n training points, O(n p), by a product of matrices;
    those that could be among the k nearest are measured again exactly. Of equally near points the one that
    comes first in the training data is nearer; of classes with equally many votes the first wins. Scale the
    features: distances add them up. `sklearn.neighbors.KNeighborsClassifier` also has trees, which beat the full
    comparison where there are many points and few features, other metrics, and several threads.

    Chapter: classic-ml/neighbours-bayes-kmeans.

    References
    ----------
    .. [1] cover1967nearest.

    Examples
    --------
    >>> model = KNeighborsClassifier(n_neighbors=3).fit([[0], [1], [2], [10]], ["a", "a", "b", "b"])
    >>> model.predict([[0.4]]), model.predict_proba([[9.0]])
    (array(['a'], dtype='<U1'), array([[0.33333333, 0.66666667]]))
    """

    def __init__(self, n_neighbors: int = 5, *, weights: str = "uniform") -> None:
        self.n_neighbors = n_neighbors
        self.weights = weights

    def fit(self, X: ArrayLike, y: ArrayLike) -> KNeighborsClassifier:
        """Store X (n_samples, n_features) and labels y (n_samples,)."""
        X, codes = training_data(self, X, y, classes=True)
        self._check_parameters(len(X))
        self._X, self._codes = X.copy(), codes
        return self

    def _check_parameters(self, n: int) -> None:
        """Refuse what n training points do not allow; parameters may be set anew after fitting."""
        as_choice(self.weights, "weights", ("uniform", "distance"))
        as_integer(self.n_neighbors, "n_neighbors")
        if self.n_neighbors > n:
            raise ValueError(f"`n_neighbors` must be at most n_samples = {n}, got {self.n_neighbors}")

    def kneighbors(self, X: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return distances and row numbers (n_samples, n_neighbors) of the nearest training points, nearest first."""
        check_is_fitted(self)
        self._check_parameters(len(self._X))
        squares, indices = _nearest(new_data(self, X), self._X, self.n_neighbors)
        return np.sqrt(squares), indices

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the share (n_samples, n_classes) of each class in the votes."""
        distances, indices = self.kneighbors(X)
        votes = _ballot(distances) if self.weights == "distance" else np.ones_like(distances)
        n, n_classes = len(indices), len(self.classes_)
        cells = self._codes[indices] + n_classes * np.arange(n)[:, None]
        totals = np.bincount(cells.ravel(), votes.ravel(), n * n_classes).reshape(n, n_classes)
        return totals / totals.sum(axis=1, keepdims=True)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the class (n_samples,) with the most votes for each row of X."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]


def _ballot(distances: np.ndarray) -> np.ndarray:
    """Return nearest / distance (n, k), where 0 / 0 is 1: only the ratios within a row matter."""
    return np.divide(distances[:, :1], distances, out=np.ones_like(distances), where=distances > 0)


def nearest_neighbours(X: ArrayLike, Z: ArrayLike, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the k smallest ‖x_i - z_j‖ for each row x_i of X, and their j.

    Parameters
    ----------
    X : array_like of shape (m, p)
    Z : array_like of shape (n, p)
    k : int
        Between 1 and n.

    Returns
    -------
    distances : ndarray of shape (m, k)
        In ascending order.
    indices : ndarray of shape (m, k)
        Of equal distances the lower index comes first.

    Raises
    ------
    TypeError, ValueError
        If X or Z is not a finite matrix, they differ in their columns, or k is out of range.

    Notes
    -----
    O(m n p) operations, most of them in a product of matrices.

    Chapter: classic-ml/neighbours-bayes-kmeans.

    Examples
    --------
    >>> nearest_neighbours([[0.0, 0.0]], [[3.0, 4.0], [1.0, 0.0], [0.0, 1.0]], 2)
    (array([[1., 1.]]), array([[1, 2]]))
    """
    X, Z = as_matrix(X, "X"), as_matrix(Z, "Z")
    if X.shape[1] != Z.shape[1]:
        raise ValueError(f"`Z` must have the {X.shape[1]} columns of `X`, got {Z.shape[1]}")
    squares, indices = _nearest(X, Z, as_integer(k, "k", high=len(Z)))
    return np.sqrt(squares), indices


def _nearest(X: np.ndarray, Z: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return squared distances and indices (m, k) of the k nearest rows of Z, block by block."""
    from runmath.classic_ml.distance_loops import refine_neighbours

    mean = Z.mean(axis=0)  # about it the scores, and so their rounding errors, are small
    X_0, Z_0 = X - mean, Z - mean
    half_squares, squares = np.einsum("ij,ij->i", Z_0, Z_0) / 2, np.einsum("ij,ij->i", X_0, X_0)
    size = np.abs(mean).max() * (
        np.sqrt(squares.max()) + np.sqrt(half_squares.max())
    )  # of the shift's rounding
    slack = 8 * (X.shape[1] + 4) * EPS * (squares + 2 * half_squares.max() + size)
    distances, indices = np.full((len(X), k), np.inf), np.zeros((len(X), k), dtype=np.int64)
    for start in range(0, len(X), BLOCK):
        rows = slice(start, start + BLOCK)
        for first in range(0, len(Z), COLUMNS):
            scores = X_0[rows] @ Z_0[first : first + COLUMNS].T
            refine_neighbours(
                X[rows],
                Z,
                scores,
                half_squares,
                (squares - slack)[rows],
                first,
                distances[rows],
                indices[rows],
            )
    return distances, indices
