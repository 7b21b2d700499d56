"""Growing a tree that asks categorical features for their value and numerical ones for a threshold."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from runmath.classic_ml.trees.binning import midpoint
from runmath.classic_ml.trees.gains import weight_entropy
from runmath.classic_ml.trees.multiway import MultiwayTree, Node

TIE = 1e-9  # scores closer than this, relatively, are equal, and the first feature wins


@dataclass(frozen=True, kw_only=True)
class Rules:
    """How questions are chosen, and where a tree stops.

    Parameters
    ----------
    criterion : {"gain_ratio", "gain"}
    categorical : ndarray of bool, shape (n_features,)
    costs : ndarray of shape (n_features,), optional
        Price of asking for each feature.
    min_weight : float
        Least weight of the known rows in two of the branches.
    max_depth : int, optional
    stop_without_gain : bool
        Whether a node in which no question gains anything becomes a leaf.
    """

    criterion: str
    categorical: np.ndarray
    costs: np.ndarray | None = None
    min_weight: float = 0.0
    max_depth: int | None = None
    stop_without_gain: bool = True


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The best question about each feature, arrays of shape (n_features,).

    Parameters
    ----------
    gain : ndarray
        Known part of the rows times the information gain on it, in bits; -1 where no question is allowed.
    split_information : ndarray
        Entropy of the answers, a missing one being an answer, in bits.
    threshold : ndarray
        Of numerical features.
    """

    gain: np.ndarray
    split_information: np.ndarray
    threshold: np.ndarray


def grow_multiway(X: np.ndarray, y: np.ndarray, w: np.ndarray, n_classes: int, rules: Rules) -> MultiwayTree:
    """Grow a tree on X (n, n_features), NaN where a value is missing, classes y (n,) and weights w (n,) > 0.

    Every question is the best one for its node alone; of equal ones, about the first feature and the lowest cut.
    """
    columns, w = np.ascontiguousarray(X.T), w.copy()
    nodes: list[Node] = []
    children: list[list[int]] = []
    stack = [(np.arange(len(y)), w.copy(), np.argsort(columns, axis=1), 0, None)]  # sorted once, missing last
    while stack:
        rows, weights, order, depth, siblings = stack.pop()
        if siblings is not None:
            siblings.append(len(nodes))
        w[rows] = weights  # other parts of a row may be elsewhere
        node = Node(counts=np.bincount(y[rows], weights, n_classes))
        if (node.counts > 0).sum() > 1 and depth != rules.max_depth:
            node = ask(columns, order, y, w, node, rules)
        nodes.append(node)
        children.append([])
        if node.shares is None:
            continue
        for i, entering in reversed(node.route(columns[node.feature, rows], weights)):
            inside = np.zeros(len(y), bool)
            inside[rows[i]] = True
            child_order = order[inside[order]].reshape(len(columns), len(i))
            stack.append((rows[i], entering, child_order, depth + 1, children[-1]))
    linked = (replace(node, children=tuple(below)) for node, below in zip(nodes, children, strict=True))
    return MultiwayTree(nodes=tuple(linked))


def ask(
    columns: np.ndarray, order: np.ndarray, y: np.ndarray, w: np.ndarray, node: Node, rules: Rules
) -> Node:
    """Return the node with the question that the rules choose, or itself where they choose none."""
    rows, n_classes = order[0], len(node.counts)
    tables = {
        j: value_table(columns[j, rows], y[rows], w[rows], n_classes)
        for j in np.flatnonzero(rules.categorical)
    }
    candidates = measure(columns, order, y, w, tables, node, rules)
    j = choose(candidates, rules)
    if j is None:
        return node
    if rules.categorical[j]:
        values, table = tables[j]
        weight = table.sum(axis=1)
        return replace(node, feature=j, values=values, shares=weight / weight.sum())
    known = ~np.isnan(columns[j, rows])
    left = w[rows[known & (columns[j, rows] <= candidates.threshold[j])]].sum() / w[rows[known]].sum()
    return replace(
        node, feature=j, threshold=float(candidates.threshold[j]), shares=np.array([left, 1 - left])
    )


def value_table(x: np.ndarray, y: np.ndarray, w: np.ndarray, n_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the known values of a categorical feature and their table (n_values, n_classes) of weights."""
    known = ~np.isnan(x)
    values, codes = np.unique(x[known], return_inverse=True)
    table = np.bincount(codes * n_classes + y[known], w[known], len(values) * n_classes)
    return values, table.reshape(len(values), n_classes)


def measure(
    columns: np.ndarray,
    order: np.ndarray,
    y: np.ndarray,
    w: np.ndarray,
    tables: dict[int, tuple[np.ndarray, np.ndarray]],
    node: Node,
    rules: Rules,
) -> Candidates:
    """Return the best question about each feature of columns (n_features, n) among the rows in `order`."""
    W, p = node.counts.sum(), len(columns)
    gain, split, known = np.full(p, -1.0), np.zeros(p), np.zeros(p)
    low, high, left = np.zeros(p), np.zeros(p), np.zeros(p)
    numerical = np.flatnonzero(~rules.categorical)
    if len(numerical):
        from runmath.classic_ml.trees.threshold_sweep import sweep  # loads Numba

        min_weight = rules.min_weight * (1 - 1e-9)  # parts of rows need not add up exactly
        sweep(columns, order, numerical, y, w, len(node.counts), min_weight, gain, low, high, left, known)
        answers = np.stack([left, known - left, np.maximum(W - known, 0)], axis=1)
        split[numerical] = weight_entropy(answers)[numerical]
    for j, (_, table) in tables.items():
        weight = table.sum(axis=1)
        if (weight >= rules.min_weight * (1 - 1e-9)).sum() < 2:
            continue
        gain[j] = max(0.0, weight_entropy(table.sum(axis=0)) - weight_entropy(table).sum())
        split[j] = weight_entropy(np.append(weight, max(W - weight.sum(), 0.0)))
    gain = np.where(gain >= 0, gain / W, -1.0)
    return Candidates(gain=gain, split_information=split / W, threshold=midpoint(low, high))


def choose(candidates: Candidates, rules: Rules) -> int | None:
    """Return the feature to ask for, or None.

    With "gain_ratio": the largest gain / split information among the questions of at least average gain. Where
    features have costs C_j: the gain is replaced by (2^gain - 1) / C_j, which does not change what is average.
    """
    gain = candidates.gain
    allowed = gain >= 0
    if not allowed.any() or (rules.stop_without_gain and gain.max() <= 1e-12):
        return None
    score = gain.copy() if rules.costs is None else np.expm1(gain * np.log(2.0)) / rules.costs
    if rules.criterion == "gain_ratio":
        allowed &= gain >= gain[allowed].mean() * (1 - TIE)
        score /= np.where(candidates.split_information > 0, candidates.split_information, 1.0)
    score[~allowed] = -np.inf
    best = score.max()
    return int(np.flatnonzero(score >= best - TIE * abs(best))[0])
