"""The estimator."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import validate_data

from runmath.core import as_integer
from runmath.probability.tsne.affinities import joint_affinities, neighbour_affinities, unit
from runmath.probability.tsne.descent import descend
from runmath.probability.tsne.forces import exact_repulsion, grid_repulsion

EXACT_UP_TO = 1000  # points: below, all pairs are cheaper than the grid
FAR = 1e6  # half-width of a map: no descent that converges comes near
START_SPREAD = 1e-4  # standard deviation of the first coordinate of the start


class TSNE(TransformerMixin, BaseEstimator):
    """t-distributed stochastic neighbour embedding: minimise KL(P, Q) over the places of points in a map.

    Parameters
    ----------
    n_components : int
        2, or any number with ``method="exact"``.
    perplexity : float
        Effective number of neighbours; at most a third of the number of other points is used.
    early_exaggeration : float
        Factor of the affinities during the first quarter of the iterations.
    learning_rate : float or "auto"
        n / early_exaggeration / 4 by default, at least 50.
    max_iter : int
        Iterations.
    method : {"auto", "exact", "grid"}
        All pairs, or neighbours and a grid for the repulsion; "auto" takes all pairs up to 1,000 points.
    random_state : int, RandomState or None
        Draws what little noise the start has; it is the first principal components otherwise.

    Attributes
    ----------
    embedding_ : ndarray of shape (n_samples, n_components)
    kl_divergence_ : float
        At the end, in nats.
    n_iter_ : int

    Notes
    -----
    The map has no place for new points: there is `fit_transform` alone. `sklearn.manifold.TSNE` sums repulsions over
    a tree instead of a grid. Chapter: probability/tsne.

    References
    ----------
    :cite:t:`maaten2008visualizing`, :cite:t:`linderman2019fast`; start and step as recommended by
    :cite:t:`kobak2019art`.

    Examples
    --------
    >>> X = np.repeat([[0.0], [10.0]], 10, axis=0) + np.arange(20)[:, None] / 100
    >>> Z = TSNE(perplexity=5, max_iter=300, random_state=0).fit_transform(X)
    >>> Z.shape
    (20, 2)
    """

    def __init__(
        self,
        n_components: int = 2,
        *,
        perplexity: float = 30.0,
        early_exaggeration: float = 12.0,
        learning_rate: float | str = "auto",
        max_iter: int = 1000,
        method: str = "auto",
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.n_components = n_components
        self.perplexity = perplexity
        self.early_exaggeration = early_exaggeration
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.method = method
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: object = None) -> TSNE:
        """Make the map of X (n_samples, n_features); y is ignored."""
        X = validate_data(self, X, dtype=float, ensure_min_samples=4)
        n = len(X)
        k = as_integer(self.n_components, "n_components")
        n_iter = as_integer(self.max_iter, "max_iter")
        if not self.perplexity > 1:
            raise ValueError(f"`perplexity` must be above 1, got {self.perplexity!r}")
        if not 1 <= self.early_exaggeration < np.inf:
            raise ValueError(
                f"`early_exaggeration` must be finite and at least 1, got {self.early_exaggeration!r}"
            )
        perplexity = min(float(self.perplexity), max((n - 1) / 3, 1.5))
        exact = self._is_exact(n, k)
        P = csr_array(joint_affinities(X, perplexity)) if exact else neighbour_affinities(X, perplexity)
        repulsion = exact_repulsion if exact else grid_repulsion
        counts = np.diff(P.indptr)

        def gradient(Y: np.ndarray, exaggeration: float = 1.0) -> np.ndarray:
            if not abs(Y).max() < FAR:
                raise ValueError(
                    f"the descent diverged with a step of {rate:.3g}; take a smaller `learning_rate`"
                )
            force, total = repulsion(Y)
            steps = [np.repeat(y, counts) - y[P.indices] for y in np.ascontiguousarray(Y.T)]
            pull = P.data / (1 + sum(step**2 for step in steps))
            attraction = np.stack([np.add.reduceat(pull * step, P.indptr[:-1]) for step in steps], axis=1)
            return 4 * (exaggeration * attraction - force / total)

        rate = self.learning_rate
        if rate == "auto":
            rate = max(n / self.early_exaggeration / 4, 50.0)
        elif isinstance(rate, str) or not 0 < rate < np.inf:
            raise ValueError(f"`learning_rate` must be positive and finite, or 'auto', got {rate!r}")
        early = n_iter // 4
        Y, velocity, gains = descend(
            lambda Y: gradient(Y, self.early_exaggeration),
            self._start(unit(X), k),
            learning_rate=rate,
            momentum=0.5,
            n_iter=early,
        )
        Y, _, _ = descend(
            gradient,
            Y,
            learning_rate=rate,
            momentum=0.8,
            n_iter=n_iter - early,
            velocity=velocity,
            gains=gains,
        )
        self.embedding_, self.n_iter_ = Y - Y.mean(axis=0), n_iter
        kernel = 1 / (1 + ((np.repeat(Y, counts, axis=0) - Y[P.indices]) ** 2).sum(axis=1))
        some = P.data > 0
        ratio = P.data[some] * exact_repulsion(Y)[1] / kernel[some]
        self.kl_divergence_ = float((P.data[some] * np.log(ratio)).sum())
        return self

    def fit_transform(self, X: ArrayLike, y: object = None) -> np.ndarray:
        """Return the map of X, of shape (n_samples, n_components)."""
        return self.fit(X).embedding_

    def _is_exact(self, n: int, k: int) -> bool:
        if self.method not in ("auto", "exact", "grid"):
            raise ValueError(f"`method` must be 'auto', 'exact' or 'grid', got {self.method!r}")
        if self.method == "grid" and k != 2:
            raise ValueError(f"`method` 'grid' makes maps in two dimensions, got n_components = {k}")
        return self.method == "exact" or k != 2 or (self.method == "auto" and n <= EXACT_UP_TO)

    def _start(self, X: np.ndarray, k: int) -> np.ndarray:
        """Return the first principal components and a little noise, of small spread."""
        noise = check_random_state(self.random_state).standard_normal((len(X), k))
        U, s, _ = np.linalg.svd(X, full_matrices=False)
        Y = np.zeros((len(X), k))
        found = min(k, len(s))
        Y[:, :found] = U[:, :found] * s[:found]
        spread = Y[:, 0].std()
        return START_SPREAD * (Y / spread if spread > 0 else Y) + START_SPREAD / 100 * noise

    @property
    def _n_features_out(self) -> int:
        return self.embedding_.shape[1]
