"""C4.5 as a scikit-learn estimator."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.trees.checks import (
    as_choice,
    as_optional_integer,
    new_data,
    training_data,
    weights,
)
from runmath.classic_ml.trees.multiway import MultiwayTree
from runmath.classic_ml.trees.multiway_growth import Rules, grow_multiway
from runmath.classic_ml.trees.pruning import prune_pessimistically
from runmath.core import as_vector


class C45Classifier(ClassifierMixin, BaseEstimator):
    """Predict class frequencies by a tree whose questions maximise gain / split information, and which is pruned.

    Parameters
    ----------
    criterion : {"gain_ratio", "gain"}
        The first among the questions of at least average gain.
    categorical_features : sequence of int, optional
        Columns whose values are categories, each with a branch of its own; the others are asked x ≤ t?
    costs : array_like of shape (n_features,), optional
        Positive prices C of asking for the features. The gain in the criterion becomes (2^gain - 1) / C.
    min_weight : float
        Least weight of the rows in at least two branches of a question.
    confidence : float or None
        Of the pessimistic pruning, between 0 and 1; the smaller, the more is pruned. None leaves the tree as grown.
    max_depth : int, optional
        Most questions on the way to a leaf.

    Attributes
    ----------
    tree_ : MultiwayTree
    classes_ : ndarray of shape (n_classes,)
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    A missing value is NaN. The gain of a question then is the known part of the rows times the gain on it; the
    split information counts "missing" as an answer; a row without the answer enters all branches, with parts of its
    weight in the proportions of the known rows. A value of a category not seen in a node counts as missing there.

    Growing costs O(n_features n log n) once and O(n_features n) a level, more where rows are shared among branches.
    Quinlan's program takes the largest value of the data below the middle between two values as threshold,
    demands more than `min_weight` of numerical questions, leaves categories with very many values out of the
    average gain, and raises subtrees when it prunes; his later version charges numerical
    features log₂(distinct values - 1) / n for their choice. scikit-learn's trees are binary and compiled as a whole.

    Chapter: classic-ml/decision-trees-2.

    References
    ----------
    .. [1] quinlan1993c45, chapters 2 to 4.
    .. [2] quinlan1996improved, for the later version.
    .. [3] nunez1991use, for the costs; there the divisor is C + 1.

    Examples
    --------
    >>> model = C45Classifier().fit([[0], [1], [2], [3]], ["a", "a", "b", "b"])
    >>> model.predict([[1.4], [1.6]]), model.predict_proba([[np.nan]])
    (array(['a', 'b'], dtype='<U1'), array([[0.5, 0.5]]))
    """

    def __init__(
        self,
        *,
        criterion: str = "gain_ratio",
        categorical_features: Sequence[int] | None = None,
        costs: ArrayLike | None = None,
        min_weight: float = 2.0,
        confidence: float | None = 0.25,
        max_depth: int | None = None,
    ) -> None:
        self.criterion = criterion
        self.categorical_features = categorical_features
        self.costs = costs
        self.min_weight = min_weight
        self.confidence = confidence
        self.max_depth = max_depth

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> C45Classifier:
        """Grow the tree on X (n_samples, n_features), NaN where missing, and labels y (n_samples,), and prune it."""
        X, codes = training_data(self, X, y, classes=True, missing=True)
        rules = self._rules(X.shape[1])
        confidence = (
            None if self.confidence is None else _as_positive(self.confidence, "confidence", below=1.0)
        )
        w = weights(sample_weight, X)
        used = w > 0
        tree = grow_multiway(X[used], codes[used], w[used], len(self.classes_), rules)
        self.tree_: MultiwayTree = (
            tree if confidence is None else prune_pessimistically(tree, confidence=confidence)
        )
        return self

    def _rules(self, n_features: int) -> Rules:
        """Return what the parameters ask for, after checking them."""
        categorical = np.zeros(n_features, bool)
        for j in () if self.categorical_features is None else self.categorical_features:
            if isinstance(j, bool | np.bool_) or not isinstance(j, Integral):
                raise TypeError(f"`categorical_features` must hold numbers of columns, got {j!r}")
            if not 0 <= j < n_features:
                raise ValueError(
                    f"`categorical_features` must hold numbers from 0 to {n_features - 1}, got {j}"
                )
            categorical[j] = True
        costs = None if self.costs is None else as_vector(self.costs, "costs", size=n_features)
        if costs is not None and costs.min() <= 0:
            raise ValueError(f"`costs` must be positive, got {costs.min()}")
        return Rules(
            criterion=as_choice(self.criterion, "criterion", ("gain_ratio", "gain")),
            categorical=categorical,
            costs=costs,
            min_weight=_as_positive(self.min_weight, "min_weight"),
            max_depth=as_optional_integer(self.max_depth, "max_depth"),
        )

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the class frequencies (n_samples, n_classes) where the rows of X arrive."""
        check_is_fitted(self)
        return self.tree_.predict(new_data(self, X, missing=True))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most frequent class (n_samples,) where the rows of X arrive, the first one where they tie."""
        p = self.predict_proba(X)
        return self.classes_[p.argmax(axis=1)]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def _as_positive(value: object, name: str, *, below: float = np.inf) -> float:
    """Return a real number above 0 and below a bound."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number, got {value!r}")
    if not 0 < value < below:
        raise ValueError(f"`{name}` must be above 0 and below {below}, got {value}")
    return float(value)
