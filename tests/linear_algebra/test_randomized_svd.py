"""A random sketch finds the leading singular triplets, as accurately as theory promises."""

import numpy as np
import pytest
from runmath.core import EPS
from runmath.linear_algebra import randomized_svd, svd, truncation_errors
from sklearn.utils.extmath import randomized_svd as sklearn_randomized_svd


def with_singular_values(s, shape, seed=0):
    rng = np.random.default_rng(seed)
    U, V = (np.linalg.qr(rng.standard_normal((size, len(s))))[0] for size in shape)
    return U * s @ V.T


def error(A, result):
    return np.linalg.norm(A - (result.U * result.s) @ result.Vt)


@pytest.mark.parametrize("shape", [(60, 40), (40, 60), (50, 50)])
def test_the_factors_are_orthonormal_and_of_the_size_asked_for(shape):
    A = np.random.default_rng(1).standard_normal(shape)
    result = randomized_svd(A, 7, rng=0)
    assert (result.U.shape, result.s.shape, result.Vt.shape) == ((shape[0], 7), (7,), (7, shape[1]))
    for Q in (result.U, result.Vt.T):
        np.testing.assert_allclose(Q.T @ Q, np.eye(7), atol=1e-13)
    assert (np.diff(result.s) <= 0).all()


@pytest.mark.parametrize("shape", [(60, 40), (40, 60)])
def test_a_matrix_of_rank_k_is_found_exactly(shape):
    s = np.array([5.0, 4.0, 3.0, 1e-3])
    A = with_singular_values(s, shape)
    result = randomized_svd(A, 4, rng=0)
    np.testing.assert_allclose(result.s, s, atol=8 * 60 * EPS * s[0])
    assert error(A, result) <= 8 * 60 * EPS * np.linalg.norm(A)


def test_the_mean_squared_error_obeys_the_bound_of_halko_martinsson_and_tropp():
    # halko2011finding, Theorem 10.5: E ‖A - QQᵀA‖²_F <= (1 + k / (p - 1)) Σ_{j>k} s_j². Here rank = k + p
    # with no oversampling and no power iterations returns exactly QQᵀA.
    k, p = 5, 5
    s = 1 / np.arange(1.0, 41)
    A = with_singular_values(s, (60, 40))
    rng = np.random.default_rng(2)
    squares = [
        error(A, randomized_svd(A, k + p, rng=rng, n_oversamples=0, n_power_iterations=0)) ** 2
        for _ in range(40)
    ]
    four_standard_errors = 4 * np.std(squares) / np.sqrt(len(squares))
    bound = (1 + k / (p - 1)) * truncation_errors(s, k)[1] ** 2
    assert np.mean(squares) <= bound + four_standard_errors
    assert np.mean(squares) >= truncation_errors(s, k + p)[1] ** 2


@pytest.mark.parametrize(("k", "p"), [(5, 5), (20, 10)])
def test_the_bound_holds_after_truncation_and_is_nearly_attained_before_a_flat_tail(k, p):
    n_tail, rng = 300, np.random.default_rng(k)
    A = np.diag(np.repeat([1e6, 1.0], [k, n_tail]))
    squares = [
        error(A, randomized_svd(A, k, rng=rng, n_oversamples=p, n_power_iterations=0)) ** 2 for _ in range(40)
    ]
    bound = (1 + k / (p - 1)) * n_tail
    assert 0.85 * bound <= np.mean(squares) <= bound + 4 * np.std(squares) / np.sqrt(len(squares))


def test_power_iterations_bring_the_error_to_the_best_one():
    s = 1 / np.arange(1.0, 61) ** 0.5  # falls slowly
    A = with_singular_values(s, (80, 60))
    best = truncation_errors(s, 6)[1]
    excess = [
        np.mean([error(A, randomized_svd(A, 6, rng=seed, n_power_iterations=q)) for seed in range(5)]) / best
        - 1
        for q in (0, 1, 2, 6)
    ]
    assert (np.diff(excess) < 0).all()
    assert 0 <= excess[-1] < 1e-2 < excess[0]


