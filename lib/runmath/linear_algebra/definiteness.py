"""Signs of a quadratic form: how many eigenvalues of a symmetric matrix are positive, negative, zero."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_tolerance
from runmath.linear_algebra.symmetric_eigen import as_symmetric, symmetric_eigen


def inertia(A: ArrayLike, *, tol: float | None = None) -> tuple[int, int, int]:
    """Count the positive, negative and zero eigenvalues of a symmetric matrix.

    Parameters
    ----------
    A : array_like of shape (n, n)
        Symmetric.
    tol : float, optional
        Eigenvalues of at most tol · max |λ| count as zero; n machine epsilon by default, because less is lost in
        rounding.

    Returns
    -------
    n_plus, n_minus, n_zero : int

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real symmetric matrix or `tol` is out of range.

    Notes
    -----
    By Sylvester's law the three numbers are those of Sᵀ A S, too, for every invertible S. A pivoted factorisation
    L D Lᵀ (LAPACK's ``dsytrf``) finds them without eigenvalues at a fraction of the cost, but says less clearly what
    counts as zero. Chapter: linear-algebra/eigen-and-definiteness.

    References
    ----------
    .. [1] horn2013matrix, Theorem 4.5.8.

    Examples
    --------
    >>> inertia([[1, 2], [2, 1]])
    (1, 1, 0)
    """
    A = as_symmetric(A, "A")
    tol = len(A) * EPS if tol is None else as_tolerance(tol, "tol")
    values = symmetric_eigen(np.ldexp(A, -int(np.frexp(np.abs(A).max())[1]))).eigenvalues
    threshold = tol * np.abs(values).max()
    n_plus, n_minus = int((values > threshold).sum()), int((values < -threshold).sum())
    return n_plus, n_minus, len(A) - n_plus - n_minus


def definiteness(A: ArrayLike, *, tol: float | None = None) -> str:
    """Say which signs vᵀ A v takes for v ≠ 0, where A is symmetric.

    Parameters
    ----------
    A : array_like of shape (n, n)
        Symmetric. For another real matrix ask about (A + Aᵀ)/2, which has the same quadratic form.
    tol : float, optional
        As in `inertia`.

    Returns
    -------
    str
        "positive definite" (always > 0), "positive semidefinite" (≥ 0, and 0 for some v), "negative definite",
        "negative semidefinite" or "indefinite" (both signs). The zero matrix, which is semidefinite both ways, is
        called positive semidefinite.

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real symmetric matrix or `tol` is out of range.

    Notes
    -----
    Semidefinite is decided up to `tol`: no computation in floating point can tell the eigenvalue 0 from 1e-20. To learn
    only whether A is positive definite, try a Cholesky factorisation: it is some twenty times cheaper.
    Chapter: linear-algebra/eigen-and-definiteness.

    References
    ----------
    .. [1] horn2013matrix, Theorem 4.1.10.

    Examples
    --------
    >>> definiteness([[2, -1], [-1, 2]]), definiteness([[1, 1], [1, 1]]), definiteness([[0, 1], [1, 0]])
    ('positive definite', 'positive semidefinite', 'indefinite')
    """
    n_plus, n_minus, n_zero = inertia(A, tol=tol)
    if n_plus and n_minus:
        return "indefinite"
    sign = "negative" if n_minus else "positive"
    return f"{sign} {'semidefinite' if n_zero else 'definite'}"
