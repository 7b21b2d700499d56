"""The matrix exponential: by scaling and squaring, and by its series."""

from __future__ import annotations

from math import ceil, factorial, log2

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_integer, as_matrix
from runmath.linear_algebra.condition import estimate_norm_1

UNIT_ROUNDOFF = EPS / 2
# Degree m: the largest ‖A‖ for which the Padé approximant is exact for a matrix within one unit roundoff of A
# (almohy2009new, Table 3.1 and Section 5).
THETA = {
    3: 1.495585217958292e-2,
    5: 2.539398330063230e-1,
    7: 9.504178996162932e-1,
    9: 2.097847961257068e0,
    13: 4.25,
}
SAFE_EXPONENT = 64  # powers up to the 13th of a matrix with ‖A‖ ≤ 2^64 do not overflow


def expm(A: ArrayLike) -> np.ndarray:
    """Compute exp(A) = Σ Aᵏ / k!.

    Parameters
    ----------
    A : array_like of shape (n, n), real or complex

    Returns
    -------
    ndarray of shape (n, n)
        Real where A is.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite square matrix.
    OverflowError
        If an entry exceeds the largest float64.

    Notes
    -----
    exp(A) = exp(A / 2ˢ) to the power 2ˢ, by s squarings; the inner one is approximated by a quotient of two
    polynomials of degree 3, 5, 7, 9 or 13 (Padé), chosen by norms of powers ‖Aᵏ‖^(1/k), which may be far
    smaller than ‖A‖: large s would spoil the result [1]_. For triangular A the diagonal and its neighbour are computed
    exactly after every squaring, [1]_ (Code fragment 2.1). At most 6 + s matrix products and one
    solve. Errors are about κ_exp(A) eps, where κ_exp is the condition number of the exponential at A, which is
    mild for normal matrices (‖A‖₂) and may be huge for others. SciPy's is the same algorithm.
    Chapter: linear-algebra/matrix-functions.

    References
    ----------
    .. [1] almohy2009new, Algorithm 5.1.
    .. [2] higham2005scaling.

    Examples
    --------
    >>> expm([[0, 1], [0, 0]])
    array([[1., 1.],
           [0., 1.]])
    """
    A = as_square(A, "A")
    with np.errstate(over="ignore", invalid="ignore"):
        X = _expm(A)
    if not np.isfinite(X).all():
        raise OverflowError("the exponential exceeds the largest float64")
    return X


def expm_series(A: ArrayLike, n_terms: int) -> np.ndarray:
    """Return the partial sum Σ Aᵏ / k! over k = 0, ..., n_terms - 1.

    Parameters
    ----------
    A : array_like of shape (n, n), real or complex
    n_terms : int
        Number of terms, the identity included.

    Returns
    -------
    ndarray of shape (n, n)

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite square matrix or `n_terms` is not a positive integer.
    OverflowError
        If a term exceeds the largest float64.

    Notes
    -----
    For demonstration: where A has eigenvalues with large negative real parts, terms of size exp(‖A‖) cancel, and
    no digit may be right. `expm` scales first. Chapter: linear-algebra/matrix-functions.

    References
    ----------
    .. [1] higham2008functions, Chapter 10.

    Examples
    --------
    >>> expm_series([[0, 1], [0, 0]], 2)
    array([[1., 1.],
           [0., 1.]])
    """
    A = as_square(A, "A")
    term = np.eye(len(A), dtype=A.dtype)
    total = term.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(1, as_integer(n_terms, "n_terms")):
            term = term @ A / k
            total += term
    if not np.isfinite(total).all():
        raise OverflowError("a term of the series exceeds the largest float64; use `expm`")
    return total


def as_square(value: ArrayLike, name: str) -> np.ndarray:
    """Return a new finite square matrix, float64 or complex128.

    Raises
    ------
    TypeError, ValueError
        As `as_matrix`, but complex numbers are welcome.

    Examples
    --------
    >>> as_square([[1j]], "A")
    array([[0.+1.j]])
    """
    if np.iscomplexobj(value):
        return as_matrix(np.real(value), name, square=True) + 1j * as_matrix(
            np.imag(value), name, square=True
        )
    return as_matrix(value, name, square=True)


def _expm(A: np.ndarray) -> np.ndarray:
    first = max(0, int(np.frexp(_norm_1(A))[1]) - SAFE_EXPONENT)  # halvings without which powers overflow
    A = A * 2.0**-first
    powers, m, s = _choose(A)
    if s:
        A = A * 2.0**-s
        powers = [power * 4.0 ** (-s * k) for k, power in enumerate(powers, 1)]
    return _square(_pade(A, powers, m), A, first + s)


def _norm_1(A: np.ndarray) -> float:
    return float(np.abs(A).sum(axis=0).max())


