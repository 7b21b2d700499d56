"""Student's t: how many standard errors lie between a mean, or a difference of means, and what was supposed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import stdtr, stdtrit

from runmath.core import as_integer, as_vector, norm, times_power_of_two, unit_scaled

ALTERNATIVES = ("two-sided", "less", "greater")


@dataclass(frozen=True)
class HypothesisTest:
    """What a t-test found.

    Parameters
    ----------
    statistic : float
        t = (estimate - supposed value) / standard error.
    df : float
        Degrees of freedom of the t-distribution it is compared with.
    p_value : float
        Probability of a statistic at least as extreme, if the null hypothesis holds.
    estimate : float
        Estimated mean, or difference of means.
    interval : tuple of float
        Confidence interval for the estimated quantity, one-sided where the alternative is: the values that the
        test would not reject.
    """

    statistic: float
    df: float
    p_value: float
    estimate: float
    interval: tuple[float, float]


def t_test(
    x: ArrayLike, mu: float = 0.0, *, alternative: str = "two-sided", confidence: float = 0.95
) -> HypothesisTest:
    """Test whether the mean of a population is mu by t = (mean(x) - mu) / (s / sqrt(n)), with n - 1 degrees.

    Parameters
    ----------
    x : array-like of shape (n,)
        At least 2 independent values, not all equal.
    mu : float
        The mean under the null hypothesis.
    alternative : {"two-sided", "less", "greater"}
        Which deviations count as extreme; "less" is a mean below `mu`.
    confidence : float
        Of the interval for the mean.

    Returns
    -------
    HypothesisTest

    Raises
    ------
    ValueError
        If `x` has fewer than 2 values or no spread, or an option is out of range.

    Notes
    -----
    s has the divisor n - 1. Exact for normal populations; for skewed ones the tails of t differ at small n. No
    square overflows or underflows. `scipy.stats.ttest_1samp` is the production version; it takes whole arrays of
    samples along an axis. Chapter: probability/hypothesis-tests.

    References
    ----------
    :cite:t:`student1908probable`.

    Examples
    --------
    >>> result = t_test([1.0, 2.0, 3.0], 2.0)
    >>> result.statistic, result.df, result.p_value, result.estimate
    (0.0, 2.0, 1.0, 2.0)
    """
    x = as_vector(x, "x")
    mean, sd = _mean_and_sd(x, "x")
    if sd == 0:
        raise ValueError("`x` must vary, got equal values: their standard error is zero")
    return _result(mean, _finite(mu, "mu"), sd / math.sqrt(len(x)), len(x) - 1.0, alternative, confidence)


def paired_t_test(
    x: ArrayLike, y: ArrayLike, *, alternative: str = "two-sided", confidence: float = 0.95
) -> HypothesisTest:
    """Test whether the mean difference of pairs is 0: `t_test` of x - y.

    Parameters
    ----------
    x, y : array-like of shape (n,)
        Two values of each of n subjects, in the same order.
    alternative, confidence
        As in `t_test`, for the mean of x - y.

    Returns
    -------
    HypothesisTest

    Raises
    ------
    ValueError
        As in `t_test`; or if the numbers of values differ.

    Notes
    -----
    Whatever a subject has in both values cancels: the more correlated the pairs, the smaller the standard error.
    `scipy.stats.ttest_rel` is the production version. Chapter: probability/hypothesis-tests.

    Examples
    --------
    >>> paired_t_test([5.0, 7.0, 9.0], [4.0, 5.0, 6.0]).estimate
    2.0
    """
    x = as_vector(x, "x")
    difference = x - as_vector(y, "y", size=len(x))
    if len(x) > 1 and np.ptp(difference) == 0:
        raise ValueError("`x` - `y` must vary, got equal differences: their standard error is zero")
    return t_test(difference, alternative=alternative, confidence=confidence)


def welch_test(
    x: ArrayLike, y: ArrayLike, *, alternative: str = "two-sided", confidence: float = 0.95
) -> HypothesisTest:
    """Test whether two means are equal by t = (mean(x) - mean(y)) / sqrt(s_x^2 / n_x + s_y^2 / n_y).

    Parameters
    ----------
    x, y : array-like of shapes (n_x,) and (n_y,)
        Two independent samples of at least 2 values.
    alternative, confidence
        As in `t_test`, for the mean of x minus the mean of y.

    Returns
    -------
    HypothesisTest
        Its degrees of freedom are fractional, between min(n_x, n_y) - 1 and n_x + n_y - 2.

    Raises
    ------
    ValueError
        If a sample has fewer than 2 values, both have no spread, or an option is out of range.

    Notes
    -----
    The variances may differ. The distribution of t is then not Student's; the fractional degrees of freedom make
    it nearly so. `scipy.stats.ttest_ind(equal_var=False)` is the production version.
    Chapter: probability/hypothesis-tests.

    References
    ----------
    :cite:t:`welch1947generalization`.

    Examples
    --------
    >>> result = welch_test([1.0, 3.0], [6.0, 8.0])
    >>> round(result.statistic, 12), round(result.df, 12)
    (-3.535533905933, 2.0)
    """
    x, y = as_vector(x, "x"), as_vector(y, "y")
    summaries = *_mean_and_sd(x, "x"), len(x), *_mean_and_sd(y, "y"), len(y)
    return welch_test_from_summary(*summaries, alternative=alternative, confidence=confidence)


def pooled_t_test(
    x: ArrayLike, y: ArrayLike, *, alternative: str = "two-sided", confidence: float = 0.95
) -> HypothesisTest:
    """Test whether two means are equal by t = (mean(x) - mean(y)) / (s sqrt(1/n_x + 1/n_y)), equal variances.

    Parameters
    ----------
    x, y : array-like of shapes (n_x,) and (n_y,)
        Two independent samples of at least 2 values, from populations of one variance.
    alternative, confidence
        As in `t_test`, for the mean of x minus the mean of y.

    Returns
    -------
    HypothesisTest
        With n_x + n_y - 2 degrees of freedom.

    Raises
    ------
    ValueError
        As in `welch_test`.

    Notes
    -----
    s^2 = ((n_x - 1) s_x^2 + (n_y - 1) s_y^2) / (n_x + n_y - 2). If the variances differ and the sizes too, the
    p-values are wrong at every n: too small where the smaller sample has the larger variance. `welch_test` has no
    such fault; its price is power, next to none for samples of similar size and much for a few values against many.
    Chapter: probability/hypothesis-tests.

    References
    ----------
    :cite:t:`student1908probable` for one sample, :cite:t:`welch1947generalization` on what goes wrong.

    Examples
    --------
    >>> result = pooled_t_test([1.0, 3.0], [6.0, 8.0])
    >>> round(result.statistic, 12), result.df
    (-3.535533905933, 2.0)
    """
    x, y = as_vector(x, "x"), as_vector(y, "y")
    summaries = *_mean_and_sd(x, "x"), len(x), *_mean_and_sd(y, "y"), len(y)
    return pooled_t_test_from_summary(*summaries, alternative=alternative, confidence=confidence)


def welch_test_from_summary(
    mean1: float,
    sd1: float,
    n1: int,
    mean2: float,
    sd2: float,
    n2: int,
    *,
    alternative: str = "two-sided",
    confidence: float = 0.95,
) -> HypothesisTest:
    """Do `welch_test` from two means, standard deviations (divisor n - 1) and sizes.

    Raises
    ------
    ValueError
        If a size is below 2, a standard deviation negative or both zero, or an option out of range.

    Examples
    --------
    >>> round(welch_test_from_summary(5.0, 3.0, 9, 2.0, 4.0, 16).df * 23, 9)
    480.0
    """
    (sd1, n1), (sd2, n2) = _spread(sd1, n1, "1"), _spread(sd2, n2, "2")
    u = sd1 / math.sqrt(n1)
    error = _nonzero(math.hypot(u, sd2 / math.sqrt(n2)))
    share = (u / error) ** 2  # of the squared error; in this form nothing overflows
    df = 1 / (share**2 / (n1 - 1) + (1 - share) ** 2 / (n2 - 1))
    difference = _finite(mean1, "mean1") - _finite(mean2, "mean2")
    return _result(difference, 0.0, error, df, alternative, confidence)


def pooled_t_test_from_summary(
    mean1: float,
    sd1: float,
    n1: int,
    mean2: float,
    sd2: float,
    n2: int,
    *,
    alternative: str = "two-sided",
    confidence: float = 0.95,
) -> HypothesisTest:
    """Do `pooled_t_test` from two means, standard deviations (divisor n - 1) and sizes.

    Raises
    ------
    ValueError
        As in `welch_test_from_summary`.

    Examples
    --------
    >>> round(pooled_t_test_from_summary(5.0, 3.0, 18, 2.0, 3.0, 18).statistic, 12)
    3.0
    """
    (sd1, n1), (sd2, n2) = _spread(sd1, n1, "1"), _spread(sd2, n2, "2")
    df = n1 + n2 - 2.0
    sd = math.hypot(sd1 * math.sqrt((n1 - 1) / df), sd2 * math.sqrt((n2 - 1) / df))
    error = _nonzero(sd * math.sqrt(1 / n1 + 1 / n2))
    difference = _finite(mean1, "mean1") - _finite(mean2, "mean2")
    return _result(difference, 0.0, error, df, alternative, confidence)


def _result(
    estimate: float, supposed: float, error: float, df: float, alternative: str, confidence: float
) -> HypothesisTest:
    """Compare the estimate with Student's distribution around the supposed value."""
    if alternative not in ALTERNATIVES:
        raise ValueError(f"`alternative` must be one of {ALTERNATIVES}, got {alternative!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"`confidence` must be between 0 and 1, got {confidence!r}")
    t = (estimate - supposed) / error
    tails = 2 if alternative == "two-sided" else 1
    toward = {"two-sided": -abs(t), "less": t, "greater": -t}[alternative]
    p_value = tails * float(stdtr(df, toward))
    reach = -float(stdtrit(df, (1 - confidence) / tails)) * error  # the lower end: 1 - confidence is exact
    low = -math.inf if alternative == "less" else estimate - reach
    high = math.inf if alternative == "greater" else estimate + reach
    return HypothesisTest(t, float(df), p_value, estimate, (low, high))


def _mean_and_sd(x: np.ndarray, name: str) -> tuple[float, float]:
    if len(x) < 2:
        raise ValueError(f"`{name}` must hold at least 2 values, got {len(x)}")
    if x.min() == x.max():
        return float(x[0]), 0.0
    y, e = unit_scaled(x)  # exact, and no sum of large values overflows
    mean = float(y.mean())
    sd = norm(y - mean) / math.sqrt(len(x) - 1)
    return math.ldexp(mean, e), float(times_power_of_two(sd, e, f"the standard deviation of `{name}`"))


def _spread(sd: float, n: int, index: str) -> tuple[float, int]:
    n = as_integer(n, f"n{index}", low=2)
    if not 0 <= sd < math.inf:
        raise ValueError(f"`sd{index}` must be finite and at least 0, got {sd!r}")
    return float(sd), n


def _nonzero(error: float) -> float:
    if error == 0:
        raise ValueError("at least one sample must vary, got two without spread: the standard error is zero")
    return error


def _finite(value: float, name: str) -> float:
    if not math.isfinite(value):
        raise ValueError(f"`{name}` must be finite, got {value!r}")
    return float(value)
