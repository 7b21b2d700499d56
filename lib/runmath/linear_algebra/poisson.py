"""The model problem of elliptic equations on an interval or a rectangle, cut into a regular grid."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from scipy import fft, sparse

from runmath.core import as_integer, as_matrix, as_vector


@dataclass(frozen=True)
class Poisson:
    """Discretise -Δu + σ u = f, with u = 0 on the boundary of (0, L₁) or (0, L₁) × (0, L₂), by central differences.

    Grid point i of an axis lies at i h, h = L / (n + 1), i = 1..n; entry 0 of an array belongs to i = 1. The
    boundary points i = 0 and i = n + 1 are not stored. Row i of the system A v = f reads in two dimensions

        (2/h₁² + 2/h₂² + σ) v_{i,j} - (v_{i-1,j} + v_{i+1,j}) / h₁² - (v_{i,j-1} + v_{i,j+1}) / h₂² = f_{i,j}.

    Parameters
    ----------
    shape : (n,) or (n1, n2)
        Interior points per axis.
    sigma : float
        The reaction coefficient σ ≥ 0.
    lengths : (L1,) or (L1, L2), optional
        Sides of the domain; 1 by default. With L = n + 1 the widths are 1, as between the pixels of an image.

    Raises
    ------
    TypeError, ValueError
        If the shape has not one or two positive integers, σ is negative, or a length is not positive and finite.

    Notes
    -----
    A is symmetric and positive definite, its error is O(h₁² + h₂²) where u has four bounded derivatives, and
    nothing but the numbers above is stored. Boundary values other than zero: `with_boundary`. The domain is a
    rectangle; a region of another form is a `conjugate_gradients` problem. Chapter: linear-algebra/multigrid.

    References
    ----------
    .. [1] briggs2000multigrid, Chapter 1.

    Examples
    --------
    >>> Poisson((3,)).to_sparse().toarray()
    array([[ 32., -16.,   0.],
           [-16.,  32., -16.],
           [  0., -16.,  32.]])
    """

    shape: tuple[int, ...]
    sigma: float = 0.0
    lengths: tuple[float, ...] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.shape, tuple | list) or len(self.shape) not in (1, 2):
            raise ValueError(f"`shape` must be (n,) or (n1, n2), got {self.shape!r}")
        shape = tuple(as_integer(n, "shape") for n in self.shape)
        lengths = (1.0,) * len(shape) if self.lengths is None else tuple(self.lengths)
        if len(lengths) != len(shape) or not all(_is_real(L) and 0 < L < np.inf for L in lengths):
            raise ValueError(f"`lengths` must be {len(shape)} positive numbers, got {self.lengths!r}")
        if not _is_real(self.sigma) or not 0 <= self.sigma < np.inf:
            raise ValueError(f"`sigma` must be at least 0 and finite, got {self.sigma!r}")
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "lengths", tuple(map(float, lengths)))
        object.__setattr__(self, "sigma", float(self.sigma))

    @property
    def widths(self) -> tuple[float, ...]:
        """Mesh width h = L / (n + 1) of each axis."""
        return tuple(L / (n + 1) for L, n in zip(self.lengths, self.shape, strict=True))

    @property
    def couplings(self) -> tuple[float, ...]:
        """What neighbours along each axis are weighted with, 1 / h²."""
        return tuple(h**-2 for h in self.widths)

    @property
    def diagonal(self) -> float:
        """The diagonal entry of A, the same in all rows: Σ 2 / h² + σ."""
        return 2 * sum(self.couplings) + self.sigma

    def as_grid(self, value: ArrayLike, name: str) -> np.ndarray:
        """Return a new float64 array with one finite entry per grid point, or raise."""
        grid = as_vector(value, name) if len(self.shape) == 1 else as_matrix(value, name)
        if grid.shape != self.shape:
            raise ValueError(f"`{name}` must have the shape {self.shape} of the grid, got {grid.shape}")
        return grid

    def grid(self) -> tuple[np.ndarray, ...]:
        """Return the coordinates of the grid points, one array of the grid's shape for each axis."""
        axes = [h * np.arange(1, n + 1) for h, n in zip(self.widths, self.shape, strict=True)]
        return tuple(np.meshgrid(*axes, indexing="ij"))

    def apply(self, v: ArrayLike) -> np.ndarray:
        """Return A v.

        Examples
        --------
        >>> Poisson((3,)).apply([1.0, 2.0, 3.0])
        array([ 0.,  0., 64.])
        """
        v = self.as_grid(v, "v")
        A_v = self.diagonal * v
        for axis, c in enumerate(self.couplings):
            out, w = np.moveaxis(A_v, axis, 0), np.moveaxis(v, axis, 0)
            out[1:] -= c * w[:-1]
            out[:-1] -= c * w[1:]
        return A_v

    def residual(self, v: ArrayLike, f: ArrayLike) -> np.ndarray:
        """Return r = f - A v; the error e = A⁻¹ f - v satisfies A e = r."""
        f = self.as_grid(f, "f")
        f -= self.apply(v)
        return f

    def to_sparse(self) -> sparse.csr_array:
        """Return A, (N, N) with N = ∏ n, as a Kronecker sum for grids flattened row by row."""
        blocks = [
            c * sparse.diags_array([-1.0, 2.0, -1.0], offsets=[-1, 0, 1], shape=(n, n))
            for c, n in zip(self.couplings, self.shape, strict=True)
        ]
        A = blocks[0] if len(blocks) == 1 else sparse.kronsum(blocks[1], blocks[0])
        return sparse.csr_array(A + self.sigma * sparse.eye_array(A.shape[0]))

    def eigenvalues(self) -> np.ndarray:
        """Return the eigenvalues Σ 4/h² sin²(k π h / 2L) + σ in an array of the grid's shape, indexed by k - 1.

        The eigenvector to (k₁, k₂) is ∏ sin(k π x / L).
        """
        parts = [
            4 * c * np.sin(np.arange(1, n + 1) * np.pi / (2 * (n + 1))) ** 2
            for c, n in zip(self.couplings, self.shape, strict=True)
        ]
        return reduce(np.add.outer, parts) + self.sigma

    def solve(self, f: ArrayLike) -> np.ndarray:
        """Return A⁻¹ f by fast sine transforms, which diagonalise A.

        Cost O(N log N): no method is faster for this constant-coefficient problem on a rectangle, and none here
        is as special: coefficients that vary, or another domain, and the sines are no eigenvectors any more.

        Examples
        --------
        >>> Poisson((3,)).solve([0.0, 0.0, 64.0]).round(12)
        array([1., 2., 3.])
        """
        f_hat = fft.dstn(self.as_grid(f, "f"), type=1, norm="ortho")
        return fft.dstn(f_hat / self.eigenvalues(), type=1, norm="ortho")

    def coarse(self) -> Poisson:
        """Return the problem on a grid of about twice the widths.

        N = n + 1 intervals of an axis become N / 2, so that every second point is kept. An odd N becomes the even
        one of (N - 1) / 2 and (N + 1) / 2: the new points lie between the old ones, but the next coarsening is
        exact again. An axis of one or two points stays as it is.

        Raises
        ------
        ValueError
            If no axis has three points.

        Examples
        --------
        >>> Poisson((7, 2)).coarse().shape
        (3, 2)
        """
        return Poisson(coarse_shape(self.shape), self.sigma, self.lengths)


