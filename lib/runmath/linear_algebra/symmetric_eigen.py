"""Eigenvalues and eigenvectors of a symmetric matrix: reflect to a tridiagonal one, then QR steps."""

from __future__ import annotations

from dataclasses import dataclass
from math import copysign, hypot
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import (
    EPS,
    TINY,
    IterativeResult,
    as_integer,
    as_matrix,
    times_power_of_two,
    unit_scaled,
    warn_unless_converged,
)

SYMMETRY = 16 * EPS  # largest |a_ij - a_ji| / max |a|: rounding of a product such as BᵀB
PANEL = 32  # reflections that are collected before they are applied to the rest of the matrix at once
WAVE = 48  # QR steps whose rotations are applied to the eigenvectors together


@dataclass(frozen=True, eq=False)
class TridiagonalForm:
    """A = Q T Qᵀ with an orthogonal Q and a symmetric tridiagonal T.

    Parameters
    ----------
    Q : ndarray of shape (n, n)
    diagonal : ndarray of shape (n,)
    off_diagonal : ndarray of shape (n - 1,)
    """

    Q: np.ndarray
    diagonal: np.ndarray
    off_diagonal: np.ndarray


@dataclass(frozen=True, kw_only=True, eq=False)
class SymmetricEigenResult(IterativeResult):
    """A = Q diag(λ) Qᵀ of a symmetric matrix.

    Parameters
    ----------
    eigenvalues : ndarray of shape (n,)
        Ascending.
    eigenvectors : ndarray of shape (n, n)
        Q; column i belongs to eigenvalue i, and the columns are orthonormal.
    converged : bool
    n_iter : int
        QR steps, or sweeps of Jacobi's method.
    history : ndarray of shape (n_iter + 1,)
        What is left off the diagonal before each of them and at the end.
    """

    eigenvalues: np.ndarray
    eigenvectors: np.ndarray


def as_symmetric(value: Any, name: str) -> np.ndarray:
    """Return a new float64 array of shape (n, n) that is exactly symmetric.

    Raises
    ------
    TypeError, ValueError
        If the value is not a finite real square matrix, or not symmetric up to rounding.

    Examples
    --------
    >>> as_symmetric([[1, 2], [2, 3]], "A")
    array([[1., 2.],
           [2., 3.]])
    """
    A = as_matrix(value, name, square=True)
    half = A / 2  # the difference of halves cannot overflow
    gap, size = np.abs(half - half.T).max(), np.abs(half).max()
    if gap > SYMMETRY * size:
        raise ValueError(
            f"`{name}` must be a symmetric matrix, got entries that differ from their mirror images by up to "
            f"{2 * gap:.3g}; take ({name} + {name}.T) / 2 if only the quadratic form matters"
        )
    return half + half.T if gap else A


def tridiagonalise(A: ArrayLike) -> TridiagonalForm:
    """Compute A = Q T Qᵀ by n - 2 Householder reflections.

    Parameters
    ----------
    A : array_like of shape (n, n)
        Symmetric.

    Returns
    -------
    TridiagonalForm

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real symmetric matrix.
    OverflowError
        If an entry of T exceeds the largest float64.

    Notes
    -----
    4/3 n³ multiplications and additions for T, as many for Q; half of the first are matrix-vector products, which are
    bound by memory. The rest is done in blocks [2]_. Backward stable: the error is a small multiple of ε ‖A‖.
    Chapter: linear-algebra/eigen-and-definiteness-2.

    References
    ----------
    .. [1] golub2013matrix, Algorithm 8.3.1.
    .. [2] dongarra1989block.

    Examples
    --------
    >>> form = tridiagonalise([[1, 3, 4], [3, 2, 0], [4, 0, 2]])
    >>> form.diagonal.round(12), abs(form.off_diagonal).round(12) + 0.0
    (array([1., 2., 2.]), array([5., 0.]))
    """
    A, exponent = unit_scaled(as_symmetric(A, "A"))
    panels, d, e = reduce_to_tridiagonal(A)
    return TridiagonalForm(
        _accumulate(panels, len(A)),
        times_power_of_two(d, exponent, "the diagonal"),
        times_power_of_two(e, exponent, "an entry of T"),
    )


