"""What a score knows about the order of positives and negatives: ROC, AUC, precision and recall."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.classic_ml.evaluation._checks import as_outcomes, as_scores


@dataclass(frozen=True)
class RocCurve:
    """The points of a ROC curve, from no sample called positive to all.

    Parameters
    ----------
    fpr, tpr : ndarray of shape (m,)
        False and true positive rate of the rule: positive where score >= threshold.
    thresholds : ndarray of shape (m,)
        Infinity, then the distinct scores in descending order.
    """

    fpr: np.ndarray
    tpr: np.ndarray
    thresholds: np.ndarray


@dataclass(frozen=True)
class PrecisionRecallCurve:
    """Precision and recall of the rule: positive where score >= threshold.

    Parameters
    ----------
    precision, recall, thresholds : ndarray of shape (m,)
        One entry for each distinct score, in descending order.
    """

    precision: np.ndarray
    recall: np.ndarray
    thresholds: np.ndarray


def roc_curve(y_true: ArrayLike, score: ArrayLike) -> RocCurve:
    """Compute (FP / N, TP / P) for every threshold, by one sort.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        0 and 1, both of which occur.
    score : array-like of shape (n,)
        Larger means more likely 1.

    Returns
    -------
    RocCurve

    Raises
    ------
    ValueError
        If `y_true` holds other values or only one class, or the lengths differ.

    Notes
    -----
    Samples with equal scores move together: the curve has one slanted piece for them. Cost n log n.
    `sklearn.metrics.roc_curve` also drops points inside straight pieces. Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`fawcett2006introduction`, algorithm 1.

    Examples
    --------
    >>> curve = roc_curve([0, 1, 1], [0.1, 0.1, 0.9])
    >>> curve.fpr, curve.tpr
    (array([0., 0., 1.]), array([0. , 0.5, 1. ]))
    """
    y = as_outcomes(y_true, both=True)
    tp, fp, thresholds = _counts(y, as_scores(score, "score", size=len(y)))
    zero = np.zeros(1)
    return RocCurve(
        np.concatenate([zero, fp / fp[-1]]),
        np.concatenate([zero, tp / tp[-1]]),
        np.concatenate([[np.inf], thresholds]),
    )


def auc(y_true: ArrayLike, score: ArrayLike) -> float:
    """Compute P(s⁺ > s⁻) + P(s⁺ = s⁻) / 2 for a random positive and a random negative.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        0 and 1, both of which occur.
    score : array-like of shape (n,)

    Returns
    -------
    float
        The area under the ROC curve, and Mann and Whitney's U divided by the number of pairs.

    Raises
    ------
    ValueError
        As in `roc_curve`.

    Notes
    -----
    Pairs are counted in integers and divided once, so the result is the correctly rounded quotient (below 2^52
    pairs). Cost n log n, one sort. `sklearn.metrics.roc_auc_score` sums trapezoids; it also knows weights,
    partial areas and several classes. Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`hanley1982meaning`; :cite:t:`mann1947test`.

    Examples
    --------
    >>> auc([0, 0, 1, 1], [0.1, 0.4, 0.4, 0.8])
    0.875
    """
    y = as_outcomes(y_true, both=True)
    tp, fp, _ = _counts(y, as_scores(score, "score", size=len(y)))
    before = np.concatenate([[0], tp[:-1]])
    twice = int(
        np.dot(np.diff(fp, prepend=0), before + tp)
    )  # each negative: positives above, twice; tied, once
    return twice / (2 * int(tp[-1]) * int(fp[-1]))


def precision_recall_curve(y_true: ArrayLike, score: ArrayLike) -> PrecisionRecallCurve:
    """Compute TP / (TP + FP) and TP / P for every threshold.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        0 and 1; at least one 1.
    score : array-like of shape (n,)

    Returns
    -------
    PrecisionRecallCurve

    Raises
    ------
    ValueError
        If `y_true` holds other values or no 1, or the lengths differ.

    Notes
    -----
    There is no point for "nothing called positive": its precision is 0 / 0. `sklearn.metrics` draws one at
    precision 1, and orders thresholds upwards. Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`davis2006relationship`.

    Examples
    --------
    >>> curve = precision_recall_curve([0, 1, 1], [0.5, 0.1, 0.9])
    >>> curve.recall, curve.thresholds
    (array([0.5, 0.5, 1. ]), array([0.9, 0.5, 0.1]))
    """
    y = as_outcomes(y_true)
    if not y.any():
        raise ValueError("`y_true` must hold at least one 1, got none")
    tp, fp, thresholds = _counts(y, as_scores(score, "score", size=len(y)))
    return PrecisionRecallCurve(tp / (tp + fp), tp / tp[-1], thresholds)


def average_precision(y_true: ArrayLike, score: ArrayLike) -> float:
    """Compute sum_i (R_i - R_{i-1}) P_i over the thresholds: precision averaged over the positives.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        0 and 1; at least one 1.
    score : array-like of shape (n,)

    Returns
    -------
    float

    Raises
    ------
    ValueError
        As in `precision_recall_curve`.

    Notes
    -----
    A step function, because straight lines between points of this curve promise precisions that no threshold
    and no mixture of thresholds has. Scores without information give about the prevalence.
    Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`davis2006relationship`, section 4, on why not to interpolate.

    Examples
    --------
    >>> average_precision([0, 1, 0, 1], [0.4, 0.3, 0.2, 0.1])
    0.5
    """
    curve = precision_recall_curve(y_true, score)
    return float(np.dot(np.diff(curve.recall, prepend=0), curve.precision))


def _counts(y: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return TP, FP (integers) and the threshold at each distinct score, in descending order."""
    order = np.argsort(-score)  # ties are put together below, so the sort need not be stable
    score = score[order]
    last = np.append(np.flatnonzero(score[1:] != score[:-1]), len(score) - 1)
    tp = np.cumsum(y[order])[last]
    return tp, last + 1 - tp, score[last]
