"""Power, inverse and Rayleigh quotient iteration: one eigenpair, at the rate that theory predicts."""

import numpy as np
import pytest
from runmath.core import EPS, ConvergenceWarning
from runmath.linear_algebra import inverse_iteration, power_iteration, rayleigh_quotient_iteration


def with_spectrum(values, seed=0, *, normal=True):
    rng = np.random.default_rng(seed)
    n = len(values)
    if normal:
        Q = np.linalg.qr(rng.standard_normal((n, n)))[0]
        return (Q * values) @ Q.T
    P = rng.standard_normal((n, n)) + 3 * np.eye(n)
    return (P * values) @ np.linalg.inv(P)


METHODS = {
    "power": power_iteration,
    "inverse": lambda A, **options: inverse_iteration(A, 4.9, **options),
    "Rayleigh": lambda A, **options: rayleigh_quotient_iteration(A, np.arange(1, len(A) + 1), **options),
}


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS.keys())
@pytest.mark.parametrize("normal", [True, False])
def test_the_result_is_an_eigenpair_of_length_one(method, normal):
    A = with_spectrum([5.0, -3.0, 2.0, 1.0, 0.5], normal=normal)
    result = method(A)
    x, value = result.eigenvector, result.eigenvalue
    assert result.converged
    assert np.linalg.norm(x) == pytest.approx(1, abs=4 * EPS)
    assert x[np.abs(x).argmax()] > 0
    residual = np.linalg.norm(A @ x - value * x) / np.linalg.norm(A)
    assert residual <= 1.01e-10
    assert result.history[-1] == pytest.approx(residual, abs=1e-14)
    assert len(result.history) == result.n_iter + 1
    assert np.abs(np.linalg.eigvals(A) - value).min() <= 1e-8


@pytest.mark.parametrize("values", [[4.0, 3.0, 1.0], [4.0, -3.6, 2.0, 1.0], [-4.0, 1.0, 0.0]])
@pytest.mark.parametrize("normal", [True, False])
def test_the_residual_of_power_iteration_falls_by_the_ratio_of_the_eigenvalues(values, normal):
    history = power_iteration(with_spectrum(values, normal=normal), tol=1e-12, max_iter=400).history
    ratio = abs(values[1] / values[0])
    late = history[history < 1e-4]
    np.testing.assert_allclose((late[-2] / late[0]) ** (1 / (len(late) - 2)), ratio, rtol=0.02)


def test_the_residual_of_inverse_iteration_falls_by_the_ratio_of_the_distances():
    A = with_spectrum([1.0, 2.0, 4.0, 9.0])
    history = inverse_iteration(A, 2.4, tol=1e-13).history  # distances 0.4 and 1.4
    late = history[(history < 1e-3) & (history > 1e-12)]
    np.testing.assert_allclose((late[-1] / late[0]) ** (1 / (len(late) - 1)), 0.4 / 1.4, rtol=0.05)


def order_of_convergence(history):
    late = history[(history < 0.03) & (history > 1e-14)]
    logs = np.log(late)
    return logs[1:] / logs[:-1]


def test_rayleigh_quotient_iteration_is_cubic_for_symmetric_and_quadratic_for_other_matrices():
    values = np.array([1.0, 2.0, 4.0, 7.0, 11.0])
    rng = np.random.default_rng(1)
    orders = {True: [], False: []}
    for normal in orders:
        for seed in range(20):
            A = with_spectrum(values, seed, normal=normal)
            V = np.linalg.eig(A).eigenvectors.real
            start = V[:, 0] + 0.05 * rng.standard_normal(5)
            history = rayleigh_quotient_iteration(A, start, tol=1e-14, max_iter=20).history
            orders[normal].extend(order_of_convergence(history)[:1])
    assert 2.7 <= np.median(orders[True]) <= 3.7
    assert 1.7 <= np.median(orders[False]) <= 2.4


def test_a_shift_that_is_an_eigenvalue_does_no_harm():
    result = inverse_iteration(np.diag([1.0, 2.0, 3.0]), 2.0)
    assert result.eigenvalue == pytest.approx(2, rel=1e-14)
    np.testing.assert_allclose(result.eigenvector, [0, 1, 0], atol=1e-14)
    assert rayleigh_quotient_iteration([[1, 2], [2, 1]], [1, 1]).n_iter == 0


@pytest.mark.parametrize("A", [np.diag([2.0, -2.0, 1.0]), np.array([[0.0, -1.0], [1.0, 0.0]])])
def test_power_iteration_warns_where_two_eigenvalues_have_the_largest_modulus(A):
    with pytest.warns(ConvergenceWarning, match="power iteration did not converge"):
        assert not power_iteration(A, max_iter=50).converged


def test_a_repeated_largest_eigenvalue_is_no_obstacle():
    result = power_iteration(with_spectrum([3.0, 3.0, 1.0]))
    assert result.converged
    assert result.eigenvalue == pytest.approx(3, rel=1e-12)


@pytest.mark.parametrize("factor", [1e-200, 1e200])
def test_the_unit_does_not_matter(factor):
    A = with_spectrum([5.0, 3.0, 1.0])
    assert power_iteration(factor * A).eigenvalue == pytest.approx(5 * factor, rel=1e-9)
    assert inverse_iteration(factor * A, 2.9 * factor).eigenvalue == pytest.approx(3 * factor, rel=1e-9)


def test_zero_nilpotent_and_one_by_one_matrices():
    assert power_iteration(np.zeros((3, 3))).eigenvalue == 0
    assert power_iteration([[-2.0]]).eigenvalue == -2
    result = power_iteration([[0.0, 1.0], [0.0, 0.0]])
    assert (result.eigenvalue, result.eigenvector.tolist()) == (0.0, [1.0, 0.0])


def test_a_defective_eigenvalue_is_approached_like_one_over_k():
    with pytest.warns(ConvergenceWarning):
        history = power_iteration([[1.0, 1.0], [0.0, 1.0]], x0=[1, 1], max_iter=2000).history
    np.testing.assert_allclose(history[1000] / history[2000], 4.0, rtol=0.01)  # residual like 1/k²


def test_a_shift_beyond_all_measure_does_not_overflow():
    with pytest.warns(ConvergenceWarning, match="inverse iteration did not converge"):
        result = inverse_iteration([[1e-310, 5e-311], [5e-311, 1e-310]], 1.0)
    assert np.isfinite(result.eigenvalue)
    assert np.isfinite(result.eigenvector).all()


def test_bad_input_is_named():
    A = np.eye(2)
    with pytest.raises(ValueError, match="`A` must be a square matrix"):
        power_iteration(np.ones((2, 3)))
    with pytest.raises(ValueError, match="`x0` must not be zero"):
        power_iteration(A, x0=[0, 0])
    with pytest.raises(ValueError, match="`x0` must be a vector of 2 entries"):
        rayleigh_quotient_iteration(A, [1, 2, 3])
    with pytest.raises(ValueError, match="`shift` must be finite"):
        inverse_iteration(A, np.inf)
    with pytest.raises(TypeError, match="`shift` must be an array of real numbers"):
        inverse_iteration(A, "a")
    with pytest.raises(ValueError, match="`tol` must be at least 0"):
        power_iteration(A, tol=2.0)
    with pytest.raises(ValueError, match="`max_iter` must be at least 1"):
        power_iteration(A, max_iter=0)
