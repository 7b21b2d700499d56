"""The exponential against 60 digits, on matrices that are large, non-normal, badly scaled or defective."""

import mpmath
import numpy as np
import pytest
import scipy.integrate
import scipy.linalg
import scipy.special
from runmath.core import EPS, relative_error
from runmath.linear_algebra import expm, expm_series
from runmath.linear_algebra.expm import THETA, _choose, _extra_halvings


def exact_expm(A):
    """exp(A) to 60 digits, rounded once."""
    with mpmath.workdps(60):
        X = mpmath.expm(mpmath.matrix(A.tolist()), method="taylor")
        return np.array([[complex(x) if np.iscomplexobj(A) else float(x) for x in row] for row in X.tolist()])


def gallery():
    rng = np.random.default_rng(0)
    G = rng.standard_normal
    for m, theta in THETA.items():
        B = G((6, 6))
        yield f"degree {m}", 0.8 * theta / np.abs(B).sum(axis=0).max() * B
    yield "random", 10 * G((5, 5))
    yield "complex", G((5, 5)) + 1j * G((5, 5))
    yield "complex triangular", np.triu(G((5, 5)) + 1j * G((5, 5)))
    yield "skew, large", (lambda S: 50 * (S - S.T))(G((4, 4)))
    yield "Moler and Van Loan", np.array([[-49.0, 24.0], [-64.0, 31.0]])
    yield "overscaling", np.array([[1.0, 1e6], [0.0, -1.0]])
    yield "overscaling below", np.array([[1.0, 0.0], [1e6, -1.0]])
    yield "nearly equal and far", np.array([[1.0, 1e5, 3.0], [0.0, 1.0 + 1e-9, 1e5], [0.0, 0.0, -40.0]])
    yield "nearly equal and far below", np.array([[1.0, 0, 0], [1e5, 1.0 + 1e-9, 0], [3.0, 1e5, -40.0]])
    yield "stiff", -np.diag([1.0, 50.0, 100.0, 200.0, 400.0]) + np.triu(np.ones((5, 5)), 1)
    yield "negative definite", (lambda B: -30 * B @ B.T)(G((5, 5)))
    yield "Jordan", 2 * np.eye(6) + 5 * np.eye(6, k=1)
    yield "non-normal", np.triu(1e3 * G((6, 6)), 1) + np.diag(G(6))
    yield "Grcar", np.triu(np.tril(np.ones((8, 8)), 3)) - np.eye(8, k=-1)
    V = np.linalg.qr(G((5, 5)))[0]
    yield "nilpotent, rotated", V @ (5 * np.eye(5, k=1)) @ V.T
    yield "overscaling, rotated", V[:2, :2] @ np.array([[1.0, 1e4], [0.0, -1.0]]) @ np.linalg.inv(V[:2, :2])
    yield "graded", G((5, 5)) * 10.0 ** np.arange(-8, 2, 2)
    yield "repeated", np.array([[3.0, 1.0, 0.0], [0.0, 3.0, 1.0], [1e-8, 0.0, 3.0]])
    yield "tiny", 1e-200 * G((4, 4))


GALLERY = dict(gallery())


@pytest.mark.parametrize("A", GALLERY.values(), ids=GALLERY.keys())
def test_the_error_is_that_of_rounding_the_matrix(A):
    X, exact = expm(A), exact_expm(A)
    condition = 10.0 if np.iscomplexobj(A) else scipy.linalg.expm_cond(A)
    assert np.isrealobj(X) == np.isrealobj(A)
    assert relative_error(X, exact) <= 10 * len(A) * EPS * max(condition, 1.0)


@pytest.mark.parametrize("name", [name for name in GALLERY if name not in ("negative definite", "graded")])
def test_the_error_is_at_most_scipys_and_a_few_roundings(name):
    A = GALLERY[name]
    exact = exact_expm(A)
    assert relative_error(expm(A), exact) <= relative_error(scipy.linalg.expm(A), exact) + 10 * len(A) * EPS


@pytest.mark.parametrize(
    "name",
    ["overscaling", "overscaling below", "nearly equal and far", "nearly equal and far below", "non-normal"],
)
def test_triangular_matrices_keep_every_entry(name):
    A = GALLERY[name]
    exact = exact_expm(A)
    np.testing.assert_allclose(expm(A), exact, rtol=1e-13, atol=1e-13 * np.abs(np.diag(exact)).min())


