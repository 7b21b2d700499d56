"""Gershgorin: the union of the discs holds every eigenvalue."""

import numpy as np
import pytest
from hypothesis import given
from runmath.linear_algebra import gershgorin_bounds, gershgorin_discs, symmetric_eigen
from runmath.testing import arrays


@given(arrays("A: n n", max_dim=6))
def test_every_eigenvalue_lies_in_some_disc_of_the_rows_and_in_some_disc_of_the_columns(case):
    A = case["A"]
    slack = 1e-12 + 40 * np.finfo(float).eps ** (1 / len(A))  # defective eigenvalues are computed this badly
    for B in (A, A.T):
        discs = gershgorin_discs(B)
        for value in np.linalg.eigvals(A):
            assert (abs(value - discs.centers) <= discs.radii + slack).any()


@given(arrays("A: n n symmetric", max_dim=6))
def test_bounds_hold_for_symmetric_matrices(case):
    low, high = gershgorin_bounds(case["A"])
    values = symmetric_eigen(case["A"]).eigenvalues
    assert low - 1e-12 <= values[0]
    assert values[-1] <= high + 1e-12


def test_centers_and_radii_are_those_found_by_hand():
    discs = gershgorin_discs([[1, -2, 3], [0, -5, 4], [7, 0, 0]])
    np.testing.assert_array_equal(discs.centers, [1, -5, 0])
    np.testing.assert_array_equal(discs.radii, [5, 4, 7])


def test_bounds_take_the_better_of_rows_and_columns():
    A = np.array([[1.0, 3.0, 3.0], [0.0, 5.0, 0.0], [0.0, 0.0, 6.0]])  # rows: -5 to 7, columns: 1 to 9
    assert gershgorin_bounds(A) == gershgorin_bounds(A.T) == (1.0, 7.0)


def test_the_bound_is_attained():
    n = 6
    ones = np.ones((n, n))  # eigenvalues 0 and n; discs around 1 of radius n - 1
    assert gershgorin_bounds(ones) == (2.0 - n, float(n))


def test_triangular_matrices_have_discs_but_one_by_one_has_a_point():
    discs = gershgorin_discs([[3]])
    assert (discs.centers[0], discs.radii[0]) == (3.0, 0.0)
    assert gershgorin_bounds(np.diag([3.0, -1.0])) == (-1.0, 3.0)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="`A` must be a square matrix"):
        gershgorin_discs(np.ones((2, 3)))
    with pytest.raises(TypeError, match="`A` must be an array of real numbers"):
        gershgorin_bounds([["a"]])


def test_a_bound_beyond_the_largest_float_is_named():
    with pytest.raises(OverflowError, match="a bound exceeds the largest float64"):
        gershgorin_bounds([[1e308, 1e308], [1e308, 1e308]])
    with pytest.raises(OverflowError, match="a radius exceeds the largest float64"):
        gershgorin_discs([[0, 1e308, 1e308], [0, 0, 0], [0, 0, 0]])
