"""Bagging: the average of models fitted on bootstrap samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.ensembles.oob import average_out_of_bag, bootstrap_rows, out_of_bag
from runmath.classic_ml.trees.checks import (
    N_SEEDS,
    as_count,
    new_data,
    random_state,
    set_seeds,
    training_data,
)
from runmath.classic_ml.trees.decision_tree import DecisionTreeClassifier, DecisionTreeRegressor
from runmath.core import as_integer


class _Bagging(BaseEstimator):
    """What both kinds share: drawing the bags, fitting, averaging."""

    def __init__(
        self,
        estimator: BaseEstimator | None = None,
        *,
        n_estimators: int = 100,
        max_samples: int | float = 1.0,
        bootstrap: bool = True,
        oob_score: bool = False,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.estimator = estimator
        self.n_estimators = n_estimators
        self.max_samples = max_samples
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.random_state = random_state

    def _fit_bags(self, X: np.ndarray, y: np.ndarray, default: BaseEstimator) -> None:
        """Fit a clone of the estimator on each bag of X (n_samples, n_features) and y (n_samples,)."""
        n, rng = len(X), random_state(self.random_state)
        n_draws = as_count(self.max_samples, "max_samples", n)
        if self.oob_score and not self.bootstrap and n_draws == n:
            raise ValueError(
                "`oob_score` needs rows outside the bags, got bootstrap=False with all rows in each"
            )
        self.estimators_, self.estimators_samples_ = [], []
        for _ in range(as_integer(self.n_estimators, "n_estimators")):
            model = clone(default if self.estimator is None else self.estimator)
            set_seeds(model, lambda: rng.randint(N_SEEDS))
            rows = bootstrap_rows(rng, n, n_draws, self.bootstrap)
            self.estimators_.append(model.fit(X[rows], y[rows]))
            self.estimators_samples_.append(rows)

    def _average(self, X: ArrayLike) -> np.ndarray:
        """Return the mean answer (n_samples, k) of the models."""
        check_is_fitted(self)
        X = new_data(self, X)
        return sum(self._answer(model, X) for model in self.estimators_) / len(self.estimators_)

    def _average_out_of_bag(self, X: np.ndarray) -> np.ndarray:
        """Return for each row the mean answer (n_samples, k) of the models that have not seen it."""
        total, count = 0.0, np.zeros(len(X))
        for model, rows in zip(self.estimators_, self.estimators_samples_, strict=True):
            unseen = out_of_bag(rows, len(X))
            if len(unseen):
                answer = self._answer(model, X[unseen])
                total = np.zeros((len(X), answer.shape[1])) if np.isscalar(total) else total
                total[unseen] += answer
                count[unseen] += 1
        return average_out_of_bag(np.zeros((len(X), 1)) if np.isscalar(total) else total, count)


class BaggingClassifier(ClassifierMixin, _Bagging):
    """Average the class probabilities of models fitted on bootstrap samples.

    Parameters
    ----------
    estimator : estimator, optional
        Cloned for each bag; our DecisionTreeClassifier by default. Without `predict_proba` it votes.
    n_estimators : int
        Number of bags.
    max_samples : int or float
        Rows drawn for each bag: how many, or which part of them.
    bootstrap : bool
        Whether rows are drawn with repetition.
    oob_score : bool
        Whether to predict each row by the models that have not seen it.
    random_state : int, RandomState or None
        Draws the bags and the seeds of the models.

    Attributes
    ----------
    estimators_ : list of estimators
        Fitted on class numbers 0, 1, ..., the places of the labels in `classes_`.
    estimators_samples_ : list of ndarray
        The rows of each bag.
    classes_ : ndarray of shape (n_classes,)
    oob_decision_function_ : ndarray of shape (n_samples, n_classes)
        Out-of-bag probabilities; NaN for rows that are in every bag.
    oob_score_ : float
        Accuracy of the out-of-bag predictions.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    A bag of n draws leaves out (1 - 1/n)ⁿ → 1/e = 36.8 % of the rows. The models are correlated, because their
    bags overlap: their average has variance ρ σ² + (1 - ρ) σ² / n_estimators. Sample weights are not taken: a
    bootstrap of weighted rows is not that of repeated rows.

    Cost: n_estimators fits. scikit-learn's BaggingClassifier also draws features and runs in parallel.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] breiman1996bagging.

    Examples
    --------
    >>> model = BaggingClassifier(n_estimators=5, random_state=0).fit([[0], [1], [8], [9]], list("aabb"))
    >>> model.predict([[-1], [10]])
    array(['a', 'b'], dtype='<U1')
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> BaggingClassifier:
        """Fit the models on bags of X (n_samples, n_features) and labels y (n_samples,)."""
        X, codes = training_data(self, X, y, classes=True)
        self._fit_bags(X, codes, DecisionTreeClassifier())
        if self.oob_score:
            self.oob_decision_function_ = self._average_out_of_bag(X)
            known = ~np.isnan(self.oob_decision_function_[:, 0])
            self.oob_score_ = accuracy_score(codes[known], self.oob_decision_function_[known].argmax(axis=1))
        return self

    def _answer(self, model: BaseEstimator, X: np.ndarray) -> np.ndarray:
        """Return the model's probabilities, or its votes, for all classes (n, n_classes): a bag may lack some."""
        if not hasattr(model, "predict_proba"):
            return np.eye(len(self.classes_))[model.predict(X)]
        out = np.zeros((len(X), len(self.classes_)))
        out[:, model.classes_] = model.predict_proba(X)
        return out

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the mean probabilities of the classes (n_samples, n_classes)."""
        return self._average(X)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the class (n_samples,) of the largest mean probability."""
        p = self.predict_proba(X)
        return self.classes_[p.argmax(axis=1)]


class BaggingRegressor(RegressorMixin, _Bagging):
    """Average the predictions of models fitted on bootstrap samples.

    Parameters
    ----------
    estimator : estimator, optional
        Cloned for each bag; our DecisionTreeRegressor by default.
    n_estimators, max_samples, bootstrap, oob_score, random_state
        As for BaggingClassifier.

    Attributes
    ----------
    estimators_, estimators_samples_
        As for BaggingClassifier.
    oob_prediction_ : ndarray of shape (n_samples,)
        Out-of-bag predictions; NaN for rows that are in every bag.
    oob_score_ : float
        Coefficient of determination R² of the out-of-bag predictions.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    See BaggingClassifier. The squared error of the average is never above the average of the squared errors.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] breiman1996bagging.

    Examples
    --------
    >>> model = BaggingRegressor(n_estimators=5, random_state=0).fit([[0], [1], [8], [9]], [2.0, 2.0, 2.0, 2.0])
    >>> model.predict([[4]])
    array([2.])
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> BaggingRegressor:
        """Fit the models on bags of X (n_samples, n_features) and targets y (n_samples,)."""
        X, y = training_data(self, X, y, classes=False)
        self._fit_bags(X, y, DecisionTreeRegressor())
        if self.oob_score:
            self.oob_prediction_ = self._average_out_of_bag(X)[:, 0]
            known = ~np.isnan(self.oob_prediction_)
            self.oob_score_ = r2_score(y[known], self.oob_prediction_[known])
        return self

    def _answer(self, model: BaseEstimator, X: np.ndarray) -> np.ndarray:
        """Return the model's predictions (n, 1)."""
        return model.predict(X)[:, None]

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the mean prediction (n_samples,)."""
        return self._average(X)[:, 0]