def with_boundary(problem: Poisson, f: ArrayLike, boundary: ArrayLike) -> np.ndarray:
    """Return g so that A v = g is the problem with u = `boundary` on the boundary, instead of u = 0.

    Parameters
    ----------
    problem : Poisson
    f : array_like of the grid's shape
    boundary : array_like of shape (n + 2,) or (n1 + 2, n2 + 2)
        Values on the whole grid with its boundary, such as a piece of an image; only the frame is used, without
        the corners.

    Returns
    -------
    ndarray of the grid's shape

    Raises
    ------
    TypeError, ValueError
        If `f` or `boundary` has another shape, or entries that are not finite.

    Notes
    -----
    A known neighbour moves to the right-hand side: f plus its value / h². Chapter: linear-algebra/multigrid-4.

    Examples
    --------
    >>> problem = Poisson((3,), lengths=(4,))
    >>> problem.solve(with_boundary(problem, [0, 0, 0], [1, 0, 0, 0, 5])).round(12)
    array([2., 3., 4.])
    """
    g = problem.as_grid(f, "f")
    framed = Poisson(tuple(n + 2 for n in problem.shape)).as_grid(boundary, "boundary")
    inside = (slice(1, -1),) * (g.ndim - 1)
    for axis, c in enumerate(problem.couplings):
        out, values = np.moveaxis(g, axis, 0), np.moveaxis(framed, axis, 0)
        out[0] += c * values[0][inside]
        out[-1] += c * values[-1][inside]
    return g


def coarse_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the interior points per axis of the next coarser grid, or raise ValueError where there is none."""
    if max(shape) < 3:
        raise ValueError(f"a grid of shape {shape} has no coarser one; use `Poisson.solve`")
    return tuple(_coarse_intervals(n + 1) - 1 if n >= 3 else n for n in shape)


def _coarse_intervals(n: int) -> int:
    """Return n / 2, or for an odd n that of its two neighbours which is even, so that the next grid is nested."""
    return n // 2 if n % 2 == 0 else 2 * ((n + 1) // 4)


def _is_real(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)
