"""Permutation importance: how much worse a fitted model gets when a feature is shuffled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.metrics import check_scoring
from sklearn.utils.validation import check_is_fitted

from runmath.core import as_integer, as_matrix, as_rng


@dataclass(frozen=True, kw_only=True, eq=False)
class PermutationImportance:
    """How much the score falls when a feature is shuffled.

    Parameters
    ----------
    importances : ndarray of shape (n_features, n_repeats)
        Score of the data as they are minus the score with the feature shuffled.
    importances_mean, importances_std : ndarray of shape (n_features,)
        Mean and standard deviation over the repeats.
    """

    importances: np.ndarray
    importances_mean: np.ndarray
    importances_std: np.ndarray


def permutation_importance(
    estimator: BaseEstimator,
    X: ArrayLike,
    y: ArrayLike,
    *,
    n_repeats: int = 10,
    scoring: str | Callable | None = None,
    rng: np.random.Generator | int,
) -> PermutationImportance:
    """Measure score(X, y) - score(X with one column shuffled, y) for every column.

    Parameters
    ----------
    estimator : fitted estimator
    X : array_like of shape (n_samples, n_features)
        Best not the training data: on these a model also scores by what it learnt by heart.
    y : array_like of shape (n_samples,)
    n_repeats : int
        Shuffles of each column.
    scoring : str or callable, optional
        As in scikit-learn; the estimator's own `score` by default.
    rng : Generator or int
        Shuffles.

    Returns
    -------
    PermutationImportance

    Raises
    ------
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    TypeError, ValueError
        If X is not a finite matrix, `n_repeats` is below 1, or the estimator has no score.

    Notes
    -----
    The model is not fitted anew. Two features that carry the same information stand in for each other, so both
    can look unimportant; a shuffled column may also make rows such as never occur. Cost: n_features n_repeats
    predictions. scikit-learn's function takes data frames and runs in parallel.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] breiman2001random, section 10 (on out-of-bag rows).

    Examples
    --------
    >>> from runmath.classic_ml import DecisionTreeClassifier
    >>> X, y = np.array([[0, 5], [0, 6], [1, 5], [1, 6]]), [0, 0, 1, 1]
    >>> tree = DecisionTreeClassifier().fit(X, y)
    >>> permutation_importance(tree, X, y, rng=0).importances[1].max()  # the tree never looks at feature 1
    np.float64(0.0)
    """
    check_is_fitted(estimator)
    score, rng = check_scoring(estimator, scoring), as_rng(rng)
    X, n_repeats = as_matrix(X, "X"), as_integer(n_repeats, "n_repeats")
    baseline = score(estimator, X, y)
    importances = np.empty((X.shape[1], n_repeats))
    for f, r in np.ndindex(importances.shape):
        shuffled = X.copy()
        shuffled[:, f] = rng.permutation(X[:, f])
        importances[f, r] = baseline - score(estimator, shuffled, y)
    return PermutationImportance(
        importances=importances,
        importances_mean=importances.mean(axis=1),
        importances_std=importances.std(axis=1),
    )
