"""Between Gaussians the distance and the map have closed forms."""

import numpy as np
import pytest
from runmath.core import EPS
from runmath.probability import bures_wasserstein, gaussian_monge_map, wasserstein, wasserstein_1d
from scipy.linalg import sqrtm
from scipy.stats import norm


def draw(seed, d, rank=None, condition=10.0):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.standard_normal((d, d)))[0]
    values = np.geomspace(1, 1 / condition, d)
    values[d if rank is None else rank :] = 0
    C = (Q * values) @ Q.T
    return rng.standard_normal(d), (C + C.T) / 2


@pytest.mark.parametrize("d", [1, 2, 5, 10])
def test_the_distance_is_the_formula_of_the_textbook(d):
    (m0, C0), (m1, C1) = draw(0, d), draw(1, d)
    root = sqrtm(C0)
    cross = np.trace(np.real(sqrtm(root @ C1 @ root)))
    square = np.sum((m0 - m1) ** 2) + np.trace(C0) + np.trace(C1) - 2 * cross
    assert bures_wasserstein(m0, C0, m1, C1) ** 2 == pytest.approx(square, rel=1e-10)


@pytest.mark.parametrize("d", [1, 2, 6])
def test_the_distance_is_that_of_pot(ot, d):
    (m0, C0), (m1, C1) = draw(2, d), draw(3, d)
    theirs = ot.gaussian.bures_wasserstein_distance(m0, m1, C0, C1)
    assert bures_wasserstein(m0, C0, m1, C1) == pytest.approx(float(theirs), rel=1e-8)


def test_on_the_line_it_is_the_distance_of_mean_and_deviation():
    assert bures_wasserstein([1], [[4]], [4], [[36]]) == 5
    levels = (np.arange(100_000) + 0.5) / 100_000
    quantiles = norm.ppf(levels, 1, 2), norm.ppf(levels, 4, 6)
    assert wasserstein_1d(*quantiles, p=2) == pytest.approx(5, rel=1e-4)


@pytest.mark.parametrize("rank", [0, 1, 2, 4])
def test_it_is_a_distance_of_singular_covariances_too(rank):
    (m0, C0), (m1, C1), (m2, C2) = draw(4, 4, rank), draw(5, 4), draw(6, 4, 2)
    assert bures_wasserstein(m0, C0, m1, C1) == pytest.approx(bures_wasserstein(m1, C1, m0, C0), rel=1e-12)
    assert bures_wasserstein(m0, C0, m0, C0) <= 100 * EPS
    assert bures_wasserstein(m0, C0, m2, C2) <= (
        bures_wasserstein(m0, C0, m1, C1) + bures_wasserstein(m1, C1, m2, C2)
    )


def test_commuting_covariances_give_the_distance_of_the_roots():
    assert bures_wasserstein([0, 0], np.diag([9, 4]), [0, 0], np.diag([1, 16])) == pytest.approx(8**0.5)


def test_close_covariances_keep_their_digits():
    # (1 + h)² I against I: the distance is h √d, whose square is below the rounding of the traces
    h = 1e-10
    distance = bures_wasserstein(np.zeros(3), np.eye(3), np.zeros(3), (1 + h) ** 2 * np.eye(3))
    assert distance == pytest.approx(h * 3**0.5, rel=1e-4)


@pytest.mark.parametrize("condition", [1.0, 1e3, 1e6])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_the_map_is_symmetric_positive_and_carries_one_to_the_other(d, condition):
    (m0, C0), (m1, C1) = draw(7, d, condition=condition), draw(8, d, condition=condition)
    A, b = gaussian_monge_map(m0, C0, m1, C1)
    np.testing.assert_array_equal(A, A.T)
    assert np.linalg.eigvalsh(A).min() >= 0
    np.testing.assert_allclose(A @ C0 @ A, C1, atol=100 * d * EPS * condition)
    np.testing.assert_allclose(A @ m0 + b, m1, atol=100 * EPS * np.abs(A).max())
    # its cost E ‖x - T(x)‖² is the squared distance, so no map does better
    I_A = np.eye(d) - A
    cost = np.sum((m0 - m1) ** 2) + np.trace(I_A @ C0 @ I_A.T)
    assert cost == pytest.approx(bures_wasserstein(m0, C0, m1, C1) ** 2, rel=1e-9 * condition)


def test_the_map_is_that_of_pot(ot):
    (m0, C0), (m1, C1) = draw(9, 3), draw(10, 3)
    A, b = gaussian_monge_map(m0, C0, m1, C1)
    A_pot, b_pot = ot.gaussian.bures_wasserstein_mapping(m0, m1, C0, C1)
    np.testing.assert_allclose(A, A_pot, rtol=1e-8)
    np.testing.assert_allclose(b, np.ravel(b_pot), rtol=1e-8)


def test_samples_are_as_far_apart_as_their_own_gaussians_say_at_least():
    # Gelbrich: no two measures with these means and covariances are closer than the Gaussians; equal for an affine map
    rng = np.random.default_rng(11)
    X = rng.standard_normal((60, 2))
    Y = rng.exponential(size=(60, 2)) @ [[2, 1], [0, 1]]
    moments = [part for cloud in (X, Y) for part in (cloud.mean(axis=0), np.cov(cloud.T, bias=True))]
    assert bures_wasserstein(*moments) <= wasserstein(X, Y, p=2)
    A, b = gaussian_monge_map(*moments)
    mapped = X @ A + b
    assert wasserstein(X, mapped, p=2) == pytest.approx(bures_wasserstein(*moments), rel=1e-10)


def test_the_map_of_a_gaussian_to_itself_is_the_identity_and_to_a_point_is_constant():
    m, C = draw(12, 3)
    A, b = gaussian_monge_map(m, C, m, C)
    np.testing.assert_allclose(A, np.eye(3), atol=1e-13)
    np.testing.assert_allclose(b, 0, atol=1e-13)
    A, b = gaussian_monge_map(m, C, [1, 2, 3], np.zeros((3, 3)))
    np.testing.assert_array_equal(A, 0)
    np.testing.assert_array_equal(b, [1, 2, 3])


I2 = np.eye(2)


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (([0, 0], I2, [0], I2), ValueError, "`mean1` must be a vector of 2 entries"),
        (([0, 0], np.eye(3), [0, 0], I2), ValueError, r"`cov0` must have shape \(2, 2\) like the mean"),
        (([0, 0], I2, [0, 0], [[1, 2], [0, 1]]), ValueError, "`cov1` must be symmetric"),
        (([0, 0], I2, [0, 0], -I2), ValueError, "`cov1` must have no negative eigenvalue, got -1"),
        (([0, 0], [1, 1], [0, 0], I2), ValueError, "`cov0` must be a matrix"),
        (([0, 0], I2, [0, 0], [["a"]]), TypeError, "`cov1` must be an array of real numbers"),
    ],
)
def test_bad_input_is_refused(arguments, error, match):
    for function in (bures_wasserstein, gaussian_monge_map):
        with pytest.raises(error, match=match):
            function(*arguments)


def test_a_map_from_a_singular_covariance_is_refused():
    with pytest.raises(ValueError, match="`cov0` must be positive definite"):
        gaussian_monge_map([0, 0], np.diag([1.0, 0.0]), [0, 0], I2)
