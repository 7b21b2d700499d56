"""Numerical derivatives against exact ones, and the checker against wrong gradients."""

import numpy as np
import pytest
import scipy.optimize
from runmath.optimization import check_gradient, numerical_gradient, numerical_hessian, rosenbrock

X = np.array([0.3, -1.7, 0.9, 2.1])
VALLEY = rosenbrock(4)


@pytest.mark.parametrize(("method", "rtol"), [("central", 1e-9), ("complex", 1e-15)])
def test_differences_of_a_product_of_powers_and_sines_are_its_gradient(method, rtol):
    g = numerical_gradient(lambda x: x[0] ** 3 * np.sin(x[1]) * np.exp(x[2]), X[:3], method=method)
    sine, wave = np.sin(X[1]), np.exp(X[2])
    exact = [3 * X[0] ** 2 * sine * wave, X[0] ** 3 * np.cos(X[1]) * wave, X[0] ** 3 * sine * wave]
    np.testing.assert_allclose(g, exact, rtol=rtol)


def test_central_differences_agree_with_scipy():
    ours, theirs = numerical_gradient(VALLEY.fun, X), scipy.optimize.rosen_der(X)
    np.testing.assert_allclose(ours, theirs, rtol=1e-8)


@pytest.mark.parametrize(("grad", "rtol"), [(None, 1e-6), (VALLEY.grad, 1e-8)])
def test_second_differences_are_the_hessian_and_symmetric(grad, rtol):
    H = numerical_hessian(VALLEY.fun, X, grad=grad)
    exact = scipy.optimize.rosen_hess(X)
    assert np.linalg.norm(H - exact) <= rtol * np.linalg.norm(exact)
    np.testing.assert_array_equal(H, H.T)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_the_step_follows_the_size_of_the_point(scale):
    x = scale * np.array([1.0, 2.0])
    g = numerical_gradient(lambda x: x @ x, x)
    np.testing.assert_allclose(g, 2 * x, rtol=1e-9, atol=1e-10)


def test_the_checker_accepts_a_right_gradient():
    assert check_gradient(VALLEY.fun, VALLEY.grad, X) < 1e-8


@pytest.mark.parametrize("i", range(4))
def test_the_checker_rejects_a_gradient_wrong_by_a_twentieth_of_a_percent(i):
    x = np.array([0.7, 0.9, 1.1, 0.8])

    def wrong(x):
        g = VALLEY.grad(x)
        return g + 5e-4 * np.linalg.norm(g) * np.eye(4)[i]

    assert check_gradient(VALLEY.fun, wrong, x) > 4e-4


def test_the_checker_does_not_take_rounding_for_a_mistake_at_a_minimum():
    assert check_gradient(lambda x: 1e6 + x @ x, lambda x: 2 * x, np.zeros(3)) < 1e-8
    assert check_gradient(lambda x: 0.0, lambda x: 0 * x, [1.0]) == 0


def test_a_function_that_spoils_its_argument_has_the_same_hessian():
    def fun(x):
        value = VALLEY.fun(x)
        x[:] = 99
        return value

    np.testing.assert_array_equal(numerical_hessian(fun, X), numerical_hessian(VALLEY.fun, X))


def test_inputs_are_not_changed():
    def greedy(x):
        value = float(x @ x)
        x[:] = 99
        return value

    x = X.copy()
    numerical_gradient(greedy, x)
    check_gradient(lambda x: x @ x, lambda x: 2 * x, x)
    np.testing.assert_array_equal(x, X)


@pytest.mark.parametrize(
    ("fun", "x", "options", "error", "match"),
    [
        (np.sum, [[1.0]], {}, ValueError, "`x` must be a vector"),
        (np.sum, [np.nan], {}, ValueError, "`x` must be finite"),
        (np.sum, [1.0], {"method": "forward"}, ValueError, "`method` must be 'central' or 'complex'"),
        (lambda x: x, [1.0, 2.0], {}, TypeError, r"`fun\(x\)` must be a float number"),
        (lambda x: np.nan, [1.0], {}, ValueError, r"`fun\(x\)` must be finite near `x`, got nan"),
        (lambda x: 1j, [1.0], {}, TypeError, r"`fun\(x\)` must be a float number"),
    ],
)
def test_bad_input_is_refused(fun, x, options, error, match):
    with pytest.raises(error, match=match):
        numerical_gradient(fun, x, **options)


def test_a_gradient_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"`grad\(x\)` must be a vector of 2 entries, got 3"):
        check_gradient(np.sum, lambda x: np.ones(3), [1.0, 2.0])
    with pytest.raises(ValueError, match=r"`grad\(x\)` must be a vector of 2 entries, got 3"):
        numerical_hessian(np.sum, [1.0, 2.0], grad=lambda x: np.ones(3))
