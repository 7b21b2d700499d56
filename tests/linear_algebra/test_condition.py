"""A few solves estimate the condition number from below, nearly always within a factor of three."""

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS
from runmath.linear_algebra import estimate_condition, estimate_norm_1
from runmath.linear_algebra.condition import _starting_vectors


def norm_1(A):
    return np.abs(A).sum(axis=0).max()


def estimate(B):
    return estimate_norm_1(lambda X: B @ X, lambda Y: B.conj().T @ Y, len(B))


def gallery():
    rng = np.random.default_rng(0)
    G = rng.standard_normal
    for n in (1, 2, 3, 5, 20, 100):
        yield f"random {n}", G((n, n))
    U, V = (np.linalg.qr(G((50, 50)))[0] for _ in range(2))
    for condition in (1e4, 1e8, 1e12):
        yield f"condition {condition:.0e}", U * np.geomspace(1, 1 / condition, 50) @ V
        yield f"one small value {condition:.0e}", U * np.append(np.ones(49), 1 / condition) @ V
    yield "Hilbert", scipy.linalg.hilbert(8)
    yield "Pascal", scipy.linalg.pascal(12).astype(float)
    c = 0.285
    yield (
        "Kahan",
        np.sqrt(1 - c * c) ** np.arange(60)[:, None] * (np.eye(60) - c * np.triu(np.ones((60, 60)), 1)),
    )
    yield "ones below -1", np.eye(40) - np.tril(np.ones((40, 40)), -1)
    yield "Poisson", 2 * np.eye(80) - np.eye(80, k=1) - np.eye(80, k=-1)
    yield "graded", G((30, 30)) * 10.0 ** np.linspace(0, -10, 30)
    yield "orthogonal", U
    yield "signs", rng.choice([-1.0, 1.0], (41, 41))
    yield "tiny", 1e-290 * G((20, 20))


GALLERY = dict(gallery())


@pytest.mark.parametrize("A", GALLERY.values(), ids=GALLERY.keys())
def test_the_estimate_is_a_lower_bound_within_a_factor_of_three(A):
    unit = A / np.abs(A).max()
    exact = norm_1(unit) * norm_1(np.linalg.inv(unit))
    rounding = 1 + 10 * len(A) * EPS * exact  # of the two inverses
    assert exact / 3 <= estimate_condition(A) <= exact * rounding


def test_on_random_matrices_the_factor_of_three_holds_every_time():
    rng = np.random.default_rng(1)
    ratios = []
    for _ in range(300):
        n = int(rng.integers(2, 30))
        A = rng.standard_normal((n, n))
        ratios.append(estimate_condition(A) / (norm_1(A) * norm_1(np.linalg.inv(A))))
    assert min(ratios) >= 1 / 3
    assert np.median(ratios) > 0.99
    assert max(ratios) <= 1 + 1e-9


@pytest.mark.parametrize("kind", ["real", "complex", "non-negative", "sparse"])
def test_the_norm_is_a_lower_bound_that_is_nearly_always_attained(kind):
    rng = np.random.default_rng(2)
    exact = []
    for n in (1, 3, 4, 5, 12, 40, 41):
        for _ in range(20):
            B = rng.standard_normal((n, n))
            B = {
                "real": B,
                "complex": B + 1j * rng.standard_normal((n, n)),
                "non-negative": np.abs(B),
                "sparse": B * (rng.random((n, n)) < 3 / n),
            }[kind]
            value = estimate(B)
            assert norm_1(B) / 2 <= value <= norm_1(B) * (1 + n * EPS)
            exact.append(value >= norm_1(B) * (1 - n * EPS))
    assert np.mean(exact) > (0.99 if kind == "non-negative" else 0.8)


def test_non_negative_matrices_are_measured_exactly_for_every_size():
    # The mean of the corners has a positive image, so the gradient is the vector of column sums.
    for n in (5, 6, 50):
        B = np.random.default_rng(n).random((n, n)) ** 20
        assert estimate(B) == pytest.approx(norm_1(B), rel=n * EPS)


def test_few_products_are_spent():
    n, calls = 200, []
    B = np.random.default_rng(0).standard_normal((n, n))

    def counted(M):
        def apply(X):
            calls.append(X.shape)
            return M @ X

        return apply

    estimate_norm_1(counted(B), counted(B.T), n)
    assert len(calls) <= 10
    assert set(calls) == {(n, 4)}


def test_the_zero_matrix_has_norm_zero():
    assert estimate(np.zeros((10, 10))) == 0.0


@pytest.mark.parametrize(
    "A", [np.zeros((1, 1)), np.ones((3, 3)), np.diag([1e200, 1e-200]), np.diag([1.0, 1e-310])]
)
def test_singular_matrices_have_condition_infinity(A):
    assert estimate_condition(A) == np.inf


def test_one_number_has_condition_one():
    for a in (-3e-310, -3e-200, 2.0, 1.7e308):
        assert estimate_condition([[a]]) == pytest.approx(1.0, rel=2 * EPS)


def test_the_scale_of_a_row_decides_about_the_condition_but_not_about_a_matrix_times_a_number():
    A = np.random.default_rng(0).standard_normal((30, 30))
    assert estimate_condition(2.0**300 * A) == estimate_condition(A)
    assert estimate_condition(np.geomspace(1, 1e9, 30)[:, None] * A) > 1e6 * estimate_condition(A)


def test_every_call_starts_from_the_same_vectors():
    X = _starting_vectors(30)
    np.testing.assert_array_equal(X, _starting_vectors(30))
    np.testing.assert_allclose(np.abs(X).sum(axis=0), 1.0, rtol=30 * EPS)


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="`A` must be a square matrix"):
        estimate_condition(np.ones((2, 3)))
    with pytest.raises(TypeError, match="`A` must be an array of real numbers"):
        estimate_condition([[1j]])
    with pytest.raises(ValueError, match="`n` must be at least 1, got 0"):
        estimate_norm_1(np.copy, np.copy, 0)
