"""Optimal transport between Gaussian distributions, in closed form."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import cholesky, solve_triangular

from runmath.core import EPS, as_matrix, as_vector


def bures_wasserstein(mean0: ArrayLike, cov0: ArrayLike, mean1: ArrayLike, cov1: ArrayLike) -> float:
    """Return W_2 of N(m_0, C_0) and N(m_1, C_1), with W_2² = ‖m_0 - m_1‖² + tr(C_0 + C_1 - 2 (C_0^½ C_1 C_0^½)^½).

    Parameters
    ----------
    mean0, mean1 : array_like of shape (d,)
    cov0, cov1 : array_like of shape (d, d)
        Symmetric positive semidefinite.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If an argument is no finite real vector or matrix of these shapes, or a covariance is not symmetric or has
        a negative eigenvalue.

    Notes
    -----
    Cost O(d³). With C_0 = A Aᵀ and C_1 = B Bᵀ the trace is min_Q ‖A - B Q‖_F² over orthogonal Q, attained at
    Q = U Vᵀ for BᵀA = U Σ Vᵀ. This sum of squares keeps its digits for close covariances, where the difference of
    traces loses half of them.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] gelbrich1990formula; bhatia2019bures.

    Examples
    --------
    >>> bures_wasserstein([0, 0], [[4, 0], [0, 0]], [3, 0], [[0, 0], [0, 12]])
    5.0
    """
    m0, A, m1, B = _roots(mean0, cov0, mean1, cov1)
    U, _, Vt = np.linalg.svd(B.T @ A)
    return float(np.hypot(np.linalg.norm(m0 - m1), np.linalg.norm(A - B @ (U @ Vt))))


def gaussian_monge_map(
    mean0: ArrayLike, cov0: ArrayLike, mean1: ArrayLike, cov1: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Return the map T(x) = A x + b that carries N(m_0, C_0) to N(m_1, C_1) at least squared distance.

    Parameters
    ----------
    mean0, mean1 : array_like of shape (d,)
    cov0 : array_like of shape (d, d)
        Symmetric positive definite.
    cov1 : array_like of shape (d, d)
        Symmetric positive semidefinite.

    Returns
    -------
    A : ndarray of shape (d, d)
        The symmetric positive semidefinite solution of A C_0 A = C_1: T is the gradient of a convex function.
    b : ndarray of shape (d,)
        m_1 - A m_0.

    Raises
    ------
    TypeError, ValueError
        If `bures_wasserstein` raises, or `cov0` is singular: then no map need exist.

    Notes
    -----
    Cost O(d³). A = C_0^{-½} (C_0^½ C_1 C_0^½)^½ C_0^{-½}, computed as L⁻ᵀ U Σ Uᵀ L⁻¹ from C_0 = L Lᵀ, C_1 = B Bᵀ and
    LᵀB = U Σ Vᵀ. Rounding errors grow with the condition number of C_0.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] peyre2019computational, Remark 2.31.

    Examples
    --------
    >>> gaussian_monge_map([1, 0], [[1, 0], [0, 4]], [0, 5], [[9, 0], [0, 16]])
    (array([[3., 0.], [0., 2.]]), array([-3.,  5.]))
    """
    m0, A0, m1, B = _roots(mean0, cov0, mean1, cov1)
    if np.linalg.eigvalsh(A0)[0] <= 0.5 * (len(m0) * EPS * np.linalg.norm(A0, 2) ** 2) ** 0.5:
        raise ValueError("`cov0` must be positive definite, got a matrix that is singular to rounding")
    L = cholesky(np.asarray(cov0, dtype=float), lower=True)
    U, s, _ = np.linalg.svd(L.T @ B)
    root = solve_triangular(L, U * np.sqrt(s), lower=True, trans="T")  # A = root rootᵀ
    A = root @ root.T
    return A, m1 - A @ m0


def _roots(
    mean0: ArrayLike, cov0: ArrayLike, mean1: ArrayLike, cov1: ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return m_0, C_0^½, m_1, C_1^½."""
    m0 = as_vector(mean0, "mean0")
    m1 = as_vector(mean1, "mean1", size=len(m0))
    return m0, _root(cov0, "cov0", len(m0)), m1, _root(cov1, "cov1", len(m0))


def _root(cov: ArrayLike, name: str, d: int) -> np.ndarray:
    """Return the symmetric square root of a covariance matrix (d, d)."""
    C = as_matrix(cov, name, square=True)
    if C.shape != (d, d):
        raise ValueError(f"`{name}` must have shape {(d, d)} like the mean, got {C.shape}")
    rounding = 10 * d * EPS * np.abs(C).max()
    if np.abs(C - C.T).max() > rounding:
        raise ValueError(f"`{name}` must be symmetric, got entries that differ by {np.abs(C - C.T).max():g}")
    values, Q = np.linalg.eigh(C)
    if values[0] < -rounding * d:
        raise ValueError(f"`{name}` must have no negative eigenvalue, got {values[0]:g}")
    values[values <= d * EPS * values[-1]] = 0  # their roots would be noise of size √EPS
    return (Q * np.sqrt(values)) @ Q.T
