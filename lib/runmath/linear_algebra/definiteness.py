"""Signs of a quadratic form: how many eigenvalues of a symmetric matrix are positive, negative, zero."""

from __future__ import annotations

from numpy.typing import ArrayLike

from runmath.core import EPS, TINY, as_tolerance, unit_scaled
from runmath.linear_algebra.symmetric_eigen import as_symmetric, reduce_to_tridiagonal

BISECTION = 1e-6  # relative accuracy of max |λ|, which only sets the unit of the tolerance


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
    By Sylvester's law, the three numbers are those of SᵀAS, too, for every invertible S. Here S reduces A to a
    tridiagonal T by reflections. Then elimination writes T - xI = L D Lᵀ, and D has as many negative entries as
    there are eigenvalues below x. Each count is exact for a matrix that differs from A by a few ε ‖A‖; bisection
    with counts finds max |λ|. 4/3 n³ operations in all. A pivoted factorisation (LAPACK's ``dsytrf``) takes a fourth
    of that, but says less clearly what counts as zero. Chapter: linear-algebra/eigen-and-definiteness.

    References
    ----------
    .. [1] horn2013matrix, Theorem 4.5.8; parlett1998symmetric, Section 3.3.

    Examples
    --------
    >>> inertia([[1, 2], [2, 1]])
    (1, 1, 0)
    """
    A = as_symmetric(A, "A")
    tol = len(A) * EPS if tol is None else as_tolerance(tol, "tol")
    if not A.any():
        return 0, 0, len(A)
    _, d, e = reduce_to_tridiagonal(unit_scaled(A)[0])
    d, squares = d.tolist(), (e * e).tolist()
    threshold = tol * _largest_modulus(d, squares)
    n_minus, n_plus = _count_below(d, squares, -threshold), len(A) - _count_below(d, squares, threshold)
    return n_plus, n_minus, len(A) - n_plus - n_minus


def _count_below(d: list[float], squares: list[float], x: float) -> int:
    """Count the eigenvalues below x of the tridiagonal T with diagonal d and squared off-diagonal entries."""
    smallest = TINY * max([1.0, *squares])  # stands for a pivot 0: the next one is huge, but finite
    count, pivot = 0, 1.0
    for diagonal, square in zip(d, [0.0, *squares], strict=True):
        pivot = diagonal - x - square / pivot  # entry of D in T - xI = L D Lᵀ
        if abs(pivot) < smallest:
            pivot = -smallest
        count += pivot < 0
    return count


def _largest_modulus(d: list[float], squares: list[float]) -> float:
    """Return max |λ| of T by bisection, a little rounded up."""
    n = len(d)
    low, high = 0.0, max(map(abs, d)) + 2 * max(squares, default=0.0) ** 0.5  # Gershgorin
    while high - low > BISECTION * high:
        middle = (low + high) / 2
        if _count_below(d, squares, middle) == n and _count_below(d, squares, -middle) == 0:
            high = middle
        else:
            low = middle
    return high


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
