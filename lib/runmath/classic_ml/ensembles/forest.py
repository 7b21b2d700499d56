"""Random forests: bagged trees that see a random choice of features at every split."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from joblib import effective_n_jobs
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import accuracy_score, r2_score
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.ensembles.oob import average_out_of_bag, bootstrap_rows
from runmath.classic_ml.trees.checks import N_SEEDS, new_data, random_state, training_data
from runmath.classic_ml.trees.decision_tree import limits_of, normalised
from runmath.classic_ml.trees.tree import BinnedData, Tree, grow_tree
from runmath.core import as_integer


class _RandomForest(BaseEstimator):
    """What both kinds share: growing the trees, averaging them."""

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        max_features: int | float | str | None = "sqrt",
        max_depth: int | None = None,
        max_leaf_nodes: int | None = None,
        min_samples_leaf: int = 1,
        bootstrap: bool = True,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_features = max_features
        self.max_depth = max_depth
        self.max_leaf_nodes = max_leaf_nodes
        self.min_samples_leaf = min_samples_leaf
        self.bootstrap = bootstrap
        self.oob_score = oob_score
        self.n_jobs = n_jobs
        self.random_state = random_state

    def _grow(self, X: np.ndarray, y: np.ndarray, **target: object) -> np.ndarray | None:
        """Grow the trees on X (n, n_features) and y (n,), binned once for all; return out-of-bag predictions."""
        if self.oob_score and not self.bootstrap:
            raise ValueError("`oob_score` needs rows outside the bags, got bootstrap=False")
        n_estimators = as_integer(self.n_estimators, "n_estimators")
        limits, data = limits_of(self, X.shape[1]), BinnedData.of(X)

        def grow(seed: int) -> tuple[Tree, np.ndarray]:
            """Return one tree and the rows it has not seen."""
            rng = np.random.RandomState(seed)
            rows = bootstrap_rows(rng, len(X), len(X), self.bootstrap)
            w = np.bincount(rows, minlength=len(X))  # a row drawn k times has weight k
            tree = grow_tree(data, y, sample_weight=w, limits=limits, seed=rng.randint(N_SEEDS), **target)
            return tree, np.flatnonzero(w == 0)

        seeds = random_state(self.random_state).randint(N_SEEDS, size=n_estimators)
        with ThreadPoolExecutor(effective_n_jobs(self.n_jobs)) as threads:  # the kernels release the lock
            grown = list(threads.map(grow, seeds))
        self.estimators_: list[Tree] = [tree for tree, _ in grown]
        shares = [normalised(tree.importances(X.shape[1])) for tree in self.estimators_]
        self.feature_importances_ = normalised(np.sum(shares, axis=0))
        if not self.oob_score:
            return None
        total, count = np.zeros((len(X), self.estimators_[0].value.shape[1])), np.zeros(len(X))
        for tree, unseen in grown:
            total[unseen] += tree.predict(X[unseen])
            count[unseen] += 1
        return average_out_of_bag(total, count)

    def _average(self, X: ArrayLike) -> np.ndarray:
        """Return the mean value (n_samples, k) of the leaves of X."""
        check_is_fitted(self)
        X = new_data(self, X)
        total = np.zeros((len(X), self.estimators_[0].value.shape[1]))
        for tree in self.estimators_:
            tree.add_to(total, X)
        return total / len(self.estimators_)


class RandomForestClassifier(ClassifierMixin, _RandomForest):
    """Average the class frequencies of trees grown on bootstrap samples and random features.

    Parameters
    ----------
    n_estimators : int
        Number of trees.
    max_features : int, float, {"sqrt", "log2"} or None
        Features drawn anew at every split: how many, or which part of them; None takes all, which is bagging.
    max_depth, max_leaf_nodes, min_samples_leaf
        As for DecisionTreeClassifier.
    bootstrap : bool
        Whether each tree sees n rows drawn with repetition, or all rows.
    oob_score : bool
        Whether to predict each row by the trees that have not seen it.
    n_jobs : int, optional
        Trees grown at a time, in threads: 1 by default, -1 for one a processor. The forest is the same.
    random_state : int, RandomState or None
        Draws rows and features.

    Attributes
    ----------
    estimators_ : list of Tree
    classes_ : ndarray of shape (n_classes,)
    feature_importances_ : ndarray of shape (n_features,)
        Mean over the trees of each feature's share in the decrease of impurity; sums to 1.
    oob_decision_function_ : ndarray of shape (n_samples, n_classes)
        Out-of-bag frequencies; NaN for rows that every tree has seen.
    oob_score_ : float
        Accuracy of the out-of-bag predictions.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    Features are binned once, as for DecisionTreeClassifier, and rows drawn k times get weight k;
    `min_samples_leaf` counts each of them once. Sample weights are not taken: see BaggingClassifier.
    scikit-learn's forest looks at all values instead of 255 bins.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] breiman2001random.

    Examples
    --------
    >>> model = RandomForestClassifier(n_estimators=5, random_state=0)
    >>> model.fit([[0], [1], [8], [9]], list("aabb")).predict([[-1], [10]])
    array(['a', 'b'], dtype='<U1')
    """

    def fit(self, X: ArrayLike, y: ArrayLike) -> RandomForestClassifier:
        """Grow the trees on X (n_samples, n_features) and labels y (n_samples,)."""
        X, codes = training_data(self, X, y, classes=True)
        oob = self._grow(X, codes, criterion="gini", n_classes=len(self.classes_))
        if self.oob_score:
            self.oob_decision_function_, known = oob, ~np.isnan(oob[:, 0])
            self.oob_score_ = accuracy_score(codes[known], oob[known].argmax(axis=1))
        return self

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the mean class frequencies (n_samples, n_classes) of the leaves of X."""
        return self._average(X)

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the class (n_samples,) of the largest mean frequency."""
        p = self.predict_proba(X)
        return self.classes_[p.argmax(axis=1)]


class RandomForestRegressor(RegressorMixin, _RandomForest):
    """Average the leaf means of trees grown on bootstrap samples and random features.

    Parameters
    ----------
    n_estimators, max_features, max_depth, max_leaf_nodes, min_samples_leaf, bootstrap, oob_score, n_jobs, \
