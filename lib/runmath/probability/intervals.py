"""Confidence intervals: Student's for a mean, the bootstrap's for any statistic."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtr, ndtri

from runmath.core import as_integer, as_rng, as_vector, unit_scaled
from runmath.probability.hypothesis_tests import t_test

BATCH = 2**20  # resampled values held in memory at a time
KINDS = ("percentile", "basic", "bca")


def t_interval(x: ArrayLike, *, confidence: float = 0.95) -> tuple[float, float]:
    """Return mean(x) -+ c s / sqrt(n), where P(-c <= T <= c) = confidence for T with n - 1 degrees of freedom.

    Parameters
    ----------
    x : array-like of shape (n,)
        At least 2 values, not all equal.
    confidence : float
        Between 0 and 1: the share of such intervals, over repeated samples, that contain the true mean.

    Returns
    -------
    tuple of float

    Raises
    ------
    ValueError
        As in `t_test`.

    Notes
    -----
    Exact for normal populations. Chapter: probability/hypothesis-tests.

    References
    ----------
    :cite:t:`neyman1937outline` on what the confidence is a property of.

    Examples
    --------
    >>> low, high = t_interval([1.0, 2.0, 3.0])
    >>> round(low, 4), round(high, 4)
    (-0.4841, 4.4841)
    """
    return t_test(x, confidence=confidence).interval


def bootstrap_interval(
    x: ArrayLike,
    statistic: Callable[..., np.ndarray] = np.mean,
    *,
    kind: str = "bca",
    n_resamples: int = 9999,
    confidence: float = 0.95,
    rng: np.random.Generator | int,
) -> tuple[float, float]:
    """Return an interval for a statistic, from samples drawn with replacement from the sample itself.

    Parameters
    ----------
    x : array-like of shape (n,)
        At least 2 independent values.
    statistic : callable
        Called as ``statistic(samples, axis=-1)`` with samples of shape (k, n); returns k values.
    kind : {"percentile", "basic", "bca"}
        With q the quantiles of the resampled statistic and e the observed one: (q_low, q_high);
        (2 e - q_high, 2 e - q_low); or percentiles moved for bias and acceleration.
    n_resamples : int
        Number of resamples.
    confidence : float
        Between 0 and 1.
    rng : Generator or int

    Returns
    -------
    tuple of float

    Raises
    ------
    ValueError
        If an option is out of range, `statistic` does not return one finite value for each sample, or, for
        "bca", it does not vary.

    Notes
    -----
    None is exact: for few or skewed data all cover less than they say, "bca" the least so for smooth statistics.
    Extremes such as the maximum are beyond every bootstrap. "bca" needs n more values of the statistic, on
    samples of n - 1. `scipy.stats.bootstrap` is the production version; from the same generator it draws the same
    resamples. Chapter: probability/hypothesis-tests.

    References
    ----------
    :cite:t:`efron1979bootstrap`; :cite:t:`efron1987better` for "bca".

    Examples
    --------
    >>> bootstrap_interval([4.0, 4.0, 4.0], kind="percentile", n_resamples=99, rng=0)
    (4.0, 4.0)
    """
    x = as_vector(x, "x")
    if len(x) < 2:
        raise ValueError(f"`x` must hold at least 2 values, got {len(x)}")
    if kind not in KINDS:
        raise ValueError(f"`kind` must be one of {KINDS}, got {kind!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"`confidence` must be between 0 and 1, got {confidence!r}")
    estimate = float(_values(statistic, x[None])[0])
    values = _resampled(x, statistic, as_integer(n_resamples, "n_resamples"), as_rng(rng))
    levels = np.array([1 - confidence, 1 + confidence]) / 2
    if kind == "bca":
        levels = _bca_levels(levels, values, estimate, x, statistic)
    low, high = (float(q) for q in np.quantile(values, levels))
    return (2 * estimate - high, 2 * estimate - low) if kind == "basic" else (low, high)


def _resampled(
    x: np.ndarray, statistic: Callable[..., np.ndarray], count: int, rng: np.random.Generator
) -> np.ndarray:
    n, size = len(x), max(1, BATCH // len(x))
    batches = [min(size, count - start) for start in range(0, count, size)]
    return np.concatenate([_values(statistic, x[rng.integers(0, n, (k, n))]) for k in batches])


def _bca_levels(
    levels: np.ndarray,
    values: np.ndarray,
    estimate: float,
    x: np.ndarray,
    statistic: Callable[..., np.ndarray],
) -> np.ndarray:
    """Return the levels Phi(z0 + (z0 + z) / (1 - a (z0 + z))) of the percentiles to take."""
    below = ((values < estimate).mean() + (values <= estimate).mean()) / 2  # ties count by half
    without = np.concatenate([_values(statistic, np.delete(x, i)[None]) for i in range(len(x))])
    influence = without.mean() - without
    influence, _ = unit_scaled(influence)  # no square or cube overflows or underflows
    spread = (influence**2).sum()
    if not 0 < below < 1 or spread == 0:
        raise ValueError(
            "`statistic` must vary among the resamples, on both sides of its estimate, for 'bca'"
        )
    acceleration = (influence**3).sum() / (6 * spread**1.5)
    z0 = ndtri(below)
    z = z0 + ndtri(levels)
    return ndtr(z0 + z / (1 - acceleration * z))


def _values(statistic: Callable[..., np.ndarray], samples: np.ndarray) -> np.ndarray:
    return as_vector(statistic(samples, axis=-1), "statistic(samples)", size=len(samples))
