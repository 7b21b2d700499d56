"""What all minimisers promise: counts, histories, warnings, and errors that name the argument."""

import numpy as np
import pytest
from runmath.core import ConvergenceWarning
from runmath.optimization import (
    OptimizeResult,
    bfgs,
    gauss_newton,
    gradient_descent,
    lbfgs,
    levenberg_marquardt,
    newton,
    newton_cg,
    quadratic,
    rosenbrock,
)


def with_hessian(fun, grad, hess, x0, **options):
    return newton(fun, grad, hess, x0, **options)


def with_products(fun, grad, hess, x0, **options):
    return newton_cg(fun, grad, lambda x, v: hess(x) @ v, x0, **options)


def without(method):
    def run(fun, grad, hess, x0, **options):
        return method(fun, grad, x0, **options)

    run.__name__ = method.__name__
    return run


METHODS = [without(gradient_descent), without(bfgs), without(lbfgs), with_hessian, with_products]
BOWL = quadratic([1.0, 3.0, 10.0])
every_method = pytest.mark.parametrize("method", METHODS, ids=lambda m: m.__name__)


@every_method
def test_the_minimum_of_a_bowl_is_found_from_everywhere(method):
    for x0 in ([3.0, -2.0, 1.0], [1e8, 0, 1.0], [1e-12, 1e-9, 0.0]):
        found = method(BOWL.fun, BOWL.grad, BOWL.hess, x0)
        assert found.converged
        assert np.abs(found.grad).max() <= 1e-6
        assert found.message == "the gradient is below the tolerance"


@every_method
def test_a_start_at_the_minimum_takes_no_step(method):
    found = method(BOWL.fun, BOWL.grad, BOWL.hess, np.zeros(3))
    assert (found.n_iter, found.n_fun, found.n_grad) == (0, 1, 1)
    assert found.converged


@every_method
def test_the_fields_describe_the_point(method):
    valley, x0 = rosenbrock(2), [-1.0, 0.5]
    found = method(valley.fun, valley.grad, valley.hess, x0, tol=1e-3, keep_path=True, max_iter=20_000)
    assert isinstance(found, OptimizeResult)
    assert found.fun == valley.fun(found.x)
    np.testing.assert_array_equal(found.grad, valley.grad(found.x))
    assert found.path.shape == (found.n_iter + 1, 2)
    np.testing.assert_array_equal(found.path[0], x0)
    np.testing.assert_array_equal(found.path[-1], found.x)
    np.testing.assert_allclose(found.history, [np.abs(valley.grad(x)).max() for x in found.path])
    values = [valley.fun(x) for x in found.path]
    assert (np.diff(values) < 0).all()
    assert method(valley.fun, valley.grad, valley.hess, x0, tol=1e-1).path is None


@every_method
def test_evaluations_are_counted(method):
    calls = {"fun": 0, "grad": 0}

    def fun(x):
        calls["fun"] += 1
        return BOWL.fun(x)

    def grad(x):
        calls["grad"] += 1
        return BOWL.grad(x)

    found = method(fun, grad, BOWL.hess, np.ones(3))
    assert (found.n_fun, found.n_grad) == (calls["fun"], calls["grad"])


@every_method
def test_running_twice_gives_the_same_and_the_start_is_not_changed(method):
    x0 = np.array([1.0, 2.0, 3.0])
    first, second = (method(BOWL.fun, BOWL.grad, BOWL.hess, x0) for _ in range(2))
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(x0, [1, 2, 3])


@every_method
def test_a_function_that_spoils_its_argument_does_no_harm(method):
    def fun(x):
        value = BOWL.fun(x)
        x[:] = 99
        return value

    assert method(fun, BOWL.grad, BOWL.hess, np.ones(3)).converged


@every_method
def test_too_few_iterations_are_a_warning_and_a_field(method):
    valley = rosenbrock(2)
    with pytest.warns(ConvergenceWarning, match="`max_iter` steps were not enough") as caught:
        found = method(valley.fun, valley.grad, valley.hess, [-1.2, 1.0], max_iter=3)
    assert not found.converged
    assert found.n_iter == 3
    assert "test_descent" in caught[0].filename or "descent" in caught[0].filename


@every_method
def test_no_iteration_returns_the_start(method):
    with pytest.warns(ConvergenceWarning):
        found = method(BOWL.fun, BOWL.grad, BOWL.hess, np.ones(3), max_iter=0)
    np.testing.assert_array_equal(found.x, np.ones(3))


@every_method
@pytest.mark.parametrize("slope", [1.0, 1e-3])
def test_a_function_unbounded_below_is_reported(method, slope):
    with pytest.warns(ConvergenceWarning, match="unbounded below|`max_iter` steps"):
        found = method(
            lambda x: -slope * x[0],
            lambda x: np.array([-slope]),
            lambda x: np.zeros((1, 1)),
            [0.0],
            max_iter=50,
        )
    assert not found.converged


