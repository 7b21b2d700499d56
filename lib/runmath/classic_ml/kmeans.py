"""k-means: Lloyd's algorithm from k-means++ starts."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.classic_ml.trees.checks import N_SEEDS, as_choice, new_data, random_state
from runmath.core import (
    EPS,
    IterativeResult,
    as_integer,
    as_matrix,
    as_rng,
    as_tolerance,
    warn_unless_converged,
)

BLOCK = 1024  # rows of a block of scores: it stays in the cache


@dataclass(frozen=True, kw_only=True, eq=False)
class KMeansResult(IterativeResult):
    """What `lloyd` found; `history` holds the sum of squared distances before each iteration and at the end.

    Parameters
    ----------
    centers : ndarray of shape (n_clusters, n_features)
    labels : ndarray of shape (n_samples,)
        The nearest centre of each row.
    inertia : float
        Sum of squared distances of the rows from their centres.
    """

    centers: np.ndarray
    labels: np.ndarray
    inertia: float


def lloyd(X: ArrayLike, centers: ArrayLike, *, max_iter: int = 300, tol: float = 1e-4) -> KMeansResult:
    """Lower Σ_i min_c ‖x_i - m_c‖² from the given centres m_c, by Lloyd's algorithm, to a fixed point.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
    centers : array_like of shape (n_clusters, n_features)
        The start.
    max_iter : int
    tol : float
        Stops when Σ_c ‖move of m_c‖² is at most `tol` times the mean variance of the features; 0 for a true end,
        where no row changes its cluster.

    Returns
    -------
    KMeansResult

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type, shape or range.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` is reached.

    Notes
    -----
    An iteration costs O(n k p), most of it in a product of matrices. A cluster that has become empty takes the row
    that is farthest from its centre, which lowers the sum too; if all rows lie on centres, it stays empty where it
    is. Of equally near centres the first wins, up to rounding. The end is a local minimum if no row is equally near
    to two centres. scikit-learn's `KMeans` does the same, on several threads, and with weights; "elkan" spares
    distances by the triangle inequality.

    Chapter: classic-ml/neighbours-bayes-kmeans-2.

    References
    ----------
    .. [1] lloyd1982least.

    Examples
    --------
    >>> result = lloyd([[0.0], [2.0], [10.0], [12.0]], [[0.0], [2.0]])
    >>> result.centers.ravel(), result.labels, result.inertia
    (array([ 1., 11.]), array([0, 0, 1, 1], dtype=int32), 4.0)
    """
    X, centers = as_matrix(X, "X"), as_matrix(centers, "centers")
    if X.shape[1] != centers.shape[1]:
        raise ValueError(f"`centers` must have the {X.shape[1]} columns of `X`, got {centers.shape[1]}")
    as_integer(len(centers), "number of rows of `centers`", high=len(X))
    return _lloyd(X, centers, as_integer(max_iter, "max_iter"), as_tolerance(tol, "tol"))


def _lloyd(X: np.ndarray, centers: np.ndarray, max_iter: int, tol: float) -> KMeansResult:
    mean = X.mean(axis=0)
    X, centers = X - mean, centers - mean  # smaller numbers, smaller rounding errors
    enough = tol * X.var(axis=0).mean()
    partition = _Partition(X, len(centers))
    history, converged = [], False
    while not converged and len(history) < max_iter:
        changed = partition.assign(centers)
        history.append(float(partition.nearest.sum()))
        partition.fill_empty(centers)
        moved = partition.means(centers)
        shift = float(((moved - centers) ** 2).sum())
        centers = moved
        converged = changed == 0 or shift <= enough
    partition.assign(centers)
    history.append(float(partition.nearest.sum()))
    warn_unless_converged(converged, "lloyd", "raise max_iter or tol")
    return KMeansResult(
        centers=centers + mean,
        labels=partition.labels,
        inertia=history[-1],
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
    )


class _Partition:
    """The rows' clusters, and the buffers of an iteration."""

    def __init__(self, X: np.ndarray, k: int) -> None:
        n, p = X.shape
        self.X = X
        self.labels, self.nearest = np.full(n, -1, dtype=np.int32), np.zeros(n)
        self.sums, self.counts = np.zeros((k, p)), np.zeros(k, dtype=np.int64)
        self.radius = np.sqrt(np.einsum("ij,ij->i", X, X).max())

    def assign(self, centers: np.ndarray) -> int:
        """Step 1: give each row to its nearest centre; return how many rows changed."""
        from runmath.classic_ml.distance_loops import choose_centres

        squares = np.einsum("ij,ij->i", centers, centers)
        largest = np.sqrt(squares.max())
        slack = 4 * (self.X.shape[1] + 4) * EPS * largest * (self.radius + largest)
        columns, changed = np.ascontiguousarray(centers.T), 0
        self.sums[:], self.counts[:] = 0.0, 0
        for start in range(0, len(self.X), BLOCK):
            rows = slice(start, start + BLOCK)
            changed += choose_centres(
                self.X[rows],
                self.X[rows] @ columns,
                centers,
                squares / 2,
                slack,
                self.labels[rows],
                self.nearest[rows],
                self.sums,
                self.counts,
            )
        return changed

    def fill_empty(self, centers: np.ndarray) -> None:
        """Give each empty cluster the row farthest from its centre, unless that row is alone or on it."""
        for empty in np.flatnonzero(self.counts == 0):
            far = int(np.where(self.counts[self.labels] > 1, self.nearest, 0.0).argmax())
            if self.nearest[far] == 0:
                return
            old = self.labels[far]
            self.sums[old] -= self.X[far]
            self.counts[old] -= 1
            self.labels[far], self.nearest[far] = empty, 0.0
            self.sums[empty], self.counts[empty] = self.X[far], 1

    def means(self, centers: np.ndarray) -> np.ndarray:
        """Step 2: return the mean of each cluster; an empty one keeps its centre."""
        filled = self.counts > 0
        means = centers.copy()
        means[filled] = self.sums[filled] / self.counts[filled, None]
        return means


def kmeans_plus_plus(
    X: ArrayLike, n_clusters: int, *, n_trials: int = 1, rng: np.random.Generator | int
) -> np.ndarray:
    """Draw rows of X as centres, each with probability D² / Σ D², where D is the distance from those drawn before.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
    n_clusters : int
        Between 1 and n_samples.
    n_trials : int
        Candidates drawn for each centre, of which the one that lowers Σ D² most is kept. The guarantee is for 1.
    rng : Generator or int

    Returns
    -------
    ndarray of shape (n_clusters,)
        Row numbers of the centres; different, unless fewer rows differ.

    Raises
    ------
    TypeError, ValueError
        If an argument is of the wrong type or out of range.

    Notes
    -----
    O(n k p n_trials). The expected sum of squared distances is at most 8 (ln k + 2) times the least possible one.

    Chapter: classic-ml/neighbours-bayes-kmeans-2.

    References
    ----------
    .. [1] arthur2007kmeans, theorem 3.1.

    Examples
    --------
    >>> max(kmeans_plus_plus([[0.0], [0.0], [5.0]], 2, rng=0).tolist())  # the far row is always drawn
    2
    """
    X, rng = as_matrix(X, "X"), as_rng(rng)
    k, n_trials = as_integer(n_clusters, "n_clusters", high=len(X)), as_integer(n_trials, "n_trials")
    return _plus_plus(X, k, n_trials, rng)


def _plus_plus(X: np.ndarray, k: int, n_trials: int, rng: np.random.Generator) -> np.ndarray:
    from runmath.classic_ml.distance_loops import lower_distances

    chosen, lowered = np.empty(k, dtype=np.int64), np.empty((n_trials, len(X)))
    chosen[0] = rng.integers(len(X))
    lower_distances(X, chosen[:1], np.full(len(X), np.inf), lowered)
    nearest = lowered[0].copy()  # D² of each row
    for c in range(1, k):
        cumulative = nearest.cumsum()
        if cumulative[-1] > 0:
            # u < total, so that a row with D = 0 is never drawn
            u = rng.random(n_trials) * cumulative[-1]
            candidates = np.minimum(cumulative.searchsorted(u, side="right"), np.flatnonzero(nearest)[-1])
        else:  # every row equals a centre
            candidates = rng.integers(len(X), size=n_trials)
        lower_distances(X, candidates, nearest, lowered)
        best = int(lowered.sum(axis=1).argmin())
        chosen[c], nearest = candidates[best], lowered[best].copy()
    return chosen


class KMeans(TransformerMixin, ClusterMixin, BaseEstimator):
    """Find centres m_c for which the inertia Σ_i min_c ‖x_i - m_c‖² is small.

    Parameters
    ----------
    n_clusters : int
    init : {"k-means++", "random"} or array_like of shape (n_clusters, n_features)
        Start from rows drawn by `kmeans_plus_plus` with 2 + ⌊ln k⌋ candidates, from rows drawn evenly, or from
        these centres.
    n_init : int
        Starts, of which the best end is kept; one only where `init` gives the centres.
    max_iter, tol
        As for `lloyd`.
    random_state : int, RandomState or None

    Attributes
    ----------
    cluster_centers_ : ndarray of shape (n_clusters, n_features)
    labels_ : ndarray of shape (n_samples,)
    inertia_ : float
    n_iter_ : int
    result_ : KMeansResult
        Of the best start.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    Scale the features first: distances add them up. The clusters are cut by hyperplanes halfway between centres, so
    that rings and clusters of very different sizes are cut in pieces. `sklearn.cluster.KMeans` also takes sparse data
    and weights, and runs on several threads.

    Chapter: classic-ml/neighbours-bayes-kmeans-2.

    References
    ----------
    .. [1] lloyd1982least.
    .. [2] arthur2007kmeans.

    Examples
    --------
    >>> KMeans(2, random_state=0).fit([[0.0], [2.0], [10.0], [12.0]]).inertia_
    4.0
    """

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        init: str | ArrayLike = "k-means++",
        n_init: int = 1,
        max_iter: int = 300,
        tol: float = 1e-4,
        random_state: Any = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.init = init
        self.n_init = n_init
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: None = None) -> KMeans:
        """Find the centres of X (n_samples, n_features); y is not used."""
        max_iter, tol = as_integer(self.max_iter, "max_iter"), as_tolerance(self.tol, "tol")
        n_init, k = as_integer(self.n_init, "n_init"), as_integer(self.n_clusters, "n_clusters")
        X = validate_data(self, X, dtype=float, order="C")
        if k > len(X):
            raise ValueError(f"`n_clusters` must be at most n_samples = {len(X)}, got {k}")
        rng = np.random.default_rng(random_state(self.random_state).randint(N_SEEDS))
        results = [_lloyd(X, start, max_iter, tol) for start in self._starts(X, k, n_init, rng)]
        self.result_ = min(results, key=lambda result: result.inertia)
        self.cluster_centers_, self.labels_ = self.result_.centers, self.result_.labels
        self.inertia_, self.n_iter_ = self.result_.inertia, self.result_.n_iter
        self._n_features_out = k
        self._warn_of_empty(X, k - len(np.unique(self.labels_)))
        return self

    def _warn_of_empty(self, X: np.ndarray, empty: int) -> None:
        """Say why clusters are empty: too few rows differ, or the iteration stopped right after one lost its rows."""
        if empty == 0:
            return
        different = len(np.unique(X, axis=0))
        few = different < len(self.cluster_centers_)
        reason = (
            f"X has only {different} different rows" if few else "stopped early, raise max_iter or lower tol"
        )
        warnings.warn(f"{reason}: {empty} clusters are empty", stacklevel=3)

    def _starts(self, X: np.ndarray, k: int, n_init: int, rng: np.random.Generator) -> list[np.ndarray]:
        """Return the centres (k, p) of each start."""
        if not isinstance(self.init, str):
            start = as_matrix(self.init, "init")
            if start.shape != (k, X.shape[1]):
                raise ValueError(f"`init` must be of shape {(k, X.shape[1])}, got {start.shape}")
            return [start]
        if as_choice(self.init, "init", ("k-means++", "random")) == "random":
            return [X[rng.choice(len(X), k, replace=False)] for _ in range(n_init)]
        n_trials = 2 + int(np.log(k))
        return [X[_plus_plus(X, k, n_trials, rng)] for _ in range(n_init)]

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the number (n_samples,) of the nearest centre of each row of X."""
        check_is_fitted(self)
        X = new_data(self, X)
        partition = _Partition(X - self.cluster_centers_.mean(axis=0), len(self.cluster_centers_))
        partition.assign(self.cluster_centers_ - self.cluster_centers_.mean(axis=0))
        return partition.labels

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Return the distances (n_samples, n_clusters) from the centres."""
        check_is_fitted(self)
        X = new_data(self, X)
        return np.stack([np.linalg.norm(X - center, axis=1) for center in self.cluster_centers_], axis=1)

    def score(self, X: ArrayLike, y: None = None) -> float:
        """Return minus the inertia of X; y is not used."""
        return -float((self.transform(X).min(axis=1) ** 2).sum())
