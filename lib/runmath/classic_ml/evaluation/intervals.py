"""How sure is a metric? Intervals for a share, for any metric, and for AUC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv, ndtri

from runmath.classic_ml.evaluation._checks import as_confidence, as_labels, as_outcomes, as_scores
from runmath.core import as_integer
from runmath.probability import bootstrap_interval

KINDS = ("wilson", "wald", "exact")


def proportion_interval(
    successes: int, n: int, *, kind: str = "wilson", confidence: float = 0.95
) -> tuple[float, float]:
    """Return an interval for a probability p that was seen `successes` times in n independent trials.

    Parameters
    ----------
    successes, n : int
        0 <= successes <= n, n >= 1: for an accuracy, right answers and samples.
    kind : {"wilson", "wald", "exact"}
        With q = successes / n and z the quantile of the normal distribution: all p with
        abs(q - p) <= z sqrt(p (1 - p) / n); q -+ z sqrt(q (1 - q) / n); or all p that neither one-sided binomial
        test rejects at half the level (Clopper and Pearson).
    confidence : float
        Between 0 and 1.

    Returns
    -------
    tuple of float

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    Wald's has length 0 at 0 and n successes, and leaves [0, 1]; Wilson's covers about what it says; "exact"
    never covers less and mostly more. Trials must be independent: counts from overlapping training sets are not.
    `scipy.stats.binomtest(k, n).proportion_ci` offers Wilson's and the exact one. Chapter: classic-ml/evaluation.

    References
    ----------
    :cite:t:`wilson1927probable`; :cite:t:`clopper1934use`; :cite:t:`brown2001interval` compare them.

    Examples
    --------
    >>> low, high = proportion_interval(10, 10)
    >>> round(low, 4), high
    (0.7225, 1.0)
    """
    n = as_integer(n, "n")
    k = as_integer(successes, "successes", low=0, high=n)
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {KINDS}, got {kind!r}")
    confidence = as_confidence(confidence)
    if kind == "exact":
        tail = (1 - confidence) / 2
        low = float(betaincinv(k, n - k + 1, tail)) if k else 0.0
        return low, float(betaincinv(k + 1, n - k, 1 - tail)) if k < n else 1.0
    q, z = k / n, float(ndtri((1 + confidence) / 2))
    if kind == "wald":
        half = z * np.sqrt(q * (1 - q) / n)
        return float(q - half), float(q + half)
    centre, half = q + z * z / (2 * n), z * np.sqrt(q * (1 - q) / n + z * z / (4 * n * n))
    low, high = (float((centre + sign * half) / (1 + z * z / n)) for sign in (-1, 1))
    return (low if k else 0.0), (high if k < n else 1.0)  # in exact arithmetic these ends are 0 and 1


def metric_interval(
    metric: Callable[[np.ndarray, np.ndarray], float],
    y_true: ArrayLike,
    y_pred: ArrayLike,
    *,
    kind: str = "percentile",
    n_resamples: int = 999,
    confidence: float = 0.95,
    rng: np.random.Generator | int,
) -> tuple[float, float]:
    """Return a bootstrap interval for metric(y_true, y_pred), from pairs drawn with replacement.

    Parameters
    ----------
    metric : callable
        Called as ``metric(y_true, y_pred)``; returns a finite number on every resample.
    y_true, y_pred : array-like of shape (n,)
        Labels and predictions or scores, n >= 2.
    kind, n_resamples, confidence, rng
        As in `runmath.probability.bootstrap_interval`.

    Returns
    -------
    tuple of float

    Raises
    ------
    ValueError
        If lengths differ, an option is out of range, or `metric` is not finite on some resample: for AUC, a
        resample without positives.

    Notes
    -----
    Measures the luck of the test set only; the model is held fixed. Where every resample gives the same value, as
    for 20 right answers of 20, the interval is a point, and useless. Chapter: classic-ml/evaluation.

    References
    ----------
    :cite:t:`efron1979bootstrap`.

    Examples
    --------
    >>> accuracy = lambda y, z: np.mean(y == z)
    >>> metric_interval(accuracy, [0, 1, 1], [0, 1, 1], n_resamples=99, rng=0)
    (1.0, 1.0)
    """
    y_true = as_labels(y_true, "y_true")
    y_pred = as_labels(y_pred, "y_pred", size=len(y_true))

    def of_rows(samples: np.ndarray, axis: int) -> np.ndarray:
        rows = samples.astype(np.intp)  # (k, n): the bootstrap draws row numbers
        return np.array([metric(y_true[i], y_pred[i]) for i in rows], dtype=float)

    return bootstrap_interval(
        np.arange(len(y_true)), of_rows, kind=kind, n_resamples=n_resamples, confidence=confidence, rng=rng
    )


@dataclass(frozen=True)
class AucEstimate:
    """AUC, its standard error and an interval.

    Parameters
    ----------
    value, standard_error : float
        The difference of two AUCs, where two scores were given.
    interval : tuple of float
    """

    value: float
    standard_error: float
    interval: tuple[float, float]


def auc_interval(
    y_true: ArrayLike, score: ArrayLike, *, logit: bool = True, confidence: float = 0.95
) -> AucEstimate:
    """Estimate AUC with DeLong's variance v(positives) / m + v(negatives) / n.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        0 and 1, at least two of each.
    score : array-like of shape (n_samples,)
    logit : bool
        Form the interval for log(a / (1 - a)), and map it back: it stays inside (0, 1) and covers better near 1.
        An AUC of exactly 0 or 1 has standard error 0 and a point for an interval, either way.
    confidence : float

    Returns
    -------
    AucEstimate

    Raises
    ------
    ValueError
        If `y_true` holds other values or fewer than two of a class, or lengths differ.

    Notes
    -----
    A placement is the share of the other class that a sample beats; v is the sample variance of the placements
    over a class. By ranks: cost n log n instead of all pairs. Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`delong1988comparing`, equations 5-8; :cite:t:`sun2014fast` for ranks.

    Examples
    --------
    >>> auc_interval([0, 0, 1, 1], [1.0, 3.0, 2.0, 4.0]).value
    0.75
    """
    over, under = _placements(y_true, score)
    a = float(over.mean())
    error = float(np.sqrt(over.var(ddof=1) / len(over) + under.var(ddof=1) / len(under)))
    z = float(ndtri((1 + as_confidence(confidence)) / 2))
    if not logit or not 0 < a < 1:
        return AucEstimate(a, error, (a - z * error, a + z * error))
    centre, half = np.log(a / (1 - a)), z * error / (a * (1 - a))  # delta method
    low, high = (float(1 / (1 + np.exp(-(centre + sign * half)))) for sign in (-1, 1))
    return AucEstimate(a, error, (low, high))


def auc_difference(
    y_true: ArrayLike, score: ArrayLike, other: ArrayLike, *, confidence: float = 0.95
) -> AucEstimate:
    """Estimate auc(score) - auc(other) on the same samples, with DeLong's variance of the difference.

    Parameters
    ----------
    y_true : array-like of shape (n_samples,)
        0 and 1, at least two of each.
    score, other : array-like of shape (n_samples,)
    confidence : float

    Returns
    -------
    AucEstimate

    Raises
    ------
    ValueError
        As in `auc_interval`.

    Notes
    -----
    Two models are mostly wrong on the same samples, so their difference is surer than either AUC.
    Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`delong1988comparing`.

    Examples
    --------
    >>> auc_difference([0, 0, 1, 1], [1, 2, 3, 4], [1, 3, 2, 4]).value
    0.25
    """
    first, second = _placements(y_true, score), _placements(y_true, other)
    over, under = (a - b for a, b in zip(first, second, strict=True))
    value = float(over.mean())
    error = float(np.sqrt(over.var(ddof=1) / len(over) + under.var(ddof=1) / len(under)))
    z = float(ndtri((1 + as_confidence(confidence)) / 2))
    return AucEstimate(value, error, (value - z * error, value + z * error))


def _placements(y_true: ArrayLike, score: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each positive, the share of negatives below it; for each negative, of positives above."""
    y = as_outcomes(y_true, both=True)
    s = as_scores(score, "score", size=len(y))
    positive, negative = s[y], s[~y]
    if min(len(positive), len(negative)) < 2:
        raise ValueError("`y_true` must hold at least two of each class for a standard error")
    return _share_below(positive, negative), 1 - _share_below(negative, positive)


def _share_below(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    others = np.sort(others)
    twice = np.searchsorted(others, points) + np.searchsorted(others, points, side="right")  # ties: once
    return twice / (2 * len(others))
