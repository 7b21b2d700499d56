"""Gradient boosting: sequential fitting of residuals, staged predictions, early stopping, scikit-learn's accuracy."""

import numpy as np
import pytest
from runmath.classic_ml import (
    DecisionTreeRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    LogisticLoss,
)
from sklearn import ensemble as reference
from sklearn.datasets import load_diabetes, make_classification, make_friedman1
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, cross_val_score


def single_precision(X):
    return X.astype(np.float32).astype(float)  # scikit-learn's trees compare in single precision


@pytest.fixture(scope="module")
def regression():
    X, y = make_friedman1(250, 6, noise=1.0, random_state=0)
    return single_precision(X), y


@pytest.fixture(scope="module")
def classification():
    X, y = make_classification(250, 6, n_informative=4, n_redundant=0, flip_y=0.2, random_state=0)
    return single_precision(X), y


def test_squared_loss_is_sequential_residual_fitting(regression):
    X, y = regression
    model = GradientBoostingRegressor(n_estimators=20, learning_rate=0.3, max_depth=3).fit(X, y)
    F = np.full(len(y), y.mean())
    assert model.init_ == [y.mean()]
    for stage in model.staged_predict(X):
        F = F + 0.3 * DecisionTreeRegressor(max_depth=3).fit(X, y - F).predict(X)
        np.testing.assert_allclose(stage, F, rtol=1e-11)


def test_one_full_tree_at_rate_one_interpolates_and_leaves_nothing_to_fit(regression):
    X, y = regression
    model = GradientBoostingRegressor(n_estimators=3, learning_rate=1.0, max_depth=None).fit(X, y)
    np.testing.assert_allclose(next(model.staged_predict(X)), y, rtol=1e-12)
    assert max(np.abs(tree.value).max() for (tree,) in model.estimators_[1:]) < 1e-12


def test_regression_equals_scikit_learns_exact_boosting(regression):
    X, y = regression
    options = {"n_estimators": 15, "max_depth": 2, "learning_rate": 0.2}
    ours = GradientBoostingRegressor(**options).fit(X, y)
    theirs = reference.GradientBoostingRegressor(random_state=0, **options).fit(X, y)
    np.testing.assert_allclose(ours.predict(X), theirs.predict(X), rtol=1e-8)
    np.testing.assert_allclose(ours.train_score_, theirs.train_score_ / 2, rtol=1e-8)  # ours is ½ (y - F)²


@pytest.mark.parametrize(("n_classes", "n_estimators"), [(2, 15), (3, 5)])
def test_classification_equals_scikit_learns_exact_boosting(n_classes, n_estimators):
    """On 4000 rows of at most 255 values: with fewer rows many cuts have equal counts, and ties are broken at will."""
    X, y = make_classification(
        4000, 6, n_informative=4, n_redundant=0, n_classes=n_classes, flip_y=0.2, random_state=0
    )
    X, options = np.round(16 * X) / 16, {"n_estimators": n_estimators, "max_depth": 2, "learning_rate": 0.2}
    assert max(len(np.unique(x)) for x in X.T) <= 255
    ours = GradientBoostingClassifier(**options).fit(X, y)
    theirs = reference.GradientBoostingClassifier(random_state=0, **options).fit(X, y)
    if n_classes == 2:  # of more classes the raw predictions are known up to a constant only
        np.testing.assert_allclose(
            ours.decision_function(X), theirs.decision_function(X), rtol=1e-7, atol=1e-9
        )
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-7)
    assert {len(trees) for trees in ours.estimators_} == {1 if n_classes == 2 else 3}


def test_leaves_of_the_absolute_loss_hold_medians_of_residuals(regression):
    X, y = regression
    model = GradientBoostingRegressor(loss="absolute_error", n_estimators=2, learning_rate=1.0).fit(X, y)
    F = np.full(len(y), np.median(y))
    for (tree,), stage in zip(model.estimators_, model.staged_predict(X), strict=True):
        leaves = tree.apply(X)
        for leaf in np.unique(leaves):
            assert tree.value[leaf, 0] == pytest.approx(np.median((y - F)[leaves == leaf]), rel=1e-12)
        F = stage


@pytest.mark.parametrize("subsample", [1.0, 0.5])
def test_staged_predictions_end_at_the_prediction_and_start_near_the_base_value(classification, subsample):
    X, y = classification
    model = GradientBoostingClassifier(n_estimators=6, subsample=subsample, random_state=0).fit(X, y)
    staged = list(model.staged_predict_proba(X))
    assert len(staged) == 6
    np.testing.assert_array_equal(staged[-1], model.predict_proba(X))
    np.testing.assert_array_equal(list(model.staged_predict(X))[-1], model.predict(X))
    np.testing.assert_allclose([log_loss(y, p) for p in staged], model.train_score_, rtol=1e-12)
    assert model.init_[0] == pytest.approx(LogisticLoss().init(y))


