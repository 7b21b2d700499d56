"""Gauss-Newton and Levenberg-Marquardt against linear algebra, SciPy and their rates."""

import numpy as np
import pytest
import scipy.optimize
from runmath.core import ConvergenceWarning
from runmath.optimization import check_gradient, gauss_newton, levenberg_marquardt

METHODS = [gauss_newton, levenberg_marquardt]
T = np.linspace(0, 4, 30)
TRUTH = np.array([2.5, 1.3, 0.5])


def decay(x):
    return x[0] * np.exp(-x[1] * T) + x[2]


def decay_jacobian(x):
    e = np.exp(-x[1] * T)
    return np.stack([e, -x[0] * T * e, np.ones_like(T)], axis=1)


NOISY = decay(TRUTH) + 0.05 * np.random.default_rng(0).standard_normal(T.size)


@pytest.mark.parametrize("method", METHODS)
def test_a_linear_problem_has_the_least_squares_solution(method):
    rng = np.random.default_rng(1)
    A, b = rng.standard_normal((12, 4)), rng.standard_normal(12)
    found = method(lambda x: A @ x - b, lambda x: A, np.zeros(4))
    np.testing.assert_allclose(found.x, np.linalg.lstsq(A, b, rcond=None)[0], rtol=1e-6)
    assert found.fun == pytest.approx(0.5 * np.sum((A @ found.x - b) ** 2))


def test_gauss_newton_takes_one_step_on_a_linear_problem():
    A, b = np.vander(np.arange(5.0), 3), np.arange(5.0) ** 3
    assert gauss_newton(lambda x: A @ x - b, lambda x: A, np.zeros(3)).n_iter == 1


@pytest.mark.parametrize("method", METHODS)
def test_a_noisy_decay_is_fitted_as_by_scipy(method):
    found = method(lambda x: decay(x) - NOISY, decay_jacobian, [1.0, 1.0, 0.0])
    theirs = scipy.optimize.least_squares(
        lambda x: decay(x) - NOISY, [1, 1, 0], jac=decay_jacobian, method="lm", xtol=1e-14, ftol=1e-14
    )
    np.testing.assert_allclose(found.x, theirs.x, rtol=1e-6)
    assert found.n_fun <= 2 * theirs.nfev + 5


@pytest.mark.parametrize("method", METHODS)
def test_gradient_of_the_result_is_that_of_half_the_sum_of_squares(method):
    found = method(lambda x: decay(x) - NOISY, decay_jacobian, [1.0, 1.0, 0.0], tol=1e-3)
    np.testing.assert_allclose(found.grad, decay_jacobian(found.x).T @ (decay(found.x) - NOISY), atol=1e-14)
    x = np.array([1.0, 0.7, 0.2])
    half = lambda x: 0.5 * np.sum((decay(x) - NOISY) ** 2)  # noqa: E731
    assert check_gradient(half, lambda x: decay_jacobian(x).T @ (decay(x) - NOISY), x) < 1e-9


def test_without_noise_the_error_is_squared():
    exact = decay(TRUTH)
    path = gauss_newton(
        lambda x: decay(x) - exact, decay_jacobian, [2.3, 1.2, 0.4], tol=1e-13, keep_path=True
    ).path
    errors = np.linalg.norm(path - TRUTH, axis=1)
    errors = errors[errors > 1e-14]
    assert (errors[2:] < 3 * errors[1:-1] ** 2).all()


def test_the_linear_rate_for_a_large_residual_is_the_neglected_curvature_over_the_kept_one():
    # r = (x + 1, c x² + x - 1) has the minimum 0, with JᵀJ = 2 and r₂ r₂'' = -2c
    c = 0.6
    path = gauss_newton(
        lambda x: np.array([x[0] + 1, c * x[0] ** 2 + x[0] - 1]),
        lambda x: np.array([[1.0], [2 * c * x[0] + 1]]),
        [0.01],
        tol=1e-12,
        keep_path=True,
    ).path[:, 0]
    ratios = path[1:] / path[:-1]
    np.testing.assert_allclose(ratios[10:20], 2 * c / 2, rtol=1e-3)


