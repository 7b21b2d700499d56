"""Permutation importance and the measured decomposition of the error."""

import numpy as np
import pytest
from runmath.classic_ml import (
    DecisionTreeRegressor,
    RandomForestRegressor,
    bias_variance,
    permutation_importance,
)
from sklearn.dummy import DummyRegressor
from sklearn.exceptions import NotFittedError
from sklearn.inspection import permutation_importance as reference
from sklearn.linear_model import LinearRegression


@pytest.fixture(scope="module")
def linear():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 4))
    return X, X @ [2.0, 1.0, 0.5, 0.0]


def test_importance_in_a_linear_model_is_twice_the_share_of_the_variance(linear):
    """Shuffling adds 2 Var(x_j) β_j² to the squared error, on average."""
    X, y = linear
    result = permutation_importance(LinearRegression().fit(X, y), X, y, n_repeats=50, rng=0)
    expected = 2 * (np.array([2.0, 1.0, 0.5, 0.0]) * X.std(axis=0)) ** 2 / y.var()
    errors = result.importances_std / np.sqrt(50)
    assert (np.abs(result.importances_mean - expected) <= 4 * errors + 1e-12).all()


def test_importance_agrees_with_scikit_learn(linear):
    X, y = linear
    model = RandomForestRegressor(n_estimators=10, random_state=0).fit(X, y)
    ours = permutation_importance(model, X, y, n_repeats=20, scoring="neg_mean_absolute_error", rng=0)
    theirs = reference(model, X, y, n_repeats=20, scoring="neg_mean_absolute_error", random_state=0)
    errors = np.sqrt((ours.importances_std**2 + theirs.importances_std**2) / 20)
    assert (np.abs(ours.importances_mean - theirs.importances_mean) < 4 * errors).all()
    np.testing.assert_allclose(ours.importances.mean(axis=1), ours.importances_mean, rtol=1e-12)


def test_importance_depends_on_the_seed_alone_and_changes_no_input(linear):
    X, y = linear
    model, before = LinearRegression().fit(X, y), X.copy()
    first, second = (permutation_importance(model, X, y, n_repeats=2, rng=5).importances for _ in range(2))
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(X, before)


def test_importance_needs_a_fitted_model_and_repeats(linear):
    X, y = linear
    with pytest.raises(NotFittedError):
        permutation_importance(LinearRegression(), X, y, rng=0)
    with pytest.raises(ValueError, match="`n_repeats` must be at least 1, got 0"):
        permutation_importance(LinearRegression().fit(X, y), X, y, n_repeats=0, rng=0)


def noisy_line(rng):
    X = rng.random((20, 1))
    return X, 3 * X[:, 0] + rng.standard_normal(20)


def test_the_mean_has_the_bias_and_variance_of_theory():
    """For y = 3x + ε, x uniform, the mean of n targets has variance (9/12 + 1)/n and bias 3 (1/2 - x)."""
    points = np.array([[0.0], [0.5], [1.0]])
    M = 2000
    result = bias_variance(
        noisy_line, DummyRegressor(), n_datasets=M, X_test=points, f_test=3 * points[:, 0], noise=1.0, rng=0
    )
    variance = (9 / 12 + 1) / 20
    assert abs(result.variance - variance) < 4 * variance * np.sqrt(2 / M)
    assert abs(result.bias2 - 1.5) < 4 * 2 * 1.5 * np.sqrt(variance / M)
    assert result.error == pytest.approx(result.bias2 + result.variance + result.noise, rel=1e-15)
    assert result.predictions.shape == (M, 3)


def test_the_error_is_that_of_new_noisy_targets():
    rng = np.random.default_rng(1)
    points = rng.random((50, 1))
    model = DecisionTreeRegressor(max_depth=3)
    result = bias_variance(
        noisy_line, model, n_datasets=400, X_test=points, f_test=3 * points[:, 0], noise=1.0, rng=0
    )
    errors = [
        np.mean(
            (model.fit(*noisy_line(rng)).predict(points) - 3 * points[:, 0] - rng.standard_normal(50)) ** 2
        )
        for _ in range(400)
    ]
    assert abs(result.error - np.mean(errors)) < 4 * np.sqrt(2) * np.std(errors, ddof=1) / np.sqrt(400)


def test_few_data_sets_estimate_bias_and_variance_without_bias():
    rng, points = np.random.default_rng(2), np.array([[0.5]])  # where the mean is right on average
    results = [
        bias_variance(noisy_line, DummyRegressor(), n_datasets=3, X_test=points, f_test=[1.5], rng=rng)
        for _ in range(500)
    ]
    variances, biases = [r.variance for r in results], [r.bias2 for r in results]
    assert abs(np.mean(variances) - (9 / 12 + 1) / 20) < 4 * np.std(variances, ddof=1) / np.sqrt(500)
    assert abs(np.mean(biases)) < 4 * np.std(biases, ddof=1) / np.sqrt(500)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_datasets": 1}, "`n_datasets` must be at least 2, got 1"),
        ({"f_test": [1.0, 2.0]}, "`f_test` must be a vector of 1 entries, got 2"),
        ({"noise": -1.0}, "`noise` must be a variance of at least 0, got -1.0"),
    ],
)
def test_bad_arguments_are_named(options, message):
    arguments = {"n_datasets": 2, "X_test": [[0.0]], "f_test": [0.0], "rng": 0} | options
    with pytest.raises(ValueError, match=message):
        bias_variance(noisy_line, DummyRegressor(), **arguments)