def test_training_loss_falls_at_every_stage(regression, classification):
    for loss in ("squared_error", "absolute_error"):
        scores = GradientBoostingRegressor(loss=loss, n_estimators=50).fit(*regression).train_score_
        assert (np.diff(scores) <= 0).all()
    assert (np.diff(GradientBoostingClassifier(n_estimators=50).fit(*classification).train_score_) < 0).all()


@pytest.mark.parametrize(
    "model", [GradientBoostingRegressor(subsample=0.3), GradientBoostingClassifier(subsample=0.3)], ids=repr
)
def test_subsampling_uses_the_given_part_of_the_rows(model, classification):
    X, y = classification
    model.set_params(n_estimators=5, random_state=0).fit(X, y)
    assert {tree.n_samples[0] for trees in model.estimators_ for tree in trees} == {75}
    first = [trees[0].threshold[0] for trees in model.estimators_]
    assert len(set(first)) > 1
    np.testing.assert_array_equal(first, [trees[0].threshold[0] for trees in model.fit(X, y).estimators_])


def test_rows_of_weight_zero_are_never_drawn(classification):
    X, y = classification
    w = np.zeros(250)
    w[:20] = 1
    model = GradientBoostingRegressor(n_estimators=40, subsample=0.1, random_state=0).fit(X, y, w)
    assert {tree.n_samples[0] for (tree,) in model.estimators_} == {2}


@pytest.mark.parametrize("estimator", [GradientBoostingRegressor, GradientBoostingClassifier])
def test_early_stopping_ends_when_the_held_out_loss_has_no_new_minimum(estimator):
    X, y = make_classification(400, 6, n_informative=4, n_redundant=0, flip_y=0.4, random_state=0)
    model = estimator(
        n_estimators=500, learning_rate=0.5, n_iter_no_change=5, validation_fraction=0.25, random_state=0
    ).fit(X, y)
    scores = model.validation_score_
    assert model.n_estimators_ == len(scores) == len(model.train_score_) == len(model.estimators_) < 500
    assert scores.argmin() == len(scores) - 1 - 5
    assert all(tree.n_samples[0] == 300 for trees in model.estimators_ for tree in trees)


def test_without_early_stopping_all_stages_are_fitted_and_nothing_is_held_out(regression):
    model = GradientBoostingRegressor(n_estimators=7).fit(*regression)
    assert (model.n_estimators_, len(model.train_score_), len(model.validation_score_)) == (7, 7, 0)
    assert model.estimators_[0][0].n_samples[0] == 250


def test_weight_k_is_the_same_as_k_rows_and_weight_zero_as_none(regression, classification):
    rng = np.random.default_rng(0)
    for model, (X, y) in (
        (GradientBoostingRegressor(n_estimators=10), regression),
        (GradientBoostingRegressor(n_estimators=10, loss="absolute_error"), regression),
        (GradientBoostingClassifier(n_estimators=10), classification),
    ):
        w = rng.integers(0, 3, len(y))
        weighted = model.fit(X, y, w).predict(X)
        np.testing.assert_allclose(
            weighted, model.fit(X.repeat(w, axis=0), y.repeat(w)).predict(X), rtol=1e-9
        )


def test_importances_sum_to_one_and_find_the_informative_features(regression):
    importances = GradientBoostingRegressor().fit(*regression).feature_importances_
    assert importances.sum() == pytest.approx(1, rel=1e-12)
    assert importances.argmin() == 5  # friedman1 does not use it
    assert GradientBoostingRegressor(n_estimators=2).fit([[1.0], [1.0]], [0.0, 1.0]).feature_importances_ == [
        0.0
    ]


def test_a_target_far_from_zero_is_not_forgotten():
    model = GradientBoostingRegressor(n_estimators=1).fit([[0.0], [1.0]], [1e6, 1e6 + 2])
    np.testing.assert_allclose(model.predict([[0.0], [1.0]]), [1e6 + 0.9, 1e6 + 1.1], rtol=1e-15)


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error"])
def test_regression_is_as_accurate_as_scikit_learns_histograms(loss):
    X, y = load_diabetes(return_X_y=True)
    folds = KFold(5, shuffle=True, random_state=0)
    ours = GradientBoostingRegressor(loss=loss, n_estimators=60, max_depth=3, min_samples_leaf=20)
    theirs = reference.HistGradientBoostingRegressor(
        loss=loss, max_iter=60, max_depth=3, early_stopping=False, random_state=0
    )
    a, b = (cross_val_score(model, X, y, cv=folds) for model in (ours, theirs))
    assert abs(a.mean() - b.mean()) < b.std(ddof=1) / np.sqrt(5)


def test_classification_is_as_accurate_as_scikit_learns_histograms():
    X, y = make_classification(2000, 20, n_informative=8, random_state=0)
    ours = GradientBoostingClassifier(n_estimators=40, max_depth=None, max_leaf_nodes=31, min_samples_leaf=20)
    theirs = reference.HistGradientBoostingClassifier(max_iter=40, early_stopping=False)
    a, b = (cross_val_score(model, X, y, cv=5) for model in (ours, theirs))
    assert abs(a.mean() - b.mean()) < b.std(ddof=1) / np.sqrt(5)
