"""Lengths and shortest curves where the metric depends on the place."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import (
    IterativeResult,
    as_integer,
    as_matrix,
    as_tolerance,
    as_vector,
    warn_unless_converged,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MetricField = Callable[[np.ndarray], np.ndarray]  # places (m, d) -> symmetric positive definite (m, d, d)
REACH = 2  # a node of the grid is joined to those at most so many lines away: 16 directions in the plane
DIFFERENCE = 1e-5  # step of central differences of the metric, relative to the length of a segment


@dataclass(frozen=True, kw_only=True, eq=False)
class Geodesic(IterativeResult):
    """A curve of locally least length.

    Parameters
    ----------
    points : ndarray of shape (n_segments + 1, d)
        Equally spaced in the metric, the ends included.
    length : float
    """

    points: np.ndarray
    length: float


class LocalMetric:
    """Measure steps by the inverse local scatter: M(x) = (sum_i w_i (x_i - x)(x_i - x)' / n + floor I)^-1.

    The weights w_i = exp(-|x_i - x|^2 / 2 width^2) see only what is near.

    Parameters
    ----------
    data : array-like of shape (n, d)
    width : float
        Of the window.
    floor : float
        Variance that is added in every direction: where no data are near, M = I / floor.

    Raises
    ------
    ValueError
        If `width` or `floor` is not positive.

    Notes
    -----
    The weights are not divided by their sum: then steps away from the data would be cheap, since the points lie far
    off there. n d^2 operations for each place. Chapter: probability/metrics-and-mahalanobis-2.

    References
    ----------
    :cite:t:`arvanitidis2016locally`, there for diagonal matrices.

    Examples
    --------
    >>> LocalMetric([[1.0, 0.0], [-1.0, 0.0]], width=1e3, floor=0.25)([[0.0, 0.0]]).round(3)
    array([[[0.8, 0. ],
            [0. , 4. ]]])
    """

    def __init__(self, data: ArrayLike, *, width: float, floor: float):
        self.data = as_matrix(data, "data")
        for name, value in (("width", width), ("floor", floor)):
            if not 0 < value < np.inf:
                raise ValueError(f"`{name}` must be positive, got {value}")
        self.width, self.floor = float(width), float(floor)

    def covariance(self, places: ArrayLike) -> np.ndarray:
        """Return the inverse of the metric at places (m, d), of shape (m, d, d)."""
        places = as_matrix(places, "places")
        if places.shape[1] != self.data.shape[1]:
            raise ValueError(f"`places` must have {self.data.shape[1]} columns, got {places.shape[1]}")
        offset = self.data[None] - places[:, None]  # (m, n, d)
        weight = np.exp(-(offset**2).sum(axis=2) / (2 * self.width**2)) / len(self.data)
        scatter = (weight[:, :, None] * offset).swapaxes(1, 2) @ offset
        return scatter + self.floor * np.eye(places.shape[1])

    def __call__(self, places: ArrayLike) -> np.ndarray:
        """Return the metric at places (m, d), of shape (m, d, d)."""
        return np.linalg.inv(self.covariance(places))


def pull_back(jacobian: ArrayLike) -> np.ndarray:
    """Return J' J, the metric that a map with the Jacobian J brings to its parameters.

    Parameters
    ----------
    jacobian : array-like of shape (..., D, d)

    Returns
    -------
    ndarray of shape (..., d, d)
        Positive definite where J has independent columns, else positive semidefinite.

    Notes
    -----
    Chapter: probability/metrics-and-mahalanobis-2.

    Examples
    --------
    >>> pull_back([[3.0], [4.0]])
    array([[25.]])
    """
    J = np.asarray(jacobian, dtype=float)
    if J.ndim < 2:
        raise ValueError(f"`jacobian` must have at least two dimensions, got shape {J.shape}")
    return J.swapaxes(-1, -2) @ J


def curve_length(points: ArrayLike, metric: MetricField) -> float:
    """Return sum_k sqrt(s_k' M(m_k) s_k) over the steps s_k of a polygon, with the metric at their midpoints m_k.

    Parameters
    ----------
    points : array-like of shape (n, d), n >= 2
        Along the curve.
    metric : callable
        Takes places (m, d) and returns matrices (m, d, d).

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If there are fewer than two points, or the metric is not positive semidefinite along a step.

    Notes
    -----
    For a smooth curve and metric the error falls as 1/n^2. Chapter: probability/metrics-and-mahalanobis-2.

    Examples
    --------
    >>> curve_length([[0.0, 1.0], [3.0, 1.0]], lambda x: np.eye(2) / x[:, 1, None, None] ** 2)
    3.0
    """
    points = as_matrix(points, "points")
    if len(points) < 2:
        raise ValueError(f"`points` must hold at least two, got {len(points)}")
    return float(np.sqrt(_squares(points, metric)).sum())


def _squares(points: np.ndarray, metric: MetricField) -> np.ndarray:
    """Return the squared length of each step, shape (n - 1,)."""
    step, middle = np.diff(points, axis=0), (points[1:] + points[:-1]) / 2
    squares = np.einsum("ni,nij,nj->n", step, metric(middle), step)
    if not (squares >= 0).all():
        raise ValueError("`metric` must be positive semidefinite, got a step whose square is negative or NaN")
    return squares


def graph_geodesic(
    start: ArrayLike, end: ArrayLike, metric: MetricField, *, axes: Sequence[ArrayLike]
) -> np.ndarray:
    """Return the shortest path between the nodes of a grid that are nearest to two places.

    Parameters
    ----------
    start, end : array-like of shape (d,)
    metric : callable
        As in `curve_length`.
    axes : sequence of d increasing vectors
        The lines of the grid.

    Returns
    -------
    ndarray of shape (k, d)
        Nodes along the path, its ends replaced by `start` and `end`.

    Raises
    ------
    ValueError
        If the grid does not fit the places, both are nearest to the same node, or the metric is not positive
        semidefinite along an edge.

    Notes
    -----
    Dijkstra's algorithm on edges of 16 directions in the plane: N log N for N nodes. A path can only go in these
    directions, so that it is too long by up to 2.7 % where the metric is constant and round (more where it is not),
    however fine the grid: start `relax_geodesic` from it.
    Chapter: probability/metrics-and-mahalanobis-2.

    Examples
    --------
    >>> flat = lambda x: np.broadcast_to(np.eye(2), (len(x), 2, 2))
    >>> graph_geodesic([0, 0], [2, 2], flat, axes=[[0, 1, 2], [0, 1, 2]]).tolist()
    [[0.0, 0.0], [1.0, 1.0], [2.0, 2.0]]
    """
    from scipy.sparse.csgraph import dijkstra  # here, because it takes long to import

    start, end = as_vector(start, "start"), as_vector(end, "end", size=np.size(start))
    if len(axes) != len(start):
        raise ValueError(f"`axes` must hold {len(start)} increasing vectors, one for each coordinate")
    nodes, graph = metric_graph(metric, axes=axes)
    ends = [int(((nodes - place) ** 2).sum(axis=1).argmin()) for place in (start, end)]
    if ends[0] == ends[1]:
        raise ValueError("`start` and `end` must be nearest to different nodes; take a finer grid")
    before = dijkstra(graph, directed=False, indices=ends[0], return_predecessors=True)[1]
    path = [ends[1]]
    while path[-1] != ends[0]:
        path.append(before[path[-1]])
    points = nodes[path[::-1]]
    points[0], points[-1] = start, end
    return points


def metric_graph(metric: MetricField, *, axes: Sequence[ArrayLike]) -> tuple[np.ndarray, csr_array]:
    """Return the nodes of a grid, and the lengths of the edges between near ones as a sparse matrix.

    Parameters
    ----------
    metric : callable
        As in `curve_length`.
    axes : sequence of d increasing vectors
        The lines of the grid; the last axis runs fastest among the nodes.

    Returns
    -------
    nodes : ndarray of shape (N, d)
    graph : csr_array of shape (N, N)
        Each edge once: pass ``directed=False`` to `scipy.sparse.csgraph`.

    Raises
    ------
    ValueError
        If an axis does not increase.

    Notes
    -----
    A node is joined to those at most two lines away, in 16 directions in the plane. An edge has the mean of its
    lengths in the metrics of both ends.
    Chapters: probability/metrics-and-mahalanobis-2, probability/dimension-reduction-2.

    Examples
    --------
    >>> nodes, graph = metric_graph(lambda x: np.full((len(x), 1, 1), 4.0), axes=[[0.0, 1.0]])
    >>> graph.toarray()
    array([[0., 2.],
           [0., 0.]])
    """
    from scipy.sparse import csr_array  # here, because it takes long to import

    lines = [as_vector(axis, "axes") for axis in axes]
    if not lines or any((np.diff(line) <= 0).any() for line in lines):
        raise ValueError("`axes` must hold increasing vectors, one for each coordinate")
    shape = tuple(len(line) for line in lines)
    nodes = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1).reshape(-1, len(lines))
    u, v, length = _grid_edges(nodes, shape, metric(nodes))
    return nodes, csr_array((length, (u, v)), shape=(len(nodes), len(nodes)))


def _grid_edges(
    nodes: np.ndarray, shape: tuple[int, ...], M: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both ends of every edge of a grid, and the mean of its lengths in the metrics of the two ends."""
    index, edges = np.arange(len(nodes)).reshape(shape), []
    for offset in itertools.product(range(-REACH, REACH + 1), repeat=len(shape)):
        if offset <= (0,) * len(shape) or math.gcd(*offset) != 1:  # each direction once, no edge over a node
            continue
        here = tuple(slice(max(0, -o), n - max(0, o)) for o, n in zip(offset, shape, strict=True))
        there = tuple(slice(max(0, o), n - max(0, -o)) for o, n in zip(offset, shape, strict=True))
        u, v = index[here].ravel(), index[there].ravel()
        step = nodes[v] - nodes[u]
        squares = [np.einsum("ni,nij,nj->n", step, M[w], step) for w in (u, v)]
        if not all((s >= 0).all() for s in squares):
            raise ValueError("`metric` must be positive semidefinite, got a square that is negative or NaN")
        lengths = [np.sqrt(s) for s in squares]
        edges.append((u, v, (lengths[0] + lengths[1]) / 2))
    return tuple(np.concatenate(parts) for parts in zip(*edges, strict=True))


def relax_geodesic(
    path: ArrayLike, metric: MetricField, *, n_segments: int = 64, tol: float = 1e-4, max_iter: int = 500
) -> Geodesic:
    """Minimise the energy E = N sum_k s_k' M(m_k) s_k of a polygon of N segments with fixed ends.

    Parameters
    ----------
    path : array-like of shape (k, d), k >= 2
        Where to start, for instance the result of `graph_geodesic`, or the two ends alone.
    metric : callable
        As in `curve_length`; smooth.
    n_segments : int
    tol : float
        Largest gradient of the energy, as a share of 2 E over the length of the start in coordinates: the pull of
        one neighbour.
    max_iter : int

    Returns
    -------
    Geodesic

    Raises
    ------
    ValueError
        If the ends coincide or the metric is not positive semidefinite along a step.

    Warns
    -----
    ConvergenceWarning
        If the tolerance was not reached.

    Notes
    -----
    By the inequality of Cauchy and Schwarz E is at least the square of the length, with equality for segments of
    equal length, so that the minimum of E is a shortest polygon at constant speed. Limited-memory BFGS on the
    sine coefficients of the points, the kth divided by k, in which the energy of a flat metric is perfectly
    conditioned. The derivative of the metric is taken by central differences. Only a local minimum is found. The
    metric is seen at midpoints alone: where it changes many times over along one segment, a polygon may be shorter
    than every curve; compare with twice as many segments.
    Chapter: probability/metrics-and-mahalanobis-2.

    Examples
    --------
    >>> flat = lambda x: np.broadcast_to(np.eye(2), (len(x), 2, 2))
    >>> round(relax_geodesic([[0, 0], [0, 3], [4, 3]], flat).length, 9)
    5.0
    """
    from scipy.fft import dst  # here, because they take long to import
    from scipy.optimize import minimize

    N = as_integer(n_segments, "n_segments", low=2)
    tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter")
    points = _resampled(as_matrix(path, "path"), N)
    size = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    frequency = np.arange(1, N)[:, None]
    inner, history = points[1:-1].copy(), []

    def curve(u: np.ndarray) -> np.ndarray:
        points[1:-1] = inner + dst(u.reshape(inner.shape) / frequency, type=1, axis=0, norm="ortho")
        return points

    def objective(u: np.ndarray) -> tuple[float, np.ndarray]:
        energy, gradient = _energy(curve(u), metric)
        residual = abs(gradient).max() * size / (2 * energy) if energy > 0 else 0.0
        objective.residual = float(residual)
        if not history:
            history.append(objective.residual)
        return energy, (dst(gradient, type=1, axis=0, norm="ortho") / frequency).ravel()

    def callback(_: np.ndarray) -> None:
        history.append(objective.residual)
        if objective.residual <= tol:
            raise StopIteration

    u = minimize(
        objective,
        np.zeros(inner.size),
        jac=True,
        method="L-BFGS-B",
        callback=callback,
        options={"maxiter": max_iter, "maxfun": 4 * max_iter, "ftol": 0.0, "gtol": 0.0, "maxcor": 20},
    ).x
    curve(u)
    converged = history[-1] <= tol
    warn_unless_converged(converged, "relax_geodesic", "raise `max_iter` or `tol`, or take more segments")
    return Geodesic(
        points=points,
        length=curve_length(points, metric),
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
    )


def _resampled(path: np.ndarray, N: int) -> np.ndarray:
    """Return N + 1 points at equal distances, measured in coordinates, along a polygon."""
    if len(path) < 2 or (path[0] == path[-1]).all():
        raise ValueError("`path` must hold at least two points and end at another than its first")
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    places = np.linspace(0, along[-1], N + 1)
    return np.stack([np.interp(places, along, column) for column in path.T], axis=1)


def _energy(points: np.ndarray, metric: MetricField) -> tuple[float, np.ndarray]:
    """Return the energy of a polygon and its gradient by the inner points, of shape (N - 1, d)."""
    N, d = len(points) - 1, points.shape[1]
    step, middle = np.diff(points, axis=0), (points[1:] + points[:-1]) / 2
    force = np.einsum("nij,nj->ni", metric(middle), step)  # half the derivative by the step
    squares = np.einsum("ni,ni->n", step, force)
    if not (squares >= 0).all():
        raise ValueError("`metric` must be positive semidefinite, got a step whose square is negative or NaN")
    h = DIFFERENCE * max(float(np.linalg.norm(step, axis=1).mean()), np.finfo(float).tiny)
    shifts = h * np.stack([np.eye(d), -np.eye(d)])  # (2, d, d)
    around = metric((middle + shifts[:, :, None]).reshape(-1, d)).reshape(2, d, N, d, d)
    slope = np.einsum("ni,anij,nj->na", step, (around[0] - around[1]) / (2 * h), step)
    # the end of a step moves its midpoint by one half
    gradient = (2 * force + slope / 2)[:-1] + (-2 * force + slope / 2)[1:]
    return float(N * squares.sum()), N * gradient
