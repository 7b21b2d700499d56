"""Butterworth responses are their formula; filtering is a periodic convolution; PSNR is its definition."""

import numpy as np
import pytest
import scipy.signal
from runmath.core import EPS
from runmath.linear_algebra import butterworth, circulant_eigenvalues, convolve, filter_image, psnr

SHAPES = [(1,), (8,), (9,), (1, 1), (6, 7), (32, 45)]


def radius(shape):
    return np.sqrt(sum(f**2 for f in np.meshgrid(*[np.fft.fftfreq(n) for n in shape], indexing="ij")))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("cutoff", "order"), [(0.02, 3), (0.16, 3), (0.5, 1), (0.1, 8)])
def test_the_response_is_the_formula(shape, cutoff, order):
    q = (radius(shape) / cutoff) ** (2 * order)
    low, high = (butterworth(shape, cutoff=cutoff, order=order, kind=kind) for kind in ("low", "high"))
    np.testing.assert_allclose(low, 1 / np.sqrt(1 + q), rtol=100 * order * EPS)
    np.testing.assert_allclose(high, np.sqrt(q / (1 + q)), rtol=100 * order * EPS)
    np.testing.assert_allclose(low**2 + high**2, 1, rtol=8 * EPS)


def test_in_one_dimension_it_is_the_analogue_filter_of_scipy():
    f = np.fft.fftfreq(64)
    b, a = scipy.signal.butter(4, 2 * np.pi * 0.1, analog=True)
    _, response = scipy.signal.freqs(b, a, worN=2 * np.pi * f)
    np.testing.assert_allclose(butterworth((64,), cutoff=0.1, order=4), np.abs(response), rtol=1e-12)


def test_the_mean_passes_the_low_filter_and_stops_at_the_high_one():
    for kind, value in (("low", 1.0), ("high", 0.0)):
        assert butterworth((5, 4), cutoff=0.1, order=3, kind=kind)[0, 0] == value


def test_a_steep_filter_does_not_overflow():
    for kind in ("low", "high"):
        response = butterworth((64,), cutoff=1e-3, order=400, kind=kind)
        assert response[1:].max() <= 1
        assert np.isfinite(response).all()
    assert butterworth((64,), cutoff=0.5, order=10**6, kind="high")[1] == 0
    np.testing.assert_array_equal(butterworth((3,), cutoff=1e-320, order=1), [1, 0, 0])


@pytest.mark.parametrize(("shape", "side"), [((9,), (3,)), ((8,), (5,)), ((8, 7), (3, 5)), ((7, 8), (3, 3))])
def test_filtering_with_eigenvalues_is_the_periodic_convolution(shape, side):
    rng = np.random.default_rng(0)
    x, theta = rng.standard_normal(shape), rng.standard_normal(side)
    ours = filter_image(x, circulant_eigenvalues(theta, shape))
    np.testing.assert_allclose(ours, convolve(x, theta, boundary="periodic"), atol=1e-13)


def test_colours_are_filtered_one_by_one():
    x = np.random.default_rng(1).standard_normal((12, 9, 3))
    H = butterworth((12, 9), cutoff=0.1, order=2)
    ours = filter_image(x, H)
    for c in range(3):
        np.testing.assert_allclose(ours[..., c], np.fft.ifft2(H * np.fft.fft2(x[..., c])).real, atol=1e-14)


def test_squared_low_and_high_pass_split_a_picture():
    x = np.random.default_rng(2).standard_normal((10, 11))
    parts = [
        filter_image(x, butterworth(x.shape, cutoff=0.1, order=3, kind=kind) ** 2) for kind in ("low", "high")
    ]
    np.testing.assert_allclose(sum(parts), x, atol=1e-14)


def test_psnr_is_its_definition():
    a, b = np.random.default_rng(3).random((2, 6, 5, 3))
    assert psnr(a, b) == pytest.approx(-10 * np.log10(np.mean((a - b) ** 2)))
    assert psnr(255 * a, 255 * b, peak=255) == pytest.approx(psnr(a, b))
    assert psnr(a, a) == np.inf
    assert psnr([1e200], [0]) == pytest.approx(-4000)  # the squares overflow, or underflow
    assert psnr([1e-200], [0]) == pytest.approx(4000)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        (
            {"cutoff": 0},
            ValueError,
            "`cutoff` must be above 0 and at most 0.5 of the sampling frequency, got 0",
        ),
        ({"cutoff": 0.6}, ValueError, "`cutoff` must be above 0"),
        ({"cutoff": "x"}, TypeError, "`cutoff` must be a real number"),
        ({"order": 0}, ValueError, "`order` must be at least 1, got 0"),
        ({"order": 1.5}, TypeError, "`order` must be an integer"),
        ({"kind": "band"}, ValueError, "`kind` must be 'low' or 'high', got 'band'"),
        ({"shape": (2, 2, 2)}, ValueError, "`shape` must be"),
    ],
)
def test_bad_options_are_refused(options, error, message):
    arguments = {"shape": (4, 4), "cutoff": 0.1, "order": 3, "kind": "low"} | options
    with pytest.raises(error, match=message):
        butterworth(arguments.pop("shape"), **arguments)


@pytest.mark.parametrize(
    ("image", "transfer", "message"),
    [
        (np.ones((3, 4)), np.ones((4, 3)), "`transfer` must have the shape of the image"),
        (np.ones((4, 3, 6)), np.ones(4), "`transfer` must have the shape of the image"),
        (np.ones((3, 4, 2, 2)), np.ones((3, 4)), "`transfer` must have the shape of the image"),
        (np.ones(4), [1, 1, 1, 2], "`transfer` must be Hermitian"),
        (np.ones(4), [1, 1j, 1, 1j], "`transfer` must be Hermitian"),
        ([1, np.nan], [1, 1], "`image` must be finite"),
        ([], [], "`image` must be finite and not empty"),
    ],
)
def test_pictures_and_filters_that_do_not_fit_are_refused(image, transfer, message):
    with pytest.raises(ValueError, match=message):
        filter_image(image, transfer)


def test_pictures_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="must have equal shapes"):
        psnr([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="`peak` must be positive"):
        psnr([1.0], [1.0], peak=0)
    with pytest.raises(TypeError, match="`peak` must be a real number, got '1'"):
        psnr([1.0], [1.0], peak="1")
    with pytest.raises(TypeError, match="`image` must be an array of numbers"):
        psnr(["a"], [1.0])
