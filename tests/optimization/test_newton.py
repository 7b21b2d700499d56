"""Newton's method: quadratic convergence, one step on parabolas, and no saddle as an answer."""

import numpy as np
import pytest
import scipy.optimize
from hypothesis import given, settings
from runmath.optimization import (
    beale,
    himmelblau,
    modified_hessian,
    monkey_saddle,
    newton,
    newton_cg,
    peaks,
    quadratic,
    rosenbrock,
)
from runmath.testing import arrays

SADDLE = (
    lambda x: x[0] ** 2 - x[1] ** 2 + x[1] ** 4,
    lambda x: np.array([2 * x[0], -2 * x[1] + 4 * x[1] ** 3]),
    lambda x: np.diag([2.0, -2 + 12 * x[1] ** 2]),
)


def products(f):
    return lambda x, v: f.hess(x) @ v


@pytest.mark.parametrize("kappa", [1.0, 1e3, 1e8])
def test_a_bowl_takes_one_step_whatever_its_condition(kappa):
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    bowl = quadratic([1.0, 2.0, kappa], basis=Q)
    found = newton(bowl.fun, bowl.grad, bowl.hess, [1.0, -2.0, 3.0], tol=1e-6)
    assert found.n_iter == 1


@pytest.mark.parametrize(
    ("f", "x0"),
    [
        (himmelblau(), [3.4, 2.3]),
        (beale(), [2.8, 0.45]),
        (peaks(), [0.3, -1.5]),
        (rosenbrock(3), [1.1, 1.2, 1.4]),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_the_error_is_squared_in_every_step(f, x0):
    path = newton(f.fun, f.grad, f.hess, x0, tol=1e-13, keep_path=True).path
    errors = np.linalg.norm(path - f.minimum, axis=1)
    errors = errors[(errors > 1e-13) & (errors < 0.1)]
    assert len(errors) >= 3
    constants = errors[1:] / errors[:-1] ** 2
    assert constants[1:].max() < 4 * constants[1:].min() + 4
    assert errors[-1] < errors[0] ** 4


def test_a_degenerate_minimum_is_approached_by_two_thirds_a_step():
    path = newton(
        lambda x: x[0] ** 4, lambda x: 4 * x**3, lambda x: np.array([[12 * x[0] ** 2]]), [1.0], keep_path=True
    ).path[:, 0]
    np.testing.assert_allclose(path[1:] / path[:-1], 2 / 3, rtol=1e-12)


def test_the_iterates_do_not_depend_on_the_coordinates():
    valley, A = rosenbrock(2), np.array([[3.0, 1.0], [-1.0, 2.0]])
    x0 = np.array([-1.2, 1.0])
    path = newton(valley.fun, valley.grad, valley.hess, x0, keep_path=True).path
    other = newton(
        lambda z: valley.fun(A @ z),
        lambda z: A.T @ valley.grad(A @ z),
        lambda z: A.T @ valley.hess(A @ z) @ A,
        np.linalg.solve(A, x0),
        keep_path=True,
    ).path
    np.testing.assert_allclose(other @ A.T, path, atol=1e-6)


@pytest.mark.parametrize("x0", [[0.0, 0.0], [1.0, 0.0], [0.3, 1e-9]])
def test_a_start_at_a_saddle_ends_in_a_minimum(x0):
    found = newton(*SADDLE, x0)
    assert found.converged
    np.testing.assert_allclose(np.abs(found.x), [0, np.sqrt(0.5)], atol=1e-7)


def test_a_start_at_a_maximum_ends_in_a_minimum():
    f = himmelblau()
    top = np.array([-0.270845, -0.923039])
    for _ in range(3):  # pure Newton steps, to be exactly there
        top = top - np.linalg.solve(f.hess(top), f.grad(top))
    assert (np.linalg.eigvalsh(f.hess(top)) < 0).all()
    found = newton(f.fun, f.grad, f.hess, top)
    assert found.fun < 1e-15


def test_newton_descends_where_the_hessian_is_negative_definite():
    found = newton(np.cos, lambda x: -np.sin(x), lambda x: np.array([[-np.cos(x[0])]]), [0.1])
    assert found.fun == pytest.approx(-1)


def test_a_degenerate_saddle_passes_for_a_minimum():
    f = monkey_saddle()  # the documented limit of the test: no eigenvalue is negative
    assert newton(f.fun, f.grad, f.hess, [0.0, 0.0]).converged


def test_an_unfit_hessian_is_refused():
    f = rosenbrock(2)
    with pytest.raises(ValueError, match=r"`hess\(x\)` must have shape \(2, 2\), got \(3, 3\)"):
        newton(f.fun, f.grad, lambda x: np.eye(3), [0.0, 0.0])
    with pytest.raises(ValueError, match=r"`hess\(x\)` must be finite"):
        newton(f.fun, f.grad, lambda x: np.full((2, 2), np.nan), [0.0, 0.0])
    with pytest.raises(ValueError, match=r"`hessp\(x, v\)` must be a vector of 2 entries"):
        newton_cg(f.fun, f.grad, lambda x, v: np.ones(3), [0.0, 0.0])


@settings(derandomize=True, deadline=None, max_examples=50)
@given(arrays("H: n n symmetric"))
def test_the_modified_hessian_keeps_axes_and_sizes_and_is_positive_definite(H):
    H = H["H"]
    B, values = modified_hessian(H), np.linalg.eigvalsh(H)
    np.testing.assert_allclose(B, B.T, atol=1e-12)
    assert np.linalg.eigvalsh(B).min() > 0
    np.testing.assert_allclose(B @ H, H @ B, atol=1e-10)
    largest = np.abs(values).max()
    expected = np.maximum(np.abs(values), 2.0**-26 * largest if largest else 1)
    np.testing.assert_allclose(np.linalg.eigvalsh(B), np.sort(expected), atol=1e-12)


def test_an_unfit_floor_is_refused():
    with pytest.raises(ValueError, match="`floor` must be at least 0 and below 1, got -1"):
        modified_hessian(np.eye(2), floor=-1)
    with pytest.raises(TypeError, match="`floor` must be a real number"):
        modified_hessian(np.eye(2), floor="small")


def test_newton_cg_agrees_with_scipy_on_the_minimum():
    f, x0 = rosenbrock(20), np.full(20, 0.5)
    ours = newton_cg(f.fun, f.grad, products(f), x0, tol=1e-8)
    theirs = scipy.optimize.minimize(f.fun, x0, jac=f.grad, hessp=products(f), method="trust-ncg")
    np.testing.assert_allclose(ours.x, theirs.x, atol=1e-3)
    np.testing.assert_allclose(ours.x, 1, atol=1e-6)


def test_newton_cg_converges_superlinearly():
    f = quadratic(np.linspace(1, 50, 30))

    def fun(x):
        return f.fun(x) + float((x**4).sum())

    history = newton_cg(
        fun,
        lambda x: f.grad(x) + 4 * x**3,
        lambda x, v: f.hess(x) @ v + 12 * x**2 * v,
        np.ones(30),
        tol=1e-12,
    ).history
    ratios = history[1:] / history[:-1]
    assert ratios[-1] < 1e-2
    assert ratios[-1] < ratios[0] / 5


def test_newton_cg_needs_at_most_n_products_for_a_bowl_of_few_eigenvalues():
    f = quadratic([1.0] * 50 + [7.0] * 50)
    found = newton_cg(f.fun, f.grad, products(f), np.random.default_rng(0).standard_normal(100), tol=1e-10)
    assert found.n_hess <= 2 * found.n_iter


def test_newton_cg_leaves_a_region_of_negative_curvature():
    found = newton_cg(SADDLE[0], SADDLE[1], lambda x, v: SADDLE[2](x) @ v, [0.3, 0.1])
    np.testing.assert_allclose(np.abs(found.x), [0, np.sqrt(0.5)], atol=1e-6)