@every_method
def test_a_wrong_gradient_is_reported(method):
    with pytest.warns(ConvergenceWarning, match="no step along the direction lowers.*is `grad` the gradient"):
        found = method(BOWL.fun, lambda x: -BOWL.grad(x), BOWL.hess, np.ones(3))
    assert not found.converged


@pytest.mark.parametrize("method", [gradient_descent, bfgs, lbfgs])
def test_a_slope_that_underflows_ends_the_descent_with_a_warning(method):
    with pytest.warns(ConvergenceWarning, match="no step along the direction lowers"):
        found = method(lambda x: 1e-180 * float(x @ x), lambda x: 2e-180 * x, [1.0, 2.0], tol=1e-185)
    assert not found.converged


@pytest.mark.parametrize("method", [with_hessian, with_products])
def test_without_a_tolerance_newton_stops_where_the_slope_underflows(method):
    with pytest.warns(ConvergenceWarning, match="no step along the direction lowers"):
        found = method(
            lambda x: float((x**4).sum()), lambda x: 4 * x**3, lambda x: np.diag(12 * x**2), [1.0], tol=0.0
        )
    assert np.abs(found.x).max() < 1e-70


@every_method
def test_walls_of_nan_are_not_crossed(method):
    def fun(x):  # x - log x, whose minimum is 1
        return float(x[0] - np.log(x[0]))

    found = method(fun, lambda x: 1 - 1 / x, lambda x: np.diag(1 / x**2), [5.0])
    assert found.x == pytest.approx([1.0], abs=1e-5)


@every_method
def test_overflow_on_trial_steps_is_silent_and_survived(method):
    found = method(
        lambda x: float(np.cosh(x[0])), np.sinh, lambda x: np.array([[np.cosh(x[0])]]), [30.0], tol=1e-6
    )
    assert found.x == pytest.approx([0.0], abs=1e-6)


@every_method
@pytest.mark.parametrize(
    ("fun", "grad", "x0", "options", "error", "match"),
    [
        (BOWL.fun, BOWL.grad, [[1.0]], {}, ValueError, "`x0` must be a vector"),
        (BOWL.fun, BOWL.grad, [np.inf, 0, 0], {}, ValueError, "`x0` must be finite"),
        (BOWL.fun, BOWL.grad, [1j, 0, 0], {}, TypeError, "`x0` must be an array of real numbers"),
        (3, BOWL.grad, np.ones(3), {}, TypeError, "`fun` must be a function, got int"),
        (BOWL.fun, None, np.ones(3), {}, TypeError, "`grad` must be a function, got NoneType"),
        (lambda x: np.nan, BOWL.grad, np.ones(3), {}, ValueError, r"`fun\(x0\)` must be finite, got nan"),
        (BOWL.fun, lambda x: x / 0, np.ones(3), {}, ValueError, r"`grad\(x0\)` must be finite"),
        (lambda x: x, BOWL.grad, np.ones(3), {}, TypeError, r"`fun\(x\)` must be one real number"),
        (BOWL.fun, lambda x: np.ones(2), np.ones(3), {}, TypeError, r"`grad\(x\)` must be a real array"),
        (BOWL.fun, BOWL.grad, np.ones(3), {"tol": -1}, ValueError, "`tol` must be at least 0"),
        (BOWL.fun, BOWL.grad, np.ones(3), {"max_iter": 1.5}, TypeError, "`max_iter` must be an integer"),
    ],
)
def test_bad_input_is_refused(method, fun, grad, x0, options, error, match):
    with pytest.raises(error, match=match):
        method(fun, grad, BOWL.hess, x0, **options)


@pytest.mark.parametrize("method", [gauss_newton, levenberg_marquardt])
@pytest.mark.parametrize(
    ("residual", "jacobian", "error", "match"),
    [
        (3, np.diag, TypeError, "`residual` must be a function"),
        (lambda x: 1.0, np.diag, TypeError, r"`residual\(x\)` must be real and a vector"),
        (lambda x: x[:1], np.diag, ValueError, r"`residual\(x\)` must have at least 2 entries"),
        (lambda x: x, lambda x: np.eye(3), TypeError, r"`jacobian\(x\)` must be real and of shape \(2, 2\)"),
        (lambda x: x / 0, np.diag, ValueError, r"`fun\(x0\)` must be finite"),
        (lambda x: x, lambda x: np.eye(2) * np.nan, ValueError, r"`grad\(x0\)` must be finite"),
    ],
)
def test_unfit_residuals_are_refused(method, residual, jacobian, error, match):
    with pytest.raises(error, match=match), np.errstate(divide="ignore", invalid="ignore"):
        method(residual, jacobian, [1.0, 2.0])
