"""Thomas's algorithm is elimination where nothing but three diagonals is stored."""

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS
from runmath.linear_algebra import lu_without_pivoting, solve_tridiagonal


def dense(lower, diagonal, upper):
    return np.diag(diagonal) + np.diag(lower, -1) + np.diag(upper, 1)


def dominant(n, seed=0):
    rng = np.random.default_rng(seed)
    lower, upper = rng.uniform(-1, 1, n - 1), rng.uniform(-1, 1, n - 1)
    sums = np.append(0, np.abs(lower)) + np.append(np.abs(upper), 0)
    return lower, (sums + 0.1) * rng.choice([-1, 1], n), upper


@pytest.mark.parametrize("columns", [(), (1,), (5,)])
@pytest.mark.parametrize("n", [1, 2, 3, 10, 300])
def test_dominant_systems_are_solved_to_a_few_rounding_errors_an_entry(n, columns):
    diagonals = dominant(n, n)
    b = np.random.default_rng(n + 1).standard_normal((n, *columns))
    x = solve_tridiagonal(*diagonals, b)
    A = dense(*diagonals)
    assert x.shape == b.shape
    # |b - A x| ≤ f(eps/2) (|A| |x|) · 3 for a dominant matrix, f(u) = 4u + ...: higham2002accuracy, Theorem 9.12
    assert (np.abs(A @ x - b) <= 20 * EPS * (np.abs(A) @ np.abs(x))).all()


@pytest.mark.parametrize("n", [2, 10, 300])
def test_solutions_agree_with_lapack(n):
    lower, diagonal, upper = dominant(n, n)
    b = np.random.default_rng(n).standard_normal(n)
    bands = np.array([np.append(0, upper), diagonal, np.append(lower, 0)])
    expected = scipy.linalg.solve_banded((1, 1), bands, b)
    np.testing.assert_allclose(
        solve_tridiagonal(lower, diagonal, upper, b), expected, rtol=0, atol=1e-13 * np.abs(expected).max()
    )


def test_it_is_elimination_without_exchanges():
    diagonals, b = dominant(50), np.random.default_rng(1).standard_normal(50)
    expected = lu_without_pivoting(dense(*diagonals)).solve(b)
    np.testing.assert_allclose(solve_tridiagonal(*diagonals, b), expected, rtol=1e-12)


def test_the_model_of_diffusion_has_its_known_solution():
    n = 99  # -u'' = 2 on (0, 1), u = x (1 - x), which second differences solve exactly
    h = 1 / (n + 1)
    x = h * np.arange(1, n + 1)
    u = solve_tridiagonal(-np.ones(n - 1), 2 * np.ones(n), -np.ones(n - 1), 2 * h**2 * np.ones(n))
    np.testing.assert_allclose(u, x * (1 - x), rtol=0, atol=n**2 * EPS)


def test_a_small_pivot_costs_every_digit():
    A = ([1.0], [1e-20, 1.0], [1.0])
    np.testing.assert_array_equal(solve_tridiagonal(*A, [1.0, 2.0]), [0.0, 1.0])  # the solution is (1, 1)


@pytest.mark.parametrize("row", [0, 1, 2])
def test_a_zero_pivot_is_named(row):
    diagonal = np.where(np.arange(3) < row, 2.0, [0.0, 0.5, 2 / 3])  # pivots 2, 3/2, 4/3, or 0
    with pytest.raises(
        ValueError, match=f"the matrix must have no zero pivot, got 0 in row {row} .*as `lu` does"
    ):
        solve_tridiagonal([1.0, 1.0], diagonal, [1.0, 1.0], np.ones(3))


def test_a_solution_beyond_the_largest_float_is_an_error():
    for b in ([1e300], [[1e300, 1.0]]):
        with pytest.raises(OverflowError, match="the solution exceeds the largest float64"):
            solve_tridiagonal([], [1e-300], [], b)


def test_inputs_are_not_changed():
    arrays = [*dominant(4), np.ones((4, 2))]
    before = [a.copy() for a in arrays]
    solve_tridiagonal(*arrays)
    for a, b in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (([1], [2, 2, 2], [1, 1], [1, 1, 1]), ValueError, "`lower` must be a vector of 2 entries, got 1"),
        (
            ([1, 1], [2, 2, 2], [1, 1, 1], [1, 1, 1]),
            ValueError,
            "`upper` must be a vector of 2 entries, got 3",
        ),
        (([1], [2, 2], [1], [1, 1, 1]), ValueError, "`b` must be a vector of 2 entries, got 3"),
        (([1], [2, 2], [1], np.ones((3, 2))), ValueError, "`b` must have 2 rows"),
        (([1], [2, np.inf], [1], [1, 1]), ValueError, "`diagonal` must be finite"),
        (([1j], [2, 2], [1], [1, 1]), TypeError, "`lower` must be an array of real numbers"),
        (([1], [2], [], [1]), ValueError, "`lower` must be a vector of 0 entries, got 1"),
        (([], [], [], []), ValueError, "`diagonal` must be a vector with at least one entry"),
    ],
)
def test_bad_input_is_refused(arguments, error, match):
    with pytest.raises(error, match=match):
        solve_tridiagonal(*arguments)
