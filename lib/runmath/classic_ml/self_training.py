"""Learn from unlabelled rows by trusting one's own confident predictions: pseudo-labels."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.classic_ml.linear_models import SoftmaxRegression
from runmath.classic_ml.trees.checks import as_optional_integer, new_data


class SelfTrainingClassifier(ClassifierMixin, BaseEstimator):
    """Fit, give each unlabelled row with max_c p(c | x) > threshold the label argmax_c p(c | x), and fit again.

    Parameters
    ----------
    estimator : classifier, optional
        With `predict_proba`; cloned for each round; our SoftmaxRegression by default.
    threshold : float
        In [0, 1): a row must be more certain than this to get a pseudo-label, which it then keeps.
    max_iter : int or None
        Rounds of labelling at most; None for no limit. 0 learns from the labelled rows alone.
    unlabelled : object
        The entry of `y` that means "no label", by default -1, as in scikit-learn.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    estimator_ : classifier
        Fitted to all rows that have a label or a pseudo-label.
    transduction_ : ndarray of shape (n_samples,)
        The labels and pseudo-labels; `unlabelled` where there is neither.
    labelled_iter_ : ndarray of shape (n_samples,)
        The round that labelled the row: 0 for a given label, -1 for none.
    n_iter_ : int
        Number of models that were fitted: one more than the rounds that labelled a row.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Raises
    ------
    TypeError, ValueError
        If a parameter is out of range, `y` holds no label, or the estimator has no `predict_proba`.

    Notes
    -----
    At most n_samples + 1 fits, since every round but the last labels a row. A wrong pseudo-label is never taken
    back, and a model that is too sure of itself confirms its errors: nothing in the algorithm bounds the loss.
    `sklearn.semi_supervised.SelfTrainingClassifier` can also take the k most certain rows in each round, and its
    results are the same for the threshold.

    Chapter: classic-ml/generalization-2.

    References
    ----------
    .. [1] yarowsky1995unsupervised, section 4; lee2013pseudo for networks, where the labels are revised.

    Examples
    --------
    >>> from runmath.classic_ml import KNeighborsClassifier
    >>> model = SelfTrainingClassifier(KNeighborsClassifier(1)).fit([[0], [1], [8], [9]], [4, -1, -1, 7])
    >>> model.transduction_, model.labelled_iter_
    (array([4, 4, 7, 7]), array([0, 1, 1, 0]))
    """

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        *,
        threshold: float = 0.75,
        max_iter: int | None = 10,
        unlabelled: Any = -1,
    ) -> None:
        self.estimator = estimator
        self.threshold = threshold
        self.max_iter = max_iter
        self.unlabelled = unlabelled

    def fit(self, X: ArrayLike, y: ArrayLike) -> SelfTrainingClassifier:
        """Learn from X (n_samples, n_features) and y (n_samples,), where `unlabelled` marks rows without label."""
        threshold = _as_threshold(self.threshold)
        max_iter = as_optional_integer(self.max_iter, "max_iter", low=0)
        X, y = validate_data(self, X, y, dtype=float, order="C")
        check_classification_targets(y)
        known = ~_equal(y, self.unlabelled)
        if not known.any():
            raise ValueError(
                f"`y` must hold at least one label, got {self.unlabelled!r} in all {len(y)} rows"
            )
        self.classes_ = np.unique(y[known])
        self.transduction_, self.labelled_iter_ = y.copy(), np.where(known, 0, -1)
        self.estimator_, self.n_iter_ = self._fit_known(X), 1
        while self.n_iter_ - 1 != max_iter and self._label(X, threshold):
            self.estimator_ = self._fit_known(X)
            self.n_iter_ += 1
        return self

    def _fit_known(self, X: np.ndarray) -> BaseEstimator:
        """Return a new model of the rows that have a label by now."""
        model = SoftmaxRegression() if self.estimator is None else clone(self.estimator)
        if not hasattr(model, "predict_proba"):
            raise TypeError(f"`estimator` must have predict_proba, got {model!r}")
        known = self.labelled_iter_ >= 0
        return model.fit(X[known], self.transduction_[known])

    def _label(self, X: np.ndarray, threshold: float) -> bool:
        """Label the rows of which the model is certain; return whether there was one."""
        rest = np.flatnonzero(self.labelled_iter_ < 0)
        if not len(rest):
            return False
        p = self.estimator_.predict_proba(X[rest])  # (n_rest, n_classes)
        certain = p.max(axis=1) > threshold
        chosen = rest[certain]
        self.transduction_[chosen] = self.estimator_.classes_[p[certain].argmax(axis=1)]
        self.labelled_iter_[chosen] = self.n_iter_
        return bool(len(chosen))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the class (n_samples,) of each row of X (n_samples, n_features)."""
        check_is_fitted(self)
        return self.estimator_.predict(new_data(self, X))

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return p(c | x), (n_samples, n_classes), by the last model."""
        check_is_fitted(self)
        return self.estimator_.predict_proba(new_data(self, X))


def _as_threshold(value: Any) -> float:
    """Return a real number in [0, 1)."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`threshold` must be a real number, got {value!r}")
    if not 0 <= value < 1:
        raise ValueError(f"`threshold` must be at least 0 and below 1, got {value}")
    return float(value)


def _equal(y: np.ndarray, mark: Any) -> np.ndarray:
    """Return where y (n,) equals the mark; an array of text has no entry that equals a number.

    Examples
    --------
    >>> _equal(np.array(["a", ""]), ""), _equal(np.array(["a", "-1"]), -1)
    (array([False,  True]), array([False, False]))
    """
    if (y.dtype.kind in "US") != isinstance(mark, str | bytes) and y.dtype != object:
        return np.zeros(len(y), dtype=bool)
    return np.asarray(y == mark, dtype=bool)
