"""Multidimensional scaling: points whose distances are given ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from runmath.core import IterativeResult, as_integer, as_matrix, as_rng, as_tolerance, warn_unless_converged

NUDGE = 1e-6  # by which coinciding points are moved apart, relative to the largest distance
SYMMETRY = 1e-10  # how far D and its transpose may differ, relative to the largest distance


@dataclass(frozen=True, eq=False)
class ScalingResult(IterativeResult):
    """Points in few dimensions.

    Parameters
    ----------
    embedding : ndarray of shape (n, n_components)
        Centred.
    stress : float
        Sum over pairs i < j of the squared difference of distance and given distance.
    """

    embedding: np.ndarray
    stress: float


def classical_scaling(D: ArrayLike, n_components: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Return points whose inner products are nearest to -J D^2 J / 2, J = I - 11'/n.

    Parameters
    ----------
    D : array-like of shape (n, n)
        Distances: symmetric, nonnegative, zero on the diagonal.
    n_components : int
        At most n.

    Returns
    -------
    embedding : ndarray of shape (n, n_components)
        Centred, along principal axes; columns of negative eigenvalues are zero.
    eigenvalues : ndarray of shape (n,)
        All of -J D^2 J / 2, largest first. Negative ones measure by how much D is not Euclidean.

    Raises
    ------
    ValueError
        If D is no matrix of distances, or there are more components than points.

    Notes
    -----
    Exact if D are Euclidean distances of points in at most n_components dimensions; then this is PCA of these
    points. It minimises the error of inner products, not of distances: for that see `smacof`.
    Chapter: probability/dimension-reduction-2.

    References
    ----------
    :cite:t:`torgerson1952multidimensional`.

    Examples
    --------
    >>> embedding, eigenvalues = classical_scaling([[0.0, 2.0], [2.0, 0.0]], 1)
    >>> abs(embedding[0, 0] - embedding[1, 0]).round(12)
    np.float64(2.0)
    """
    D = as_distances(D)
    k = as_integer(n_components, "n_components", high=len(D))
    unit = _unit(D)
    squares = (D / unit) ** 2
    B = -(squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()) / 2
    eigenvalues, vectors = scipy.linalg.eigh(B)
    eigenvalues, vectors = eigenvalues[::-1], vectors[:, ::-1]
    with np.errstate(over="ignore"):
        return vectors[:, :k] * np.sqrt(eigenvalues[:k].clip(0)) * unit, eigenvalues * unit * unit


def _unit(D: np.ndarray) -> float:
    """Return a power of two near the largest distance: its multiples are exact, and their squares do not overflow."""
    largest = float(D.max(initial=0.0))
    return float(2.0 ** np.floor(np.log2(largest))) if largest > np.finfo(float).tiny else 1.0


def stress(D: ArrayLike, embedding: ArrayLike) -> float:
    """Return the sum over pairs of the squared difference between distances of points and given ones.

    Parameters
    ----------
    D : array-like of shape (n, n)
    embedding : array-like of shape (n, n_components)

    Returns
    -------
    float

    Examples
    --------
    >>> stress([[0.0, 3.0], [3.0, 0.0]], [[0.0], [1.0]])
    4.0
    """
    D, Z = as_distances(D), as_matrix(embedding, "embedding")
    if len(Z) != len(D):
        raise ValueError(f"`embedding` must have {len(D)} rows, got {len(Z)}")
    return float(((cdist(Z, Z) - D) ** 2).sum() / 2)


def smacof(
    D: ArrayLike,
    n_components: int = 2,
    *,
    start: ArrayLike | None = None,
    rng: np.random.Generator | int = 0,
    tol: float = 1e-6,
    max_iter: int = 1000,
) -> ScalingResult:
    """Minimise the stress sum_{i<j} (|z_i - z_j| - D_ij)^2 by majorisation.

    Parameters
    ----------
    D : array-like of shape (n, n)
        Distances: symmetric, nonnegative, zero on the diagonal.
    n_components : int
    start : array-like of shape (n, n_components), optional
        First points; random ones by default.
    rng : Generator or int
        Draws the first points.
    tol : float
        Stop when the stress falls by less than this share of sum_{i<j} D_ij^2.
    max_iter : int

    Returns
    -------
    ScalingResult
        Its history holds the stress, which never rises.

    Raises
    ------
    ValueError
        If D is no matrix of distances, or `start` has another shape.

    Notes
    -----
    Each step replaces Z by B(Z) Z / n (the Guttman transform), at a cost of n^2. It ends in a local minimum: try
    several starts, or start from `classical_scaling`. Points that coincide in `start` and should not would stay
    together for ever; then all are moved by a random millionth of the largest distance first.
    Chapter: probability/dimension-reduction-2.

    References
    ----------
    :cite:t:`borg2005modern`, chapter 8.

    Examples
    --------
    >>> smacof([[0.0, 1.0], [1.0, 0.0]], 1).stress < 1e-12
    True
    """
    D = as_distances(D)
    k = as_integer(n_components, "n_components")
    tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter")
    if start is None:
        Z = as_rng(rng).standard_normal((len(D), k)) * (D.max() / 2)
    else:
        Z = as_matrix(start, "start")
        if Z.shape != (len(D), k):
            raise ValueError(f"`start` must have shape {(len(D), k)}, got {Z.shape}")
    size = max((D**2).sum() / 2, np.finfo(float).tiny)
    distances = cdist(Z, Z)
    if ((distances == 0) & (D > 0)).any():
        Z = Z + as_rng(rng).standard_normal(Z.shape) * (NUDGE * D.max())
        distances = cdist(Z, Z)
    history = [((distances - D) ** 2).sum() / 2]
    for _ in range(max_iter):
        ratio = np.divide(D, distances, out=np.zeros_like(D), where=distances > 0)
        Z = (ratio.sum(axis=1)[:, None] * Z - ratio @ Z) / len(D)  # the Guttman transform
        distances = cdist(Z, Z)
        history.append(((distances - D) ** 2).sum() / 2)
        if history[-2] - history[-1] <= tol * size:
            break
    converged = history[-2] - history[-1] <= tol * size
    warn_unless_converged(converged, "scaling by majorisation", "raise `max_iter` or `tol`")
    return ScalingResult(
        embedding=Z - Z.mean(axis=0),
        stress=float(history[-1]),
        converged=bool(converged),
        n_iter=len(history) - 1,
        history=np.array(history),
    )


