"""The principal square root: real for real matrices, and refused where there is none."""

import mpmath
import numpy as np
import pytest
import scipy.linalg
import scipy.special
from runmath.core import EPS, relative_error
from runmath.linear_algebra import sqrtm
from runmath.linear_algebra.sqrtm import schur_form, sqrt_triangular


def rotation(t):
    return np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])


def gallery():
    rng = np.random.default_rng(0)
    G = rng.standard_normal
    for n in (1, 2, 5, 20, 60):
        yield f"random {n}", G((n, n)) + 2 * np.sqrt(n) * np.eye(n)
        yield f"definite {n}", (lambda B: B @ B.T + 0.1 * np.eye(len(B)))(G((n, n)))
        yield f"complex {n}", G((n, n)) + 1j * G((n, n))
    yield "Hermitian", (lambda B: B @ B.conj().T)(G((6, 6)) + 1j * G((6, 6)))
    yield "Hilbert", scipy.linalg.hilbert(8)
    yield "upper triangular", np.triu(G((20, 20)), 1) + np.diag(rng.uniform(0.5, 2, 20))
    yield "non-normal", 100 * np.triu(G((8, 8)), 1) + np.diag(rng.uniform(0.5, 2, 8))
    yield "Jordan", 2 * np.eye(6) + 5 * np.eye(6, k=1)
    yield "repeated", np.array([[3.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1e-8, 0.0, 3.0]])
    yield "close to the cut", np.array([[-1.0, 1e-3], [-1e-3, -1.0]])
    yield "Grcar", np.triu(np.tril(np.ones((8, 8)), 3)) - np.eye(8, k=-1)
    yield "zero", np.zeros((3, 3))
    yield "semidefinite", np.ones((5, 5))
    yield "idempotent", np.array([[0.0, 1.0], [0.0, 1.0]])
    yield "huge", 1e307 * (G((5, 5)) + 5 * np.eye(5))
    yield "huge, symmetric", 1e307 * np.array([[2.0, 1.0], [1.0, 2.0]])
    yield "tiny", 1e-306 * (G((5, 5)) + 5 * np.eye(5))


GALLERY = dict(gallery())


@pytest.mark.parametrize("A", GALLERY.values(), ids=GALLERY.keys())
def test_the_square_of_the_root_is_the_matrix(A):
    X = sqrtm(A)
    assert np.isrealobj(X) == np.isrealobj(A)
    e = int(np.frexp(np.abs(A).max())[1]) // 2
    unit = X * 2.0**-e
    size = max(np.linalg.norm(unit) ** 2, np.finfo(float).tiny)
    assert np.linalg.norm(unit @ unit - (A * 2.0**-e) * 2.0**-e) <= 10 * len(A) * EPS * size


@pytest.mark.parametrize("A", GALLERY.values(), ids=GALLERY.keys())
def test_the_eigenvalues_of_the_root_lie_in_the_right_half_plane(A):
    X = sqrtm(A)
    size = np.abs(X).max() or 1.0
    assert np.linalg.eigvals(X / size).real.min() >= -1e-7  # √eps where an eigenvalue is zero


MODERATE = [
    name
    for name in GALLERY
    if name not in ("zero", "semidefinite", "idempotent", "Hilbert", "Jordan", "huge, symmetric")
]


@pytest.mark.parametrize("name", [name for name in MODERATE if "60" not in name])
def test_the_root_agrees_with_scipys(name):
    A = GALLERY[name]
    A = A / np.abs(A).max()
    rtol = 1e-11 if name == "close to the cut" else 1e-12
    assert relative_error(sqrtm(A), scipy.linalg.sqrtm(A)) <= rtol


@pytest.mark.parametrize(
    "name", ["random 5", "definite 5", "complex 5", "non-normal", "Jordan", "repeated", "Grcar"]
)
def test_the_root_agrees_with_fifty_digits_as_well_as_scipys(name):
    A = GALLERY[name]
    with mpmath.workdps(50):
        X = mpmath.sqrtm(mpmath.matrix(A.tolist()))
        exact = np.array([[complex(x) for x in row] for row in X.tolist()])
    ours, scipys = (relative_error(f(A).astype(complex), exact) for f in (sqrtm, scipy.linalg.sqrtm))
    assert ours <= 3 * scipys + 10 * len(A) * EPS
    assert ours <= 1e-13


