"""Every linear model keeps scikit-learn's contract: all of check_estimator, nothing expected to fail."""

import importlib.util
import os
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
from runmath.classic_ml import Lasso, LinearRegression, LogisticRegression, Ridge, SoftmaxRegression
from sklearn.base import clone, is_classifier
from sklearn.datasets import make_classification, make_regression
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

ESTIMATORS = [
    LinearRegression(),
    Ridge(),
    Lasso(),
    LogisticRegression(),
    LogisticRegression(solver="lbfgs", tol=1e-7),
    SoftmaxRegression(),
    SoftmaxRegression(solver="lbfgs", tol=1e-7),
]
WITHOUT_PANDAS = {  # checks that scikit-learn leaves out where pandas is not installed
    "check_sample_weights_pandas_series",
    "check_classifier_data_not_an_array",
    "check_regressor_data_not_an_array",
}
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


def name_of(check):
    return getattr(check, "func", check).__name__


@every_estimator
def test_check_estimator_passes_all_of_it(estimator):
    """Array API input is checked in a process of its own, below: SciPy reads the switch when it is imported."""
    left_out = {"check_array_api_input"}
    if importlib.util.find_spec("pandas") is None:
        left_out |= WITHOUT_PANDAS
    checks = list(estimator_checks_generator(estimator))
    assert len(checks) > 45
    with warnings.catch_warnings():
        warnings.simplefilter("error", SkipTestWarning)
        for model, check in checks:
            if name_of(check) not in left_out:
                check(model)


ARRAY_API = """
import sys
sys.path.insert(0, sys.argv[1])
from test_linear_models_contract import ESTIMATORS, name_of
from sklearn.utils.estimator_checks import estimator_checks_generator
for estimator in ESTIMATORS:
    checks = [(m, c) for m, c in estimator_checks_generator(estimator) if name_of(c) == "check_array_api_input"]
    assert len(checks) == 1
    checks[0][1](checks[0][0])
print("all passed")
"""


def test_check_estimator_passes_for_array_api_input():
    command = [sys.executable, "-c", ARRAY_API, os.path.dirname(__file__)]
    environment = os.environ | {"SCIPY_ARRAY_API": "1"}
    result = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert result.stdout == "all passed\n", result.stderr


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
