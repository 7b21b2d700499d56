"""Every estimator of the library keeps scikit-learn's contract: all of its checks, nothing expected to fail."""

import importlib
import importlib.util
import os
import pickle
import pkgutil
import subprocess
import sys
import warnings

import pytest
import runmath
from runmath.classic_ml import (
    BaggingClassifier,
    BaggingRegressor,
    C45Classifier,
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    GaussianNB,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    ID3Classifier,
    KernelSVC,
    KMeans,
    KNeighborsClassifier,
    Lasso,
    LinearChainCRF,
    LinearRegression,
    LinearSVC,
    LogisticRegression,
    MultinomialNB,
    RandomForestClassifier,
    RandomForestRegressor,
    Ridge,
    SelfTrainingClassifier,
    SoftmaxRegression,
)
from runmath.core import ConvergenceWarning
from runmath.probability import (
    PCA,
    TSNE,
    ClassicalMDS,
    GaussianProcessRegressor,
    Isomap,
    Laplace,
    LinearDiscriminantAnalysis,
    MetricMDS,
    NeighbourhoodComponents,
    Polynomial,
    Whitening,
)
from sklearn.base import BaseEstimator
from sklearn.exceptions import SkipTestWarning
from sklearn.utils.estimator_checks import estimator_checks_generator

ESTIMATORS = [
    BaggingClassifier(n_estimators=10),
    BaggingRegressor(n_estimators=10),
    C45Classifier(),
    C45Classifier(criterion="gain", confidence=None, min_weight=1.0),
    ClassicalMDS(),
    DecisionTreeClassifier(),
    DecisionTreeClassifier(criterion="entropy"),
    DecisionTreeRegressor(),
    GaussianNB(),
    GaussianProcessRegressor(),
    GaussianProcessRegressor(Laplace()),
    GradientBoostingClassifier(n_estimators=10),
    GradientBoostingRegressor(n_estimators=10),
    GradientBoostingRegressor(n_estimators=10, loss="absolute_error"),
    ID3Classifier(),
    Isomap(),
    KernelSVC(),
    KernelSVC(kernel=Polynomial(3)),
    KMeans(n_clusters=3),
    KMeans(n_clusters=3, init="random", n_init=3),
    KNeighborsClassifier(),
    KNeighborsClassifier(n_neighbors=3, weights="distance"),
    Lasso(),
    LinearDiscriminantAnalysis(),
    LinearRegression(),
    LinearSVC(max_iter=100_000),
    LinearSVC(loss="squared_hinge"),
    LogisticRegression(),
    LogisticRegression(solver="lbfgs", tol=1e-7),
    MetricMDS(),
    MultinomialNB(),
    NeighbourhoodComponents(),
    NeighbourhoodComponents(1, init="pca"),
    PCA(),
    PCA(1),
    RandomForestClassifier(n_estimators=10),
    RandomForestRegressor(n_estimators=10),
    Ridge(),
    SelfTrainingClassifier(),
    SelfTrainingClassifier(GaussianNB(), threshold=0.9, max_iter=None),
    SoftmaxRegression(),
    SoftmaxRegression(solver="lbfgs", tol=1e-7),
    TSNE(max_iter=40),
    Whitening(shrinkage=0.1),
    Whitening(kind="principal", shrinkage=0.1),
]
OF_SEQUENCES = {LinearChainCRF}  # a sample is a table of its own, which no check of scikit-learn hands in
WITHOUT_PANDAS = {  # checks that scikit-learn leaves out where pandas is not installed
    "check_classifier_data_not_an_array",
    "check_regressor_data_not_an_array",
    "check_sample_weights_pandas_series",
}
ARRAY_API = (
    "check_array_api_input"  # SciPy reads its switch when it is imported: in a process of its own, below
)


def name_of(check):
    return getattr(check, "func", check).__name__


def public_estimators():
    """The classes that `runmath` and its packages export."""
    packages = [m.name for m in pkgutil.iter_modules(runmath.__path__, "runmath.")]
    for package in map(importlib.import_module, packages):
        for name in getattr(package, "__all__", []):
            thing = getattr(package, name)
            if isinstance(thing, type) and issubclass(thing, BaseEstimator):
                yield thing


def test_every_public_estimator_is_checked_here():
    assert set(public_estimators()) - OF_SEQUENCES == {type(estimator) for estimator in ESTIMATORS}


@pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
def test_check_estimator_passes_all_of_it(estimator):
    left_out = {ARRAY_API} | (set() if importlib.util.find_spec("pandas") else WITHOUT_PANDAS)
    checks = list(estimator_checks_generator(estimator))
    assert len(checks) > 35
    with warnings.catch_warnings():
        warnings.simplefilter("error", SkipTestWarning)
        # some checks hand in data that are far from scaled, stop after one step, or lie in distant clusters
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", ".*leaves the graph in .* parts")
        for model, check in checks:
            if name_of(check) not in left_out:
                check(model)


CHECK_ARRAY_API = f"""
import pickle, sys
from sklearn.utils.estimator_checks import estimator_checks_generator
for estimator in pickle.load(sys.stdin.buffer):
    for model, check in estimator_checks_generator(estimator):
        if getattr(check, "func", check).__name__ == {ARRAY_API!r}:
            check(model)
            print(repr(estimator))
"""


def test_check_estimator_passes_for_array_api_input():
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", CHECK_ARRAY_API],
        input=pickle.dumps(ESTIMATORS),
        capture_output=True,
        check=False,
        env=os.environ | {"SCIPY_ARRAY_API": "1"},
    )
    expected = "".join(f"{estimator!r}\n" for estimator in ESTIMATORS)
    assert result.stdout.decode() == expected, result.stderr.decode()
