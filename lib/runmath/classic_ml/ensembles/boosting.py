"""Gradient boosting: trees fitted one after another to the negative gradient of a loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.ensembles.losses import AbsoluteError, LogisticLoss, SoftmaxLoss, SquaredError
from runmath.classic_ml.trees.checks import (
    N_SEEDS,
    as_choice,
    as_fraction,
    as_optional_integer,
    new_data,
    random_state,
    training_data,
    weights,
)
from runmath.classic_ml.trees.decision_tree import limits_of, normalised
from runmath.classic_ml.trees.tree import BinnedData, Limits, Tree, grow_with_rows
from runmath.core import as_integer

LOSSES = {"squared_error": SquaredError, "absolute_error": AbsoluteError}


class _GradientBoosting(BaseEstimator):
    """Algorithm 1 of friedman2001greedy, whose lines are cited; F has one column, or one a class."""

    def __init__(
        self,
        *,
        learning_rate: float = 0.1,
        n_estimators: int = 100,
        max_depth: int | None = 3,
        max_leaf_nodes: int | None = None,
        min_samples_leaf: int = 1,
        subsample: float = 1.0,
        validation_fraction: float = 0.1,
        n_iter_no_change: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.n_estimators = n_estimators
        self.max_depth = max_depth
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.subsample = subsample
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.random_state = random_state

    def _boost(self, X: np.ndarray, y: np.ndarray, sample_weight: ArrayLike | None, stratify: bool) -> None:
        """Fit `loss_` to X (n_samples, n_features) and y (n_samples,) stage by stage."""
        limits = limits_of(self, X.shape[1])
        learning_rate = as_fraction(self.learning_rate, "learning_rate")
        n_estimators = as_integer(self.n_estimators, "n_estimators")
        patience = as_optional_integer(self.n_iter_no_change, "n_iter_no_change")
        rng = random_state(self.random_state)
        w = weights(sample_weight, X)
        X, y, w = X[w > 0], y[w > 0], w[w > 0]  # a row of weight 0 must not be drawn
        held_out = None
        if patience:
            X, y, w, *held_out = self._hold_out(X, y, w, stratify, rng)
        data = BinnedData.of(X, w)

        self.init_ = np.atleast_1d(self.loss_.init(y, w))  # line 1: the best constant
        raw = np.tile(self.init_, (len(y), 1))  # (n, K)
        self.estimators_: list[tuple[Tree, ...]] = []
        self.train_score_, self.validation_score_ = [], []
        raw_held_out = np.tile(self.init_, (len(held_out[0]), 1)) if held_out else None
        for _ in range(n_estimators):
            trees = self._stage(data, y, raw, w * self._draw_rows(len(y), rng), limits, rng)
            self.estimators_.append(trees)
            _add_stage(raw, trees, X, learning_rate)  # line 6
            self.train_score_.append(self.loss_.value(y, _squeezed(raw), w))
            if held_out:
                _add_stage(raw_held_out, trees, held_out[0], learning_rate)
                self.validation_score_.append(
                    self.loss_.value(held_out[1], _squeezed(raw_held_out), held_out[2])
                )
                if _is_stale(self.validation_score_, patience):
                    break
        self.n_estimators_ = len(self.estimators_)
        self.train_score_, self.validation_score_ = map(np.array, (self.train_score_, self.validation_score_))
        self.feature_importances_ = normalised(
            sum(tree.importances(X.shape[1]) for trees in self.estimators_ for tree in trees)
        )

    def _hold_out(
        self, X: np.ndarray, y: np.ndarray, w: np.ndarray, stratify: bool, rng: np.random.RandomState
    ) -> tuple:
        """Return X, y, w of the training part and X, y, w of the held-out part."""
        fraction = as_fraction(self.validation_fraction, "validation_fraction")
        if fraction == 1:
            raise ValueError("`validation_fraction` must be above 0 and below 1, got 1.0")
        seed = rng.randint(N_SEEDS)
        parts = train_test_split(
            X, y, w, test_size=fraction, random_state=seed, stratify=y if stratify else None
        )
        return (*parts[::2], *parts[1::2])

    def _draw_rows(self, n: int, rng: np.random.RandomState) -> np.ndarray:
        """Return 1 for the rows of this stage, 0 for the others, (n,)."""
        fraction = as_fraction(self.subsample, "subsample")
        if fraction == 1:
            return np.ones(n)
        drawn = np.zeros(n)
        drawn[rng.permutation(n)[: max(1, int(fraction * n))]] = 1
        return drawn

    def _stage(
        self,
        data: BinnedData,
        y: np.ndarray,
        raw: np.ndarray,
        w: np.ndarray,
        limits: Limits,
        rng: np.random.RandomState,
    ) -> tuple[Tree, ...]:
        """Fit one tree for each column of F to the negative gradient, and put the best steps into its leaves."""
        F = _squeezed(raw)
        gradient = self.loss_.negative_gradient(y, F).reshape(raw.shape)  # line 3
        trees = []
        for k in range(raw.shape[1]):
            seed = rng.randint(N_SEEDS)
            tree, leaves = grow_with_rows(data, gradient[:, k], w, limits=limits, seed=seed)  # line 4
            value = np.zeros((tree.n_nodes, 1))
            which = {"k": k} if F.ndim == 2 else {}
            for leaf, rows in leaves:  # line 5
                value[leaf] = self.loss_.leaf_value(y[rows], F[rows], w[rows], **which)
            trees.append(replace(tree, value=value))
        return tuple(trees)

    def _staged_raw(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield F (n_samples, K) after each stage."""
        check_is_fitted(self)
        X = new_data(self, X)
        raw = np.tile(self.init_, (len(X), 1))
        for trees in self.estimators_:
            _add_stage(raw, trees, X, self.learning_rate)
            yield raw.copy()

    def _raw(self, X: ArrayLike) -> np.ndarray:
        """Return F (n_samples, K)."""
        check_is_fitted(self)
        X = new_data(self, X)
        raw = np.tile(self.init_, (len(X), 1))
        for trees in self.estimators_:
            _add_stage(raw, trees, X, self.learning_rate)
        return raw


