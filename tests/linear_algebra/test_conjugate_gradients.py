"""Conjugate gradients: best approximations from Krylov spaces, and what follows from that."""

import warnings

import numpy as np
import pytest
import scipy.linalg
import scipy.sparse
from runmath.core import EPS, ConvergenceWarning
from runmath.linear_algebra import Poisson, conjugate_gradients
from scipy.sparse.linalg import aslinearoperator


def spd(values, seed=0):
    """A dense symmetric positive definite matrix with these eigenvalues."""
    n = len(values)
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))[0]
    A = (Q * np.asarray(values, dtype=float)) @ Q.T
    return (A + A.T) / 2


def iterate(A, b, steps, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return conjugate_gradients(A, b, tol=0.0, max_iter=steps, **options).solution


def energy(A, e):
    return np.sqrt(e @ A @ e)


@pytest.mark.parametrize("values", [[3.0], np.ones(5), np.geomspace(1, 1e3, 30), np.linspace(1, 9, 50)])
def test_the_solution_is_that_of_cholesky(values):
    A, b = spd(values), np.random.default_rng(1).standard_normal(len(values))
    result = conjugate_gradients(A, b, tol=1e-12)
    expected = scipy.linalg.cho_solve(scipy.linalg.cho_factor(A), b)
    assert result.converged
    assert np.linalg.norm(A @ result.solution - b) <= 1.01e-12 * np.linalg.norm(b)
    error = np.linalg.norm(result.solution - expected)
    assert error <= 2e-12 * np.linalg.norm(b) / min(values)


def test_matrices_operators_and_functions_on_grids_are_the_same_map():
    problem = Poisson((4, 6), 2.0)
    A = problem.to_sparse()
    b = np.random.default_rng(2).standard_normal(problem.shape)
    dense = A.toarray()
    for form in (problem.apply, A, scipy.sparse.csc_matrix(A), aslinearoperator(A), dense, dense.tolist()):
        result = conjugate_gradients(form, b, preconditioner=np.diag(1 / np.diag(dense)), tol=1e-12)
        np.testing.assert_allclose(result.solution, problem.solve(b), rtol=1e-9)


@pytest.mark.parametrize("k", [1, 2, 5])
def test_k_different_eigenvalues_take_k_steps(k):
    values = np.repeat(1.0 + np.arange(k), 8)
    b = np.random.default_rng(3).standard_normal(8 * k)
    assert conjugate_gradients(spd(values), b, tol=1e-12).n_iter == k


def test_every_iterate_is_the_best_of_its_krylov_space():
    A, b = spd(np.linspace(1, 20, 12)), np.random.default_rng(4).standard_normal(12)
    x, start = np.linalg.solve(A, b), np.random.default_rng(5).standard_normal(12)
    K = np.empty((12, 0))
    for k in range(1, 8):
        r = b - A @ start
        K = np.linalg.qr(np.column_stack([K, A @ K[:, -1] if k > 1 else r]))[0]
        best = start + K @ np.linalg.solve(K.T @ A @ K, K.T @ r)  # least energy norm of the error
        actual = iterate(A, b, k, x0=start)
        assert energy(A, actual - best) <= 1e-9 * energy(A, x - start)


@pytest.mark.parametrize("condition", [2.0, 30.0, 1e3])
def test_the_error_stays_below_chebyshevs_bound(condition):
    n = 60
    nodes = np.cos((2 * np.arange(n) + 1) * np.pi / (2 * n))
    values = (1 + condition) / 2 + (condition - 1) / 2 * nodes / nodes[0]
    A = spd(values)
    x = np.random.default_rng(6).standard_normal(n)
    q = (np.sqrt(condition) - 1) / (np.sqrt(condition) + 1)
    for k in (1, 3, 8, 15):
        ratio = energy(A, iterate(A, A @ x, k) - x) / energy(A, x)
        assert ratio <= 2 / (q**k + q**-k) * (1 + 1e-9) + 1e-13


def test_the_bound_is_attained():
    # error components √(1/λ) at two eigenvalues: one step contracts by (κ - 1) / (κ + 1) = 2 / (q + 1/q)
    A = np.diag([1.0, 9.0])
    x = np.array([1.0, 1 / 9])  # A x = (1, 1), the worst start
    ratio = energy(A, iterate(A, A @ x, 1) - x) / energy(A, x)
    assert ratio == pytest.approx(0.8, rel=1e-12)


def test_preconditioning_is_a_change_of_variables():
    A, B, b = spd(np.geomspace(1, 50, 10)), spd(np.linspace(1, 3, 10), 7), np.ones(10)
    L = np.linalg.cholesky(B)
    for k in (1, 2, 4):
        transformed = L @ iterate(L.T @ A @ L, L.T @ b, k)
        np.testing.assert_allclose(iterate(A, b, k, preconditioner=B), transformed, rtol=1e-9)


def test_the_inverse_as_preconditioner_takes_one_step():
    A = spd(np.geomspace(1, 1e6, 20))
    result = conjugate_gradients(A, np.ones(20), preconditioner=lambda r: np.linalg.solve(A, r))
    assert result.n_iter == 1


@pytest.mark.parametrize("condition", [1e4, 1e10])
def test_the_last_residual_is_a_true_one(condition):
    A = spd(np.geomspace(1 / condition, 1, 40))
    b = A @ np.random.default_rng(8).standard_normal(40)
    result = conjugate_gradients(A, b, tol=1e-13, max_iter=20000)
    true = np.linalg.norm(b - A @ result.solution) / np.linalg.norm(b)
    assert result.converged
    assert result.history[-1] <= 1e-13
    assert true == pytest.approx(
        result.history[-1], abs=40 * EPS * np.linalg.norm(result.solution) / np.linalg.norm(b)
    )


def test_a_far_start_is_forgotten():
    A, b = spd(np.linspace(1, 9, 20)), np.ones(20)
    x0 = 1e10 * np.random.default_rng(10).standard_normal(20)  # the recurrence loses what rounds off at 1e-6
    result = conjugate_gradients(A, b, x0=x0, tol=1e-12)
    assert np.linalg.norm(b - A @ result.solution) <= 1.01e-12 * np.linalg.norm(b)


def test_a_tolerance_below_rounding_ends_with_a_warning_and_a_small_residual():
    A = spd(np.geomspace(1, 100, 20))
    with pytest.warns(ConvergenceWarning, match="conjugate gradients did not converge; precondition"):
        result = conjugate_gradients(A, np.ones(20), tol=0.0, max_iter=2000)
    assert (result.converged, result.n_iter) == (False, 2000)
    assert result.history[-1] < 1e-13
    assert result.history.min() > EPS / 10  # the recurrence alone would go down to 1e-160


def test_a_masked_region_is_solved_on_its_own_points_only():
    problem, mask = Poisson((7, 7)), np.ones((7, 7))
    mask[4:, 4:] = 0.0  # an L
    b = mask * np.random.default_rng(9).standard_normal((7, 7))
    result = conjugate_gradients(lambda v: mask * problem.apply(mask * v) + (1 - mask) * v, b, tol=1e-12)
    inside = np.flatnonzero(mask)
    A = problem.to_sparse().toarray()[np.ix_(inside, inside)]
    np.testing.assert_allclose(
        result.solution.ravel()[inside], np.linalg.solve(A, b.ravel()[inside]), rtol=1e-9
    )
    np.testing.assert_array_equal(result.solution[mask == 0], 0.0)


@pytest.mark.parametrize("exponent", [-1000, 900])
def test_the_unit_of_b_does_not_matter(exponent):
    A, b, unit = spd(np.linspace(1, 5, 9)), np.ones(9), 2.0**exponent
    expected = conjugate_gradients(A, b)
    result = conjugate_gradients(A, unit * b)
    np.testing.assert_array_equal(result.solution, unit * expected.solution)
    np.testing.assert_array_equal(result.history, expected.history)


def test_zero_and_exact_starts_take_no_step():
    A = spd(np.linspace(1, 5, 9))
    x = np.arange(9.0)
    assert conjugate_gradients(A, np.zeros(9)).n_iter == 0
    assert conjugate_gradients(A, A @ x, x0=x).n_iter == 0
    to_zero = conjugate_gradients(A, np.zeros(9), x0=x)
    assert to_zero.history[0] == 1.0
    assert np.linalg.norm(to_zero.solution) <= 1e-7 * np.linalg.norm(x)


def test_inputs_are_not_changed():
    A, b, x0 = spd([1.0, 2.0]), np.ones(2), np.zeros(2)
    conjugate_gradients(lambda v: A @ v, b, x0=x0, preconditioner=lambda r: r)
    np.testing.assert_array_equal((b, x0), [[1, 1], [0, 0]])


@pytest.mark.parametrize(
    ("A", "b", "options", "match"),
    [
        (np.diag([1.0, -1.0]), [1, 1], {}, "`A` must be positive definite, got a vector"),
        (np.zeros((2, 2)), [1, 1], {}, "`A` must be positive definite"),
        (np.eye(2), [1, 1], {"preconditioner": -np.eye(2)}, "`preconditioner` must be positive definite"),
        (np.eye(3), [1, 1], {}, r"`A` must have shape \(2, 2\), got \(3, 3\)"),
        (np.eye(2), [1, np.nan], {}, "`b` must be finite and not empty"),
        (np.eye(2), [1, 1], {"x0": [1]}, r"`x0` must have the shape \(2,\) of `b`, got \(1,\)"),
        (np.eye(2), [1, 1], {"tol": 2}, "`tol` must be at least 0 and below 1"),
        (np.eye(2), [1, 1], {"max_iter": -1}, "`max_iter` must be at least 0"),
    ],
)
def test_bad_input_is_refused(A, b, options, match):
    with pytest.raises(ValueError, match=match):
        conjugate_gradients(A, b, **options)


def test_complex_numbers_are_refused():
    with pytest.raises(TypeError, match="`b` must be an array of real numbers, got entries of complex128"):
        conjugate_gradients(np.eye(1), [1j])
