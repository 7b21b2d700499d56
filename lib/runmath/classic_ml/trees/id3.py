"""ID3 as a scikit-learn estimator."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.preprocessing import OrdinalEncoder
from sklearn.utils import Tags
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.classic_ml.trees.multiway import MultiwayTree
from runmath.classic_ml.trees.multiway_growth import Rules, grow_multiway

UNSEEN = -1  # code of a category that was not in the training data


class ID3Classifier(ClassifierMixin, BaseEstimator):
    """Predict classes from categories by a tree whose questions maximise H(S) - Σ_v |S_v| / |S| H(S_v).

    Attributes
    ----------
    tree_ : MultiwayTree
        Its features' values are numbers of categories.
    categories_ : list of ndarray
        For each feature its categories, ascending.
    classes_ : ndarray of shape (n_classes,)
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    Every feature is a category, numbers too, with a branch for each of its values. A node becomes a leaf when its rows
    are of one class, or equal in all features. Where no question gains anything, the first feature with two
    values is asked: an exclusive or is found then, which a rule that stops there misses. A row whose value
    was not seen in a node is shared among all its branches. O(n_features n) a level. Missing values are refused.

    scikit-learn has no such tree: its trees split numbers in two.

    Chapter: classic-ml/decision-trees.

    References
    ----------
    .. [1] quinlan1986induction, section 4.

    Examples
    --------
    >>> X, y = [["sun", "calm"], ["sun", "wind"], ["rain", "calm"]], ["out", "out", "in"]
    >>> model = ID3Classifier().fit(X, y)
    >>> print(model.tree_.to_text(["sky", "air"], model.classes_, model.categories_))
    [1 2]
    sky = rain: in [1 0]
    sky = sun: out [0 2]
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> ID3Classifier:
        """Grow the tree on X (n_samples, n_features), strings or numbers, and labels y (n_samples,)."""
        X, y = validate_data(self, X, y, dtype=None)
        _refuse_none(X)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        self._encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=UNSEEN)
        X = self._encoder.fit_transform(X)
        self.categories_ = self._encoder.categories_
        rules = Rules(criterion="gain", categorical=np.ones(X.shape[1], bool), stop_without_gain=False)
        self.tree_: MultiwayTree = grow_multiway(X, codes, np.ones(len(X)), len(self.classes_), rules)
        return self

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the class frequencies (n_samples, n_classes) where the rows of X arrive."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=None, reset=False)
        _refuse_none(X)
        return self.tree_.predict(self._encoder.transform(X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most frequent class (n_samples,) where the rows of X arrive, the first one where they tie."""
        p = self.predict_proba(X)
        return self.classes_[p.argmax(axis=1)]

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        return tags


def _refuse_none(X: np.ndarray) -> None:
    """Raise where an entry is None, which scikit-learn's checks take for a value; they find NaN themselves."""
    missing = np.argwhere(np.equal(X, None)) if X.dtype == object else ()
    if len(missing):
        i, j = missing[0]
        raise ValueError(f"`X` must not hold missing values, got None in row {i} of feature {j}")
