"""The adjugate, which exists for singular matrices too."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_matrix, times_power_of_two, unit_scaled
from runmath.linear_algebra.svd import svd


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
    From A = U Σ Vᵀ follows adj A = det(U) det(V) V adj(Σ) Uᵀ, and adj(Σ) holds the products of all singular values
    but one. Cost: that of the decomposition, O(n³), where n² cofactors cost O(n⁵), and expanding each O(n!). The
    formula det(A) A⁻¹ fails for singular A; next to one the adjugate itself need not be sensitive [1]_. NumPy and
    SciPy have no adjugate. Chapter: linear-algebra/matrices.

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
    decomposition = svd(A)
    sign = np.linalg.slogdet(decomposition.U)[0] * np.linalg.slogdet(decomposition.Vt)[0]
    m, exponents = _products_of_all_but_one(decomposition.s)
    shift = int(exponents[m > 0].max(initial=-(2**30)))
    weights = np.ldexp(m, np.maximum(exponents - shift, -2000))  # entries that vanish beside the largest
    product = sign * (decomposition.Vt.T * weights) @ decomposition.U.T
    return times_power_of_two(product, shift + e * (len(A) - 1), "the adjugate")


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
