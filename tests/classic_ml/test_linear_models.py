"""Least squares and ridge regression are exact, the lasso carries a certificate."""

import numpy as np
import pytest
import sklearn.linear_model
from runmath.classic_ml import Lasso, LinearRegression, Ridge, duality_gap, lasso
from runmath.core import EPS, ConvergenceWarning

SHAPES = [(1, 1), (2, 1), (7, 3), (40, 12), (5, 9)]


def draw(n, p, seed=0):
    rng = np.random.default_rng([n, p, seed])
    return rng.standard_normal((n, p)) + 3, rng.standard_normal(n) + 5, rng


@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("intercept", [True, False])
def test_residuals_are_orthogonal_to_every_column_and_to_the_ones(n, p, intercept):
    X, y, rng = draw(n, p)
    s = rng.uniform(0.5, 2.0, n)
    r = s * (y - LinearRegression(fit_intercept=intercept).fit(X, y, s).predict(X))
    columns = np.column_stack([X, np.ones(n)]) if intercept else X
    scale = np.linalg.norm(columns) * np.linalg.norm(y) * max(s)
    assert abs(columns.T @ r).max() < 200 * EPS * scale


@pytest.mark.parametrize(("n", "p"), SHAPES)
@pytest.mark.parametrize("intercept", [True, False])
def test_least_squares_and_ridge_agree_with_scikit_learn(n, p, intercept):
    X, y, rng = draw(n, p)
    s = rng.uniform(0.5, 2.0, n)
    pairs = [(LinearRegression, sklearn.linear_model.LinearRegression, {})]
    pairs += [(Ridge, sklearn.linear_model.Ridge, {"alpha": a}) for a in (1e-9, 0.3, 100.0)]
    for ours, theirs, options in pairs:
        model = ours(fit_intercept=intercept, **options).fit(X, y, s)
        other = theirs(fit_intercept=intercept, **options).fit(X, y, s)
        rtol = 1e-10 if options.get("alpha", 1) > 1e-6 else 1e-5  # theirs squares the condition number
        np.testing.assert_allclose(model.coef_, other.coef_, rtol=rtol, atol=rtol)
        np.testing.assert_allclose(model.intercept_, other.intercept_, rtol=rtol, atol=10 * rtol)


