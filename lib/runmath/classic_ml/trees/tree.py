"""A grown decision tree, and the function that grows it: shared by trees, forests and boosting."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from runmath.classic_ml.trees.binning import Binner

CRITERIA = {"squared_error": 0, "gini": 1, "entropy": 2}
MAX_KEPT = 2**25  # numbers in histograms kept for the subtraction (256 MiB); the others are built anew
NO_LIMIT = np.iinfo(np.int64).max


@dataclass(frozen=True, kw_only=True, eq=False)
class Tree:
    """A binary decision tree as arrays; node 0 is the root, and a row with x[feature] ≤ threshold goes left.

    Parameters
    ----------
    feature : ndarray of int32, shape (n_nodes,)
        Feature that a node looks at; -1 in a leaf.
    threshold : ndarray of shape (n_nodes,)
        Value it is compared with; NaN in a leaf.
    left, right : ndarray of int32, shape (n_nodes,)
        The children; -1 in a leaf. They come after their parent, and right = left + 1.
    value : ndarray of shape (n_nodes, k)
        Weighted mean of the targets in the node (k = 1), or the frequencies of the k classes.
    n_samples : ndarray of int64, shape (n_nodes,)
        Training rows of positive weight.
    impurity_decrease : ndarray of shape (n_nodes,)
        W_node / W_root (I - (W_L I_L + W_R I_R) / W_node), with I the variance of the targets, the Gini index
        or the entropy in bits; 0 in a leaf. It is the part of the training error that the split removes.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    value: np.ndarray
    n_samples: np.ndarray
    impurity_decrease: np.ndarray

    @property
    def n_nodes(self) -> int:
        """Number of nodes, leaves included."""
        return len(self.feature)

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return (self.n_nodes + 1) // 2

    @property
    def depth(self) -> int:
        """Number of splits on the longest way from the root to a leaf."""
        depth = np.zeros(self.n_nodes, int)
        for node in np.flatnonzero(self.feature >= 0):  # children come after their parent
            depth[[self.left[node], self.right[node]]] = depth[node] + 1
        return int(depth.max())

    def apply(self, X: np.ndarray) -> np.ndarray:
        """Return the leaf (n_samples,) that each row of X (n_samples, n_features) falls into."""
        from runmath.classic_ml.trees import kernels  # loads Numba

        return kernels.find_leaves(as_rows(X), self.feature, self.threshold, self.left)

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the value (n_samples, k) of the leaf that each row of X falls into."""
        out = np.zeros((len(X), self.value.shape[1]))
        self.add_to(out, X)
        return out

    def add_to(self, out: np.ndarray, X: np.ndarray) -> None:
        """Add the predictions for X to `out` (n_samples, k)."""
        from runmath.classic_ml.trees import kernels

        kernels.add_values(as_rows(X), self.feature, self.threshold, self.left, self.value, out)

    def importances(self, n_features: int) -> np.ndarray:
        """Return the sum of the impurity decreases of each feature, (n_features,)."""
        inner = self.feature >= 0
        return np.bincount(self.feature[inner], self.impurity_decrease[inner], n_features)


def as_rows(X: np.ndarray) -> np.ndarray:
    """Return X as the kernels want it: float64, row by row, writable (else Numba compiles once more)."""
    return np.require(X, float, ["C", "W", "E"])


@dataclass(frozen=True, kw_only=True)
class BinnedData:
    """Training data sorted into bins once, on which many trees are grown.

    Parameters
    ----------
    binner : Binner
        Knows the values behind the bins.
    bins : ndarray of uint8, shape (n_features, n_samples)
    """

    binner: Binner
    bins: np.ndarray

    @classmethod
    def of(cls, X: np.ndarray, sample_weight: np.ndarray | None = None) -> BinnedData:
        """Choose the bins for X (n_samples, n_features) and sort it into them."""
        binner = Binner().fit(X, sample_weight)
        return cls(binner=binner, bins=np.ascontiguousarray(binner.transform(X).T))


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Where a tree stops growing.

    Parameters
    ----------
    max_depth : int, optional
        Most splits on the way to a leaf.
    max_leaf_nodes : int, optional
        Most leaves; the node with the largest gain is split first.
    min_samples_leaf : int
        Fewest rows in a leaf.
    max_features : int, optional
        Features drawn at random for each split; all by default.
    """

    max_depth: int | None = None
    max_leaf_nodes: int | None = None
    min_samples_leaf: int = 1
    max_features: int | None = None

    def as_array(self, n_features: int) -> np.ndarray:
        """Return the numbers as the kernels want them, with no limit as the largest integer."""
        max_features = self.max_features or n_features
        limits = [self.max_depth, self.max_leaf_nodes, self.min_samples_leaf, max_features, MAX_KEPT]
        return np.array([NO_LIMIT if limit is None else limit for limit in limits], np.int64)


