"""Samples of Gaussian processes: any points by Cholesky's factor, a grid of a stationary field by Fourier."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_matrix, as_rng, as_tolerance
from runmath.probability.kernels import Kernel

CLIP = 1e-10  # negative eigenvalues above -CLIP times the largest are rounding


def sample_process(
    kernel: Kernel,
    X: ArrayLike,
    n_samples: int = 1,
    *,
    jitter: float = 1e-10,
    rng: np.random.Generator | int,
) -> np.ndarray:
    """Draw f ~ N(0, K + jitter · mean(diag K) · I) with K = k(X), as f = L z, where LL' is the matrix.

    Parameters
    ----------
    kernel : Kernel
    X : array_like of shape (n, d)
    n_samples : int
    jitter : float
        Relative variance added to the diagonal: smooth kernels give matrices that are singular to rounding.
    rng : Generator or int

    Returns
    -------
    ndarray of shape (n_samples, n)

    Raises
    ------
    TypeError, ValueError
        On bad input, or where the matrix is not positive definite; a larger jitter helps if it is semi-definite.

    Notes
    -----
    n³/3 operations for the factor, 2n² for each sample. Chapter: probability/gaussian-processes-and-kernels.

    References
    ----------
    :cite:t:`rasmussen2006gaussian`, appendix A.2.

    Examples
    --------
    >>> from runmath.probability import RBF
    >>> sample_process(RBF(1.0), [[0.0], [0.5]], 3, rng=0).shape
    (3, 2)
    """
    X = as_matrix(X, "X")
    n_samples = as_integer(n_samples, "n_samples")
    K = kernel(X)
    if not np.isfinite(K.diagonal()).all():
        raise ValueError("`X` must be scaled down: variances k(x, x) overflow")
    K.flat[:: len(K) + 1] += as_tolerance(jitter, "jitter") * K.diagonal().mean()
    try:
        L = scipy.linalg.cholesky(K, lower=True, overwrite_a=True, check_finite=False)
    except np.linalg.LinAlgError:
        raise ValueError(
            f"`kernel` must give a positive definite matrix; try a `jitter` above {jitter}"
        ) from None
    return as_rng(rng).standard_normal((n_samples, len(X))) @ L.T


def sample_field(
    kernel: Kernel,
    shape: tuple[int, ...],
    n_samples: int = 1,
    *,
    spacing: float = 1.0,
    padding: int = 2,
    rng: np.random.Generator | int,
) -> np.ndarray:
    """Draw a stationary Gaussian field on a grid, f = Re F(√(λ/N) ⊙ z), by circulant embedding.

    Parameters
    ----------
    kernel : Kernel
        Stationary, and even in each coordinate of x - y, as all stationary kernels of this package are.
    shape : tuple of int
        Points of the grid along each axis; one axis gives a process, two a field.
    n_samples : int
    spacing : float
        Distance of neighbouring points.
    padding : int
        The grid is laid on a torus this many times as large along each axis, at least twice.
    rng : Generator or int

    Returns
    -------
    ndarray of shape (n_samples, *shape)

    Raises
    ------
    TypeError, ValueError
        On bad input, a kernel that is not stationary, or an embedding with negative eigenvalues.

    Notes
    -----
    On the torus the covariance is a circulant, with eigenvalues λ = F c ≥ 0, where c is its first column. One
    transform gives two independent fields, the real and the imaginary part. O(N log N) operations for N points
    of the torus, against n³/3 by Cholesky; exact, where λ ≥ 0. Eigenvalues within rounding of 0 are set to 0. A
    length scale that is long for the grid needs more padding. Chapter: probability/gaussian-processes-and-kernels.

    References
    ----------
    :cite:t:`dietrich1997fast`.

    Examples
    --------
    >>> from runmath.probability import RBF
    >>> sample_field(RBF(2.0), (16, 20), 3, rng=0).shape
    (3, 16, 20)
    """
    if not isinstance(shape, tuple) or not shape:
        raise TypeError(f"`shape` must be a tuple of integers, got {shape!r}")
    shape = tuple(as_integer(n, "shape") for n in shape)
    n_samples = as_integer(n_samples, "n_samples")
    padding = as_integer(padding, "padding", low=2)
    eigenvalues = _torus_eigenvalues(kernel, tuple(padding * n for n in shape), spacing)
    pairs = -(-n_samples // 2)
    size = (pairs, *eigenvalues.shape)
    rng = as_rng(rng)
    z = rng.standard_normal(size) + 1j * rng.standard_normal(size)
    axes = tuple(range(1, len(size)))
    waves = np.fft.fftn(np.sqrt(eigenvalues / eigenvalues.size) * z, axes=axes)
    waves = waves[(slice(None), *(slice(n) for n in shape))]
    return np.concatenate([waves.real, waves.imag])[:n_samples]


def _torus_eigenvalues(kernel: Kernel, torus: tuple[int, ...], spacing: float) -> np.ndarray:
    """Return λ = F c for the covariances c of all points of the torus with the origin."""
    if not kernel.stationary:
        raise ValueError(f"`kernel` must be stationary, got {kernel}")
    if not 0 < spacing < np.inf:
        raise ValueError(f"`spacing` must be positive and finite, got {spacing}")
    lags = [np.minimum(np.arange(n), n - np.arange(n)) * spacing for n in torus]
    points = np.stack(np.meshgrid(*lags, indexing="ij"), axis=-1).reshape(-1, len(torus))
    column = kernel(points, np.zeros((1, len(torus))))[:, 0]
    column[0] = kernel.diag(points[:1])[0]  # of the origin with itself, where `White` counts
    column = column.reshape(torus)
    eigenvalues = np.fft.fftn(column).real
    if eigenvalues.min() < -CLIP * eigenvalues.max():
        worst = eigenvalues.min() / eigenvalues.max()
        raise ValueError(f"`padding` must make the embedding semi-definite, got an eigenvalue of {worst:.0e}")
    return eigenvalues.clip(0)
