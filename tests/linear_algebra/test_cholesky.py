"""A matrix has a Cholesky factor exactly where it is symmetric and positive definite."""

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS
from runmath.linear_algebra import cholesky, solve_cholesky
from runmath.linear_algebra.cholesky import BASE

SIZES = [1, 2, 5, BASE - 1, BASE, BASE + 1, 2 * BASE + 3, 150]


def definite(n, condition=10.0, seed=0):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.standard_normal((n, n)))[0]
    A = Q * np.geomspace(1, condition, n) @ Q.T
    return (A + A.T) / 2


def gallery():
    rng = np.random.default_rng(1)
    for n in SIZES:
        yield f"size {n}", definite(n)
    for condition in (1e4, 1e8, 1e12):
        yield f"condition {condition:.0e}", definite(60, condition)
    D = 10.0 ** rng.permutation(np.linspace(-70, 70, 60))
    yield "rows and columns of any scale", D[:, None] * definite(60) * D
    yield "Hilbert", scipy.linalg.hilbert(12)
    yield "Pascal", scipy.linalg.pascal(15).astype(float)
    yield "Poisson", 2 * np.eye(100) - np.eye(100, k=1) - np.eye(100, k=-1)
    yield "huge", 1e307 * definite(40)
    yield "tiny", 1e-300 * definite(40)
    yield "Fortran order", np.asfortranarray(definite(50))


GALLERY = dict(gallery())


@pytest.mark.parametrize("A", GALLERY.values(), ids=GALLERY.keys())
def test_the_error_of_every_entry_is_relative_to_its_row_and_column(A):
    L, n = cholesky(A), len(A)
    np.testing.assert_array_equal(np.triu(L, 1), 0.0)
    assert (np.diag(L) > 0).all()
    d = np.sqrt(np.diag(A))
    unit = L / d[:, None]  # rows of length 1
    np.testing.assert_allclose(unit @ unit.T, A / d[:, None] / d, rtol=0, atol=(n + 2) * EPS)


@pytest.mark.parametrize("n", SIZES)
def test_the_factor_is_lapacks(n):
    A = definite(n)
    np.testing.assert_allclose(cholesky(A), np.linalg.cholesky(A), rtol=0, atol=20 * n * EPS * 10)


@pytest.mark.parametrize("n", SIZES)
def test_the_factor_is_unique(n):
    L = np.tril(np.random.default_rng(n).uniform(-1, 1, (n, n)), -1) / n + np.diag(np.linspace(1, 2, n))
    A = L @ L.T
    np.testing.assert_allclose(cholesky((A + A.T) / 2), L, rtol=0, atol=100 * n * EPS)


@pytest.mark.parametrize("shape", [(), (1,), (6,)])
@pytest.mark.parametrize("n", SIZES)
def test_forward_and_back_substitution_solve_the_system(n, shape):
    A, b = definite(n, 100.0), np.random.default_rng(n).standard_normal((n, *shape))
    x = solve_cholesky(cholesky(A), b)
    assert x.shape == b.shape
    np.testing.assert_allclose(A @ x, b, rtol=0, atol=20 * n * EPS * 100 * max(1.0, np.abs(x).max()))
    np.testing.assert_allclose(x, np.linalg.solve(A, b), rtol=0, atol=20 * n * EPS * 100 * np.abs(x).max())


def test_powers_of_two_pass_through_exactly():
    A = definite(40)
    D = 2.0 ** np.random.default_rng(0).integers(-200, 200, 40)
    np.testing.assert_array_equal(cholesky(D[:, None] * A * D), D[:, None] * cholesky(A))


@pytest.mark.parametrize("row", [0, 1, 4, BASE + 3, 2 * BASE + 9])
def test_the_first_pivot_that_is_not_positive_is_named(row):
    n = 3 * BASE
    L = np.eye(n) + np.tril(np.ones((n, n)), -1) / n
    A = L * np.where(np.arange(n) == row, -2.0, 1.0) @ L.T
    with pytest.raises(ValueError, match=rf"`A` must be positive definite, got the pivot -2 in row {row} "):
        cholesky((A + A.T) / 2)


@pytest.mark.parametrize(
    ("A", "pivot", "row"),
    [
        ([[0.0]], "0", 0),
        ([[-1.0]], "-1", 0),
        ([[1.0, 1.0], [1.0, 1.0]], "0", 1),
        ([[1.0, 2.0], [2.0, 1.0]], "-3", 1),
        ([[1e-300, 1e300], [1e300, 1.0]], "-inf", 1),
    ],
)
def test_semidefinite_and_indefinite_matrices_are_refused(A, pivot, row):
    with pytest.raises(ValueError, match=rf"positive definite, got the pivot {pivot} in row {row} "):
        cholesky(A)


def test_success_is_a_test_of_definiteness():
    rng = np.random.default_rng(5)
    verdicts = []
    for _ in range(200):
        B = rng.standard_normal((4, 4))
        A = B + B.T + 3 * np.eye(4)
        try:
            cholesky(A)
            verdicts.append(True)
        except ValueError:
            verdicts.append(False)
        assert verdicts[-1] == (np.linalg.eigvalsh(A)[0] > 0)
    assert 20 < sum(verdicts) < 180


def test_rounding_in_the_mirror_is_accepted_and_more_is_not():
    A = definite(200)
    A[3, 150] *= 1 + 4 * EPS
    cholesky(A)
    A[3, 150] += 1e-6
    with pytest.raises(
        ValueError, match="`A` must be symmetric, got entries that differ from their mirror by 1e-06"
    ):
        cholesky(A)
    with pytest.raises(
        ValueError, match="`A` must be symmetric, got entries that differ from their mirror by inf"
    ):
        cholesky([[1.7e308, 1.7e308], [-1.7e308, 1.7e308]])


def test_inputs_are_not_changed():
    A, b = definite(5), np.ones(5)
    before = A.copy()
    solve_cholesky(cholesky(A), b)
    np.testing.assert_array_equal(A, before)
    np.testing.assert_array_equal(b, np.ones(5))


@pytest.mark.parametrize(
    ("A", "error", "match"),
    [
        (np.ones((2, 3)), ValueError, "`A` must be a square matrix"),
        ([[np.nan]], ValueError, "`A` must be finite"),
        ([[1j]], TypeError, "`A` must be an array of real numbers"),
    ],
)
def test_bad_input_is_refused(A, error, match):
    with pytest.raises(error, match=match):
        cholesky(A)


def test_a_bad_factor_or_right_hand_side_is_refused():
    with pytest.raises(ValueError, match="`b` must be a vector of 2 entries, got 3"):
        solve_cholesky(np.eye(2), np.ones(3))
    with pytest.raises(ValueError, match="`L` must have no zero on its diagonal, got 0 in row 1 "):
        solve_cholesky(np.diag([1.0, 0.0]), np.ones(2))
