"""Optimal transport on the line: sort, and match equal quantiles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_integer, as_vector
from runmath.probability.optimal_transport.measures import (
    as_balanced_masses,
    as_exponent,
    as_masses,
    weighted_norm,
)


@dataclass(frozen=True, eq=False)
class Coupling1D:
    """The monotone coupling of two discrete measures on the line, as a list of its entries.

    Parameters
    ----------
    rows, columns : ndarray of int, of shape (k,)
        Entry i moves mass from point x[rows[i]] to point y[columns[i]]; both run through the points in
        ascending order. At most m + n - 1 entries.
    masses : ndarray of shape (k,)
        How much; positive.
    """

    rows: np.ndarray
    columns: np.ndarray
    masses: np.ndarray


def wasserstein_1d(
    x: ArrayLike,
    y: ArrayLike,
    *,
    p: float = 1,
    a: ArrayLike | None = None,
    b: ArrayLike | None = None,
) -> float:
    """Return W_p = (∫₀¹ |F⁻¹(t) - G⁻¹(t)|^p dt)^{1/p} of two weighted samples of real numbers.

    Parameters
    ----------
    x : array_like of shape (m,)
    y : array_like of shape (n,)
    p : float
        At least 1.
    a, b : array_like of shape (m,), (n,), optional
        Masses of equal totals; 1 / m and 1 / n each by default. With another total c the integral runs to c.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        If a sample or its masses are not finite real numbers, a mass is negative, the totals differ, or `p` is
        below 1.

    Notes
    -----
    Cost O(m log m + n log n), memory O(m + n). The integral is a finite sum: both quantile functions are
    constant between neighbouring values of the cumulative masses. Samples of equal sizes and masses are sorted
    and subtracted, nothing else. The integral of |F - G|^p over the line is the same only for p = 1.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] peyre2019computational, Remarks 2.28 and 2.30.

    Examples
    --------
    >>> wasserstein_1d([0, 1, 3], [5, 6, 8]), wasserstein_1d([0], [3, 4], p=2, a=[2], b=[1, 1])
    (5.0, 5.0)
    """
    x, y = as_vector(x, "x"), as_vector(y, "y")
    p = as_exponent(p)
    if a is None and b is None and len(x) == len(y):
        x.sort()
        y.sort()
        x -= y
        return _root_mean_power(np.abs(x, out=x), p)
    order_x, order_y, i, j, masses = _merge(x, y, a, b)
    return weighted_norm(np.abs(x[order_x][i] - y[order_y][j]), masses, p)


def _root_mean_power(distances: np.ndarray, p: float) -> float:
    """Return (mean distances^p)^{1/p}."""
    if p == 1:
        return float(distances.mean())
    return weighted_norm(distances, np.full(len(distances), 1 / len(distances)), p)


def coupling_1d(
    x: ArrayLike, y: ArrayLike, *, a: ArrayLike | None = None, b: ArrayLike | None = None
) -> Coupling1D:
    """Return the coupling (F⁻¹(t), G⁻¹(t)), t uniform: the cheapest one for every |x - y|^p with p ≥ 1.

    Parameters
    ----------
    x : array_like of shape (m,)
    y : array_like of shape (n,)
    a, b : array_like of shape (m,), (n,), optional
        Masses of equal totals; 1 / m and 1 / n each by default.

    Returns
    -------
    Coupling1D

    Raises
    ------
    TypeError, ValueError
        If a sample or its masses are not finite real numbers, a mass is negative or the totals differ.

    Notes
    -----
    This is the north-west corner rule on sorted points; cost O(m log m + n log n). Entries of the size of the
    rounding errors of the cumulative masses are left out.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] peyre2019computational, Section 3.4.2 and Remark 2.30.

    Examples
    --------
    >>> coupling = coupling_1d([2, 0], [1, 3], a=[1, 2], b=[1, 2])
    >>> coupling.rows, coupling.columns, coupling.masses
    (array([1, 1, 0]), array([0, 1, 1]), array([1., 1., 1.]))
    """
    x, y = as_vector(x, "x"), as_vector(y, "y")
    order_x, order_y, i, j, masses = _merge(x, y, a, b)
    # cumulative sums of k terms err by about √k roundings; pairs that owe their mass to that are no pairs
    real = masses > np.sqrt(len(masses)) * EPS * masses.sum()
    return Coupling1D(order_x[i[real]], order_y[j[real]], masses[real])


def _sorted_levels(x: np.ndarray, masses: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
    """Return the order of the points that have mass, and the cumulative masses in that order."""
    if masses is None:
        n = len(x)
        # i / n is rounded once, so that equal fractions of two samples are equal numbers
        return np.argsort(x), np.arange(1, n + 1) / n
    order = np.argsort(x, kind="stable")
    order = order[masses[order] > 0]
    return order, np.cumsum(masses[order])


def _merge(
    x: np.ndarray, y: np.ndarray, a: ArrayLike | None, b: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Cut the total mass at every cumulative mass of either side.

    Returns the orders of x and y, and for each piece the ranks i, j of its two points and its mass.
    """
    masses_x, masses_y = as_balanced_masses(a, b, (len(x), len(y)))
    order_x, level_x = _sorted_levels(x, None if a is None else masses_x)
    order_y, level_y = _sorted_levels(y, None if b is None else masses_y)
    i, j, masses = cut_levels(level_x, level_y)
    return order_x, order_y, i, j, masses


