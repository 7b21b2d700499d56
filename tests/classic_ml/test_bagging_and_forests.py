"""Bagging and random forests: averages over bootstrap samples, out-of-bag predictions, importances."""

import numpy as np
import pytest
from runmath.classic_ml import (
    BaggingClassifier,
    BaggingRegressor,
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from runmath.classic_ml.ensembles.oob import bootstrap_rows, out_of_bag
from sklearn import ensemble as reference
from sklearn.datasets import load_breast_cancer, load_diabetes, make_classification, make_friedman1
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC


@pytest.fixture(scope="module")
def classification():
    return make_classification(300, 8, n_informative=5, n_classes=3, flip_y=0.1, random_state=0)


@pytest.fixture(scope="module")
def regression():
    return make_friedman1(300, 8, noise=1.0, random_state=0)


def test_a_bag_leaves_out_one_row_in_e():
    rng, n = np.random.RandomState(0), 1000
    shares = [len(out_of_bag(bootstrap_rows(rng, n, n, True), n)) / n for _ in range(400)]
    p = (1 - 1 / n) ** n
    deviation = np.sqrt((p * (1 - p) / n + (1 - 1 / n) * ((1 - 2 / n) ** n - p**2)) / 400)
    assert abs(np.mean(shares) - p) < 4 * deviation
    assert abs(p - np.exp(-1)) < 1 / n


def test_bagging_is_the_average_of_its_models(classification, regression):
    X, y = classification
    model = BaggingClassifier(n_estimators=4, random_state=0).fit(X, y)
    expected = np.mean([tree.predict_proba(X) for tree in model.estimators_], axis=0)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-15)
    X, y = regression
    model = BaggingRegressor(n_estimators=4, random_state=0).fit(X, y)
    np.testing.assert_allclose(
        model.predict(X), np.mean([t.predict(X) for t in model.estimators_], axis=0), rtol=1e-14
    )


def test_every_model_of_a_bagging_has_seen_its_bag_and_no_other_row(regression):
    X, y = regression
    model = BaggingRegressor(n_estimators=3, random_state=0).fit(X, y)
    for tree, rows in zip(model.estimators_, model.estimators_samples_, strict=True):
        np.testing.assert_allclose(tree.predict(X[rows]), y[rows], rtol=1e-12)
        unseen = out_of_bag(rows, len(X))
        assert np.abs(tree.predict(X[unseen]) - y[unseen]).min() > 0


def test_out_of_bag_predictions_average_the_models_that_have_not_seen_a_row(regression):
    X, y = regression
    model = BaggingRegressor(n_estimators=30, oob_score=True, random_state=0).fit(X, y)
    for i in (0, 17, 299):
        pairs = zip(model.estimators_, model.estimators_samples_, strict=True)
        answers = [tree.predict(X[[i]])[0] for tree, rows in pairs if i not in rows]
        assert model.oob_prediction_[i] == pytest.approx(np.mean(answers), rel=1e-13)
    expected = 1 - np.sum((y - model.oob_prediction_) ** 2) / np.sum((y - y.mean()) ** 2)
    assert model.oob_score_ == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("estimator", [BaggingClassifier, RandomForestClassifier])
def test_out_of_bag_accuracy_estimates_the_accuracy_on_new_data(estimator):
    X, y = make_classification(3000, 8, n_informative=5, flip_y=0.1, random_state=0)
    model = estimator(n_estimators=40, oob_score=True, random_state=0).fit(X[:1000], y[:1000])
    new = model.score(X[1000:], y[1000:])
    deviation = np.sqrt(new * (1 - new) * (1 / 1000 + 1 / 2000))
    assert abs(model.oob_score_ - new) < 4 * deviation
    assert model.score(X[:1000], y[:1000]) - new > 4 * deviation  # the training accuracy does not
    np.testing.assert_allclose(model.oob_decision_function_.sum(axis=1), 1, rtol=1e-12)


@pytest.mark.parametrize(
    "model",
    [
        BaggingClassifier(n_estimators=1, oob_score=True),
        BaggingRegressor(n_estimators=1, oob_score=True),
        RandomForestClassifier(n_estimators=1, oob_score=True),
        RandomForestRegressor(n_estimators=1, oob_score=True),
    ],
    ids=repr,
)
def test_rows_in_every_bag_have_no_out_of_bag_prediction_and_that_is_said(model, classification):
    X, y = classification
    with pytest.warns(UserWarning, match=r"rows are in every bag .* raise `n_estimators`"):
        model.set_params(random_state=0).fit(X, y)
    answers = getattr(model, "oob_prediction_", None)
    answers = model.oob_decision_function_[:, 0] if answers is None else answers
    assert 0.5 < np.isnan(answers).mean() < 0.75
    assert np.isfinite(model.oob_score_)


def test_bagging_takes_any_estimator_and_maps_the_classes_of_each_bag(classification, regression):
    X, y = classification
    labels = np.array(["red", "green", "blue"])[y]
    for estimator in (LogisticRegression(), LinearSVC(), DecisionTreeClassifier(max_depth=2)):
        model = BaggingClassifier(estimator, n_estimators=5, random_state=0).fit(X, labels)
        assert model.score(X, labels) > 0.5
        np.testing.assert_allclose(model.predict_proba(X).sum(axis=1), 1, rtol=1e-12)
    one_each = BaggingClassifier(n_estimators=20, max_samples=1, random_state=0).fit(X, labels)
    drawn = labels[
        np.concatenate(one_each.estimators_samples_)
    ]  # each tree knows one class and answers with it
    expected = [np.mean(drawn == label) for label in one_each.classes_]
    np.testing.assert_allclose(one_each.predict_proba(X[:2]), [expected, expected], rtol=1e-12)
    X, y = regression
    assert BaggingRegressor(LinearRegression(), n_estimators=5, random_state=0).fit(X, y).score(X, y) > 0.5


