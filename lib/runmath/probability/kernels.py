"""Covariance functions k(x, y) that can be added and multiplied, with derivatives in the logarithms of parameters."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_matrix

LARGEST = 1e100  # of a parameter, 1 / LARGEST the smallest: their squares stay in range


def cdist(X: np.ndarray, Y: np.ndarray, metric: str = "euclidean") -> np.ndarray:
    """Return the distances between rows of X and of Y; SciPy's module takes long to import, so at the first call."""
    from scipy.spatial import distance

    return distance.cdist(X, Y, metric)


@dataclass(frozen=True)
class Kernel:
    """Base of all kernels: `k(X, Y)` is the matrix k(x_i, y_j), `k + l` and `k * l` are kernels again.

    Notes
    -----
    A subclass states its positive parameters as fields of a dataclass. `theta` holds their logarithms, in which
    optimisers work without bounds; `with_theta` is the way back. `sklearn.gaussian_process.kernels` has more kernels,
    one length for each feature, and parameters held fixed. Chapter: probability/gaussian-processes-and-kernels.
    """

    def __post_init__(self) -> None:
        for name in self._positive():
            value = getattr(self, name)
            if not isinstance(value, Real) or isinstance(value, bool):
                raise TypeError(f"`{name}` must be a real number, got {value!r}")
            if not 1 / LARGEST <= float(value) <= LARGEST:
                raise ValueError(
                    f"`{name}` must be positive and finite, from {1 / LARGEST:.0e} to {LARGEST:.0e}, got {value}"
                )

    def _positive(self) -> tuple[str, ...]:
        return tuple(field.name for field in fields(self))

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        raise NotImplementedError

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        raise NotImplementedError

    @property
    def stationary(self) -> bool:
        """Whether k(x, y) depends on x - y alone."""
        return not isinstance(self, Linear | Polynomial)

    @property
    def theta(self) -> np.ndarray:
        """Logarithms of the parameters, shape (n_parameters,)."""
        return np.log([getattr(self, name) for name in self._positive()])

    def with_theta(self, theta: ArrayLike) -> Kernel:
        """Return the kernel with parameters exp(theta)."""
        values = np.exp(np.asarray(theta, dtype=float))
        names = self._positive()
        if values.shape != (len(names),):
            raise ValueError(f"`theta` must have shape ({len(names)},), got {values.shape}")
        return replace(self, **{name: float(value) for name, value in zip(names, values, strict=True)})

    def __call__(self, X: ArrayLike, Y: ArrayLike | None = None) -> np.ndarray:
        """Return the matrix k(x_i, y_j) for the rows of X (n, d) and Y (m, d); Y is X if it is not given.

        Raises
        ------
        TypeError, ValueError
            If X or Y is not a finite real matrix, or they have different numbers of columns.
        """
        X = as_matrix(X, "X")
        if Y is None:
            return self._matrix(X, X, True)
        Y = as_matrix(Y, "Y")
        if Y.shape[1] != X.shape[1]:
            raise ValueError(f"`Y` must have as many columns as `X`, {X.shape[1]}, got {Y.shape[1]}")
        return self._matrix(X, Y, False)

    def diag(self, X: ArrayLike) -> np.ndarray:
        """Return k(x_i, x_i), shape (n,), without the matrix."""
        return self._diag(as_matrix(X, "X"))

    def _diag(self, X: np.ndarray) -> np.ndarray:
        return np.ones(len(X))

    def gradient(self, X: ArrayLike) -> np.ndarray:
        """Return the derivatives of k(X) in theta, shape (n_parameters, n, n)."""
        X = as_matrix(X, "X")
        return np.array(self._gradient(X)).reshape(-1, len(X), len(X))

    def __add__(self, other: Kernel) -> Sum:
        return Sum(self, other) if isinstance(other, Kernel) else NotImplemented

    def __mul__(self, other: Kernel) -> Product:
        return Product(self, other) if isinstance(other, Kernel) else NotImplemented