def test_many_power_iterations_do_not_drown_small_singular_values_in_rounding():
    # Without orthonormalisation (A Aᵀ)^q Ω keeps nothing below s[0] EPS^(1/(2q+1)): here below 0.06.
    s = np.array([1.0, 1e-2, 1e-4, 1e-6])
    result = randomized_svd(with_singular_values(s, (30, 20)), 4, rng=0, n_power_iterations=6)
    np.testing.assert_allclose(result.s, s, atol=8 * 30 * EPS)


@pytest.mark.parametrize("n_power_iterations", [0, 2, 4])
def test_the_error_is_that_of_scikit_learn(n_power_iterations):
    A = with_singular_values(0.9 ** np.arange(100), (150, 100))
    ours, theirs = [], []
    for seed in range(5):
        ours.append(error(A, randomized_svd(A, 10, rng=seed, n_power_iterations=n_power_iterations)))
        U, s, Vt = sklearn_randomized_svd(
            A, 10, n_iter=n_power_iterations, power_iteration_normalizer="QR", random_state=seed
        )
        theirs.append(np.linalg.norm(A - (U * s) @ Vt))
    spread = np.std(ours) + np.std(theirs)
    assert abs(np.mean(ours) - np.mean(theirs)) <= 4 * spread / np.sqrt(5) + 1e-12


def test_singular_values_are_never_overestimated():
    A = np.random.default_rng(3).standard_normal((50, 30))
    s = svd(A).s
    assert (randomized_svd(A, 8, rng=0).s <= s[:8] * (1 + 100 * EPS)).all()


def test_the_same_seed_gives_the_same_result_and_a_generator_advances():
    A = np.random.default_rng(4).standard_normal((20, 15))
    np.testing.assert_array_equal(randomized_svd(A, 3, rng=5).U, randomized_svd(A, 3, rng=5).U)
    rng = np.random.default_rng(5)
    first, second = (randomized_svd(A, 3, rng=rng, n_power_iterations=0).s for _ in range(2))
    assert (first != second).any()


def test_hard_cases_and_unchanged_input():
    for A in (np.zeros((4, 3)), np.array([[2.0]]), np.ones((1, 5)), np.eye(6)):
        before = A.copy()
        result = randomized_svd(A, 1, rng=0)
        assert result.s[0] == pytest.approx(np.linalg.norm(A, 2), abs=1e-14)
        np.testing.assert_array_equal(A, before)


@pytest.mark.parametrize("unit", [2.0**-1060, 2.0**-600, 2.0**600, 2.0**1018])
def test_powers_of_two_pass_through_exactly(unit):
    A = np.random.default_rng(6).integers(-4, 5, (8, 6))
    one, other = randomized_svd(A, 2, rng=0), randomized_svd(A * unit, 2, rng=0)
    np.testing.assert_array_equal(other.U, one.U)
    np.testing.assert_array_equal(other.s, one.s * unit)


def test_a_norm_beyond_the_largest_float_is_an_error_with_a_remedy():
    with pytest.raises(OverflowError, match="exceeds the largest float64; scale the input"):
        randomized_svd(np.full((3, 3), 1.7e308), 1, rng=0)


@pytest.mark.parametrize(
    ("rank", "options", "error", "match"),
    [
        (0, {"rng": 0}, ValueError, "`rank` must be between 1 and 3, got 0"),
        (4, {"rng": 0}, ValueError, "`rank` must be between 1 and 3, got 4"),
        (1, {"rng": None}, TypeError, "`rng` must be a"),
        (1, {}, TypeError, "rng"),
        (1, {"rng": 0, "n_oversamples": -1}, ValueError, "`n_oversamples` must be at least 0"),
        (1, {"rng": 0, "n_power_iterations": 1.0}, TypeError, "`n_power_iterations` must be an integer"),
    ],
)
def test_bad_input_is_refused(rank, options, error, match):
    with pytest.raises(error, match=match):
        randomized_svd(np.eye(3), rank, **options)
