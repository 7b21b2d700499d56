"""Entropic optimal transport by matrix scaling that neither overflows nor underflows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import IterativeResult, as_integer, as_matrix, as_tolerance, warn_unless_converged
from runmath.probability.optimal_transport.measures import as_balanced_masses, as_real

NEGLIGIBLE_MASS = 1e-100  # of the total; such points follow the others and do not take part in the iteration
FLUSH = (
    1e-200  # smaller entries of the kernel are 0: numbers near 1e-308 slow the products down a hundredfold
)
ABSORB = 1e50  # scalings beyond move into the potentials; products with FLUSH still matter to nobody
COARSEST = 0.05  # of the range of M: from here the regularisation falls to its final value,
STAGE_FACTOR = 4.0  # by this factor each time,
STAGE_TOL = 1e-3  # once the violation is this small in comparison with the norm of the marginal
WINDOW = 10  # iterations between two looks at the rate of convergence


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
        Iterations taken, each one update of f and one of g; those at coarser regularisations count.
    history : ndarray of shape (n_iter + 1,)
        Euclidean norm of the violation of the column sums, for masses of total 1.
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
        Bound of the violation ‖Pᵀ1 - b‖₂ / Σ b.
    max_iter : int

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
    One iteration is two products with an m by n matrix. Three things are added to the textbook form
    u = a / (K v), v = b / (Kᵀ u) with K = exp(-M / reg). The kernel is exp((f_i + g_j - M_ij) / reg), and
    the scalings are absorbed into f and g before they grow large, so that nothing overflows at any `reg` [2]_.
    A small `reg` is reached in stages from a coarse one [2]_. Steps in log u and log v are lengthened by the
    factor ω of successive over-relaxation, estimated from the observed rate; the last steps are plain [3]_.
    The error of the cost against the linear program is at most reg log min(m, n) for masses of total 1.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] cuturi2013sinkhorn; peyre2019computational, Section 4.2.
    .. [2] schmitzer2019stabilized, Algorithm 2.
    .. [3] thibault2021overrelaxed.

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
    a, b = a / total, b / total
    rows, columns = np.flatnonzero(a > NEGLIGIBLE_MASS), np.flatnonzero(b > NEGLIGIBLE_MASS)
    f, g = np.zeros(len(a)), np.zeros(len(b))
    everywhere = len(rows) == len(a) and len(columns) == len(b)
    core = M if everywhere else M[np.ix_(rows, columns)]
    f[rows], g[columns], plan, history = _solve(a[rows], b[columns], core, reg, tol, max_iter)
    if not everywhere:
        plan = _extend(f, g, a, b, M, reg, rows, columns, plan)
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


def _extend(f, g, a, b, M, reg, rows, columns, core):
    """Fill in the potentials of points without mass, f_i = -reg log Σ_j b_j exp((g_j - M_ij) / reg)."""
    for i in np.setdiff1d(np.arange(len(a)), rows):
        f[i] = reg * softmin((M[i, columns] - g[columns]) / reg, b[columns])
    for j in np.setdiff1d(np.arange(len(b)), columns):
        g[j] = reg * softmin((M[rows, j] - f[rows]) / reg, a[rows])
    plan = np.zeros(M.shape)
    plan[np.ix_(rows, columns)] = core
    return plan


def softmin(costs: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Return -log Σ_j masses_j exp(-costs_j) along the last axis, shifted so that it cannot overflow.

    Examples
    --------
    >>> softmin(np.array([1000.0, 1000.0]), np.array([0.5, 0.5]))
    np.float64(1000.0)
    """
    low = costs.min(axis=-1, keepdims=True)
    return low[..., 0] - np.log(np.exp(low - costs) @ masses)


def _solve(a, b, M, reg, tol, max_iter):
    """Lower the regularisation in stages; return f, g, the plan, and the violations."""
    f = M.min(axis=1)
    g = (M - f[:, None]).min(axis=0)  # now every row and column has an entry with M = f + g
    stage_reg = max(reg, COARSEST * np.ptp(M))
    history = [_violation(b, a @ _kernel(f, g, M, stage_reg))]
    while True:
        last = stage_reg == reg
        stage_tol = tol if last else max(tol, STAGE_TOL * np.linalg.norm(b))
        f, g, plan = _iterate(a, b, M, stage_reg, f, g, stage_tol, max_iter, history)
        if last:
            return f, g, plan, history
        stage_reg = max(reg, stage_reg / STAGE_FACTOR)


def _kernel(f, g, M, reg):
    """Return exp((f_i + g_j - M_ij) / reg)."""
    K = np.add.outer(f, g)
    K -= M
    K /= reg
    np.maximum(K, np.log(FLUSH) - 1, out=K)
    np.exp(K, out=K)
    K[K < FLUSH] = 0
    return K


def _violation(b, factors):
    """Return ‖column sums - b‖₂ where the column sums are b times these factors."""
    return float(np.linalg.norm(b * (factors - 1)))


def _iterate(a, b, M, reg, f, g, tol, max_iter, history):
    """Scale rows and columns of one kernel until the column sums are right; appends to the history."""
    K = _kernel(f, g, M, reg)
    u, v = np.ones(len(a)), np.ones(len(b))
    omega, since, best, relax = 1.0, 0, np.inf, True
    while True:
        rows = u * (K @ (b * v))  # row sums / a
        u = u * rows**-omega
        columns = v * ((a * u) @ K)  # column sums / b
        error = _violation(b, columns)
        if omega > 1:
            error = max(error, _violation(a, rows))
        history.append(error)
        if omega == 1 and (error <= tol or len(history) > max_iter):
            break
        if error <= tol or len(history) >= max_iter:  # plain steps make the rows exact at the end
            omega, relax = 1.0, False
        v = v * columns**-omega
        if max(u.max(), v.max(), 1 / u.min(), 1 / v.min()) > ABSORB:
            f, g = f + reg * np.log(u), g + reg * np.log(v)
            K = _kernel(f, g, M, reg)
            u, v = np.ones(len(a)), np.ones(len(b))
        since += 1
        if relax and omega > 1 and error > 3 * best:
            omega, since, best = 1.0, 0, error
        best = min(best, error)
        if relax and since >= WINDOW:
            omega, since = _relaxation(omega, (history[-1] / history[-1 - WINDOW]) ** (1 / WINDOW)), 0
    K *= (a * u)[:, None]
    K *= b * v
    return f + reg * np.log(u), g + reg * np.log(v), K


def _relaxation(omega, rate):
    """Return the factor ω for an observed rate of convergence under the present one."""
    if rate >= 1 or rate <= omega - 1 + 2e-3 or rate < 0.3:
        return omega
    plain = (rate + omega - 1) ** 2 / (rate * omega**2)  # the rate of plain steps, by Young's relation
    return max(omega, 2 / (1 + np.sqrt(1 - plain))) if plain < 1 else omega
