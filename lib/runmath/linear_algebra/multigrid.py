"""Multigrid: relaxation for the oscillating part of the error, a coarser grid for the smooth part."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, times_power_of_two, unit_scaled, warn_unless_converged
from runmath.linear_algebra.grid_transfer import prolong, prolonged_cubically, restrict, sampled
from runmath.linear_algebra.multigrid_levels import DirectGrid, RedBlackGrid, SweptGrid
from runmath.linear_algebra.poisson import Poisson, coarse_shape
from runmath.linear_algebra.relaxation import (
    PoissonResult,
    Sweep,
    iterate,
    line_relaxation,
    red_black,
)

__all__ = [
    "default_smoother",
    "full_multigrid",
    "multigrid",
    "multigrid_cycle",
    "nested_iteration",
    "prolong",
    "restrict",
    "two_grid",
]

LINES_FROM = 1.2  # ratio of the couplings 1/h² from which on points smooth too slowly, and lines do it
COARSEST = 8  # points per axis, at most, of a grid that is solved directly


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
    coarse_shape(problem.shape)
    hierarchy = _Hierarchy(problem, "V", pre, post, smoother, n_grids=2)
    return hierarchy.one_cycle(problem.as_grid(v, "v"), problem.as_grid(f, "f"))


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
    A V-cycle costs 4/3 of its work on the finest grid in two dimensions, and twice that work in one; a W-cycle
    twice, and log₂ N times. Below the finest grid, those of at most 8 points an axis are solved directly. In one
    dimension with σ = 0 a red-black cycle on 2^k intervals is a direct solver. With a symmetric smoother, such as
    `jacobi`, as many sweeps after as before, and v = 0 the cycle is a symmetric map of f, which preconditions
    `conjugate_gradients`; red-black is not symmetric. Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] brandt1977multilevel.
    .. [2] briggs2000multigrid, Chapter 3.

    Examples
    --------
    >>> multigrid_cycle(Poisson((3,), lengths=(4,)), [0, 0, 0], [0, 0, 4])
    array([1., 2., 3.])
    """
    hierarchy = _Hierarchy(problem, kind, pre, post, smoother)
    return hierarchy.one_cycle(problem.as_grid(v, "v"), problem.as_grid(f, "f"))


def multigrid(
    problem: Poisson,
    f: ArrayLike,
    *,
    kind: str = "V",
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
    kind, smoother :
        As in `multigrid_cycle`, with one sweep before and one after each correction.
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
    OverflowError
        If the solution exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    With the default smoother a V-cycle leaves less than 0.15 of the error, on every grid with 2^k intervals an
    axis, for every σ ≥ 0 and all mesh widths (measured: 0.12, a W-cycle 0.075, for equal widths and σ = 0).
    Other shapes have coarse grids whose points lie between the fine ones, and leave up to 0.2.
    The memory is about five grids. Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] trottenberg2001multigrid, Chapter 2.

    Examples
    --------
    >>> multigrid(Poisson((3,), lengths=(4,)), [0, 0, 4]).solution
    array([1., 2., 3.])
    """
    v = None if v0 is None else problem.as_grid(v0, "v0")
    f, e = unit_scaled(problem.as_grid(f, "f"))
    if v is not None:
        v, e = unit_scaled(v) if not f.any() else (np.ldexp(v, -e), e)
    hierarchy = _Hierarchy(problem, kind, 1, 1, smoother)
    hierarchy.grids[0].load(f, v)
    return hierarchy.iterate(f, e, tol, max_iter)


def full_multigrid(
    problem: Poisson,
    f: ArrayLike,
    *,
    kind: str = "V",
    tol: float = 1e-8,
    max_iter: int = 50,
    smoother: Sweep | None = None,
) -> PoissonResult:
    """Solve A v = f by `nested_iteration`, then by cycles until ‖f - A v‖ ≤ tol ‖f‖.

    Parameters
    ----------
    problem, f, kind, tol, max_iter, smoother :
        As in `multigrid`.

    Returns
    -------
    PoissonResult
        history[0] belongs to the nested iteration, n_iter counts the cycles after it.

    Raises
    ------
    TypeError, ValueError
        If an argument does not fit.
    OverflowError
        If the solution exceeds the largest float64.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice.

    Notes
    -----
    For smooth f the start saves three to five of nine cycles, for rough f two. pyamg solves for any sparse
    matrix, whose coarse levels it has to find first, and takes about ten times as long on this problem; a sparse
    direct solver stores factors with O(N log N) entries. `Poisson.solve` is faster still where sines
    diagonalise A.
    Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] trottenberg2001multigrid, Section 2.6.

    Examples
    --------
    >>> full_multigrid(Poisson((3,), lengths=(4,)), [0, 0, 4]).solution
    array([1., 2., 3.])
    """
    f, e = unit_scaled(problem.as_grid(f, "f"))
    hierarchy = _Hierarchy(problem, kind, 1, 1, smoother)
    hierarchy.nest(f, cycles=1)
    return hierarchy.iterate(f, e, tol, max_iter)


def nested_iteration(
    problem: Poisson,
    f: ArrayLike,
    *,
    cycles: int = 1,
    kind: str = "V",
    smoother: Sweep | None = None,
) -> np.ndarray:
    """Return an approximation of A⁻¹ f: solve on the coarsest grid, then interpolate and cycle grid by grid.

    Parameters
    ----------
    problem : Poisson
    f : array_like of the grid's shape
    cycles : int
        Cycles on each grid.
    kind, smoother :
        As in `multigrid_cycle`, with one sweep before and one after each correction.

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
    hierarchy = _Hierarchy(problem, kind, 1, 1, smoother)
    hierarchy.nest(problem.as_grid(f, "f"), as_integer(cycles, "cycles", low=0))
    return hierarchy.grids[0].values()


