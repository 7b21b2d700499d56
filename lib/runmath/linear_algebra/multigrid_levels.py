"""One grid of a multigrid method: how it smooths, what it tells the coarser grid, how it takes the correction."""

from __future__ import annotations

import numpy as np
from scipy import fft

from runmath.linear_algebra.grid_transfer import prolonged, restricted
from runmath.linear_algebra.poisson import Poisson
from runmath.linear_algebra.relaxation import (
    BLACK,
    RED,
    Parts,
    Sweep,
    inside,
    neighbour_sum,
    parities,
    relax_colour,
    right_sides,
)


class SweptGrid:
    """A grid under any smoother."""

    def __init__(self, problem: Poisson, sweep: Sweep) -> None:
        self.problem, self.sweep = problem, sweep

    def load(self, f: np.ndarray, v: np.ndarray | None = None) -> None:
        """Take the right-hand side, and values or zero."""
        self.f, self.v = f, np.zeros(self.problem.shape) if v is None else v

    def values(self) -> np.ndarray:
        """Return v."""
        return self.v

    def smooth(self, count: int) -> None:
        """Sweep `count` times."""
        for _ in range(count):
            self.v = self.sweep(self.problem, self.v, self.f)

    def residual_norm(self) -> float:
        """Return ‖f - A v‖."""
        return float(np.linalg.norm(self.problem.residual(self.v, self.f)))

    def coarse_side(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return R (f - A v)."""
        return restricted(self.problem.residual(self.v, self.f), shape)

    def correct(self, e: np.ndarray) -> None:
        """Add P e to v."""
        self.v = self.v + prolonged(e, self.problem.shape)


class RedBlackGrid:
    """A grid under red-black relaxation, in four arrays, one for each pair of parities of the indices.

    The arrays have no gaps, which makes a sweep more than twice as fast as on one array with stride 2. After a
    sweep the residual is zero at the black points, so that the coarse grid needs only that of the red ones; and
    the next sweep overwrites the red points without looking at them, so that only black ones need a correction.
    """

    def __init__(self, problem: Poisson, *, pre: int, post: int) -> None:
        self.problem, self.pre, self.post = problem, pre, post
        self.u: Parts = {p: w.copy() for p, w in parities(np.zeros([n + 2 for n in problem.shape])).items()}
        self.work = np.empty(max(w.size for w in self.u.values()))
        self.nested = len(problem.shape) == 2 and all(n >= 3 and n % 2 for n in problem.shape)

    def load(self, f: np.ndarray, v: np.ndarray | None = None) -> None:
        """Take the right-hand side, and values or zero."""
        self.g = right_sides(self.problem, f)
        for parity, w in self._inside():
            w[...] = 0.0 if v is None else v[_places(parity)]

    def values(self) -> np.ndarray:
        """Return v."""
        v = np.empty(self.problem.shape)
        for parity, w in self._inside():
            v[_places(parity)] = w
        return v

    def smooth(self, count: int) -> None:
        """Sweep `count` times."""
        for _ in range(count):
            relax_colour(self.problem, self.u, self.g, RED, self.work)
            relax_colour(self.problem, self.u, self.g, BLACK, self.work)

    def residual_norm(self) -> float:
        """Return ‖f - A v‖."""
        parts = [self._residual(parity) for parity in self.u]
        return float(np.sqrt(sum(np.vdot(r, r) for r in parts))) * self.problem.couplings[-1]

    def coarse_side(self, shape: tuple[int, ...]) -> np.ndarray:
        """Return R (f - A v)."""
        if self.nested and self.pre:
            corners, coarse = self._residual((1, 1)), self._residual((0, 0))
            rows = corners[:-1] + corners[1:]
            coarse += (rows[:, :-1] + rows[:, 1:]) / 4
            coarse *= self.problem.couplings[-1] / 4  # black neighbours have the weight 1/8 and no residual
            return coarse
        r = np.empty(self.problem.shape)
        for parity in self.u:
            r[_places(parity)] = self._residual(parity)
        r *= self.problem.couplings[-1]
        return restricted(r, shape)

    def correct(self, e: np.ndarray) -> None:
        """Add P e to v; to its black points only, where a sweep comes next."""
        if self.nested and self.pre and self.post:
            C, half = np.pad(e, 1), slice(1, -1)
            self.u[1, 0][:, half] += (C[:-1, half] + C[1:, half]) / 2
            self.u[0, 1][half] += (C[half, :-1] + C[half, 1:]) / 2
            return
        fine = prolonged(e, self.problem.shape)
        for parity, w in self._inside():
            w += fine[_places(parity)]

    def _inside(self) -> list[tuple[tuple[int, ...], np.ndarray]]:
        return [(parity, w[inside(self.problem.shape, parity)]) for parity, w in self.u.items()]

    def _residual(self, parity: tuple[int, ...]) -> np.ndarray:
        """Return (f - A v) h² at the points of one parity, h being the width of the last axis."""
        r = np.empty_like(self.g[parity])
        neighbour_sum(self.problem, self.u, parity, r)
        r += self.g[parity]
        centre = self.u[parity][inside(self.problem.shape, parity)]
        r -= (self.problem.diagonal / self.problem.couplings[-1]) * centre
        return r


class DirectGrid:
    """The coarsest grid, solved exactly by sine transforms."""

    def __init__(self, problem: Poisson) -> None:
        self.problem, self.eigenvalues = problem, problem.eigenvalues()

    def load(self, f: np.ndarray, v: np.ndarray | None = None) -> None:
        """Solve A v = f."""
        self.f = f
        self.v = fft.dstn(fft.dstn(f, type=1, norm="ortho") / self.eigenvalues, type=1, norm="ortho")

    def values(self) -> np.ndarray:
        """Return v."""
        return self.v

    def residual_norm(self) -> float:
        """Return ‖f - A v‖, which is rounding."""
        return float(np.linalg.norm(self.problem.residual(self.v, self.f)))


def _places(parity: tuple[int, ...]) -> tuple[slice, ...]:
    """Return where the points of one parity of the indices 1, 2, ... stand in an array of the grid's shape."""
    return tuple(slice(1 - p, None, 2) for p in parity)
