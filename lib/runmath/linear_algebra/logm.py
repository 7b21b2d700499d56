"""The principal logarithm of a matrix, by inverse scaling and squaring of its Schur form."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.linear_algebra.condition import estimate_norm_1
from runmath.linear_algebra.expm import as_square
from runmath.linear_algebra.sqrtm import from_schur_form, require_principal, schur_form, sqrt_triangular
from runmath.linear_algebra.triangular import substitute_upper

# THETA[m]: the largest ‖X‖ for which the approximant r_m(X) of degree m is log(I + X + E) with ‖E‖ ≤ ‖X‖ / 2^53,
# from the series of exp(r_m(x)) - 1 - x. Table 2.1 of almohy2012improved, for ‖E‖ relative to ‖I + X‖, is wider.
THETA = (0.0, 3.65e-8, 3.759e-4, 8.202e-3, 3.792e-2, 9.334e-2, 1.668e-1, 2.479e-1)
SAFE_EXPONENT = 900  # sums of products of entries below 2^900 do not overflow
MAX_ROOTS = 1100  # even 2^±1074 is within THETA[7] of 1 after 12


def logm(A: ArrayLike) -> np.ndarray:
    """Compute the principal X with exp(X) = A: the imaginary parts of its eigenvalues lie in (-π, π).

    Parameters
    ----------
    A : array_like of shape (n, n), real or complex
        Without eigenvalues on the negative real axis or at zero.

    Returns
    -------
    ndarray of shape (n, n)
        Real where A is.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite square matrix, or has an eigenvalue that is negative (the message names it) or zero.

    Notes
    -----
    With the Schur form A = Z T Zᴴ, log A = Z (log T) Zᴴ and log T = 2ˢ log(T^(1/2ˢ)). Square roots are taken
    until the powers of X = T^(1/2ˢ) - I are small enough for the quotient of two polynomials of degree m ≤ 7 that
    approximates log(I + X). It is evaluated as Σ w_j X (I + x_j X)⁻¹, with the nodes x_j and weights w_j of Gauss
    and Legendre on [0, 1] [1]_. The diagonal of log T is that of the scalar logarithm; closed formulas for the
    diagonal above it and for those of X, which [1]_ adds, made no measurable difference here. Cost about 25 n³ for T
    and (s + m) n³/3. SciPy's is the same algorithm.
    Chapter: linear-algebra/matrix-functions.

    References
    ----------
    .. [1] almohy2012improved, Algorithm 4.1.
    .. [2] higham2008functions, Chapter 11.

    Examples
    --------
    >>> logm([[1, 1], [0, 1]])
    array([[0., 1.],
           [0., 0.]])
    """
    A = as_square(A, "A")
    e = int(np.frexp(np.abs(A).max())[1])
    e = e if abs(e) > SAFE_EXPONENT else 0
    T, Z = schur_form((A * 2.0 ** -(e // 2)) * 2.0 ** (e // 2 - e))
    eigenvalues = T if T.ndim == 1 else np.diag(T)
    if not eigenvalues.all():
        raise ValueError("`A` must be invertible, got the eigenvalue 0: there is no logarithm")
    require_principal(eigenvalues, "logarithm", exponent=e)
    L = np.log(T) if T.ndim == 1 else _log_triangular(T)
    X = from_schur_form(L, Z, real=np.isrealobj(A))
    X[np.diag_indices(len(X))] += e * np.log(2)
    return X


def _log_triangular(T: np.ndarray) -> np.ndarray:
    root, m, s = _take_roots(T)
    L = _pade_log(root - np.eye(len(T)), m) * 2.0**s
    L[np.diag_indices(len(T))] = np.log(np.diag(T))  # root - I has cancelled here
    return L


def _take_roots(T: np.ndarray) -> tuple[np.ndarray, int, int]:
    """Return T^(1/2ˢ), the degree m and s (Alg. 4.1, lines 3 to 37)."""
    log_d, s = np.log(np.diag(T)), 0
    while np.abs(np.expm1(log_d / 2.0**s)).max() > THETA[7]:
        T, s = sqrt_triangular(T), s + 1
    n_first, retries = s, 0
    d = _roots_of_norms(T, (2, 3))
    for m in (1, 2):
        if max(d[2], d[3]) <= THETA[m]:
            return T, m, s
    while s < MAX_ROOTS:
        if s > n_first:
            d = _roots_of_norms(T, (3,))
        d |= _roots_of_norms(T, (4,))
        alpha_3 = max(d[3], d[4])
        if alpha_3 <= THETA[7]:
            m = next(i for i in range(3, 8) if alpha_3 <= THETA[i])
            if m <= 6:
                return T, m, s
            if alpha_3 / 2 <= THETA[5] and retries < 2:  # one root more is cheaper than two degrees
                retries += 1
                T, s = sqrt_triangular(T), s + 1
                continue
        d |= _roots_of_norms(T, (5,))
        eta = min(alpha_3, max(d[4], d[5]))
        for m in (6, 7):
            if eta <= THETA[m]:
                return T, m, s
        T, s = sqrt_triangular(T), s + 1
    raise AssertionError("unreachable: roots converge to the identity")


def _roots_of_norms(T: np.ndarray, powers: tuple[int, ...]) -> dict[int, float]:
    """Estimate ‖(T - I)ᵏ‖₁^(1/k)."""
    X = T - np.eye(len(T))
    X_h = X.conj().T

    def times(F: np.ndarray, Y: np.ndarray, k: int) -> np.ndarray:
        for _ in range(k):
            Y = F @ Y
        return Y

    return {
        k: estimate_norm_1(lambda Y, k=k: times(X, Y, k), lambda Y, k=k: times(X_h, Y, k), len(T)) ** (1 / k)
        for k in powers
    }


def _pade_log(X: np.ndarray, m: int) -> np.ndarray:
    """Return Σ w_j X (I + x_j X)⁻¹ for upper triangular X (eq. 1.2); X and its functions commute."""
    nodes, weights = np.polynomial.legendre.leggauss(m)
    total, identity = np.zeros_like(X), np.eye(len(X))
    for x, w in zip((nodes + 1) / 2, weights / 2, strict=True):
        term = w * X
        substitute_upper(identity + x * X, term)
        total += term
    return total
