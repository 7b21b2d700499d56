"""Line searches meet their conditions, retreat from what is not finite, and say why they fail."""

import numpy as np
import pytest
from runmath.optimization import backtracking, beale, himmelblau, peaks, rastrigin, rosenbrock, strong_wolfe

FUNCTIONS = [rosenbrock(5), himmelblau(), rastrigin(3), beale(), peaks()]


def descents(f, count):
    """Yield random points with a random direction of descent each."""
    rng = np.random.default_rng(3)
    low, high = f.bounds.T
    for _ in range(count):
        x = rng.uniform(low, high)
        g = f.grad(x)
        p = rng.standard_normal(x.size)
        yield x, p if p @ g < 0 else -p, g


def armijo(f, x, p, g, found, c1=1e-4):
    return f.fun(found.x) <= f.fun(x) + c1 * found.step * (g @ p)


@pytest.mark.parametrize("initial_step", [1e-6, 1.0, 1e3])
@pytest.mark.parametrize("c2", [0.9, 0.1, 1e-3])
@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.name)
def test_the_step_meets_both_strong_wolfe_conditions(f, c2, initial_step):
    for x, p, g in descents(f, 20):
        found = strong_wolfe(f.fun, f.grad, x, p, initial_step=initial_step, c2=c2)
        assert found.converged, found.message
        assert armijo(f, x, p, g, found)
        assert abs(f.grad(found.x) @ p) <= c2 * abs(g @ p)
        np.testing.assert_array_equal(found.x, x + found.step * p)
        assert found.fun == f.fun(found.x)
        np.testing.assert_array_equal(found.grad, f.grad(found.x))


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.name)
def test_backtracking_meets_the_first_condition_with_the_first_power_of_a_half_that_does(f):
    for x, p, g in descents(f, 20):
        found = backtracking(f.fun, f.grad, x, p)
        assert armijo(f, x, p, g, found)
        power = -np.log2(found.step)
        assert power == int(power)
        if power > 0:
            x_before = x + 2 * found.step * p
            assert f.fun(x_before) > f.fun(x) + 1e-4 * 2 * found.step * (g @ p)


@pytest.mark.parametrize("curvature", [1e-8, 1.0, 1e8])
def test_a_tight_search_finds_the_exact_minimum_of_a_parabola(curvature):
    found = strong_wolfe(
        lambda x: curvature * (x @ x), lambda x: 2 * curvature * x, [1.0], [-1.0], initial_step=0.3, c2=1e-3
    )
    assert found.step == pytest.approx(1, rel=1e-3)
    assert found.n_fun <= 4


@pytest.mark.parametrize("search", [strong_wolfe, backtracking])
def test_the_search_retreats_from_where_the_function_is_not_defined(search):
    def barrier(x):
        return float(x[0] - np.log(1 - x[0]))  # NaN beyond 1

    found = search(barrier, lambda x: 1 + 1 / (1 - x), [-3.0], [-1.0])
    assert found.converged
    towards = search(
        lambda x: float(-x[0] - 0.1 * np.log(1 - x[0])), lambda x: -1 + 0.1 / (1 - x), [0.0], [50.0]
    )
    assert towards.converged
    assert 0 < towards.x[0] < 1


@pytest.mark.parametrize("search", [strong_wolfe, backtracking])
def test_a_gradient_that_is_not_finite_counts_as_a_wall(search):
    def grad(x):
        return np.where(x > 0.4, np.nan, 2 * (x - 0.35))

    found = search(lambda x: float((x[0] - 0.35) ** 2), grad, [0.0], [1.0])
    assert found.converged
    assert 0 < found.x[0] <= 0.4


def test_no_search_is_fooled_by_rounding_close_to_a_minimum():
    def fun(x):
        return 1e6 + x[0] ** 2  # differs from 1e6 by less than rounding for |x| < 1e-5

    found = strong_wolfe(fun, lambda x: 2 * x, [1e-6], [-2e-6])
    assert found.converged
    assert found.x[0] == pytest.approx(0, abs=1e-12)  # the first trial, -1e-6, lies as high as the start


@pytest.mark.parametrize(
    ("fun", "grad"),
    [
        (lambda x: -x[0], lambda x: -np.ones(1)),
        (lambda x: -(x[0] ** 2), lambda x: -2 * x),
        (lambda x: -float(np.exp(x[0])), lambda x: -np.exp(x)),
    ],
)
def test_a_function_unbounded_below_is_noticed(fun, grad):
    found = strong_wolfe(fun, grad, [1.0], [1.0])
    assert not found.converged
    assert "unbounded below" in found.message


def test_too_few_trials_are_not_taken_for_a_function_without_a_minimum():
    found = strong_wolfe(lambda x: x @ x, lambda x: 2 * x, [1.0], [-2.0], initial_step=1e-9, max_iter=3)
    assert not found.converged
    assert found.message == "`max_iter` trials did not reach a step that is long enough"
    assert found.step > 0


def test_however_many_trials_an_endless_descent_stays_finite_and_silent():
    slope = np.array([-1.0, 0.0])
    found = strong_wolfe(lambda x: -x[0], lambda x: slope, [0.0, 0.0], [1.0, 0.0], max_iter=1000)
    assert "unbounded below" in found.message
    assert np.isfinite(found.x).all()


def test_a_wrong_gradient_leads_to_no_step():
    for search in (strong_wolfe, backtracking):
        found = search(lambda x: x @ x, lambda x: -2 * x, [1.0], [1.0])
        assert not found.converged
        assert found.step == 0
        assert found.x == [1.0]
        assert "no step along the direction lowers" in found.message


@pytest.mark.parametrize("direction", [[2.0], [0.0]])
@pytest.mark.parametrize("search", [strong_wolfe, backtracking])
def test_a_direction_that_does_not_descend_is_refused(search, direction):
    with pytest.raises(ValueError, match="`direction` must be a direction of descent"):
        search(lambda x: x @ x, lambda x: 2 * x, [1.0], direction)


def test_known_values_are_not_computed_again():
    calls = []
    strong_wolfe(
        lambda x: calls.append("f") or x @ x,
        lambda x: calls.append("g") or 2 * x,
        [1.0],
        [-1.0],
        fun_x=1.0,
        grad_x=np.array([2.0]),
    )
    assert calls == ["f", "g"]


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"initial_step": 0}, ValueError, "`initial_step` must be positive and finite"),
        ({"initial_step": "1"}, TypeError, "`initial_step` must be a real number"),
        ({"c1": 1.5}, ValueError, "`c1` must be between 0 and 1"),
        ({"c1": 0.9, "c2": 0.1}, ValueError, "`c1` must be below `c2`"),
        ({"max_iter": 0}, ValueError, "`max_iter` must be at least 1"),
    ],
)
def test_bad_options_are_refused(options, error, match):
    with pytest.raises(error, match=match):
        strong_wolfe(lambda x: x @ x, lambda x: 2 * x, [1.0], [-1.0], **options)


def test_an_infinite_start_is_refused():
    with pytest.raises(ValueError, match=r"`fun\(x0\)` must be finite, got nan"):
        backtracking(lambda x: np.nan, lambda x: x, [1.0], [-1.0])
