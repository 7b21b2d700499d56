"""Every strategy draws what its name says, plain values first, and covers rough ones too."""

import numpy as np
import pytest
from hypothesis import given, settings
from runmath.claims.search import smallest_failure
from runmath.testing import arrays, distributions

EPS = np.finfo(float).eps


def find(strategy, condition):
    """Return the smallest case that meets a condition, the same in every run."""
    return smallest_failure(strategy, condition, cases=1000, seed=1)[1]


common = settings(max_examples=100)


@common
@given(arrays("S: n n symmetric, K: n n skew-symmetric, D: n n diagonal"))
def test_symmetric_skew_and_diagonal_matrices_are_so_exactly(case):
    S, K, D = (case[name] for name in ["S", "K", "D"])
    np.testing.assert_array_equal(S, S.T)
    np.testing.assert_array_equal(K, -K.T)
    np.testing.assert_array_equal(D, np.diag(np.diag(D)))


@common
@given(arrays("P: n n positive-definite"))
def test_positive_definite_matrices_are_symmetric_with_positive_eigenvalues_and_moderate_condition(case):
    P = case["P"]
    np.testing.assert_allclose(P, P.T, rtol=4 * EPS)
    eigenvalues = np.linalg.eigvalsh(P)
    assert eigenvalues[0] > 0
    assert eigenvalues[-1] / eigenvalues[0] < 1e4


@common
@given(arrays("A: n n invertible"))
def test_invertible_matrices_are_well_conditioned(case):
    A = case["A"]
    assert np.linalg.cond(A) < 1e4


@common
@given(arrays("Q: n n orthogonal"))
def test_orthogonal_matrices_have_orthonormal_columns(case):
    Q = case["Q"]
    np.testing.assert_allclose(Q.T @ Q, np.eye(len(Q)), atol=10 * len(Q) * EPS)


@common
@given(arrays("p: n probability"))
def test_probability_vectors_are_nonnegative_and_sum_to_one(case):
    p = case["p"]
    assert (p >= 0).all()
    assert abs(p.sum() - 1) <= len(p) * EPS


@common
@given(distributions())
def test_distributions_have_increasing_points(distribution):
    points, p = distribution
    assert len(points) == len(p)
    assert (np.diff(points) > 0).all()


@common
@given(arrays("A: m n, B: n 3, x: n, X: m n data, t:"))
def test_equal_letters_are_equal_dimensions(case):
    A, B, x, X, t = (case[name] for name in ["A", "B", "x", "X", "t"])
    assert A.shape == X.shape
    assert B.shape == (A.shape[1], 3)
    assert x.shape == (A.shape[1],)
    assert np.shape(t) == ()


@pytest.mark.parametrize(
    "kind", ["", "symmetric", "positive-definite", "invertible", "orthogonal", "diagonal"]
)
@pytest.mark.parametrize("plain", [True, False])
def test_every_kind_draws_both_plain_and_rough_matrices(kind, plain):
    found = find(arrays(f"A: n n {kind}"), lambda case: is_plain(case["A"]) == plain)["A"]
    assert is_plain(found) == plain


def is_plain(A):
    return (A.round() == A).all()


def test_a_plain_matrix_is_smaller_than_a_rough_one():
    found = find(arrays("A: m n"), lambda case: np.linalg.matrix_rank(case["A"]) > 1)["A"]
    assert found.shape == (2, 2)
    assert is_plain(found)


def test_the_smallest_orthogonal_matrix_that_is_not_the_identity_is_readable():
    found = find(
        arrays("Q: n n orthogonal"), lambda case: not np.array_equal(case["Q"], np.eye(len(case["Q"])))
    )
    np.testing.assert_array_equal(found["Q"], [[-1]])


@pytest.mark.parametrize(
    "bad", ["A", "A: m n p", "A: m n symmetric", "A: m n, A: n m", "x: n matrix", "1A: m n", ""]
)
def test_a_declaration_that_cannot_be_read_is_refused(bad):
    with pytest.raises(ValueError, match="`declaration` must"):
        arrays(bad)