def test_a_jordan_block_has_the_binomial_series():
    n, lam = 6, 0.25
    expected = sum(scipy.special.binom(0.5, k) * lam ** (0.5 - k) * np.eye(n, k=k) for k in range(n))
    np.testing.assert_allclose(sqrtm(lam * np.eye(n) + np.eye(n, k=1)), expected, rtol=1e-13)


@pytest.mark.parametrize("t", [1e-8, 1.0, 3.0, -3.1, np.pi - 1e-6])
def test_the_root_of_a_rotation_turns_by_half_the_angle(t):
    np.testing.assert_allclose(sqrtm(rotation(t)), rotation(t / 2), rtol=0, atol=8 * EPS / (np.pi - abs(t)))


def test_graded_definite_matrices_keep_their_small_entries():
    d = 10.0 ** -np.array([3.0, 0, 5, 1, 6, 2, 4])
    B = np.random.default_rng(0).standard_normal((7, 7))
    A = d[:, None] * (B @ B.T + np.eye(7)) * d
    A = (A + A.T) / 2
    with mpmath.workdps(50):
        E, Q = mpmath.eigsy(mpmath.matrix(A.tolist()))
        exact = np.array((Q * mpmath.diag([mpmath.sqrt(e) for e in E]) * Q.T).tolist(), dtype=float)
    np.testing.assert_allclose(sqrtm(A), exact, rtol=0, atol=1e-14 * np.abs(exact).max())


@pytest.mark.parametrize("n", [1, 2, 3, 10, 40])
@pytest.mark.parametrize("dtype", [float, complex])
def test_the_root_of_a_triangle_is_a_triangle(n, dtype):
    rng = np.random.default_rng(n)
    T = np.triu(rng.standard_normal((n, n)), 1) / n + np.diag(rng.uniform(1, 2, n))
    T = T.astype(dtype)
    if dtype is complex:
        T += 1j * np.triu(rng.standard_normal((n, n))) / n
    R = sqrt_triangular(T)
    np.testing.assert_array_equal(np.tril(R, -1), 0.0)
    np.testing.assert_allclose(R @ R, T, rtol=0, atol=4 * n * EPS * 4)


def test_the_schur_form_is_similar_and_triangular():
    A = np.random.default_rng(0).standard_normal((9, 9))
    T, Z = schur_form(A)
    np.testing.assert_array_equal(np.tril(T, -1), 0.0)
    np.testing.assert_allclose(Z @ T @ Z.conj().T, A, rtol=0, atol=1e-13)
    np.testing.assert_allclose(Z @ Z.conj().T, np.eye(9), rtol=0, atol=1e-13)


@pytest.mark.parametrize(
    ("A", "value"),
    [
        ([[-4.0]], "-4"),
        ([[1.0, 5.0], [0.0, -2.0]], "-2"),
        ([[0.0, 1.0], [1.0, 0.0]], "-1"),
        (np.diag([1e308, -2e307]), r"-2e\+307"),
        (np.diag([3.0, -2.0 + 0j]), "-2"),
    ],
)
def test_a_negative_eigenvalue_is_named(A, value):
    with pytest.raises(
        ValueError, match=rf"no negative eigenvalue, got {value}: there is no principal square root"
    ):
        sqrtm(A)


@pytest.mark.parametrize("n", [2, 3, 5])
def test_a_nilpotent_matrix_has_no_root(n):
    with pytest.raises(
        ValueError, match="`A` must have no defective eigenvalue 0, got one: there is no square root"
    ):
        sqrtm(np.eye(n, k=1))


def test_eigenvalues_of_rounding_size_count_as_zero_in_symmetric_matrices():
    B = np.random.default_rng(0).standard_normal((20, 5))
    A = B @ B.T  # rank 5; eigvalsh finds some of the other fifteen below zero
    A = (A + A.T) / 2
    assert np.linalg.eigvalsh(A)[0] < 0
    X = sqrtm(A)
    np.testing.assert_allclose(X @ X, A, rtol=0, atol=20 * EPS * np.linalg.norm(A))


def test_the_input_is_not_changed():
    A = GALLERY["random 5"]
    before = A.copy()
    sqrtm(A)
    np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize(
    ("A", "error", "match"),
    [
        (np.ones((2, 3)), ValueError, "`A` must be a square matrix, got shape"),
        ([[np.nan]], ValueError, "`A` must be finite"),
        ([[complex(np.nan, 0)]], ValueError, "`A` must be finite"),
        ([["a"]], TypeError, "`A` must be an array of real numbers"),
    ],
)
def test_bad_input_is_refused(A, error, match):
    with pytest.raises(error, match=match):
        sqrtm(A)
