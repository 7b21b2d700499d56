"""One-sided Jacobi: A = U diag(s) Vt for every matrix, and small singular values to relative accuracy."""

import subprocess
import sys
from itertools import pairwise

import mpmath
import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS, ConvergenceWarning
from runmath.linear_algebra import golub_kahan_svd, svd
from runmath.linear_algebra.svd import sweep
from scipy.linalg.lapack import dgejsv

ORTHOGONALITY = 1e-13  # what the book promises; c n EPS with n = 60 and c = 8
METHODS = pytest.mark.parametrize("method", [svd, golub_kahan_svd])


def unit_scale(A):
    """The power of two that brings the largest entry to [1/2, 1), in two factors that cannot overflow."""
    e = -np.frexp(np.abs(A).max())[1]
    return lambda x: np.ldexp(np.ldexp(x, e // 2), e - e // 2)


def defect(Q):
    return np.abs(Q.T @ Q - np.eye(Q.shape[1])).max()


def exact_singular_values(A):
    with mpmath.workdps(60):
        values = mpmath.svd_r(mpmath.matrix(A.tolist()), compute_uv=False)
        return np.array(sorted((float(value) for value in values), reverse=True))


@METHODS
def test_the_factors_multiply_to_the_matrix(method, A):
    result, scale = method(A), unit_scale(A)
    residual = (result.U * scale(result.s)) @ result.Vt - scale(A)
    assert np.linalg.norm(residual) <= 8 * max(A.shape) * EPS * np.linalg.norm(scale(A))


def test_the_factors_are_orthonormal_for_every_rank(A):
    result = svd(A)
    r = min(A.shape)
    assert (result.U.shape, result.s.shape, result.Vt.shape) == ((len(A), r), (r,), (r, A.shape[1]))
    assert defect(result.U) <= ORTHOGONALITY
    assert defect(result.Vt.T) <= ORTHOGONALITY


@METHODS
def test_singular_values_descend_and_are_not_negative(method, A):
    s = method(A).s
    assert (np.diff(s) <= 0).all()
    assert s[-1] >= 0


def test_singular_values_agree_with_scipy_relative_to_the_largest(A):
    scale = unit_scale(A)
    expected = scipy.linalg.svdvals(scale(A))
    np.testing.assert_allclose(scale(svd(A).s), expected, rtol=0, atol=8 * max(A.shape) * EPS * expected[0])


@pytest.mark.parametrize("grading", ["columns", "rows", "both"])
def test_graded_matrices_have_all_singular_values_to_1e_12_relative(make_graded, grading):
    A = make_graded(14, grading)
    exact = exact_singular_values(A)
    assert exact[0] / exact[-1] > 1e12
    np.testing.assert_allclose(svd(A).s, exact, rtol=1e-12)


@pytest.mark.parametrize("grading", ["columns", "rows", "both"])
@pytest.mark.parametrize("n", [30, 61])
def test_graded_matrices_agree_with_lapacks_jacobi_to_1e_12_relative(make_graded, n, grading):
    A = make_graded(n, grading)
    sva, *_, work, _, info = dgejsv(A, joba=3)  # joba=3: row and column gradings
    assert info == 0
    np.testing.assert_allclose(svd(A).s, sva * (work[0] / work[1]), rtol=1e-12)


def test_tall_and_wide_graded_matrices_keep_relative_accuracy(rng):
    A = rng.standard_normal((20, 10)) * 10.0 ** -np.linspace(0, 12, 20)[:, None]
    exact = exact_singular_values(A)
    np.testing.assert_allclose(svd(A).s, exact, rtol=1e-12)
    np.testing.assert_allclose(svd(A.T).s, exact, rtol=1e-12)


@pytest.mark.parametrize("grading", ["columns", "rows", "both"])
def test_bidiagonalisation_loses_the_small_singular_values_that_jacobi_keeps(make_graded, grading):
    A = make_graded(14, grading)
    exact = exact_singular_values(A)

    def error(s):
        return np.abs(s / exact - 1).max()

    assert error(svd(A).s) < 1e-12
    for s in (golub_kahan_svd(A).s, scipy.linalg.svdvals(A)):
        assert error(s) > 1e-7  # absolute errors of EPS s[0] = 2e-4 s[-1]; a factor 2000 for luck
        assert np.abs(s - exact).max() <= 8 * len(A) * EPS * exact[0]


def test_an_ill_conditioned_factor_without_grading_keeps_the_vectors_orthonormal():
    # On Kahan's matrix QR with pivoting does not reveal the rank, and a triangular solve would spoil V.
    c, n = 0.9, 50
    A = np.sqrt(1 - c * c) ** np.arange(n)[:, None] * (np.eye(n) - c * np.triu(np.ones((n, n)), 1))
    result = svd(A)
    assert max(defect(result.U), defect(result.Vt.T)) <= ORTHOGONALITY
    assert np.linalg.norm((result.U * result.s) @ result.Vt - A) <= 8 * n * EPS * np.linalg.norm(A)


def test_singular_values_below_1e_295_of_the_largest_entry_count_as_zero():
    result = svd(np.diag([1e150, 1.0, 1e-140, 1e-200]))
    np.testing.assert_allclose(result.s, [1e150, 1.0, 1e-140, 0.0], rtol=4 * EPS)
    assert max(defect(result.U), defect(result.Vt.T)) == 0


def test_the_transpose_has_the_same_singular_values_and_exchanged_vectors(rng):
    A = rng.standard_normal((9, 5))
    B, C = svd(A), svd(A.T)
    np.testing.assert_array_equal(B.s, C.s)
    np.testing.assert_array_equal(B.U, C.Vt.T)


def test_powers_of_two_pass_through_exactly(rng):
    A = rng.standard_normal((7, 6))
    np.testing.assert_array_equal(svd(2.0**-300 * A).s, 2.0**-300 * svd(A).s)


@pytest.mark.parametrize("n", [1, 2, 3, 8, 9])
def test_a_sweep_meets_every_pair_of_rows_once(n):
    # All pairs but one are orthogonal. Whichever that one is, the sweep must find it.
    for i in range(n):
        for j in range(i):
            X = np.diag(np.arange(1.0, n + 1))
            X[i, j] = 0.5
            rotated = sweep(X, 0.0)
            gram = rotated @ rotated.T
            np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=8 * n**2 * EPS)


@pytest.mark.parametrize("n", [2, 7, 20])
def test_a_sweep_keeps_the_singular_values_and_reverses_orthogonal_rows(rng, n):
    X = rng.standard_normal((n, n))
    np.testing.assert_allclose(scipy.linalg.svdvals(sweep(X, 0.0)), scipy.linalg.svdvals(X), rtol=1e-13)
    D = np.diag(np.arange(1.0, n + 1))
    np.testing.assert_array_equal(sweep(D, 0.0), D[::-1])


def test_convergence_is_quadratic_at_the_end():
    # For distinct singular values a sweep squares the largest cosine, up to a factor 1 / gap.
    rng = np.random.default_rng(0)
    Q, P = (np.linalg.qr(rng.standard_normal((40, 40)))[0] for _ in range(2))
    h = svd(Q * 1.1 ** np.arange(40) @ P).history
    squared = [(a, b) for a, b in pairwise(h) if a < 1e-2 and a**2 > 100 * EPS]
    assert squared
    assert all(b <= 10 * a**2 for a, b in squared)  # 1 / gap = 10


@pytest.mark.parametrize("n", [10, 30, 100])
def test_at_most_ten_sweeps_suffice(n):
    result = svd(np.random.default_rng(n).standard_normal((n, n)))
    assert result.converged
    assert result.n_iter <= 10
    assert len(result.history) == result.n_iter + 1


@METHODS
def test_stopping_early_is_visible(method, rng):
    A = rng.standard_normal((12, 12))
    option = {svd: "max_sweeps", golub_kahan_svd: "max_iter"}[method]
    with pytest.warns(ConvergenceWarning, match=f"did not converge; raise `{option}`"):
        result = method(A, **{option: 2})
    assert not result.converged
    assert result.n_iter == 2
    assert np.linalg.norm((result.U * result.s) @ result.Vt - A) > 1e-6 or defect(result.U) > 1e-6


@METHODS
def test_the_input_is_not_changed(method, rng):
    A = rng.standard_normal((6, 4))
    before = A.copy()
    method(A)
    method(A.T)
    np.testing.assert_array_equal(A, before)


@METHODS
@pytest.mark.parametrize(
    ("A", "options", "error", "match"),
    [
        ([1.0], {}, ValueError, "`A` must be a matrix"),
        ([[np.nan]], {}, ValueError, "`A` must be finite"),
        ([[1j]], {}, TypeError, "`A` must be an array of real numbers"),
        ([[1.0]], {"tol": -1.0}, ValueError, "`tol` must be at least 0"),
    ],
)
def test_bad_input_is_refused(method, A, options, error, match):
    with pytest.raises(error, match=match):
        method(A, **options)


def test_bad_limits_are_refused():
    with pytest.raises(ValueError, match="`max_sweeps` must be at least 1, got 0"):
        svd([[1.0]], max_sweeps=0)
    with pytest.raises(ValueError, match="`max_iter` must be at least 1, got 0"):
        golub_kahan_svd([[1.0]], max_iter=0)


@METHODS
def test_a_norm_beyond_the_largest_float_is_an_error_with_a_remedy(method):
    A = np.full((2, 2), 1.7e308)
    with pytest.raises(
        OverflowError, match="the largest singular value exceeds the largest float64; scale the input"
    ):
        method(A)
    assert method(A / 2**10).s[0] == pytest.approx(1.7e308 / 2**9)


def test_the_import_is_light():
    command = "import sys, runmath.linear_algebra; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert {"torch", "matplotlib", "sklearn"}.isdisjoint(run.stdout.split())
