"""The pseudoinverse, and the solution of least norm of a least-squares problem."""

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS
from runmath.linear_algebra import lstsq_svd, pseudoinverse


def matrix_of_rank(rank, shape, seed):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((shape[0], rank)) @ rng.standard_normal((rank, shape[1]))


CASES = [(3, (6, 3)), (3, (3, 6)), (4, (4, 4)), (2, (7, 5)), (2, (5, 7)), (1, (1, 1))]


@pytest.mark.parametrize(("rank", "shape"), CASES)
def test_the_pseudoinverse_satisfies_penroses_four_conditions(rank, shape):
    A = matrix_of_rank(rank, shape, 0)
    P = pseudoinverse(A)
    s = np.linalg.svd(A, compute_uv=False)[:rank]
    atol = 8 * sum(shape) * EPS * s[0] / s[-1]
    np.testing.assert_allclose(A @ P @ A, A, atol=atol * s[0])
    np.testing.assert_allclose(P @ A @ P, P, atol=atol / s[-1])
    np.testing.assert_allclose(A @ P, (A @ P).T, atol=atol)
    np.testing.assert_allclose(P @ A, (P @ A).T, atol=atol)


@pytest.mark.parametrize(("rank", "shape"), CASES)
def test_pseudoinverse_and_solution_agree_with_numpy_and_scipy(rank, shape):
    A = matrix_of_rank(rank, shape, 1)
    b = np.random.default_rng(2).standard_normal(shape[0])
    result = lstsq_svd(A, b)
    expected, _, expected_rank, _ = scipy.linalg.lstsq(A, b)
    s = result.s[:rank]
    rtol = 8 * sum(shape) * EPS * (s[0] / s[-1]) ** 2
    np.testing.assert_allclose(pseudoinverse(A), np.linalg.pinv(A), atol=rtol / s[-1])
    np.testing.assert_allclose(result.x, expected, atol=rtol * np.linalg.norm(b) / s[-1])
    assert result.rank == expected_rank == rank
    assert result.residual_norm == pytest.approx(np.linalg.norm(A @ result.x - b), abs=1e-14)


@pytest.mark.parametrize(("rank", "shape"), CASES)
def test_the_residual_is_orthogonal_to_the_range_and_x_to_the_null_space(rank, shape):
    A = matrix_of_rank(rank, shape, 3)
    b = np.random.default_rng(4).standard_normal(shape[0])
    x = lstsq_svd(A, b).x
    size = np.linalg.norm(A) * (np.linalg.norm(A) * np.linalg.norm(x) + np.linalg.norm(b))
    assert np.abs(A.T @ (A @ x - b)).max() <= 8 * sum(shape) * EPS * size
    N = scipy.linalg.null_space(A)
    assert np.abs(N.T @ x).max(initial=0.0) <= 64 * sum(shape) * EPS * np.linalg.norm(x)


def test_the_zero_matrix_has_the_zero_pseudoinverse():
    np.testing.assert_array_equal(pseudoinverse(np.zeros((2, 3))), np.zeros((3, 2)))
    result = lstsq_svd(np.zeros((2, 3)), [3.0, 4.0])
    assert (result.rank, result.residual_norm, result.x.tolist()) == (0, 5.0, [0.0, 0.0, 0.0])


@pytest.mark.parametrize(
    ("a", "b"), [(1e-300, 1e-300), (1e-200, 1.0), (1e200, 1e200), (1.0, 1.4e-200), (1.0, 1e300)]
)
def test_solution_and_residual_are_right_in_every_unit(a, b):
    # x_1 = 1 and x_2 = 2 fit the first two equations; the other two are 3 = 0 and 4 = 0
    result = lstsq_svd(a * np.eye(4, 2), b * np.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_allclose(result.x, [b / a, 2 * b / a], rtol=8 * EPS)
    np.testing.assert_allclose(result.s, a, rtol=8 * EPS)
    assert result.residual_norm == pytest.approx(5 * b, rel=8 * EPS)


def test_a_subnormal_matrix_is_inverted_where_the_inverse_is_a_number():
    result = lstsq_svd([[1e-310]], [1e-200])
    assert result.x[0] == pytest.approx(1e-200 / 1e-310, rel=8 * EPS)
    for solve in (lambda: pseudoinverse([[1e-310]]), lambda: lstsq_svd([[1e-310]], [1.0])):
        with pytest.raises(OverflowError, match="exceeds the largest float64; scale the input"):
            solve()


def test_rcond_decides_which_singular_values_count():
    A = np.diag([1.0, 1e-3, 1e-6])
    assert [lstsq_svd(A, np.ones(3), rcond=r).rank for r in (1e-7, 1e-4, 1e-2)] == [3, 2, 1]
    np.testing.assert_allclose(pseudoinverse(A, rcond=1e-4), np.diag([1.0, 1e3, 0.0]), rtol=1e-14)


@pytest.mark.parametrize("seed", range(5))
def test_truncation_beats_the_plain_inverse_on_a_noisy_hilbert_system(seed):
    n, noise = 12, 1e-6
    A, x = scipy.linalg.hilbert(n), np.ones(n)
    b = A @ x + noise * np.random.default_rng(seed).standard_normal(n)
    s = np.linalg.svd(A, compute_uv=False)
    k = int((s > noise).sum())  # keep what stands above the noise

    def error(y):
        return np.linalg.norm(y - x) / np.linalg.norm(x)

    assert error(lstsq_svd(A, b, rank=k).x) < 1.0
    assert error(np.linalg.inv(A) @ b) > 1e6


def test_fewer_terms_leave_a_larger_residual_and_a_shorter_solution():
    rng = np.random.default_rng(5)
    A, b = rng.standard_normal((9, 5)), rng.standard_normal(9)
    results = [lstsq_svd(A, b, rank=k) for k in range(1, 6)]
    assert (np.diff([result.residual_norm for result in results]) <= 0).all()
    assert (np.diff([np.linalg.norm(result.x) for result in results]) >= 0).all()


def test_inputs_are_not_changed():
    A, b = np.random.default_rng(6).standard_normal((4, 3)), np.ones(4)
    before = A.copy()
    lstsq_svd(A, b)
    pseudoinverse(A)
    np.testing.assert_array_equal(A, before)
    np.testing.assert_array_equal(b, np.ones(4))


@pytest.mark.parametrize(
    ("b", "options", "match"),
    [
        ([1.0], {}, "`b` must be a vector of 2 entries, got 1"),
        ([1.0, np.nan], {}, "`b` must be finite"),
        ([1.0, 2.0], {"rank": 3}, "`rank` must be between 1 and 2, got 3"),
        ([1.0, 2.0], {"rcond": -1.0}, "`rcond` must be at least 0"),
    ],
)
def test_bad_input_is_refused(b, options, match):
    with pytest.raises(ValueError, match=match):
        lstsq_svd(np.eye(2), b, **options)
