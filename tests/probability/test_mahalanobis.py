"""Mahalanobis distances equal their quadratic form, and whitening makes them Euclidean."""

import numpy as np
import pytest
from runmath.probability import Whitening, mahalanobis, mahalanobis_between, whitening_matrix
from scipy.spatial import distance
from scipy.stats import chi2

KINDS = ["cholesky", "symmetric", "principal"]


def covariance(p, *, log_condition=1.0, seed=0):
    Q = np.linalg.qr(np.random.default_rng(seed).standard_normal((p, p)))[0]
    return (Q * np.logspace(0, -log_condition, p)) @ Q.T


@pytest.mark.parametrize("p", [1, 2, 5, 20])
@pytest.mark.parametrize("log_condition", [0.0, 3.0, 8.0])
def test_the_distance_is_the_quadratic_form(p, log_condition):
    rng = np.random.default_rng(p)
    cov = covariance(p, log_condition=log_condition)
    X, mean = rng.standard_normal((7, p)), rng.standard_normal(p)
    inverse = np.linalg.inv(cov)
    expected = [distance.mahalanobis(x, mean, inverse) for x in X]
    rtol = 100 * p * 10**log_condition * np.finfo(float).eps
    np.testing.assert_allclose(mahalanobis(X, mean, cov), expected, rtol=rtol)
    np.testing.assert_allclose(mahalanobis_between(X, mean[None], cov)[:, 0], expected, rtol=rtol)


def test_pairwise_distances_equal_scipys():
    rng = np.random.default_rng(0)
    X, Y, cov = rng.standard_normal((6, 3)) + 1e3, rng.standard_normal((4, 3)) + 1e3, covariance(3)
    expected = distance.cdist(X, Y, "mahalanobis", VI=np.linalg.inv(cov))
    np.testing.assert_allclose(mahalanobis_between(X, Y, cov), expected, rtol=1e-9)


def test_the_distance_does_not_change_with_units():
    rng = np.random.default_rng(1)
    X, A = rng.standard_normal((9, 4)), rng.standard_normal((4, 4))
    mean, cov = X.mean(axis=0), np.cov(X.T)
    moved = X @ A.T + 5
    np.testing.assert_allclose(
        mahalanobis(moved, moved.mean(axis=0), A @ cov @ A.T), mahalanobis(X, mean, cov), rtol=1e-8
    )


def test_squares_of_gaussian_data_follow_the_chi_square_law():
    rng = np.random.default_rng(2)
    cov, n = covariance(5, log_condition=2.0), 20_000
    X = rng.standard_normal((n, 5)) @ np.linalg.cholesky(cov).T
    squares = mahalanobis(X, np.zeros(5), cov) ** 2
    for q in (0.05, 0.5, 0.95, 0.99):
        assert abs((squares <= chi2(5).ppf(q)).mean() - q) < 4 * np.sqrt(q * (1 - q) / n)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("p", [1, 2, 6])
def test_whitening_gives_the_unit_covariance_and_the_distance(kind, p):
    cov = covariance(p, log_condition=3.0)
    J = whitening_matrix(cov, kind=kind)
    np.testing.assert_allclose(J @ cov @ J.T, np.eye(p), atol=1e-11)
    np.testing.assert_allclose(J.T @ J, np.linalg.inv(cov), rtol=1e-9, atol=1e-9)


def test_each_kind_has_its_form():
    cov = covariance(4, log_condition=2.0)
    lower, symmetric, principal = (whitening_matrix(cov, kind=kind) for kind in KINDS)
    np.testing.assert_array_equal(np.triu(lower, 1), 0)
    np.testing.assert_allclose(symmetric, symmetric.T, atol=1e-12)
    gram = principal @ principal.T
    np.testing.assert_allclose(gram, np.diag(1 / np.linalg.eigvalsh(cov)[::-1]), atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_whitened_samples_have_unit_covariance(kind):
    X = np.random.default_rng(3).standard_normal((30, 4)) @ covariance(4) + 7
    Z = Whitening(kind=kind).fit_transform(X)
    np.testing.assert_allclose(np.cov(Z.T), np.eye(4), atol=1e-10)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-10)


def test_full_shrinkage_only_centres_and_scales():
    X = np.random.default_rng(4).standard_normal((5, 8))
    fitted = Whitening(shrinkage=1.0).fit(X)
    scale = np.sqrt(X.var(axis=0, ddof=1).mean())
    np.testing.assert_allclose(fitted.transform(X), (X - X.mean(axis=0)) / scale, atol=1e-12)
    half = Whitening(shrinkage=0.5).fit(X).covariance_
    np.testing.assert_allclose(half, (np.cov(X.T) + scale**2 * np.eye(8)) / 2, atol=1e-12)


def test_bad_input_is_named():
    X, eye = np.ones((3, 2)), np.eye(2)
    with pytest.raises(ValueError, match="`mean` must be a vector of 2 entries, got 3"):
        mahalanobis(X, [0, 0, 0], eye)
    with pytest.raises(ValueError, match=r"`cov` must be of shape \(2, 2\)"):
        mahalanobis(X, [0, 0], np.eye(3))
    with pytest.raises(ValueError, match="`cov` must be symmetric"):
        mahalanobis(X, [0, 0], [[1, 0.5], [0, 1]])
    with pytest.raises(ValueError, match=r"smallest eigenvalue of -1\.0e"):
        mahalanobis(X, [0, 0], [[1, 2], [2, 1]])
    with pytest.raises(ValueError, match="`Y` must have 2 columns"):
        mahalanobis_between(X, np.ones((3, 3)), eye)
    with pytest.raises(ValueError, match="`kind` must be one of"):
        whitening_matrix(eye, kind="round")
    with pytest.raises(ValueError, match="`shrinkage` must be between 0 and 1"):
        Whitening(shrinkage=1.5).fit(X)
    with pytest.raises(ValueError, match="take a larger `shrinkage`"):
        Whitening().fit([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]])


@pytest.mark.parametrize("exponent", [-700, 700])
def test_no_square_of_a_distance_overflows_or_underflows(exponent):
    X = np.random.default_rng(0).standard_normal((6, 3))
    scaled = mahalanobis(np.ldexp(X, exponent), np.zeros(3), np.eye(3))
    np.testing.assert_array_equal(scaled, np.ldexp(mahalanobis(X, np.zeros(3), np.eye(3)), exponent))
