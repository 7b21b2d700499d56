"""Entropic barycentres of images agree with POT, with closed forms and with themselves."""

import numpy as np
import pytest
from runmath.core import ConvergenceWarning
from runmath.probability import sinkhorn, sinkhorn_barycenter
from runmath.probability.optimal_transport.barycenter import _log_blur
from scipy.special import logsumexp


def bump(n, row, column, width=2.0):
    i = np.arange(n)
    image = np.exp(-((i[:, None] - row) ** 2 + (i - column) ** 2) / (2 * width**2))
    return image / image.sum()


def center(image):
    rows, columns = np.indices(image.shape)
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


def variance(image):
    row = np.arange(len(image))
    return image.sum(axis=1) @ (row - center(image)[0]) ** 2


def three_bumps(n):
    return [bump(n, 4, 5), bump(n, 8, 7, 1.5), bump(n, 6, 3)], np.array([0.5, 0.2, 0.3])


def squared_distances(shape):
    points = np.indices(shape).reshape(2, -1).T
    return ((points[:, None] - points) ** 2).sum(axis=-1)


@pytest.mark.parametrize("reg", [2.0, 8.0])
def test_the_barycenter_is_that_of_pot(ot, reg):
    images, w = three_bumps(12)
    ours = sinkhorn_barycenter(images, reg=reg, weights=w, tol=1e-9).barycenter
    theirs = ot.bregman.convolutional_barycenter2d(
        np.array(images),
        reg / 11**2,
        weights=w,
        method="sinkhorn",
        stopThr=1e-12,
        numItermax=5000,
        warn=False,
    )
    assert np.abs(ours - theirs / theirs.sum()).sum() <= 1e-7


@pytest.mark.parametrize("reg", [1.0, 2.0])
def test_the_debiased_barycenter_minimises_the_sum_of_sinkhorn_divergences(reg):
    # first order condition: Σ w_k f_k - f_0 is constant, f_k and f_0 the potentials of p with image_k and with p
    images, w = three_bumps(12)
    M, errors = squared_distances((12, 12)), []
    for tol in (1e-4, 1e-6):
        p = sinkhorn_barycenter(images, reg=reg, weights=w, debiased=True, tol=tol).barycenter.ravel()
        slope = -sinkhorn(p, p, M, reg=reg, tol=1e-12).f
        for weight, image in zip(w, images, strict=True):
            slope += weight * sinkhorn(p, image.ravel(), M, reg=reg, tol=1e-12).f
        errors.append(np.ptp(slope))
    assert errors[1] <= 1e-4
    assert errors[1] < errors[0] / 10


@pytest.mark.parametrize("shape", [(7, 5), (1, 6), (6, 1)])
@pytest.mark.parametrize("reg", [1.0, 5.0])
def test_the_barycenter_minimises_the_sum_of_entropic_costs(shape, reg):
    # first order condition: Σ w_k f_k + reg log p is constant, f_k the potential of p in OT(p, image_k),
    # because the problem regularised by Σ P log P is that with KL(P | p ⊗ q) and reg Σ p log p besides
    rng = np.random.default_rng(0)
    images, w = [rng.random(shape) for _ in range(3)], np.array([0.2, 0.3, 0.5])
    p = sinkhorn_barycenter(images, reg=reg, weights=w, tol=1e-10, max_iter=9000).barycenter.ravel()
    M = squared_distances(shape)
    slope = reg * np.log(p)
    for weight, image in zip(w, images, strict=True):
        slope += weight * sinkhorn(p, image.ravel() / image.sum(), M, reg=reg, tol=1e-12).f
    assert np.ptp(slope) <= 1e-6


def test_the_debiased_barycenter_of_one_is_itself_and_the_plain_one_is_blurred():
    image = bump(20, 9, 8, 1.5)
    sharp = sinkhorn_barycenter([image, image], reg=4, debiased=True, tol=1e-7).barycenter
    assert np.abs(sharp - image).sum() <= 1e-5
    blurred = sinkhorn_barycenter([image], reg=4, tol=1e-9).barycenter
    # janati2020debiased, Theorem 1: of Gaussians of variance s² the barycentre has variance s² + reg/2
    assert variance(blurred) == pytest.approx(1.5**2 + 2, rel=2e-2)


