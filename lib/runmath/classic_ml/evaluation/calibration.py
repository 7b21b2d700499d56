"""Are probabilities true? Reliability curve, Brier score and its parts, logarithmic loss."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.classic_ml.evaluation._checks import as_outcomes, as_scores
from runmath.core import as_integer


@dataclass(frozen=True)
class CalibrationCurve:
    """Forecast and frequency in each bin that is not empty.

    Parameters
    ----------
    forecast, frequency : ndarray of shape (m,)
        Mean of the probabilities in a bin, and share of ones among its outcomes.
    count : ndarray of int, shape (m,)
        Samples in the bin.
    """

    forecast: np.ndarray
    frequency: np.ndarray
    count: np.ndarray

    @property
    def error(self) -> float:
        """Mean over the samples of abs(frequency - forecast): the expected calibration error."""
        return float(np.average(np.abs(self.frequency - self.forecast), weights=self.count))


@dataclass(frozen=True)
class BrierParts:
    """Murphy's decomposition: Brier score = reliability - resolution + uncertainty.

    Parameters
    ----------
    reliability : float
        Mean squared distance between forecast and frequency: 0 for calibrated forecasts.
    resolution : float
        Variance of the frequency over the forecasts: how much they tell apart.
    uncertainty : float
        p (1 - p) for the share p of ones: no merit or fault of the forecaster.
    """

    reliability: float
    resolution: float
    uncertainty: float


def calibration_curve(
    y_true: ArrayLike, probability: ArrayLike, *, n_bins: int = 10, bins: str = "uniform"
) -> CalibrationCurve:
    """Compare forecast and frequency, bin by bin.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        0 and 1.
    probability : array-like of shape (n,)
        Forecasts of 1.
    n_bins : int
    bins : {"uniform", "quantile"}
        Bins of equal width on [0, 1], or with about equally many samples.

    Returns
    -------
    CalibrationCurve

    Raises
    ------
    ValueError
        If an outcome is not 0 or 1, a forecast is no probability, lengths differ or `bins` is unknown.

    Notes
    -----
    The error of a perfectly calibrated forecaster is positive: it grows with the number of bins, like the root of
    n_bins / n. A forecast on an edge belongs to the bin below it, as in `sklearn.calibration.calibration_curve`.
    Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`niculescu2005predicting` for reliability diagrams of classifiers.

    Examples
    --------
    >>> curve = calibration_curve([0, 1, 1, 1], [0.2, 0.2, 0.8, 0.8], n_bins=2)
    >>> curve.frequency, round(curve.error, 4)
    (array([0.5, 1. ]), 0.25)
    """
    y = as_outcomes(y_true)
    p = as_scores(probability, "probability", size=len(y), probability=True)
    n_bins = as_integer(n_bins, "n_bins")
    if bins not in ("uniform", "quantile"):
        raise ValueError(f"`bins` must be 'uniform' or 'quantile', got {bins!r}")
    edges = np.linspace(0, 1, n_bins + 1)
    if bins == "quantile":
        edges = np.quantile(p, edges)
    return _grouped(y, p, np.searchsorted(edges[1:-1], p), n_bins)


def _grouped(y: np.ndarray, p: np.ndarray, group: np.ndarray, k: int) -> CalibrationCurve:
    count = np.bincount(group, minlength=k)
    used = count > 0
    ones, total = (np.bincount(group, weights, minlength=k)[used] for weights in (y, p))
    return CalibrationCurve(total / count[used], ones / count[used], count[used])


def brier_score(y_true: ArrayLike, probability: ArrayLike) -> float:
    """Compute mean((p - y)²).

    Parameters
    ----------
    y_true : array-like of shape (n,)
        0 and 1.
    probability : array-like of shape (n,)

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an outcome is not 0 or 1, a forecast is no probability, or lengths differ.

    Notes
    -----
    A proper score: in expectation, the true probability has the smallest. Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`brier1950verification`.

    Examples
    --------
    >>> brier_score([0, 1], [0.5, 1.0])
    0.125
    """
    y = as_outcomes(y_true)
    p = as_scores(probability, "probability", size=len(y), probability=True)
    return float(np.mean((p - y) ** 2))


def brier_parts(y_true: ArrayLike, probability: ArrayLike) -> BrierParts:
    """Decompose mean((p - y)²) = reliability - resolution + uncertainty, by distinct forecasts.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        0 and 1.
    probability : array-like of shape (n,)

    Returns
    -------
    BrierParts

    Raises
    ------
    ValueError
        As in `brier_score`.

    Notes
    -----
    An identity for forecasts that repeat. Where all differ, each group is one outcome, and reliability is the
    whole score: round the forecasts first. Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`murphy1973new`, equation 10.

    Examples
    --------
    >>> brier_parts([0, 1, 1, 1], [0.5, 0.5, 1.0, 1.0])
    BrierParts(reliability=0.0, resolution=0.0625, uncertainty=0.1875)
    """
    y = as_outcomes(y_true)
    p = as_scores(probability, "probability", size=len(y), probability=True)
    values, group = np.unique(p, return_inverse=True)
    curve, base = _grouped(y, p, group, len(values)), y.mean()
    return BrierParts(
        float(np.average((curve.frequency - values) ** 2, weights=curve.count)),
        float(np.average((curve.frequency - base) ** 2, weights=curve.count)),
        float(base * (1 - base)),
    )


def log_loss(y_true: ArrayLike, probability: ArrayLike) -> float:
    """Compute -mean(y log p + (1 - y) log(1 - p)), with 0 log 0 = 0.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        0 and 1.
    probability : array-like of shape (n,)

    Returns
    -------
    float
        Infinite if something happened that was called impossible.

    Raises
    ------
    ValueError
        As in `brier_score`.

    Notes
    -----
    `sklearn.metrics.log_loss` clips probabilities, so that its answer is always finite.
    Chapter: classic-ml/evaluation-2.

    Examples
    --------
    >>> log_loss([0, 1], [0.0, 1.0])
    0.0
    """
    y = as_outcomes(y_true)
    p = as_scores(probability, "probability", size=len(y), probability=True)
    with np.errstate(divide="ignore"):  # log(0) = -infinity, as documented
        return float(np.mean(np.where(y, -np.log(p), -np.log1p(-p)))) + 0.0  # +0.0: never -0.0