def _squeezed(raw: np.ndarray) -> np.ndarray:
    """Return F as the losses want it: (n,) where it has one column."""
    return raw[:, 0] if raw.shape[1] == 1 else raw


def _add_stage(raw: np.ndarray, trees: tuple[Tree, ...], X: np.ndarray, learning_rate: float) -> None:
    """Add the shrunken predictions of one stage to F (n, K)."""
    for k, tree in enumerate(trees):
        raw[:, k] += learning_rate * tree.predict(X)[:, 0]


def _is_stale(scores: list[float], patience: int) -> bool:
    """Tell whether the best score is `patience` stages old."""
    return len(scores) - 1 - int(np.argmin(scores)) >= patience


class GradientBoostingRegressor(RegressorMixin, _GradientBoosting):
    """Minimise Σ w L(y, F(x)) over sums F = F₀ + ν Σ_m h_m of small trees, one after another.

    Each tree h_m is fitted to the negative gradient -∂L/∂F by least squares, then the value of each leaf is
    replaced by the constant that lowers the loss of its rows the most.

    Parameters
    ----------
    loss : {"squared_error", "absolute_error"}
        Leaves hold the mean or the median of the residuals.
    learning_rate : float in (0, 1]
        ν, by which every tree is shrunk.
    n_estimators : int
        Stages, at most.
    max_depth, max_leaf_nodes, min_samples_leaf
        As for DecisionTreeRegressor.
    subsample : float in (0, 1]
        Part of the rows drawn, without repetition, for each stage.
    validation_fraction : float in (0, 1)
        Part held out for early stopping.
    n_iter_no_change : int, optional
        Stop when the held-out loss has had no new minimum for so many stages; never, by default.
    random_state : int, RandomState or None
        Draws the rows, and what is held out.

    Attributes
    ----------
    init_ : ndarray of shape (1,)
        F₀, the mean or the median of y.
    estimators_ : list of 1-tuples of Tree
        The trees, before shrinkage.
    n_estimators_ : int
        Stages fitted: those after the best one are kept, as in scikit-learn.
    train_score_, validation_score_ : ndarray of shape (n_estimators_,)
        Mean loss after each stage on the training rows, drawn or not, and on the held-out ones (empty without
        early stopping). Lower is better.
    feature_importances_ : ndarray of shape (n_features,)
        Share of each feature in the decrease of the squared error of the gradients.
    loss_, n_features_in_, feature_names_in_

    Notes
    -----
    The gradient says in which rows F should rise, the leaf value by how much. For the squared loss both are
    the residuals, and with ν = 1 this is fitting residuals over and over. A row of weight 2 counts as two rows
    as long as subsample = 1 and nothing is held out.

    Cost O(n n_features max_depth) a stage. scikit-learn's HistGradientBoosting is the same algorithm with
    splits that use second derivatives, missing values, categories and threads.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] friedman2001greedy, algorithms 1 to 3; the draws are those of friedman2002stochastic.

    Examples
    --------
    >>> model = GradientBoostingRegressor(n_estimators=1, learning_rate=0.5, max_depth=1)
    >>> model.fit([[0], [1], [2]], [0.0, 0.0, 3.0]).predict([[0], [2]])  # 1 + 0.5 (-1), 1 + 0.5 (2)
    array([0.5, 2. ])
    """

    def __init__(
        self,
        *,
        loss: str = "squared_error",
        learning_rate: float = 0.1,
        n_estimators: int = 100,
        max_depth: int | None = 3,
        max_leaf_nodes: int | None = None,
        min_samples_leaf: int = 1,
        subsample: float = 1.0,
        validation_fraction: float = 0.1,
        n_iter_no_change: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            learning_rate=learning_rate,
            n_estimators=n_estimators,
            max_depth=max_depth,
            max_leaf_nodes=max_leaf_nodes,
            min_samples_leaf=min_samples_leaf,
            subsample=subsample,
            validation_fraction=validation_fraction,
            n_iter_no_change=n_iter_no_change,
            random_state=random_state,
        )
        self.loss = loss

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> GradientBoostingRegressor:
        """Fit the stages to X (n_samples, n_features) and targets y (n_samples,)."""
        self.loss_ = LOSSES[as_choice(self.loss, "loss", LOSSES)]()
        X, y = training_data(self, X, y, classes=False)
        self._boost(X, y, sample_weight, stratify=False)
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return F(x) (n_samples,)."""
        return self._raw(X)[:, 0]

    def staged_predict(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield F(x) (n_samples,) after each stage."""
        for raw in self._staged_raw(X):
            yield raw[:, 0]


