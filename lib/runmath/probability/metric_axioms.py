"""The axioms of a metric, checked on finitely many points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from runmath.core import as_tolerance


@dataclass(frozen=True, eq=False)
class MetricReport:
    """Which axioms a distance keeps on some points.

    Parameters
    ----------
    distances : ndarray of shape (n, n)
        d(x_i, x_j).
    non_negative : bool
        d(x, y) >= 0.
    zero_on_diagonal : bool
        d(x, x) = 0.
    symmetric : bool
        d(x, y) = d(y, x).
    separates : bool
        d(x, y) = 0 only if x = y.
    triangle : bool
        d(x, z) <= d(x, y) + d(y, z).
    twins : tuple (i, j) or None
        Two different points at distance zero.
    detour : tuple (i, j, k) or None
        The triple for which the way from i to k over j is shorter than the distance by most.
    """

    distances: np.ndarray
    non_negative: bool
    zero_on_diagonal: bool
    symmetric: bool
    separates: bool
    triangle: bool
    twins: tuple[int, int] | None
    detour: tuple[int, int, int] | None

    @property
    def kind(self) -> str:
        """Name what the distance is on these points: metric, pseudometric, semimetric or neither."""
        if not (self.non_negative and self.zero_on_diagonal and self.symmetric):
            return "neither"
        if self.triangle:
            return "metric" if self.separates else "pseudometric"
        return "semimetric" if self.separates else "neither"


def metric_axioms(
    distance: Callable[[Any, Any], float],
    points: Sequence[Any],
    *,
    same: Callable[[Any, Any], bool] = np.array_equal,
    tol: float = 1e-9,
) -> MetricReport:
    """Test d >= 0, d(x, x) = 0, d(x, y) = d(y, x), d(x, y) = 0 => x = y and d(x, z) <= d(x, y) + d(y, z).

    Parameters
    ----------
    distance : callable
        Takes two points and returns a real number.
    points : sequence of n points
        Numbers, vectors, sets, distributions: whatever `distance` takes.
    same : callable
        Says whether two points are equal.
    tol : float
        What counts as zero, relative to the largest distance.

    Returns
    -------
    MetricReport

    Raises
    ------
    ValueError
        If there is no point or a distance is not a finite real number.

    Notes
    -----
    All n^2 pairs and n^3 triples are tried. A violation disproves that the distance is a metric; finding none
    proves nothing beyond these points. Chapter: probability/metrics-and-mahalanobis.

    References
    ----------
    :cite:t:`deza2009encyclopedia`, chapter 1.

    Examples
    --------
    >>> report = metric_axioms(lambda x, y: (x - y) ** 2, [0, 1, 2])
    >>> report.kind, report.detour
    ('semimetric', (0, 1, 2))
    """
    points, tol = list(points), as_tolerance(tol, "tol")
    if not points:
        raise ValueError("`points` must hold at least one point, got none")
    D = np.array([[distance(x, y) for y in points] for x in points])
    if D.shape != (len(points),) * 2 or D.dtype.kind not in "buif" or not np.isfinite(D).all():
        raise ValueError("`distance` must return a finite real number for every two points")
    D = D.astype(float)
    slack = tol * abs(D).max()
    equal = np.array([[bool(same(x, y)) for y in points] for x in points])
    twins = np.argwhere(~equal & (abs(D) <= slack))
    excess, detour = _worst_detour(D)
    return MetricReport(
        distances=D,
        non_negative=bool((-slack <= D).all()),
        zero_on_diagonal=bool((abs(D[equal]) <= slack).all()),
        symmetric=bool((abs(D - D.T) <= slack).all()),
        separates=len(twins) == 0,
        triangle=bool(excess <= slack),
        twins=(int(twins[0][0]), int(twins[0][1])) if len(twins) else None,
        detour=detour if excess > slack else None,
    )


def _worst_detour(D: np.ndarray) -> tuple[float, tuple[int, int, int]]:
    """Return the largest D_ik - D_ij - D_jk and its indices (i, j, k)."""
    worst, triple = -np.inf, (0, 0, 0)
    for j in range(len(D)):  # the stop
        excess = D - D[:, [j]] - D[[j]]
        i, k = np.unravel_index(excess.argmax(), D.shape)
        if excess[i, k] > worst:
            worst, triple = float(excess[i, k]), (int(i), j, int(k))
    return worst, triple
