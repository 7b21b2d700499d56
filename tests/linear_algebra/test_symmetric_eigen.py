"""Symmetric eigenvalues by tridiagonal QR and by Jacobi: A = Q diag(λ) Qᵀ for every symmetric matrix."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS, ConvergenceWarning
from runmath.linear_algebra import jacobi_eigen, symmetric_eigen, tridiagonalise

METHODS = pytest.mark.parametrize("method", [symmetric_eigen, jacobi_eigen])


def make_symmetric_gallery():
    rng = np.random.default_rng(41)
    G = rng.standard_normal

    def with_spectrum(values):
        Q = np.linalg.qr(G((len(values), len(values))))[0]
        A = (Q * values) @ Q.T
        return (A + A.T) / 2

    B = G((33, 33))
    rank_two = G((20, 2))
    return {
        "1x1": np.array([[-3.0]]),
        "1x1 zero": np.zeros((1, 1)),
        "exchange": np.array([[0.0, 1.0], [1.0, 0.0]]),
        "zero": np.zeros((7, 7)),
        "identity": np.eye(6),
        "diagonal": np.diag([3.0, -1.0, 0.0, 3.0]),
        "permutation": np.eye(9)[::-1].copy(),
        "zero diagonal": np.diag(np.ones(11), 1) + np.diag(np.ones(11), -1),
        "ones": np.ones((10, 10)),
        "random odd": B + B.T,
        "several panels": np.add(*(lambda X: (X, X.T))(G((70, 70)))),
        "Laplacian": 2 * np.eye(40) - np.eye(40, k=1) - np.eye(40, k=-1),
        "Wilkinson 21": np.diag(np.abs(np.arange(-10.0, 11))) + np.eye(21, k=1) + np.eye(21, k=-1),
        "Hilbert": scipy.linalg.hilbert(14),
        "rank 2": rank_two @ rank_two.T,
        "repeated": with_spectrum(np.repeat([2.0, -1.0, 5.0], 7)),
        "cluster": with_spectrum(1 + 1e-10 * np.arange(15)),
        "both signs, graded": with_spectrum(np.r_[10.0 ** -np.arange(10), -(10.0 ** -np.arange(10))]),
        "blocks": scipy.linalg.block_diag(np.ones((4, 4)), np.zeros((3, 3)), -np.ones((2, 2))),
        "tiny": 1e-200 * with_spectrum(np.arange(1.0, 9)),
        "huge": 1e200 * with_spectrum(np.arange(-4.0, 4)),
        "subnormal": np.round(with_spectrum(np.arange(1.0, 6)) * 2**20) * 2.0**-1060,
        "arrow": np.eye(12) + np.outer(np.eye(12)[0], np.ones(12)) + np.outer(np.ones(12), np.eye(12)[0]),
    }


GALLERY = make_symmetric_gallery()


@pytest.fixture(params=GALLERY.values(), ids=GALLERY.keys(), name="S")
def symmetric_matrix(request):
    return request.param.copy()


def unit(S):
    """S scaled exactly to entries of size 1."""
    e = -int(np.frexp(np.abs(S).max())[1])
    return lambda x: np.ldexp(np.ldexp(x, e // 2), e - e // 2)


@METHODS
def test_the_factors_multiply_to_the_matrix(method, S):
    result, scale = method(S), unit(S)
    residual = (result.eigenvectors * scale(result.eigenvalues)) @ result.eigenvectors.T - scale(S)
    assert result.converged
    grid = scale(2.0**-1074)  # what eigenvalues can be rounded to
    assert np.linalg.norm(residual) <= 8 * len(S) * (EPS * np.linalg.norm(scale(S)) + grid)


@METHODS
def test_eigenvectors_are_orthonormal(method, S):
    Q = method(S).eigenvectors
    np.testing.assert_allclose(Q.T @ Q, np.eye(len(S)), atol=8 * len(S) * EPS)


@METHODS
def test_eigenvalues_ascend_and_are_those_of_lapack(method, S):
    values, scale = method(S).eigenvalues, unit(S)
    assert (np.diff(values) >= 0).all()
    reference = scipy.linalg.eigvalsh(scale(S))
    np.testing.assert_allclose(
        scale(values), reference, atol=8 * len(S) * EPS * np.linalg.norm(scale(S), 2) + scale(2.0**-1074)
    )


@METHODS
def test_eigenvalues_of_the_second_difference_are_known_in_closed_form(method):
    n = 31
    A = 2 * np.eye(n) - np.eye(n, k=1) - np.eye(n, k=-1)
    exact = 4 * np.sin(np.arange(1, n + 1) * np.pi / (2 * (n + 1))) ** 2
    np.testing.assert_allclose(method(A).eigenvalues, exact, atol=4 * n * EPS)


@METHODS
def test_the_input_is_not_changed_and_two_runs_agree(method):
    A = GALLERY["random odd"].copy()
    first, second = method(A), method(A)
    np.testing.assert_array_equal(A, GALLERY["random odd"])
    np.testing.assert_array_equal(first.eigenvectors, second.eigenvectors)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 32, 33, 34, 35, 67])
def test_reflections_make_the_matrix_tridiagonal(n):
    B = np.random.default_rng(n).standard_normal((n, n))
    A = B + B.T
    form = tridiagonalise(A)
    T = np.diag(form.diagonal) + np.diag(form.off_diagonal, 1) + np.diag(form.off_diagonal, -1)
    np.testing.assert_allclose(form.Q.T @ form.Q, np.eye(n), atol=8 * n * EPS)
    np.testing.assert_allclose(form.Q @ T @ form.Q.T, A, atol=8 * n * EPS * np.linalg.norm(A))


def test_the_tridiagonal_form_is_that_of_lapack_up_to_signs():
    B = np.random.default_rng(3).standard_normal((50, 50))
    form = tridiagonalise(B + B.T)
    H = scipy.linalg.hessenberg(B + B.T)
    np.testing.assert_allclose(form.diagonal, np.diag(H), atol=1e-12)
    np.testing.assert_allclose(abs(form.off_diagonal), abs(np.diag(H, 1)), atol=1e-12)


def test_about_two_qr_steps_an_eigenvalue_suffice():
    B = np.random.default_rng(2).standard_normal((120, 120))
    assert symmetric_eigen(B + B.T).n_iter <= 2.5 * 120


def test_the_last_entry_of_the_tridiagonal_matrix_goes_to_zero_at_least_cubically():
    """Wilkinson's shift: wilkinson1968global proves convergence, almost always cubic."""
    from runmath.linear_algebra.symmetric_eigen import _qr_step

    rng = np.random.default_rng(5)
    for _ in range(20):
        d, e = rng.standard_normal(8).tolist(), rng.standard_normal(7).tolist()
        sizes = []
        for _ in range(9):
            _qr_step(d, e, 0, 7)
            sizes.append(abs(e[-1]))
            if sizes[-1] < 1e-14:
                break
        for before, after in pairwise(sizes):
            assert before > 1e-2 or after <= max(100 * before**3, 1e-15)


