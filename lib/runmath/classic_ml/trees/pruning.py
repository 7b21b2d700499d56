"""Pessimistic pruning: a subtree goes where it does not beat a leaf by more than its own optimism."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainccinv

from runmath.classic_ml.trees.multiway import MultiwayTree


def pessimistic_errors(errors: ArrayLike, total: ArrayLike, *, confidence: float = 0.25) -> np.ndarray:
    """Return N U, where U solves P(at most E of N | U) = confidence: how many errors are still plausible.

    Parameters
    ----------
    errors, total : array_like of equal shape
        Weight E of the wrong rows in a leaf, and N of all its rows, 0 ≤ E ≤ N and N > 0; need not be integers.
    confidence : float
        Between 0 and 1; the smaller, the more pessimistic.

    Returns
    -------
    ndarray of the same shape
        Between E and N for confidence up to one half.

    Raises
    ------
    ValueError
        If an argument is out of its range.

    Notes
    -----
    U is the upper Clopper-Pearson limit of a binomial proportion, the quantile 1 - confidence of the Beta
    distribution with parameters E + 1 and N - E, which also has a meaning for fractions of rows. Quinlan's
    program approximates it by a normal distribution. As a confidence limit it is a figure of speech: the tree
    was chosen to make E small.

    Chapter: classic-ml/decision-trees-2.

    References
    ----------
    .. [1] quinlan1993c45, section 4.2.

    Examples
    --------
    >>> pessimistic_errors([0, 0, 0], [6, 9, 1]).round(3)
    array([1.238, 1.285, 0.75 ])
    """
    E, N = np.asarray(errors, float), np.asarray(total, float)
    if not ((E >= 0) & (E <= N) & (N > 0)).all():
        raise ValueError(
            f"`errors` must lie between 0 and `total`, and that above 0, got {errors} and {total}"
        )
    if not 0 < confidence < 1:
        raise ValueError(f"`confidence` must be between 0 and 1, got {confidence}")
    right = N - E
    return N * np.where(right > 0, betainccinv(E + 1, np.where(right > 0, right, 1.0), confidence), 1.0)


def prune_pessimistically(tree: MultiwayTree, *, confidence: float = 0.25) -> MultiwayTree:
    """Replace, from the leaves up, each subtree whose pessimistic errors are not fewer than those of a leaf.

    Parameters
    ----------
    tree : MultiwayTree
    confidence : float
        As for `pessimistic_errors`.

    Returns
    -------
    MultiwayTree
        A new one.

    Notes
    -----
    O(n_nodes). Quinlan's program also tries to raise the largest branch of a node into its place.

    Chapter: classic-ml/decision-trees-2.

    References
    ----------
    .. [1] quinlan1993c45, section 4.2.

    Examples
    --------
    >>> from runmath.classic_ml.trees.multiway import Node
    >>> def leaf(*counts):
    ...     return Node(counts=np.array(counts, float))
    >>> root = Node(counts=np.array([15.0, 1.0]), feature=0, children=(1, 2, 3), values=np.arange(3.0))
    >>> tree = MultiwayTree(nodes=(root, leaf(6, 0), leaf(9, 0), leaf(0, 1)))
    >>> prune_pessimistically(tree).n_leaves
    1
    """
    counts = np.array([node.counts for node in tree.nodes])
    as_leaf = pessimistic_errors(
        counts.sum(axis=1) - counts.max(axis=1), counts.sum(axis=1), confidence=confidence
    )
    best = as_leaf.copy()
    leaf = np.array([not node.children for node in tree.nodes])
    for k in reversed(range(tree.n_nodes)):  # children come after their parent
        if leaf[k]:
            continue
        below = best[list(tree.nodes[k].children)].sum()
        if as_leaf[k] <= below * (1 + 1e-12):
            leaf[k] = True
        else:
            best[k] = below
    return tree.cut(leaf)