@pytest.mark.parametrize("n", [2, 10, 60])
def test_real_agrees_with_scipy_for_larger_matrices(n):
    A = np.random.default_rng(n).standard_normal((n, n))
    assert relative_error(expm(A), scipy.linalg.expm(A)) <= 1e-12


def test_a_rotation_of_any_angle():
    for t in (1e-9, 1.0, np.pi, 1000.0):
        R = [[np.cos(t), -np.sin(t)], [np.sin(t), np.cos(t)]]
        np.testing.assert_allclose(expm([[0, -t], [t, 0]]), R, rtol=0, atol=4 * EPS * max(t, 4))


@pytest.mark.parametrize("n", [2, 3, 10])
def test_nilpotent_matrices_are_not_scaled(n):
    N = 1e3 * np.eye(n, k=1)
    expected = sum(1e3**k / scipy.special.factorial(k) * np.eye(n, k=k) for k in range(n))
    np.testing.assert_allclose(expm(N), expected, rtol=1e-13)


def test_huge_nilpotent_matrices_have_an_exponential():
    np.testing.assert_array_equal(expm([[0.0, 1e300], [0.0, 0.0]]), [[1.0, 1e300], [0.0, 1.0]])


@pytest.mark.parametrize("b", [1e2, 1e4, 1e8])
def test_the_number_of_squarings_follows_the_powers_and_not_the_norm(b):
    A = np.array([[1.0, b], [0.0, -1.0]])  # A² = I
    _, _, s = _choose(A)
    assert s <= 3 + 1  # ℓ(A) grows slowly: log₂(b) / 26
    assert np.log2(np.abs(A).sum(axis=0).max() / THETA[13]) > s


@pytest.mark.parametrize(("m", "following"), [(3, 5), (5, 7), (7, 9), (9, 13)])
def test_each_degree_is_used_up_to_its_bound_and_exact_there(m, following):
    swap = np.array([[0.0, 1.0], [1.0, 0.0]])  # all powers have norm 1
    for factor, degree in ((0.99, m), (1.01, following)):
        t = factor * THETA[m]
        assert _choose(t * swap)[1:] == (degree, 0)
        expected = np.cosh(t) * np.eye(2) + np.sinh(t) * swap
        np.testing.assert_allclose(expm(t * swap), expected, rtol=8 * EPS)


@pytest.mark.parametrize("s", range(4))
def test_beyond_the_last_bound_the_matrix_is_halved(s):
    swap = np.array([[0.0, 1.0], [1.0, 0.0]])
    for factor, halvings in ((0.99, s), (1.01, s + 1)):
        assert _choose(factor * 2**s * THETA[13] * swap)[1:] == (13, halvings)


def test_extra_halvings_bound_the_error_term_of_the_approximant():
    A = np.random.default_rng(0).standard_normal((6, 6))
    absolute = np.abs(A)
    for m in (3, 5, 7, 9, 13):
        c = scipy.special.factorial(m) ** 2 / (
            scipy.special.factorial(2 * m) * scipy.special.factorial(2 * m + 1)
        )
        norms = [np.linalg.norm(M, 1) for M in (np.linalg.matrix_power(absolute, 2 * m + 1), A)]
        expected = np.ceil(np.log2(c * norms[0] / norms[1] / (EPS / 2)) / (2 * m))
        assert _extra_halvings(A, m) == max(0, expected)


@pytest.mark.parametrize("d", [[0.0], [-3.0, 700.0, -800.0], [0.0, 0.0], [1j * np.pi, 2.0]])
def test_diagonal_matrices_are_exact(d):
    np.testing.assert_array_equal(expm(np.diag(d)), np.diag(np.exp(d)))


@pytest.mark.parametrize("n", [1, 2, 7, 30])
def test_the_exponential_of_minus_a_is_the_inverse_and_the_trace_gives_the_determinant(n):
    A = np.random.default_rng(n).standard_normal((n, n)) / np.sqrt(n)
    X = expm(A)
    np.testing.assert_allclose(X @ expm(-A), np.eye(n), rtol=0, atol=100 * n * EPS)
    assert np.linalg.slogdet(X)[1] == pytest.approx(np.trace(A), abs=100 * n * EPS)
    np.testing.assert_allclose(expm(A / 2) @ expm(A / 2), X, rtol=0, atol=100 * n * EPS)
    np.testing.assert_allclose(expm(A.T), X.T, rtol=0, atol=100 * n * EPS)


