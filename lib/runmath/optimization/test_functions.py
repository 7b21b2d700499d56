"""Functions with known derivatives and minima, on which optimisers are tried."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_matrix, as_vector

HIMMELBLAU_MINIMUM = (3.0, 2.0)  # one of four; the others are no short decimals
PEAKS_MINIMUM = (0.2282789205563691, -1.6255349574999967)  # a root of the gradient, by Newton's method


@dataclass(frozen=True, eq=False)
class TestFunction:
    """A function of n variables with its derivatives.

    Parameters
    ----------
    name : str
    fun : callable
        Maps shape (n,) to a float, and points on a grid, shape (n, ...), to an array of shape (...).
    grad : callable
        Maps shape (n, ...) to the gradients, shape (n, ...).
    hess : callable
        Maps shape (n,) to the Hessian, shape (n, n).
    minimum : ndarray of shape (n,), or None
        A global minimiser; None if there is none.
    bounds : ndarray of shape (n, 2)
        Where to look: the smallest and largest value of each variable for a picture or a random start.
    """

    __test__: ClassVar[bool] = False  # pytest takes classes named Test... for tests

    name: str
    fun: Callable[[np.ndarray], float]
    grad: Callable[[np.ndarray], np.ndarray]
    hess: Callable[[np.ndarray], np.ndarray]
    minimum: np.ndarray | None
    bounds: np.ndarray


def rosenbrock(n: int = 2) -> TestFunction:
    """Return Σ_{i<n} 100 (x_{i+1} - x_i²)² + (1 - x_i)²: a curved valley with its lowest point at (1, …, 1).

    From n = 4 on there is a second, local minimiser near (-1, 1, …, 1). The usual start is
    (-1.2, 1, -1.2, 1, …). Chapter: optimization/newton-and-quasi-newton.

    Raises
    ------
    TypeError, ValueError
        If n is no integer, or below 2.

    References
    ----------
    .. [1] rosenbrock1960automatic; the sum for n variables is that of SciPy's ``rosen``.

    Examples
    --------
    >>> rosenbrock(2).grad(np.array([0.0, 1.0]))
    array([ -2., 200.])
    """
    n = as_integer(n, "n", low=2)

    def fun(x: np.ndarray) -> float:
        x = np.asarray(x, dtype=float)
        return _value((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(axis=0))

    def grad(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        bend, g = x[1:] - x[:-1] ** 2, np.zeros_like(x)
        g[:-1] = -400 * x[:-1] * bend - 2 * (1 - x[:-1])
        g[1:] += 200 * bend
        return g

    def hess(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        diagonal = np.zeros_like(x)
        diagonal[:-1] = 1200 * x[:-1] ** 2 - 400 * x[1:] + 2
        diagonal[1:] += 200
        beside = -400 * x[:-1]
        return np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)

    return TestFunction("Rosenbrock", fun, grad, hess, np.ones(n), np.tile([-2.0, 2.0], (n, 1)))


def quadratic(eigenvalues: ArrayLike, *, basis: ArrayLike | None = None) -> TestFunction:
    """Return ½ xᵀ A x with A = Q diag(λ) Qᵀ: a bowl, a trough, a dome or a saddle, by the signs of λ.

    Parameters
    ----------
    eigenvalues : array_like of shape (n,)
        λ.
    basis : array_like of shape (n, n), optional
        Q, whose orthonormal columns are the eigenvectors; the identity by default.

    Returns
    -------
    TestFunction
        Its minimum is None where some λ is negative.

    Raises
    ------
    TypeError, ValueError
        If an argument is not finite or has the wrong shape, or the columns of Q are not orthonormal.

    Examples
    --------
    >>> bowl = quadratic([1, 100])
    >>> bowl.fun(np.array([2.0, 1.0])), bowl.grad(np.array([2.0, 1.0]))
    (52.0, array([  2., 100.]))
    """
    values = as_vector(eigenvalues, "eigenvalues")
    n = values.size
    Q = np.eye(n) if basis is None else as_matrix(basis, "basis", square=True)
    if Q.shape != (n, n) or not np.allclose(Q.T @ Q, np.eye(n), atol=1e-10):
        raise ValueError(f"`basis` must have {n} orthonormal columns, got shape {Q.shape}")
    A = (Q * values) @ Q.T
    A = (A + A.T) / 2

    def grad(x: np.ndarray) -> np.ndarray:
        return np.tensordot(A, np.asarray(x, dtype=float), axes=1)

    def fun(x: np.ndarray) -> float:
        return _value((x * grad(x)).sum(axis=0) / 2)

    minimum = np.zeros(n) if (values >= 0).all() else None
    bounds = np.tile([-2.0, 2.0], (n, 1))
    return TestFunction("quadratic", fun, grad, lambda x: A.copy(), minimum, bounds)


def himmelblau() -> TestFunction:
    """Return (x² + y - 11)² + (x + y² - 7)²: four minima of value 0, four saddles and a maximum between them.

    The minima are (3, 2) and, rounded, (-2.805, 3.131), (-3.779, -3.283), (3.584, -1.848).

    References
    ----------
    .. [1] himmelblau1972applied.

    Examples
    --------
    >>> himmelblau().fun(np.array([3.0, 2.0])), himmelblau().fun(np.array([0.0, 0.0]))
    (0.0, 170.0)
    """

    def fun(x: np.ndarray) -> float:
        u, v = x
        return _value((u**2 + v - 11) ** 2 + (u + v**2 - 7) ** 2)

    def grad(x: np.ndarray) -> np.ndarray:
        u, v = x
        a, b = u**2 + v - 11, u + v**2 - 7
        return np.array([4 * u * a + 2 * b, 2 * a + 4 * v * b])

    def hess(x: np.ndarray) -> np.ndarray:
        u, v = x
        mixed = 4 * (u + v)
        return np.array([[12 * u**2 + 4 * v - 42, mixed], [mixed, 12 * v**2 + 4 * u - 26]])

    return TestFunction("Himmelblau", fun, grad, hess, np.array(HIMMELBLAU_MINIMUM), _square(5.0))


def monkey_saddle() -> TestFunction:
    """Return x³ - 3 x y²: at 0 both gradient and Hessian vanish, and the function is neither low nor high there.

    Examples
    --------
    >>> monkey_saddle().hess(np.array([0.0, 0.0]))
    array([[0., 0.],
           [0., 0.]])
    """

    def fun(x: np.ndarray) -> float:
        u, v = x
        return _value(u**3 - 3 * u * v**2)

    def grad(x: np.ndarray) -> np.ndarray:
        u, v = x
        return np.array([3 * u**2 - 3 * v**2, -6 * u * v])

    def hess(x: np.ndarray) -> np.ndarray:
        u, v = x
        return np.array([[6 * u, -6 * v], [-6 * v, -6 * u]]) + 0.0

    return TestFunction("monkey saddle", fun, grad, hess, None, _square(1.5))


def rastrigin(n: int = 2) -> TestFunction:
    """Return 10 n + Σ x_i² - 10 cos(2π x_i): a bowl covered with dents, the lowest at 0.

    Raises
    ------
    TypeError, ValueError
        If n is no positive integer.

    References
    ----------
    .. [1] rastrigin1974systems, for two variables.

    Examples
    --------
    >>> rastrigin(3).fun(np.ones(3))
    3.0
    """
    n = as_integer(n, "n")
    turn = 2 * np.pi

    def fun(x: np.ndarray) -> float:
        x = np.asarray(x, dtype=float)
        return _value((10 + x**2 - 10 * np.cos(turn * x)).sum(axis=0))

    def grad(x: np.ndarray) -> np.ndarray:
        x = np.asarray(x, dtype=float)
        return 2 * x + 10 * turn * np.sin(turn * x)

    def hess(x: np.ndarray) -> np.ndarray:
        return np.diag(2 + 10 * turn**2 * np.cos(turn * np.asarray(x, dtype=float)))

    return TestFunction("Rastrigin", fun, grad, hess, np.zeros(n), np.tile([-5.12, 5.12], (n, 1)))


def beale() -> TestFunction:
    """Return Σ_k (c_k - x (1 - yᵏ))² with c = (1.5, 2.25, 2.625): steep walls, a flat floor, lowest at (3, ½).

    References
    ----------
    .. [1] more1981testing, problem 5.

    Examples
    --------
    >>> beale().fun(np.array([3.0, 0.5])), beale().fun(np.array([0.0, 0.0]))
    (0.0, 14.203125)
    """
    c, powers = (1.5, 2.25, 2.625), (1, 2, 3)

    def parts(x: np.ndarray) -> list[tuple[np.ndarray, ...]]:
        """Return of each term the residual r, and its derivatives r_u, r_v, r_uv, r_vv; r_uu = 0."""
        u, v = np.asarray(x, dtype=float)
        rows = []
        for constant, k in zip(c, powers, strict=True):
            slope = k * v ** (k - 1)
            bend = k * (k - 1) * v ** max(k - 2, 0)
            rows.append((constant - u * (1 - v**k), v**k - 1, u * slope, slope, u * bend))
        return rows

    def fun(x: np.ndarray) -> float:
        return _value(sum(r**2 for r, *_ in parts(x)))

    def grad(x: np.ndarray) -> np.ndarray:
        return 2 * sum(np.array([r * r_u, r * r_v]) for r, r_u, r_v, _, _ in parts(x))

    def hess(x: np.ndarray) -> np.ndarray:
        H = np.zeros((2, 2))
        for r, r_u, r_v, r_uv, r_vv in parts(x):
            H += 2 * np.outer([r_u, r_v], [r_u, r_v]) + 2 * r * np.array([[0, r_uv], [r_uv, r_vv]])
        return H

    return TestFunction("Beale", fun, grad, hess, np.array([3.0, 0.5]), _square(4.5))


def peaks() -> TestFunction:
    """Return the hills and hollows known as ``peaks``: a sum of three polynomials times Gaussians.

    3 (1 - x)² exp(-x² - (y + 1)²) - 10 (x/5 - x³ - y⁵) exp(-x² - y²) - ⅓ exp(-(x + 1)² - y²).

    Examples
    --------
    >>> round(peaks().fun(peaks().minimum), 4)
    -6.5511
    """

    def terms(x: np.ndarray) -> list[tuple]:
        """Return of each term P exp(q): P, P_u, P_v, P_uu, P_vv (P_uv = 0), q_u, q_v, exp(q)."""
        u, v = np.asarray(x, dtype=float)
        o = np.zeros_like(u)
        first = (3 * (1 - u) ** 2, -6 * (1 - u), o, o + 6, o, 0, -1)
        P = -10 * (u / 5 - u**3 - v**5)
        second = (P, -2 + 30 * u**2, 50 * v**4, 60 * u, 200 * v**3, 0, 0)
        third = (o - 1 / 3, o, o, o, o, -1, 0)
        return [
            (*row[:5], -2 * (u - row[5]), -2 * (v - row[6]), np.exp(-((u - row[5]) ** 2) - (v - row[6]) ** 2))
            for row in (first, second, third)
        ]

    def fun(x: np.ndarray) -> float:
        return _value(sum(t[0] * t[-1] for t in terms(x)))

    def grad(x: np.ndarray) -> np.ndarray:
        rows = [(P_u + P * q_u, P_v + P * q_v, e) for P, P_u, P_v, _, _, q_u, q_v, e in terms(x)]
        return np.array([sum(a * e for a, _, e in rows), sum(b * e for _, b, e in rows)])

    def hess(x: np.ndarray) -> np.ndarray:
        H = np.zeros((2, 2))
        for P, P_u, P_v, P_uu, P_vv, q_u, q_v, e in terms(x):
            slope_P, slope_q = np.array([P_u, P_v]), np.array([q_u, q_v])
            cross = np.outer(slope_P, slope_q)
            H += e * (
                np.diag([P_uu, P_vv]) + cross + cross.T + P * (np.outer(slope_q, slope_q) - 2 * np.eye(2))
            )
        return H

    return TestFunction("peaks", fun, grad, hess, np.array(PEAKS_MINIMUM), _square(3.0))


def _square(half: float) -> np.ndarray:
    return np.tile([-half, half], (2, 1))


def _value(value: np.ndarray) -> float:
    """Return a float for one point, an array for a grid of points."""
    return float(value) if np.ndim(value) == 0 else value
