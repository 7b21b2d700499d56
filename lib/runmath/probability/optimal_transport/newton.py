"""Newton's direction for the dual problem of entropic transport, for where plain scaling is slow."""

from __future__ import annotations

import numpy as np
from scipy.linalg import cho_factor, cho_solve

CG_STEPS = 50  # so many products cost as much as one factorisation for m = n = 1000;
CG_SHARE = 20  # a larger problem is granted m / CG_SHARE of them


def conjugate_gradients(
    R: np.ndarray, rows: np.ndarray, gradient: np.ndarray, *, damping: float, accuracy: float
) -> np.ndarray | None:
    """Solve H δ = gradient for H = (1 + λ) diag(r) - R Rᵀ, or return None where that takes many steps.

    Parameters
    ----------
    R : ndarray of shape (m, n)
        P diag(1/b)^½ for a plan P with row sums r and column sums b.
    rows : ndarray of shape (m,)
        The row sums r, positive.
    gradient : ndarray of shape (m,)
        a - r, of sum 0.
    damping : float
        Levenberg's λ, which shortens the step along nearly flat directions.
    accuracy : float
        Relative residual to stop at.

    Returns
    -------
    ndarray of shape (m,), or None

    Notes
    -----
    H is the Hessian of the dual function of f / reg alone, g being the best for each f. It is positive semidefinite
    with the constant vectors as its kernel. Scaled by r^-½ on both sides its eigenvalues lie in [0, 1], and one
    minus the second smallest is the rate of convergence of plain scaling; conjugate gradients take about the square
    root of its number of steps.

    References
    ----------
    .. [1] brauer2017sinkhorn.

    Examples
    --------
    >>> R = np.array([[0.5], [0.5]])
    >>> conjugate_gradients(R, np.array([0.5, 0.5]), np.array([0.25, -0.25]), damping=0, accuracy=0)
    array([ 0.5, -0.5])
    """
    delta, residual = np.zeros(len(rows)), gradient.copy()
    z = residual / rows  # preconditioned by diag(r)
    direction, product = z, residual @ z
    goal = accuracy * np.linalg.norm(gradient)
    for _ in range(max(CG_STEPS, len(rows) // CG_SHARE)):
        image = (1 + damping) * rows * direction - R @ (direction @ R)
        curvature = direction @ image
        if not curvature > 0:  # rounding: the rest of the residual lies in the kernel
            return None
        step = product / curvature
        delta += step * direction
        residual -= step * image
        if np.linalg.norm(residual) <= goal:
            return delta
        z = residual / rows
        product, before = residual @ z, product
        if product == 0:
            return delta
        direction = z + product / before * direction
    return None


def factor_and_solve(R: np.ndarray, rows: np.ndarray, gradient: np.ndarray, *, damping: float) -> np.ndarray:
    """Solve ((1 + λ) diag(r) - R Rᵀ) δ = gradient by Cholesky's factorisation.

    Parameters
    ----------
    R, rows, gradient, damping
        As in `conjugate_gradients`; `damping` positive, or rounding may spoil the factorisation.

    Returns
    -------
    ndarray of shape (m,)

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrix is not positive definite to rounding: raise `damping`.

    Notes
    -----
    Cost m² n + m³ / 3. The kernel is lifted by r rᵀ, which does not change the solution of sum rᵀδ = 0.

    Examples
    --------
    >>> R = np.array([[0.5], [0.5]])
    >>> factor_and_solve(R, np.array([0.5, 0.5]), np.array([0.25, -0.25]), damping=0).round(12)
    array([ 0.5, -0.5])
    """
    root = np.sqrt(rows)
    N = R / root[:, None]
    H = N @ -N.T
    H += np.outer(root, root)
    H.flat[:: len(H) + 1] += 1 + damping
    return cho_solve(cho_factor(H, overwrite_a=True), gradient / root) / root