def test_the_exponential_of_a_skew_symmetric_matrix_is_a_rotation():
    S = np.random.default_rng(1).standard_normal((20, 20))
    Q = expm(S - S.T)
    np.testing.assert_allclose(Q @ Q.T, np.eye(20), rtol=0, atol=1e-13)
    assert np.linalg.slogdet(Q)[0] == 1.0


def test_it_solves_the_linear_differential_equation():
    A, f = np.array([[0.0, 1.0], [-4.0, -0.4]]), np.array([1.0, 0.0])  # a damped oscillator
    solution = scipy.integrate.solve_ivp(lambda t, y: A @ y, (0, 5), f, rtol=1e-11, atol=1e-12).y[:, -1]
    np.testing.assert_allclose(expm(5 * A) @ f, solution, rtol=0, atol=1e-9)


@pytest.mark.parametrize("A", [[[710.0]], [[1000.0, 1.0], [1.0, 1000.0]], [[1e300, 1.0], [1.0, 0.0]]])
def test_an_exponential_beyond_the_largest_float_is_an_error(A):
    with pytest.raises(OverflowError, match="the exponential exceeds the largest float64"):
        expm(A)


def test_decay_underflows_to_zero():
    np.testing.assert_array_equal(expm([[-2000.0, 1.0], [1.0, -2000.0]]), np.zeros((2, 2)))


def test_the_series_sums_its_terms():
    A = np.array([[1.0, 2.0], [3.0, 4.0]])
    np.testing.assert_array_equal(expm_series(A, 1), np.eye(2))
    np.testing.assert_allclose(expm_series(A, 3), np.eye(2) + A + A @ A / 2, rtol=4 * EPS)
    np.testing.assert_allclose(expm_series(A, 40), expm(A), rtol=1e-13)
    np.testing.assert_array_equal(expm_series([[1j]], 2), [[1 + 1j]])


def test_the_error_of_the_series_shrinks_like_its_next_term():
    A = np.random.default_rng(0).standard_normal((4, 4)) / 4
    exact, norm = exact_expm(A), np.linalg.norm(A, 2)
    for k in (2, 5, 9):
        error = np.linalg.norm(expm_series(A, k) - exact, 2)
        assert error <= norm**k / scipy.special.factorial(k) * np.exp(norm)


def test_the_series_cancels_where_scaling_does_not():
    A = np.array([[-49.0, 24.0], [-64.0, 31.0]])  # eigenvalues -1 and -17
    exact = exact_expm(A)
    assert relative_error(expm_series(A, 200), exact) > 1e-10
    assert relative_error(expm(A), exact) < 1e-13
    with pytest.raises(OverflowError, match="a term of the series exceeds the largest float64; use `expm`"):
        expm_series([[1e200]], 5)


def test_the_input_is_not_changed():
    A = np.random.default_rng(0).standard_normal((4, 4))
    before = A.copy()
    expm(A)
    expm_series(A, 4)
    np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize("function", [expm, lambda A: expm_series(A, 2)], ids=["expm", "expm_series"])
@pytest.mark.parametrize(
    ("A", "error", "match"),
    [
        (np.ones((2, 3)), ValueError, "`A` must be a square matrix, got shape"),
        (np.ones(3), ValueError, "`A` must be a matrix"),
        ([[np.nan]], ValueError, "`A` must be finite"),
        ([[complex(np.nan, 0)]], ValueError, "`A` must be finite"),
        ([[1j * np.inf]], ValueError, "`A` must be finite"),
        ([["a"]], TypeError, "`A` must be an array of real numbers"),
    ],
)
def test_bad_input_is_refused(function, A, error, match):
    with pytest.raises(error, match=match):
        function(A)


def test_a_bad_number_of_terms_is_refused():
    with pytest.raises(ValueError, match="`n_terms` must be at least 1, got 0"):
        expm_series(np.eye(2), 0)
