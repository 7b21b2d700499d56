"""The adjugate agrees with its cofactors, for invertible and for singular matrices."""

import inspect
from fractions import Fraction

import numpy as np
import pytest
from runmath.core import EPS
from runmath.linear_algebra import adjugate
from scipy.linalg import hilbert


def determinant(rows):
    """Expand along the first row, in exact arithmetic."""
    if not rows:
        return Fraction(1)
    minors = ([row[:j] + row[j + 1 :] for row in rows[1:]] for j in range(len(rows)))
    return sum(
        (
            (-1) ** j * entry * determinant(minor)
            for j, (entry, minor) in enumerate(zip(rows[0], minors, strict=True))
        ),
        Fraction(0),
    )


def cofactors(A):
    """The adjugate by its definition, exact, of an array of floats."""
    rows = [[Fraction(float(entry)) for entry in row] for row in A]
    n = len(rows)
    adj = [
        [
            (-1) ** (i + j) * determinant([row[:i] + row[i + 1 :] for k, row in enumerate(rows) if k != j])
            for j in range(n)
        ]
        for i in range(n)
    ]
    return np.array(adj, dtype=float)


def of_rank(n, rank, seed):
    rng = np.random.default_rng(seed)
    return (rng.integers(-3, 4, (n, rank)) @ rng.integers(-3, 4, (rank, n))).astype(float)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_it_is_the_transposed_matrix_of_cofactors(n):
    A = np.random.default_rng(n).standard_normal((n, n))
    expected = cofactors(A)
    np.testing.assert_allclose(adjugate(A), expected, atol=64 * n * EPS * np.linalg.norm(A) ** (n - 1))


@pytest.mark.parametrize("n", [2, 3, 5])
def test_of_a_matrix_of_rank_n_minus_one_it_has_rank_one(n):
    A = of_rank(n, n - 1, 7)
    assert np.linalg.matrix_rank(A) == n - 1
    adj, size = adjugate(A), np.linalg.norm(A) ** (n - 1)
    np.testing.assert_allclose(adj, cofactors(A), atol=64 * n * EPS * size)
    assert np.linalg.matrix_rank(adj, tol=64 * n * EPS * size) == 1


@pytest.mark.parametrize(("n", "rank"), [(3, 1), (4, 2), (6, 4)])
def test_of_a_matrix_of_lower_rank_it_vanishes(n, rank):
    A = of_rank(n, rank, 0)
    assert np.linalg.norm(adjugate(A)) <= 64 * n * EPS * np.linalg.norm(A) ** (n - 1)


@pytest.mark.parametrize("n", [3, 20, 60])
def test_it_is_the_determinant_times_the_inverse_where_there_is_one(n):
    A = np.random.default_rng(1).standard_normal((n, n)) + 2 * np.sqrt(n) * np.eye(n)
    expected = np.linalg.det(A) * np.linalg.inv(A)
    np.testing.assert_allclose(adjugate(A), expected, atol=100 * n * EPS * np.linalg.norm(expected))


@pytest.mark.parametrize("nudge", [0.0, 2.0**-48, 2.0**-30, 2.0**-10, 1.0])
def test_it_is_accurate_at_and_next_to_a_singular_matrix(nudge):
    A = of_rank(5, 4, 3)
    A[0, 0] += nudge
    exact = cofactors(A)
    assert np.linalg.norm(adjugate(A) - exact) <= 1e-12 * np.linalg.norm(exact)


@pytest.mark.parametrize("n", [1, 2, 5, 30])
def test_both_ways_to_it_agree(n, monkeypatch):
    A = np.random.default_rng(5).standard_normal((n, n)) + np.sqrt(n) * np.eye(n)
    expected = adjugate(A)
    monkeypatch.setattr(inspect.getmodule(adjugate), "CONDITION_LIMIT", 0.0)
    np.testing.assert_allclose(adjugate(A), expected, atol=100 * n * EPS * np.linalg.norm(expected))


def test_the_adjugate_of_a_product_is_the_product_in_reverse():
    A, B = np.random.default_rng(2).standard_normal((2, 6, 6))
    np.testing.assert_allclose(adjugate(A @ B), adjugate(B) @ adjugate(A), atol=1e-10)


@pytest.mark.parametrize("A", [[[5.0]], [[0.0]], [[-2.0]]])
def test_of_every_number_it_is_one(A):
    np.testing.assert_array_equal(adjugate(A), [[1.0]])


def test_of_zero_it_is_zero():
    np.testing.assert_array_equal(adjugate(np.zeros((3, 3))), np.zeros((3, 3)))


@pytest.mark.parametrize("n", [2, 8, 40])
def test_of_an_orthogonal_matrix_it_is_the_transpose_times_the_determinant(n):
    Q = np.linalg.qr(np.random.default_rng(3).standard_normal((n, n)))[0]
    for R in (Q, Q[::-1]):  # one of them is a reflection
        np.testing.assert_allclose(adjugate(R), np.linalg.det(R).round() * R.T, atol=64 * n * EPS)


def test_units_do_not_matter():
    A = np.random.default_rng(4).standard_normal((3, 3))
    for e in (-500, -200, 200, 500):
        np.testing.assert_array_equal(adjugate(np.ldexp(A, e)), np.ldexp(adjugate(A), 2 * e))


def test_products_of_many_singular_values_neither_overflow_nor_underflow():
    n = 400
    d = np.full(n, 1e-3)
    d[: n // 2] = 1e3  # Π d = 1, though half of the product is 10^600
    np.testing.assert_allclose(adjugate(np.diag(d)), np.diag(1 / d), rtol=1e-11)


def test_a_determinant_that_underflows_on_the_way_does_not_matter():
    n = 1100  # scaled to entries below one, the determinant is 2^-1100
    np.testing.assert_allclose(adjugate(np.eye(n)), np.eye(n), atol=1e-13)


def test_a_result_beyond_the_range_of_floats_is_refused():
    with pytest.raises(OverflowError, match="the adjugate exceeds"):
        adjugate(1e200 * np.eye(4))


def test_the_hilbert_matrix_keeps_the_digits_of_its_largest_entries():
    H = hilbert(7)
    exact = cofactors(H)
    assert np.linalg.norm(adjugate(H) - exact) <= 1e-9 * np.linalg.norm(exact)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="`A` must be a square matrix"):
        adjugate(np.ones((2, 3)))
    with pytest.raises(TypeError, match="`A` must be an array of real numbers"):
        adjugate([[1j]])
