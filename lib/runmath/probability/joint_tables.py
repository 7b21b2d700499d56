"""Probabilities of finitely many outcomes: sums, slices and Bayes' rule on arrays."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_vector

ROUNDING = 1e-9  # how far a sum of given probabilities may be from one


def marginal(table: ArrayLike, axes: int | Sequence[int]) -> np.ndarray:
    """Sum a joint table over all variables but some: P(a) = Σ_b P(a, b).

    Parameters
    ----------
    table : array-like of shape (k_0, ..., k_d)
        Joint probabilities, one axis for each variable.
    axes : int or sequence of int
        The variables to keep, in the order in which the result has them.

    Returns
    -------
    ndarray
        One axis for each variable kept.

    Raises
    ------
    TypeError
        If an axis is not an integer, or the probabilities are not real numbers.
    ValueError
        If `table` has a negative entry or does not sum to one, or an axis does not exist or is given twice.

    Notes
    -----
    One pass over the table. A table of d binary variables has 2^d entries: beyond about 25 variables use a library
    for graphical models, which keeps the factors apart. Chapter: probability/bayes-and-random-variables.

    References
    ----------
    :cite:t:`mackay2003information`, section 2.1.

    Examples
    --------
    >>> marginal([[0.25, 0.5], [0.0, 0.25]], 0)
    array([0.75, 0.25])
    """
    P = _as_table(table)
    kept = _as_axes(axes, P.ndim)
    others = tuple(axis for axis in range(P.ndim) if axis not in kept)
    order = np.argsort(np.argsort(kept))  # after the sum the kept axes stand in increasing order
    return np.transpose(P.sum(axis=others), order)


def conditional(table: ArrayLike, given: int | Sequence[int]) -> np.ndarray:
    """Divide a joint table by the marginal of what is known: P(a | b) = P(a, b) / P(b).

    Parameters
    ----------
    table : array-like of shape (k_0, ..., k_d)
        Joint probabilities, one axis for each variable.
    given : int or sequence of int
        The variables that are known.

    Returns
    -------
    ndarray of the shape of `table`
        For each value of the variables `given`, the entries sum to one over the others. NaN where that value has
        the probability zero: there nothing is defined.

    Raises
    ------
    TypeError, ValueError
        As in `marginal`.

    Notes
    -----
    Every variable keeps its axis, so that the parts of a chain rule can be multiplied as they are.
    Chapter: probability/bayes-and-random-variables.

    References
    ----------
    :cite:t:`mackay2003information`, section 2.1.

    Examples
    --------
    >>> conditional([[0.25, 0.5], [0.0, 0.25]], 0)
    array([[0.33333333, 0.66666667],
           [0.        , 1.        ]])
    """
    P = _as_table(table)
    known = _as_axes(given, P.ndim)
    others = tuple(axis for axis in range(P.ndim) if axis not in known)
    of_known = P.sum(axis=others, keepdims=True)
    return np.divide(P, of_known, out=np.full(P.shape, np.nan), where=of_known > 0)


def bayes_rule(prior: ArrayLike, likelihood: ArrayLike) -> np.ndarray:
    """Return the posterior P(r | o) = P(o | r) P(r) / Σ_s P(o | s) P(s).

    Parameters
    ----------
    prior : array-like of shape (k,)
        P(r) for the k reasons; sums to one.
    likelihood : array-like of shape (k,) or (k, m)
        P(o | r), or a density, at least 0: for one observation, or for m different ones in columns.

    Returns
    -------
    ndarray of the shape of `likelihood`
        Each column sums to one.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the shapes differ, an entry is negative, the prior does not sum to one, or an observation is impossible.

    Notes
    -----
    The likelihood may be multiplied by any positive constant: each column is divided by its largest entry first.
    Products of hundreds of likelihoods underflow: sum their logarithms and use `log_bayes_rule`.
    Chapter: probability/bayes-and-random-variables.

    References
    ----------
    :cite:t:`mackay2003information`, section 2.3.

    Examples
    --------
    >>> bayes_rule([0.25, 0.75], [0.6, 0.2])
    array([0.5, 0.5])
    """
    prior = _as_table(prior, "prior")
    likelihood = _as_likelihood(likelihood, prior)
    possible = np.where(prior > 0, likelihood.T, 0).T
    peak = possible.max(axis=0)
    if not np.all(peak > 0):
        raise ValueError(
            "`likelihood` must be positive for a reason whose prior is positive, got an impossible observation; "
            "if a product of many factors underflowed, use `log_bayes_rule`"
        )
    joint = (prior * (possible / peak).T).T
    return joint / joint.sum(axis=0)


def log_bayes_rule(log_prior: ArrayLike, log_likelihood: ArrayLike) -> np.ndarray:
    """Return log P(r | o) = log P(o | r) + log P(r) - log Σ_s P(o | s) P(s), without leaving the logarithms.

    Parameters
    ----------
    log_prior : array-like of shape (k,)
        Logarithms of the prior; -inf for a reason that is excluded.
    log_likelihood : array-like of shape (k,) or (k, m)
        For one observation, or for m different ones in columns; an additive constant in a column does not matter.

    Returns
    -------
    ndarray of the shape of `log_likelihood`

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the shapes differ, an entry is NaN or +inf, the prior does not sum to one, or an observation is impossible.

    Notes
    -----
    The largest term is subtracted before the exponential is taken, so that nothing overflows, and what underflows
    is far below it. `scipy.special.log_softmax` is the same without the checks.
    Chapter: probability/bayes-and-random-variables.

    References
    ----------
    :cite:t:`mackay2003information`, section 2.3.

    Examples
    --------
    >>> np.exp(log_bayes_rule(np.log([0.5, 0.5]), [-2000.0, -2000.0]))
    array([0.5, 0.5])
    """
    log_prior, log_likelihood = _as_log_terms(log_prior, log_likelihood)
    joint = (log_likelihood.T + log_prior).T
    peak = joint.max(axis=0)  # the largest term becomes exp(0) = 1
    if np.isneginf(peak).any():
        raise ValueError(
            "`log_likelihood` must be finite for a possible reason, got an impossible observation"
        )
    with np.errstate(over="ignore"):  # a term that is 1e308 below the largest becomes -inf
        joint -= peak
    return joint - np.log(np.exp(joint).sum(axis=0))


def _as_reals(value: ArrayLike, name: str) -> np.ndarray:
    """Return a new float64 array of any shape."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "buif":
        raise TypeError(f"`{name}` must be an array of real numbers, got {type(value).__name__}")
    return np.array(array, dtype=float)