def test_without_bootstrap_a_bagging_of_all_rows_is_one_model(regression):
    X, y = regression
    model = BaggingRegressor(
        DecisionTreeRegressor(max_depth=4), n_estimators=3, bootstrap=False, random_state=0
    )
    expected = DecisionTreeRegressor(max_depth=4).fit(X, y).predict(X)
    np.testing.assert_allclose(model.fit(X, y).predict(X), expected, rtol=1e-9)
    half = model.set_params(max_samples=0.5).fit(X, y)
    assert [len(set(rows)) for rows in half.estimators_samples_] == [150] * 3


def test_models_of_a_bagging_get_seeds_of_their_own_also_inside_a_pipeline(regression):
    X, y = regression
    for model in (
        DecisionTreeRegressor(max_features=1),
        make_pipeline(DecisionTreeRegressor(max_features=1)),
    ):
        bagging = BaggingRegressor(model, n_estimators=3, bootstrap=False, random_state=0)
        trees = [getattr(m, "steps", [(0, m)])[-1][1] for m in bagging.fit(X, y).estimators_]
        assert len({tree.tree_.threshold[0] for tree in trees}) > 1
        expected = bagging.predict(X + 0.1)
        np.testing.assert_array_equal(bagging.fit(X, y).predict(X + 0.1), expected)


def test_a_forest_with_all_features_is_bagging():
    """Same law, other draws: both errors agree within four standard errors over repetitions."""
    X, y = make_friedman1(400, 5, noise=1.0, random_state=0)
    errors = np.array(
        [
            [
                np.mean((model.fit(X[:200], y[:200]).predict(X[200:]) - y[200:]) ** 2)
                for model in (
                    RandomForestRegressor(n_estimators=10, max_features=None, random_state=seed),
                    BaggingRegressor(n_estimators=10, random_state=seed + 1000),
                )
            ]
            for seed in range(25)
        ]
    )
    difference = errors[:, 0] - errors[:, 1]
    assert abs(difference.mean()) < 4 * difference.std(ddof=1) / np.sqrt(25)


def test_a_forest_without_bootstrap_and_with_all_features_is_one_tree(classification):
    X, y = classification
    model = RandomForestClassifier(n_estimators=3, bootstrap=False, max_features=None).fit(X, y)
    tree = DecisionTreeClassifier().fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X), tree.predict_proba(X), rtol=1e-14)


@pytest.mark.parametrize("estimator", [RandomForestClassifier, RandomForestRegressor])
def test_threads_grow_the_same_forest(estimator, classification):
    X, y = classification
    one, two = (
        estimator(n_estimators=8, oob_score=True, random_state=0, n_jobs=n_jobs)
        .set_params(n_estimators=30)
        .fit(X, y)
        for n_jobs in (1, 2)
    )
    assert one.oob_score_ == two.oob_score_
    for a, b in zip(one.estimators_, two.estimators_, strict=True):
        np.testing.assert_array_equal(a.threshold, b.threshold)


def test_forest_importances_average_the_trees_and_sum_to_one(regression):
    X, y = regression
    model = RandomForestRegressor(n_estimators=10, random_state=0).fit(X, y)
    shares = np.array([tree.importances(8) / tree.impurity_decrease.sum() for tree in model.estimators_])
    np.testing.assert_allclose(model.feature_importances_, shares.mean(axis=0), rtol=1e-12)
    assert model.feature_importances_.sum() == pytest.approx(1, rel=1e-12)
    assert set(np.argsort(model.feature_importances_)[-5:]) == set(range(5))  # friedman1 uses these


def test_variance_falls_with_the_number_of_trees_towards_that_of_correlated_models():
    """Var of the mean of B trees is ρ σ² + (1 - ρ) σ² / B."""
    X, y = make_friedman1(100, 5, noise=1.0, random_state=0)
    x = np.full((1, 5), 0.5)
    alone = [
        RandomForestRegressor(n_estimators=1, random_state=seed).fit(X, y).predict(x)[0]
        for seed in range(150)
    ]
    many = [
        RandomForestRegressor(n_estimators=8, random_state=seed).fit(X, y).predict(x)[0]
        for seed in range(150)
    ]  # one training set: given the data the trees are independent, so ρ = 0
    ratio = np.var(many, ddof=1) / np.var(alone, ddof=1) * 8
    assert abs(ratio - 1) < 4 * np.sqrt(4 / 150)


@pytest.mark.parametrize(
    ("ours", "theirs", "load"),
    [
        (
            RandomForestClassifier(n_estimators=60, random_state=0),
            reference.RandomForestClassifier(n_estimators=60, random_state=0),
            load_breast_cancer,
        ),
        (
            RandomForestRegressor(n_estimators=60, random_state=0),
            reference.RandomForestRegressor(n_estimators=60, max_features=1 / 3, random_state=0),
            load_diabetes,
        ),
        (
            BaggingRegressor(n_estimators=30, random_state=0),
            reference.BaggingRegressor(n_estimators=30, random_state=0),
            load_diabetes,
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_ensembles_are_as_accurate_as_scikit_learns(ours, theirs, load):
    X, y = load(return_X_y=True)
    folds = KFold(5, shuffle=True, random_state=0)
    a, b = (cross_val_score(model, X, y, cv=folds) for model in (ours, theirs))
    assert abs(a.mean() - b.mean()) < b.std(ddof=1) / np.sqrt(5)
