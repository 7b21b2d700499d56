"""Elimination with exchanges factors every square matrix; without, it may fail or lose every digit."""

from itertools import permutations

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS, relative_error
from runmath.linear_algebra import lu, lu_without_pivoting
from runmath.linear_algebra.lu import BASE

SIZES = [1, 2, 5, BASE - 1, BASE, BASE + 1, 2 * BASE + 3, 150]


def wilkinson(n):
    """Partial pivoting never exchanges, and the last column doubles at every step (trefethen1997numerical, 22.4)."""
    A = np.eye(n) - np.tril(np.ones((n, n)), -1)
    A[:, -1] = 1.0
    return A


def gallery():
    rng = np.random.default_rng(0)
    G = rng.standard_normal
    for n in SIZES:
        yield f"random {n}", G((n, n))
    yield "zero", np.zeros((3, 3))
    yield "ones", np.ones((40, 40))
    yield "rank 2", G((50, 2)) @ G((2, 50))
    yield "zero columns", G((50, 50)) * (np.arange(50) % 3 > 0)
    yield "nilpotent", np.eye(40, k=1)
    yield "permutation", np.eye(70)[rng.permutation(70)]
    yield "reversed triangle", np.tril(G((50, 50)))[::-1]
    yield "Hilbert", scipy.linalg.hilbert(20)
    yield "Wilkinson", wilkinson(45)
    yield "graded rows", G((40, 40)) * 10.0 ** np.linspace(-140, 140, 40)[:, None]
    yield "graded columns", G((40, 40)) * 10.0 ** np.linspace(140, -140, 40)
    yield "huge", 1e307 * G((40, 40))
    yield "tiny", 1e-290 * G((40, 40))
    yield "Fortran order", np.asfortranarray(G((50, 50)))


GALLERY = dict(gallery())


@pytest.mark.parametrize("A", GALLERY.values(), ids=GALLERY.keys())
def test_a_permuted_matrix_is_the_product_of_its_factors(A):
    factors, n = lu(A), len(A)
    L, U, scale = factors.L, factors.U, 2.0 ** -np.frexp(np.abs(A).max())[1]
    np.testing.assert_array_equal(np.triu(L, 1), 0.0)
    np.testing.assert_array_equal(np.diag(L), 1.0)
    np.testing.assert_array_equal(np.tril(U, -1), 0.0)
    assert np.abs(L).max() <= 1.0
    np.testing.assert_array_equal(factors.P @ (scale * A), scale * A[factors.permutation])
    residual = np.abs(scale * A[factors.permutation] - L @ (scale * U))
    assert (residual <= n * EPS * (np.abs(L) @ np.abs(scale * U))).all()


@pytest.mark.parametrize("n", SIZES)
def test_pivots_and_factors_are_lapacks(n):
    A = np.random.default_rng(n).standard_normal((n, n))
    expected, exchanges = scipy.linalg.lu_factor(A)
    order = np.arange(n)
    for i, j in enumerate(exchanges):
        order[[i, j]] = order[[j, i]]
    factors = lu(A)
    np.testing.assert_array_equal(factors.permutation, order)
    np.testing.assert_allclose(factors.LU, expected, atol=100 * n * EPS * np.linalg.cond(A))


@pytest.mark.parametrize("shape", [(), (1,), (6,)])
@pytest.mark.parametrize("n", SIZES)
def test_solutions_of_both_systems_have_small_residuals(n, shape):
    rng = np.random.default_rng(n)
    A, b = rng.standard_normal((n, n)), rng.standard_normal((n, *shape))
    factors = lu(A)
    size = (np.abs(factors.L) @ np.abs(factors.U)).max()
    for M, x in ((A, factors.solve(b)), (A.T, factors.solve_transposed(b))):
        assert x.shape == b.shape
        assert np.abs(M @ x - b).max() <= 3 * n * EPS * n * size * np.abs(x).max()


def test_one_factorisation_serves_many_right_hand_sides():
    rng = np.random.default_rng(3)
    A, B = rng.standard_normal((70, 70)), rng.standard_normal((70, 50))
    expected = np.linalg.solve(A, B)
    np.testing.assert_allclose(
        lu(A).solve(B), expected, rtol=0, atol=1e-13 * np.linalg.cond(A) * np.abs(expected).max()
    )


@pytest.mark.parametrize("n", [1, 5, 20, 40])
def test_the_growth_factor_of_wilkinsons_matrix_is_two_to_the_n_minus_1(n):
    factors = lu(wilkinson(n))
    assert factors.growth == 2.0 ** (n - 1)
    np.testing.assert_array_equal(factors.permutation, np.arange(n))


def test_growth_costs_digits_although_the_matrix_is_well_conditioned():
    n = 60
    A, x = wilkinson(n), np.random.default_rng(0).standard_normal(60)
    assert np.linalg.cond(A) < 100
    assert relative_error(lu(A).solve(A @ x), x) > 0.01
    G = np.random.default_rng(1).standard_normal((n, n))
    assert lu(G).growth < n


def test_exchanges_save_what_a_small_pivot_loses():
    A, b = np.array([[1e-20, 1.0], [1.0, 1.0]]), np.array([1.0, 2.0])
    np.testing.assert_allclose(lu(A).solve(b), [1.0, 1.0], rtol=4 * EPS)
    factors = lu_without_pivoting(A)
    assert factors.growth == 1e20
    np.testing.assert_array_equal(factors.solve(b), [0.0, 1.0])


