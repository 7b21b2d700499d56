"""Classify by Bayes' rule as if the features were independent within each class."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.linear_models.preparation import as_above_zero, as_at_least_zero
from runmath.classic_ml.trees.checks import new_data, training_data
from runmath.core import as_vector


class _NaiveBayes(ClassifierMixin, BaseEstimator):
    """What both models share: Bayes' rule on log p(c) + Σ_j log p(x_j | c)."""

    def _fit_prior(self, codes: np.ndarray) -> np.ndarray:
        """Set `class_count_` and `class_log_prior_`; return the indicators (n_samples, n_classes)."""
        n_classes = len(self.classes_)
        self.class_count_ = np.bincount(codes, minlength=n_classes)
        prior = self.class_count_ / len(codes) if self.priors is None else _as_priors(self.priors, n_classes)
        with np.errstate(divide="ignore"):  # a prior of 0 forbids the class
            self.class_log_prior_ = np.log(prior)
        return (codes[:, None] == np.arange(n_classes)).astype(float)

    def predict_joint_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Return log p(x, c) (n_samples, n_classes)."""
        check_is_fitted(self)
        return self._log_likelihood(self._new(X)) + self.class_log_prior_

    def predict_log_proba(self, X: ArrayLike) -> np.ndarray:
        """Return log p(c | x) (n_samples, n_classes)."""
        joint = self.predict_joint_log_proba(X)
        return joint - logsumexp(joint, axis=1, keepdims=True)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return p(c | x) (n_samples, n_classes)."""
        return np.exp(self.predict_log_proba(X))

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable class (n_samples,) of each row; of equal ones the first."""
        best = self.predict_joint_log_proba(X).argmax(axis=1)
        return self.classes_[best]

    def _new(self, X: ArrayLike) -> np.ndarray:
        return new_data(self, X)


class GaussianNB(_NaiveBayes):
    """Classify by argmax_c log p(c) - ½ Σ_j [log 2πσ²_cj + (x_j - μ_cj)² / σ²_cj].

    Parameters
    ----------
    priors : array_like of shape (n_classes,) or None
        The p(c), non-negative with sum 1; None for their frequencies.
    var_smoothing : float
        Added to every variance, times the largest variance of a feature.

    Attributes
    ----------
    classes_, class_count_, class_log_prior_ : ndarray of shape (n_classes,)
    theta_, var_ : ndarray of shape (n_classes, n_features)
        The μ_cj and σ²_cj; variances divide by the number of rows.
    epsilon_ : float
        What was added to the variances.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Raises
    ------
    ValueError
        If a variance is zero with `var_smoothing` = 0.

    Notes
    -----
    Fitting is one pass, O(n p); a query costs O(p) for each class. The classes are separated by quadrics, whose axes
    are those of the features. Probabilities count dependent features as if each brought news of its own, and are then
    too sure. `sklearn.naive_bayes.GaussianNB` also takes weights and learns from batches.

    Chapter: classic-ml/neighbours-bayes-kmeans.

    References
    ----------
    .. [1] hastie2009elements, section 6.6.3.

    Examples
    --------
    >>> model = GaussianNB().fit([[-1.0], [1.0], [3.0], [5.0]], ["a", "a", "b", "b"])
    >>> model.theta_.ravel(), model.predict([[1.9], [2.1]])
    (array([0., 4.]), array(['a', 'b'], dtype='<U1'))
    """

    def __init__(self, *, priors: ArrayLike | None = None, var_smoothing: float = 1e-9) -> None:
        self.priors = priors
        self.var_smoothing = var_smoothing

    def fit(self, X: ArrayLike, y: ArrayLike) -> GaussianNB:
        """Learn means and variances of each class from X (n_samples, n_features) and labels y (n_samples,)."""
        smoothing = as_at_least_zero(self.var_smoothing, "var_smoothing")
        X, codes = training_data(self, X, y, classes=True)
        members = self._fit_prior(codes)  # (n, classes)
        varies = np.ptp(X, axis=0) > 0
        # where nothing varies, any variance says the same: the prior decides
        self.epsilon_ = float(smoothing * X[:, varies].var(axis=0).max(initial=0.0)) or float(smoothing > 0)
        first = X[np.unique(codes, return_index=True)[1]]  # a row of each class
        others = members.T @ np.not_equal(X, first[codes])  # (classes, p)
        # the mean of equal numbers is that number: their sum is rounded
        self.theta_ = np.where(others > 0, (members.T @ X) / self.class_count_[:, None], first)
        squares = (X - self.theta_[codes]) ** 2
        self.var_ = (members.T @ squares) / self.class_count_[:, None] + self.epsilon_
        if not (self.var_ > 0).all():
            c, j = np.argwhere(self.var_ == 0)[0]
            raise ValueError(
                f"`var_smoothing` must be above 0: feature {j} is constant in class {self.classes_[c]!r}"
            )
        return self

    def _log_likelihood(self, X: np.ndarray) -> np.ndarray:
        """Return Σ_j log p(x_j | c) (n, classes)."""
        return np.stack(
            [
                -0.5 * (np.log(2 * np.pi * var).sum() + ((X - mean) ** 2 / var).sum(axis=1))
                for mean, var in zip(self.theta_, self.var_, strict=True)
            ],
            axis=1,
        )


class MultinomialNB(_NaiveBayes):
    """Classify counts by argmax_c log p(c) + Σ_j x_j log θ_cj with θ_cj = (N_cj + α) / (Σ_j N_cj + α p).

    Parameters
    ----------
    alpha : float
        Pseudo-count α above 0 for each feature and class; 1 is Laplace's rule.
    priors : array_like of shape (n_classes,) or None
        The p(c), non-negative with sum 1; None for their frequencies.

    Attributes
    ----------
    classes_, class_count_, class_log_prior_ : ndarray of shape (n_classes,)
    feature_count_, feature_log_prob_ : ndarray of shape (n_classes, n_features)
        The counts N_cj, and log θ_cj.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    The multinomial coefficient of a row is the same for all classes and left out. With these parameters the classifier
    is linear in x. Fractions are allowed as counts. `sklearn.naive_bayes.MultinomialNB` also takes sparse counts,
    weights and batches.

    Chapter: classic-ml/neighbours-bayes-kmeans.

    References
    ----------
    .. [1] manning2008introduction, section 13.2.

    Examples
    --------
    >>> model = MultinomialNB().fit([[2, 0], [1, 1], [0, 3]], ["tea", "tea", "rum"])
    >>> np.exp(model.feature_log_prob_).round(3)  # rum: 1/5, 4/5; tea: 4/6, 2/6
    array([[0.2  , 0.8  ],
           [0.667, 0.333]])
    """

    def __init__(self, *, alpha: float = 1.0, priors: ArrayLike | None = None) -> None:
        self.alpha = alpha
        self.priors = priors

    def fit(self, X: ArrayLike, y: ArrayLike) -> MultinomialNB:
        """Learn the θ_cj from counts X (n_samples, n_features) and labels y (n_samples,)."""
        alpha = as_above_zero(self.alpha, "alpha")
        X, codes = training_data(self, X, y, classes=True)
        _require_counts(X)
        self.feature_count_ = self._fit_prior(codes).T @ X
        smoothed = self.feature_count_ + alpha
        self.feature_log_prob_ = np.log(smoothed) - np.log(smoothed.sum(axis=1, keepdims=True))
        return self

    def _new(self, X: ArrayLike) -> np.ndarray:
        X = new_data(self, X)
        _require_counts(X)
        return X

    def _log_likelihood(self, X: np.ndarray) -> np.ndarray:
        """Return Σ_j x_j log θ_cj (n, classes)."""
        return X @ self.feature_log_prob_.T

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.classifier_tags.poor_score = True  # as scikit-learn's: clouds of points are no counts
        return tags


def _require_counts(X: np.ndarray) -> None:
    """Refuse negative counts, in the words that scikit-learn's checks look for."""
    if (X < 0).any():
        raise ValueError(f"Negative values in data passed to X: counts must be at least 0, got {X.min()}")


def _as_priors(value: ArrayLike, n_classes: int) -> np.ndarray:
    """Return non-negative probabilities (n_classes,) with sum 1."""
    p = as_vector(value, "priors", size=n_classes)
    if (p < 0).any() or abs(p.sum() - 1) > 1e-8:
        raise ValueError(f"`priors` must be non-negative with sum 1, got {p} with sum {p.sum()}")
    return p
