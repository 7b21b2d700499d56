"""Arguments are checked with one wording, converted to float64, and never changed."""

from fractions import Fraction

import numpy as np
import pytest
from runmath.core import as_integer, as_matrix, as_tolerance, as_vector


@pytest.mark.parametrize(
    "value",
    [
        [[1, 2], [3, 4]],
        ((True, False),),
        np.ones((2, 3), np.float32),
        np.arange(4, dtype=np.uint8).reshape(2, 2),
    ],
)
def test_real_matrices_become_float64(value):
    A = as_matrix(value, "A")
    assert A.dtype == np.float64
    np.testing.assert_array_equal(A, np.array(value))


def test_the_result_shares_no_memory_with_the_input():
    A = np.ones((2, 2))
    as_matrix(A, "A")[0, 0] = 7.0
    as_vector(A[0], "b")[0] = 7.0
    np.testing.assert_array_equal(A, np.ones((2, 2)))


@pytest.mark.parametrize(
    ("value", "error", "match"),
    [
        ([1.0, 2.0], ValueError, r"`A` must be a matrix .* got shape \(2,\)"),
        (np.zeros((0, 3)), ValueError, r"`A` must be a matrix .* got shape \(0, 3\)"),
        ([[1.0, np.nan]], ValueError, "`A` must be finite, got NaN or infinity"),
        ([[1.0, np.inf]], ValueError, "`A` must be finite, got NaN or infinity"),
        ([[1.0 + 0j]], TypeError, "`A` must be an array of real numbers, got .* complex128"),
        ([[Fraction(1, 2)]], TypeError, "`A` must be an array of real numbers, got .* object"),
        ([["1"]], TypeError, "`A` must be an array of real numbers"),
        ([[1, 2], [3]], TypeError, "`A` must be an array of real numbers"),
        (None, TypeError, "`A` must be an array of real numbers"),
    ],
)
def test_what_is_no_finite_real_matrix_is_refused(value, error, match):
    with pytest.raises(error, match=match):
        as_matrix(value, "A")


def test_squareness_and_size_can_be_demanded():
    with pytest.raises(ValueError, match=r"`A` must be a square matrix, got shape \(1, 2\)"):
        as_matrix([[1, 2]], "A", square=True)
    with pytest.raises(ValueError, match="`b` must be a vector of 3 entries, got 2"):
        as_vector([1, 2], "b", size=3)
    with pytest.raises(ValueError, match="`b` must be a vector"):
        as_vector([[1, 2]], "b")


@pytest.mark.parametrize("value", [True, 2.0, "2", None, np.float64(2)])
def test_only_integers_are_integers(value):
    with pytest.raises(TypeError, match="`rank` must be an integer, got"):
        as_integer(value, "rank")


@pytest.mark.parametrize(
    ("value", "options", "match"),
    [
        (0, {}, "`rank` must be at least 1, got 0"),
        (-1, {"low": 0}, "`rank` must be at least 0, got -1"),
        (6, {"high": 5}, "`rank` must be between 1 and 5, got 6"),
    ],
)
def test_an_integer_out_of_range_is_refused(value, options, match):
    with pytest.raises(ValueError, match=match):
        as_integer(value, "rank", **options)


def test_integers_of_numpy_become_python_integers():
    assert type(as_integer(np.int32(3), "rank", high=3)) is int


@pytest.mark.parametrize(
    ("value", "error"),
    [(-1e-3, ValueError), (1.0, ValueError), (np.nan, ValueError), (True, TypeError), ("0", TypeError)],
)
def test_a_tolerance_is_a_number_from_0_to_below_1(value, error):
    with pytest.raises(error, match="`tol` must be"):
        as_tolerance(value, "tol")
