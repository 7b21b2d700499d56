"""Where eigenvalues can lie, read off the entries of a matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_matrix


@dataclass(frozen=True, eq=False)
class GershgorinDiscs:
    """Discs in the complex plane whose union holds every eigenvalue.

    Parameters
    ----------
    centers : ndarray of shape (n,)
        The diagonal entries.
    radii : ndarray of shape (n,)
        Sums of the absolute values of the other entries of each row.
    """

    centers: np.ndarray
    radii: np.ndarray


def gershgorin_discs(A: ArrayLike) -> GershgorinDiscs:
    """Return the discs |z - a_ii| ≤ Σ_{j ≠ i} |a_ij|, whose union holds all eigenvalues of A.

    Parameters
    ----------
    A : array_like of shape (n, n)

    Returns
    -------
    GershgorinDiscs

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real square matrix.
    OverflowError
        If a radius or a bound exceeds the largest float64.

    Notes
    -----
    A single disc need not hold an eigenvalue. Where k discs do not meet the others, their union holds exactly k,
    counted with algebraic multiplicity. The discs of Aᵀ, and those of D⁻¹ A D for an invertible diagonal D, hold the
    eigenvalues too and may be smaller. Chapter: linear-algebra/eigen-and-definiteness-2.

    References
    ----------
    .. [1] golub2013matrix, Theorem 7.2.1; horn2013matrix, Theorem 6.1.1.

    Examples
    --------
    >>> discs = gershgorin_discs([[4, 1], [-2, 0]])
    >>> discs.centers, discs.radii
    (array([4., 0.]), array([1., 2.]))
    """
    A = as_matrix(A, "A", square=True)
    centers = np.diag(A).copy()
    np.fill_diagonal(A, 0.0)
    with np.errstate(over="ignore"):
        return GershgorinDiscs(centers, _finite(np.abs(A).sum(axis=1), "a radius"))


def gershgorin_bounds(A: ArrayLike) -> tuple[float, float]:
    """Return a and b with a ≤ Re λ ≤ b for every eigenvalue λ of A.

    Parameters
    ----------
    A : array_like of shape (n, n)

    Returns
    -------
    low, high : float
        From the discs of A and those of Aᵀ, whichever are the better. A symmetric A with low > 0 is positive definite.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real square matrix.
    OverflowError
        If a radius or a bound exceeds the largest float64.

    Notes
    -----
    O(n²). Rounding is not accounted for: the bounds hold up to n ε times the largest sum of absolute values of a row
    or column. Chapter: linear-algebra/eigen-and-definiteness-2.

    References
    ----------
    .. [1] horn2013matrix, Theorem 6.1.1.

    Examples
    --------
    >>> gershgorin_bounds([[2, -1, 0], [-1, 2, -1], [0, -1, 2]])
    (0.0, 4.0)
    """
    A = as_matrix(A, "A", square=True)
    rows, columns = gershgorin_discs(A), gershgorin_discs(A.T)
    with np.errstate(over="ignore"):
        low = max((discs.centers - discs.radii).min() for discs in (rows, columns))
        high = min((discs.centers + discs.radii).max() for discs in (rows, columns))
    return float(_finite(low, "a bound")), float(_finite(high, "a bound"))


def _finite(x: np.ndarray, what: str) -> np.ndarray:
    """Return x, or say what has overflowed."""
    if not np.isfinite(x).all():
        raise OverflowError(f"{what} exceeds the largest float64; scale the input by a power of two")
    return x
