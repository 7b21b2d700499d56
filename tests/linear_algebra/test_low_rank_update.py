"""Sherman-Morrison-Woodbury and the determinant lemma agree with a fresh factorisation."""

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS
from runmath.linear_algebra import solve_updated, updated_determinant, updated_inverse


def problem(n, k, seed, *, decades=0.3):
    """A matrix with condition number 10^decades, and an update of size one."""
    rng = np.random.default_rng(seed)
    Q_1, Q_2 = (np.linalg.qr(rng.standard_normal((n, n)))[0] for _ in range(2))
    A = Q_1 * 10.0 ** -np.linspace(0, decades, n) @ Q_2
    U, V = rng.standard_normal((2, n, k)) / np.sqrt(n)
    return A, U, V, rng.standard_normal((n, 2))


def solver(A):
    factors = scipy.linalg.lu_factor(A)
    return lambda B: scipy.linalg.lu_solve(factors, B)


SIZES = [(1, 1), (2, 1), (5, 5), (3, 7), (40, 3), (200, 1)]


@pytest.mark.parametrize(("n", "k"), SIZES)
def test_the_solution_is_that_of_the_sum(n, k):
    A, U, V, b = problem(n, k, 0)
    whole = A + U @ V.T
    x = solve_updated(solver(A), U, V, b)
    tolerance = 16 * n * EPS * (np.linalg.cond(A) + np.linalg.cond(whole)) ** 2
    np.testing.assert_allclose(x, np.linalg.solve(whole, b), atol=tolerance * np.linalg.norm(x))


@pytest.mark.parametrize(("n", "k"), SIZES)
def test_the_inverse_is_that_of_the_sum(n, k):
    A, U, V, _ = problem(n, k, 1)
    whole = A + U @ V.T
    inverse = updated_inverse(np.linalg.inv(A), U, V)
    tolerance = 16 * n * EPS * (np.linalg.cond(A) + np.linalg.cond(whole)) ** 2
    np.testing.assert_allclose(inverse @ whole, np.eye(n), atol=tolerance)


@pytest.mark.parametrize(("n", "k"), SIZES)
def test_the_determinant_is_that_of_the_sum(n, k):
    A, U, V, _ = problem(n, k, 2)
    det = updated_determinant(solver(A), U, V, np.linalg.det(A))
    expected = np.linalg.det(A + U @ V.T)
    size = abs(np.linalg.det(A)) * np.prod(1 + 2 * np.linalg.norm(U, axis=0) * np.linalg.norm(V, axis=0))
    assert det == pytest.approx(expected, abs=16 * n * EPS * size, rel=1e-30)


def test_a_vector_update_and_a_one_column_update_are_the_same():
    A, U, V, b = problem(6, 1, 3)
    x = solve_updated(solver(A), U[:, 0], V[:, 0], b[:, 0])
    assert x.shape == (6,)
    np.testing.assert_array_equal(x, solve_updated(solver(A), U, V, b[:, :1])[:, 0])
    A_inv = np.linalg.inv(A)
    np.testing.assert_array_equal(updated_inverse(A_inv, U[:, 0], V[:, 0]), updated_inverse(A_inv, U, V))
    assert updated_determinant(solver(A), U[:, 0], V[:, 0]) == updated_determinant(solver(A), U, V)


def test_an_update_taken_back_gives_the_matrix_back():
    A, U, V, _ = problem(8, 2, 4)
    A_inv = np.linalg.inv(A)
    back = updated_inverse(updated_inverse(A_inv, U, V), -U, V)
    np.testing.assert_allclose(back, A_inv, atol=1e-12)


def test_the_factor_of_the_determinant_needs_no_determinant():
    u = np.full(1000, 1.0)  # det(A) = 10^-1000 is no float
    factor = updated_determinant(lambda B: 10.0 * B, u, u)
    assert factor == pytest.approx(10_001.0, rel=1e-13)