@pytest.mark.parametrize("n", SIZES)
def test_without_exchanges_a_dominant_matrix_is_the_product_of_its_factors(n):
    rng = np.random.default_rng(n)
    A = rng.uniform(-1, 1, (n, n))
    A[np.diag_indices(n)] = np.abs(A).sum(axis=0)  # dominant by columns: |l_ij| ≤ 1 and growth ≤ 2
    factors = lu_without_pivoting(A)
    np.testing.assert_array_equal(factors.permutation, np.arange(n))
    assert np.abs(factors.L).max() <= 1.0 + n * EPS
    assert factors.growth <= 2.0
    residual = np.abs(A - factors.L @ factors.U)
    assert (residual <= n * EPS * (np.abs(factors.L) @ np.abs(factors.U))).all()


@pytest.mark.parametrize("row", [0, 3, BASE + 7])
def test_a_zero_pivot_without_exchanges_is_named(row):
    n = 2 * BASE
    A = np.eye(n)
    A[row : row + 2, row : row + 2] = [[0.0, 1.0], [1.0, 0.0]]
    with pytest.raises(
        ValueError, match=f"`A` must have no zero pivot, got 0 in row {row} .*exchange rows, as `lu` does"
    ):
        lu_without_pivoting(A)
    assert lu(A).slogdet() == (-1.0, 0.0)


def test_a_zero_pivot_above_zeros_does_not_stop_elimination():
    A = np.array([[0.0, 1.0], [0.0, 2.0]])
    factors = lu_without_pivoting(A)
    np.testing.assert_array_equal(factors.L @ factors.U, A)


def test_a_singular_matrix_is_factored_and_not_solved():
    for factors in (lu(np.ones((3, 3))), lu(np.zeros((2, 2)))):
        assert factors.slogdet() == (0.0, -np.inf)
        for solve in (factors.solve, factors.solve_transposed):
            with pytest.raises(
                ValueError, match=r"`U` must have no zero on its diagonal, .* the matrix is singular"
            ):
                solve(np.ones(len(factors.LU)))
    assert lu(np.zeros((2, 2))).growth == 1.0


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_determinant_of_a_permutation_is_its_sign(order):
    P = np.eye(4)[list(order)]
    assert lu(P).slogdet() == (round(np.linalg.det(P)), 0.0)


@pytest.mark.parametrize("n", SIZES)
def test_the_determinant_agrees_with_numpys(n):
    A = np.random.default_rng(n).standard_normal((n, n))
    sign, log_size = lu(A).slogdet()
    expected = np.linalg.slogdet(A)
    assert sign == expected[0]
    assert log_size == pytest.approx(expected[1], abs=10 * n * EPS * np.linalg.cond(A))


def test_a_determinant_out_of_range_has_a_logarithm():
    sign, log_size = lu(-1e-200 * np.eye(7)).slogdet()
    assert (sign, log_size) == (-1.0, pytest.approx(-1400 * np.log(10)))


def test_powers_of_two_pass_through_exactly():
    A = np.random.default_rng(0).standard_normal((40, 40))
    for e in (-900, 1010):
        np.testing.assert_array_equal(lu(2.0**e * A).U, 2.0**e * lu(A).U)
        np.testing.assert_array_equal(lu(2.0**e * A).L, lu(A).L)


def test_factors_beyond_the_largest_float_are_an_error():
    A = 1.7e308 * wilkinson(3)
    with pytest.raises(OverflowError, match="the factor U exceeds the largest float64"):
        lu(A)
    with pytest.raises(OverflowError, match="a factor exceeds the largest float64; use `lu`"):
        lu_without_pivoting([[1e-300, 1.0], [1e300, 1.0]])


def test_a_sum_on_the_way_may_exceed_the_largest_float():
    L = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    U = 1e308 * np.array([[1.0, 0.0, 1.5], [0.0, 1.0, 1.5], [0.0, 0.0, -1.5]])  # 1.5 - (1.5 + 1.5)
    A = 1e308 * np.array([[1.0, 0.0, 1.5], [0.0, 1.0, 1.5], [1.0, 1.0, 1.5]])
    factors = lu(A)
    np.testing.assert_array_equal(factors.L, L)
    np.testing.assert_allclose(factors.U, U, rtol=4 * EPS)


def test_the_input_is_not_changed():
    A = np.random.default_rng(0).standard_normal((5, 5))
    before = A.copy()
    lu(A).solve(np.ones(5))
    lu_without_pivoting(A)
    np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize("function", [lu, lu_without_pivoting])
@pytest.mark.parametrize(
    ("A", "error", "match"),
    [
        (np.ones((2, 3)), ValueError, "`A` must be a square matrix, got shape"),
        ([[np.inf]], ValueError, "`A` must be finite"),
        ([[1j]], TypeError, "`A` must be an array of real numbers"),
    ],
)
def test_bad_matrices_are_refused(function, A, error, match):
    with pytest.raises(error, match=match):
        function(A)


def test_bad_right_hand_sides_are_refused():
    with pytest.raises(ValueError, match="`b` must be a vector of 2 entries, got 3"):
        lu(np.eye(2)).solve(np.ones(3))
    with pytest.raises(ValueError, match=r"`b` must have 2 rows, got shape \(3, 2\)"):
        lu(np.eye(2)).solve_transposed(np.ones((3, 2)))