@dataclass(frozen=True)
class RBF(Kernel):
    """Gaussian kernel k(x, y) = exp(-‖x - y‖² / (2 ℓ²)); its paths have all derivatives.

    Examples
    --------
    >>> RBF(1.0)([[0.0]], [[0.0], [2.0]]).round(4)
    array([[1.    , 0.1353]])
    """

    length_scale: float = 1.0

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        K = cdist(X, Y, "sqeuclidean")
        K *= -0.5 / self.length_scale**2
        return np.exp(K, out=K)

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        r2 = cdist(X, X, "sqeuclidean") / self.length_scale**2
        return [r2 * np.exp(-0.5 * r2)]  # dk / d log ℓ


@dataclass(frozen=True)
class Laplace(Kernel):
    """Exponential kernel k(x, y) = exp(-‖x - y‖ / ℓ); its paths are continuous and nowhere differentiable.

    Examples
    --------
    >>> Laplace(2.0)([[0.0]], [[0.0], [2.0]]).round(4)
    array([[1.    , 0.3679]])
    """

    length_scale: float = 1.0

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        K = cdist(X, Y)
        K *= -1 / self.length_scale
        return np.exp(K, out=K)

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        r = cdist(X, X) / self.length_scale
        return [r * np.exp(-r)]


@dataclass(frozen=True)
class Periodic(Kernel):
    """Periodic kernel k(x, y) = exp(-2 Σ_j sin²(π (x_j - y_j) / p) / ℓ²), a product over the coordinates.

    Notes
    -----
    With the distance ‖x - y‖ in the sine instead, the matrix need not be positive semi-definite in more than one
    dimension.

    Examples
    --------
    >>> Periodic(1.0, 3.0)([[0.0]], [[3.0], [1.5]]).round(4)
    array([[1.    , 0.1353]])
    """

    length_scale: float = 1.0
    period: float = 1.0

    def _sines(self, X: np.ndarray, Y: np.ndarray) -> np.ndarray:
        """Return 2 Σ_j sin²(π (x_j - y_j) / p) / ℓ² from points on circles: 4 sin²(t) = |exp(2it) - 1|²."""
        turn = 2 * np.pi / self.period
        on_circles = [np.hstack([np.cos(turn * A), np.sin(turn * A)]) for A in (X, Y)]
        return cdist(*on_circles, "sqeuclidean") / (2 * self.length_scale**2)

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        return np.exp(-self._sines(X, Y))

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        s = self._sines(X, X)
        K = np.exp(-s)
        slope = np.zeros_like(s)
        for column in X.T:  # d/d log p of 2 sin²(u) / ℓ², u = π h / p, is -2 u sin(2u) / ℓ²
            u = np.pi * (column[:, None] - column) / self.period
            slope += 2 * u * np.sin(2 * u) / self.length_scale**2
        return [2 * s * K, slope * K]


@dataclass(frozen=True)
class Linear(Kernel):
    """Linear kernel k(x, y) = x'y; its paths are lines through the origin.

    Examples
    --------
    >>> Linear()([[1.0, 2.0]], [[3.0, 4.0]])
    array([[11.]])
    """

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        return X @ Y.T

    def _diag(self, X: np.ndarray) -> np.ndarray:
        return np.einsum("ij,ij->i", X, X)

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        return []


@dataclass(frozen=True)
class Polynomial(Kernel):
    """Polynomial kernel k(x, y) = (x'y + c)^degree, with c > 0 and a fixed integer degree.

    Examples
    --------
    >>> Polynomial(2, 1.0)([[1.0, 0.0]], [[2.0, 5.0]])
    array([[9.]])
    """

    degree: int = 2
    offset: float = 1.0

    def __post_init__(self) -> None:
        as_integer(self.degree, "degree")
        super().__post_init__()

    def _positive(self) -> tuple[str, ...]:
        return ("offset",)

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        return (X @ Y.T + self.offset) ** self.degree

    def _diag(self, X: np.ndarray) -> np.ndarray:
        return (np.einsum("ij,ij->i", X, X) + self.offset) ** self.degree

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        return [self.degree * self.offset * (X @ X.T + self.offset) ** (self.degree - 1)]


