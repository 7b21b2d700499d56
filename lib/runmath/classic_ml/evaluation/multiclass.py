"""Precision, recall and F1 of many classes, their averages, and the top-k error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.classic_ml.evaluation._checks import as_labels
from runmath.core import as_integer, as_matrix

AVERAGES = ("macro", "micro", "weighted")


@dataclass(frozen=True)
class ClassScores:
    """Precision, recall and F1 of each class; a ratio 0 / 0 counts as 0, so that averages exist.

    Parameters
    ----------
    precision, recall, f1 : ndarray of shape (k,)
    support : ndarray of int, shape (k,)
        Number of samples of each class.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray

    def average(self, kind: str, name: str = "f1") -> float:
        """Return one number: the mean over classes, over samples of each class, or of the pooled counts.

        Raises
        ------
        ValueError
            If `kind` is not "macro", "micro" or "weighted", or `name` no score.

        Notes
        -----
        With one label a sample, every error is a false positive of one class and a false negative of another; so
        the micro averages of all three are the accuracy.
        """
        if kind not in AVERAGES:
            raise ValueError(f"`kind` must be one of {AVERAGES}, got {kind!r}")
        if name not in ("precision", "recall", "f1"):
            raise ValueError(f"`name` must be 'precision', 'recall' or 'f1', got {name!r}")
        if kind == "micro":
            name, kind = "recall", "weighted"  # sum of n_i (TP_i / n_i) over n
        weights = self.support if kind == "weighted" else None
        return float(np.average(getattr(self, name), weights=weights))


def class_scores(C: ArrayLike) -> ClassScores:
    """Compute c_ii / sum_j c_ji, c_ii / sum_j c_ij and their harmonic mean from a confusion matrix.

    Parameters
    ----------
    C : array-like of shape (k, k)
        Counts; rows are the truth.

    Returns
    -------
    ClassScores

    Raises
    ------
    ValueError
        If `C` is not square, has a negative entry, or is zero.

    Notes
    -----
    Chapter: classic-ml/evaluation.

    Examples
    --------
    >>> class_scores([[3, 1], [0, 4]]).recall
    array([0.75, 1.  ])
    """
    C = as_matrix(C, "C", square=True)
    if (C < 0).any() or not C.any():
        raise ValueError("`C` must hold counts that are at least 0 and not all 0")
    hits, support, predicted = np.diag(C), C.sum(axis=1), C.sum(axis=0)
    return ClassScores(
        _share(hits, predicted),
        _share(hits, support),
        _share(2 * hits, support + predicted),
        support.astype(np.int64),
    )


def _share(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)


def top_k_error(y_true: ArrayLike, score: ArrayLike, *, k: int = 1, labels: ArrayLike | None = None) -> float:
    """Return the share of samples whose label is not among the k classes with the largest scores.

    Parameters
    ----------
    y_true : array-like of shape (n,)
    score : array-like of shape (n, n_classes)
    k : int
        Between 1 and n_classes.
    labels : array-like of shape (n_classes,), optional
        The class of each column; by default 0, 1, ..., n_classes - 1.

    Returns
    -------
    float
        Classes with equal scores count as if they stood in random order: the expected error.

    Raises
    ------
    ValueError
        If shapes disagree, a label has no column, or `k` is out of range.

    Notes
    -----
    Cost n n_classes. `sklearn.metrics.top_k_accuracy_score` lets the order of the columns decide ties, so that a
    constant score looks perfect for the last class. Chapter: classic-ml/evaluation.

    References
    ----------
    :cite:t:`russakovsky2015imagenet`, section 4.1, for the top-5 error.

    Examples
    --------
    >>> top_k_error([0, 1], [[0.5, 0.3, 0.2], [0.6, 0.3, 0.1]], k=1)
    0.5
    >>> top_k_error([0, 1], [[0.5, 0.3, 0.2], [0.6, 0.3, 0.1]], k=2)
    0.0
    """
    y_true, score = as_labels(y_true, "y_true"), as_matrix(score, "score")
    if len(score) != len(y_true):
        raise ValueError(f"`score` must have {len(y_true)} rows, one for each label, got {len(score)}")
    k = as_integer(k, "k", high=score.shape[1])
    classes = np.arange(score.shape[1]) if labels is None else as_labels(labels, "labels")
    if len(classes) != score.shape[1]:
        raise ValueError(f"`labels` must name the {score.shape[1]} columns of `score`, got {len(classes)}")
    match = y_true[:, None] == classes  # (n, n_classes)
    if not (match.sum(axis=1) == 1).all():
        raise ValueError("`y_true` must hold only labels that name exactly one column of `score`")
    own = score[match][:, None]
    above, tied = (score > own).sum(axis=1), (score == own).sum(axis=1)  # tied counts the label itself
    return float(np.mean(1 - np.clip((k - above) / tied, 0, 1)))
