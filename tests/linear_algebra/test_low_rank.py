"""No matrix of rank k is closer than the truncated SVD, and its error is known beforehand."""

import numpy as np
import pytest
from runmath.core import EPS
from runmath.linear_algebra import (
    break_even_rank,
    low_rank_approximation,
    svd,
    svd_storage,
    truncate,
    truncation_errors,
)

SHAPES = [(1, 1), (2, 2), (2, 3), (4, 5), (3, 7), (40, 25), (450, 333)]


@pytest.mark.parametrize("rank", [1, 3, 8])
def test_the_errors_are_those_of_eckart_young_and_mirsky(rank):
    A = np.random.default_rng(0).standard_normal((12, 8))
    residual = A - low_rank_approximation(A, rank)
    spectral, frobenius = truncation_errors(svd(A).s, rank)
    atol = 8 * 12 * EPS * np.linalg.norm(A)
    assert np.linalg.norm(residual, 2) == pytest.approx(spectral, abs=atol)
    assert np.linalg.norm(residual) == pytest.approx(frobenius, abs=atol)


@pytest.mark.parametrize("norm", [2, "fro", "nuc"])
def test_no_random_competitor_of_the_same_rank_is_closer(norm):
    rng = np.random.default_rng(1)
    A = rng.standard_normal((9, 7))
    best = low_rank_approximation(A, 2)
    error = np.linalg.norm(A - best, norm)
    for _ in range(100):
        B = np.linalg.lstsq(left := rng.standard_normal((9, 2)), A, rcond=None)[0]
        assert np.linalg.norm(A - left @ B, norm) > error
    for step in 10.0 ** -np.arange(1, 6):  # nearby competitors: move one factor of the best one a little
        U, s, Vt = np.linalg.svd(best)
        near = (U[:, :2] + step * rng.standard_normal((9, 2))) * s[:2] @ Vt[:2]
        assert np.linalg.norm(A - near, norm) >= error * (1 - 100 * EPS)


@pytest.mark.parametrize("rank", [1, 4])
def test_the_approximation_has_the_rank_asked_for(rank):
    A = np.random.default_rng(2).standard_normal((10, 6))
    assert np.linalg.matrix_rank(low_rank_approximation(A, rank)) == rank


def test_the_full_rank_gives_the_matrix_back(A):
    A_r = truncate(svd(A), min(A.shape))
    largest = np.abs(A).max(initial=1e-300)
    np.testing.assert_allclose(A_r / largest, A / largest, atol=8 * sum(A.shape) ** 1.5 * EPS)


def test_relative_error_squared_is_the_energy_of_the_tail():
    s = np.array([3.0, 2.0, 1.0])
    assert [truncation_errors(s, k) for k in range(4)] == [
        (3.0, pytest.approx(14**0.5)),
        (2.0, pytest.approx(5**0.5)),
        (1.0, 1.0),
        (0.0, 0.0),
    ]


@pytest.mark.parametrize("unit", [2.0**-1070, 2.0**-600, 1.0, 2.0**600])
def test_errors_of_truncation_are_right_in_every_unit(unit):
    assert truncation_errors([12 * unit, 4 * unit, 3 * unit], 1) == (4 * unit, 5 * unit)


@pytest.mark.parametrize("shape", SHAPES)
def test_break_even_is_the_last_rank_that_saves_room(shape):
    m, n = shape
    k = break_even_rank(shape)
    assert k == 0 or svd_storage(shape, k) < m * n
    assert svd_storage(shape, k + 1) >= m * n


def test_the_photograph_of_the_book_breaks_even_at_191():
    assert break_even_rank((450, 333)) == 191
    assert svd_storage((450, 333), 50) == 50 * 450 + 50 + 50 * 333


@pytest.mark.parametrize("rank", [0, 4, 1.0, True])
def test_a_rank_out_of_range_is_refused(rank):
    with pytest.raises((ValueError, TypeError), match="`rank` must be"):
        low_rank_approximation(np.eye(3), rank)


def test_singular_values_that_do_not_descend_are_refused():
    for s in ([1.0, 2.0], [1.0, -1.0]):
        with pytest.raises(ValueError, match="`s` must be non-negative and descending"):
            truncation_errors(s, 1)


@pytest.mark.parametrize("shape", [(2, 3, 4), 5, (2,)])
def test_a_shape_is_a_pair(shape):
    for function in (break_even_rank, lambda shape: svd_storage(shape, 1)):
        with pytest.raises(ValueError, match=r"`shape` must be a pair \(m, n\), got"):
            function(shape)