def test_a_qr_step_is_an_orthogonal_similarity():
    from runmath.linear_algebra.symmetric_eigen import _qr_step, _rotate_rows

    rng = np.random.default_rng(6)
    d, e = rng.standard_normal(7), rng.standard_normal(6)
    T = np.diag(d) + np.diag(e, 1) + np.diag(e, -1)
    after_d, after_e = d.tolist(), e.tolist()
    step = _qr_step(after_d, after_e, 0, 6)
    G = _rotate_rows(np.eye(7), [step])
    after = np.diag(after_d) + np.diag(after_e, 1) + np.diag(after_e, -1)
    np.testing.assert_allclose(G @ T @ G.T, after, atol=20 * EPS)


def test_waves_of_rotations_equal_one_rotation_after_the_other():
    from runmath.linear_algebra.symmetric_eigen import WAVE, _rotate_rows, _Step

    rng = np.random.default_rng(8)
    n, steps = 23, []
    for _ in range(2 * WAVE + 5):
        first, last = np.sort(rng.choice(n, 2, replace=False))
        angle = rng.uniform(0, 2 * np.pi, last - first)
        steps.append(_Step(int(first), np.cos(angle).tolist(), np.sin(angle).tolist()))
    X = rng.standard_normal((n, 4))
    expected = X.copy()
    for step in steps:
        for k, (c, s) in enumerate(zip(step.c, step.s, strict=True), start=step.first):
            expected[[k, k + 1]] = np.array([[c, s], [-s, c]]) @ expected[[k, k + 1]]
    np.testing.assert_allclose(_rotate_rows(X.copy(), steps), expected, atol=1e-12)