class GradientBoostingClassifier(ClassifierMixin, _GradientBoosting):
    """Minimise minus the log-likelihood over log-odds F = F₀ + ν Σ_m h_m that are sums of small trees.

    Two classes need one tree a stage, K > 2 classes one for each class (softmax). A leaf holds one Newton step
    from the current log-odds.

    Parameters
    ----------
    learning_rate, n_estimators, max_depth, max_leaf_nodes, min_samples_leaf, subsample, validation_fraction, \
n_iter_no_change, random_state
        As for GradientBoostingRegressor.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    init_ : ndarray of shape (1,) or (n_classes,)
        F₀, the log-odds of the second of two classes, or the logarithms of the class frequencies.
    estimators_ : list of tuples of Tree
        One tuple a stage, one tree for each column of F.
    n_estimators_, train_score_, validation_score_, feature_importances_, loss_, n_features_in_, feature_names_in_
        As for GradientBoostingRegressor.

    Notes
    -----
    See GradientBoostingRegressor. A Newton step is cut at 20: where a leaf is already fitted perfectly, the
    second derivative vanishes.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] friedman2001greedy, algorithms 5 and 6.

    Examples
    --------
    >>> model = GradientBoostingClassifier(n_estimators=1, learning_rate=1.0)
    >>> model.fit([[0], [1], [2], [3]], ["a", "a", "b", "b"]).decision_function([[0], [3]])  # ±(1/2) / (1/4)
    array([-2.,  2.])
    """

    def fit(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> GradientBoostingClassifier:
        """Fit the stages to X (n_samples, n_features) and labels y (n_samples,)."""
        X, codes = training_data(self, X, y, classes=True)
        n_classes = len(self.classes_)
        if n_classes < 2:
            raise ValueError(f"`y` must hold at least 2 classes, got 1 class, {self.classes_[0]!r}")
        self.loss_ = LogisticLoss() if n_classes == 2 else SoftmaxLoss(n_classes=n_classes)
        self._boost(X, codes, sample_weight, stratify=True)
        return self

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return F(x): log-odds of the second class (n_samples,), or one column for each class."""
        return _squeezed(self._raw(X))

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probabilities of the classes (n_samples, n_classes)."""
        raw = self.decision_function(X)
        return self.loss_.probabilities(raw)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable class (n_samples,)."""
        p = self.predict_proba(X)
        return self.classes_[p.argmax(axis=1)]

    def staged_predict_proba(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the probabilities of the classes (n_samples, n_classes) after each stage."""
        for raw in self._staged_raw(X):
            yield self.loss_.probabilities(_squeezed(raw))

    def staged_predict(self, X: ArrayLike) -> Iterator[np.ndarray]:
        """Yield the most probable class (n_samples,) after each stage."""
        for probabilities in self.staged_predict_proba(X):
            yield self.classes_[probabilities.argmax(axis=1)]