@pytest.mark.parametrize("decades", [4, 8, 12])
def test_next_to_a_singular_matrix_the_formula_loses_digits_and_refinement_brings_them_back(decades):
    # A is nearly singular, A + u uᵀ is not: the example on which the formula is unstable
    rng = np.random.default_rng(5)
    n = 30
    Q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    d = np.ones(n)
    d[0] = 10.0**-decades
    A, u = Q * d @ Q.T, Q[:, 0]
    truth = rng.standard_normal(n)
    b = (A + np.outer(u, u)) @ truth
    plain = solve_updated(solver(A), u, u, b)
    refined = solve_updated(solver(A), u, u, b, apply=lambda X: A @ X)
    error = [np.linalg.norm(x - truth) / np.linalg.norm(truth) for x in (plain, refined)]
    assert error[0] > 10.0 ** (decades - 18)
    assert error[1] < 100 * EPS


def test_columns_in_different_units_are_no_singularity():
    A, U, V, b = problem(6, 3, 8)
    units = np.array([1e20, 1.0, 1e-20])
    expected = solve_updated(solver(A), U, V, b)
    x = solve_updated(solver(A), U * units, V / units, b)
    np.testing.assert_allclose(x, expected, atol=1e-12 * np.linalg.norm(expected))


@pytest.mark.parametrize("n", [1, 3, 50])
def test_a_singular_sum_is_refused(n):
    rng = np.random.default_rng(6)
    A, u, w, _ = (np.eye(n) * 3 + rng.uniform(0, 1 / n, (n, n)), *rng.standard_normal((3, n)))
    A_inv = np.linalg.inv(A)
    v = -w / (w @ A_inv @ u)  # 1 + vᵀ A⁻¹ u = 0 but for rounding
    with pytest.raises(ValueError, match="`A \\+ U Vᵀ` must be invertible"):
        solve_updated(solver(A), u, v, u)
    with pytest.raises(ValueError, match="must be invertible"):
        updated_inverse(A_inv, u, v)
    factor = updated_determinant(solver(A), u, v)
    assert abs(factor) <= 64 * n * EPS * np.linalg.norm(v) * np.linalg.norm(u)


def test_inputs_are_left_alone():
    A, U, V, b = problem(4, 2, 7)
    copies = [U.copy(), V.copy(), b.copy()]

    def destructive(operator):
        def apply(B):
            X = operator(B)
            B[:] = np.nan
            return X

        return apply

    x = solve_updated(destructive(solver(A)), U, V, b, apply=destructive(lambda X: A @ X))
    np.testing.assert_allclose((A + U @ V.T) @ x, b, atol=1e-12)
    for array, copy in zip([U, V, b], copies, strict=True):
        np.testing.assert_array_equal(array, copy)


def test_bad_input_is_named():
    eye = np.copy
    with pytest.raises(ValueError, match="`V` must have 3 rows, got 2"):
        solve_updated(eye, np.ones(3), np.ones(2), np.ones(3))
    with pytest.raises(ValueError, match="`U` and `V` must have equal shapes"):
        solve_updated(eye, np.ones((3, 2)), np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="`b` must have 3 rows, got 4"):
        solve_updated(eye, np.ones(3), np.ones(3), np.ones(4))
    with pytest.raises(ValueError, match="`U` must be finite"):
        solve_updated(eye, [np.nan], [1], [1])
    with pytest.raises(ValueError, match="`solve` must keep the shape"):
        solve_updated(lambda B: B[:1], np.ones(3), np.ones(3), np.ones(3))
    with pytest.raises(ValueError, match="`steps` must be at least 0"):
        solve_updated(eye, [1], [1], [1], steps=-1)
    with pytest.raises(ValueError, match="`A_inv` must be a square matrix"):
        updated_inverse(np.ones((2, 3)), [1, 1], [1, 1])
    with pytest.raises(ValueError, match="`U` must have 2 rows, got 1"):
        updated_inverse(np.eye(2), [1], [1])
    with pytest.raises(ValueError, match="`det_A` must be finite"):
        updated_determinant(eye, [1], [1], np.inf)