def default_smoother(problem: Poisson) -> Sweep:
    """Return `red_black`, or `line_relaxation` along the smaller mesh width where the widths differ too much."""
    couplings = problem.couplings
    if max(couplings) < LINES_FROM * min(couplings):
        return red_black
    axis = int(np.argmax(couplings))
    return lambda problem, v, f: line_relaxation(problem, v, f, axis=axis)


class _Hierarchy:
    """All grids of a problem, from the finest to the coarsest, and the ways through them."""

    def __init__(
        self, problem: Poisson, kind: str, pre: int, post: int, smoother: Sweep | None, n_grids: int = 64
    ) -> None:
        if kind not in ("V", "W"):
            raise ValueError(f'`kind` must be "V" or "W", got {kind!r}')
        self.visits = {"V": 1, "W": 2}[kind]
        self.pre, self.post = as_integer(pre, "pre", low=0), as_integer(post, "post", low=0)
        self.grids: list = []
        while max(problem.shape) > (COARSEST if self.grids else 2) and len(self.grids) < n_grids - 1:
            sweep = smoother or default_smoother(problem)
            self.grids.append(
                RedBlackGrid(problem, pre=pre, post=post) if sweep is red_black else SweptGrid(problem, sweep)
            )
            problem = problem.coarse()
        self.grids.append(DirectGrid(problem))

    def cycle(self, k: int = 0) -> None:
        """Improve the values on grid k."""
        if k == len(self.grids) - 1:
            return  # solved when it was loaded
        fine, coarse = self.grids[k : k + 2]
        fine.smooth(self.pre)
        coarse.load(fine.coarse_side(coarse.problem.shape))
        for _ in range(self.visits):
            self.cycle(k + 1)
        fine.correct(coarse.values())
        fine.smooth(self.post)

    def one_cycle(self, v: np.ndarray, f: np.ndarray) -> np.ndarray:
        self.grids[0].load(f, v)
        self.cycle()
        return self.grids[0].values()

    def nest(self, f: np.ndarray, cycles: int) -> None:
        """Solve on the coarsest grid, then interpolate and cycle grid by grid."""
        sides = [f]
        for grid in self.grids[1:]:
            sides.append(sampled(sides[-1], grid.problem.shape))
        self.grids[-1].load(sides[-1])
        for k in range(len(self.grids) - 2, -1, -1):
            v = prolonged_cubically(self.grids[k + 1].values(), self.grids[k].problem.shape)
            self.grids[k].load(sides[k], v)
            for _ in range(cycles):
                self.cycle(k)

    def iterate(self, f: np.ndarray, exponent: int, tol: float, max_iter: int) -> PoissonResult:
        """Cycle on the finest grid until the residual is small; the true f is f 2^exponent."""
        finest = self.grids[0]
        history = iterate(self.cycle, finest.residual_norm, float(np.linalg.norm(f)), tol, max_iter)
        warn_unless_converged(history[-1] <= tol, "multigrid", "raise `max_iter`")
        return PoissonResult(
            solution=times_power_of_two(finest.values(), exponent, "the solution"),
            converged=bool(history[-1] <= tol),
            n_iter=len(history) - 1,
            history=history,
        )
