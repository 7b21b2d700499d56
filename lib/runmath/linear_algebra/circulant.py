"""Circulant and Toeplitz matrices that are never written out: one column, and the fast Fourier transform."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.fft
import scipy.linalg
from numpy.typing import ArrayLike

from runmath.core import EPS, as_matrix, as_tolerance, as_vector
from runmath.linear_algebra.convolution import Convolution, grid_shape


def first_column(kernel: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Return Q θ, the first column of the periodic convolution with θ: padded with zeros, its centre rolled to 0.

    Parameters
    ----------
    kernel : array_like of odd sides
    shape : (n,) or (rows, columns)

    Returns
    -------
    ndarray of the given shape
        Entry j is the sum of θ_i over all i ≡ j modulo the shape; one term, unless the kernel is larger.

    Raises
    ------
    TypeError, ValueError
        If the kernel has an even side, or another number of dimensions than the shape.

    Examples
    --------
    >>> first_column([1, 2, 3], (5,))
    array([2., 3., 0., 0., 1.])
    """
    theta = Convolution(kernel, shape, "periodic").kernel
    column = np.zeros(grid_shape(shape))
    places = [(np.arange(s) - s // 2) % n for s, n in zip(theta.shape, column.shape, strict=True)]
    np.add.at(column, np.ix_(*places), theta)
    return column


def circulant_eigenvalues(kernel: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Return the eigenvalues λ = F Q θ of the periodic convolution with θ, without its matrix.

    Parameters
    ----------
    kernel : array_like of odd sides
    shape : (n,) or (rows, columns)

    Returns
    -------
    complex ndarray of the given shape
        Entry k belongs to the wave exp(2πi k·j/n), in the order of `numpy.fft`: K(θ) x = F⁻¹(λ ⊙ F x).

    Raises
    ------
    TypeError, ValueError
        As `first_column`.

    Notes
    -----
    O(n log n) operations, against O(n³) for a general matrix; accurate to a small multiple of ε Σ |θ_j|.
    Chapter: linear-algebra/convolution-as-a-matrix.

    References
    ----------
    .. [1] davis1979circulant, section 3.2.

    Examples
    --------
    >>> circulant_eigenvalues([-1, 2, -1], (4,)).real
    array([0., 2., 4., 2.])
    """
    return scipy.fft.fftn(first_column(kernel, shape))


@dataclass(frozen=True, eq=False)
class Circulant:
    """The circulant matrix C_{ij} = c_{(i-j) mod n}, kept as its first column c.

    Parameters
    ----------
    column : array_like of shape (n,)

    Raises
    ------
    TypeError, ValueError
        If the column is not a finite real vector.

    Notes
    -----
    C = F⁻¹ diag(F c) F, where F is the unnormalised Fourier matrix. A product takes two transforms of length n, a
    solution too; the eigenvectors are the same for all circulants of a size, so that they commute. Lengths with
    large prime factors are slower by a small factor. `scipy.linalg.solve_circulant` solves for many right sides at
    once and along any axes. Chapter: linear-algebra/convolution-as-a-matrix.

    References
    ----------
    .. [1] davis1979circulant.
    .. [2] golub2013matrix, section 4.8.

    Examples
    --------
    >>> C = Circulant([2, 3, 0, 1])
    >>> C.to_dense()
    array([[2., 1., 0., 3.],
           [3., 2., 1., 0.],
           [0., 3., 2., 1.],
           [1., 0., 3., 2.]])
    >>> C @ [1, 0, 0, 0]
    array([2., 3., 0., 1.])
    """

    column: np.ndarray
    __array_ufunc__ = None  # array @ Circulant is an error, not an array of objects

    def __post_init__(self) -> None:
        object.__setattr__(self, "column", _locked(as_vector(self.column, "column")))

    @property
    def shape(self) -> tuple[int, int]:
        """(n, n)."""
        return (self.column.size, self.column.size)

    @cached_property
    def eigenvalues(self) -> np.ndarray:
        """The n eigenvalues F c, complex, in the order of the frequencies 0, ..., n - 1."""
        return _locked(scipy.fft.fft(self.column))

    @property
    def T(self) -> Circulant:
        """The transpose, whose eigenvalues are the conjugates."""
        return Circulant(np.roll(self.column[::-1], 1))

    def __matmul__(self, x: ArrayLike | Circulant) -> np.ndarray | Circulant:
        """Return C x for a vector (n,) or a matrix (n, m); a Circulant for a Circulant."""
        if isinstance(x, Circulant):
            return Circulant(self @ x.column)
        x, n = _as_columns(x, "x", self.column.size), self.column.size
        return scipy.fft.irfft(_rows(self._half, x) * scipy.fft.rfft(x, axis=0), n, axis=0)

    def solve(self, b: ArrayLike, *, rcond: float | None = None) -> np.ndarray:
        """Return the x with C x = b, or with `rcond` the least-squares solution of least norm.

        Parameters
        ----------
        b : array_like of shape (n,) or (n, m)
        rcond : float, optional
            Components along eigenvalues with |λ| ≤ rcond · max |λ| are left out.

        Returns
        -------
        ndarray of the shape of b

        Raises
        ------
        ValueError
            If an eigenvalue is zero up to rounding and `rcond` is not given; if `b` has another length.
        """
        b, n = _as_columns(b, "b", self.column.size), self.column.size
        size = np.abs(self._half)
        cut = (n * EPS if rcond is None else as_tolerance(rcond, "rcond")) * size.max()
        kept = size > cut
        if rcond is None and not kept.all():
            raise ValueError(
                f"`C` must be invertible, got an eigenvalue 0 (up to rounding) at frequency {np.argmin(size)} of "
                f"{n}; give `rcond` to leave such frequencies out"
            )
        inverse = np.divide(1, self._half, out=np.zeros_like(self._half), where=kept)
        return scipy.fft.irfft(_rows(inverse, b) * scipy.fft.rfft(b, axis=0), n, axis=0)

    def to_dense(self) -> np.ndarray:
        """Return the matrix, of shape (n, n)."""
        return scipy.linalg.circulant(self.column)

    @cached_property
    def _half(self) -> np.ndarray:
        return scipy.fft.rfft(self.column)  # the other eigenvalues are conjugates of these


@dataclass(frozen=True, eq=False)
class Toeplitz:
    """The Toeplitz matrix T_{ij} = t_{i-j} of shape (m, n), kept as its first column and first row.

    Parameters
    ----------
    column : array_like of shape (m,)
    row : array_like of shape (n,)
        Its first entry is that of the column.

    Raises
    ------
    TypeError, ValueError
        If they are not finite real vectors, or their first entries differ.

    Notes
    -----
    A Toeplitz matrix is a corner of a circulant of size m + n - 1 or more, which multiplies in O((m + n) log(m + n)).
    There is no such formula for the inverse: `scipy.linalg.solve_toeplitz` takes O(n²) by Levinson's recursion.
    Chapter: linear-algebra/convolution-as-a-matrix.

    References
    ----------
    .. [1] golub2013matrix, sections 4.7 and 4.8.

    Examples
    --------
    >>> T = Toeplitz([1, 2], [1, 0, 5])
    >>> T.to_dense()
    array([[1., 0., 5.],
           [2., 1., 0.]])
    >>> (T @ [1, 1, 1]).round(12)
    array([6., 3.])
    """

    column: np.ndarray
    row: np.ndarray
    __array_ufunc__ = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "column", _locked(as_vector(self.column, "column")))
        object.__setattr__(self, "row", _locked(as_vector(self.row, "row")))
        if self.column[0] != self.row[0]:
            raise ValueError(
                f"`row` must begin with the column's first entry {self.column[0]}, got {self.row[0]}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """(m, n)."""
        return (self.column.size, self.row.size)

    @property
    def T(self) -> Toeplitz:
        """The transpose: row and column exchanged."""
        return Toeplitz(self.row, self.column)

    def __matmul__(self, x: ArrayLike) -> np.ndarray:
        """Return T x for a vector (n,) or a matrix (n, p)."""
        x, size = _as_columns(x, "x", self.row.size), self._size
        product = _rows(self._transform, x) * scipy.fft.rfft(x, size, axis=0)
        return scipy.fft.irfft(product, size, axis=0)[: self.column.size]

    def to_dense(self) -> np.ndarray:
        """Return the matrix, of shape (m, n)."""
        return scipy.linalg.toeplitz(self.column, self.row)

    @property
    def _size(self) -> int:
        return scipy.fft.next_fast_len(self.column.size + self.row.size - 1, real=True)

    @cached_property
    def _transform(self) -> np.ndarray:
        m, n = self.shape
        gap = np.zeros(self._size - (m + n - 1))
        return scipy.fft.rfft(np.r_[self.column, gap, self.row[:0:-1]])  # of the circulant's first column


def _locked(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array


def _rows(factors: np.ndarray, like: np.ndarray) -> np.ndarray:
    return factors if like.ndim == 1 else factors[:, None]


def _as_columns(value: ArrayLike, name: str, n: int) -> np.ndarray:
    """Return a float64 vector (n,) or matrix (n, m)."""
    if np.ndim(value) == 1:
        return as_vector(value, name, size=n)
    X = as_matrix(value, name)
    if len(X) != n:
        raise ValueError(f"`{name}` must have {n} rows, got {len(X)}")
    return X