random_state
        As for RandomForestClassifier; by default a third of the features is drawn at each split.

    Attributes
    ----------
    estimators_ : list of Tree
    feature_importances_ : ndarray of shape (n_features,)
        Mean over the trees of each feature's share in the decrease of the squared error; sums to 1.
    oob_prediction_ : ndarray of shape (n_samples,)
        Out-of-bag predictions; NaN for rows that every tree has seen.
    oob_score_ : float
        Coefficient of determination R² of the out-of-bag predictions.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    See RandomForestClassifier. scikit-learn's default takes all features at each split, which is bagging;
    a third of them is Breiman's advice for regression.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] breiman2001random.

    Examples
    --------
    >>> model = RandomForestRegressor(n_estimators=5, random_state=0).fit([[0], [1], [8], [9]], [2, 2, 2, 2])
    >>> model.predict([[4]])
    array([2.])
    """

    def __init__(
        self,
        *,
        n_estimators: int = 100,
        max_features: int | float | str | None = 1 / 3,
        max_depth: int | None = None,
        max_leaf_nodes: int | None = None,
        min_samples_leaf: int = 1,
        bootstrap: bool = True,
        oob_score: bool = False,
        n_jobs: int | None = None,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        super().__init__(
            n_estimators=n_estimators,
            max_features=max_features,
            max_depth=max_depth,
            max_leaf_nodes=max_leaf_nodes,
            min_samples_leaf=min_samples_leaf,
            bootstrap=bootstrap,
            oob_score=oob_score,
            n_jobs=n_jobs,
            random_state=random_state,
        )

    def fit(self, X: ArrayLike, y: ArrayLike) -> RandomForestRegressor:
        """Grow the trees on X (n_samples, n_features) and targets y (n_samples,)."""
        X, y = training_data(self, X, y, classes=False)
        oob = self._grow(X, y)
        if self.oob_score:
            self.oob_prediction_, known = oob[:, 0], ~np.isnan(oob[:, 0])
            self.oob_score_ = r2_score(y[known], oob[known, 0])
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the mean prediction (n_samples,) of the trees."""
        return self._average(X)[:, 0]
