"""Singular value decomposition by one-sided Jacobi rotations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import qr

from runmath.core import EPS, IterativeResult, as_integer, as_matrix, as_tolerance, warn_unless_converged

NEGLIGIBLE = 1e-150  # relative to the largest entry; the square of a shorter row would underflow


@dataclass(frozen=True, kw_only=True)
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
        Largest cosine between two rotated rows that counts as orthogonal; 8 √r machine epsilon by default.
    max_sweeps : int
        Sweeps over all pairs before giving up; 5 to 8 are usual.

    Returns
    -------
    SVDResult
        `history` holds the largest cosine before each sweep and after the last.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real matrix, or an option is out of range.

    Warns
    -----
    ConvergenceWarning
        If `max_sweeps` did not suffice.

    Notes
    -----
    Two QR factorisations come first [1]_, A P = Q₁ R₁ with pivoting and R₁ᵀ = Q₂ R: they bring R so near to a
    diagonal matrix that fewer sweeps are left. Each sweep rotates every pair of rows of R once, r/2 disjoint
    pairs at a time in the round-robin order of [2]_, until the rows of J R = diag(s) Y are orthogonal. Then
    A P = Q₁ Rᵀ Q₂ᵀ = (Q₁ Yᵀ) diag(s) (J Q₂ᵀ).

    Cost O(m n r) for the QR and about 9 r³ operations a sweep, in array expressions that are bound by memory;
    memory O(m r + r²). Where A is well-conditioned up to a scaling of its columns (or, if square, of its rows),
    every singular value has a small *relative* error [3]_; bidiagonalisation, as in LAPACK's default driver,
    guarantees errors relative to s[0] only, but takes a fraction of the time. Singular values below 1e-150
    times the largest entry are returned as zero.

    Chapter: linear-algebra/svd.

    References
    ----------
    .. [1] drmac2008new, Algorithm 4.
    .. [2] brent1985solution, Section 2.
    .. [3] demmel1992jacobi, Theorem 4.1.

    Examples
    --------
    >>> result = svd([[3, 0], [0, -4], [0, 0]])
    >>> result.s
    array([4., 3.])
    >>> abs(result.U.T @ result.U).round(12).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    A = as_matrix(A, "A")
    max_sweeps = as_integer(max_sweeps, "max_sweeps")
    tol = 8 * np.sqrt(min(A.shape)) * EPS if tol is None else as_tolerance(tol, "tol")
    if _better_transposed(A):
        result = svd(A.T, tol=tol, max_sweeps=max_sweeps)
        return SVDResult(
            U=result.Vt.T,
            s=result.s,
            Vt=result.U.T,
            converged=result.converged,
            n_iter=result.n_iter,
            history=result.history,
        )
    scale = np.abs(A).max() or 1.0
    Q_1, R_1, permutation = qr(A / scale, mode="economic", pivoting=True)  # drmac2008new, Alg. 4, lines 1-2
    Q_2, R = np.linalg.qr(R_1.T)
    rows, J, history = _orthogonalise_rows(R, tol, max_sweeps)
    converged = bool(history[-1] <= tol)
    warn_unless_converged(converged, "one-sided Jacobi", "raise `max_sweeps` or `tol`")

    s, Y = _normalise_rows(rows)
    order = np.argsort(-s, kind="stable")
    Vt = np.empty((len(s), A.shape[1]))
    Vt[:, permutation] = J[order] @ Q_2.T
    return SVDResult(
        U=Q_1 @ Y[order].T,
        s=s[order] * scale,
        Vt=Vt,
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
    )


def _better_transposed(A: np.ndarray) -> bool:
    """Return whether to decompose the transpose: it is taller, or square with rows that vary more in size."""
    m, n = A.shape
    if m != n:
        return m < n

    def spread(norms: np.ndarray) -> float:
        return norms.max() / max(norms.min(), NEGLIGIBLE * (norms.max() or 1.0))

    return spread(np.abs(A).max(axis=1)) > 10 * spread(np.abs(A).max(axis=0))


def _orthogonalise_rows(
    R: np.ndarray, tol: float, max_sweeps: int
) -> tuple[np.ndarray, np.ndarray, list[float]]:
    """Rotate the rows of R until they are orthogonal; return J R, the orthogonal J, and the cosines on the way."""
    r = len(R)
    rows = np.hstack([R, np.eye(r)])  # (r, n + r): the rotations are applied to R and accumulated at once
    rounds = _round_robin(r)
    history = [_largest_cosine(rows[:, :-r])]
    while history[-1] > tol and len(history) <= max_sweeps:
        sweep(rows, rounds, tol / 4)  # stricter than the test of convergence, whose rounding differs
        history.append(_largest_cosine(rows[:, :-r]))
    return rows[:, :-r], rows[:, -r:], history


def sweep(rows: np.ndarray, rounds: list[tuple[np.ndarray, np.ndarray]], tol: float) -> None:
    """Rotate each pair of rows once, in place, so that their first parts become orthogonal."""
    n = rows.shape[1] - len(rows)
    for p, q in rounds:
        x, y = rows[p], rows[q]  # (pairs, n + r)
        alpha = np.einsum("ij,ij->i", x[:, :n], x[:, :n])
        beta = np.einsum("ij,ij->i", y[:, :n], y[:, :n])
        gamma = np.einsum("ij,ij->i", x[:, :n], y[:, :n])
        skew = np.abs(gamma) > tol * np.sqrt(alpha * beta)
        if not skew.any():
            continue
        zeta = (beta - alpha) / np.where(skew, 2 * gamma, 1.0)
        t = np.copysign(1.0, zeta) / (np.abs(zeta) + np.hypot(1.0, zeta))  # smaller root of t² + 2 ζ t = 1
        t = np.where(skew, t, 0.0)
        c = 1 / np.hypot(1.0, t)
        s = c * t
        rows[p] = c[:, None] * x - s[:, None] * y
        rows[q] = s[:, None] * x + c[:, None] * y


def _round_robin(r: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return rounds of disjoint pairs in which each of r rows meets every other exactly once."""
    players = list(range(r + r % 2))  # an odd row rests against a player who is not there
    rounds = []
    for _ in range(len(players) - 1):
        half = len(players) // 2
        pairs = zip(players[:half], reversed(players[half:]), strict=True)
        met = np.array([pair for pair in pairs if max(pair) < r], dtype=int).reshape(-1, 2)
        rounds.append((met.min(axis=1), met.max(axis=1)))
        players.insert(1, players.pop())
    return rounds


def _largest_cosine(rows: np.ndarray) -> float:
    """Return the largest cosine between two rows that are not negligible."""
    norms = np.linalg.norm(rows, axis=1)
    unit = rows[norms > NEGLIGIBLE] / norms[norms > NEGLIGIBLE, None]
    return float(np.abs(np.triu(unit @ unit.T, 1)).max(initial=0.0))


def _normalise_rows(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the lengths of orthogonal rows and the rows normalised, with negligible ones replaced by a basis."""
    norms = np.linalg.norm(rows, axis=1)
    kept = norms > NEGLIGIBLE
    unit = np.zeros_like(rows)
    unit[kept] = rows[kept] / norms[kept, None]
    if not kept.all():
        # the last columns of a full Q complete the space that the rows span
        complement = np.linalg.qr(unit[kept].T, mode="complete")[0][:, kept.sum() :]
        unit[~kept] = complement.T[: (~kept).sum()]
    return np.where(kept, norms, 0.0), unit