@dataclass(frozen=True)
class Constant(Kernel):
    """Constant kernel k(x, y) = value: a variance as a factor, an unknown level as a summand.

    Examples
    --------
    >>> (Constant(4.0) * RBF(1.0)).diag([[0.0], [7.0]])
    array([4., 4.])
    """

    value: float = 1.0

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        return np.full((len(X), len(Y)), float(self.value))

    def _diag(self, X: np.ndarray) -> np.ndarray:
        return np.full(len(X), float(self.value))

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        return [np.full((len(X), len(X)), float(self.value))]


@dataclass(frozen=True)
class White(Kernel):
    """White noise: `variance` for a row of X with itself, and 0 for two rows, equal ones included.

    `k(X)` is variance · I and `k(X, Y)` is zero: each row is an observation with noise of its own.

    Examples
    --------
    >>> White(2.0)([[0.0], [0.0]])
    array([[2., 0.],
           [0., 2.]])
    """

    variance: float = 1.0

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        return self.variance * np.eye(len(X)) if same else np.zeros((len(X), len(Y)))

    def _diag(self, X: np.ndarray) -> np.ndarray:
        return np.full(len(X), float(self.variance))

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        return [self.variance * np.eye(len(X))]


@dataclass(frozen=True)
class _Pair(Kernel):
    """What sums and products of two kernels share."""

    left: Kernel
    right: Kernel

    def __post_init__(self) -> None:
        """Nothing to check: the parts have checked themselves."""

    @property
    def theta(self) -> np.ndarray:
        """Logarithms of the parameters, those of `left` first."""
        return np.concatenate([self.left.theta, self.right.theta])

    def with_theta(self, theta: ArrayLike) -> Kernel:
        """Return the kernel with parameters exp(theta)."""
        theta = np.asarray(theta, dtype=float)
        cut = len(self.left.theta)
        return replace(self, left=self.left.with_theta(theta[:cut]), right=self.right.with_theta(theta[cut:]))

    @property
    def stationary(self) -> bool:
        """Whether both parts are."""
        return self.left.stationary and self.right.stationary


@dataclass(frozen=True)
class Sum(_Pair):
    """The sum k(x, y) + l(x, y): the kernel of the sum of two independent processes.

    Examples
    --------
    >>> (Linear() + Constant(1.0))([[1.0]], [[2.0]])
    array([[3.]])
    """

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        K = self.left._matrix(X, Y, same)
        K += self.right._matrix(X, Y, same)
        return K

    def _diag(self, X: np.ndarray) -> np.ndarray:
        return self.left._diag(X) + self.right._diag(X)

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        return self.left._gradient(X) + self.right._gradient(X)


@dataclass(frozen=True)
class Product(_Pair):
    """The product k(x, y) l(x, y): the kernel of the product of two independent processes of mean 0.

    Examples
    --------
    >>> (Linear() * Constant(2.0))([[1.0]], [[2.0]])
    array([[4.]])
    """

    def _matrix(self, X: np.ndarray, Y: np.ndarray, same: bool) -> np.ndarray:
        K = self.left._matrix(X, Y, same)
        K *= self.right._matrix(X, Y, same)
        return K

    def _diag(self, X: np.ndarray) -> np.ndarray:
        return self.left._diag(X) * self.right._diag(X)

    def _gradient(self, X: np.ndarray) -> list[np.ndarray]:
        K, L = self.left._matrix(X, X, True), self.right._matrix(X, X, True)
        return [D * L for D in self.left._gradient(X)] + [D * K for D in self.right._gradient(X)]
