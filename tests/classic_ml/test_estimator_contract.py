"""Every estimator keeps scikit-learn's contract: all of check_estimator, nothing skipped, nothing expected to fail."""

import warnings

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
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import estimator_checks_generator

ESTIMATORS = [
    BaggingClassifier(n_estimators=10),
    BaggingRegressor(n_estimators=10),
    DecisionTreeClassifier(),
    DecisionTreeRegressor(),
    GradientBoostingClassifier(n_estimators=10),
    GradientBoostingRegressor(n_estimators=10),
    GradientBoostingRegressor(n_estimators=10, loss="absolute_error"),
    RandomForestClassifier(n_estimators=10),
    RandomForestRegressor(n_estimators=10),
]


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda estimator: repr(estimator))
def test_check_estimator_passes_all_of_it(estimator):
    for model, check in estimator_checks_generator(estimator):
        with warnings.catch_warnings():
            warnings.simplefilter("error", SkipTestWarning)
            check(model)
