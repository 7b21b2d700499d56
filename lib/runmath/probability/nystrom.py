"""Nyström's approximation: a kernel matrix from a few of its columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_integer, as_matrix, as_tolerance
from runmath.probability.kernels import Kernel


@dataclass(frozen=True, eq=False)
class NystromMap:
    """Features Z(x) = k(x, U) k(U, U)^(-1/2), so that Z(X) Z(Y)' = k(X, U) k(U, U)⁺ k(U, Y) ≈ k(X, Y).

    Parameters
    ----------
    kernel : Kernel
    landmarks : array_like of shape (m, d)
        The points U.

    Raises
    ------
    TypeError, ValueError
        If the landmarks are not a finite real matrix.

    Notes
    -----
    O(m³) once and O(n m²) for n points, against O(n²) for the matrix itself. Exact at the landmarks. Eigenvalues of
    k(U, U) below m ε of the largest are left out. `sklearn.kernel_approximation.Nystroem` is its transformer.
    Chapter: probability/gaussian-processes-and-kernels-2.

    References
    ----------
    :cite:t:`williams2001nystrom`.

    Examples
    --------
    >>> from runmath.probability import Linear
    >>> Z = NystromMap(Linear(), [[2.0]])
    >>> Z([[1.0], [3.0]]) @ Z([[1.0], [3.0]]).T
    array([[1., 3.],
           [3., 9.]])
    """

    kernel: Kernel
    landmarks: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "landmarks", as_matrix(self.landmarks, "landmarks"))

    @cached_property
    def _whitening(self) -> np.ndarray:
        values, V = np.linalg.eigh(self.kernel(self.landmarks, self.landmarks))
        keep = values > len(values) * EPS * values[-1]
        return V[:, keep] / np.sqrt(values[keep])

    def __call__(self, X: ArrayLike) -> np.ndarray:
        """Return the features of the rows of X (n, d), shape (n, rank)."""
        return self.kernel(X, self.landmarks) @ self._whitening


def greedy_landmarks(kernel: Kernel, X: ArrayLike, m: int, *, tol: float = 1e-12) -> np.ndarray:
    """Return the rows of X that Cholesky's factorisation with pivoting takes first, as indices.

    Parameters
    ----------
    kernel : Kernel
    X : array_like of shape (n, d)
    m : int
        At most n.
    tol : float
        Stop when the largest variance left is below this part of the first; fewer than m indices then.

    Returns
    -------
    ndarray of int, shape (at most m,)

    Raises
    ------
    TypeError, ValueError
        On bad input.

    Notes
    -----
    Each step takes the point with the largest variance that is left after conditioning on those before:
    O(n m²) operations, and m columns of the matrix. Chapter: probability/gaussian-processes-and-kernels-2.

    References
    ----------
    :cite:t:`harbrecht2012lowrank`, algorithm 1.

    Examples
    --------
    >>> from runmath.probability import RBF
    >>> greedy_landmarks(RBF(1.0), [[0.0], [0.1], [5.0]], 2)
    array([0, 2])
    """
    X = as_matrix(X, "X")
    m = as_integer(m, "m", high=len(X))
    tol = as_tolerance(tol, "tol")
    left = kernel.diag(X)  # variances left, shape (n,)
    L = np.zeros((len(X), m))
    chosen: list[int] = []
    smallest = tol * left.max()
    for j in range(m):
        i = int(left.argmax())
        if left[i] <= smallest:
            break
        L[:, j] = (kernel(X, X[i : i + 1])[:, 0] - L[:, :j] @ L[i, :j]) / np.sqrt(left[i])
        left = (left - L[:, j] ** 2).clip(0)
        left[i] = 0.0
        chosen.append(i)
    return np.array(chosen, dtype=int)
