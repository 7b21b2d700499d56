"""The test functions: derivatives, minima, values on grids."""

import numpy as np
import pytest
import scipy.optimize
from runmath.optimization import (
    TestFunction,
    beale,
    check_gradient,
    himmelblau,
    monkey_saddle,
    numerical_hessian,
    peaks,
    quadratic,
    rastrigin,
    rosenbrock,
)

TURN = np.linalg.qr(np.arange(9).reshape(3, 3) ** 2 + np.eye(3))[0]
FUNCTIONS = [
    rosenbrock(2),
    rosenbrock(5),
    himmelblau(),
    quadratic([1, -2, 5], basis=TURN),
    monkey_saddle(),
    rastrigin(3),
    beale(),
    peaks(),
]
NAMES = [f.name for f in FUNCTIONS]


def points(f, count=5):
    low, high = f.bounds.T
    return np.random.default_rng(0).uniform(low, high, (count, len(low)))


@pytest.mark.parametrize("f", FUNCTIONS, ids=NAMES)
def test_gradient_and_hessian_are_the_derivatives(f):
    for x in points(f):
        assert check_gradient(f.fun, f.grad, x) < 1e-7
        H, exact = f.hess(x), numerical_hessian(f.fun, x, grad=f.grad)
        assert np.linalg.norm(H - exact) <= 1e-7 * np.linalg.norm(exact)


@pytest.mark.parametrize("f", FUNCTIONS, ids=NAMES)
def test_a_grid_of_points_gives_the_values_of_its_points(f):
    x = points(f, 6)
    grid = x.T.reshape(-1, 2, 3)
    np.testing.assert_allclose(f.fun(grid).ravel(), [f.fun(point) for point in x], rtol=1e-13)
    np.testing.assert_allclose(f.grad(grid).reshape(x.shape[1], 6).T, [f.grad(point) for point in x])
    assert type(f.fun(x[0])) is float


@pytest.mark.parametrize("f", [f for f in FUNCTIONS if f.minimum is not None], ids=lambda f: f.name)
def test_the_minimum_is_critical_lowest_and_curved_upwards(f):
    assert np.abs(f.grad(f.minimum)).max() < 1e-13
    assert np.linalg.eigvalsh(f.hess(f.minimum)).min() > 0
    assert f.fun(f.minimum) <= min(f.fun(x) for x in points(f, 2000))


def test_the_formulas_agree_with_scipy():
    x = np.random.default_rng(1).uniform(-2, 2, 7)
    f = rosenbrock(7)
    assert f.fun(x) == pytest.approx(scipy.optimize.rosen(x), rel=1e-14)
    np.testing.assert_allclose(f.hess(x), scipy.optimize.rosen_hess(x), rtol=1e-13)


def test_peaks_has_the_values_of_its_formula():
    x, y = 0.4, -1.1
    expected = (
        3 * (1 - x) ** 2 * np.exp(-(x**2) - (y + 1) ** 2)
        - 10 * (x / 5 - x**3 - y**5) * np.exp(-(x**2) - y**2)
        - np.exp(-((x + 1) ** 2) - y**2) / 3
    )
    assert peaks().fun(np.array([x, y])) == pytest.approx(expected, rel=1e-14)


def test_the_signs_of_the_eigenvalues_say_whether_there_is_a_minimum():
    assert quadratic([1, 0]).minimum is not None
    assert quadratic([1, -1]).minimum is None
    np.testing.assert_allclose(
        np.linalg.eigvalsh(quadratic([1, 2, 4], basis=TURN).hess(np.ones(3))), [1, 2, 4]
    )


def test_functions_are_frozen():
    with pytest.raises(AttributeError):
        himmelblau().name = "another"
    assert isinstance(himmelblau(), TestFunction)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: rosenbrock(1), "`n` must be at least 2"),
        (lambda: rastrigin(0), "`n` must be at least 1"),
        (lambda: quadratic([]), "`eigenvalues` must be a vector with at least one entry"),
        (lambda: quadratic([1, 2], basis=[[1, 1], [0, 1]]), "`basis` must have 2 orthonormal columns"),
        (lambda: quadratic([1, 2], basis=np.eye(3)), "`basis` must have 2 orthonormal columns"),
    ],
)
def test_bad_input_is_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()
