"""The Mahalanobis distance: lengths in units of a covariance."""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike

from runmath.core import as_matrix, as_vector, times_power_of_two, unit_scaled

KINDS = ("cholesky", "symmetric", "principal")
SYMMETRY = 1e-8  # largest asymmetry of a covariance, relative to its largest entry


def mahalanobis(X: ArrayLike, mean: ArrayLike, cov: ArrayLike) -> np.ndarray:
    """Return d with d_i^2 = (x_i - mean)' cov^-1 (x_i - mean).

    Parameters
    ----------
    X : array-like of shape (n, p)
        Points, one a row.
    mean : array-like of shape (p,)
        The point from which is measured: the mean of a distribution, or any other.
    cov : array-like of shape (p, p)
        Symmetric positive definite.

    Returns
    -------
    ndarray of shape (n,)

    Raises
    ------
    ValueError
        If the shapes do not fit or `cov` is not symmetric positive definite.

    Notes
    -----
    With cov = L L' the distance is the length of the solution of L z = x - mean: p^3 / 3 operations for the factor and
    p^2 for each point, and no inverse, whose errors could make the square negative.
    `scipy.spatial.distance.cdist(..., metric="mahalanobis")` takes the inverse from the caller.
    Chapter: probability/metrics-and-mahalanobis.

    References
    ----------
    :cite:t:`mahalanobis1936generalised`.

    Examples
    --------
    >>> mahalanobis([[2.0, 0.0], [0.0, 2.0]], [0.0, 0.0], [[4.0, 0.0], [0.0, 1.0]])
    array([1., 2.])
    """
    X = as_matrix(X, "X")
    mean = as_vector(mean, "mean", size=X.shape[1])
    L = _cholesky(cov, X.shape[1])
    Z, e = unit_scaled(scipy.linalg.solve_triangular(L, (X - mean).T, lower=True))  # no square overflows
    return times_power_of_two(np.linalg.norm(Z, axis=0), e, "a distance")


def mahalanobis_between(X: ArrayLike, Y: ArrayLike, cov: ArrayLike) -> np.ndarray:
    """Return D with D_ij^2 = (x_i - y_j)' cov^-1 (x_i - y_j).

    Parameters
    ----------
    X : array-like of shape (m, p)
    Y : array-like of shape (n, p)
    cov : array-like of shape (p, p)
        Symmetric positive definite.

    Returns
    -------
    ndarray of shape (m, n)

    Raises
    ------
    ValueError
        If the shapes do not fit or `cov` is not symmetric positive definite.

    Notes
    -----
    The points are whitened once, then distances are Euclidean. Chapter: probability/metrics-and-mahalanobis.

    Examples
    --------
    >>> mahalanobis_between([[0.0], [2.0]], [[1.0]], [[4.0]])
    array([[0.5],
           [0.5]])
    """
    X, Y = as_matrix(X, "X"), as_matrix(Y, "Y")
    if X.shape[1] != Y.shape[1]:
        raise ValueError(f"`Y` must have {X.shape[1]} columns as `X` has, got {Y.shape[1]}")
    from scipy.spatial.distance import cdist  # here, because it takes long to import

    L, centre = _cholesky(cov, X.shape[1]), X.mean(axis=0)
    whiten = [scipy.linalg.solve_triangular(L, (Z - centre).T, lower=True).T for Z in (X, Y)]
    return cdist(*whiten)


def whitening_matrix(cov: ArrayLike, *, kind: str = "symmetric") -> np.ndarray:
    """Return J with J' J = cov^-1, so that J x has the covariance J cov J' = I.

    Parameters
    ----------
    cov : array-like of shape (p, p)
        Symmetric positive definite.
    kind : {"cholesky", "symmetric", "principal"}
        L^-1 with cov = L L'; the symmetric root cov^(-1/2), which moves the data least; or Lambda^(-1/2) Q' with
        cov = Q Lambda Q', whose coordinates are principal components.

    Returns
    -------
    ndarray of shape (p, p)

    Raises
    ------
    ValueError
        If `cov` is not symmetric positive definite, or there is no such kind.

    Notes
    -----
    Any two choices differ by an orthogonal matrix from the left. Chapter: probability/metrics-and-mahalanobis.

    References
    ----------
    :cite:t:`kessy2018optimal`.

    Examples
    --------
    >>> whitening_matrix([[4.0, 0.0], [0.0, 1.0]], kind="cholesky")
    array([[0.5, 0. ],
           [0. , 1. ]])
    """
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {KINDS}, got {kind!r}")
    cov = as_matrix(cov, "cov", square=True)
    L = _cholesky(cov, len(cov))
    if kind == "cholesky":
        return scipy.linalg.solve_triangular(L, np.eye(len(cov)), lower=True)
    values, Q = np.linalg.eigh((cov + cov.T) / 2)
    if values[0] <= 0:
        raise ValueError(_not_definite(cov))
    half = Q.T / np.sqrt(values)[:, None]
    return Q @ half if kind == "symmetric" else half[::-1]


def _cholesky(cov: ArrayLike, p: int) -> np.ndarray:
    """Return the lower Cholesky factor of a covariance of shape (p, p)."""
    cov = as_matrix(cov, "cov", square=True)
    if len(cov) != p:
        raise ValueError(f"`cov` must be of shape {(p, p)} to fit the points, got {cov.shape}")
    if abs(cov - cov.T).max() > SYMMETRY * abs(cov).max():
        raise ValueError("`cov` must be symmetric, got a matrix that differs from its transpose")
    try:
        return np.linalg.cholesky((cov + cov.T) / 2)
    except np.linalg.LinAlgError:
        raise ValueError(_not_definite(cov)) from None


def _not_definite(cov: np.ndarray) -> str:
    smallest = np.linalg.eigvalsh((cov + cov.T) / 2)[0]
    return (
        f"`cov` must be positive definite, got a smallest eigenvalue of {smallest:.1e}; "
        "leave out dependent features or add a small multiple of the identity"
    )
