"""Trees and ensembles are fitted again, pickled, cloned, searched over and validated as scikit-learn's are."""

import pickle

import numpy as np
import pytest
from runmath.classic_ml import (
    BaggingClassifier,
    BaggingRegressor,
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.base import clone
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ESTIMATORS = [
    BaggingClassifier(n_estimators=10),
    BaggingRegressor(n_estimators=10),
    DecisionTreeClassifier(),
    DecisionTreeClassifier(criterion="entropy"),
    DecisionTreeRegressor(),
    GradientBoostingClassifier(n_estimators=10),
    GradientBoostingRegressor(n_estimators=10),
    GradientBoostingRegressor(n_estimators=10, loss="absolute_error"),
    RandomForestClassifier(n_estimators=10),
    RandomForestRegressor(n_estimators=10),
]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


def data_for(estimator, n=120):
    make = make_classification if hasattr(estimator, "predict_proba") else make_regression
    return make(n, 5, n_informative=3, random_state=0)


@every_estimator
def test_fitting_twice_equals_fitting_once(estimator):
    X, y = data_for(estimator)
    model = clone(estimator).set_params(random_state=3)
    once = model.fit(X, y).predict(X)
    model.fit(X[:30, :3], y[:30])
    np.testing.assert_array_equal(model.fit(X, y).predict(X), once)


@every_estimator
def test_pickle_and_clone_predict_the_same(estimator):
    X, y = data_for(estimator)
    model = clone(estimator).set_params(random_state=3).fit(X, y)
    expected = model.predict(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), expected)
    np.testing.assert_array_equal(clone(model).fit(X, y).predict(X), expected)
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


@every_estimator
def test_pipeline_grid_search_and_cross_validation_work(estimator):
    X, y = data_for(estimator)
    model = clone(estimator).set_params(random_state=3)
    if hasattr(model, "n_estimators"):
        model.set_params(n_estimators=3)
    pipeline = make_pipeline(StandardScaler(), model)
    # a tree does not see a strictly increasing change of a feature (values that are not halfway may fall otherwise)
    np.testing.assert_allclose(
        pipeline.fit(X, y).predict(X), model.fit(X, y).predict(X), rtol=1e-9, atol=1e-9
    )
    if "max_depth" in model.get_params():
        step = model.__class__.__name__.lower()
        search = GridSearchCV(pipeline, {f"{step}__max_depth": [1, 4]}, cv=3).fit(X, y)
        assert search.best_params_[f"{step}__max_depth"] in (1, 4)
    scores = cross_val_score(model, X, y, cv=3)
    assert scores.shape == (3,)
    assert (scores > 0).all()


@every_estimator
def test_missing_values_are_refused(estimator):
    X, y = data_for(estimator)
    X[0, 0] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        clone(estimator).fit(X, y)
    X[0, 0] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        clone(estimator).fit(X, y)


@every_estimator
def test_the_global_random_state_is_not_touched(estimator):
    X, y = data_for(estimator)
    clone(estimator).fit(X, y)
    before = np.random.mtrand._rand.get_state(legacy=False)["state"]
    clone(estimator).fit(X, y)
    after = np.random.mtrand._rand.get_state(legacy=False)["state"]
    assert after["pos"] == before["pos"]
    np.testing.assert_array_equal(after["key"], before["key"])


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (
            DecisionTreeClassifier(criterion="mse"),
            ValueError,
            "`criterion` must be one of 'gini', 'entropy', got 'mse'",
        ),
        (DecisionTreeRegressor(max_depth=0), ValueError, "`max_depth` must be at least 1, got 0"),
        (DecisionTreeRegressor(max_depth=2.0), TypeError, "`max_depth` must be an integer, got 2.0"),
        (DecisionTreeRegressor(max_leaf_nodes=1), ValueError, "`max_leaf_nodes` must be at least 2, got 1"),
        (DecisionTreeRegressor(min_samples_leaf=0), ValueError, "`min_samples_leaf` must be at least 1"),
        (DecisionTreeRegressor(max_features=6), ValueError, "`max_features` must be between 1 and 5, got 6"),
        (DecisionTreeRegressor(max_features=1.5), ValueError, "`max_features` must be above 0 and at most 1"),
        (
            DecisionTreeRegressor(max_features="auto"),
            ValueError,
            "`max_features` must be one of 'sqrt', 'log2'",
        ),
        (RandomForestClassifier(n_estimators=0), ValueError, "`n_estimators` must be at least 1, got 0"),
        (
            RandomForestRegressor(oob_score=True, bootstrap=False),
            ValueError,
            "`oob_score` needs rows outside",
        ),
        (BaggingRegressor(oob_score=True, bootstrap=False), ValueError, "`oob_score` needs rows outside"),
        (BaggingClassifier(max_samples=500), ValueError, "`max_samples` must be between 1 and 120, got 500"),
        (BaggingClassifier(max_samples=0.0), ValueError, "`max_samples` must be above 0"),
        (GradientBoostingRegressor(loss="huber"), ValueError, "`loss` must be one of 'squared_error'"),
        (GradientBoostingRegressor(learning_rate=0), ValueError, "`learning_rate` must be above 0"),
        (
            GradientBoostingRegressor(subsample="half"),
            TypeError,
            "`subsample` must be a real number, got 'half'",
        ),
        (GradientBoostingRegressor(n_iter_no_change=0), ValueError, "`n_iter_no_change` must be at least 1"),
        (
            GradientBoostingRegressor(n_iter_no_change=2, validation_fraction=1.0),
            ValueError,
            "`validation_fraction` must be above 0 and below 1, got 1.0",
        ),
    ],
    ids=repr,
)
def test_bad_parameters_are_named(estimator, error, message):
    X, y = data_for(estimator)
    with pytest.raises(error, match=message):
        estimator.fit(X, y)


def test_boosting_needs_two_classes():
    with pytest.raises(ValueError, match="`y` must hold at least 2 classes, got 1 class"):
        GradientBoostingClassifier().fit([[0.0], [1.0]], [1, 1])


@pytest.mark.parametrize(
    "model", [DecisionTreeClassifier(), GradientBoostingRegressor(n_estimators=2)], ids=repr
)
def test_weights_must_be_non_negative_and_not_all_zero(model):
    X, y = [[0.0], [1.0]], [0, 1]
    with pytest.raises(ValueError, match=r"[Nn]egative"):
        model.fit(X, y, sample_weight=[1, -1])
    with pytest.raises(ValueError, match="zero"):
        model.fit(X, y, sample_weight=[0, 0])
