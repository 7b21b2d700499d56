"""The principal logarithm: the inverse of the exponential, and refused where there is none."""

import mpmath
import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS, relative_error
from runmath.linear_algebra import expm, logm
from runmath.linear_algebra.logm import THETA, _pade_log, _take_roots


def rotation(t):
    return np.array([[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]])


def gallery():
    rng = np.random.default_rng(0)
    G = rng.standard_normal
    for n in (1, 2, 5, 20, 60):
        yield f"random {n}", G((n, n)) + 2 * np.sqrt(n) * np.eye(n)
        yield f"definite {n}", (lambda B: B @ B.T + 0.1 * np.eye(len(B)))(G((n, n)))
        yield f"complex {n}", G((n, n)) + 1j * G((n, n))
    yield "Hermitian", (lambda B: B @ B.conj().T + np.eye(6))(G((6, 6)) + 1j * G((6, 6)))
    yield "identity", np.eye(4)
    yield "near the identity", np.eye(5) + 1e-6 * G((5, 5))
    yield "upper triangular", np.triu(G((20, 20)), 1) + np.diag(rng.uniform(0.5, 2, 20))
    yield "non-normal", 5 * np.triu(G((8, 8)), 1) + np.diag(rng.uniform(0.5, 2, 8))
    yield "lower triangular", 2 * np.tril(G((8, 8)), -1) + np.diag(rng.uniform(0.5, 2, 8))
    yield "Jordan", 2 * np.eye(6) + 5 * np.eye(6, k=1)
    yield "repeated", np.array([[3.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1e-8, 0.0, 3.0]])
    yield "close eigenvalues", np.triu(np.ones((6, 6))) + np.diag(1e-7 * np.arange(6))
    yield "close to the cut", np.array([[-1.0, 1e-3], [-1e-3, -1.0]])
    yield "Grcar", np.triu(np.tril(np.ones((8, 8)), 3)) - np.eye(8, k=-1)
    yield "exponential", expm(G((8, 8)))


GALLERY = dict(gallery())


def condition(A, X):
    """Relative condition number of the logarithm at A: the inverse of the derivative of exp at X."""
    n = len(A)
    K = np.column_stack(
        [scipy.linalg.expm_frechet(X, E.reshape(n, n), compute_expm=False).ravel() for E in np.eye(n * n)]
    )
    return np.linalg.norm(np.linalg.inv(K), 2) * np.linalg.norm(A) / np.linalg.norm(X)


@pytest.mark.parametrize("A", GALLERY.values(), ids=GALLERY.keys())
def test_the_exponential_of_the_logarithm_is_the_matrix(A):
    X = logm(A)
    assert np.isrealobj(X) == np.isrealobj(A)
    assert relative_error(expm(X), A) <= 20 * len(A) * EPS


@pytest.mark.parametrize("A", GALLERY.values(), ids=GALLERY.keys())
def test_the_imaginary_parts_of_the_eigenvalues_are_below_pi(A):
    assert np.abs(np.linalg.eigvals(logm(A)).imag).max() < np.pi


@pytest.mark.parametrize("name", [name for name in GALLERY if "60" not in name])
def test_the_logarithm_agrees_with_scipys(name):
    A = GALLERY[name]
    rtol = 1e-9 if name == "near the identity" else 1e-11  # κ = ‖A‖ / ‖log A‖ = 1e6
    assert relative_error(logm(A), scipy.linalg.logm(A)) <= rtol


SMALL = [
    "random 5",
    "definite 5",
    "non-normal",
    "lower triangular",
    "Jordan",
    "repeated",
    "Grcar",
    "near the identity",
]


@pytest.mark.parametrize("name", SMALL)
def test_the_logarithm_agrees_with_fifty_digits_as_well_as_scipys(name):
    A = GALLERY[name]
    with mpmath.workdps(50):
        X = mpmath.logm(mpmath.matrix(A.tolist()))
        assert mpmath.mnorm(mpmath.expm(X, method="taylor") - mpmath.matrix(A.tolist())) < 1e-30
        exact = np.array([[float(mpmath.re(x)) for x in row] for row in X.tolist()])
    ours, scipys = (relative_error(f(A), exact) for f in (logm, scipy.linalg.logm))
    kappa = condition(A, exact)
    assert ours <= 3 * scipys + 10 * len(A) * EPS
    assert ours <= 10 * len(A) * EPS * max(kappa, 1.0)


@pytest.mark.parametrize("n", [1, 2, 5, 20])
def test_it_undoes_the_exponential_of_small_matrices(n):
    A = np.random.default_rng(n).standard_normal((n, n))
    A *= 2 / np.linalg.norm(A, 2)  # imaginary parts below π
    np.testing.assert_allclose(logm(expm(A)), A, rtol=0, atol=1e-13)


@pytest.mark.parametrize("t", [1e-9, 1.0, 3.0, -3.1, np.pi - 1e-6])
def test_the_logarithm_of_a_rotation_is_its_angle(t):
    expected = t * np.array([[0.0, -1.0], [1.0, 0.0]])
    np.testing.assert_allclose(logm(rotation(t)), expected, rtol=0, atol=8 * EPS / (np.pi - abs(t)))


