"""Signs of eigenvalues and of quadratic forms."""

import numpy as np
import pytest
import scipy.linalg
from hypothesis import given
from runmath.linear_algebra import definiteness, inertia
from runmath.testing import arrays

GALLERY = {
    "positive definite": [[[2, 1], [1, 2]], [[3]], np.eye(4), scipy.linalg.hilbert(6)],
    "positive semidefinite": [[[1, 1], [1, 1]], np.ones((5, 5)), [[0]], np.zeros((3, 3)), np.diag([1, 0, 2])],
    "negative definite": [[[-2, 1], [1, -2]], [[-3]]],
    "negative semidefinite": [[[-1, 1], [1, -1]], np.diag([0, -1])],
    "indefinite": [
        [[0, 1], [1, 0]],
        [[1, 2], [2, 1]],
        np.diag([1, -1, 0]),
        [[0, 0, 1], [0, 0, 0], [1, 0, 0]],
    ],
}


@pytest.mark.parametrize(("name", "A"), [(name, A) for name, group in GALLERY.items() for A in group])
def test_the_gallery_is_named_as_by_hand(name, A):
    assert definiteness(A) == name
    for factor in (1e-300, 1e300):
        assert definiteness(factor * np.asarray(A, dtype=float)) == name


@given(arrays("A: n n symmetric, S: n n invertible"))
def test_sylvester_inertia_does_not_change_under_congruence(case):
    A, S = case["A"], case["S"]
    B = S.T @ A @ S
    assert inertia((B + B.T) / 2, tol=1e-11) == inertia(A, tol=1e-11)


@given(arrays("A: n n symmetric", max_dim=6))
def test_inertia_counts_the_signs_of_lapacks_eigenvalues(case):
    A = case["A"]
    values = np.linalg.eigvalsh(A)
    threshold = 1e-11 * abs(values).max()
    expected = (values > threshold).sum(), (values < -threshold).sum(), (abs(values) <= threshold).sum()
    assert inertia(A, tol=1e-11) == expected


@given(arrays("B: m n"))
def test_gram_matrices_are_positive_semidefinite_and_definite_where_the_columns_are_independent(case):
    B = case["B"]
    full = np.linalg.matrix_rank(B) == B.shape[1]
    assert definiteness(B.T @ B, tol=1e-11) == f"positive {'definite' if full else 'semidefinite'}"


def test_what_counts_as_zero_is_relative_to_the_largest_eigenvalue():
    A = np.diag([1.0, 1e-9])
    assert definiteness(A) == "positive definite"
    assert definiteness(A, tol=1e-8) == "positive semidefinite"
    assert inertia(A, tol=1e-8) == (1, 0, 1)
    B = np.ones((50, 50)) + 1e-3 * np.eye(50)  # eigenvalues 50.001 and 0.001: their ratio is 2e-5
    assert (inertia(B, tol=1e-4), inertia(B, tol=1e-5)) == ((1, 0, 49), (50, 0, 0))


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"`A` must be a symmetric matrix.*\(A \+ A.T\) / 2"):
        definiteness([[1, 2], [0, 1]])
    with pytest.raises(ValueError, match="`tol` must be at least 0"):
        inertia([[1]], tol=1.0)