class _Scaling(BaseEstimator):
    """What both kinds share: distances of the samples, or given ones."""

    def _distances(self, X: ArrayLike) -> np.ndarray:
        if self.metric not in ("euclidean", "precomputed"):
            raise ValueError(f"`metric` must be 'euclidean' or 'precomputed', got {self.metric!r}")
        X = validate_data(self, X, dtype=float, ensure_min_samples=2)
        return as_distances(X) if self.metric == "precomputed" else cdist(X, X)

    def fit(self, X: ArrayLike, y: object = None) -> _Scaling:
        """Place one point for each sample; y is ignored."""
        self.fit_transform(X)
        return self

    def __sklearn_tags__(self) -> object:
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = self.metric == "precomputed"
        return tags


class ClassicalMDS(_Scaling):
    """Classical scaling of samples, or of given distances; see `classical_scaling`.

    Parameters
    ----------
    n_components : int
    metric : {"euclidean", "precomputed"}
        What X holds: samples, or distances (n_samples, n_samples).

    Attributes
    ----------
    embedding_ : ndarray of shape (n_samples, n_components)
    eigenvalues_ : ndarray of shape (n_samples,)

    Examples
    --------
    >>> ClassicalMDS(1).fit([[0.0, 0.0], [3.0, 4.0]]).eigenvalues_.round(9)[0]
    np.float64(12.5)
    """

    def __init__(self, n_components: int = 2, *, metric: str = "euclidean") -> None:
        self.n_components = n_components
        self.metric = metric

    def fit_transform(self, X: ArrayLike, y: object = None) -> np.ndarray:
        """Return the points (n_samples, n_components); y is ignored."""
        D = self._distances(X)
        self.embedding_, self.eigenvalues_ = classical_scaling(D, self.n_components)
        return self.embedding_


class MetricMDS(_Scaling):
    """Scaling by least stress, of samples or of given distances; see `smacof`.

    Parameters
    ----------
    n_components : int
    metric : {"euclidean", "precomputed"}
        What X holds: samples, or distances (n_samples, n_samples).
    n_init : int
        Random starts, besides the one from classical scaling; the best result is kept.
    tol, max_iter : float, int
        As for `smacof`.
    random_state : int, RandomState or None
        Draws the starts.

    Attributes
    ----------
    embedding_ : ndarray of shape (n_samples, n_components)
    stress_ : float
    n_iter_ : int
        Steps of the best start.

    Examples
    --------
    >>> round(MetricMDS(1).fit([[0.0, 0.0], [3.0, 4.0]]).stress_, 9)
    0.0
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        metric: str = "euclidean",
        n_init: int = 0,
        tol: float = 1e-6,
        max_iter: int = 1000,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_components = n_components
        self.metric = metric
        self.n_init = n_init
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit_transform(self, X: ArrayLike, y: object = None) -> np.ndarray:
        """Return the points (n_samples, n_components); y is ignored."""
        D = self._distances(X)
        draw = check_random_state(self.random_state)
        k = as_integer(self.n_components, "n_components", high=len(D))
        starts = [classical_scaling(D, k)[0]]
        spread = D.max() / 2
        starts += [
            draw.standard_normal((len(D), k)) * spread
            for _ in range(as_integer(self.n_init, "n_init", low=0))
        ]
        results = [smacof(D, k, start=start, tol=self.tol, max_iter=self.max_iter) for start in starts]
        best = min(results, key=lambda result: result.stress)
        self.embedding_, self.stress_, self.n_iter_ = best.embedding, best.stress, best.n_iter
        return self.embedding_


def as_distances(value: object) -> np.ndarray:
    """Return a symmetric matrix of distances.

    Raises
    ------
    ValueError
        If it is not square, symmetric, nonnegative and zero on the diagonal.
    """
    D = as_matrix(value, "D", square=True)
    if (D < 0).any():
        raise ValueError(f"`D` must hold distances >= 0, got {D.min()}")
    if D.diagonal().any():
        raise ValueError(f"`D` must be zero on the diagonal, got {np.abs(D.diagonal()).max()}")
    if np.abs(D - D.T).max(initial=0.0) > SYMMETRY * D.max(initial=0.0):
        raise ValueError("`D` must be symmetric; take (D + D.T) / 2 if only rounding differs")
    return (D + D.T) / 2
