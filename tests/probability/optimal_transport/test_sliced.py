"""The sliced distance is an average of distances on lines."""

import numpy as np
import pytest
from runmath.probability import sliced_wasserstein, wasserstein, wasserstein_1d


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize(("m", "n"), [(1, 1), (7, 7), (8, 5)])
def test_in_one_dimension_the_sliced_distance_is_the_distance(m, n, p):
    rng = np.random.default_rng(m)
    x, y = rng.standard_normal(m), rng.standard_normal(n)
    assert sliced_wasserstein(x[:, None], y[:, None], p=p, rng=0) == pytest.approx(wasserstein_1d(x, y, p=p))


@pytest.mark.parametrize("p", [1, 2])
@pytest.mark.parametrize(("m", "n"), [(9, 9), (9, 6)])
def test_it_is_the_mean_over_the_projections_that_pot_takes(ot, m, n, p):
    rng = np.random.default_rng(1)
    X, Y = rng.standard_normal((m, 3)), rng.standard_normal((n, 3))
    directions = np.random.default_rng(2).standard_normal((50, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    theirs = ot.sliced_wasserstein_distance(X, Y, p=p, projections=directions.T)
    assert sliced_wasserstein(X, Y, p=p, n_projections=50, rng=2) == pytest.approx(float(theirs))


def test_of_a_shift_it_is_the_length_over_the_root_of_the_dimension():
    # E (θᵀs)² = ‖s‖² / d; (θᵀs)² has a standard deviation below ‖s‖²
    X = np.random.default_rng(3).standard_normal((20, 4))
    square = sliced_wasserstein(X, X + np.array([3, 0, 4, 0]), n_projections=10_000, rng=0) ** 2
    assert square == pytest.approx(25 / 4, abs=4 * 25 / 100)


def test_the_error_falls_like_one_over_the_root_of_the_number_of_projections():
    rng = np.random.default_rng(4)
    X, Y = rng.standard_normal((15, 3)), rng.standard_normal((15, 3)) + np.array([1, 0, 0])
    spread = [
        np.std([sliced_wasserstein(X, Y, n_projections=L, rng=rng) ** 2 for _ in range(200)])
        for L in (10, 160)
    ]
    assert 3 < spread[0] / spread[1] < 5.3  # 4, the ratio of two estimates of a deviation from 200 draws


def test_it_is_at_most_the_distance_and_zero_for_equal_clouds():
    rng = np.random.default_rng(5)
    X, Y = rng.standard_normal((10, 3)), rng.standard_normal((10, 3)) + 1
    for p in (1, 2):
        assert sliced_wasserstein(X, Y, p=p, rng=0) <= wasserstein(X, Y, p=p)
    assert sliced_wasserstein(X, X[::-1], rng=0) == 0


def test_the_same_seed_gives_the_same_number_and_a_generator_advances():
    rng = np.random.default_rng(6)
    X, Y = rng.standard_normal((2, 10, 3))
    assert sliced_wasserstein(X, Y, rng=1) == sliced_wasserstein(X, Y, rng=1)
    assert sliced_wasserstein(X, Y, rng=rng) != sliced_wasserstein(X, Y, rng=rng)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"rng": 0, "p": 0.5}, ValueError, "`p` must be finite and at least 1"),
        ({"rng": 0, "n_projections": 0}, ValueError, "`n_projections` must be at least 1"),
        ({"rng": None}, TypeError, "`rng` must be a"),
        ({}, TypeError, "rng"),
    ],
)
def test_bad_input_is_refused(options, error, match):
    with pytest.raises(error, match=match):
        sliced_wasserstein(np.eye(2), np.eye(2), **options)
    with pytest.raises(ValueError, match="equally many columns"):
        sliced_wasserstein(np.eye(2), np.eye(3), rng=0)
