"""Logistic and softmax regression maximise their likelihood, and say where it has no maximum."""

import numpy as np
import pytest
import sklearn.linear_model
from runmath.classic_ml import LogisticRegression, SoftmaxRegression
from runmath.classic_ml.linear_models.likelihoods import Bernoulli, Categorical
from runmath.classic_ml.linear_models.solvers import lbfgs, newton
from runmath.core import ConvergenceWarning
from scipy.special import log_softmax

SOLVERS = ["newton", "lbfgs"]


def draw(n, p, K, seed=0):
    """Draw overlapping classes, each present."""
    rng = np.random.default_rng([n, p, K, seed])
    y = np.arange(n) % K
    return rng.standard_normal((n, p)) + rng.standard_normal((K, p))[y] + 2, y, rng


def likelihood_of(n, p, K, intercept=True, penalty=0.1):
    X, y, rng = draw(n, p, max(K, 2))
    s = rng.uniform(0.1, 1.0, n)
    kind = Bernoulli if K == 1 else Categorical
    return kind(X, y, s / s.sum(), penalty, K, intercept), rng


@pytest.mark.parametrize("K", [1, 2, 4])
@pytest.mark.parametrize("intercept", [True, False])
def test_gradient_and_hessian_are_the_derivatives(K, intercept):
    f, rng = likelihood_of(12, 3, K, intercept)
    theta = rng.standard_normal(K * (3 + intercept))
    for d in np.eye(len(theta)):
        h = 1e-5
        slope = (f.value(theta + h * d) - f.value(theta - h * d)) / (2 * h)
        assert abs(slope - f.gradient(theta) @ d) < 1e-8
        change = (f.gradient(theta + h * d) - f.gradient(theta - h * d)) / (2 * h)
        np.testing.assert_allclose(f.hessian(theta) @ d, change, atol=1e-8)


@pytest.mark.parametrize("K", [1, 3])
def test_huge_scores_neither_overflow_nor_lose_the_loss(K):
    f, _ = likelihood_of(12, 3, K)
    theta = np.full(f.shape, 1e5).ravel()
    theta[:3] = -1e5
    value, g = f.value(theta), f.gradient(theta)
    assert np.isfinite(value)
    assert np.isfinite(g).all()
    assert f.value(np.zeros_like(theta)) == pytest.approx(np.log(max(K, 2)))


def test_newton_doubles_the_number_of_digits():
    f, _ = likelihood_of(60, 4, 3)
    history = newton(f, tol=1e-13, max_iter=20)[1]
    small = history[history < 1e-2]
    assert len(small) > 1
    assert (small[1:] <= np.maximum(10 * small[:-1] ** 2, 1e-13)).all()


@pytest.mark.parametrize("K", [1, 3])
def test_newton_and_lbfgs_find_the_same_minimum(K):
    f, _ = likelihood_of(80, 5, K)
    a, b = newton(f, tol=1e-12, max_iter=50)[0], lbfgs(f, tol=1e-8, max_iter=500)[0]
    np.testing.assert_allclose(a, b, atol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("K", [2, 3, 5])
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_coefficients_agree_with_scikit_learn(solver, K, C):
    X, y, rng = draw(90, 4, K)
    s = rng.uniform(0.5, 2.0, 90)
    ours = (LogisticRegression if K == 2 else SoftmaxRegression)(C=C, solver=solver, tol=1e-8)
    theirs = sklearn.linear_model.LogisticRegression(C=C, tol=1e-10, max_iter=10**5, solver="newton-cholesky")
    ours.fit(X, y, s), theirs.fit(X, y, s)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)


def test_softmax_with_two_classes_is_logistic_regression_with_c_twice_as_large():
    X, y, _ = draw(50, 3, 2)
    a = SoftmaxRegression(C=0.7, tol=1e-10).fit(X, y)
    b = LogisticRegression(C=1.4, tol=1e-10).fit(X, y)
    np.testing.assert_allclose(a.predict_proba(X), b.predict_proba(X), atol=1e-8)
    np.testing.assert_allclose(a.decision_function(X), b.decision_function(X), atol=1e-6)


@pytest.mark.parametrize("K", [2, 4])
def test_the_mean_probability_of_a_class_is_its_share(K):
    X, y, _ = draw(80, 3, K)
    model = (LogisticRegression if K == 2 else SoftmaxRegression)(tol=1e-11).fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X).mean(axis=0), np.bincount(y) / 80, atol=1e-10)


@pytest.mark.parametrize("solver", SOLVERS)
def test_shifted_features_change_no_probability(solver):
    X, y, _ = draw(60, 3, 3)
    model = SoftmaxRegression(solver=solver)
    expected = model.fit(X, y).predict_proba(X)
    np.testing.assert_allclose(model.fit(X + 1e6, y).predict_proba(X + 1e6), expected, atol=1e-5)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("C", [1.0, np.inf])