def test_the_barycenter_of_two_shifted_bumps_is_one_bump_half_way():
    images = [bump(30, 6, 14), bump(30, 24, 14)]
    for debiased in (False, True):
        result = sinkhorn_barycenter(images, reg=4, debiased=debiased)
        assert result.converged
        np.testing.assert_allclose(center(result.barycenter), [15, 14], atol=0.05)
        assert variance(result.barycenter) < 8  # the pixel mean of both has variance 4 + 9²
    quarter = sinkhorn_barycenter(images, reg=4, weights=[3, 1]).barycenter
    np.testing.assert_allclose(center(quarter), [10.5, 14], atol=0.05)


@pytest.mark.parametrize("reg", [0.05, 1.0, 30.0])
def test_the_blur_equals_the_sum_of_logarithms(reg):
    # images of isolated pixels far apart: sums of the plain domain would be 0 nearly everywhere for small reg
    rng = np.random.default_rng(1)
    images = np.full((3, 9, 12), -np.inf)
    images[0, 2, 3], images[1, 8, 11] = 0.0, -1e4
    images[1, 0] = rng.standard_normal(12) * 500
    images[2] = rng.standard_normal((9, 12))
    D = squared_distances((9, 12)) / reg
    expected = logsumexp(images.reshape(3, 1, -1) - D, axis=-1).reshape(images.shape)
    np.testing.assert_allclose(_log_blur(images, reg), expected, rtol=1e-12, atol=1e-11)


def test_an_image_without_mass_somewhere_and_a_tiny_regularisation_stay_finite():
    images = np.zeros((2, 40, 40))
    images[0, 0, 0] = images[1, 38, 38] = 7
    for debiased in (False, True):
        p = sinkhorn_barycenter(images, reg=0.1, debiased=debiased).barycenter
        assert p[19, 19] == pytest.approx(1, abs=1e-3)
    assert sinkhorn_barycenter([[[2.0]]], reg=1).barycenter == 1


def test_an_image_of_weight_zero_does_not_matter():
    images = [bump(12, 3, 4), bump(12, 8, 8), bump(12, 1, 9)]
    two = sinkhorn_barycenter(images[:2], reg=4, tol=1e-9).barycenter
    three = sinkhorn_barycenter(images, reg=4, weights=[1, 1, 0], tol=1e-9).barycenter
    np.testing.assert_allclose(three, two, atol=1e-9)


def test_too_few_iterations_are_announced():
    with pytest.warns(ConvergenceWarning, match="sinkhorn_barycenter did not converge"):
        result = sinkhorn_barycenter([bump(12, 3, 3), bump(12, 8, 8)], reg=1, max_iter=2)
    assert not result.converged
    assert result.barycenter.sum() == pytest.approx(1)


@pytest.mark.parametrize(
    ("images", "options", "match"),
    [
        ([], {}, "`images` must hold images of one shape"),
        ([np.ones((2, 2)), np.ones((2, 3))], {}, "`images` must hold images of one shape"),
        ([[[1, -1]]], {}, "`images` must hold masses that are not negative"),
        ([[[0, 0]]], {}, "`images` must have a positive"),
        ([[[1, 1]]], {"reg": 0}, "`reg` must be positive"),
        ([[[1, 1]]], {"weights": [1, 1]}, "`weights` must be a vector of 1"),
        ([[[1, 1]]], {"tol": 2}, "`tol` must be"),
        ([[[1, 1]]], {"max_iter": 0}, "`max_iter` must be at least 1"),
    ],
)
def test_bad_input_is_refused(images, options, match):
    with pytest.raises(ValueError, match=match):
        sinkhorn_barycenter(images, **({"reg": 1.0} | options))
