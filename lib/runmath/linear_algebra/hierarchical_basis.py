"""The hierarchical basis: hat functions of all levels instead of the finest only."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_matrix, as_vector
from runmath.linear_algebra.poisson import Poisson


def hierarchical_to_nodal(c: ArrayLike) -> np.ndarray:
    """Return the nodal values v = S c of the function with hierarchical coefficients c.

    Parameters
    ----------
    c : array_like of shape (2^k - 1,) or (2^k - 1, 2^k - 1)
        The coefficient at a grid point belongs to the hat of the level on which the point first appears: its
        values are ∏ max(0, 1 - |i - i₀| / s) with s = 2^j, the largest power of two that divides both indices
        of the point, i₀ = 1, 2, ...

    Returns
    -------
    ndarray of the same shape

    Raises
    ------
    TypeError, ValueError
        If `c` is not a finite real array of such a shape.

    Notes
    -----
    From the coarsest level to the finest, each point adds to its coefficient what (bi)linear interpolation
    between the points of the level above gives there. Cost O(N). Chapter: linear-algebra/multigrid-2.

    References
    ----------
    .. [1] yserentant1986multilevel.

    Examples
    --------
    >>> hierarchical_to_nodal([0, 1, 0])
    array([0.5, 1. , 0.5])
    """
    u = _framed(c, "c")
    for w in reversed(list(_levels(u))):
        _interpolate(w, +1.0)
    return _inside(u)


def nodal_to_hierarchical(v: ArrayLike) -> np.ndarray:
    """Return the hierarchical coefficients c = S⁻¹ v: what interpolation from the coarser level misses.

    See `hierarchical_to_nodal`, which it inverts exactly but for rounding.

    Examples
    --------
    >>> nodal_to_hierarchical([0.5, 1, 0.5])
    array([0., 1., 0.])
    """
    u = _framed(v, "v")
    for w in _levels(u):
        _interpolate(w, -1.0)
    return _inside(u)


def hierarchical_to_nodal_transposed(r: ArrayLike) -> np.ndarray:
    """Return Sᵀ r, where S is the matrix of `hierarchical_to_nodal`.

    Examples
    --------
    >>> hierarchical_to_nodal_transposed([1, 1, 1])
    array([1., 2., 1.])
    """
    u = _framed(r, "r")
    for w in _levels(u):
        _interpolate_transposed(w, +1.0)
    return _inside(u)


def nodal_to_hierarchical_transposed(c: ArrayLike) -> np.ndarray:
    """Return S⁻ᵀ c, where S is the matrix of `hierarchical_to_nodal`.

    Examples
    --------
    >>> nodal_to_hierarchical_transposed([1, 2, 1])
    array([1., 1., 1.])
    """
    u = _framed(c, "c")
    for w in reversed(list(_levels(u))):
        _interpolate_transposed(w, -1.0)
    return _inside(u)


def hierarchical_diagonal(problem: Poisson) -> np.ndarray:
    """Return the diagonal of Sᵀ A S in an array of the grid's shape, A and S being those of the problem.

    Parameters
    ----------
    problem : Poisson
        With shape (2^k - 1,) or (2^k - 1, 2^k - 1).

    Returns
    -------
    ndarray of the grid's shape

    Notes
    -----
    The hat t of half-width s on a line has tᵀ t = (2 s² + 1) / (3 s), and 2 / s for its product with
    tridiag(-1, 2, -1); in two dimensions the hat is a product of two.

    Examples
    --------
    >>> hierarchical_diagonal(Poisson((3,), lengths=(4,)))
    array([2., 1., 2.])
    """
    u = _framed(np.zeros(problem.shape), "problem.shape")
    s = 1
    for w in _levels(u):
        mass = (2 * s * s + 1) / (3 * s)
        w[...] = mass ** (u.ndim - 1) * (2 / s) * sum(problem.couplings) + problem.sigma * mass**u.ndim
        s *= 2
    return _inside(u)


def hierarchical_preconditioner(problem: Poisson) -> Callable[[np.ndarray], np.ndarray]:
    """Return the map r -> S D⁻¹ Sᵀ r, an approximation of A⁻¹ for `conjugate_gradients`.

    Parameters
    ----------
    problem : Poisson
        With shape (2^k - 1,) or (2^k - 1, 2^k - 1).

    Returns
    -------
    callable
        From arrays of the grid's shape to arrays of the grid's shape; symmetric and positive definite.

    Raises
    ------
    ValueError
        If the grid has another shape.

    Notes
    -----
    D is the diagonal of Sᵀ A S. In one dimension with σ = 0 hats of different levels are A-orthogonal, and the
    map is A⁻¹ itself. In two dimensions with equal widths the condition number of the preconditioned matrix
    grows as k² = (log₂ 1/h)², that of A as 1/h² [1]_; in three it would grow as 1/h. Multigrid preconditions
    better; this needs no coarse problems. Chapter: linear-algebra/multigrid-2.

    References
    ----------
    .. [1] yserentant1986multilevel.

    Examples
    --------
    >>> problem = Poisson((3,), lengths=(4,))
    >>> hierarchical_preconditioner(problem)(problem.apply([3, 1, 2]))
    array([3., 1., 2.])
    """
    D = hierarchical_diagonal(problem)
    return lambda r: hierarchical_to_nodal(hierarchical_to_nodal_transposed(r) / D)


def _framed(value: ArrayLike, name: str) -> np.ndarray:
    """Return the array within a frame of zeros, or raise where no hierarchy fits its shape."""
    array = as_matrix(value, name) if np.ndim(value) == 2 else as_vector(value, name)
    n = array.shape[0] + 1
    if n & (n - 1) or len(set(array.shape)) > 1:
        raise ValueError(f"`{name}` must have shape (2^k - 1,) or (2^k - 1, 2^k - 1), got {array.shape}")
    return np.pad(array, 1)


def _inside(u: np.ndarray) -> np.ndarray:
    return u[(slice(1, -1),) * u.ndim].copy()


def _levels(u: np.ndarray) -> Iterator[np.ndarray]:
    """Yield views of the framed array on the grids of width 1, 2, 4, ..., the last with one interior point."""
    s = 1
    while 2 * s < u.shape[0]:
        yield u[(slice(None, None, s),) * u.ndim]
        s *= 2


def _interpolate(w: np.ndarray, sign: float) -> None:
    """Add to the points that are new on a level `sign` times the mean of their coarse neighbours, in place."""
    if w.ndim == 1:
        w[1::2] += sign / 2 * (w[:-1:2] + w[2::2])
        return
    C = w[::2, ::2].copy()
    w[1::2, ::2] += sign / 2 * (C[:-1] + C[1:])
    w[::2, 1::2] += sign / 2 * (C[:, :-1] + C[:, 1:])
    w[1::2, 1::2] += sign / 4 * (C[:-1, :-1] + C[1:, :-1] + C[:-1, 1:] + C[1:, 1:])


def _interpolate_transposed(w: np.ndarray, sign: float) -> None:
    """Add to the coarse points of a level `sign` times the weighted new neighbours: the transpose of the above."""
    if w.ndim == 1:
        w[2:-1:2] += sign / 2 * (w[1:-2:2] + w[3::2])
        return
    X, Y, Z = w[1::2, 2:-1:2], w[2:-1:2, 1::2], w[1::2, 1::2]
    w[2:-1:2, 2:-1:2] += sign / 2 * (X[:-1] + X[1:] + Y[:, :-1] + Y[:, 1:])
    w[2:-1:2, 2:-1:2] += sign / 4 * (Z[:-1, :-1] + Z[1:, :-1] + Z[:-1, 1:] + Z[1:, 1:])
