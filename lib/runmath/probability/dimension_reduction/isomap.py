"""Isomap: classical scaling of distances along a neighbourhood graph."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, shortest_path
from scipy.sparse.linalg import eigsh
from scipy.spatial import KDTree
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.core import as_integer, as_matrix

DENSE_UP_TO = 200  # points: below, all eigenvalues are computed


def geodesic_distances(X: ArrayLike, n_neighbors: int) -> np.ndarray:
    """Return the lengths of shortest paths between points in the graph of nearest neighbours.

    Parameters
    ----------
    X : array-like of shape (n, d)
    n_neighbors : int
        Each point is joined to so many nearest ones; an edge counts in both directions. At most n - 1.

    Returns
    -------
    ndarray of shape (n, n)

    Warns
    -----
    UserWarning
        If the graph falls into parts. They are joined by the shortest link between each two of them.

    Notes
    -----
    Dijkstra's algorithm from every point costs n^2 log n. One edge across a gap, from too many neighbours, makes
    all paths through it too short. Chapter: probability/dimension-reduction-2.

    Examples
    --------
    >>> geodesic_distances([[0.0], [1.0], [3.0]], 1)[0]
    array([0., 1., 3.])
    """
    X = as_matrix(X, "X")
    k = as_integer(n_neighbors, "n_neighbors", high=len(X) - 1) if len(X) > 1 else 0
    lengths, found = KDTree(X).query(X, k=range(1, k + 2))
    rows = np.repeat(np.arange(len(X)), k + 1)
    others = found.ravel() != rows  # the point itself need not come first where points coincide
    lengths = np.maximum(lengths.ravel()[others], np.finfo(float).tiny)  # a stored zero would be no edge
    graph = csr_array((lengths, (rows[others], found.ravel()[others])), shape=(len(X), len(X)))
    graph = graph.maximum(graph.T)
    n_parts, part = connected_components(graph, directed=False)
    if n_parts > 1:
        warnings.warn(
            f"`n_neighbors` = {n_neighbors} leaves the graph in {n_parts} parts, which were joined by the shortest "
            "links between them; take more neighbours",
            stacklevel=2,
        )
        graph = graph.maximum(_links(X, part, n_parts))
    return shortest_path(graph, method="D", directed=False)


def _links(X: np.ndarray, part: np.ndarray, n_parts: int) -> csr_array:
    """Return the shortest edge between each two parts of a graph."""
    members = [np.flatnonzero(part == k) for k in range(n_parts)]
    trees = [KDTree(X[rows]) for rows in members]
    edges = []
    for a in range(n_parts):
        for b in range(a):
            lengths, found = trees[b].query(X[members[a]])
            nearest = lengths.argmin()
            edges.append((members[a][nearest], members[b][found[nearest]], lengths[nearest]))
    rows, columns, lengths = (np.array(values) for values in zip(*edges, strict=True))
    links = csr_array((lengths, (rows, columns)), shape=(len(X), len(X)))
    return links.maximum(links.T)


class Isomap(TransformerMixin, BaseEstimator):
    """Embed points such that distances are those along the data: tau(D) = -J D^2 J / 2, top eigenvectors.

    Parameters
    ----------
    n_components : int
    n_neighbors : int
        Of the neighbourhood graph; at most n_samples - 1 are used.

    Attributes
    ----------
    embedding_ : ndarray of shape (n_samples, n_components)
    eigenvalues_ : ndarray of shape (n_components,)
        Of tau(D), largest first.
    dist_matrix_ : ndarray of shape (n_samples, n_samples)
        Lengths of shortest paths.

    Notes
    -----
    A new point is joined to its nearest neighbours, and placed from its distances by the formula of Nystrom.
    Where the graph falls apart, the place of its parts relative to each other is made up, with a warning.
    Chapter: probability/dimension-reduction-2.

    References
    ----------
    :cite:t:`tenenbaum2000global`; for new points :cite:t:`bengio2003out`.

    Examples
    --------
    >>> abs(np.diff(Isomap(1, n_neighbors=1).fit_transform([[0.0], [1.0], [3.0]])[:, 0])).round(9)
    array([1., 2.])
    """

    def __init__(self, n_components: int = 2, *, n_neighbors: int = 8) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors

    def fit(self, X: ArrayLike, y: object = None) -> Isomap:
        """Embed X (n_samples, n_features); y is ignored."""
        X = validate_data(self, X, dtype=float, ensure_min_samples=2)
        n = len(X)
        k = as_integer(self.n_components, "n_components", high=n)
        self.dist_matrix_ = geodesic_distances(X, min(as_integer(self.n_neighbors, "n_neighbors"), n - 1))
        squares = self.dist_matrix_**2
        self._row_means = squares.mean(axis=0)
        tau = -(squares - self._row_means - self._row_means[:, None] + self._row_means.mean()) / 2
        if n <= max(DENSE_UP_TO, 2 * k):
            eigenvalues, vectors = np.linalg.eigh(tau)
            eigenvalues, vectors = eigenvalues[-k:], vectors[:, -k:]
        else:
            eigenvalues, vectors = eigsh(tau, k, which="LA", v0=np.random.RandomState(0).uniform(-1, 1, n))
        order = np.argsort(-eigenvalues)
        self.eigenvalues_, vectors = eigenvalues[order], vectors[:, order]
        peaks = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=0)[None], axis=0)
        vectors = vectors * np.where(peaks < 0, -1.0, 1.0)
        self.embedding_ = vectors * np.sqrt(self.eigenvalues_.clip(0))
        self._X, self._tree = X, KDTree(X)
        return self

    def fit_transform(self, X: ArrayLike, y: object = None) -> np.ndarray:
        """Return the embedding of X (n_samples, n_features), of shape (n_samples, n_components)."""
        return self.fit(X).embedding_

    def transform(self, X: ArrayLike) -> np.ndarray:
        """Place new points X (m, n_features), of shape (m, n_components)."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=float, reset=False)
        k = min(self.n_neighbors, len(self._X) - 1)
        lengths, found = self._tree.query(X, k=range(1, k + 1))
        paths = (lengths[:, :, None] + self.dist_matrix_[found]).min(axis=1)
        similarity = (
            -(paths**2 - self._row_means) / 2
        )  # what is constant in a row is orthogonal to the embedding
        scale = np.where(self.eigenvalues_ > 0, self.eigenvalues_, np.inf)
        return (similarity - similarity.mean(axis=1, keepdims=True)) @ self.embedding_ / scale

    @property
    def _n_features_out(self) -> int:
        return self.embedding_.shape[1]