def grow_tree(
    data: BinnedData,
    y: np.ndarray,
    *,
    sample_weight: np.ndarray | None = None,
    criterion: str = "squared_error",
    n_classes: int = 0,
    limits: Limits | None = None,
    seed: int = 0,
) -> Tree:
    """Grow a tree by greedy splits, each maximising W_L W_R / W ‖m_L - m_R‖².

    Here m_L and m_R are the mean targets of both children, for regression, or their class frequencies: then it
    is W times the decrease of the Gini index. With "entropy" the information gain is maximised instead.

    Parameters
    ----------
    data : BinnedData
    y : ndarray of shape (n_samples,)
        Targets, or class numbers 0, ..., n_classes - 1.
    sample_weight : ndarray of shape (n_samples,), optional
        Non-negative; rows of weight 0 are left out.
    criterion : {"squared_error", "gini", "entropy"}
    n_classes : int
        Number of classes, for the last two.
    limits : Limits, optional
    seed : int
        Of the random features, where `limits.max_features` is below their number.

    Returns
    -------
    Tree

    Notes
    -----
    A node is split as long as its targets differ and a cut is possible, even at gain 0, as CART does. Equal
    gains go to the first feature and the lowest cut. The threshold lies halfway between the neighbouring
    values *in the node*; where no feature has more than 255 distinct values this is CART without binning.

    Cost O(n n_features) a level of the tree plus O(255 n_features) a node; the histogram of the larger child
    is that of the parent minus that of the smaller one.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] breiman1984classification; the histograms are those of ke2017lightgbm, algorithm 1.

    Examples
    --------
    >>> X = np.array([[1.0], [2.0], [4.0], [5.0]])
    >>> tree = grow_tree(BinnedData.of(X), np.array([0.0, 0.0, 6.0, 8.0]), limits=Limits(max_depth=1))
    >>> float(tree.threshold[0]), tree.value.ravel(), float(tree.impurity_decrease[0])
    (3.0, array([3.5, 0. , 7. ]), 12.25)
    """
    w = np.ones(len(y)) if sample_weight is None else sample_weight
    return grow_with_rows(data, y, w, criterion, n_classes, limits or Limits(), seed)[0]


def grow_with_rows(
    data: BinnedData,
    y: np.ndarray,
    w: np.ndarray,
    criterion: str = "squared_error",
    n_classes: int = 0,
    limits: Limits = Limits(),
    seed: int = 0,
) -> tuple[Tree, list[tuple[int, np.ndarray]]]:
    """Return what `grow_tree` does, and every leaf with its training rows of positive weight."""
    from runmath.classic_ml.trees import kernels  # loads Numba

    w = np.ldexp(w, -np.frexp(np.max(w))[1])  # exact; products of three weights neither over- nor underflow
    rows = np.flatnonzero(w > 0).astype(np.uint32)
    W = w.sum()
    y, center, scale = (y, 0.0, 1.0) if n_classes else _standardised(y, w / W)
    two = n_classes == 2 and criterion == "gini"  # p = (1 - m, m): the Gini index is twice the variance of y
    nodes, sums, gains = kernels.grow(
        data.bins,
        data.binner.lower_.shape[1],
        np.asarray(y, float),
        w,
        rows,
        CRITERIA["squared_error" if two else criterion],
        1 + n_classes if n_classes else 3,
        limits.as_array(len(data.bins)),
        seed,
    )
    inner = nodes[:, kernels.LEFT] >= 0
    feature = np.where(inner, nodes[:, kernels.FEATURE], -1).astype(np.int32)
    threshold = np.full(len(nodes), np.nan)
    cut, after = nodes[inner, kernels.CUT], nodes[inner, kernels.AFTER]
    threshold[inner] = data.binner.threshold(feature[inner], cut, after)
    if two or not n_classes:
        mean = sums[:, 2:] / sums[:, 1:2]
        value = np.hstack([1 - mean, mean]) if two else center + scale * mean
    else:
        value = sums[:, 1:] / sums[:, 1:].sum(axis=1, keepdims=True)
    tree = Tree(
        feature=feature,
        threshold=threshold,
        left=nodes[:, kernels.LEFT].copy(),
        right=nodes[:, kernels.RIGHT].copy(),
        value=value,
        n_samples=sums[:, 0].astype(int),
        impurity_decrease=np.where(inner, gains, 0.0) * (2 if two else scale**2) / W,
    )
    leaves = np.flatnonzero(~inner)
    bounds = nodes[leaves][:, [kernels.START, kernels.STOP]]
    return tree, [(leaf, rows[start:stop]) for leaf, (start, stop) in zip(leaves, bounds, strict=True)]


def _standardised(y: np.ndarray, share: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return (y - mean) / scale in [-1, 1], mean and scale: sums then cancel less, and squares stay finite."""
    center = float((share * y).sum())
    y = np.where(share > 0, y - center, 0.0)
    scale = float(np.abs(y).max()) or 1.0
    return y / scale, center, scale
