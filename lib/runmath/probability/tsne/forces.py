"""The gradient of t-SNE: attraction along the affinities, repulsion between all points of the map."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft
from numpy.typing import ArrayLike

from runmath.core import as_matrix

SPACING = 0.35  # of the grid, in units of the map: the repulsive kernel has width one
LEAST_CELLS = 40  # across the map: a small map needs a finer grid
MOST_CELLS = 4096  # the transforms then take about a gigabyte; maps of a million points need fewer
NODES = np.array([-1.0, 0.0, 1.0, 2.0])  # of cubic interpolation, around the cell of a point
BLOCK = 512  # rows whose distances are in memory at a time


def similarities(Y: ArrayLike) -> np.ndarray:
    """Return q_ij = (1 + |y_i - y_j|^2)^-1 / sum over pairs, the similarities in the map.

    Parameters
    ----------
    Y : array-like of shape (n, d)

    Returns
    -------
    ndarray of shape (n, n)
        Symmetric, zero on the diagonal; sums to one.

    Raises
    ------
    ValueError
        If there are fewer than two points or a coordinate is not finite.

    Examples
    --------
    >>> similarities([[0.0], [1.0], [0.0]]).round(2)
    array([[0.  , 0.12, 0.25],
           [0.12, 0.  , 0.12],
           [0.25, 0.12, 0.  ]])
    """
    Y = as_matrix(Y, "Y")
    if len(Y) < 2:
        raise ValueError(f"`Y` must hold at least two points, got {len(Y)}")
    kernel = 1 / (1 + ((Y[:, None] - Y[None]) ** 2).sum(axis=2))
    np.fill_diagonal(kernel, 0)
    return kernel / kernel.sum()


def kl_and_gradient(P: ArrayLike, Y: ArrayLike) -> tuple[float, np.ndarray]:
    """Return KL(P, Q) and its gradient 4 sum_j (p_ij - q_ij) (y_i - y_j) / (1 + |y_i - y_j|^2).

    Parameters
    ----------
    P : array-like of shape (n, n)
        Affinities that sum to one.
    Y : array-like of shape (n, d)
        The map.

    Returns
    -------
    kl : float
        In nats.
    gradient : ndarray of shape (n, d)

    Raises
    ------
    ValueError
        If the shapes do not fit, a number is not finite, or `P` is negative somewhere or not zero on its diagonal.

    Notes
    -----
    Exact, at a cost of n^2 d. Chapter: probability/tsne.

    References
    ----------
    :cite:t:`maaten2008visualizing`, equation 5 and appendix A.

    Examples
    --------
    >>> kl, gradient = kl_and_gradient([[0.0, 0.5], [0.5, 0.0]], [[0.0], [2.0]])
    >>> kl, gradient.ravel().tolist()
    (0.0, [0.0, 0.0])
    """
    P, Y = as_matrix(P, "P"), as_matrix(Y, "Y")
    if P.shape != (len(Y), len(Y)):
        raise ValueError(f"`P` must have shape {(len(Y), len(Y))}, got {P.shape}")
    if P.min() < 0 or P.diagonal().any():
        raise ValueError("`P` must hold numbers >= 0 with zeros on the diagonal")
    kernel = 1 / (1 + ((Y[:, None] - Y[None]) ** 2).sum(axis=2))
    np.fill_diagonal(kernel, 0)
    Q = kernel / kernel.sum()
    pairs = P > 0
    kl = float((P[pairs] * np.log(P[pairs] / Q[pairs])).sum())
    weights = (P - Q) * kernel
    return kl, 4 * (weights.sum(axis=1)[:, None] * Y - weights @ Y)


def exact_repulsion(Y: np.ndarray) -> tuple[np.ndarray, float]:
    """Return sum_j (y_i - y_j) k_ij^2 and the sum of all k_ij, k_ij = (1 + |y_i - y_j|^2)^-1.

    Parameters
    ----------
    Y : ndarray of shape (n, d)

    Returns
    -------
    force : ndarray of shape (n, d)
    total : float
        Over pairs of different points; force / total is sum_j q_ij k_ij (y_i - y_j).

    Notes
    -----
    Cost n^2 d, memory a few megabytes: distances are formed for 512 rows at a time.

    Examples
    --------
    >>> force, total = exact_repulsion(np.array([[0.0], [1.0]]))
    >>> force.ravel().tolist(), total
    ([-0.25, 0.25], 1.0)
    """
    Y = Y - Y.mean(axis=0)  # forces depend on differences alone; a far origin would cancel their digits
    norms = (Y**2).sum(axis=1)
    force, total = np.empty_like(Y), 0.0
    for first in range(0, len(Y), BLOCK):
        rows = slice(first, first + BLOCK)
        kernel = Y[rows] @ Y.T
        kernel *= -2
        kernel += norms[rows, None]
        kernel += norms + 1
        np.maximum(kernel, 1, out=kernel)  # 1 + |y_i - y_j|^2, where rounding has lost the 1
        np.reciprocal(kernel, out=kernel)
        total += float(kernel.sum())
        kernel *= kernel
        force[rows] = Y[rows] * kernel.sum(axis=1)[:, None] - kernel @ Y
    return force, total - len(Y)  # of a point with itself the kernel is 1, the force 0


def grid_repulsion(Y: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the same as `exact_repulsion` for a map in the plane, to about one per cent, in O(n) and FFTs.

    Parameters
    ----------
    Y : ndarray of shape (n, 2)

    Returns
    -------
    force : ndarray of shape (n, 2)
    total : float

    Raises
    ------
    ValueError
        If the map is wider than 4,096 cells of the grid or not finite.

    Notes
    -----
    The charges 1, y and the kernels are interpolated from a grid of spacing 0.35 by cubic polynomials, and kernels
    and charges convolved by the FFT. The cost of the grid grows with the area of the map.
    Chapter: probability/tsne.

    References
    ----------
    :cite:t:`linderman2019fast`.

    Examples
    --------
    >>> Y = np.random.default_rng(0).standard_normal((500, 2)) * 5
    >>> exact, _ = exact_repulsion(Y)
    >>> bool(np.linalg.norm(grid_repulsion(Y)[0] - exact) < 0.01 * np.linalg.norm(exact))
    True
    """
    n = len(Y)
    low, span = Y.min(axis=0), float(np.ptp(Y, axis=0).max())
    if not span <= SPACING * MOST_CELLS:
        raise ValueError(
            f"`Y` must span at most {SPACING * MOST_CELLS:.0f}, got {span:.0f}; if a descent has led there, take a "
            "smaller `learning_rate`"
        )
    spacing = min(SPACING, max(span, np.finfo(float).tiny) / LEAST_CELLS)
    place = (Y - low) / spacing + 1
    cell = np.floor(place).astype(np.intp)
    size = 8 * -(-(int(cell.max()) + 3) // 8)  # so that few different sizes occur
    x, y = np.moveaxis(_cubic(place - cell), 1, 0)  # weights (n, 4) of the nodes along each axis
    index = (
        (cell[:, :1] - 1 + np.arange(4))[:, :, None] * size + (cell[:, 1:] - 1 + np.arange(4))[:, None]
    ).ravel()
    weight = (x[:, :, None] * y[:, None]).reshape(n, 16)
    centred = Y - Y.mean(axis=0)
    charges = [weight, weight * centred[:, :1], weight * centred[:, 1:]]
    grids = np.stack([np.bincount(index, charge.ravel(), size * size) for charge in charges]).astype(
        np.float32
    )
    first, squared, shape = _kernels(size, spacing)
    spectra = scipy.fft.rfft2(grids.reshape(3, size, size), shape)
    products = np.concatenate([spectra * squared, spectra[:1] * first])
    fields = scipy.fft.irfft2(products, shape)[:, :size, :size].reshape(4, -1)
    at_points = np.einsum("fnk,nk->fn", fields[:, index].reshape(4, n, 16), weight)
    return centred * at_points[0][:, None] - at_points[1:3].T, float(at_points[3].sum()) - n


def _cubic(t: np.ndarray) -> np.ndarray:
    """Return Lagrange's weights of the nodes -1, 0, 1, 2 at t in [0, 1], along a new last axis."""
    return np.stack(
        [
            np.prod([(t - other) / (node - other) for other in NODES if other != node], axis=0)
            for node in NODES
        ],
        axis=-1,
    )


@lru_cache(maxsize=8)  # sizes rarely change from step to step
def _kernels(size: int, spacing: float) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
    """Return the transforms of k and k^2 on a padded grid, and its shape."""
    length = scipy.fft.next_fast_len(2 * size, real=True)
    steps = np.minimum(np.arange(length), length - np.arange(length)) * spacing
    kernel = 1 / (1 + steps[:, None] ** 2 + steps**2)
    first, squared = (scipy.fft.rfft2(k.astype(np.float32)) for k in (kernel, kernel**2))
    return first, squared, (length, length)
