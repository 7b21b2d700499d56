"""Decision trees as scikit-learn estimators."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.trees.checks import (
    N_SEEDS,
    as_choice,
    as_max_features,
    as_optional_integer,
    new_data,
    random_state,
    training_data,
    weights,
)
from runmath.classic_ml.trees.tree import BinnedData, Limits, Tree, grow_tree
from runmath.core import as_integer

CLASSIFICATION = ("gini", "entropy")


def limits_of(estimator: BaseEstimator, n_features: int) -> Limits:
    """Return the limits that an estimator's parameters ask for, after checking them."""
    return Limits(
        max_depth=as_optional_integer(estimator.max_depth, "max_depth"),
        max_leaf_nodes=as_optional_integer(
            getattr(estimator, "max_leaf_nodes", None), "max_leaf_nodes", low=2
        ),
        min_samples_leaf=as_integer(estimator.min_samples_leaf, "min_samples_leaf"),
        max_features=as_max_features(getattr(estimator, "max_features", None), n_features),
    )


def normalised(importances: np.ndarray) -> np.ndarray:
    """Return non-negative numbers divided by their sum; zeros stay zeros."""
    return importances / (importances.sum() or 1.0)


class _DecisionTree(BaseEstimator):
    """What both decision trees share: growing one, and asking it."""

    def _grow(self, X: np.ndarray, y: np.ndarray, sample_weight: ArrayLike | None, **target: object) -> None:
        """Grow the tree on bins of X (n_samples, n_features); y (n_samples,)."""
        w = weights(sample_weight, X)
        limits = limits_of(self, X.shape[1])
        seed = random_state(self.random_state).randint(N_SEEDS)
        self.tree_: Tree = grow_tree(
            BinnedData.of(X, w), y, sample_weight=w, limits=limits, seed=seed, **target
        )
        self.feature_importances_ = normalised(self.tree_.importances(X.shape[1]))

    def apply(self, X: ArrayLike) -> np.ndarray:
        """Return the leaf (n_samples,) that each row of X falls into."""
        check_is_fitted(self)
        return self.tree_.apply(new_data(self, X))

    def get_depth(self) -> int:
        """Return the number of splits on the longest way to a leaf."""
        check_is_fitted(self)
        return self.tree_.depth

    def get_n_leaves(self) -> int:
        """Return the number of leaves."""
        check_is_fitted(self)
        return self.tree_.n_leaves


class DecisionTreeClassifier(ClassifierMixin, _DecisionTree):
    """Predict class frequencies by the leaves of a tree whose splits decrease impurity the most.

    Parameters
    ----------
    criterion : {"gini", "entropy"}
        Impurity of a node with class frequencies p: 1 - Σ p_k², or -Σ p_k log₂ p_k.
    max_depth : int, optional
        Most splits on the way to a leaf; without it, leaves are pure or cannot be split.
    min_samples_leaf : int
        Fewest rows in a leaf.
    max_leaf_nodes : int, optional
        Most leaves; the best split is made first.
    max_features : int, float, {"sqrt", "log2"} or None
        Features drawn for each split: how many, or which part of them; all by default.
    random_state : int, RandomState or None
        Draws those features; without effect if all are used.

    Attributes
    ----------
    tree_ : Tree
    classes_ : ndarray of shape (n_classes,)
    feature_importances_ : ndarray of shape (n_features,)
        Share of each feature in the decrease of impurity; sums to 1 unless nothing was split.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    Features are put into 255 bins first: a feature with no more distinct values loses nothing, and the tree is
    that of scikit-learn up to ties. Missing values are refused; scikit-learn's trees send them left or right
    as it fits best. A row of weight 2 counts as two rows, except in `min_samples_leaf`, which counts rows.
    The first fit in a process loads Numba, and the first one ever compiles for about 15 s.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] breiman1984classification.

    Examples
    --------
    >>> tree = DecisionTreeClassifier(max_depth=1).fit([[0], [1], [2], [3]], ["a", "a", "b", "b"])
    >>> tree.predict([[1.4], [1.6]]), float(tree.tree_.threshold[0])
    (array(['a', 'b'], dtype='<U1'), 1.5)
    """

    def __init__(
        self,
        *,
        criterion: str = "gini",
        max_depth: int | None = None,
        min_samples_leaf: int = 1,
        max_leaf_nodes: int | None = None,
        max_features: int | float | str | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.criterion = criterion
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.max_leaf_nodes = max_leaf_nodes
        self.max_features = max_features
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> DecisionTreeClassifier:
        """Grow the tree on X (n_samples, n_features) and labels y (n_samples,)."""
        criterion = as_choice(self.criterion, "criterion", CLASSIFICATION)
        X, codes = training_data(self, X, y, classes=True)
        self._grow(X, codes, sample_weight, criterion=criterion, n_classes=len(self.classes_))
        return self

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the class frequencies (n_samples, n_classes) in the leaves of X."""
        check_is_fitted(self)
        return self.tree_.predict(new_data(self, X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most frequent class (n_samples,) in the leaves of X, the first one where they tie."""
        p = self.predict_proba(X)
        return self.classes_[p.argmax(axis=1)]


class DecisionTreeRegressor(RegressorMixin, _DecisionTree):
    """Predict the mean target of the leaves of a tree whose splits decrease the variance the most.

    Parameters
    ----------
    max_depth, min_samples_leaf, max_leaf_nodes, max_features, random_state
        As for DecisionTreeClassifier.

    Attributes
    ----------
    tree_ : Tree
    feature_importances_ : ndarray of shape (n_features,)
        Share of each feature in the decrease of the squared error; sums to 1 unless nothing was split.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    See DecisionTreeClassifier.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] breiman1984classification.

    Examples
    --------
    >>> DecisionTreeRegressor(max_depth=1).fit([[0], [1], [2]], [1.0, 1.0, 7.0]).predict([[1.4], [1.6]])
    array([1., 7.])
    """

    def __init__(
        self,
        *,
        max_depth: int | None = None,
        min_samples_leaf: int = 1,
        max_leaf_nodes: int | None = None,
        max_features: int | float | str | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.max_leaf_nodes = max_leaf_nodes
        self.max_features = max_features
        self.random_state = random_state

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> DecisionTreeRegressor:
        """Grow the tree on X (n_samples, n_features) and targets y (n_samples,)."""
        X, y = training_data(self, X, y, classes=False)
        self._grow(X, y, sample_weight)
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the mean target (n_samples,) in the leaves of X."""
        check_is_fitted(self)
        return self.tree_.predict(new_data(self, X))[:, 0]
