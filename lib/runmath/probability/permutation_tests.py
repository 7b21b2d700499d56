"""Tests by relabelling: if the labels mean nothing, every assignment of them was equally likely."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_integer, as_rng, as_vector
from runmath.probability.hypothesis_tests import ALTERNATIVES

BATCH = 2**20  # values held in memory at a time


@dataclass(frozen=True, eq=False)
class PermutationTest:
    """What a permutation test found.

    Parameters
    ----------
    statistic : float
        The statistic of the samples as observed.
    p_value : float
        Share of relabellings whose statistic is at least as extreme.
    null : ndarray of shape (n_relabellings,)
        The statistic of every relabelling tried.
    exact : bool
        Whether these were all relabellings there are, instead of random ones.
    """

    statistic: float
    p_value: float
    null: np.ndarray
    exact: bool


def mean_difference(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return mean(x) - mean(y) along an axis.

    Examples
    --------
    >>> float(mean_difference(np.array([1.0, 3.0]), np.array([5.0, 6.0])))
    -3.5
    """
    return np.mean(x, axis=axis) - np.mean(y, axis=axis)


def permutation_test(
    x: ArrayLike,
    y: ArrayLike,
    statistic: Callable[..., np.ndarray] = mean_difference,
    *,
    n_permutations: int = 9999,
    alternative: str = "two-sided",
    rng: np.random.Generator | int,
) -> PermutationTest:
    """Test whether two samples come from one distribution by p = P(statistic as extreme | labels shuffled).

    Parameters
    ----------
    x, y : array-like of shapes (n_x,) and (n_y,)
        Two independent samples.
    statistic : callable
        Called as ``statistic(a, b, axis=-1)`` with a of shape (k, n_x), b of shape (k, n_y); returns k values.
    n_permutations : int
        Random relabellings; if there are no more than that in all, each is tried once instead.
    alternative : {"two-sided", "less", "greater"}
        Which statistics count as extreme; two-sided is twice the smaller one-sided p-value, at most 1.
    rng : Generator or int

    Returns
    -------
    PermutationTest

    Raises
    ------
    ValueError
        If an option is out of range, or `statistic` does not return one finite value for each row.

    Notes
    -----
    Random relabellings give p = (1 + count) / (1 + n_permutations), which never is 0 and never too small on
    average. The null hypothesis is that the distributions are *equal*: unequal variances alone may be found, if
    the sizes differ. Statistics that differ by rounding alone count as tied; for `mean_difference` that includes the
    rounding of the data, which shows where they have a large offset. Memory: batches of a million values.
    `scipy.stats.permutation_test` is the production version, with paired designs besides.
    Chapter: probability/hypothesis-tests.

    References
    ----------
    :cite:t:`fisher1935design`, chapter III; :cite:t:`phipson2010permutation` on the added 1.

    Examples
    --------
    >>> result = permutation_test([1, 2, 3], [4, 5, 6], rng=0)
    >>> result.statistic, result.exact, len(result.null), result.p_value
    (-3.0, True, 20, 0.1)
    """
    x, y = as_vector(x, "x"), as_vector(y, "y")
    n_permutations, rng = as_integer(n_permutations, "n_permutations"), as_rng(rng)
    if alternative not in ALTERNATIVES:
        raise ValueError(f"`alternative` must be one of {ALTERNATIVES}, got {alternative!r}")
    pooled, m = np.concatenate([x, y]), len(x)
    exact = math.comb(len(pooled), m) <= n_permutations
    relabelled = _all_splits(pooled, m) if exact else _random_splits(pooled, n_permutations, rng)
    null = np.concatenate([_values(statistic, rows[:, :m], rows[:, m:]) for rows in relabelled])
    observed = float(_values(statistic, x[None], y[None])[0])
    size = max(np.abs(null).max(), np.abs(pooled).max() / 5 if statistic is mean_difference else 0)
    gap = 100 * EPS * float(size)  # closer statistics are tied
    count = {"less": (null <= observed + gap).sum(), "greater": (null >= observed - gap).sum()}
    extra = 0 if exact else 1  # the observed labelling is among all, but hardly among random ones
    p = {side: float((c + extra) / (len(null) + extra)) for side, c in count.items()}
    p_value = p[alternative] if alternative in p else min(1.0, 2 * min(p.values()))
    return PermutationTest(observed, p_value, null, exact)


def _random_splits(pooled: np.ndarray, count: int, rng: np.random.Generator) -> Iterator[np.ndarray]:
    size = max(1, BATCH // len(pooled))
    for start in range(0, count, size):
        yield rng.permuted(np.tile(pooled, (min(size, count - start), 1)), axis=1)


def _all_splits(pooled: np.ndarray, m: int) -> Iterator[np.ndarray]:
    N = len(pooled)
    choices = combinations(range(N), m)
    while chunk := list(islice(choices, max(1, BATCH // N))):
        first = np.array(chunk)  # (k, m)
        chosen = np.zeros((len(chunk), N), dtype=bool)
        np.put_along_axis(chosen, first, True, axis=1)
        rest = np.nonzero(~chosen)[1].reshape(len(chunk), N - m)
        yield np.concatenate([pooled[first], pooled[rest]], axis=1)


def _values(statistic: Callable[..., np.ndarray], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return as_vector(statistic(x, y, axis=-1), "statistic(x, y)", size=len(x))
