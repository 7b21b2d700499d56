"""Entropic optimal transport by matrix scaling that neither overflows nor underflows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import IterativeResult, as_integer, as_matrix, as_tolerance, warn_unless_converged
from runmath.probability.optimal_transport.dual_ascent import solve_dual
from runmath.probability.optimal_transport.measures import as_balanced_masses, as_real

NEGLIGIBLE_MASS = 1e-100  # of the total; such points follow the others and take no part in the iteration


@dataclass(frozen=True, kw_only=True, eq=False)
class SinkhornResult(IterativeResult):
    """An entropic transport plan, plan_ij = a_i b_j exp((f_i + g_j - M_ij) / reg).

    Parameters
    ----------
    plan : ndarray of shape (m, n)
        Its rows sum to a and its columns to b, to the tolerance.
    cost : float
        Σ_ij plan_ij M_ij, without the entropy.
    f : ndarray of shape (m,)
        Potential of the rows.
    g : ndarray of shape (n,)
        Potential of the columns.
    reg : float
        The regularisation that the plan belongs to.
    converged : bool
        Whether the tolerance was reached.
    n_iter : int
        Steps taken, plain or Newton's, those at coarser regularisations included.
    history : ndarray of shape (n_iter + 1,)
        Euclidean norm of the violation of the marginal with fewer points, for masses of total 1, before each step
        and at the end; the other marginal is exact. It may rise where the regularisation falls.
    """

    plan: np.ndarray
    cost: float
    f: np.ndarray
    g: np.ndarray
    reg: float


def sinkhorn(
    a: ArrayLike, b: ArrayLike, M: ArrayLike, *, reg: float, tol: float = 1e-9, max_iter: int = 10_000
) -> SinkhornResult:
    """Solve min_P Σ_ij P_ij M_ij + reg KL(P | a bᵀ) over P ≥ 0 with row sums a and column sums b.

    Parameters
    ----------
    a : array_like of shape (m,)
        Masses to be moved, not negative.
    b : array_like of shape (n,)
        Masses wanted, not negative, with the total of a.
    M : array_like of shape (m, n)
        Cost of moving one unit of mass from i to j.
    reg : float
        Positive, in the units of `M`.
    tol : float
        Bound of the violation ‖P1 - a‖₂ / Σ a (or of Pᵀ1 and b, where m > n).
    max_iter : int
        Bound of the number of steps.

    Returns
    -------
    SinkhornResult

    Raises
    ------
    TypeError, ValueError
        If an argument is no array of finite real numbers of these shapes, a mass is negative, the totals differ,
        or `reg`, `tol` or `max_iter` is out of range.

    Warns
    -----
    ConvergenceWarning
        If the tolerance is not reached.

    Notes
    -----
    A plain step is the textbook's u = a / (K v), v = b / (Kᵀ u), two products of O(m n). Three things are added.
    The kernel is exp((f_i + g_j - M_ij) / reg), and the scalings are absorbed into f and g before they grow large,
    so that nothing overflows at any `reg` [2]_. A small `reg` is reached in stages from a coarse one [2]_. Where
    plain steps are slow, Newton's take over [3]_: some dozens of products, or O(m² n) where those do not suffice.
    Memory is three matrices m by n. The cost exceeds that of the linear program by at most
    reg log min(m, n) for masses of total 1. Where `reg` is below 1e-10 times the range of M, rounding of the
    exponents spoils the tolerance; use `transport_plan`.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] cuturi2013sinkhorn; peyre2019computational, Section 4.2.
    .. [2] schmitzer2019stabilized.
    .. [3] brauer2017sinkhorn.

    Examples
    --------
    >>> result = sinkhorn([0.5, 0.5], [0.5, 0.5], [[0, 1], [1, 0]], reg=1e-3)
    >>> result.plan, result.converged
    (array([[0.5, 0. ], [0. , 0.5]]), True)
    """
    M = as_matrix(M, "M")
    a, b = as_balanced_masses(a, b, M.shape)
    reg = as_real(reg, "reg", "positive and finite", low=0.0, open_low=True)
    tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter")
    total = a.sum()
    rows, columns = np.flatnonzero(a > NEGLIGIBLE_MASS * total), np.flatnonzero(b > NEGLIGIBLE_MASS * total)
    everywhere = len(rows) == len(a) and len(columns) == len(b)
    core = M if everywhere else M[np.ix_(rows, columns)]
    problem = a[rows] / total, b[columns] / total, core
    f, g, plan, history = _short_side_first(*problem, reg, tol, max_iter)
    if not everywhere:
        f, g = _extend(f, g, problem[0], problem[1], M, reg, rows, columns)
        whole = np.zeros(M.shape)
        whole[np.ix_(rows, columns)] = plan
        plan = whole
    converged = bool(history[-1] <= tol)
    warn_unless_converged(converged, "sinkhorn", "raise `max_iter`, `tol` or `reg`, or use `transport_plan`")
    plan *= total
    return SinkhornResult(
        plan=plan,
        cost=float(np.vdot(plan, M)),
        f=f,
        g=g,
        reg=reg,
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
    )


def _short_side_first(
    a: np.ndarray, b: np.ndarray, M: np.ndarray, reg: float, tol: float, max_iter: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[float]]:
    """Solve the dual problem with the smaller number of points as rows: Newton's matrix is square in them."""
    if M.shape[0] <= M.shape[1]:
        return solve_dual(a, b, M, reg, tol, max_iter)
    g, f, plan, history = solve_dual(b, a, np.ascontiguousarray(M.T), reg, tol, max_iter)
    return f, g, np.ascontiguousarray(plan.T), history


def _extend(
    f: np.ndarray,
    g: np.ndarray,
    a: np.ndarray,
    b: np.ndarray,
    M: np.ndarray,
    reg: float,
    rows: np.ndarray,
    columns: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Extend potentials to points without mass: f_i = -reg log Σ_j b_j exp((g_j - M_ij) / reg)."""
    f_all = reg * softmin((M[:, columns] - g) / reg, b)
    g_all = reg * softmin((M[rows].T - f) / reg, a)
    f_all[rows], g_all[columns] = f, g
    return f_all, g_all


def softmin(costs: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Return -log Σ_j masses_j exp(-costs_j) along the last axis, shifted so that it cannot overflow.

    Examples
    --------
    >>> softmin(np.array([[1000.0, 1000.0]]), np.array([0.5, 0.5]))
    array([1000.])
    """
    low = costs.min(axis=-1, keepdims=True)
    return low[..., 0] - np.log(np.exp(low - costs) @ masses)