def graded_positive_definite(n, spread, seed):
    """D B D with a well-conditioned B of unit diagonal and a D over `spread` orders of magnitude, in mixed order."""
    rng = np.random.default_rng(seed)
    G = rng.standard_normal((n, 3 * n))
    B = G @ G.T
    B /= np.sqrt(np.outer(np.diag(B), np.diag(B)))
    d = 10.0 ** -rng.permutation(np.linspace(0, spread, n))
    A = B * d * d[:, None]
    return (A + A.T) / 2, np.linalg.cond(B)


def exact_eigenvalues(A, digits):
    with mpmath.workdps(digits):
        return np.array([float(v) for v in mpmath.eigsy(mpmath.matrix(A.tolist()), eigvals_only=True)])


@pytest.mark.parametrize(("spread", "seed"), [(6, 0), (12, 1), (60, 2)])
def test_jacobi_finds_every_eigenvalue_of_a_graded_matrix_to_relative_accuracy(spread, seed):
    A, condition = graded_positive_definite(12, spread, seed)
    exact = exact_eigenvalues(A, 40 + 3 * spread)
    np.testing.assert_allclose(jacobi_eigen(A).eigenvalues, exact, rtol=12 * condition * 4 * EPS)


def test_reduction_to_tridiagonal_form_loses_the_small_eigenvalues_of_that_matrix():
    A, _ = graded_positive_definite(12, 12, 1)
    exact = exact_eigenvalues(A, 80)
    assert (abs(symmetric_eigen(A).eigenvalues / exact - 1) > 1).any()


def test_near_the_end_a_sweep_of_jacobi_squares_what_is_left():
    B = np.random.default_rng(4).standard_normal((16, 16))
    A = B + B.T
    gap = np.diff(np.linalg.eigvalsh(A)).min()
    history = jacobi_eigen(A).history  # relative to ‖A‖ / n
    unit = np.linalg.norm(A) / 16
    late = [(b, a) for b, a in pairwise(history) if b * unit < gap / 16]
    assert late
    for before, after in late:
        assert after <= max(16**2 * before**2 * unit / gap, 1e-14)


def test_one_jacobi_rotation_diagonalises_two_by_two():
    for A in ([[1.0, 1e-9], [1e-9, 1.0]], [[1.0, 0.5], [0.5, -1.0]], [[2.0, 1.0], [1.0, 1e-12]]):
        assert jacobi_eigen(A).n_iter == 1


def test_stopping_early_warns():
    A = GALLERY["random odd"]
    with pytest.warns(ConvergenceWarning, match="the QR algorithm did not converge"):
        assert not symmetric_eigen(A, max_iter=3).converged
    with pytest.warns(ConvergenceWarning, match="Jacobi's method did not converge"):
        assert not jacobi_eigen(A, max_sweeps=1).converged


@METHODS
def test_bad_input_is_named(method):
    with pytest.raises(ValueError, match="`A` must be a symmetric matrix"):
        method([[1, 2], [2.1, 1]])
    with pytest.raises(ValueError, match="`A` must be a square matrix"):
        method(np.ones((2, 3)))
    with pytest.raises(ValueError, match="`A` must be finite"):
        method([[np.nan]])
    with pytest.raises(TypeError, match="real numbers"):
        method([[1j]])


def test_options_out_of_range_are_named():
    with pytest.raises(ValueError, match="`max_iter` must be at least 1"):
        symmetric_eigen([[1]], max_iter=0)
    with pytest.raises(ValueError, match="`max_sweeps` must be at least 1"):
        jacobi_eigen([[1]], max_sweeps=0)
    with pytest.raises(ValueError, match="`tol` must be at least 0"):
        jacobi_eigen([[1]], tol=-1.0)


@METHODS
def test_an_asymmetry_of_rounding_size_is_accepted(method):
    B = np.random.default_rng(9).standard_normal((9, 9))
    A = B @ B.T
    A[0, 1] *= 1 + 4 * EPS
    np.testing.assert_allclose(method(A).eigenvalues, np.linalg.eigvalsh(A), rtol=1e-11)


@METHODS
def test_an_eigenvalue_beyond_the_largest_float_is_an_overflow(method):
    with pytest.raises(OverflowError, match="an eigenvalue exceeds"):
        method(np.full((2, 2), 1.5e308))