def _choose(A: np.ndarray) -> tuple[list[np.ndarray], int, int]:
    """Return the powers A², A⁴, ... that are needed, the degree m and the number s of halvings (Alg. 5.1)."""
    powers = [A @ A]
    if _norm_1(powers[0]) <= (10 * THETA[3]) ** 2:  # else there is no hope, and no need to estimate
        d_4, d_6 = _root_of_norm([powers[0]] * 2, 4), _root_of_norm([powers[0]] * 3, 6)
        if max(d_4, d_6) <= THETA[3] and _extra_halvings(A, 3) == 0:
            return powers, 3, 0
    powers.append(powers[0] @ powers[0])
    d_4 = _norm_1(powers[1]) ** (1 / 4)
    if d_4 <= THETA[5] and _root_of_norm([powers[0]] * 3, 6) <= THETA[5] and _extra_halvings(A, 5) == 0:
        return powers, 5, 0
    powers.append(powers[1] @ powers[0])
    d_6 = _norm_1(powers[2]) ** (1 / 6)
    extra, s = _extra_halvings(A, 13), _halvings(max(d_4, d_6))
    if d_6 > THETA[9] and extra >= s:
        return powers, 13, extra  # d₈ and d₁₀ are at most max(d₄, d₆) and cannot change this
    d_8 = _root_of_norm([powers[1]] * 2, 8)
    for m in (7, 9):
        if max(d_6, d_8) <= THETA[m] and _extra_halvings(A, m) == 0:
            return powers, m, 0
    d_10 = _root_of_norm([powers[1], powers[2]], 10)
    return powers, 13, max(extra, _halvings(min(max(d_6, d_8), max(d_8, d_10))))


def _halvings(eta: float) -> int:
    """Return the least s ≥ 0 with eta / 2ˢ within the range of degree 13."""
    return max(0, ceil(log2(eta / THETA[13]))) if eta else 0


def _root_of_norm(factors: list[np.ndarray], k: int) -> float:
    """Estimate ‖Aᵏ‖₁^(1/k), where Aᵏ is the product of commuting factors."""

    def apply(X: np.ndarray) -> np.ndarray:
        for F in factors:
            X = F @ X
        return X

    def apply_adjoint(Y: np.ndarray) -> np.ndarray:
        for F in factors:
            Y = F.conj().T @ Y
        return Y

    return estimate_norm_1(apply, apply_adjoint, len(factors[0])) ** (1 / k)


def _extra_halvings(A: np.ndarray, m: int) -> int:
    """Return ℓ(A): how often A must be halved for the rounding errors of degree m to be harmless (eq. 5.1)."""
    absolute, row, exponent = np.abs(A), np.ones(len(A)), 0
    for _ in range(2 * m + 1):  # ‖|A|^(2m+1)‖₁ is the largest entry of 1ᵀ |A|^(2m+1); scaled against overflow
        row = row @ absolute
        size = float(row.max())
        if size == 0:
            return 0
        shift = int(np.frexp(size)[1])
        row, exponent = np.ldexp(row, -shift), exponent + shift
    coefficient = factorial(m) ** 2 / (factorial(2 * m) * factorial(2 * m + 1))
    log2_alpha = log2(coefficient) + log2(float(row.max())) + exponent - log2(_norm_1(A))
    return max(0, ceil((log2_alpha - log2(UNIT_ROUNDOFF)) / (2 * m)))


def _pade(A: np.ndarray, powers: list[np.ndarray], m: int) -> np.ndarray:
    """Return q(A)⁻¹ p(A), where p(A) = V + U, q(A) = p(-A) = V - U and U is odd in A."""
    b = [factorial(2 * m - j) // (factorial(m - j) * factorial(j)) for j in range(m + 1)]  # times a constant
    b = [float(c) / b[-1] for c in b]  # b[m] = 1
    A2, *_ = powers
    if m == 13:
        A2, A4, A6 = powers
        U = A6 @ (b[13] * A6 + b[11] * A4 + b[9] * A2) + b[7] * A6 + b[5] * A4 + b[3] * A2
        V = A6 @ (b[12] * A6 + b[10] * A4 + b[8] * A2) + b[6] * A6 + b[4] * A4 + b[2] * A2
    else:
        if m == 9:
            powers = [*powers, powers[1] @ powers[1]]
        U = sum(b[2 * k + 1] * power for k, power in enumerate(powers[: m // 2], 1))
        V = sum(b[2 * k] * power for k, power in enumerate(powers[: m // 2], 1))
    diagonal = np.diag_indices(len(A))
    U[diagonal] += b[1]
    V[diagonal] += b[0]
    U = A @ U
    return np.linalg.solve(V - U, V + U)  # LAPACK: a fifth of the time of `lu` for n = 100


def _square(X: np.ndarray, A: np.ndarray, s: int) -> np.ndarray:
    """Return X to the power 2ˢ, where X approximates exp(A)."""
    if not np.tril(A, -1).any():
        return _square_triangular(X, A, s)
    if not np.triu(A, 1).any():
        return _square_triangular(X.T, A.T, s).T
    for _ in range(s):
        X = X @ X
    return X


def _square_triangular(X: np.ndarray, T: np.ndarray, s: int) -> np.ndarray:
    """Square as often, with the diagonal and superdiagonal of exp(2ᵏ T) in closed form (Code fragment 2.1)."""
    n = len(T)
    on, above = np.diag_indices(n), (np.arange(n - 1), np.arange(1, n))
    X = np.triu(X)
    for k in range(s + 1):
        if k:
            X = X @ X
        d = np.diag(T) * 2.0**k
        X[on] = np.exp(d)
        half_gap = (d[1:] - d[:-1]) / 2
        small = np.abs(half_gap) < 1
        inner = np.where(small, half_gap, 1.0)
        sinch = np.where(inner == 0, 1.0, np.sinh(inner) / np.where(inner == 0, 1.0, inner))
        quotient = np.where(
            small,
            np.exp((d[1:] + d[:-1]) / 2) * sinch,
            (np.exp(d[1:]) - np.exp(d[:-1])) / np.where(small, 1.0, 2 * half_gap),
        )
        X[above] = np.diag(T, 1) * 2.0**k * quotient
    return X
