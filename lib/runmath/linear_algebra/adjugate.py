"""The adjugate, which exists for singular matrices too."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import lapack

from runmath.core import as_matrix, times_power_of_two, unit_scaled
from runmath.linear_algebra.svd import svd

CONDITION_LIMIT = 1e3  # the inverse may lose three digits; beyond that the decomposition takes over


def adjugate(A: ArrayLike) -> np.ndarray:
    """Return adj A, the transposed matrix of cofactors, for which A adj(A) = adj(A) A = det(A) I.

    Parameters
    ----------
    A : array_like of shape (n, n)
        May be singular.

    Returns
    -------
    ndarray of shape (n, n)
        The inverse times the determinant where A is invertible, of rank one where A has rank n - 1, and zero where
        the rank is lower still.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real square matrix.
    OverflowError
        If the result has an entry beyond the largest float64.

    Notes
    -----
    Where A is well-conditioned, this is det(A) A⁻¹. That formula fails for singular A, although the adjugate itself
    need not be sensitive there [1]_. Then A = U Σ Vᵀ gives adj A = det(U) det(V) V adj(Σ) Uᵀ, and adj(Σ) holds the
    products of all singular values but one. Cost O(n³) either way, where n² cofactors cost O(n⁵), and expanding each
    O(n!). NumPy and SciPy have no adjugate. Chapter: linear-algebra/matrices.

    References
    ----------
    .. [1] stewart1998adjugate.

    Examples
    --------
    >>> adjugate([[1, 2], [3, 4]]).round(12)
    array([[ 4., -2.],
           [-3.,  1.]])
    """
    A, e = unit_scaled(as_matrix(A, "A", square=True))
    product, shift = _from_elimination(A) or _from_singular_values(A)
    return times_power_of_two(product, shift + e * (len(A) - 1), "the adjugate")


def _from_elimination(A: np.ndarray) -> tuple[np.ndarray, int] | None:
    """Return B and e with adj A = det(A) A⁻¹ = 2^e B, or None where A is not well-conditioned."""
    LU, exchanges, failed = lapack.dgetrf(A)
    if failed:  # a pivot is zero
        return None
    inverse, _ = lapack.dgetri(LU, exchanges)
    if not np.linalg.norm(A, 1) * np.linalg.norm(inverse, 1) <= CONDITION_LIMIT:
        return None
    m, e = _running_products(np.diag(LU))
    sign = (-1) ** int((exchanges != np.arange(len(A))).sum())
    return sign * m[-1] * inverse, int(e[-1])


def _from_singular_values(A: np.ndarray) -> tuple[np.ndarray, int]:
    """Return B and e with adj A = 2^e B."""
    decomposition = svd(A)
    sign = np.linalg.slogdet(decomposition.U)[0] * np.linalg.slogdet(decomposition.Vt)[0]
    m, exponents = _products_of_all_but_one(decomposition.s)
    shift = int(exponents[m > 0].max(initial=-(2**30)))
    weights = np.ldexp(m, np.maximum(exponents - shift, -2000))  # entries that vanish beside the largest
    return sign * (decomposition.Vt.T * weights) @ decomposition.U.T, shift


def _products_of_all_but_one(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return m and e with Π_{j ≠ i} s_j = m_i 2^(e_i), so that nothing overflows or underflows."""
    before, after = _running_products(s), _running_products(s[::-1])
    m = before[0][:-1] * after[0][:-1][::-1]
    return m, before[1][:-1] + after[1][:-1][::-1]


def _running_products(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the products of the first 0, 1, ..., n numbers as mantissas and exponents."""
    m, e = np.ones(len(s) + 1), np.zeros(len(s) + 1, dtype=int)
    for i, value in enumerate(s):
        m[i + 1], shift = np.frexp(m[i] * value)
        e[i + 1] = e[i] + shift
    return m, e
