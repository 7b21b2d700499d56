"""What a question tells about the class: information gain, and the gain ratio that charges for many answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from runmath.core import as_matrix

LN2 = np.log(2.0)


def weight_entropy(counts: np.ndarray) -> np.ndarray:
    """Return W H = W log₂ W - Σ_k c_k log₂ c_k along the last axis, for weights c with the sum W.

    Examples
    --------
    >>> float(weight_entropy(np.array([2.0, 2.0, 0.0])))
    4.0
    """
    W = counts.sum(axis=-1)
    return (xlogy(W, W) - xlogy(counts, counts).sum(axis=-1)) / LN2


def information_gain(table: ArrayLike) -> float:
    """Return H(S) - Σ_v |S_v| / |S| H(S_v) in bits: what the answers tell about the class.

    Parameters
    ----------
    table : array_like of shape (n_answers, n_classes)
        How many rows (or which weight) have this answer and that class.

    Returns
    -------
    float
        Between 0, where the answer tells nothing, and the smaller one of the entropies of class and answer.

    Raises
    ------
    TypeError, ValueError
        If the table is not one of finite non-negative numbers, or holds only zeros.

    Notes
    -----
    It is the mutual information of answer and class under the frequencies of the table, and on average too large:
    answers that are independent of the class gain about (n_answers - 1) (n_classes - 1) / (2 |S| ln 2) bits.

    Chapter: classic-ml/decision-trees.

    References
    ----------
    .. [1] quinlan1986induction, section 4.

    Examples
    --------
    >>> information_gain([[2, 0], [0, 2]]), information_gain([[1, 1], [1, 1]])
    (1.0, 0.0)
    """
    table = _as_table(table)
    gain = weight_entropy(table.sum(axis=0)) - weight_entropy(table).sum()
    return max(0.0, float(gain / table.sum()))


def split_information(table: ArrayLike) -> float:
    """Return -Σ_v |S_v| / |S| log₂ |S_v| / |S|, the entropy of the answers, in bits.

    Parameters
    ----------
    table : array_like of shape (n_answers, n_classes)
        As for `information_gain`.

    Returns
    -------
    float
        Between 0, where all rows give one answer, and log₂ n_answers.

    Raises
    ------
    TypeError, ValueError
        As `information_gain`.

    Notes
    -----
    Chapter: classic-ml/decision-trees.

    References
    ----------
    .. [1] quinlan1993c45, section 2.2.

    Examples
    --------
    >>> split_information([[2, 0], [0, 1], [1, 0]])
    1.5
    """
    table = _as_table(table)
    return max(0.0, float(weight_entropy(table.sum(axis=1)) / table.sum()))


def gain_ratio(table: ArrayLike) -> float:
    """Return the information gain divided by the split information; 0 where there is a single answer.

    Parameters
    ----------
    table : array_like of shape (n_answers, n_classes)
        As for `information_gain`.

    Returns
    -------
    float
        Between 0 and 1.

    Raises
    ------
    TypeError, ValueError
        As `information_gain`.

    Notes
    -----
    It favours questions that nearly everybody answers alike, because the divisor is then small; C4.5 therefore
    takes the largest ratio only among questions of at least average gain.

    Chapter: classic-ml/decision-trees.

    References
    ----------
    .. [1] quinlan1993c45, section 2.2.

    Examples
    --------
    >>> gain_ratio([[2, 0], [0, 1], [0, 1]])
    0.6666666666666666
    """
    bits = split_information(table)
    return information_gain(table) / bits if bits > 0 else 0.0


def _as_table(table: ArrayLike) -> np.ndarray:
    """Return a float64 array (n_answers, n_classes) of non-negative numbers, not all zero."""
    table = as_matrix(table, "table")
    if table.min() < 0 or not table.any():
        raise ValueError(f"`table` must hold non-negative numbers, not all zero, got {table.tolist()}")
    return table
