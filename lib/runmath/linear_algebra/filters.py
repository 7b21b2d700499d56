"""Filters of pictures that are written down in the Fourier plane, and how well they restore."""

from __future__ import annotations

from numbers import Real
from typing import Literal

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike

from runmath.core import as_integer, norm
from runmath.linear_algebra.convolution import grid_shape

HERMITIAN_TOLERANCE = 1e-10  # relative; what a transform of a real kernel leaves is near 1e-16


def butterworth(
    shape: tuple[int, ...], *, cutoff: float, order: int, kind: Literal["low", "high"] = "low"
) -> np.ndarray:
    """Return the Butterworth response 1/√(1 + q) (low) or √(q/(1 + q)) (high), with q = (|f| / f_c)^{2m}.

    Parameters
    ----------
    shape : (n,) or (rows, columns)
    cutoff : float
        f_c as a fraction of the sampling frequency, in (0, 1/2]: at |f| = f_c both responses are 1/√2.
    order : int
        m ≥ 1; the larger, the steeper: beyond the cutoff the low-pass falls like |f|^{-m}.
    kind : {"low", "high"}

    Returns
    -------
    ndarray of the given shape
        The response at the frequencies of `numpy.fft.fftfreq`, in their order; |f|² is the sum over the axes.

    Raises
    ------
    TypeError, ValueError
        If an argument is out of its range.

    Notes
    -----
    The squares of low- and high-pass add up to one; the plain responses do not. Squared, these are what
    `skimage.filters.butterworth` uses by default; plain, with ``squared_butterworth=False``. As a circular
    convolution it lets opposite edges of the picture act on each other. The response has no phase: in contrast to
    `scipy.signal.butter`, which filters a stream, edges stay where they are.
    Chapter: linear-algebra/convolution-as-a-matrix-2.

    References
    ----------
    .. [1] butterworth1930theory.

    Examples
    --------
    >>> butterworth((4,), cutoff=0.25, order=1) ** 2
    array([1. , 0.5, 0.2, 0.5])
    """
    shape, order = grid_shape(shape), as_integer(order, "order")
    if not isinstance(cutoff, Real) or isinstance(cutoff, bool):
        raise TypeError(f"`cutoff` must be a real number, got {cutoff!r}")
    if not 0 < cutoff <= 0.5:
        raise ValueError(f"`cutoff` must be above 0 and at most 0.5 of the sampling frequency, got {cutoff}")
    if kind not in ("low", "high"):
        raise ValueError(f"`kind` must be 'low' or 'high', got {kind!r}")
    axes = np.ix_(*[scipy.fft.fftfreq(n) ** 2 for n in shape])
    with np.errstate(over="ignore"):  # an infinite radius is beyond every cutoff
        radius = np.sqrt(sum(axes)) / cutoff
    if kind == "low":
        return 1 / np.hypot(1, _power(radius, order))
    with np.errstate(divide="ignore"):
        return 1 / np.hypot(1, _power(1 / radius, order))  # 1/∞ = 0 at zero frequency


def _power(base: np.ndarray, order: int) -> np.ndarray:
    with np.errstate(over="ignore"):  # an infinite power is a response of zero
        return base**order


def filter_image(image: ArrayLike, transfer: ArrayLike) -> np.ndarray:
    """Return F⁻¹(H ⊙ F x): each frequency of the picture multiplied by its factor.

    Parameters
    ----------
    image : array_like of shape (rows, columns) or (rows, columns, channels); or a signal (n,)
    transfer : array_like of shape (rows, columns) or (n,), real or complex
        The factors H in the order of `numpy.fft`, such as from `butterworth` or `circulant_eigenvalues`.

    Returns
    -------
    ndarray of the shape of the image

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, a number is not finite, or H(-f) is not the conjugate of H(f), so that the result
        would not be real.

    Notes
    -----
    A periodic convolution of the picture with F⁻¹ H, as large as the picture, in O(N log N).
    Chapter: linear-algebra/convolution-as-a-matrix-2.

    Examples
    --------
    >>> filter_image([1, 2, 3, 6], [1, 0, 0, 0])  # keeps the mean alone
    array([3., 3., 3., 3.])
    """
    x, H = _numbers(image, "image", "buif"), _numbers(transfer, "transfer", "buifc")
    if H.ndim not in (1, 2) or x.shape[: H.ndim] != H.shape or x.ndim not in (H.ndim, 2 * H.ndim - 1):
        raise ValueError(
            f"`transfer` must have the shape of the image {x.shape} without channels, got {H.shape}"
        )
    mirrored = np.roll(np.flip(H), 1, axis=tuple(range(H.ndim))).conj()  # at -f
    if np.abs(H - mirrored).max() > HERMITIAN_TOLERANCE * np.abs(H).max():
        raise ValueError(
            "`transfer` must be Hermitian, H(-f) = conj H(f), got another: the result is not real"
        )
    axes = tuple(range(H.ndim))
    half = H[..., : H.shape[-1] // 2 + 1]
    half = half[..., None] if x.ndim > H.ndim else half
    return scipy.fft.irfftn(half * scipy.fft.rfftn(x, axes=axes), H.shape, axes=axes)


def psnr(image: ArrayLike, reference: ArrayLike, *, peak: float = 1.0) -> float:
    """Return the peak signal-to-noise ratio 10 log₁₀(peak² / mean |image - reference|²) in decibel.

    Parameters
    ----------
    image, reference : array_like of equal shape
    peak : float
        The value of white.

    Returns
    -------
    float
        Infinite for equal pictures.

    Raises
    ------
    TypeError, ValueError
        If the shapes differ, a number is not finite, or the peak is not positive.

    Examples
    --------
    >>> round(psnr([0.5, 0.6], [0.4, 0.7]), 9)
    20.0
    """
    a, b = _numbers(image, "image", "buif"), _numbers(reference, "reference", "buif")
    if a.shape != b.shape:
        raise ValueError(f"`image` and `reference` must have equal shapes, got {a.shape} and {b.shape}")
    if not isinstance(peak, Real) or isinstance(peak, bool):
        raise TypeError(f"`peak` must be a real number, got {peak!r}")
    if not 0 < peak < np.inf:
        raise ValueError(f"`peak` must be positive and finite, got {peak}")
    with np.errstate(divide="ignore"):
        return float(-20 * np.log10(norm(a - b) / np.sqrt(a.size) / peak))


def _numbers(value: ArrayLike, name: str, kinds: str) -> np.ndarray:
    array = np.asarray(value)
    if array.dtype.kind not in kinds:
        raise TypeError(f"`{name}` must be an array of numbers, got {array.dtype}")
    if array.size == 0 or not np.isfinite(array).all():
        raise ValueError(f"`{name}` must be finite and not empty, got shape {array.shape}")
    return array.astype(complex if array.dtype.kind == "c" else float)
