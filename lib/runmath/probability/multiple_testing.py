"""Many tests at once: p-values adjusted so that those up to alpha may be called discoveries."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_vector


def bonferroni(p_values: ArrayLike) -> np.ndarray:
    """Return min(1, m p_i): calling those up to alpha, any false one is called with probability at most alpha.

    Parameters
    ----------
    p_values : array-like of shape (m,)
        Between 0 and 1.

    Returns
    -------
    ndarray of shape (m,)

    Raises
    ------
    ValueError
        If a p-value is out of range.

    Notes
    -----
    Holds under any dependence of the tests. `holm` calls the same and more, under the same guarantee.
    Chapter: probability/hypothesis-tests.

    Examples
    --------
    >>> bonferroni([0.25, 0.5])
    array([0.5, 1. ])
    """
    p = _as_p_values(p_values)
    return np.minimum(len(p) * p, 1.0)


def holm(p_values: ArrayLike) -> np.ndarray:
    """Return max over j <= i of min(1, (m - j + 1) p_(j)), sorted p-values p_(1) <= ... <= p_(m), for p_(i).

    Parameters
    ----------
    p_values : array-like of shape (m,)
        Between 0 and 1.

    Returns
    -------
    ndarray of shape (m,)
        In the order of the input.

    Raises
    ------
    ValueError
        If a p-value is out of range.

    Notes
    -----
    Calling those up to alpha, any false one is called with probability at most alpha, under any dependence.
    Chapter: probability/hypothesis-tests.

    References
    ----------
    :cite:t:`holm1979simple`.

    Examples
    --------
    >>> holm([0.5, 0.125, 0.25])
    array([0.5  , 0.375, 0.5  ])
    """
    p = _as_p_values(p_values)
    order = np.argsort(p)
    scaled = np.minimum(np.arange(len(p), 0, -1) * p[order], 1.0)
    return _put_back(np.maximum.accumulate(scaled), order)


def benjamini_hochberg(p_values: ArrayLike) -> np.ndarray:
    """Return min over j >= i of p_(j) m / j, sorted p-values p_(1) <= ... <= p_(m), for p_(i).

    Parameters
    ----------
    p_values : array-like of shape (m,)
        Between 0 and 1.

    Returns
    -------
    ndarray of shape (m,)
        In the order of the input.

    Raises
    ------
    ValueError
        If a p-value is out of range.

    Notes
    -----
    Calling those up to alpha, the expected share of false ones among the called (0 if none is called) is alpha
    times the share of true null hypotheses, for independent tests; at most that for positively dependent ones.
    `scipy.stats.false_discovery_control` is the production version, with Benjamini and Yekutieli's for arbitrary
    dependence besides. Chapter: probability/hypothesis-tests.

    References
    ----------
    :cite:t:`benjamini1995controlling`.

    Examples
    --------
    >>> benjamini_hochberg([0.5, 0.125, 0.25])
    array([0.5  , 0.375, 0.375])
    """
    p = _as_p_values(p_values)
    order = np.argsort(p)
    scaled = p[order] * (len(p) / np.arange(1, len(p) + 1))
    return _put_back(np.minimum.accumulate(scaled[::-1])[::-1], order)


def _put_back(in_order: np.ndarray, order: np.ndarray) -> np.ndarray:
    result = np.empty_like(in_order)
    result[order] = in_order
    return result


def _as_p_values(p_values: ArrayLike) -> np.ndarray:
    p = as_vector(p_values, "p_values")
    if p.min() < 0 or p.max() > 1:
        raise ValueError(f"`p_values` must be between 0 and 1, got {p.min()} to {p.max()}")
    return p
