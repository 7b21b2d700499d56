"""Multigrid: relaxation for the oscillating part of the error, a coarser grid for the smooth part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from runmath.core import as_integer, as_matrix, as_vector
from runmath.linear_algebra.poisson import Poisson, coarse_shape
from runmath.linear_algebra.relaxation import (
    PoissonResult,
    Sweep,
    iterate,
    line_relaxation,
    red_black,
)

LINES_FROM = 1.2  # ratio of the couplings 1/h² from which on points smooth too slowly, and lines do it


def restrict(r: ArrayLike) -> np.ndarray:
    """Return the full weighting R r on the next coarser grid: [1 2 1]/4 along each axis.

    Parameters
    ----------
    r : array_like of shape (n,) or (n1, n2)
        Values at the interior points; zero on the boundary.

    Returns
    -------
    ndarray of the shape of `Poisson.coarse`

    Raises
    ------
    TypeError, ValueError
        If `r` is not a finite real array with one or two axes, or no axis has three points.

    Notes
    -----
    R = ∏ (h / H) Pᵀ, P being `prolong` and H / h the ratio of the mesh widths of each coarsened axis: 1/4 of Pᵀ
    where both axes have an even number of intervals. For an odd number the weights vary along the axis.
    Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] briggs2000multigrid, Chapter 3.

    Examples
    --------
    >>> restrict([1.0, 2.0, 3.0])
    array([2.])
    """
    r = _as_values(r, "r")
    return _restrict(r, coarse_shape(r.shape))


def prolong(v: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    """Return the (bi)linear interpolation P v at the points of the next finer grid.

    Parameters
    ----------
    v : array_like of shape (n,) or (n1, n2)
        Values at the interior points; zero on the boundary.
    shape : tuple of int
        Of the finer grid, whose coarse grid has the shape of `v`.

    Returns
    -------
    ndarray of shape `shape`

    Raises
    ------
    TypeError, ValueError
        If `v` is not a finite real array with one or two axes, or its grid is not the coarse one of `shape`.

    Notes
    -----
    Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] briggs2000multigrid, Chapter 3.

    Examples
    --------
    >>> prolong([2.0], (3,))
    array([1., 2., 1.])
    """
    v, shape = _as_values(v, "v"), Poisson(shape).shape
    if coarse_shape(shape) != v.shape:
        raise ValueError(f"`v` must have the shape {coarse_shape(shape)} coarse to {shape}, got {v.shape}")
    return _prolong(v, shape)


def two_grid(
    problem: Poisson,
    v: ArrayLike,
    f: ArrayLike,
    *,
    pre: int = 1,
    post: int = 1,
    smoother: Sweep | None = None,
) -> np.ndarray:
    """Return v after one cycle on two grids for A v = f: sweeps, v + P A_H⁻¹ R (f - A v), sweeps.

    Parameters
    ----------
    problem, v, f, pre, post, smoother :
        As in `multigrid_cycle`; here the coarse problem is solved exactly.

    Returns
    -------
    ndarray of the grid's shape

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit, or the grid has no coarser one.

    Notes
    -----
    The error is multiplied by S^post (I - P A_H⁻¹ R A) S^pre, S being that of the smoother.
    Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] briggs2000multigrid, Chapter 3.

    Examples
    --------
    >>> two_grid(Poisson((3,), lengths=(4,)), [0, 0, 0], [0, 0, 4])
    array([1., 2., 3.])
    """
    v, f, cycle = _checked(problem, v, f, _Cycle("V", pre, post, smoother))
    coarse_shape(problem.shape)
    return cycle.run(problem, v, f, n_levels=2)


def multigrid_cycle(
    problem: Poisson,
    v: ArrayLike,
    f: ArrayLike,
    *,
    kind: str = "V",
    pre: int = 1,
    post: int = 1,
    smoother: Sweep | None = None,
) -> np.ndarray:
    """Return v after one V- or W-cycle for A v = f on all grids.

    Parameters
    ----------
    problem : Poisson
    v, f : array_like of the grid's shape
    kind : "V" or "W"
        How often each coarse problem is visited before its correction is used: once or twice.
    pre, post : int
        Sweeps before and after the correction.
    smoother : callable, optional
        v_new = smoother(problem, v, f); `default_smoother` if not given.

    Returns
    -------
    ndarray of the grid's shape

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.

    Notes
    -----
    A V-cycle costs 4/3 of its work on the finest grid in two dimensions, and 2 in one; a W-cycle 2 and log₂ N.
    Grids of one or two points an axis are solved directly. Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] brandt1977multilevel.
    .. [2] briggs2000multigrid, Chapter 3.

    Examples
    --------
    >>> multigrid_cycle(Poisson((3,), lengths=(4,)), [0, 0, 0], [0, 0, 4])
    array([1., 2., 3.])
    """
    v, f, cycle = _checked(problem, v, f, _Cycle(kind, pre, post, smoother))
    return cycle.run(problem, v, f)


def multigrid(
    problem: Poisson,
    f: ArrayLike,
    *,
    kind: str = "V",
    pre: int = 1,
    post: int = 1,
    tol: float = 1e-8,
    max_iter: int = 50,
    v0: ArrayLike | None = None,
    smoother: Sweep | None = None,
) -> PoissonResult:
    """Solve A v = f by multigrid cycles until ‖f - A v‖ ≤ tol ‖f‖.

    Parameters
    ----------
    problem : Poisson
    f : array_like of the grid's shape
    kind, pre, post, smoother :
        As in `multigrid_cycle`.
    tol : float
        Relative to f, or to the first residual where f = 0.
    max_iter : int
        Cycles before giving up.
    v0 : array_like of the grid's shape, optional
        Where to start; zero by default.

    Returns
    -------
    PoissonResult

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] trottenberg2001multigrid, Chapter 2.

    Examples
    --------
    >>> multigrid(Poisson((3,), lengths=(4,)), [0, 0, 4]).solution
    array([1., 2., 3.])
    """
    f = problem.as_grid(f, "f")
    v = np.zeros(problem.shape) if v0 is None else problem.as_grid(v0, "v0")
    cycle = _Cycle(kind, pre, post, smoother)
    return iterate(problem, f, v, cycle.run, tol, max_iter, "multigrid", "raise `pre`, `post` or `max_iter`")


def full_multigrid(
    problem: Poisson,
    f: ArrayLike,
    *,
    kind: str = "V",
    pre: int = 1,
    post: int = 1,
    tol: float = 1e-8,
    max_iter: int = 50,
    smoother: Sweep | None = None,
) -> PoissonResult:
    """Solve A v = f by `nested_iteration`, then by cycles until ‖f - A v‖ ≤ tol ‖f‖.

    Parameters
    ----------
    problem, f, kind, pre, post, tol, max_iter, smoother :
        As in `multigrid`.

    Returns
    -------
    PoissonResult
        history[0] belongs to the nested iteration, n_iter counts the cycles after it.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] trottenberg2001multigrid, Section 2.6.

    Examples
    --------
    >>> full_multigrid(Poisson((3,), lengths=(4,)), [0, 0, 4]).solution
    array([1., 2., 3.])
    """
    v0 = nested_iteration(problem, f, kind=kind, pre=pre, post=post, smoother=smoother)
    return multigrid(
        problem, f, kind=kind, pre=pre, post=post, tol=tol, max_iter=max_iter, v0=v0, smoother=smoother
    )


def nested_iteration(
    problem: Poisson,
    f: ArrayLike,
    *,
    cycles: int = 1,
    kind: str = "V",
    pre: int = 1,
    post: int = 1,
    smoother: Sweep | None = None,
) -> np.ndarray:
    """Return an approximation of A⁻¹ f: solve on the coarsest grid, then interpolate and cycle grid by grid.

    Parameters
    ----------
    problem : Poisson
    f : array_like of the grid's shape
    cycles : int
        Cycles on each grid.
    kind, pre, post, smoother :
        As in `multigrid_cycle`.

    Returns
    -------
    ndarray of the grid's shape

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.

    Notes
    -----
    One pass of "full multigrid": for a smooth u its distance from A⁻¹ f is below the error of discretisation on
    every grid, at a cost O(N), without a logarithm. Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] trottenberg2001multigrid, Section 2.6.

    Examples
    --------
    >>> nested_iteration(Poisson((3,), lengths=(4,)), [0, 0, 4])
    array([1., 2., 3.])
    """
    cycles = as_integer(cycles, "cycles", low=0)
    _, f, cycle = _checked(problem, np.zeros(problem.shape), f, _Cycle(kind, pre, post, smoother))
    problems, sides = [problem], [f]
    while max(problems[-1].shape) > 2:
        problems.append(problems[-1].coarse())
        sides.append(_restrict(sides[-1], problems[-1].shape))
    v = problems[-1].solve(sides[-1])
    for fine, g in zip(problems[-2::-1], sides[-2::-1], strict=True):
        v = _prolong(v, fine.shape)
        for _ in range(cycles):
            v = cycle.run(fine, v, g)
    return v


def default_smoother(problem: Poisson) -> Sweep:
    """Return `red_black`, or `line_relaxation` along the smaller mesh width where the widths differ too much."""
    couplings = problem.couplings
    if max(couplings) < LINES_FROM * min(couplings):
        return red_black
    axis = int(np.argmax(couplings))
    return lambda problem, v, f: line_relaxation(problem, v, f, axis=axis)


@dataclass(frozen=True)
class _Cycle:
    kind: str
    pre: int
    post: int
    smoother: Sweep | None

    def __post_init__(self) -> None:
        if self.kind not in ("V", "W"):
            raise ValueError(f'`kind` must be "V" or "W", got {self.kind!r}')
        as_integer(self.pre, "pre", low=0)
        as_integer(self.post, "post", low=0)

    def run(self, problem: Poisson, v: np.ndarray, f: np.ndarray, n_levels: int = 64) -> np.ndarray:
        if max(problem.shape) <= 2 or n_levels == 1:
            return problem.solve(f)
        smooth = self.smoother or default_smoother(problem)
        for _ in range(self.pre):
            v = smooth(problem, v, f)
        coarse = problem.coarse()
        r = _restrict(problem.residual(v, f), coarse.shape)
        e = np.zeros(coarse.shape)
        for _ in range(2 if self.kind == "W" else 1):
            e = self.run(coarse, e, r, n_levels - 1)
        v = v + _prolong(e, problem.shape)
        for _ in range(self.post):
            v = smooth(problem, v, f)
        return v


def _checked(problem: Poisson, v: ArrayLike, f: ArrayLike, cycle: _Cycle) -> tuple:
    return problem.as_grid(v, "v"), problem.as_grid(f, "f"), cycle


def _as_values(value: ArrayLike, name: str) -> np.ndarray:
    return as_matrix(value, name) if np.ndim(value) == 2 else as_vector(value, name)


def _prolong(v: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    for axis, n in enumerate(shape):
        v = _along(interpolation(n, v.shape[axis]), v, axis)
    return v


def _restrict(r: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    for axis, m in enumerate(shape):
        n = r.shape[axis]
        r = _along(interpolation(n, m).T * ((m + 1) / (n + 1)), r, axis)
    return r


def _along(M: sparse.sparray, v: np.ndarray, axis: int) -> np.ndarray:
    return M @ v if axis == 0 else (M @ v.T).T


def interpolation(n: int, m: int) -> sparse.csr_array:
    """Return the matrix (n, m) of linear interpolation from m to n interior points of one interval."""
    if n == m:
        return sparse.csr_array(sparse.eye_array(n))
    s = np.arange(1, n + 1) * (m + 1) / (n + 1)  # coarse coordinates of the fine points
    left = np.floor(s).astype(int)
    rows = np.arange(n)
    weights = np.concatenate([1 - (s - left), s - left])
    columns = np.concatenate([left, left + 1])
    keep = (columns >= 1) & (columns <= m) & (weights > 0)
    return sparse.csr_array(
        (weights[keep], (np.concatenate([rows, rows])[keep], columns[keep] - 1)), shape=(n, m)
    )
