"""The power of a t-test: how often it finds an effect that is there."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import ndtr

from runmath.core import as_integer
from runmath.probability.hypothesis_tests import ALTERNATIVES
from runmath.probability.student_t import StudentT

LARGEST_N = 10**8  # of `sample_size`
NODES = 2001  # of the quadrature; the rule converges faster than any power of their number


def power_of_t_test(
    effect: float, n: int, *, alpha: float = 0.05, n_samples: int = 2, alternative: str = "two-sided"
) -> float:
    """Return P(p-value <= alpha) of a t-test, if the mean deviates by `effect` standard deviations.

    Parameters
    ----------
    effect : float
        Difference of the means over the common standard deviation (Cohen's d).
    n : int
        Size of the sample, or of each of two samples; at least 2.
    alpha : float
        Between 0 and 1: the p-value at which the null hypothesis is rejected.
    n_samples : {1, 2}
        One sample (or pairs), or two independent samples of equal size and variance.
    alternative : {"two-sided", "less", "greater"}

    Returns
    -------
    float

    Raises
    ------
    ValueError
        If an argument is out of range.

    Notes
    -----
    For normal populations. t = (Z + shift) / S with Z standard normal, shift = effect sqrt(n / n_samples) and S the
    estimated over the true deviation, independent of Z: the power is the mean over S of P(Z + shift > c S), plus
    that of the other side. `scipy.special.nctdtr` (1.17), the distribution function of t, is NaN in far tails.
    Chapter: probability/hypothesis-tests.

    References
    ----------
    :cite:t:`cohen1988statistical`, chapter 2.

    Examples
    --------
    >>> round(power_of_t_test(0.5, 64), 4), round(power_of_t_test(0.0, 20), 12)
    (0.8015, 0.05)
    """
    n = as_integer(n, "n", low=2)
    _check(effect, alpha, n_samples, alternative)
    df = n_samples * (n - 1.0)
    shift = effect * math.sqrt(n / n_samples)
    tails = 2 if alternative == "two-sided" else 1
    c = -float(StudentT(df).quantile(alpha / tails))
    cut = 45 - math.log(alpha)  # leaves out less than 1e-19 alpha of the mass
    log_S = np.linspace(-cut / df - math.sqrt(cut / df), math.sqrt(cut / df), max(NODES, int(40 * cut)))
    S = np.exp(log_S)
    weights = np.exp(
        df * (log_S - (S**2 - 1) / 2)
    )  # density of log S, but for a constant: df S^2 is chi-square
    with np.errstate(over="ignore"):  # c is astronomic for a tiny alpha
        above = 0.0 if alternative == "less" else ndtr(shift - c * S)
        below = 0.0 if alternative == "greater" else ndtr(-shift - c * S)
    return float(weights @ (above + below) / weights.sum())  # trapezoidal rule; the ends vanish


def sample_size(
    effect: float,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    n_samples: int = 2,
    alternative: str = "two-sided",
) -> int:
    """Return the least n, of each sample, with `power_of_t_test` (effect, n) >= power.

    Parameters
    ----------
    effect, alpha, n_samples, alternative
        As in `power_of_t_test`; the effect lies on the side of the alternative.
    power : float
        Above `alpha` and below 1.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If an argument is out of range, or a hundred million would not suffice.

    Notes
    -----
    Doubling and bisection, as the power grows with n. For two samples, power 0.8 and alpha 0.05, n is about
    16 / effect^2 (Lehr's rule). Chapter: probability/hypothesis-tests.

    Examples
    --------
    >>> [sample_size(effect) for effect in (0.2, 0.5, 0.8)]
    [394, 64, 26]
    """
    _check(effect, alpha, n_samples, alternative)
    if not alpha < power < 1:
        raise ValueError(f"`power` must be above `alpha` = {alpha} and below 1, got {power!r}")
    options = {"alpha": alpha, "n_samples": n_samples, "alternative": alternative}

    def suffices(n: int) -> bool:
        return power_of_t_test(effect, n, **options) >= power

    high = 2
    while not suffices(high):
        high *= 2
        if high > LARGEST_N:
            raise ValueError(
                f"`effect` must be large enough for n <= {LARGEST_N} and on the side of the alternative"
            )
    low = high // 2  # does not suffice, unless high = 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if suffices(middle) else (middle, high)
    return high


def _check(effect: float, alpha: float, n_samples: int, alternative: str) -> None:
    if not math.isfinite(effect):
        raise ValueError(f"`effect` must be finite, got {effect!r}")
    if not 0 < alpha < 1:
        raise ValueError(f"`alpha` must be between 0 and 1, got {alpha!r}")
    if n_samples not in (1, 2):
        raise ValueError(f"`n_samples` must be 1 or 2, got {n_samples!r}")
    if alternative not in ALTERNATIVES:
        raise ValueError(f"`alternative` must be one of {ALTERNATIVES}, got {alternative!r}")
