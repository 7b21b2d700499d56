"""A proximal map is its argmin; ISTA and FISTA keep their bounds and find what scikit-learn and SciPy find."""

import warnings

import numpy as np
import pytest
import scipy.optimize
from runmath.core import ConvergenceWarning
from runmath.optimization import (
    PENALTIES,
    box_constraint,
    fista,
    ista,
    l1_penalty,
    no_penalty,
    nonnegative_l1_penalty,
    norm_penalty,
    ridge_penalty,
    soft_threshold,
)
from sklearn.linear_model import Lasso

METHODS = {"ista": ista, "fista": fista}


def least_squares(seed, m=40, n=60, decay=0.0):
    """Return f, its gradient, its Lipschitz constant, and the data A, b with singular values of A falling."""
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((m, n)) * np.geomspace(1, 10.0**-decay, n)
    x = np.where(rng.random(n) < 0.2, rng.standard_normal(n), 0)
    b = A @ x + 0.05 * rng.standard_normal(m)
    return (
        lambda x: 0.5 * np.sum((A @ x - b) ** 2),
        lambda x: A.T @ (A @ x - b),
        np.linalg.norm(A, 2) ** 2 * (1 + 1e-12),
        A,
        b,
    )


def solve(method, *args, **options):
    """Run a method that may stop at `max_iter`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return method(*args, **options)


@pytest.mark.parametrize("t", [0.0, 0.3, 1.7])
def test_soft_threshold_is_the_argmin_on_a_grid(t):
    z = np.linspace(-4, 4, 8001)
    x = np.random.default_rng(0).uniform(-3, 3, 200)
    best = z[np.argmin(0.5 * (z[:, None] - x) ** 2 + t * abs(z[:, None]), axis=0)]
    assert np.abs(soft_threshold(x, t) - best).max() <= 0.0005 + 1e-12  # half the grid's spacing
    assert (soft_threshold(x, t)[abs(x) <= t] == 0).all() or t == 0


@pytest.mark.parametrize("name", PENALTIES)
@pytest.mark.parametrize("t", [0.1, 1.0, 3.0])
def test_every_map_is_the_argmin_on_a_plane(name, t):
    penalty, rng = PENALTIES[name], np.random.default_rng(1)
    side = np.linspace(-2.5, 2.5, 251)
    points = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    h = np.array([penalty.value(z) for z in points[::7]])
    for x in rng.uniform(-2.4, 2.4, (5, 2)):
        p = penalty.prox(x, t)
        least = 0.5 * np.sum((p - x) ** 2) + t * penalty.value(p)
        others = 0.5 * np.sum((points[::7] - x) ** 2, axis=1) + t * h
        assert np.isfinite(least)
        # strong convexity: the excess is at least half the squared distance from the minimum
        assert (others - least >= 0.5 * np.sum((points[::7] - p) ** 2, axis=1) - 1e-12).all()


@pytest.mark.parametrize("weight", [0.0, 0.4, 2.0])
def test_a_weight_is_a_factor_of_the_penalty(weight):
    x = np.array([2.0, -0.3, 0.9])
    for make in (l1_penalty, nonnegative_l1_penalty, ridge_penalty, norm_penalty):
        np.testing.assert_allclose(make(weight).prox(x, 0.5), make().prox(x, 0.5 * weight), rtol=1e-15)
        assert make(weight).value(abs(x)) == pytest.approx(weight * make().value(abs(x)), rel=1e-15)


@pytest.mark.parametrize("name", PENALTIES)
def test_no_map_moves_two_points_apart(name):
    rng = np.random.default_rng(2)
    for _ in range(100):
        x, y = rng.standard_normal((2, 4)) * 3
        p, q = PENALTIES[name].prox(x, 0.7), PENALTIES[name].prox(y, 0.7)
        assert np.sum((p - q) ** 2) <= (p - q) @ (x - y) + 1e-12  # firmly nonexpansive


@pytest.mark.parametrize("decay", [0.0, 2.0])
@pytest.mark.parametrize("name", METHODS)
def test_the_lasso_of_scikit_learn(name, decay):
    fun, grad, L, A, b = least_squares(3, decay=decay)
    alpha = 0.1 * abs(A.T @ b).max()
    ours = solve(
        METHODS[name],
        fun,
        grad,
        l1_penalty(alpha),
        np.zeros(60),
        step_size=1 / L,
        tol=1e-9 * alpha,
        max_iter=100_000,
    )
    theirs = Lasso(alpha=alpha / 40, fit_intercept=False, tol=1e-14, max_iter=1_000_000).fit(A, b).coef_
    assert ours.converged
    assert ours.fun == pytest.approx(fun(theirs) + alpha * abs(theirs).sum(), rel=1e-10)
    np.testing.assert_allclose(ours.x, theirs, atol=1e-6)
    assert ((ours.x != 0) == (abs(theirs) > 1e-7)).all()


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_backtracking_finds_a_step_whatever_the_scale(name, scale):
    fun, grad, L, A, b = least_squares(4)
    alpha = 0.1 * abs(A.T @ b).max()
    result = METHODS[name](
        lambda x: scale * fun(x), lambda x: scale * grad(x), l1_penalty(scale * alpha), np.zeros(60),
        tol=min(0.1, 1e-7 * scale), max_iter=20_000,
    )  # fmt: skip
    exact = fista(fun, grad, l1_penalty(alpha), np.zeros(60), step_size=1 / L, tol=1e-9)
    assert result.fun == pytest.approx(scale * exact.fun, rel=1e-8)
    assert 0.5 / (L * scale) <= result.step_size


@pytest.mark.parametrize("name", METHODS)
def test_backtracking_ends_at_most_at_one_over_the_steepest_curvature(name):
    curve = np.array([1.0, 100.0])  # the start sees only the flat direction
    result = METHODS[name](
        lambda x: 0.5 * curve @ x**2, lambda x: curve * x, no_penalty(), [1.0, 1e-6], tol=1e-9
    )
    assert 1 / 200 <= result.step_size <= 1 / 100


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("scale", [1e-20, 1e-6, 1.0, 1e6])
def test_the_first_step_is_long_enough_where_the_start_sees_no_curvature(name, scale):
    result = METHODS[name](  # a parabola with straight arms, and x0 on one of them
        lambda x: scale * float(np.where(abs(x) < 1, x**2 / 2, abs(x) - 0.5).sum()),
        lambda x: scale * np.clip(x, -1, 1),
        no_penalty(), [30.0], tol=min(0.1, 1e-9 * scale), max_iter=200,
    )  # fmt: skip
    assert result.converged
    assert abs(result.x[0]) <= 1.001e-9


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("alpha", [1e-3, 1.0])
def test_backtracking_keeps_its_step_where_values_are_lost_in_rounding(name, alpha):
    rng = np.random.default_rng(1)
    A = rng.standard_normal((300, 20))
    b = A @ rng.standard_normal(20)  # fits exactly: f is tiny at the end, its terms and their errors are not
    L = np.linalg.norm(A, 2) ** 2
    result = METHODS[name](
        lambda x: 0.5 * np.sum((A @ x - b) ** 2), lambda x: A.T @ (A @ x - b), l1_penalty(alpha), np.zeros(20),
        tol=1e-11, max_iter=200,
    )  # fmt: skip
    assert result.converged
    assert result.step_size >= 0.25 / L
    mapping = L * (result.x - soft_threshold(result.x - A.T @ (A @ result.x - b) / L, alpha / L))
    # in each entry |G| at 1/L is at most max(1, tL) times that at t, and tL at most 2; the rest is rounding
    assert abs(mapping).max() <= 2.5e-11


@pytest.mark.parametrize("name", METHODS)
def test_a_box_and_a_sign_are_those_of_scipy(name):
    fun, grad, L, A, b = least_squares(5, m=60, n=20)
    options = {"step_size": 1 / L, "tol": 1e-10, "max_iter": 50_000}
    boxed = METHODS[name](fun, grad, box_constraint(-0.2, 0.1), np.zeros(20), **options)
    np.testing.assert_allclose(
        boxed.x, scipy.optimize.lsq_linear(A, b, (-0.2, 0.1), tol=1e-14, method="bvls").x, atol=1e-9
    )
    positive = METHODS[name](fun, grad, nonnegative_l1_penalty(0.0), np.zeros(20), **options)
    np.testing.assert_allclose(positive.x, scipy.optimize.nnls(A, b)[0], atol=1e-9)


@pytest.mark.parametrize("name", METHODS)
def test_a_smooth_problem_is_solved_as_by_linear_algebra(name):
    fun, grad, L, A, b = least_squares(6, m=60, n=20)
    ridge = METHODS[name](fun, grad, ridge_penalty(0.7), np.zeros(20), step_size=1 / L, tol=1e-10)
    np.testing.assert_allclose(ridge.x, np.linalg.solve(A.T @ A + 0.7 * np.eye(20), A.T @ b), atol=1e-9)
    plain = METHODS[name](fun, grad, no_penalty(), np.zeros(20), step_size=1 / L, tol=1e-10)
    np.testing.assert_allclose(plain.x, np.linalg.lstsq(A, b)[0], atol=1e-9)


def excess(method, n_steps, **options):
    """Return F(x_k) - F* on a problem with singular values over four decades, and L‖x_0 - x*‖²."""
    lam = np.geomspace(1e-7, 1, 60)
    x0, penalty = np.ones(60), l1_penalty(0.0)
    result = solve(
        method, lambda x: 0.5 * lam @ x**2, lambda x: lam * x, penalty, x0,
        step_size=1.0, tol=0.0, max_iter=n_steps, keep_path=True, **options,
    )  # fmt: skip
    return 0.5 * result.path**2 @ lam, 60.0


def test_ista_falls_like_one_over_k_and_fista_like_its_square():
    k = np.arange(1, 3001)
    slow, size = excess(ista, 3000)
    fast, _ = excess(fista, 3000, restart=False)
    assert (slow[1:] <= size / (2 * k)).all()
    assert (fast[1:] <= 2 * size / (k + 1) ** 2).all()
    orders = [np.polyfit(np.log(k[100:]), np.log(gap[101:]), 1)[0] for gap in (slow, fast)]
    assert -1.15 < orders[0] < -0.9
    assert -2.3 < orders[1] < -1.85


def test_both_bounds_hold_with_a_penalty():
    fun, grad, L, A, b = least_squares(7, decay=2.0)
    alpha = 0.02 * abs(A.T @ b).max()
    best = fista(fun, grad, l1_penalty(alpha), np.zeros(60), step_size=1 / L, tol=1e-9, max_iter=100_000)
    size, k = L * np.sum(best.x**2), np.arange(1, 501)
    for method, options, bound in (
        (ista, {}, size / (2 * k)),
        (fista, {"restart": False}, 2 * size / (k + 1) ** 2),
    ):
        path = solve(
            method, fun, grad, l1_penalty(alpha), np.zeros(60),
            step_size=1 / L, max_iter=500, tol=1e-12, keep_path=True, **options,
        ).path  # fmt: skip
        gap = np.array([fun(x) + alpha * abs(x).sum() - best.fun for x in path[1:]])
        assert (gap <= bound).all()


def test_ista_never_rises_and_fista_without_restart_does():
    fun, grad, L, *_ = least_squares(8, m=80)
    paths = [
        solve(
            m,
            fun,
            grad,
            l1_penalty(),
            np.zeros(60),
            step_size=1 / L,
            tol=1e-9,
            max_iter=400,
            keep_path=True,
            **o,
        )
        for m, o in ((ista, {}), (fista, {"restart": False}))
    ]
    values = [np.array([fun(x) + abs(x).sum() for x in result.path]) for result in paths]
    assert (np.diff(values[0]) <= 1e-12 * values[0][0]).all()
    assert (np.diff(values[1]) > 1e-6 * values[1][-1]).any()


def test_a_restart_saves_steps_where_the_minimum_is_sharp():
    fun, grad, L, *_ = least_squares(9, m=120, decay=1.0)
    options = {"step_size": 1 / L, "tol": 1e-8, "max_iter": 100_000}
    plain = fista(fun, grad, l1_penalty(0.1), np.zeros(60), restart=False, **options)
    again = fista(fun, grad, l1_penalty(0.1), np.zeros(60), **options)
    steps = ista(fun, grad, l1_penalty(0.1), np.zeros(60), **options)
    assert plain.n_restarts == steps.n_restarts == 0
    assert again.n_restarts > 0
    assert again.n_iter < plain.n_iter / 2
    assert again.n_iter < steps.n_iter / 2
    np.testing.assert_allclose(again.x, plain.x, atol=1e-6)


@pytest.mark.parametrize("name", METHODS)
def test_the_result_is_consistent_and_its_mapping_a_subgradient(name):
    fun, grad, L, *_ = least_squares(10)
    result = solve(
        METHODS[name],
        fun,
        grad,
        l1_penalty(0.5),
        np.zeros(60),
        step_size=1 / L,
        max_iter=37,
        tol=1e-12,
        keep_path=True,
    )
    assert result.path.shape == (38, 60)
    assert result.history.shape == (38,)
    assert result.n_iter == 37
    np.testing.assert_array_equal(result.path[-1], result.x)
    assert result.fun == pytest.approx(fun(result.x) + 0.5 * abs(result.x).sum(), rel=1e-15)
    assert result.history[-1] == abs(result.grad).max()
    after = result.x - result.grad / L
    inside = result.grad - grad(result.x)  # in the subdifferential of h at the next point
    tiny = 1e-9
    assert (abs(inside) <= 0.5 + tiny).all()
    assert (abs(inside - 0.5 * np.sign(after))[abs(after) > tiny] < tiny).all()


@pytest.mark.parametrize("name", METHODS)
def test_the_start_may_have_any_shape_and_stays_as_it_is(name):
    rng = np.random.default_rng(11)
    B, x0 = rng.standard_normal((3, 4, 2)), np.ones((3, 4, 2))
    result = METHODS[name](
        lambda x: 0.5 * np.sum((x - B) ** 2), lambda x: x - B, l1_penalty(0.4), x0, step_size=1.0
    )
    np.testing.assert_allclose(result.x, soft_threshold(B, 0.4), atol=1e-15)
    assert (x0 == 1).all()
    at_minimum = METHODS[name](lambda x: 0.5 * np.sum((x - B) ** 2), lambda x: x - B, no_penalty(), B)
    assert at_minimum.n_iter == 0


@pytest.mark.parametrize("name", METHODS)
def test_what_cannot_work_says_so(name):
    method, half, slope = METHODS[name], lambda x: 0.5 * float(x @ x), lambda x: x
    with pytest.raises(FloatingPointError, match="shorten `step_size`"):
        method(half, slope, no_penalty(), [1.0], step_size=2.5)
    with pytest.raises(FloatingPointError, match="is `grad` the gradient"):
        method(half, lambda x: -x, no_penalty(), [1.0])
    with pytest.warns(ConvergenceWarning, match=f"{name} did not converge"):
        method(half, slope, no_penalty(), [1.0], step_size=0.01, max_iter=3)
    with pytest.raises(TypeError, match="`penalty` must be a Penalty, got function"):
        method(half, slope, lambda x: x, [1.0])
    with pytest.raises(ValueError, match="`step_size` must be positive and finite, got 0"):
        method(half, slope, no_penalty(), [1.0], step_size=0)
    with pytest.raises(TypeError, match="`step_size` must be a real number or None, got 'big'"):
        method(half, slope, no_penalty(), [1.0], step_size="big")
    with pytest.raises(ValueError, match="`x0` must be finite"):
        method(half, slope, no_penalty(), [np.nan])
    with pytest.raises(ValueError, match="`fun\\(x0\\)` must be finite"):
        method(lambda x: np.inf, slope, no_penalty(), [1.0])


def test_maps_refuse_what_has_no_meaning():
    with pytest.raises(TypeError, match="`x` must be an array of real numbers, got complex128"):
        soft_threshold(np.array([1 + 2j]), 0.5)
    with pytest.raises(TypeError, match="`low` must be a real number, got 'a'"):
        box_constraint("a", "b")
    with pytest.raises(ValueError, match="`threshold` must be at least 0, got -1"):
        soft_threshold([1.0], -1)
    with pytest.raises(ValueError, match="`weight` must be at least 0 and finite, got -2"):
        l1_penalty(-2)
    with pytest.raises(TypeError, match="`weight` must be a real number, got True"):
        norm_penalty(True)
    with pytest.raises(ValueError, match="`low` must be at most `high`, got 1 and 0"):
        box_constraint(1, 0)
