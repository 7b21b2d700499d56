"""Trees whose nodes may have many branches, and which share a row among them where its answer is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

NO_FEATURE = -1


@dataclass(frozen=True, kw_only=True, eq=False)
class Node:
    """A question about one feature with its branches, or a leaf.

    Parameters
    ----------
    counts : ndarray of shape (n_classes,)
        Weight of each class among the training rows that arrive here.
    feature : int
        Feature asked for; -1 in a leaf.
    threshold : float
        Rows with x ≤ threshold take the first of two branches, others the second; NaN for a categorical feature.
    values : ndarray of shape (n_branches,)
        Value of a categorical feature that leads into each branch, ascending.
    shares : ndarray of shape (n_branches,)
        Part of the rows with a known answer that took each branch; the sum is 1.
    children : tuple of int
        Numbers of the nodes behind the branches.
    """

    counts: np.ndarray
    feature: int = NO_FEATURE
    threshold: float = np.nan
    values: np.ndarray | None = None
    shares: np.ndarray | None = None
    children: tuple[int, ...] = ()

    def branch(self, x: np.ndarray) -> np.ndarray:
        """Return the number of the branch (n,) that values x (n,) of the feature take; -1 for none."""
        if self.values is None:
            return np.where(np.isnan(x), -1, (x > self.threshold).astype(int))
        found = np.minimum(np.searchsorted(self.values, x), len(self.values) - 1)
        return np.where(self.values[found] == x, found, -1)

    def route(self, x: np.ndarray, w: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Return for each branch the positions in x that enter it, and their weights.

        A row without an answer enters every branch, with its weight times the share of the branch.
        """
        branch = self.branch(x)
        lost = branch < 0
        entering = (np.flatnonzero((branch == b) | lost) for b in range(len(self.shares)))
        return [
            (i, np.where(lost[i], w[i] * share, w[i])) for i, share in zip(entering, self.shares, strict=True)
        ]


@dataclass(frozen=True, kw_only=True, eq=False)
class MultiwayTree:
    """A decision tree with any number of branches at a node; node 0 is the root.

    Parameters
    ----------
    nodes : tuple of Node
        Every child comes after its parent.
    """

    nodes: tuple[Node, ...]

    @property
    def n_nodes(self) -> int:
        """Number of nodes, leaves included."""
        return len(self.nodes)

    @property
    def n_leaves(self) -> int:
        """Number of leaves."""
        return sum(not node.children for node in self.nodes)

    @property
    def depth(self) -> int:
        """Most questions on the way from the root to a leaf."""
        depth = np.zeros(len(self.nodes), int)
        for k, node in enumerate(self.nodes):
            depth[list(node.children)] = depth[k] + 1
        return int(depth.max())

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the class frequencies (n, n_classes) for X (n, n_features).

        They are those of the leaf, or, where an answer is missing or its value is new, the average over the
        branches with their shares as weights.
        """
        out = np.zeros((len(X), len(self.nodes[0].counts)))
        for node, rows, w in self.visits(X):
            if not node.children:
                out[rows] += w[:, None] * (node.counts / node.counts.sum())
        return out

    def visits(self, X: np.ndarray):
        """Yield each node that rows of X arrive at, with these rows and the parts of them that do."""
        arriving = {0: (np.arange(len(X)), np.ones(len(X)))}
        for k, node in enumerate(self.nodes):
            rows, w = arriving.pop(k, (np.array([], int), np.array([])))
            if not len(rows):
                continue
            yield node, rows, w
            if node.children:
                entering = node.route(X[rows, node.feature], w)
                for child, (i, w_child) in zip(node.children, entering, strict=True):
                    arriving[child] = rows[i], w_child

    def cut(self, leaf: np.ndarray) -> MultiwayTree:
        """Return the tree in which the nodes marked in `leaf` (n_nodes,) are leaves, numbered anew."""
        kept, new = np.zeros(len(self.nodes), bool), np.zeros(len(self.nodes), int)
        kept[0] = True
        for k, node in enumerate(self.nodes):
            if kept[k] and not leaf[k]:
                kept[list(node.children)] = True
        new[kept] = np.arange(kept.sum())
        nodes = (
            Node(counts=node.counts)
            if leaf[k]
            else replace(node, children=tuple(int(new[child]) for child in node.children))
            for k, node in enumerate(self.nodes)
            if kept[k]
        )
        return MultiwayTree(nodes=tuple(nodes))

    def to_text(
        self,
        features: Sequence[str],
        classes: Sequence[object],
        values: Sequence[Sequence[object]] | None = None,
    ) -> str:
        """Return the tree as indented lines, a branch each, with the class weights in brackets.

        Parameters
        ----------
        features : sequence of str
        classes : sequence
            Names of the classes.
        values : sequence of sequences, optional
            For each feature the names of its categories 0, 1, ...
        """
        lines: list[str] = []
        stack = [(0, 0, "")]
        while stack:
            k, level, answer = stack.pop()
            node = self.nodes[k]
            counts = " ".join(f"{count:.4g}" for count in node.counts)
            leaf = "" if node.children else f"{': ' if answer else ''}{classes[int(node.counts.argmax())]}"
            lines.append("|  " * (level - 1) + f"{answer}{leaf} [{counts}]")
            answers = self._answers(node, features, values) if node.children else []
            stack += [(c, level + 1, a) for c, a in reversed(list(zip(node.children, answers, strict=True)))]
        return "\n".join(line.strip() for line in lines)

    @staticmethod
    def _answers(node: Node, features: Sequence[str], values: Sequence[Sequence[object]] | None) -> list[str]:
        """Return the words on the branches of a node."""
        name = features[node.feature]
        if node.values is None:
            return [f"{name} ≤ {node.threshold:.4g}", f"{name} > {node.threshold:.4g}"]
        names = [values[node.feature][int(v)] if values is not None else f"{v:g}" for v in node.values]
        return [f"{name} = {value}" for value in names]
