"""Substitution is exact for a matrix whose entries are changed by a few rounding errors of themselves."""

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS
from runmath.linear_algebra import solve_lower, solve_upper
from runmath.linear_algebra.triangular import BASE

SIZES = [1, 2, 5, BASE - 1, BASE, BASE + 1, 3 * BASE + 2]


def lower_triangles():
    rng = np.random.default_rng(0)
    for n in SIZES:
        yield f"random {n}", np.tril(rng.standard_normal((n, n)))
    n = 60
    c = 0.285
    kahan = np.sqrt(1 - c * c) ** np.arange(n)[:, None] * (np.eye(n) - c * np.triu(np.ones((n, n)), 1))
    yield "Kahan", kahan.T
    yield "ones below -1", np.eye(n) - np.tril(np.ones((n, n)), -1)  # κ about n 2ⁿ
    yield "graded rows", np.tril(rng.standard_normal((n, n))) * 10.0 ** np.linspace(0, -150, n)[:, None]
    yield "graded columns", np.tril(rng.standard_normal((n, n))) * 10.0 ** np.linspace(0, 150, n)
    yield "Pascal", scipy.linalg.pascal(20, kind="lower").astype(float)
    yield "tiny", np.tril(rng.standard_normal((5, 5))) * 2.0**-900


LOWER = dict(lower_triangles())


def backward_error(T, x, b):
    """Smallest ε with (T + E) x = b and |E| ≤ ε |T|, in extended precision (higham2002accuracy, Theorem 7.3)."""
    T, x, b = (np.asarray(a, dtype=np.longdouble) for a in (T, x, b))
    size = np.abs(T) @ np.abs(x)
    residual = np.abs(T @ x - b)
    return float((residual[size > 0] / size[size > 0]).max(initial=0.0))


@pytest.mark.parametrize("shape", [(), (1,), (7,)])
@pytest.mark.parametrize("L", LOWER.values(), ids=LOWER.keys())
def test_the_backward_error_of_substitution_is_a_few_rounding_errors_an_entry(L, shape):
    n = len(L)
    b = np.random.default_rng(1).standard_normal((n, *shape)) * np.abs(L).max()
    for T, x in ((L, solve_lower(L, b)), (L.T, solve_upper(L.T, b))):
        assert x.shape == b.shape
        assert backward_error(T, x, b) <= n * EPS


@pytest.mark.parametrize("n", SIZES)
def test_solutions_agree_with_lapack(n):
    rng = np.random.default_rng(n)
    A, b = rng.standard_normal((n, n)) + 2 * np.sqrt(n) * np.eye(n), rng.standard_normal((n, 3))
    for T, solve, lower in ((A, solve_lower, True), (A, solve_upper, False)):
        for unit in (False, True):
            T = T / np.sqrt(n)
            expected = scipy.linalg.solve_triangular(T, b, lower=lower, unit_diagonal=unit)
            np.testing.assert_allclose(solve(T, b, unit_diagonal=unit), expected, rtol=1e-9, atol=1e-10)


def test_the_other_triangle_and_a_unit_diagonal_are_not_read():
    L = np.array([[7.0, 99.0], [3.0, 0.0]])
    np.testing.assert_array_equal(solve_lower(L, [1.0, 5.0], unit_diagonal=True), [1.0, 2.0])
    np.testing.assert_array_equal(solve_upper(L.T, [5.0, 1.0], unit_diagonal=True), [2.0, 1.0])


def test_an_ill_conditioned_system_may_have_an_accurate_solution():
    # κ is 1e17; the bound |L⁻¹| |L| |x| of substitution is small for a positive right-hand side and signs like these
    n = 50
    L = np.eye(n) - np.tril(np.ones((n, n)), -1)
    np.testing.assert_array_equal(solve_lower(L, np.ones(n)), 2.0 ** np.arange(n))
    assert np.linalg.cond(L) > 1e15


@pytest.mark.parametrize("row", [0, 4, 50])
def test_a_zero_on_the_diagonal_is_named(row):
    T = np.eye(60)
    T[row, row] = 0.0
    for solve, name in ((solve_lower, "L"), (solve_upper, "U")):
        with pytest.raises(
            ValueError, match=f"`{name}` must have no zero on its diagonal, got 0 in row {row} "
        ):
            solve(T, np.ones(60))


def test_a_solution_beyond_the_largest_float_is_an_error():
    for solve in (solve_lower, solve_upper):
        with pytest.raises(OverflowError, match="the solution exceeds the largest float64; scale the input"):
            solve([[1e-300]], [1e300])


def test_inputs_are_not_changed():
    L, b = np.tril(np.ones((3, 3))), np.ones((3, 2))
    solve_lower(L, b)
    solve_upper(L.T, b)
    np.testing.assert_array_equal(L, np.tril(np.ones((3, 3))))
    np.testing.assert_array_equal(b, np.ones((3, 2)))


@pytest.mark.parametrize("solve", [solve_lower, solve_upper])
@pytest.mark.parametrize(
    ("T", "b", "error", "match"),
    [
        (np.ones((2, 3)), [1, 2], ValueError, "must be a square matrix"),
        ([[1j]], [1], TypeError, "must be an array of real numbers"),
        (np.eye(2), [1, 2, 3], ValueError, "`b` must be a vector of 2 entries, got 3"),
        (np.eye(2), np.ones((3, 1)), ValueError, r"`b` must have 2 rows, got shape \(3, 1\)"),
        (np.eye(2), np.ones((2, 1, 1)), ValueError, "`b` must be a matrix"),
        (np.eye(2), [1, np.nan], ValueError, "`b` must be finite"),
        (np.eye(1), 1.0, ValueError, "`b` must be a vector"),
    ],
)
def test_bad_input_is_refused(solve, T, b, error, match):
    with pytest.raises(error, match=match):
        solve(T, b)
