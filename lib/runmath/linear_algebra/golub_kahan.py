"""Singular value decomposition by bidiagonalisation and implicit QR steps, for comparison with Jacobi's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import (
    EPS,
    as_integer,
    as_matrix,
    as_tolerance,
    times_power_of_two,
    unit_scaled,
    warn_unless_converged,
)
from runmath.linear_algebra.svd import SVDResult


def golub_kahan_svd(A: ArrayLike, *, tol: float = EPS, max_iter: int | None = None) -> SVDResult:
    """Compute A = U diag(s) Vt: reflect A to a bidiagonal B, then chase the entries above its diagonal to zero.

    Parameters
    ----------
    A : array_like of shape (m, n)
        Finite real matrix.
    tol : float
        An entry above the diagonal is set to zero where it is at most `tol` times its two neighbours' sum.
    max_iter : int, optional
        QR steps before giving up; 30 min(m, n) by default.

    Returns
    -------
    SVDResult
        `history` holds the largest entry above the diagonal, relative to that of B, before each QR step and
        after the last.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real matrix, or an option is out of range.
    OverflowError
        If the largest singular value exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    The singular values have absolute errors of order s[0] machine epsilon, because reflections mix large and
    small entries: those far below s[0] may have no correct digit. This is a reading version, with a Python
    loop over the rotations; LAPACK's drivers follow the same plan in blocks. Chapter: linear-algebra/svd-2.

    References
    ----------
    .. [1] golub1965calculating.
    .. [2] golub2013matrix, Algorithms 5.4.2, 8.6.1 and 8.6.2.

    Examples
    --------
    >>> golub_kahan_svd([[3, 0], [4, 5]]).s ** 2
    array([45.,  5.])
    """
    A = as_matrix(A, "A")
    tol = as_tolerance(tol, "tol")
    max_iter = 30 * min(A.shape) if max_iter is None else as_integer(max_iter, "max_iter")
    if A.shape[0] < A.shape[1]:
        flipped = golub_kahan_svd(A.T, tol=tol, max_iter=max_iter)
        return _result(flipped.Vt.T, flipped.s, flipped.U.T, flipped.converged, list(flipped.history))
    A, exponent = unit_scaled(A)
    U, d, e, Vt = _bidiagonalise(A)
    history = _diagonalise(U, d, e, Vt, tol, max_iter)
    converged = bool(history[-1] == 0)
    warn_unless_converged(converged, "Golub-Kahan", "raise `max_iter` or `tol`")
    signs = np.where(d < 0, -1.0, 1.0)
    order = np.argsort(-np.abs(d), kind="stable")
    s = times_power_of_two(np.abs(d[order]), exponent, "the largest singular value")
    return _result(U[:, order], s, (signs[:, None] * Vt)[order], converged, history)


def _result(U: np.ndarray, s: np.ndarray, Vt: np.ndarray, converged: bool, history: list[float]) -> SVDResult:
    return SVDResult(U=U, s=s, Vt=Vt, converged=converged, n_iter=len(history) - 1, history=np.array(history))


def _bidiagonalise(A: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return U (m, n), d (n,), e (n - 1,), Vt (n, n) with A = U B Vt, B upper bidiagonal (Alg. 5.4.2)."""
    m, n = A.shape
    B, U, Vt = A.copy(), np.eye(m), np.eye(n)
    for j in range(n):
        v = _householder(B[j:, j])  # zero the column below the diagonal
        B[j:, j:] -= np.outer(v, v @ B[j:, j:])
        U[:, j:] -= np.outer(U[:, j:] @ v, v)
        if j < n - 2:
            v = _householder(B[j, j + 1 :])  # zero the row beyond the superdiagonal
            B[j:, j + 1 :] -= np.outer(B[j:, j + 1 :] @ v, v)
            Vt[j + 1 :] -= np.outer(v, v @ Vt[j + 1 :])
    return U[:, :n].copy(), np.diag(B).copy(), np.diag(B, 1).copy(), Vt


def _householder(x: np.ndarray) -> np.ndarray:
    """Return v with (I - v vᵀ) x = ∓‖x‖ e₁; zero where nothing needs to be done."""
    v, _ = unit_scaled(x)  # v does not depend on the unit of x, and its squares do not underflow
    length = np.linalg.norm(v)
    if length == 0:
        return v
    v[0] += np.copysign(length, v[0])
    return v * (np.sqrt(2) / np.linalg.norm(v))


