"""Eigenvalues and eigenvectors of a symmetric matrix by rotations of pairs, accurate where entries are graded."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_integer, as_tolerance, times_power_of_two, unit_scaled, warn_unless_converged
from runmath.linear_algebra.symmetric_eigen import SymmetricEigenResult, as_symmetric

TOP_EXPONENT = (
    400  # |a_ij| < 2^400: the diagonal of a graded matrix keeps full precision down to 1e-427 of it
)


def jacobi_eigen(A: ArrayLike, *, tol: float | None = None, max_sweeps: int = 40) -> SymmetricEigenResult:
    """Compute A = Q diag(λ) Qᵀ; small eigenvalues of a positive definite A to high relative accuracy.

    Parameters
    ----------
    A : array_like of shape (n, n)
        Symmetric.
    tol : float, optional
        An off-diagonal entry counts as zero up to tol · √(a_ii a_jj) while the diagonal is positive, and up to
        tol · ‖A‖_F / n otherwise; √n machine epsilon by default.
    max_sweeps : int
        Sweeps over all pairs before giving up; 5 to 12 are usual.

    Returns
    -------
    SymmetricEigenResult
        `history` holds the largest off-diagonal entry, in the same unit as `tol`.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real symmetric matrix, or an option is out of range.
    OverflowError
        If an eigenvalue exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_sweeps` did not suffice.

    Notes
    -----
    A rotation of the axes i and j makes a_ij zero and lowers the sum of the squared off-diagonal entries by
    2 a_ij². Near the end a sweep squares what is left, if no two eigenvalues are close. n/2 disjoint pairs are
    rotated at a time, in an order like that of [3]_.

    Where A = D B D is positive definite, with a diagonal D of whatever spread and a unit diagonal of B, every
    eigenvalue has a relative error of about κ(B) machine epsilon [2]_; a reduction to tridiagonal form guarantees
    errors relative to ‖A‖ only. About 6 n³ multiplications a sweep, bound by memory: slower than
    `symmetric_eigen`, which in turn is slower than LAPACK. Chapter: linear-algebra/eigen-and-definiteness-2.

    References
    ----------
    .. [1] jacobi1846leichtes; golub2013matrix, Section 8.5.
    .. [2] demmel1992jacobi.
    .. [3] brent1985solution.

    Examples
    --------
    >>> jacobi_eigen([[2, 1], [1, 2]]).eigenvalues.round(12)
    array([1., 3.])
    """
    A = as_symmetric(A, "A")
    max_sweeps = as_integer(max_sweeps, "max_sweeps")
    n = len(A)
    tol = np.sqrt(n) * EPS if tol is None else as_tolerance(tol, "tol")
    A, exponent = unit_scaled(A)
    A, exponent = np.ldexp(A, TOP_EXPONENT), exponent - TOP_EXPONENT
    Qt = np.eye(n)
    history = [_largest_entry(A)]
    while history[-1] > tol and len(history) <= max_sweeps:
        A, Qt = _sweep(A, Qt, tol)
        history.append(_largest_entry(A))
    converged = bool(history[-1] <= tol)
    warn_unless_converged(converged, "Jacobi's method", "raise `max_sweeps` or `tol`")
    order = np.argsort(np.diag(A), kind="stable")
    return SymmetricEigenResult(
        eigenvalues=times_power_of_two(np.diag(A)[order], exponent, "an eigenvalue"),
        eigenvectors=Qt[order].T.copy(),
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
    )


def _units(A: np.ndarray) -> np.ndarray:
    """Return u (n,): entry (i, j) is measured against u_i u_j."""
    diagonal = np.diag(A)
    if (diagonal > 0).all():
        return np.sqrt(diagonal)
    return np.full(len(A), np.sqrt(np.linalg.norm(A) / len(A)))


def _largest_entry(A: np.ndarray) -> float:
    """Return the largest off-diagonal |a_ij| / (u_i u_j)."""
    u = _units(A)
    if not u.any():  # A = 0
        return 0.0
    entries = np.abs(A) / u / u[:, None]
    np.fill_diagonal(entries, 0.0)
    return float(entries.max())


def _sweep(A: np.ndarray, Qt: np.ndarray, tol: float) -> tuple[np.ndarray, np.ndarray]:
    """Rotate every pair of axes once; the axes end in reversed order.

    Neighbours (0, 1), (2, 3), ... are rotated and change places, then (1, 2), (3, 4), ..., in turn. After n such rounds
    every axis has met every other one.
    """
    n = len(A)
    A, Qt = A.copy(), Qt.copy()
    for start in (k % 2 for k in range(n)):
        stop = n - (n - start) % 2
        if stop == start:
            continue
        i, j = np.arange(start, stop, 2), np.arange(start + 1, stop, 2)
        alpha, beta, gamma = A[i, i], A[j, j], A[i, j]
        u = _units(A)
        t = _tangents(alpha, beta, np.where(np.abs(gamma) > tol * u[i] * u[j] / 8, gamma, 0.0))
        c = 1.0 / np.hypot(1.0, t)
        s = c * t
        R = np.stack([s, c, c, -s], axis=-1).reshape(-1, 2, 2)  # x, y become s x + c y, c x - s y
        for X in (A, Qt):
            _rotate(X, R, start, stop)
        A = A.T.copy()  # J (J A)ᵀ = J A Jᵀ: the columns, too, are rotated as rows, which are contiguous
        _rotate(A, R, start, stop)
        A[i, i], A[j, j] = beta + t * gamma, alpha - t * gamma
        A[i, j] = A[j, i] = np.where(t == 0, gamma, 0.0)
    return A, Qt


def _rotate(X: np.ndarray, R: np.ndarray, start: int, stop: int) -> None:
    """Multiply the pairs of neighbouring rows of X by the 2 x 2 matrices R, in place."""
    pairs = X[start:stop].reshape(-1, 2, X.shape[1])
    pairs[:] = R @ pairs


def _tangents(alpha: np.ndarray, beta: np.ndarray, gamma: np.ndarray) -> np.ndarray:
    """Return tan θ of the smaller rotation that makes [[α, γ], [γ, β]] diagonal; 0 where γ = 0."""
    zeta = (beta - alpha) / (2.0 * np.where(gamma == 0, 1.0, gamma))  # cot 2θ
    t = np.copysign(1.0, zeta) / (np.abs(zeta) + np.hypot(1.0, zeta))  # smaller root of t² + 2 ζ t = 1
    return np.where(gamma == 0, 0.0, t)
