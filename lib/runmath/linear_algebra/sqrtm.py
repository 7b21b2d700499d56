"""The principal square root of a matrix, from its Schur form."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import rsf2csf, schur

from runmath.core import EPS
from runmath.linear_algebra.expm import as_square


def sqrtm(A: ArrayLike) -> np.ndarray:
    """Compute the principal X with X X = A: its eigenvalues have real parts ≥ 0.

    Parameters
    ----------
    A : array_like of shape (n, n), real or complex
        Without eigenvalues on the negative real axis.

    Returns
    -------
    ndarray of shape (n, n)
        Real where A is.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite square matrix, has a negative eigenvalue (the message names it), or has a defective
        eigenvalue zero and therefore no square root.

    Notes
    -----
    With the Schur form A = Z T Zᴴ, X = Z R Zᴴ, and the upper triangular R comes diagonal by diagonal from R R = T:
    r_ii = √t_ii, r_ij = (t_ij - Σ_{i<k<j} r_ik r_kj) / (r_ii + r_jj) [1]_. Cost about 25 n³ for T, which dominates, and
    n³/3 for R. The residual is ‖X X - A‖ ≤ n eps ‖X‖² about; where ‖X‖² is far above ‖A‖ the root is
    ill-conditioned, as it is near singular matrices. Of symmetric (Hermitian) matrices negative eigenvalues of
    rounding size, up to n eps of the largest, count as zero; an eigenvalue of another matrix that is within
    rounding of the negative axis may come out on either side of it, or on it. SciPy's is this method in blocks.
    Chapter: linear-algebra/matrix-functions.

    References
    ----------
    .. [1] bjorck1983schur.
    .. [2] higham2008functions, Chapter 6.

    Examples
    --------
    >>> sqrtm([[4, 1], [0, 4]])
    array([[2.  , 0.25],
           [0.  , 2.  ]])
    """
    A = as_square(A, "A")
    e = int(np.frexp(np.abs(A).max())[1]) // 2
    A = A * 2.0 ** (-2 * e) if abs(e) < 500 else (A * 2.0**-e) * 2.0**-e  # sums of products must not overflow
    T, Z = schur_form(A)
    if T.ndim == 1:
        T = np.where((T.real < 0) & (T.real >= -len(T) * EPS * np.abs(T).max()), 0.0, T)
    require_principal(T if T.ndim == 1 else np.diag(T), "square root", exponent=2 * e)
    R = np.sqrt(T) if T.ndim == 1 else sqrt_triangular(T)
    return from_schur_form(R, Z, real=np.isrealobj(A)) * 2.0**e


def schur_form(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return T and a unitary Z with A = Z T Zᴴ: T upper triangular, or its diagonal (n,) if A is Hermitian.

    Both are real where A is real and all its eigenvalues are.

    Examples
    --------
    >>> T, Z = schur_form(np.array([[2.0, 0.0], [0.0, 1.0]]))
    >>> T
    array([1., 2.])
    """
    if np.array_equal(A, A.conj().T):
        order = np.argsort(
            -np.abs(np.diag(A)), kind="stable"
        )  # large rows first keep small eigenvalues accurate
        eigenvalues, Q = np.linalg.eigh(A[np.ix_(order, order)])
        Z = np.empty_like(Q)
        Z[order] = Q
        return eigenvalues, Z
    T, Z = schur(A, output="complex" if np.iscomplexobj(A) else "real", check_finite=False)
    if np.isrealobj(A) and np.diag(T, -1).any():  # 2 x 2 blocks: complex pairs
        T, Z = rsf2csf(T, Z, check_finite=False)
    return T, Z


def from_schur_form(T: np.ndarray, Z: np.ndarray, *, real: bool) -> np.ndarray:
    """Return Z T Zᴴ, or its real part; T is a matrix, or a diagonal (n,).

    Examples
    --------
    >>> from_schur_form(np.array([1.0, 2.0]), np.eye(2), real=True)
    array([[1., 0.],
           [0., 2.]])
    """
    ZT = Z * T if T.ndim == 1 else Z @ T
    if not (real and np.iscomplexobj(ZT)):
        return ZT @ Z.conj().T
    return ZT.real @ Z.real.T + ZT.imag @ Z.imag.T


def require_principal(eigenvalues: np.ndarray, what: str, *, exponent: int = 0) -> None:
    """Raise a ValueError that names the first eigenvalue, times 2 to the exponent, on the negative real axis.

    Examples
    --------
    >>> require_principal(np.array([1.0, -2.0]), "logarithm")
    Traceback (most recent call last):
    ValueError: `A` must have no negative eigenvalue, got -2: there is no principal logarithm
    """
    bad = eigenvalues[(eigenvalues.real < 0) & (eigenvalues.imag == 0)]
    if bad.size:
        value = np.ldexp(bad[0].real, exponent)
        raise ValueError(
            f"`A` must have no negative eigenvalue, got {value:.6g}: there is no principal {what}"
        )


def sqrt_triangular(T: np.ndarray) -> np.ndarray:
    """Return the upper triangular R with R R = T, one diagonal after the other.

    Raises
    ------
    ValueError
        If T has a defective eigenvalue zero.

    Examples
    --------
    >>> sqrt_triangular(np.array([[1.0, 3.0], [0.0, 4.0]]))
    array([[1., 1.],
           [0., 2.]])
    """
    n = len(T)
    rows = np.zeros((n, n), dtype=T.dtype)  # rows[i, d] = r_{i, i+d}
    columns = np.zeros((n, n), dtype=T.dtype)  # columns[j, n-1-d] = r_{j-d, j}: both sums run forwards
    root = np.sqrt(np.diag(T))
    rows[:, 0] = columns[:, n - 1] = root
    R = np.diag(root)
    atol = n * EPS * np.abs(T).max()
    for d in range(1, n):
        t = np.diag(T, d) - np.einsum("ik,ik->i", rows[: n - d, 1:d], columns[d:, n - d : n - 1])
        divisor = root[: n - d] + root[d:]
        if not divisor.all():
            if (np.abs(t[divisor == 0]) > atol).any():
                raise ValueError("`A` must have no defective eigenvalue 0, got one: there is no square root")
            t, divisor = np.where(divisor == 0, 0.0, t), np.where(divisor == 0, 1.0, divisor)
        r = t / divisor
        rows[: n - d, d] = columns[d:, n - 1 - d] = r
        R[np.arange(n - d), np.arange(d, n)] = r
    return R