def symmetric_eigen(A: ArrayLike, *, max_iter: int | None = None) -> SymmetricEigenResult:
    """Compute A = Q diag(λ) Qᵀ: reflect A to tridiagonal form, then chase the off-diagonal entries to zero.

    Parameters
    ----------
    A : array_like of shape (n, n)
        Symmetric.
    max_iter : int, optional
        QR steps before giving up; 30 n by default. About 2 n are usual.

    Returns
    -------
    SymmetricEigenResult
        `history` holds the largest off-diagonal entry of the tridiagonal matrix, relative to its largest entry at
        the start.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real symmetric matrix or `max_iter` is out of range.
    OverflowError
        If an eigenvalue exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    Backward stable: each eigenvalue has an error of a small multiple of ε ‖A‖, so that those far below ‖A‖ may have no
    correct digit; `jacobi_eigen` does better on graded positive definite matrices. Eigenvectors of close
    eigenvalues are sensitive, but orthonormal to machine precision.

    4/3 n³ operations for the tridiagonal form, as many for Q, about n² rotations in all, of 6 n operations each
    where they meet Q. They are recorded and applied in waves of disjoint pairs [2]_. LAPACK's ``dsyevr`` and
    ``dsyevd`` find the vectors of the tridiagonal matrix in O(n²), or by products of matrices.
    Chapter: linear-algebra/eigen-and-definiteness-2.

    References
    ----------
    .. [1] golub2013matrix, Algorithms 8.3.1 to 8.3.3; the shift is due to wilkinson1968global.
    .. [2] vanzee2014restructuring.

    Examples
    --------
    >>> symmetric_eigen([[2, 1], [1, 2]]).eigenvalues.round(12)
    array([1., 3.])
    """
    A, exponent = unit_scaled(as_symmetric(A, "A"))
    max_iter = 30 * len(A) if max_iter is None else as_integer(max_iter, "max_iter")
    panels, diagonal, e = reduce_to_tridiagonal(A)
    steps, d, history = _diagonalise(diagonal.tolist(), e.tolist(), max_iter)
    converged = bool(history[-1] == 0)
    warn_unless_converged(converged, "the QR algorithm", "raise `max_iter`")
    Qt = _rotate_rows(_accumulate(panels, len(A)).T.copy(), steps)
    order = np.argsort(d, kind="stable")
    return SymmetricEigenResult(
        eigenvalues=times_power_of_two(np.array(d)[order], exponent, "an eigenvalue"),
        eigenvectors=Qt[order].T.copy(),
        converged=converged,
        n_iter=len(steps),
        history=np.array(history),
    )


class _Panel(NamedTuple):
    """Reflections I - τ_k v_k v_kᵀ of the axes from `start`, with the vectors in the columns of V."""

    start: int
    V: np.ndarray
    tau: np.ndarray