def test_constant_and_collinear_columns_change_no_probability_of_the_maximum(solver, C):
    X, y, _ = draw(120, 3, 3)
    more = np.column_stack([X, np.full(120, 0.1), X[:, 0] + X[:, 1]])
    model = SoftmaxRegression(C=C, solver=solver, tol=1e-7)
    if np.isinf(C):
        expected = model.fit(X, y).predict_proba(X)
        np.testing.assert_allclose(model.fit(more, y).predict_proba(more), expected, atol=1e-5)
    assert not model.fit(more, y).coef_[:, 3].any()


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("K", [2, 3])
def test_columns_of_zeros_without_an_intercept_give_equal_probabilities(solver, K):
    estimator = LogisticRegression if K == 2 else SoftmaxRegression
    X, y = np.zeros((6, 2)), np.arange(6) % K
    model = estimator(fit_intercept=False, solver=solver).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), np.full((6, K), 1 / K))


@pytest.mark.parametrize("K", [2, 3])
def test_the_units_of_the_features_change_no_probability_of_the_maximum(K):
    X, y, _ = draw(120, 3, K)
    estimator = LogisticRegression if K == 2 else SoftmaxRegression
    expected = estimator(C=np.inf, solver="newton", tol=1e-9).fit(X, y).predict_proba(X)
    scaled = X * np.array([1e9, 1.0, 1e4])
    model = estimator(
        C=np.inf, solver="newton", tol=1e-5
    )  # and there is no warning of an ill-conditioned matrix
    np.testing.assert_allclose(model.fit(scaled, y).predict_proba(scaled), expected, atol=1e-6)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("K", [2, 3])
def test_separated_classes_have_no_maximum_likelihood(solver, K):
    X = np.arange(6.0 * K)[:, None]
    y = np.repeat(np.arange(K), 6)
    if K == 3:
        X = np.column_stack([X, X**2])
        X /= X.std(axis=0)
    estimator = LogisticRegression if K == 2 else SoftmaxRegression
    with pytest.warns(ConvergenceWarning, match=r"has no maximum.*use a finite `C`"):
        model = estimator(C=np.inf, solver=solver, tol=1e-4).fit(X, y)
    assert model.score(X, y) == 1
    assert estimator(C=1.0, solver=solver).fit(X, y).score(X, y) > 0.7  # no warning


@pytest.mark.parametrize("estimator", [LogisticRegression, SoftmaxRegression])
def test_a_weight_of_three_is_the_row_three_times_and_zero_is_no_row(estimator):
    X, y, rng = draw(30, 3, 2)
    s = rng.integers(0, 4, 30)
    once = estimator(tol=1e-10).fit(X, y, s).predict_proba(X)
    repeated = estimator(tol=1e-10).fit(np.repeat(X, s, axis=0), np.repeat(y, s)).predict_proba(X)
    np.testing.assert_allclose(once, repeated, rtol=1e-9)


def test_the_objective_on_digits_is_not_above_that_of_scikit_learn():
    X, y = sklearn.datasets.load_digits(return_X_y=True)
    X /= 16

    def objective(model):
        losses = -log_softmax(X @ model.coef_.T + model.intercept_, axis=1)[np.arange(len(y)), y]
        return losses.sum() + 0.5 * (model.coef_**2).sum()

    ours = SoftmaxRegression(tol=1e-6).fit(X, y)
    theirs = sklearn.linear_model.LogisticRegression(tol=1e-6, max_iter=10**4).fit(X, y)
    assert objective(ours) < objective(theirs) * (1 + 1e-7)


def test_labels_may_be_words():
    X, y, _ = draw(30, 2, 3)
    names = np.array(["ant", "bee", "cat"])
    model = SoftmaxRegression().fit(X, names[y])
    np.testing.assert_array_equal(model.predict(X), names[SoftmaxRegression().fit(X, y).predict(X)])


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (LogisticRegression(C=0), ValueError, "`C` must be above 0, got 0"),
        (SoftmaxRegression(C="1"), TypeError, "`C` must be a real number, got '1'"),
        (SoftmaxRegression(C=np.nan), ValueError, "`C` must be above 0, got nan"),
        (SoftmaxRegression(solver="sgd"), ValueError, "`solver` must be one of 'auto', 'newton', 'lbfgs'"),
        (LogisticRegression(tol=-1), ValueError, "`tol` must be at least 0"),
        (LogisticRegression(max_iter=0), ValueError, "`max_iter` must be at least 1, got 0"),
    ],
    ids=repr,
)
def test_bad_parameters_are_named(model, error, message):
    X, y, _ = draw(10, 2, 2)
    with pytest.raises(error, match=message):
        model.fit(X, y)


def test_bad_classes_are_named():
    X, y, _ = draw(12, 2, 3)
    with pytest.raises(ValueError, match=r"must hold 2 classes, got 3; use SoftmaxRegression"):
        LogisticRegression().fit(X, y)
    for estimator in (LogisticRegression, SoftmaxRegression):
        with pytest.raises(ValueError, match="`y` must hold at least 2 classes, got 1 class"):
            estimator().fit(X, np.ones(12))
    with pytest.raises(ValueError, match="positive for a sample of every class"):
        SoftmaxRegression().fit(X, y, (y > 0).astype(float))


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_fit_that_is_stopped_early_says_so(solver):
    X, y, _ = draw(60, 4, 3)
    with pytest.warns(
        ConvergenceWarning, match=rf"SoftmaxRegression \({solver}\) did not converge; the grad"
    ):
        SoftmaxRegression(solver=solver, max_iter=1, tol=1e-9).fit(X, y)
