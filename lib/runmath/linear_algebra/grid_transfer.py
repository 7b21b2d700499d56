"""How grid functions travel between a grid and the next coarser one."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from runmath.core import as_matrix, as_vector
from runmath.linear_algebra.poisson import Poisson, coarse_shape


def restrict(r: ArrayLike) -> np.ndarray:
    """Return the full weighting R r on the next coarser grid: [1 2 1] / 4 along each axis.

    Parameters
    ----------
    r : array_like of shape (n,) or (n1, n2)
        Values at the interior points; zero on the boundary.

    Returns
    -------
    ndarray of the shape of `Poisson.coarse`

    Raises
    ------
    TypeError, ValueError
        If `r` is not a finite real array with one or two axes, or no axis has three points.

    Notes
    -----
    R = ∏ (h / H) Pᵀ, P being `prolong` and H / h the ratio of the mesh widths of each coarsened axis: Pᵀ / 2 in
    one and Pᵀ / 4 in two dimensions where the numbers of intervals are even. For an odd number the weights vary
    along the axis. Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] briggs2000multigrid, Chapter 3.

    Examples
    --------
    >>> restrict([1.0, 2.0, 3.0])
    array([2.])
    """
    r = as_values(r, "r")
    return restricted(r, coarse_shape(r.shape))


def prolong(v: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Return the (bi)linear interpolation P v at the points of the next finer grid.

    Parameters
    ----------
    v : array_like of shape (n,) or (n1, n2)
        Values at the interior points; zero on the boundary.
    shape : tuple of int
        Of the finer grid, whose coarse grid has the shape of `v`.

    Returns
    -------
    ndarray of shape `shape`

    Raises
    ------
    TypeError, ValueError
        If `v` is not a finite real array with one or two axes, or its grid is not the coarse one of `shape`.

    Notes
    -----
    Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] briggs2000multigrid, Chapter 3.

    Examples
    --------
    >>> prolong([2.0], (3,))
    array([1., 2., 1.])
    """
    v, shape = as_values(v, "v"), Poisson(shape).shape
    if coarse_shape(shape) != v.shape:
        raise ValueError(f"`v` must have the shape {coarse_shape(shape)} coarse to {shape}, got {v.shape}")
    return prolonged(v, shape)


def as_values(value: ArrayLike, name: str) -> np.ndarray:
    """Return a new float64 array with one or two axes, or raise."""
    return as_matrix(value, name) if np.ndim(value) == 2 else as_vector(value, name)


def prolonged(v: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Interpolate along one axis after the other."""
    for axis, n in enumerate(shape):
        m = v.shape[axis]
        if n == 2 * m + 1:
            w = np.moveaxis(v, axis, 0)
            fine = np.empty((n, *w.shape[1:]))
            fine[1::2] = w
            fine[0], fine[-1] = w[0] / 2, w[-1] / 2
            fine[2:-1:2] = (w[:-1] + w[1:]) / 2
            v = np.moveaxis(fine, 0, axis)
        elif n != m:
            v = _along(interpolation(n, m), v, axis)
    return v


def restricted(r: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Average along one axis after the other."""
    for axis, m in enumerate(shape):
        n = r.shape[axis]
        if n == 2 * m + 1:
            w = np.moveaxis(r, axis, 0)
            r = np.moveaxis((w[:-2:2] + w[2::2]) / 4 + w[1:-1:2] / 2, 0, axis)
        elif n != m:
            r = _along(interpolation(n, m).T * ((m + 1) / (n + 1)), r, axis)
    return r


def interpolation(n: int, m: int) -> sparse.csr_array:
    """Return the matrix (n, m) of linear interpolation from m to n interior points of one interval."""
    s = np.arange(1, n + 1) * (m + 1) / (n + 1)  # the coarse coordinate of every fine point
    left = np.floor(s).astype(int)
    columns = np.concatenate([left, left + 1])
    weights = np.concatenate([left + 1 - s, s - left])
    keep = (columns >= 1) & (columns <= m)  # 0 and m + 1 are the boundary
    rows = np.tile(np.arange(n), 2)
    return sparse.csr_array((weights[keep], (rows[keep], columns[keep] - 1)), shape=(n, m))


def sampled(f: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return a right-hand side for the coarse problem itself, of second order in the mesh width.

    Between grids that are not nested the weights of `restricted` do not add up to one; interpolation does.
    """
    for axis, m in enumerate(shape):
        n = f.shape[axis]
        if n != 2 * m + 1 and n != m:
            f = _along(interpolation(m, n), f, axis)
    return restricted(f, shape)


def prolonged_cubically(v: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Interpolate by cubics along one axis after the other: of fourth order, for a new approximation."""
    for axis, n in enumerate(shape):
        if n != v.shape[axis]:
            v = _along(cubic_interpolation(n, v.shape[axis]), v, axis)
    return v


def cubic_interpolation(n: int, m: int) -> sparse.csr_array:
    """Return the matrix (n, m) of Lagrange interpolation through the four nearest points, boundary included.

    Fewer than two interior points leave linear interpolation.
    """
    if m < 2:
        return interpolation(n, m)
    s = np.arange(1, n + 1) * (m + 1) / (n + 1)
    first = np.clip(np.floor(s).astype(int) - 1, 0, m - 2)  # the nodes are first, ..., first + 3
    t = s - first
    nodes = range(4)
    weights = [np.prod([(t - j) / (k - j) for j in nodes if j != k], axis=0) for k in nodes]
    columns, weights = np.concatenate([first + k for k in nodes]), np.concatenate(weights)
    keep = (columns >= 1) & (columns <= m) & (weights != 0)
    rows = np.tile(np.arange(n), 4)
    return sparse.csr_array((weights[keep], (rows[keep], columns[keep] - 1)), shape=(n, m))


def _along(M: sparse.sparray, v: np.ndarray, axis: int) -> np.ndarray:
    return M @ v if axis == 0 else (M @ v.T).T