def test_dependent_columns_give_the_solution_of_least_norm():
    X, y, rng = draw(30, 4)
    X = X @ rng.standard_normal((4, 7))  # rank 4
    model = LinearRegression(fit_intercept=False).fit(X, y)
    assert model.rank_ == 4
    np.testing.assert_allclose(model.coef_, np.linalg.pinv(X, rcond=1e-12) @ y, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("value", [0.0, 0.1, -1e10, 1e300, 1e-300])
def test_a_constant_column_gets_no_coefficient_and_changes_no_prediction(value):
    X, y, _ = draw(50, 3)
    Z = np.insert(X, 1, value, axis=1)
    for model in (LinearRegression(), Ridge(alpha=0.0), Ridge(), Ridge(alpha=1e-12), Lasso(alpha=0.01)):
        expected = model.fit(X, y).predict(X)
        np.testing.assert_allclose(model.fit(Z, y).predict(Z), expected, rtol=1e-9)
        assert model.coef_[1] == 0


def test_the_unit_of_a_feature_changes_no_prediction_of_least_squares():
    X, y, _ = draw(50, 4)
    expected = LinearRegression().fit(X, y).predict(X)
    scaled = X * np.array([1e-18, 1.0, 1e12, 1e-30])
    np.testing.assert_allclose(LinearRegression().fit(scaled, y).predict(scaled), expected, rtol=1e-11)


@pytest.mark.parametrize("unit", [1e-200, 1e-160, 1e160, 1e200])
def test_units_whose_squares_under_or_overflow_are_no_difficulty(unit):
    X, y, _ = draw(50, 3)
    expected = LinearRegression().fit(X, y).coef_
    coef = LinearRegression().fit(X * [1.0, unit, 1.0], y).coef_
    np.testing.assert_allclose(coef * [1.0, unit, 1.0], expected, rtol=1e-11)


def test_least_squares_does_not_square_the_condition_number():
    rng = np.random.default_rng(3)
    U, V = (np.linalg.qr(rng.standard_normal((60, k)))[0] for k in (8, 8))
    X = (U * np.geomspace(1, 1e-7, 8)) @ V[:8].T
    w = V[:8] @ np.ones(8)
    error = np.linalg.norm(LinearRegression(fit_intercept=False).fit(X, X @ w).coef_ - w)
    assert error < 100 * 1e7 * EPS * np.linalg.norm(w)  # the square would be 1e14


@pytest.mark.parametrize("model", [LinearRegression(), Ridge()], ids=repr)
def test_a_weight_of_three_is_the_row_three_times_and_zero_is_no_row(model):
    X, y, rng = draw(20, 3)
    s = rng.integers(0, 4, 20)
    once = model.fit(X, y, s).predict(X)
    repeated = model.fit(np.repeat(X, s, axis=0), np.repeat(y, s)).predict(X)
    np.testing.assert_allclose(once, repeated, rtol=1e-12)


@pytest.mark.parametrize(("n", "p"), [(30, 5), (5, 30)])
@pytest.mark.parametrize("alpha", [1e-13, 1e-3, 2.0])
def test_ridge_is_least_squares_with_p_more_rows(n, p, alpha):
    X, y, _ = draw(n, p)
    rows = np.vstack([X, np.sqrt(alpha) * np.eye(p)])
    expected = np.linalg.lstsq(rows, np.append(y, np.zeros(p)), rcond=None)[0]
    found = Ridge(alpha=alpha, fit_intercept=False).fit(X, y).coef_
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


def kkt_violation(X, y, w, alpha):
    """Return how far w is from |x_jᵀ r| / n ≤ α, with equality and the sign of w_j where w_j ≠ 0."""
    r = y - y.mean() - (X - X.mean(axis=0)) @ w
    c = (X - X.mean(axis=0)).T @ r / len(y)
    return np.where(w != 0, abs(c - alpha * np.sign(w)), np.maximum(abs(c) - alpha, 0)).max()


def alpha_max(X, y):
    return abs((X - X.mean(axis=0)).T @ (y - y.mean())).max() / len(y)


@pytest.mark.parametrize(("n", "p"), [(2, 1), (30, 5), (20, 60), (60, 400)])
@pytest.mark.parametrize("share", [0.9, 0.3, 0.02])
def test_the_lasso_satisfies_its_optimality_conditions(n, p, share):
    X, y, _ = draw(n, p)
    alpha = share * alpha_max(X, y)
    result = lasso(X, y, alpha, tol=1e-12)
    assert result.converged
    assert np.count_nonzero(result.coef) <= min(n, p)
    assert kkt_violation(X, y, result.coef, alpha) < 1e-6 * alpha_max(X, y)
    assert result.history[-1] <= 1e-12
    assert result.n_iter + 1 == len(result.history)
    assert abs(result.gap - duality_gap(X, y, result.coef, alpha)) < 1e-14 * (y @ y)


def test_the_lasso_agrees_with_scikit_learn():
    X, y, _ = draw(80, 200)
    for share in (0.5, 0.1, 0.03):
        alpha = share * alpha_max(X, y)
        other = sklearn.linear_model.Lasso(alpha=alpha, tol=1e-13, max_iter=10**6).fit(X, y)
        ours = Lasso(alpha=alpha, tol=1e-12).fit(X, y)
        np.testing.assert_allclose(ours.coef_, other.coef_, atol=1e-6)
        np.testing.assert_allclose(ours.predict(X), other.predict(X), atol=1e-6)


def test_the_lasso_of_orthonormal_columns_is_soft_thresholding():
    rng = np.random.default_rng(4)
    Q = np.linalg.qr(rng.standard_normal((30, 6)))[0]
    y = 5 * rng.standard_normal(30)
    c, penalty = Q.T @ y, 30 * 0.05
    found = lasso(Q, y, 0.05, fit_intercept=False, tol=1e-14).coef
    np.testing.assert_allclose(found, np.sign(c) * np.maximum(abs(c) - penalty, 0), atol=1e-12)


def test_the_lasso_is_zero_from_the_largest_correlation_on_and_not_before():
    X, y, _ = draw(30, 50)
    largest = alpha_max(X, y)
    assert not lasso(X, y, largest * (1 + 1e-12)).coef.any()
    assert np.count_nonzero(lasso(X, y, largest * 0.999, tol=1e-9).coef) == 1


def test_the_duality_gap_bounds_the_distance_to_the_minimum():
    X, y, rng = draw(25, 10)
    alpha = 0.2 * alpha_max(X, y)

    def objective(w):
        r = y - y.mean() - (X - X.mean(axis=0)) @ w
        return r @ r / (2 * len(y)) + alpha * abs(w).sum()

    best = lasso(X, y, alpha, tol=1e-14).coef
    for scale in (1e-3, 0.1, 1.0):
        for _ in range(20):
            w = best + scale * rng.standard_normal(10)
            assert objective(w) - objective(best) <= duality_gap(X, y, w, alpha) * (1 + 1e-9)
    assert duality_gap(X, y, best, alpha) < 1e-13 * objective(best)


def test_equal_columns_share_a_lasso_coefficient_somehow():
    X, y, _ = draw(40, 6)
    alpha = 0.1 * alpha_max(X, y)
    expected = lasso(X, y, alpha, tol=1e-12).coef
    twice = lasso(np.hstack([X, X]), y, alpha, tol=1e-12).coef
    np.testing.assert_allclose(twice[:6] + twice[6:], expected, atol=1e-6)
    assert abs(abs(twice).sum() - abs(expected).sum()) < 1e-6


def test_a_vanishing_ridge_penalty_gives_the_solution_of_least_norm_where_columns_depend_on_each_other():
    X, y, _ = draw(30, 3)
    for design in (np.hstack([X, X]), X.T):  # centred, the second has rank 2
        target = y[: len(design)]
        expected = LinearRegression().fit(design, target).coef_
        np.testing.assert_allclose(Ridge(alpha=1e-40).fit(design, target).coef_, expected, rtol=1e-9)


def test_for_a_constant_target_the_lasso_is_zero_wherever_it_starts():
    result = lasso([[-1.0], [1.0]], [2.0, 2.0], 0.5, start=[1.0])
    assert result.coef == 0
    assert result.gap == 0
    assert result.intercept == 2


def test_a_lasso_start_at_the_solution_needs_no_working_set():
    X, y, _ = draw(40, 60)
    first = lasso(X, y, 0.1)
    again = lasso(X, y, 0.1, start=first.coef)
    assert again.n_iter == 0
    np.testing.assert_array_equal(again.coef, first.coef)
    before = first.coef.copy()
    lasso(X, y, 0.01, start=first.coef)
    np.testing.assert_array_equal(first.coef, before)


def test_strongly_correlated_columns_are_no_difficulty():
    rng = np.random.default_rng(9)
    X = rng.standard_normal((100, 1)) + 1e-3 * rng.standard_normal((100, 30))
    y = X @ rng.standard_normal(30) + rng.standard_normal(100)
    result = lasso(X, y, 1e-4, tol=1e-10)
    assert result.converged
    assert kkt_violation(X, y, result.coef, 1e-4) < 1e-8


@pytest.mark.parametrize("constant", [0.1, 7.0])
def test_a_constant_target_gives_the_constant(constant):
    X, _, _ = draw(20, 3)
    y = np.full(20, constant)
    for model in (LinearRegression(), Ridge(), Lasso()):
        assert not model.fit(X, y).coef_.any()
        assert model.intercept_ == constant


def test_a_lasso_that_is_stopped_early_says_so():
    X, y, _ = draw(60, 400)
    with pytest.warns(ConvergenceWarning, match=r"lasso did not converge; its gap is .* above tol"):
        result = lasso(X, y, 1e-3 * alpha_max(X, y), tol=1e-15, max_iter=1)
    assert not result.converged


@pytest.mark.parametrize(
    ("model", "error", "message"),
    [
        (Ridge(alpha=-1), ValueError, "`alpha` must be at least 0 and finite, got -1"),
        (Ridge(alpha="1"), TypeError, "`alpha` must be a real number, got '1'"),
        (Lasso(alpha=0), ValueError, "`alpha` must be above 0 and finite, got 0"),
        (Lasso(alpha=np.inf), ValueError, "`alpha` must be above 0 and finite, got inf"),
        (Lasso(tol=1), ValueError, "`tol` must be at least 0 and below 1, got 1"),
        (Lasso(max_iter=0), ValueError, "`max_iter` must be at least 1, got 0"),
    ],
    ids=repr,
)
def test_bad_parameters_are_named(model, error, message):
    X, y, _ = draw(10, 2)
    with pytest.raises(error, match=message):
        model.fit(X, y)


def test_bad_arguments_of_the_lasso_are_named():
    X, y, _ = draw(10, 2)
    with pytest.raises(ValueError, match="`y` must be a vector of 10 entries, got 9"):
        lasso(X, y[:9], 1.0)
    with pytest.raises(ValueError, match="`start` must be a vector of 2 entries, got 3"):
        lasso(X, y, 1.0, start=[1, 2, 3])
    with pytest.raises(ValueError, match="`coef` must be a vector of 2 entries, got 1"):
        duality_gap(X, y, [1.0], 1.0)