def _as_table(table: ArrayLike, name: str = "table") -> np.ndarray:
    """Return probabilities of any shape, checked."""
    P = _as_reals(table, name)
    if P.ndim == 0:
        raise ValueError(f"`{name}` must have one axis or more, got a number")
    P = as_vector(P.ravel(), name).reshape(P.shape)
    total = math.fsum(P.ravel())
    if P.min() < 0 or abs(total - 1) > ROUNDING:
        raise ValueError(f"`{name}` must be at least 0 and sum to 1, got minimum {P.min()} and sum {total}")
    return P


def _as_axes(axes: int | Sequence[int], ndim: int) -> tuple[int, ...]:
    listed = [axes] if np.ndim(axes) == 0 else list(axes)
    checked = tuple(as_integer(axis, "axis", low=0, high=ndim - 1) for axis in listed)
    if len(set(checked)) < len(checked):
        raise ValueError(f"every axis must be given once, got {checked}")
    return checked


def _as_likelihood(likelihood: ArrayLike, prior: np.ndarray) -> np.ndarray:
    likelihood = _as_reals(likelihood, "likelihood")
    _check_rows(prior, likelihood, "prior", "likelihood")
    if not np.isfinite(likelihood).all() or likelihood.min() < 0:
        raise ValueError(f"`likelihood` must be at least 0 and finite, got minimum {likelihood.min()}")
    return likelihood


def _as_log_terms(log_prior: ArrayLike, log_likelihood: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    log_prior, log_likelihood = _as_reals(log_prior, "log_prior"), _as_reals(log_likelihood, "log_likelihood")
    _check_rows(log_prior, log_likelihood, "log_prior", "log_likelihood")
    for name, value in (("log_prior", log_prior), ("log_likelihood", log_likelihood)):
        if not value.max() < np.inf:  # the maximum of NaN and others is NaN
            raise ValueError(f"`{name}` must be below infinity, got NaN or +inf")
    with np.errstate(over="ignore"):
        _as_table(np.exp(log_prior), "exp(log_prior)")
    return log_prior, log_likelihood


def _check_rows(prior: np.ndarray, likelihood: np.ndarray, prior_name: str, name: str) -> None:
    fits = prior.ndim == 1 and likelihood.ndim in (1, 2) and len(likelihood) == len(prior)
    if not fits or likelihood.size == 0:
        raise ValueError(
            f"`{name}` must have one row for each entry of `{prior_name}`, a vector, "
            f"got shapes {likelihood.shape} and {prior.shape}"
        )