def _householder(x: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return v, τ, β with v₁ = 1 and (I - τ v vᵀ) x = β e₁ (Alg. 5.1.1 with the stable sign)."""
    v = x.copy()
    length = np.linalg.norm(x)
    if np.linalg.norm(x[1:]) <= TINY:  # nothing to be done, or squares that underflow
        v[:] = 0.0
        v[0] = 1.0
        return v, 0.0, float(x[0])
    beta = -copysign(length, x[0])
    v /= x[0] - beta
    v[0] = 1.0
    return v, float((beta - x[0]) / beta), float(beta)


def reduce_to_tridiagonal(A: np.ndarray) -> tuple[list[_Panel], np.ndarray, np.ndarray]:
    """Return the reflections, d (n,) and e (n - 1,); A is scaled to entries of size 1 and is overwritten.

    In a panel the trailing matrix is A - V Wᵀ - W Vᵀ, which is formed when the panel is full.
    """
    n = len(A)
    d, e, panels = np.empty(n), np.empty(max(n - 1, 0)), []
    for start in range(0, max(n - 2, 0), PANEL):
        stop = min(start + PANEL, n - 2)
        V, W, tau = np.zeros((n, stop - start)), np.zeros((n, stop - start)), np.zeros(stop - start)
        for j in range(start, stop):
            k = j - start
            column = A[j:, j] - V[j:, :k] @ W[j, :k] - W[j:, :k] @ V[j, :k]
            d[j] = column[0]
            v, tau[k], e[j] = _householder(column[1:])
            tail = slice(j + 1, n)
            p = A[tail, tail] @ v - V[tail, :k] @ (W[tail, :k].T @ v) - W[tail, :k] @ (V[tail, :k].T @ v)
            p *= tau[k]
            V[tail, k], W[tail, k] = v, p - (tau[k] / 2 * (p @ v)) * v
        A[stop:, stop:] -= V[stop:] @ W[stop:].T + W[stop:] @ V[stop:].T
        panels.append(_Panel(start + 1, V[start + 1 :], tau))
    d[max(n - 2, 0) :] = np.diag(A)[max(n - 2, 0) :]
    if n > 1:
        e[n - 2] = A[n - 1, n - 2]
    return panels, d, e


def _accumulate(panels: list[_Panel], n: int) -> np.ndarray:
    """Multiply the panels of reflections, each I - V T Vᵀ with a triangular T, from the last to the first."""
    Q = np.eye(n)
    for start, V, tau in reversed(panels):
        T, overlaps = np.zeros((len(tau), len(tau))), V.T @ V
        for k, t in enumerate(tau):
            T[:k, k] = -t * (T[:k, :k] @ overlaps[:k, k])
            T[k, k] = t
        Q[start:, start:] -= V @ (T @ (V.T @ Q[start:, start:]))
    return Q


class _Step(NamedTuple):
    """The rotations of rows (first, first + 1), (first + 1, first + 2), ... of one QR step."""

    first: int
    c: list[float]
    s: list[float]


def _diagonalise(
    d: list[float], e: list[float], max_iter: int
) -> tuple[list[_Step], list[float], list[float]]:
    """Bring e to zero by QR steps (Alg. 8.3.3); return the steps, the diagonal, and the size of e before each.

    Plain lists: a Python float is several times faster than an entry of an array.
    """
    size = max(map(abs, d + e)) or 1.0
    steps: list[_Step] = []
    history: list[float] = []
    last = len(d) - 1
    while True:
        for i in range(last):
            if abs(e[i]) <= EPS * (abs(d[i]) + abs(d[i + 1])) or abs(e[i]) <= TINY:
                e[i] = 0.0
        while last > 0 and e[last - 1] == 0:
            last -= 1
        history.append(max(map(abs, e[:last]), default=0.0) / size)
        if last == 0 or len(steps) >= max_iter:
            return steps, d, history
        first = last - 1  # the unreduced block first..last that ends lowest
        while first > 0 and e[first - 1] != 0:
            first -= 1
        steps.append(_qr_step(d, e, first, last))


def _qr_step(d: list[float], e: list[float], first: int, last: int) -> _Step:
    """Chase a bulge down the block with the shift of Wilkinson (Alg. 8.3.2)."""
    half, below = (d[last - 1] - d[last]) / 2, e[last - 1]
    shift = d[last] - below * (below / (half + copysign(hypot(half, below), half)))
    x, z, cosines, sines = d[first] - shift, e[first], [], []
    for k in range(first, last):
        r = hypot(x, z)
        c, s = (x / r, z / r) if r else (1.0, 0.0)
        if k > first:
            e[k - 1] = r
        gap, b = d[k] - d[k + 1], e[k]
        w = s * gap - 2 * c * b
        d[k] -= s * w
        d[k + 1] += s * w
        x = e[k] = -c * w - b
        if k < last - 1:
            z, e[k + 1] = s * e[k + 1], c * e[k + 1]
        cosines.append(c)
        sines.append(s)
    return _Step(first, cosines, sines)


def _rotate_rows(X: np.ndarray, steps: list[_Step]) -> np.ndarray:
    """Apply the rotations of all steps to the rows of X, in place, and return X.

    Rotation k of one step may come before rotation k + 2 of the step before it: up to WAVE disjoint pairs of rows,
    which lie side by side, are rotated together [2].
    """
    for start in range(0, len(steps), WAVE):
        batch = steps[start : start + WAVE]
        low = min(step.first for step in batch)
        length = max(step.first + len(step.c) for step in batch) - low
        m = len(batch)
        R = np.zeros((length + 2 * (m - 1), m, 2, 2))  # wave, step (the last one first), rotation
        R[..., 0, 0] = R[..., 1, 1] = 1.0
        for i, step in enumerate(batch):
            waves = slice(step.first - low + 2 * i, step.first - low + 2 * i + len(step.c))
            R[waves, m - 1 - i, 0, 0] = R[waves, m - 1 - i, 1, 1] = step.c
            R[waves, m - 1 - i, 0, 1] = step.s
            R[waves, m - 1 - i, 1, 0] = np.negative(step.s)
        for t in range(len(R)):
            i_0, i_1 = max(0, (t - length) // 2 + 1), min(m - 1, t // 2)  # steps with 0 <= t - 2 i < length
            rows = X[low + t - 2 * i_1 : low + t - 2 * i_0 + 2]
            pairs = rows.reshape(-1, 2, X.shape[1])
            pairs[:] = R[t, m - 1 - i_1 : m - i_0] @ pairs
    return X