def cut_levels(level_x: np.ndarray, level_y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ranks i, j and the masses of the pieces between two ascending lists of levels.

    Examples
    --------
    >>> cut_levels(np.array([1.0, 3.0]), np.array([2.0, 3.0]))
    (array([0, 1, 1]), array([0, 0, 1]), array([1., 1., 1.]))
    """
    m, n = len(level_x), len(level_y)
    # both lists end at the total; the last level of either is left out, so that m + n - 1 pieces remain
    levels = np.concatenate([level_x[:-1], level_y[:-1], level_y[-1:]])
    order = np.argsort(levels, kind="stable")  # merges two sorted runs in O(m + n)
    from_x = order < m - 1
    i = np.cumsum(from_x) - from_x  # levels of x that lie below
    j = np.minimum(np.arange(m + n - 1) - i, n - 1)
    masses = np.diff(levels[order], prepend=0.0)
    return i, j, masses


def uniform_cut(m: int, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ranks i, j and masses of the monotone coupling of m and of n points of equal masses.

    Examples
    --------
    >>> uniform_cut(1, 2)
    (array([0, 0]), array([0, 1]), array([0.5, 0.5]))
    """
    if m == n:
        return np.arange(n), np.arange(n), np.full(n, 1 / n)
    return cut_levels(np.arange(1, m + 1) / m, np.arange(1, n + 1) / n)


def quantile_function(x: ArrayLike, q: ArrayLike, *, a: ArrayLike | None = None) -> np.ndarray:
    """Return F⁻¹(q) = min {x : F(x) ≥ q} of a weighted sample, F its distribution function.

    Parameters
    ----------
    x : array_like of shape (n,)
    q : array_like of any shape
        Levels from 0 to 1; level 0 gives the smallest point that has mass.
    a : array_like of shape (n,), optional
        Masses; only their ratios count. Equal by default.

    Returns
    -------
    ndarray of the shape of `q`

    Raises
    ------
    TypeError, ValueError
        If the sample, masses or levels are not finite real numbers, a mass is negative, or a level lies outside
        of [0, 1].

    Notes
    -----
    Cost O(n log n). F⁻¹ is a step function, continuous from the left. A level that is a few roundings above a
    jump of F counts as being at the jump. ``np.quantile(..., method="inverted_cdf", weights=a)`` is the same
    function without that care.

    Chapter: probability/optimal-transport.

    Examples
    --------
    >>> quantile_function([10, 30, 20], [0, 0.3, 1 / 3, 0.5, 1])
    array([10., 10., 10., 20., 30.])
    """
    x = as_vector(x, "x")
    q = _as_levels(q)
    order, levels = _sorted_levels(x, None if a is None else as_masses(a, "a", len(x)))
    levels /= levels[-1]
    rank = np.searchsorted(levels, q - np.sqrt(len(levels)) * EPS)
    return x[order[np.minimum(rank, len(order) - 1)]]


def _as_levels(q: ArrayLike) -> np.ndarray:
    levels = as_vector(np.ravel(q), "q").reshape(np.shape(q))
    if levels.min() < 0 or levels.max() > 1:
        raise ValueError(f"`q` must lie in [0, 1], got values from {levels.min():g} to {levels.max():g}")
    return levels


def barycenter_1d(
    samples: Sequence[ArrayLike], *, weights: ArrayLike | None = None, n_quantiles: int | None = None
) -> np.ndarray:
    """Return points whose quantile function is Σ_k w_k F_k⁻¹: the minimiser of Σ_k w_k W_2(·, μ_k)².

    Parameters
    ----------
    samples : sequence of K array_like, of shapes (n_k,)
        Each stands for a measure of equal masses.
    weights : array_like of shape (K,), optional
        Not negative; only their ratios count. Equal by default.
    n_quantiles : int, optional
        Number N of points of the barycentre; the largest n_k by default.

    Returns
    -------
    ndarray of shape (N,)
        Ascending; each point has mass 1 / N.

    Raises
    ------
    TypeError, ValueError
        If there is no sample, one is no vector of finite real numbers, or `weights` or `n_quantiles` is out of
        range.

    Notes
    -----
    The average is taken at the levels (i - 1/2) / N. It is exact where every n_k divides N, otherwise an
    approximation whose error falls like 1 / N. Cost of sorting the samples.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] agueh2011barycenters, Section 6.1.

    Examples
    --------
    >>> barycenter_1d([[0, 2], [14, 10]])
    array([5., 8.])
    """
    samples = [as_vector(sample, "samples") for sample in samples]
    if not samples:
        raise ValueError("`samples` must hold at least one sample, got none")
    w = as_masses(weights, "weights", len(samples))
    N = max(map(len, samples)) if n_quantiles is None else as_integer(n_quantiles, "n_quantiles")
    levels = (np.arange(N) + 0.5) / N
    return (w / w.sum()) @ np.array([quantile_function(sample, levels) for sample in samples])


def monge_map_1d(
    x: ArrayLike,
    y: ArrayLike,
    points: ArrayLike,
    *,
    a: ArrayLike | None = None,
    b: ArrayLike | None = None,
) -> np.ndarray:
    """Return T = G⁻¹ ∘ F at the given points: the increasing map that carries one density into the other.

    Parameters
    ----------
    x : array_like of shape (m,)
        A sample of the first density, or the midpoints of the cells of a grid.
    y : array_like of shape (n,)
        The same for the second density.
    points : array_like of any shape
        Where to evaluate T.
    a, b : array_like of shape (m,), (n,), optional
        Masses; only their ratios count. Equal by default.

    Returns
    -------
    ndarray of the shape of `points`
        Increasing in `points`; constant beyond the first and last point that has mass.

    Raises
    ------
    TypeError, ValueError
        If an argument is no array of finite real numbers, or a mass is negative.

    Notes
    -----
    F and G are taken as continuous: each passes through half of the mass of a point at that point, and is linear
    in between. Two samples of one size are thereby matched exactly, i-th smallest to i-th smallest, and on a
    grid of width h the map errs by O(h²) where the densities are smooth and positive. Measures with atoms may
    have no transport map at all; `coupling_1d` always exists. Cost O(m log m + n log n).

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] santambrogio2015optimal, Theorem 2.9; peyre2019computational, Remark 2.30.

    Examples
    --------
    >>> monge_map_1d([0, 1, 2], [30, 10, 20], [0, 0.5, 2])
    array([10., 15., 30.])
    """
    points = np.asarray(points)
    at = as_vector(points.ravel(), "points")
    x_sorted, F = _midpoint_cdf(x, "x", a, "a")
    x_sorted, where = np.unique(x_sorted, return_inverse=True)
    F = np.bincount(where, weights=F) / np.bincount(where)  # one level for points that coincide
    y_sorted, G = _midpoint_cdf(y, "y", b, "b")
    return np.interp(np.interp(at, x_sorted, F), G, y_sorted).reshape(points.shape)


def _midpoint_cdf(
    x: ArrayLike, name: str, masses: ArrayLike | None, masses_name: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return the points that have mass, ascending, and the level half-way up the jump at each."""
    x = as_vector(x, name)
    masses = as_masses(masses, masses_name, len(x))
    order = np.argsort(x, kind="stable")
    order = order[masses[order] > 0]
    x, masses = x[order], masses[order]
    return x, (np.cumsum(masses) - masses / 2) / masses.sum()
