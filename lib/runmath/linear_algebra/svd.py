"""Singular value decomposition by one-sided Jacobi rotations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import qr, solve_triangular

from runmath.core import (
    EPS,
    IterativeResult,
    as_integer,
    as_matrix,
    as_tolerance,
    times_power_of_two,
    warn_unless_converged,
)

TOP_EXPONENT = 500  # |a_ij| < 2^500: sums of squares stay finite, and tiny columns keep theirs
NEGLIGIBLE = 2.0**-480  # 1e-295 of the largest entry: below, squares underflow, and the row counts as zero
ROTATE_ABOVE = 0.1  # times tol: pairs that are orthogonal with this much to spare are left alone
SAFE_CONDITION = 10.0  # times √r: up to here V comes from a triangular system with a few digits to spare


@dataclass(frozen=True, kw_only=True, eq=False)
class SVDResult(IterativeResult):
    """A thin singular value decomposition A = U diag(s) Vt, with r = min(m, n).

    Parameters
    ----------
    U : ndarray of shape (m, r)
        Left singular vectors, orthonormal columns.
    s : ndarray of shape (r,)
        Singular values, non-negative and descending.
    Vt : ndarray of shape (r, n)
        Right singular vectors, orthonormal rows.
    converged : bool
        Whether the tolerance was reached.
    n_iter : int
        Sweeps (Jacobi) or steps (Golub-Kahan) taken.
    history : ndarray
        What was compared with the tolerance before each of them and at the end.
    """

    U: np.ndarray
    s: np.ndarray
    Vt: np.ndarray


def svd(A: ArrayLike, *, tol: float | None = None, max_sweeps: int = 30) -> SVDResult:
    """Compute A = U diag(s) Vt for any real matrix, small singular values to high relative accuracy.

    Parameters
    ----------
    A : array_like of shape (m, n)
        Finite real matrix.
    tol : float, optional
        Largest cosine between two rotated rows that counts as orthogonal; 10 √r machine epsilon by default.
    max_sweeps : int
        Sweeps over all pairs before giving up; 4 to 9 are usual.

    Returns
    -------
    SVDResult
        `history` holds the largest cosine before each sweep and after the last.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real matrix, or an option is out of range.
    OverflowError
        If the largest singular value exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_sweeps` did not suffice.

    Notes
    -----
    A rotation of two columns makes them orthogonal. Sweeps over all pairs end in A V = U diag(s): orthogonal
    columns, whose lengths are the singular values. Two QR factorisations come first [1]_, A P = Q₁ R₁ with
    pivoting and R₁ᵀ = Q₂ R, and the rows of the small R are rotated: fewer sweeps are left, and they are
    cheaper. n/2 disjoint pairs are rotated at a time, in an order like that of [2]_.

    Where A = D₁ B D₂ with diagonal D₁ and D₂ of whatever spread and a well-conditioned B, every singular value
    has a small *relative* error, about κ(B) machine epsilon [3]_ (for D₁ this is observed rather than proved).
    Bidiagonalisation, as in LAPACK's default driver, guarantees errors relative to s[0] only. Singular values
    below 1e-295 times the largest entry are returned as zero.

    Cost O(m n r) for the QR and about 4 r³ multiplications a sweep, bound by memory; memory O(m r + r²).
    LAPACK's blocked divide and conquer takes a small fraction of the time; its ``dgejsv`` is this algorithm.

    Chapter: linear-algebra/svd-2.

    References
    ----------
    .. [1] drmac2008new; drmac2008newii.
    .. [2] brent1985solution; the idea of the rotations is that of hestenes1958inversion.
    .. [3] demmel1992jacobi.

    Examples
    --------
    >>> svd([[3, 0], [0, -4], [0, 0]]).s
    array([4., 3.])
    """
    A = as_matrix(A, "A")
    max_sweeps = as_integer(max_sweeps, "max_sweeps")
    tol = 10 * np.sqrt(min(A.shape)) * EPS if tol is None else as_tolerance(tol, "tol")
    e = int(np.frexp(np.abs(A).max())[1]) - TOP_EXPONENT  # scaling by a power of two is exact
    scaled = np.ldexp(A, -e)
    wide = A.shape[0] < A.shape[1]
    U, s, V, history = _svd_tall(scaled.T if wide else scaled, tol, max_sweeps)
    s = times_power_of_two(s, e, "the largest singular value")
    converged = bool(history[-1] <= tol)
    warn_unless_converged(converged, "one-sided Jacobi", "raise `max_sweeps` or `tol`")
    if wide:
        U, V = V, U
    return SVDResult(
        U=U,
        s=s,
        Vt=V.T,
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
    )


def _svd_tall(A: np.ndarray, tol: float, max_sweeps: int) -> tuple:
    """Decompose a scaled matrix with m >= n; return U (m, n), s (n,), V (n, n) and the history."""
    n = A.shape[1]
    rows = np.argsort(-np.abs(A).max(axis=1), kind="stable")  # large rows first: then QR respects graded rows
    Q_1, R_1, columns = qr(A[rows], mode="economic", pivoting=True, check_finite=False)
    r = int(np.count_nonzero(np.abs(np.diag(R_1)) > NEGLIGIBLE))  # rows past r vanish: s = 0
    Q_2, R = np.linalg.qr(
        R_1[:r].T, mode="complete"
    )  # Q₂ (n, n) has columns past r, too: a basis of the kernel
    X, J, history = _orthogonalise_rows(R[:r], tol, max_sweeps)  # Jᵀ R = X = diag(s) Yᵀ
    s = np.sqrt(np.vecdot(X, X))
    order = np.argsort(-s, kind="stable")
    s, X, J = s[order], X[order], J[:, order]
    U, V = np.empty_like(Q_1), np.empty_like(Q_2)
    U[rows] = np.hstack([Q_1[:, :r] @ (X.T / s), Q_1[:, r:]])  # A P = Q₁ Rᵀ Q₂ᵀ = (Q₁ Y) diag(s) (Q₂ J)ᵀ
    V[columns] = np.hstack([Q_2[:, :r] @ J, Q_2[:, r:]])
    return U, np.append(s, np.zeros(n - r)), V, history


def _orthogonalise_rows(R: np.ndarray, tol: float, max_sweeps: int) -> tuple:
    """Rotate the rows of the upper triangular R until they are orthogonal; return X = Jᵀ R, J and the cosines."""
    r = len(R)
    solve_for_J = _is_well_conditioned(R)
    X = R.copy() if solve_for_J else np.hstack([R, np.eye(r)])  # the identity collects the rotations
    history = [_largest_cosine(R)]
    while history[-1] > tol and len(history) <= max_sweeps:
        X = sweep(X, ROTATE_ABOVE * tol)
        history.append(_largest_cosine(X[:, :r]))
    if not solve_for_J:
        return X[:, :r], X[:, r:].T, history
    J = solve_triangular(R, X.T, trans="T", check_finite=False) if r else np.empty((0, 0))  # Rᵀ J = Xᵀ
    return (
        X,
        J @ (1.5 * np.eye(r) - 0.5 * (J.T @ J)),
        history,
    )  # and a Newton step to the next orthogonal matrix


def _is_well_conditioned(R: np.ndarray) -> bool:
    """Tell whether R, its columns scaled to length 1, has an inverse of moderate size.

    These columns are the equations of Rᵀ J = Xᵀ: the error of J does not depend on how they are scaled.
    """
    unit = R / np.linalg.norm(R, axis=0)
    inverse = solve_triangular(unit, np.eye(len(R)), check_finite=False) if len(R) else unit
    return bool(np.linalg.norm(inverse) <= SAFE_CONDITION * np.sqrt(len(R)))


def _largest_cosine(X: np.ndarray) -> float:
    """Return the largest |cosine| of an angle between two rows."""
    unit = X / np.sqrt(np.vecdot(X, X))[:, None]
    cosines = np.abs(unit @ unit.T)
    np.fill_diagonal(cosines, 0.0)
    return float(cosines.max(initial=0.0))


def sweep(X: np.ndarray, threshold: float) -> np.ndarray:
    """Rotate every pair of the r rows once, so that their first r entries become orthogonal; reverse the rows.

    Neighbours (0, 1), (2, 3), ... are rotated and change places, then (1, 2), (3, 4), ..., in turn. After r such
    rounds every row has met every other one. A round is one product of r/2 independent 2 x 2 rotations.
    """
    r = len(X)
    X, target = X.copy(), np.empty_like(X)
    for start in (k % 2 for k in range(r)):
        stop = r - (r - start) % 2
        pairs = X[start:stop].reshape(-1, 2, X.shape[1])  # (pairs, 2, columns), a view
        rotations = _rotations(pairs[:, 0, :r], pairs[:, 1, :r], threshold)
        np.matmul(rotations, pairs, out=target[start:stop].reshape(pairs.shape))
        target[:start], target[stop:] = X[:start], X[stop:]
        X, target = target, X
    return X


def _rotations(x: np.ndarray, y: np.ndarray, threshold: float) -> np.ndarray:
    """Return the 2 x 2 matrices (pairs, 2, 2) that make the rows of x and y orthogonal, and exchange them."""
    alpha, beta, gamma = np.vecdot(x, x), np.vecdot(y, y), np.vecdot(x, y)
    skew = np.abs(gamma) > threshold * np.sqrt(alpha) * np.sqrt(beta)
    zeta = (beta - alpha) / (2.0 * np.where(skew, gamma, 1.0))  # cot 2θ
    t = np.copysign(1.0, zeta) / (np.abs(zeta) + np.hypot(1.0, zeta))  # smaller root of t² + 2 ζ t = 1
    t = np.where(skew, t, 0.0)
    c = 1.0 / np.hypot(1.0, t)
    s = c * t
    return np.stack([s, c, c, -s], axis=-1).reshape(-1, 2, 2)  # x, y become s x + c y, c x - s y
