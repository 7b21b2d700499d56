"""Linear models are fitted again, pickled, cloned, searched over and validated as scikit-learn's are."""

import pickle

import numpy as np
import pytest
from runmath.classic_ml import Lasso, LinearRegression, LogisticRegression, Ridge, SoftmaxRegression
from sklearn.base import clone, is_classifier
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ESTIMATORS = [
    LinearRegression(),
    Ridge(),
    Lasso(),
    LogisticRegression(),
    LogisticRegression(solver="lbfgs", tol=1e-7),
    SoftmaxRegression(),
    SoftmaxRegression(solver="lbfgs", tol=1e-7),
]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


@every_estimator
def test_fit_again_pickle_and_clone_predict_the_same(estimator):
    make = make_classification if is_classifier(estimator) else make_regression
    X, y = make(120, 5, n_informative=3, random_state=0)
    model = clone(estimator)
    expected = model.fit(X, y).predict(X)
    model.fit(X[:30, :3], y[:30])
    np.testing.assert_array_equal(model.fit(X, y).predict(X), expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), expected)
    with pytest.raises(NotFittedError):
        clone(model).predict(X)
    pipeline = make_pipeline(StandardScaler(), model)
    assert (cross_val_score(pipeline, X, y, cv=3) > 0.5).all()
    if "alpha" in model.get_params():
        search = GridSearchCV(pipeline, {f"{type(model).__name__.lower()}__alpha": [0.1, 1e3]}, cv=3)
        assert 0.1 in search.fit(X, y).best_params_.values()