def test_damping_does_not_depend_on_the_units():
    paths = []
    for units in (np.ones(3), np.array([1e-6, 1.0, 1e5])):
        with pytest.warns(ConvergenceWarning):
            found = levenberg_marquardt(
                lambda z, u=units: decay(u * z) - NOISY,
                lambda z, u=units: decay_jacobian(u * z) * u,
                np.array([1.0, 3.0, 0.0]) / units,
                tol=0,
                max_iter=6,
                keep_path=True,
            )
        paths.append(found.path * units)
    np.testing.assert_allclose(paths[1], paths[0], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("method", METHODS)
def test_a_jacobian_without_full_rank_is_survived(method):
    found = method(
        lambda x: np.array([x[0] + x[1] - 2, 0.0]), lambda x: np.array([[1.0, 1], [0, 0]]), [0.0, 0.0]
    )
    assert found.converged
    np.testing.assert_allclose(found.x, [1, 1], rtol=1e-6)  # the shortest step


@pytest.mark.parametrize("method", METHODS)
def test_powells_singular_function_is_minimised_though_its_jacobian_is_singular_there(method):
    def residual(x):
        return np.array(
            [
                x[0] + 10 * x[1],
                np.sqrt(5) * (x[2] - x[3]),
                (x[1] - 2 * x[2]) ** 2,
                np.sqrt(10) * (x[0] - x[3]) ** 2,
            ]
        )

    def jacobian(x):
        a, b = 2 * (x[1] - 2 * x[2]), 2 * np.sqrt(10) * (x[0] - x[3])
        return np.array([[1, 10, 0, 0], [0, 0, np.sqrt(5), -np.sqrt(5)], [0, a, -2 * a, 0], [b, 0, 0, -b]])

    found = method(residual, jacobian, [3.0, -1.0, 0.0, 1.0])
    assert found.converged
    np.testing.assert_allclose(found.x, 0, atol=1e-2)


def test_levenberg_marquardt_arrives_from_where_full_gauss_newton_steps_explode():
    # arctan: Newton steps from beyond 1.39 grow without end
    x = 3.0
    for _ in range(4):
        x = x - np.arctan(x) * (1 + x**2)
    assert abs(x) > 1e3
    found = levenberg_marquardt(np.arctan, lambda x: np.diag(1 / (1 + x**2)), [3.0])
    np.testing.assert_allclose(found.x, 0, atol=1e-8)


@pytest.mark.parametrize("method", METHODS)
def test_too_few_iterations_warn(method):
    with pytest.warns(ConvergenceWarning, match="`max_iter`"):
        found = method(lambda x: decay(x) - NOISY, decay_jacobian, [1.0, 1.0, 0.0], max_iter=1)
    assert not found.converged
    assert found.history.shape == (2,)


def test_without_a_tolerance_levenberg_marquardt_stops_where_the_promised_decrease_underflows():
    with pytest.warns(ConvergenceWarning, match="no step along the direction lowers"):
        found = levenberg_marquardt(lambda x: x**2, lambda x: np.diag(2 * x), [1.0], tol=0.0)
    assert found.x == pytest.approx([0.0], abs=1e-70)


def test_a_wall_of_nan_is_not_crossed():
    found = levenberg_marquardt(lambda x: np.sqrt(x) - 0.1, lambda x: np.diag(0.5 / np.sqrt(x)), [100.0])
    np.testing.assert_allclose(found.x, 0.01, rtol=1e-6)


def test_a_wrong_jacobian_is_reported():
    with pytest.warns(ConvergenceWarning, match="check `jacobian`"):
        found = levenberg_marquardt(lambda x: x - 3, lambda x: -np.eye(1), [0.0])
    assert not found.converged


def test_levenberg_marquardt_converges_where_rounding_hides_the_decrease():
    found = levenberg_marquardt(
        lambda x: np.append(decay(x) - NOISY, 1e4),
        lambda x: np.vstack([decay_jacobian(x), np.zeros(3)]),
        [1, 1, 0],
    )
    assert found.converged  # f = 5e7 + 0.03, and the gradient is below 1e-8


def test_the_enzyme_data_are_fitted_from_far_away_to_the_published_values():
    # bates1988nonlinear: V = 212.7, K = 0.06412, sum of squares 1195
    c = np.repeat([0.02, 0.06, 0.11, 0.22, 0.56, 1.10], 2)
    speed = np.array([76, 47, 97, 107, 123, 139, 159, 152, 191, 201, 207, 200.0])
    found = levenberg_marquardt(
        lambda x: x[0] * c / (x[1] + c) - speed,
        lambda x: np.column_stack([c / (x[1] + c), -x[0] * c / (x[1] + c) ** 2]),
        [500.0, 5.0],
        tol=1e-6,
    )
    assert found.converged
    np.testing.assert_allclose(found.x, [212.7, 0.06412], rtol=1e-4)
    assert 2 * found.fun == pytest.approx(1195.4, abs=0.1)
