"""Relaxation: cheap sweeps over the grid that solve the equations of A v = f one by one, or line by line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_banded, solveh_banded

from runmath.core import IterativeResult, as_integer, as_tolerance, norm, warn_unless_converged
from runmath.linear_algebra.poisson import Poisson

Parts = dict[tuple[int, ...], np.ndarray]
Sweep = Callable[[Poisson, np.ndarray, np.ndarray], np.ndarray]
RED, BLACK = 0, 1  # even and odd sums of the indices i, j = 1, 2, ... of the grid points


@dataclass(frozen=True, kw_only=True, eq=False)
class PoissonResult(IterativeResult):
    """The grid function at which an iteration for A v = f stopped.

    Parameters
    ----------
    solution : ndarray of the grid's shape
    converged, n_iter, history :
        See `IterativeResult`; the history holds ‖f - A v‖ / ‖f‖, in 2-norms. Where f = 0, the first residual
        takes the place of f.
    """

    solution: np.ndarray


def jacobi(problem: Poisson, v: ArrayLike, f: ArrayLike, *, weight: float = 1.0) -> np.ndarray:
    """Return v + ω D⁻¹ (f - A v): every equation is solved with the old values of the neighbours.

    Parameters
    ----------
    problem : Poisson
    v, f : array_like of the grid's shape
    weight : float
        The factor ω. With ω = 1 the fastest oscillations stay; ω = 2/3 (in one dimension) or 4/5 (in two)
        damps the oscillating half of the modes most, at least to 1/3 or 3/5 a sweep, where σ = 0 and the mesh
        widths are equal.

    Returns
    -------
    ndarray of the grid's shape

    Raises
    ------
    TypeError, ValueError
        If the arrays do not fit the grid, or the weight is not positive.

    Notes
    -----
    Where σ = 0, an eigenvector of A to λ is multiplied by 1 - ω λ / d, d = Σ 2 / h².
    Chapter: linear-algebra/multigrid.

    References
    ----------
    .. [1] briggs2000multigrid, Chapter 2.

    Examples
    --------
    >>> jacobi(Poisson((3,), lengths=(4,)), [0, 2, 0], [2, 2, 2])
    array([2., 1., 2.])
    """
    if not 0 < weight < np.inf:
        raise ValueError(f"`weight` must be positive and finite, got {weight}")
    v = problem.as_grid(v, "v")
    return v + (weight / problem.diagonal) * problem.residual(v, f)


def gauss_seidel(problem: Poisson, v: ArrayLike, f: ArrayLike) -> np.ndarray:
    """Return the grid function after solving every equation in turn, row by row, with the newest neighbours.

    Parameters
    ----------
    problem : Poisson
    v, f : array_like of the grid's shape

    Returns
    -------
    ndarray of the grid's shape

    Raises
    ------
    TypeError, ValueError
        If the arrays do not fit the grid.

    Notes
    -----
    In two dimensions the points with equal i + j do not depend on each other, and follow those with i + j - 1:
    a sweep is n₁ + n₂ - 1 vector operations. In one dimension it is a bidiagonal solve. `red_black` needs two
    vector operations, and converges no slower. Chapter: linear-algebra/multigrid.

    References
    ----------
    .. [1] briggs2000multigrid, Chapter 2.

    Examples
    --------
    >>> gauss_seidel(Poisson((3,), lengths=(4,)), [0, 2, 0], [2, 2, 2])
    array([2., 2., 2.])
    """
    v, f = problem.as_grid(v, "v"), problem.as_grid(f, "f")
    d = problem.diagonal
    if v.ndim == 1:
        (c,) = problem.couplings
        f[:-1] += c * v[1:]  # old values on the right
        bands = np.array([[d], [-c]]) * np.ones(len(v))
        return solve_banded((1, 0), bands, f, check_finite=False)
    (c1, c2), (n1, n2) = problem.couplings, v.shape
    u, width = np.pad(v, 1), n2 + 2
    flat, g = u.ravel(), np.pad(f, 1).ravel()
    for k in range(2, n1 + n2 + 1):  # i + j = k, i = max(1, k - n2) .. min(n1, k - 1)
        first, last = max(1, k - n2), min(n1, k - 1)
        i = slice(first * width + k - first, last * width + k - last + 1, width - 1)
        up, down, left, right = (flat[i.start + s : i.stop + s : i.step] for s in (-width, width, -1, 1))
        flat[i] = (c1 * (up + down) + c2 * (left + right) + g[i]) / d
    return u[1:-1, 1:-1].copy()


def red_black(problem: Poisson, v: ArrayLike, f: ArrayLike) -> np.ndarray:
    """Return the grid function after solving all red equations, then all black ones, with the newest neighbours.

    Parameters
    ----------
    problem : Poisson
    v, f : array_like of the grid's shape

    Returns
    -------
    ndarray of the grid's shape

    Raises
    ------
    TypeError, ValueError
        If the arrays do not fit the grid.

    Notes
    -----
    Points whose indices i, j = 1, 2, ... have an even sum are red, so that the points of the coarse grid are red.
    All neighbours of a red point are black, and the other way round: the sweep is Gauss-Seidel in another order,
    in a few vector operations, and leaves no residual at the black points.
    Chapter: linear-algebra/multigrid.

    References
    ----------
    .. [1] trottenberg2001multigrid, Section 2.1.

    Examples
    --------
    >>> red_black(Poisson((3,), lengths=(4,)), [0, 2, 0], [2, 2, 2])
    array([1.5, 1. , 1.5])
    """
    v, f = problem.as_grid(v, "v"), problem.as_grid(f, "f")
    u = np.pad(v, 1)
    parts, g = parities(u), right_sides(problem, f)
    work = np.empty_like(v).ravel()
    for colour in (RED, BLACK):
        relax_colour(problem, parts, g, colour, work)
    return u[(slice(1, -1),) * v.ndim].copy()


def line_relaxation(problem: Poisson, v: ArrayLike, f: ArrayLike, *, axis: int) -> np.ndarray:
    """Return the grid function after solving for whole lines along `axis`: first the even lines, then the odd.

    Parameters
    ----------
    problem : Poisson
        Two-dimensional.
    v, f : array_like of shape (n1, n2)
    axis : 0 or 1
        The direction of the lines: that of the smaller mesh width, where neighbours are coupled most.

    Returns
    -------
    ndarray of shape (n1, n2)

    Raises
    ------
    TypeError, ValueError
        If the problem is not two-dimensional, or the arrays or the axis do not fit.

    Notes
    -----
    "Zebra" relaxation. A line is a tridiagonal system; even lines (indices 2, 4, ...) depend on odd ones only.
    Chapter: linear-algebra/multigrid-3.

    References
    ----------
    .. [1] trottenberg2001multigrid, Section 5.1.

    Examples
    --------
    >>> line_relaxation(Poisson((3, 1), lengths=(4, 2)), [[0], [0], [0]], [[3], [2], [3]], axis=0).ravel()
    array([1., 1., 1.])
    """
    if len(problem.shape) != 2:
        raise ValueError(f"`problem` must be two-dimensional, got the shape {problem.shape}")
    if axis not in (0, 1):
        raise ValueError(f"`axis` must be 0 or 1, got {axis!r}")
    v, f = problem.as_grid(v, "v"), problem.as_grid(f, "f")
    u = np.pad(v, 1)
    relax_lines(problem, u, f, axis)
    return u[1:-1, 1:-1].copy()


def relax(
    problem: Poisson,
    f: ArrayLike,
    sweep: Sweep,
    *,
    v0: ArrayLike | None = None,
    tol: float = 1e-8,
    max_iter: int = 1000,
) -> PoissonResult:
    """Solve A v = f by repeating `sweep` until ‖f - A v‖ ≤ tol ‖f‖.

    Parameters
    ----------
    problem : Poisson
    f : array_like of the grid's shape
    sweep : callable
        v_new = sweep(problem, v, f), such as `jacobi` or `red_black`.
    v0 : array_like of the grid's shape, optional
        Where to start; zero by default.
    tol : float
        Relative to f, or to the first residual where f = 0.
    max_iter : int
        Sweeps before giving up.

    Returns
    -------
    PoissonResult

    Raises
    ------
    TypeError, ValueError
        If an array does not fit the grid, or an option is out of range.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` did not suffice: smooth errors die by a factor 1 - O(h²) a sweep. `multigrid` is the remedy.

    Notes
    -----
    Chapter: linear-algebra/multigrid.

    Examples
    --------
    >>> relax(Poisson((1,)), [8.0], jacobi).solution
    array([1.])
    """
    f = problem.as_grid(f, "f")
    v = np.zeros(problem.shape) if v0 is None else problem.as_grid(v0, "v0")

    def step() -> None:
        nonlocal v
        v = sweep(problem, v, f)

    def residual_norm() -> float:
        return norm(problem.residual(v, f))

    history = iterate(step, residual_norm, norm(f), tol, max_iter)
    converged = bool(history[-1] <= tol)
    warn_unless_converged(converged, "relaxation", "use `multigrid`, or raise `max_iter`")
    return PoissonResult(solution=v, converged=converged, n_iter=len(history) - 1, history=history)


def iterate(
    step: Callable[[], None], residual_norm: Callable[[], float], scale: float, tol: float, max_iter: int
) -> np.ndarray:
    """Repeat `step` until the norm of the residual is at most tol · scale; return the norms over the scale.

    A scale of zero is replaced by the first norm.
    """
    tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter", low=0)
    norms = [residual_norm()]
    scale = scale or norms[0] or 1.0
    while norms[-1] > tol * scale and len(norms) <= max_iter:
        step()
        norms.append(residual_norm())
    return np.array(norms) / scale


def parities(u: np.ndarray) -> Parts:
    """Return views of an array by the parities of its indices: the values at (p, q) are u[p::2, q::2]."""
    return {start: u[tuple(slice(p, None, 2) for p in start)] for start in product((0, 1), repeat=u.ndim)}


def right_sides(problem: Poisson, f: np.ndarray) -> Parts:
    """Return f h² by parities of the points' indices 1, 2, ..., h being the width of the last axis."""
    c = problem.couplings[-1]
    return {
        start: f[tuple(slice(1 - p, None, 2) for p in start)] / c for start in product((0, 1), repeat=f.ndim)
    }


def inside(shape: tuple[int, ...], parity: tuple[int, ...]) -> tuple[slice, ...]:
    """Return where the interior points stand among those of one parity; the frame has the indices 0 and n + 1."""
    return tuple(slice(1 - p, (n + p) // 2 + 1 - p) for n, p in zip(shape, parity, strict=True))


def neighbour_sum(problem: Poisson, u: Parts, parity: tuple[int, ...], out: np.ndarray) -> None:
    """Write the sum of the neighbours of all points of one parity to `out`, weighted with c / (last axis' c)."""
    here = inside(problem.shape, parity)
    for axis, (n, p) in enumerate(zip(problem.shape, parity, strict=True)):
        m = (n + p) // 2  # number k of the points' own kind has numbers k and k + 1 of the other beside it
        other = u[(*parity[:axis], 1 - p, *parity[axis + 1 :])]
        before, after = (other[(*here[:axis], slice(k, m + k), *here[axis + 1 :])] for k in (0, 1))
        if axis == 0:
            np.add(before, after, out=out)
            if problem.couplings[0] != problem.couplings[-1]:
                out *= problem.couplings[0] / problem.couplings[-1]
        else:
            out += before
            out += after


def relax_colour(problem: Poisson, u: Parts, g: Parts, colour: int, work: np.ndarray) -> None:
    """Solve the equations of one colour in place: u = (g + neighbours) c / d; u with a frame of zeros, g without."""
    for parity, right in g.items():
        if sum(parity) % 2 == colour:
            total = work[: right.size].reshape(right.shape)
            neighbour_sum(problem, u, parity, total)
            total += right
            np.multiply(
                total, problem.couplings[-1] / problem.diagonal, out=u[parity][inside(problem.shape, parity)]
            )


def relax_lines(problem: Poisson, u: np.ndarray, f: np.ndarray, axis: int) -> None:
    """Solve even, then odd lines along `axis` in place; u has a frame of zeros, as in `relax_colour`."""
    if axis == 1:
        u, f = u.T, f.T  # the lines are now columns
    along, across = problem.couplings[axis], problem.couplings[1 - axis]
    bands = np.array([[-along], [problem.diagonal]]) * np.ones(f.shape[0])
    for first in (2, 1):
        if first > f.shape[1]:
            continue  # one line has no even ones
        right = f[:, first - 1 :: 2] + across * (u[1:-1, first - 1 : -2 : 2] + u[1:-1, first + 1 :: 2])
        if len(right) > 1:
            right = solveh_banded(bands, right, overwrite_b=True, check_finite=False)
        else:
            right /= problem.diagonal
        u[1:-1, first:-1:2] = right
