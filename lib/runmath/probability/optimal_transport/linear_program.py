"""Optimal transport of discrete masses as a linear program, and the Wasserstein distance of point clouds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_matrix
from runmath.probability.optimal_transport.measures import (
    as_balanced_masses,
    as_exponent,
    as_points,
    power_of_two_below,
    weighted_norm,
)

LP_TOLERANCE = 1e-10  # the smallest that HiGHS takes, for masses of total 1 and costs of at most 1


@dataclass(frozen=True, eq=False)
class TransportPlan:
    """A cheapest transport of the masses a to the masses b, with the proof that none is cheaper.

    Parameters
    ----------
    plan : ndarray of shape (m, n)
        Entry (i, j) is the mass that goes from i to j; rows sum to a, columns to b.
    cost : float
        Σ_ij plan_ij M_ij.
    u : ndarray of shape (m,)
        Dual potential of the rows: u_i + v_j ≤ M_ij, with equality where plan_ij > 0.
    v : ndarray of shape (n,)
        Dual potential of the columns; Σ u_i a_i + Σ v_j b_j = cost.
    """

    plan: np.ndarray
    cost: float
    u: np.ndarray
    v: np.ndarray


def cost_matrix(X: ArrayLike, Y: ArrayLike, *, p: float = 1) -> np.ndarray:
    """Return the matrix M_ij = ‖x_i - y_j‖^p of Euclidean distances to the power p.

    Parameters
    ----------
    X : array_like of shape (m, d)
    Y : array_like of shape (n, d)
    p : float
        At least 1.

    Returns
    -------
    ndarray of shape (m, n)

    Raises
    ------
    TypeError, ValueError
        If `X` and `Y` are not point clouds of one dimension, or `p` is below 1 or not finite.

    Notes
    -----
    Cost m n d. The differences are taken first, so that close points far from the origin keep their digits.
    Chapter: probability/optimal-transport.

    Examples
    --------
    >>> cost_matrix([[0, 0]], [[3, 4], [0, 1]], p=2)
    array([[25.,  1.]])
    """
    from scipy.spatial.distance import cdist  # here, because scipy.spatial takes a while to load

    X, Y = as_points(X, Y)
    p = as_exponent(p)
    if p == 2:
        return cdist(X, Y, "sqeuclidean")
    distances = cdist(X, Y)
    return distances if p == 1 else distances**p


def transport_plan(a: ArrayLike, b: ArrayLike, M: ArrayLike) -> TransportPlan:
    """Solve min_P Σ_ij P_ij M_ij over P ≥ 0 with row sums a and column sums b.

    Parameters
    ----------
    a : array_like of shape (m,)
        Masses to be moved, not negative.
    b : array_like of shape (n,)
        Masses wanted, not negative, with the total of a.
    M : array_like of shape (m, n)
        Cost of moving one unit of mass from i to j; any sign.

    Returns
    -------
    TransportPlan

    Raises
    ------
    TypeError, ValueError
        If an argument is no array of finite real numbers of these shapes, a mass is negative, or the totals
        differ.
    RuntimeError
        If the solver gives up.

    Notes
    -----
    A plan at a vertex has at most m + n - 1 entries that are not zero; several plans may be equally cheap. The
    simplex method of HiGHS takes memory O(m n) and is meant for m n up to about 1e5; the network simplex
    method of POT (``ot.emd``) uses the graph and is faster by orders of magnitude. Points without mass are left
    out and get their potentials from u_i = min_j M_ij - v_j afterwards.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] peyre2019computational, Equations (2.11) and (2.20), Proposition 3.4.

    Examples
    --------
    >>> result = transport_plan([2, 1], [1, 2], [[0, 1], [1, 0]])
    >>> result.plan, result.cost
    (array([[1., 1.], [0., 1.]]), 1.0)
    """
    M = as_matrix(M, "M")
    a, b = as_balanced_masses(a, b, M.shape)
    rows, columns = np.flatnonzero(a), np.flatnonzero(b)
    plan, v = np.zeros(M.shape), np.full(len(b), -np.inf)
    plan[np.ix_(rows, columns)], v[columns] = _solve(a[rows], b[columns], M[np.ix_(rows, columns)])
    u = (M - v).min(axis=1)  # the best u for this v: feasible to the last digit, at points without mass too
    v = (M - u[:, None]).min(axis=0)
    return TransportPlan(plan, float((plan * M).sum()), u, v)


def _solve(a: np.ndarray, b: np.ndarray, M: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a plan (m, n) and the dual potential v (n,) for positive masses."""
    from scipy.optimize import linprog  # here, because scipy.optimize takes a while to load
    from scipy.sparse import eye_array, kron, vstack

    m, n = M.shape
    total, spread = a.sum(), np.ptp(M) or 1.0
    row_sums = kron(eye_array(m), np.ones((1, n)))  # acts on P, flattened row by row
    column_sums = kron(np.ones((1, m)), eye_array(n))
    result = linprog(
        ((M - M.min()) / spread).ravel(),
        A_eq=vstack([row_sums, column_sums], format="csr")[:-1],  # the last one follows from the others,
        b_eq=np.concatenate([a, b])[:-1] / total,  # but rounded masses may contradict it
        bounds=(0, None),
        method="highs-ds",
        options={"primal_feasibility_tolerance": LP_TOLERANCE, "dual_feasibility_tolerance": LP_TOLERANCE},
    )
    if result.status != 0:
        raise RuntimeError(f"the linear program was not solved ({result.message}); try `sinkhorn`")
    v = np.append(result.eqlin.marginals[m:], 0) * spread  # up to a constant, which u takes up
    return np.maximum(result.x, 0).reshape(m, n) * total, v


def wasserstein(
    X: ArrayLike,
    Y: ArrayLike,
    *,
    p: float = 1,
    a: ArrayLike | None = None,
    b: ArrayLike | None = None,
) -> float:
    """Return W_p = (min_P Σ_ij P_ij ‖x_i - y_j‖^p)^{1/p} of two weighted point clouds.

    Parameters
    ----------
    X : array_like of shape (m, d)
    Y : array_like of shape (n, d)
    p : float
        At least 1.
    a, b : array_like of shape (m,), (n,), optional
        Masses of equal totals; 1 / m and 1 / n each by default.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If the points or masses are not what `cost_matrix` and `transport_plan` ask for.

    Notes
    -----
    Equally many points of equal masses have a best plan that is a permutation (Birkhoff and von Neumann), which
    SciPy's assignment solver finds in O(n³), 1000 points in a fraction of a second; otherwise the cost is that of
    `transport_plan`. On the line `wasserstein_1d` is far faster.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] peyre2019computational, Propositions 2.1 and 2.2.

    Examples
    --------
    >>> wasserstein([[0, 0], [1, 0]], [[0, 2], [1, 2]], p=2)
    2.0
    """
    X, Y = as_points(X, Y)
    p = as_exponent(p)
    a, b = as_balanced_masses(a, b, (len(X), len(Y)))
    # powers of two: exact; squares and p-th powers of the scaled numbers cannot overflow
    size = power_of_two_below(max(np.abs(X).max(), np.abs(Y).max()))
    distances = cost_matrix(X / size, Y / size)
    M = (distances / power_of_two_below(distances.max())) ** p
    if len(a) == len(b) and np.ptp(a) == 0 == np.ptp(b):
        from scipy.optimize import linear_sum_assignment

        pairs = linear_sum_assignment(M)
        return size * weighted_norm(distances[pairs], a, p)
    return size * weighted_norm(distances.ravel(), transport_plan(a, b, M).plan.ravel(), p)
