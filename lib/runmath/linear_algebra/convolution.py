"""Convolution of signals and pictures with a small kernel, its matrix, its adjoint and its derivative."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy.fft
import scipy.sparse
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_matrix, as_vector

Boundary = Literal["zero", "periodic", "reflect"]
BOUNDARIES = ("zero", "periodic", "reflect")
DIRECT_TAPS = 64  # up to about this many terms, sums beat three transforms (measured, 1-D and 2-D)
BLOCK = 8_192  # numbers: what a sum of shifted copies works on then stays in the cache


def convolve(signal: ArrayLike, kernel: ArrayLike, *, boundary: Boundary = "zero") -> np.ndarray:
    """Return z_i = Σ_j θ_j x_{i-j}, as long as the signal, for a kernel θ that is centred at j = 0.

    Parameters
    ----------
    signal : array_like of shape (n,) or (rows, columns)
    kernel : array_like, odd in every direction, of as many dimensions
        In one dimension θ_{-k}, ..., θ_k; in two, i and j are pairs.
    boundary : {"zero", "periodic", "reflect"}
        What stands outside: zeros; the other end of the signal, x_{i+n} = x_i; or its mirror image about the outer
        edge of the last sample, ... x_2 x_1 | x_1 x_2 ... (half-sample symmetric, `scipy.ndimage`'s "reflect").

    Returns
    -------
    ndarray of the signal's shape

    Raises
    ------
    TypeError, ValueError
        If an array is not real and finite, the dimensions differ or exceed two, the kernel has an even side, or the
        boundary is none of the three.

    Notes
    -----
    A sum over p shifted copies for p ≤ 64 taps, where each entry is accurate to p ε Σ_j |θ_j| |x_{i-j}|; by FFT in
    O(n log n) for more, where the error is of the size ε ‖θ‖ ‖x‖ everywhere, so that small entries have no digits.
    `scipy.ndimage.convolve` has more boundaries, `scipy.signal.oaconvolve` cuts long signals into blocks.
    Chapter: linear-algebra/convolution-as-a-matrix.

    Examples
    --------
    >>> for boundary in BOUNDARIES:
    ...     print(convolve([1, 2, 3, 4], [1, 0, -1], boundary=boundary))
    [ 2.  2.  2. -3.]
    [-2.  2.  2. -2.]
    [1. 2. 2. 1.]
    """
    x = _as_grid(signal, "signal")
    return Convolution(kernel, x.shape, boundary).apply(x)


@dataclass(frozen=True, eq=False)
class Convolution:
    """The linear map x ↦ K(θ) x = θ * x on grids of a fixed shape.

    Parameters
    ----------
    kernel : array_like of odd sides
    shape : tuple of int
        (n,) or (rows, columns).
    boundary : {"zero", "periodic", "reflect"}
        As in `convolve`.

    Raises
    ------
    TypeError, ValueError
        As `convolve`; its methods, if an argument has another shape.

    Notes
    -----
    K = V P: P writes the ghost values beside the signal, V is the sum over the taps. The adjoint is Pᵀ Vᵀ: it folds
    what falls on a ghost back onto the sample that the ghost was a copy of. K is linear in θ as well, so that the
    derivative of θ ↦ K(θ) x in a direction δ is K(δ) x.
    Chapters: linear-algebra/convolution-as-a-matrix, linear-algebra/convolution-as-a-matrix-2.

    Examples
    --------
    >>> K = Convolution([1, 2, 3], (4,), "zero")
    >>> K.to_matrix().toarray()
    array([[2., 1., 0., 0.],
           [3., 2., 1., 0.],
           [0., 3., 2., 1.],
           [0., 0., 3., 2.]])
    >>> K.adjoint([1, 0, 0, 0])
    array([2., 1., 0., 0.])
    """

    kernel: np.ndarray
    shape: tuple[int, ...]
    boundary: Boundary = "zero"

    def __post_init__(self) -> None:
        kernel = _as_grid(self.kernel, "kernel")
        kernel.setflags(write=False)
        object.__setattr__(self, "kernel", kernel)
        object.__setattr__(self, "shape", grid_shape(self.shape))
        if any(side % 2 == 0 for side in kernel.shape):
            raise ValueError(
                f"`kernel` must have odd sides, so that it has a centre, got shape {kernel.shape}"
            )
        if kernel.ndim != len(self.shape):
            raise ValueError(
                f"`kernel` must have as many dimensions as the signal ({len(self.shape)}), got {kernel.ndim}"
            )
        if self.boundary not in BOUNDARIES:
            raise ValueError(f"`boundary` must be one of {BOUNDARIES}, got {self.boundary!r}")

    def apply(self, x: ArrayLike) -> np.ndarray:
        """Return K x, of the shape of the grid."""
        return _correlate(self._pad(self._checked(x, "x")), _flipped(self.kernel))

    def adjoint(self, y: ArrayLike) -> np.ndarray:
        """Return Kᵀ y, of the shape of the grid: exactly the transpose, whatever the boundary."""
        widths = [(side - 1, side - 1) for side in self.kernel.shape]
        return self._fold(_correlate(np.pad(self._checked(y, "y"), widths), self.kernel))

    def to_matrix(self) -> scipy.sparse.csr_array:
        """Return K as a sparse matrix of shape (N, N), where N is the number of grid points in row-major order."""
        N = int(np.prod(self.shape))
        sources = self._pad(np.arange(1, N + 1).reshape(self.shape))  # 0 marks a ghost that is zero
        columns = np.lib.stride_tricks.sliding_window_view(sources, self.kernel.shape).reshape(N, -1)
        rows, taps = np.nonzero((columns > 0) & (self.kernel.ravel() != 0)[::-1])
        entries = _flipped(self.kernel).ravel()[taps]
        K = scipy.sparse.coo_array((entries, (rows, columns[rows, taps] - 1)), shape=(N, N))
        return K.tocsr()  # adds up the entries of a sample that the kernel meets twice

    def kernel_jvp(self, x: ArrayLike, dkernel: ArrayLike) -> np.ndarray:
        """Return J δ = K(δ) x, the derivative of θ ↦ K(θ) x in the direction δ, of the shape of the grid."""
        dkernel = _as_grid(dkernel, "dkernel")
        if dkernel.shape != self.kernel.shape:
            raise ValueError(
                f"`dkernel` must have the kernel's shape {self.kernel.shape}, got {dkernel.shape}"
            )
        return Convolution(dkernel, self.shape, self.boundary).apply(x)

    def kernel_vjp(self, x: ArrayLike, w: ArrayLike) -> np.ndarray:
        """Return Jᵀ w, of the shape of the kernel: the gradient of θ ↦ ⟨w, K(θ) x⟩."""
        return _flipped(_correlate(self._pad(self._checked(x, "x")), self._checked(w, "w")))

    def _checked(self, value: ArrayLike, name: str) -> np.ndarray:
        grid = _as_grid(value, name)
        if grid.shape != self.shape:
            raise ValueError(f"`{name}` must have the shape {self.shape} of the grid, got {grid.shape}")
        return grid

    def _pad(self, x: np.ndarray) -> np.ndarray:
        """Return P x: the signal with k ghost values at each end of every axis, where the side is 2k + 1."""
        widths = [(side // 2, side // 2) for side in self.kernel.shape]
        return np.pad(
            x, widths, mode={"zero": "constant", "periodic": "wrap", "reflect": "symmetric"}[self.boundary]
        )

    def _fold(self, padded: np.ndarray) -> np.ndarray:
        """Return Pᵀ applied to a padded grid: each ghost is added to the sample it copies, zeros are dropped."""
        for axis, (n, side) in enumerate(zip(self.shape, self.kernel.shape, strict=True)):
            k = side // 2
            padded = np.moveaxis(padded, axis, 0)
            inner = padded[k : k + n].copy()
            if self.boundary != "zero":
                ghosts = np.r_[0:k, k + n : n + 2 * k]
                np.add.at(inner, _source(ghosts - k, n, self.boundary), padded[ghosts])
            padded = np.moveaxis(inner, 0, axis)
        return padded


def grid_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a grid as a tuple of one or two positive integers.

    Raises
    ------
    TypeError, ValueError
        If it is none.

    Examples
    --------
    >>> grid_shape([4, 5])
    (4, 5)
    """
    if not isinstance(shape, tuple | list | np.ndarray) or len(shape) not in (1, 2):
        raise ValueError(f"`shape` must be (n,) or (rows, columns), got {shape!r}")
    return tuple(as_integer(size, "shape") for size in shape)


def _as_grid(value: ArrayLike, name: str) -> np.ndarray:
    return as_vector(value, name) if np.ndim(value) == 1 else as_matrix(value, name)


def _source(index: np.ndarray, n: int, boundary: Boundary) -> np.ndarray:
    """Return which of the samples 0, ..., n - 1 stands at a place outside."""
    if boundary == "periodic":
        return index % n
    index = index % (2 * n)  # the mirror image has the period 2n
    return np.minimum(index, 2 * n - 1 - index)


def _flipped(kernel: np.ndarray) -> np.ndarray:
    return kernel[(slice(None, None, -1),) * kernel.ndim]


def _correlate(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return c_s = Σ_t a_{s+t} b_t for every s at which b lies inside a, in the cheapest of three ways."""
    shape = tuple(m - n + 1 for m, n in zip(a.shape, b.shape, strict=True))
    if b.size <= DIRECT_TAPS:
        return _sum_of_copies(a, b, shape)
    if np.prod(shape) <= DIRECT_TAPS:
        windows = np.lib.stride_tricks.sliding_window_view(a, b.shape)
        return np.array([np.vdot(windows[s], b) for s in np.ndindex(shape)]).reshape(shape)
    return _by_transforms(a, b, shape)


def _sum_of_copies(a: np.ndarray, b: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    c = np.zeros(shape)
    rows = max(1, BLOCK * shape[0] // c.size)
    for start in range(0, shape[0], rows):
        block = c[start : start + rows]
        term = np.empty_like(block)
        for t in zip(*np.nonzero(b), strict=True):
            first = (start + t[0], *t[1:])
            window = a[tuple(slice(i, i + n) for i, n in zip(first, block.shape, strict=True))]
            block += np.multiply(window, b[t], out=term)
    return c


def _by_transforms(a: np.ndarray, b: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    lengths = [
        scipy.fft.next_fast_len(n, real=True) for n in a.shape
    ]  # what wraps around lies outside `shape`
    product = scipy.fft.rfftn(a, lengths) * scipy.fft.rfftn(b, lengths).conj()
    return scipy.fft.irfftn(product, lengths)[tuple(slice(n) for n in shape)]
