"""Entropy and divergences of discrete distributions, in nats unless a base is given."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr, xlogy

SUM_TOLERANCE = 1e-9  # how far the sum of probabilities may be from one: rounding of a million terms
PRODUCT_UNDERFLOW = 1e-290  # below, a product of two probabilities loses digits, or all of them
SERIES_BELOW = 0.01  # from here on eight terms of the series of d - log(1 + d) are exact to rounding


def entropy(p: ArrayLike, *, base: float = np.e) -> float | np.ndarray:
    """Return the entropy -sum_x p(x) log p(x) of a discrete distribution.

    Parameters
    ----------
    p : array-like of shape (..., k)
        Probabilities of k outcomes, along the last axis; 0 log 0 counts as 0.
    base : float
        Base of the logarithm: e gives nats, 2 gives bits.

    Returns
    -------
    float or ndarray of shape (...)
        Between 0, one outcome is certain, and log k, all are equally probable.

    Raises
    ------
    ValueError
        If a probability is negative or not finite, a sum differs from one, or the base is not above one.

    Notes
    -----
    `scipy.stats.entropy` computes the same, and rescales what does not sum to one without a word.
    The frequencies of n draws underestimate the entropy of what they were drawn from, by about (k - 1) / (2n)
    nats. Chapter: probability/information-and-divergences.

    References
    ----------
    :cite:t:`shannon1948mathematical`, section 6.

    Examples
    --------
    >>> float(entropy([0.5, 0.25, 0.125, 0.125], base=2))
    1.75
    """
    p = _as_probabilities(p, "p")
    return entr(p).sum(axis=-1) / _log_base(base)


def cross_entropy(p: ArrayLike, q: ArrayLike, *, base: float = np.e) -> float | np.ndarray:
    """Return the cross-entropy -sum_x p(x) log q(x): the mean surprise of who believes q while p is true.

    Parameters
    ----------
    p, q : array-like of shape (..., k)
        Probabilities along the last axis; shapes broadcast.
    base : float
        Base of the logarithm.

    Returns
    -------
    float or ndarray
        At least the entropy of p; infinite where q excludes an outcome that p allows.

    Raises
    ------
    ValueError
        As for `entropy`, or if p and q have different numbers of outcomes.

    Notes
    -----
    Chapter: probability/information-and-divergences.

    Examples
    --------
    >>> float(cross_entropy([0, 0, 1], [0.25, 0.25, 0.5], base=2))
    1.0
    """
    p, q = _as_pair(p, q)
    return (0.0 - xlogy(p, q).sum(axis=-1)) / _log_base(base)  # 0, not -0, where q is certain of what is


def kl_divergence(p: ArrayLike, q: ArrayLike, *, base: float = np.e) -> float | np.ndarray:
    """Return the Kullback-Leibler divergence sum_x p(x) log(p(x) / q(x)).

    Parameters
    ----------
    p, q : array-like of shape (..., k)
        Probabilities along the last axis; shapes broadcast.
    base : float
        Base of the logarithm.

    Returns
    -------
    float or ndarray
        Zero only where p = q; infinite where q excludes an outcome that p allows.

    Raises
    ------
    ValueError
        As for `cross_entropy`.

    Notes
    -----
    With d = q/p - 1 every term p (d - log(1 + d)) is at least zero, and their sum is the divergence because
    sum(q) = sum(p). So the result never is negative and keeps its relative accuracy where q is near p, which
    H(p, q) - H(p) does not. Chapter: probability/information-and-divergences.

    References
    ----------
    :cite:t:`cover2006elements`, section 2.3.

    Examples
    --------
    >>> float(kl_divergence([1, 0], [0.5, 0.5], base=2))
    1.0
    """
    p, q = _as_pair(p, q)
    return _relative_entropy(p, q).sum(axis=-1) / _log_base(base)


def js_divergence(p: ArrayLike, q: ArrayLike, *, base: float = np.e) -> float | np.ndarray:
    """Return the Jensen-Shannon divergence (KL(p, m) + KL(q, m)) / 2 with m = (p + q) / 2.

    Parameters
    ----------
    p, q : array-like of shape (..., k)
        Probabilities along the last axis; shapes broadcast.
    base : float
        Base of the logarithm.

    Returns
    -------
    float or ndarray
        Between 0 and log 2; its square root is a metric.

    Raises
    ------
    ValueError
        As for `cross_entropy`.

    Notes
    -----
    `scipy.spatial.distance.jensenshannon` returns the square root.
    Chapter: probability/information-and-divergences.

    References
    ----------
    :cite:t:`lin1991divergence`.

    Examples
    --------
    >>> float(js_divergence([1, 0], [0, 1], base=2))
    1.0
    """
    p, q = _as_pair(p, q)
    m = (p + q) / 2
    terms = _relative_entropy(p, m) + _relative_entropy(q, m)
    return terms.sum(axis=-1) / 2 / _log_base(base)


def f_divergence(
    p: ArrayLike,
    q: ArrayLike,
    f: Callable[[np.ndarray], np.ndarray],
    *,
    f_at_zero: float,
    slope_at_infinity: float,
) -> float | np.ndarray:
    """Return sum_x q(x) f(p(x) / q(x)) for a convex function f with f(1) = 0.

    Parameters
    ----------
    p, q : array-like of shape (..., k)
        Probabilities along the last axis; shapes broadcast.
    f : callable
        Takes an array of positive ratios p / q.
    f_at_zero : float
        Limit of f(t) as t falls to 0; may be infinite. It is the price of an outcome that p excludes.
    slope_at_infinity : float
        Limit of f(t) / t as t grows; may be infinite. It is the price of an outcome that q excludes.

    Returns
    -------
    float or ndarray
        At least zero.

    Raises
    ------
    ValueError
        As for `cross_entropy`, or if f(1) is not 0.

    Notes
    -----
    f(t) = t log t gives `kl_divergence` (limits 0 and inf), |t - 1| / 2 the total variation (1/2 and 1/2),
    (t - 1)^2 the chi-square divergence (1 and inf). Chapter: probability/information-and-divergences.

    References
    ----------
    :cite:t:`csiszar1967information`.

    Examples
    --------
    >>> float(f_divergence([1, 0], [0.5, 0.5], lambda t: abs(t - 1) / 2, f_at_zero=0.5, slope_at_infinity=0.5))
    0.5
    """
    p, q = _as_pair(p, q)
    if abs(float(np.asarray(f(np.ones(1)))[0])) > SUM_TOLERANCE:
        raise ValueError(f"`f` must vanish at 1, got f(1) = {float(np.asarray(f(np.ones(1)))[0])}")
    p, q = np.broadcast_arrays(p, q)
    both, only_p, only_q = (p > 0) & (q > 0), (p > 0) & (q == 0), (p == 0) & (q > 0)
    ratio = np.divide(p, q, out=np.ones(p.shape), where=both)
    terms = np.where(both, q * f(ratio), 0.0)
    terms[only_p] = slope_at_infinity * p[only_p]
    terms[only_q] = f_at_zero * q[only_q]
    return terms.sum(axis=-1)


def mutual_information(joint: ArrayLike, *, base: float = np.e) -> float:
    """Return the divergence of a joint distribution from the product of its margins.

    Parameters
    ----------
    joint : array-like of shape (k, l)
        Probabilities of pairs; counts divided by their sum, for example.
    base : float
        Base of the logarithm.

    Returns
    -------
    float
        Zero only where the two variables are independent; at most the smaller entropy of the two.

    Raises
    ------
    ValueError
        As for `entropy`, or if `joint` is not a matrix.

    Notes
    -----
    The frequencies of n independent pairs have a mean mutual information of about (k - 1)(l - 1) / (2n) nats,
    not zero. `sklearn.metrics.mutual_info_score` takes labels or counts.
    Chapter: probability/information-and-divergences.

    Examples
    --------
    >>> round(mutual_information([[0.5, 0], [0, 0.5]], base=2), 12)
    1.0
    """
    joint = np.asarray(joint)
    if joint.ndim != 2:
        raise ValueError(f"`joint` must be a matrix of probabilities, got shape {joint.shape}")
    p = _as_probabilities(joint.reshape(-1), "joint").reshape(joint.shape)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    product = np.outer(rows, columns)
    terms = _relative_entropy(p, product)
    small = (p > 0) & (product < PRODUCT_UNDERFLOW)  # the logarithm of the product is still known
    i, j = np.nonzero(small)
    log_ratio = np.log(p[i, j]) - np.log(rows[i]) - np.log(columns[j])
    terms[small] = p[i, j] * log_ratio - p[i, j] + product[i, j]
    return float(terms.clip(0).sum() / _log_base(base))


def _relative_entropy(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    """Return p log(p / q) - p + q element by element, each at least 0, inf where q = 0 < p."""
    p, q = np.broadcast_arrays(p, q)
    with np.errstate(over="ignore"):
        d = np.divide(q - p, p, out=np.zeros(p.shape), where=p > 0)
    near = np.abs(d) < SERIES_BELOW
    x = np.where(near, d, 0.0)
    # d - log(1 + d) = d^2/2 - d^3/3 + ..., by Horner's rule: the difference itself would cancel
    series = x * x * np.polynomial.polynomial.polyval(x, [(-1) ** k / k for k in range(2, 10)])
    with np.errstate(divide="ignore"):
        # far from 1 the logarithm of the ratio is taken as a difference, which neither overflows nor underflows
        direct = q - p + p * (np.log(np.where(p > 0, p, 1.0)) - np.log(np.where(p > 0, q, 1.0)))
    return np.where(p > 0, np.where(near, p * series, np.maximum(direct, 0.0)), q)


def _as_pair(p: Any, q: Any) -> tuple[np.ndarray, np.ndarray]:
    p, q = _as_probabilities(p, "p"), _as_probabilities(q, "q")
    if p.shape[-1] != q.shape[-1]:
        raise ValueError(
            f"`p` and `q` must have the same outcomes, got {p.shape[-1]} and {q.shape[-1]} probabilities"
        )
    return p, q


def _as_probabilities(value: Any, name: str) -> np.ndarray:
    p = np.asarray(value, dtype=float)
    if p.ndim == 0 or p.shape[-1] == 0:
        raise ValueError(f"`{name}` must hold at least one probability, got shape {p.shape}")
    if not np.isfinite(p).all() or (p < 0).any():
        raise ValueError(f"`{name}` must hold finite probabilities >= 0, got {np.min(p)} among them")
    sums = p.sum(axis=-1)
    if (np.abs(sums - 1) > SUM_TOLERANCE).any():
        worst = sums.flat[np.abs(sums - 1).argmax()]
        raise ValueError(f"`{name}` must sum to one, got {worst}; divide counts by their sum")
    return p


def _log_base(base: float) -> float:
    if not base > 1 or not np.isfinite(base):
        raise ValueError(f"`base` must be a number above one, got {base!r}")
    return float(np.log(base))