def _diagonalise(
    U: np.ndarray, d: np.ndarray, e: np.ndarray, Vt: np.ndarray, tol: float, max_iter: int
) -> list[float]:
    """Bring e to zero by QR steps, in place, and return its size before each of them (Alg. 8.6.2)."""
    size = max(np.abs(d).max(initial=0.0), np.abs(e).max(initial=0.0)) or 1.0
    history: list[float] = []
    while True:
        e[np.abs(e) <= tol * (np.abs(d[:-1]) + np.abs(d[1:]))] = 0.0
        d[np.abs(d) <= tol * size] = 0.0
        history.append(float(np.abs(e).max(initial=0.0) / size))
        if history[-1] == 0 or len(history) > max_iter:
            return history
        last = int(np.flatnonzero(e)[-1]) + 1  # the unreduced block d[first..last] that ends lowest
        zeros = np.flatnonzero(e[:last] == 0)
        first = int(zeros[-1]) + 1 if zeros.size else 0
        vanished = np.flatnonzero(d[first:last] == 0)
        if vanished.size:
            _clear_row(U, d, e, first + int(vanished[-1]), last)
        elif d[last] == 0:
            _clear_column(d, e, Vt, first, last)
        else:
            _qr_step(U, d, e, Vt, first, last)


def _rotation(f: float, g: float) -> tuple[float, float, float]:
    """Return c, s, r with c f + s g = r and -s f + c g = 0."""
    r = float(np.hypot(f, g))
    return (f / r, g / r, r) if r else (1.0, 0.0, 0.0)


def _rotate_rows(X: np.ndarray, i: int, j: int, c: float, s: float) -> None:
    X[i], X[j] = c * X[i] + s * X[j], c * X[j] - s * X[i]


def _qr_step(U: np.ndarray, d: np.ndarray, e: np.ndarray, Vt: np.ndarray, first: int, last: int) -> None:
    """Chase a bulge down the block with the shift of Wilkinson (Alg. 8.6.1)."""
    below = e[last - 2] if last - 1 > first else 0.0
    t11, t12, t22 = d[last - 1] ** 2 + below**2, d[last - 1] * e[last - 1], d[last] ** 2 + e[last - 1] ** 2
    half = (t11 - t22) / 2
    shift = t22 - t12**2 / (half + np.copysign(np.hypot(half, t12), half)) if t12 else t22
    y, z = d[first] ** 2 - shift, d[first] * e[first]
    for k in range(first, last):
        c, s, r = _rotation(y, z)  # columns k, k + 1
        if k > first:
            e[k - 1] = r
        y, e[k] = c * d[k] + s * e[k], c * e[k] - s * d[k]
        z, d[k + 1] = s * d[k + 1], c * d[k + 1]
        _rotate_rows(Vt, k, k + 1, c, s)
        c, s, d[k] = _rotation(y, z)  # rows k, k + 1
        y, d[k + 1] = c * e[k] + s * d[k + 1], c * d[k + 1] - s * e[k]
        _rotate_rows(U.T, k, k + 1, c, s)
        if k < last - 1:
            z, e[k + 1] = s * e[k + 1], c * e[k + 1]
    e[last - 1] = y


def _clear_row(U: np.ndarray, d: np.ndarray, e: np.ndarray, i: int, last: int) -> None:
    """Where d[i] = 0, rotate e[i] out of row i to the right, which decouples the block."""
    bulge, e[i] = e[i], 0.0
    for k in range(i + 1, last + 1):
        c, s, d[k] = _rotation(d[k], bulge)
        if k < last:
            bulge, e[k] = -s * e[k], c * e[k]
        _rotate_rows(U.T, k, i, c, s)


def _clear_column(d: np.ndarray, e: np.ndarray, Vt: np.ndarray, first: int, last: int) -> None:
    """Where d[last] = 0, rotate e[last - 1] out of the last column upwards."""
    bulge, e[last - 1] = e[last - 1], 0.0
    for k in range(last - 1, first - 1, -1):
        c, s, d[k] = _rotation(d[k], bulge)
        if k > first:
            bulge, e[k - 1] = -s * e[k - 1], c * e[k - 1]
        _rotate_rows(Vt, k, last, c, s)