def test_a_jordan_block_has_the_series_of_the_logarithm():
    n, lam = 6, 0.25
    expected = np.log(lam) * np.eye(n) + sum(
        (-1) ** (k + 1) / (k * lam**k) * np.eye(n, k=k) for k in range(1, n)
    )
    np.testing.assert_allclose(logm(lam * np.eye(n) + np.eye(n, k=1)), expected, rtol=1e-12)


@pytest.mark.parametrize("e", [-1000, -300, 300, 1000])
def test_powers_of_two_add_to_the_diagonal(e):
    A = np.array([[4.0, 1.0, 0.5], [0.0, 2.0, 1.0], [1.0, 0.0, 3.0]])
    expected = logm(A) + e * np.log(2) * np.eye(3)
    np.testing.assert_allclose(logm(2.0**e * A), expected, rtol=0, atol=16 * EPS * abs(e))


def test_the_product_rule_holds_for_commuting_matrices_only():
    A, B = np.array([[2.0, 1.0], [1.0, 2.0]]), np.array([[3.0, 0.0], [0.0, 1.0]])
    C = 3 * np.eye(2) + A
    np.testing.assert_allclose(logm(A @ C), logm(A) + logm(C), rtol=0, atol=16 * EPS)
    assert np.abs(logm(A @ B) - logm(A) - logm(B)).max() > 0.1


def test_the_trace_is_the_logarithm_of_the_determinant():
    A = GALLERY["random 20"]
    assert np.trace(logm(A)) == pytest.approx(np.linalg.slogdet(A)[1], rel=1e-13)


@pytest.mark.parametrize("m", range(1, 8))
def test_the_approximant_is_exact_up_to_its_bound(m):
    x = THETA[m] * np.array([-1.0, -0.5, 0.3, 1.0])
    X = np.diag(x) + THETA[m] * 1e-3 * np.eye(4, k=1)
    np.testing.assert_allclose(np.diag(_pade_log(X, m)), np.log1p(x), rtol=8 * EPS)
    far = np.array([[3 * THETA[m]]]) if m > 1 else np.array([[0.01]])
    assert abs(_pade_log(far, m)[0, 0] / np.log1p(far[0, 0]) - 1) > 8 * EPS


def test_roots_are_taken_until_the_degree_is_small():
    for name in ("random 20", "non-normal", "complex 20"):
        T = scipy.linalg.schur(GALLERY[name].astype(complex))[0]
        root, m, s = _take_roots(T)
        assert 1 <= m <= 7
        assert relative_error(np.linalg.matrix_power(root, 2**s), T) <= 1e-11
    assert _take_roots(np.triu(np.ones((2, 2))))[2] < 10


@pytest.mark.parametrize("kind", ["mild", "spread", "non-normal", "close", "near the identity", "complex"])
def test_every_entry_of_the_logarithm_of_a_triangle_is_accurate(kind):
    rng = np.random.default_rng(3)
    n, G = 4, rng.standard_normal
    upper = np.triu(G((n, n)), 1)
    T = {
        "mild": upper + np.diag(rng.uniform(0.5, 2, n)),
        "spread": upper + np.diag(10.0 ** rng.uniform(-8, 8, n)),
        "non-normal": 1e4 * upper + np.diag(rng.uniform(0.5, 2, n)),
        "close": upper + np.diag(1 + 1e-8 * rng.random(n)),
        "near the identity": np.eye(n) + 1e-5 * np.triu(G((n, n))),
        "complex": upper + np.diag(np.exp(1j * rng.uniform(-3, 3, n))),
    }[kind]
    with mpmath.workdps(60):
        E, V = mpmath.eig(mpmath.matrix(T.tolist()))
        X = V * mpmath.diag([mpmath.log(e) for e in E]) * V**-1
        exact = np.triu([[complex(x) for x in row] for row in X.tolist()])
    np.testing.assert_allclose(logm(T), exact, rtol=100 * EPS)


@pytest.mark.parametrize(
    ("A", "value"),
    [
        ([[-4.0]], "-4"),
        ([[1.0, 5.0], [0.0, -2.0]], "-2"),
        ([[0.0, 1.0], [1.0, 0.0]], "-1"),
        ([[1e308, 1.0], [0.0, -2e307]], r"-2e\+307"),
        (np.diag([3.0, -2.0 + 0j]), "-2"),
    ],
)
def test_a_negative_eigenvalue_is_named(A, value):
    with pytest.raises(
        ValueError, match=rf"no negative eigenvalue, got {value}: there is no principal logarithm"
    ):
        logm(A)


@pytest.mark.parametrize("A", [np.zeros((1, 1)), [[0.0, 1.0], [0.0, 1.0]], np.zeros((3, 3)), np.eye(3, k=1)])
def test_a_singular_matrix_has_no_logarithm(A):
    with pytest.raises(
        ValueError, match="`A` must be invertible, got the eigenvalue 0: there is no logarithm"
    ):
        logm(A)


def test_the_input_is_not_changed():
    A = GALLERY["random 5"]
    before = A.copy()
    logm(A)
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
        logm(A)
