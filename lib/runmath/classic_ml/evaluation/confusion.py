"""The confusion matrix, and the ratios that are made of a binary one."""

from __future__ import annotations

from dataclasses import dataclass
from math import nan, sqrt
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from runmath.classic_ml.evaluation._checks import as_labels


def confusion_matrix(y_true: ArrayLike, y_pred: ArrayLike, *, labels: ArrayLike | None = None) -> np.ndarray:
    """Count c_ij, the samples of class i that were taken for class j.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        Labels: numbers or strings.
    labels : array-like of shape (k,), optional
        The classes in the wanted order; by default all that occur, sorted.

    Returns
    -------
    ndarray of int, shape (k, k)
        Rows are the truth, columns the prediction.

    Raises
    ------
    ValueError
        If the lengths differ, one holds text and the other numbers, or a label is not among `labels` or is listed
        twice.

    Notes
    -----
    Cost n for integers from a short range, n log n otherwise. `sklearn.metrics.confusion_matrix` also weights
    samples and normalises. Chapter: classic-ml/evaluation.

    References
    ----------
    :cite:t:`hastie2009elements`, section 9.2.5, for sensitivity and specificity.

    Examples
    --------
    >>> confusion_matrix([1, 1, 0, 0, 0], [1, 0, 0, 0, 1], labels=[1, 0])
    array([[1, 1],
           [1, 2]])
    """
    y_true = as_labels(y_true, "y_true")
    y_pred = as_labels(y_pred, "y_pred", size=len(y_true))
    order, codes = _codes(_side_by_side(y_true, y_pred))
    k = len(order)
    C = np.bincount(codes[0] * k + codes[1], minlength=k * k).reshape(k, k)
    if labels is None:
        return C
    wanted = as_labels(labels, "labels")
    if len(set(wanted.tolist())) < len(wanted):
        raise ValueError(f"`labels` must name each class once, got {wanted.tolist()}")
    missing = sorted(set(order.tolist()) - set(wanted.tolist()), key=str)
    if missing:
        raise ValueError(f"`labels` must name every class that occurs, got none for {missing}")
    position = {label: i for i, label in enumerate(wanted.tolist())}
    place = [position[label] for label in order.tolist()]
    result = np.zeros((len(wanted), len(wanted)), dtype=C.dtype)
    result[np.ix_(place, place)] = C
    return result


def _side_by_side(y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
    """Return both rows of labels as one array, in which no two labels have become one."""
    kinds = y_true.dtype.kind, y_pred.dtype.kind
    if "O" not in kinds and (kinds[0] in "US") != (kinds[1] in "US"):
        raise ValueError(
            f"`y_true` and `y_pred` must both hold text or both numbers, got {y_true.dtype} and {y_pred.dtype}"
        )
    labels = np.stack([y_true, y_pred])
    if labels.dtype.kind == "f" and set(kinds) == {"i", "u"}:  # int64 beside uint64: floats merge beyond 2^53
        return np.stack([y_true.astype(object), y_pred.astype(object)])
    return labels


def _codes(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted distinct labels and the place of each label among them."""
    if labels.dtype.kind in "iu":
        low, high = int(labels.min()), int(labels.max())
        if high - low < labels.size and high <= np.iinfo(np.int64).max:  # a short range: count, do not sort
            codes = labels.astype(np.int64) - low  # not in the labels' type: 100 - (-100) is no int8
            present = np.bincount(codes.ravel(), minlength=high - low + 1) > 0
            return np.flatnonzero(present) + low, (np.cumsum(present) - 1)[codes]
    order, codes = np.unique(labels, return_inverse=True)
    return order, codes.reshape(labels.shape)


@dataclass(frozen=True)
class BinaryCounts:
    """The four counts of a binary classifier; each ratio is NaN where its denominator is 0.

    Parameters
    ----------
    tp, fn, fp, tn : int or float
        Positives found and missed; negatives taken for positives, and recognised. Expected counts may be fractions.

    Raises
    ------
    ValueError
        If a count is negative or not finite.

    Notes
    -----
    NaN says that the data do not answer the question; `sklearn.metrics` answers 0 and warns.
    Chapter: classic-ml/evaluation.

    References
    ----------
    :cite:t:`vanrijsbergen1979information`, chapter 7, for precision, recall and the F-score;
    :cite:t:`matthews1975comparison` for the correlation.

    Examples
    --------
    >>> counts = BinaryCounts(tp=6, fn=2, fp=4, tn=88)
    >>> counts.precision, counts.recall, counts.accuracy, counts.f_score(1)
    (0.6, 0.75, 0.94, 0.6666666666666666)
    """

    tp: int
    fn: int
    fp: int
    tn: int

    def __post_init__(self) -> None:
        for name in ("tp", "fn", "fp", "tn"):
            count = getattr(self, name)  # Python's integers: their sums and products do not overflow
            count = int(count) if isinstance(count, Integral) else float(count)
            if not 0 <= count < np.inf:
                raise ValueError(f"`{name}` must be a finite count of at least 0, got {count}")
            object.__setattr__(self, name, count)

    @property
    def accuracy(self) -> float:
        """(TP + TN) / n."""
        return _ratio(self.tp + self.tn, self.tp + self.fn + self.fp + self.tn)

    @property
    def precision(self) -> float:
        """TP / (TP + FP), also called positive predictive value."""
        return _ratio(self.tp, self.tp + self.fp)

    @property
    def recall(self) -> float:
        """TP / (TP + FN), also called sensitivity or true positive rate."""
        return _ratio(self.tp, self.tp + self.fn)

    @property
    def specificity(self) -> float:
        """TN / (TN + FP): the recall of the negatives, 1 - false positive rate."""
        return _ratio(self.tn, self.tn + self.fp)

    @property
    def npv(self) -> float:
        """TN / (TN + FN), the negative predictive value: the precision of the negatives."""
        return _ratio(self.tn, self.tn + self.fn)

    @property
    def prevalence(self) -> float:
        """(TP + FN) / n, the share of positives."""
        return _ratio(self.tp + self.fn, self.tp + self.fn + self.fp + self.tn)

    @property
    def balanced_accuracy(self) -> float:
        """Mean of recall and specificity."""
        return (self.recall + self.specificity) / 2

    @property
    def iou(self) -> float:
        """TP / (TP + FP + FN): intersection over union, Jaccard's index."""
        return _ratio(self.tp, self.tp + self.fp + self.fn)

    @property
    def dice(self) -> float:
        """2 TP / (2 TP + FP + FN): Dice's coefficient, the same number as F_1."""
        return self.f_score(1)

    @property
    def matthews(self) -> float:
        """Correlation of truth and prediction, both as 0 and 1."""
        tp, fn, fp, tn = self.tp, self.fn, self.fp, self.tn
        return _ratio(tp * tn - fp * fn, sqrt((tp + fp) * (tp + fn) * (tn + fp) * (tn + fn)))

    def f_score(self, beta: float = 1.0) -> float:
        """Return (1 + b²) TP / ((1 + b²) TP + b² FN + FP): for b = 1 the harmonic mean of precision and recall.

        Raises
        ------
        ValueError
            If `beta` is negative or not finite.
        """
        if not 0 <= beta < np.inf:
            raise ValueError(f"`beta` must be at least 0 and finite, got {beta}")
        beta = float(beta)  # a NumPy integer has no negative powers
        if beta > 1:  # both parts divided by b²: no overflow, and the recall in the limit
            hits, miss, alarm = (1 + beta**-2) * self.tp, 1.0, beta**-2
        else:
            hits, miss, alarm = (1 + beta**2) * self.tp, beta**2, 1.0
        return _ratio(hits, hits + miss * self.fn + alarm * self.fp)


def binary_counts(y_true: ArrayLike, y_pred: ArrayLike, *, positive: object = 1) -> BinaryCounts:
    """Count TP, FN, FP and TN, one class against all others.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
    positive : object
        The label that counts as positive; every other label is negative.

    Returns
    -------
    BinaryCounts

    Raises
    ------
    ValueError
        If the lengths differ, or the labels are strings and none of them is `positive`.

    Notes
    -----
    Chapter: classic-ml/evaluation.

    Examples
    --------
    >>> binary_counts([1, 1, 0, 0], [1, 0, 0, 0])
    BinaryCounts(tp=1, fn=1, fp=0, tn=2)
    """
    y_true = as_labels(y_true, "y_true")
    y_pred = as_labels(y_pred, "y_pred", size=len(y_true))
    if (y_true.dtype.kind in "USO") and positive not in (set(y_true.tolist()) | set(y_pred.tolist())):
        raise ValueError(f"`positive` must be one of the labels, got {positive!r}")
    actual, found = y_true == positive, y_pred == positive
    tp = int(np.count_nonzero(actual & found))
    fn, fp = int(np.count_nonzero(actual)) - tp, int(np.count_nonzero(found)) - tp
    return BinaryCounts(tp, fn, fp, len(y_true) - tp - fn - fp)


def predictive_values(
    sensitivity: ArrayLike, specificity: ArrayLike, prevalence: ArrayLike
) -> tuple[np.ndarray, np.ndarray]:
    """Return P(ill | positive) = s p / (s p + (1 - c)(1 - p)) and P(healthy | negative), by Bayes' rule.

    Parameters
    ----------
    sensitivity, specificity, prevalence : array-like, broadcast together
        s, c and p, all in [0, 1].

    Returns
    -------
    ppv, npv : ndarray
        NaN where the test never gives the answer in question.

    Raises
    ------
    ValueError
        If a value is not in [0, 1].

    Notes
    -----
    Chapter: classic-ml/evaluation.

    Examples
    --------
    >>> ppv, npv = predictive_values(1.0, 0.5, 0.5)
    >>> round(float(ppv), 4), float(npv)
    (0.6667, 1.0)
    """
    s, c, p = np.broadcast_arrays(
        *(np.asarray(a, dtype=float) for a in (sensitivity, specificity, prevalence))
    )
    for name, value in (("sensitivity", s), ("specificity", c), ("prevalence", p)):
        if not ((value >= 0) & (value <= 1)).all():
            raise ValueError(f"`{name}` must lie between 0 and 1")
    with np.errstate(invalid="ignore"):  # 0 / 0 is NaN, as documented
        ppv = s * p / (s * p + (1 - c) * (1 - p))
        npv = c * (1 - p) / (c * (1 - p) + (1 - s) * p)
    return ppv, npv


def _ratio(numerator: float, denominator: float) -> float:
    return float(numerator / denominator) if denominator else nan
