"""What lies between two measures: mass that moves along straight lines."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_matrix
from runmath.probability.optimal_transport.measures import as_points, as_real


def displacement_interpolation(
    X: ArrayLike, Y: ArrayLike, plan: Any, t: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the measure at time t of the path (1 - t) x_i + t y_j, each with mass plan_ij.

    Parameters
    ----------
    X : array_like of shape (m, d)
    Y : array_like of shape (n, d)
    plan : array_like of shape (m, n), TransportPlan or SinkhornResult
        Masses, not negative.
    t : float
        From 0 to 1.

    Returns
    -------
    points : ndarray of shape (k, d)
    masses : ndarray of shape (k,)
        One entry for each entry of the plan that is positive, row by row.

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, a mass is negative, or `t` lies outside of [0, 1].

    Notes
    -----
    For a plan that is optimal for ‖x - y‖^p with p > 1 this is the geodesic: W_p(P_s, P_t) = |t - s| W_p(P_0, P_1).
    The blend (1 - t) P_0 + t P_1 of the masses is another path. Cost m n + k d.

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] mccann1997convexity; peyre2019computational, Section 7.1.

    Examples
    --------
    >>> displacement_interpolation([[0.0], [2.0]], [[4.0]], [[0.5], [0.5]], 0.5)
    (array([[2.], [3.]]), array([0.5, 0.5]))
    """
    X, Y = as_points(X, Y)
    P = as_matrix(getattr(plan, "plan", plan), "plan")
    if P.shape != (len(X), len(Y)):
        raise ValueError(f"`plan` must have shape {(len(X), len(Y))}, one entry a pair, got {P.shape}")
    if P.min() < 0:
        raise ValueError(f"`plan` must hold masses that are not negative, got {P.min():g}")
    t = as_real(t, "t", "between 0 and 1", low=0.0)
    if t > 1:
        raise ValueError(f"`t` must be between 0 and 1, got {t}")
    i, j = np.nonzero(P)
    return (1 - t) * X[i] + t * Y[j], P[i, j]


def displacement_histogram(
    X: ArrayLike, Y: ArrayLike, plan: Any, t: float, *, shape: tuple[int, int]
) -> np.ndarray:
    """Return the image (H, W) of the displacement interpolation at time t; points are pixel coordinates.

    Parameters
    ----------
    X : array_like of shape (m, 2)
        Row and column of each pixel of the first image; (0, 0) is the centre of the first pixel.
    Y : array_like of shape (n, 2)
        The same for the second image.
    plan : array_like of shape (m, n), TransportPlan or SinkhornResult
    t : float
        From 0 to 1.
    shape : (H, W)
        Size of the image.

    Returns
    -------
    ndarray of shape (H, W)
        Its sum is the mass of the plan: a point outside counts for the nearest pixel.

    Raises
    ------
    TypeError, ValueError
        If `displacement_interpolation` raises, the points have not two coordinates, or `shape` is not positive.

    Notes
    -----
    A point between pixels is shared by the four around it, in inverse proportion to the distances (bilinear, or
    cloud-in-cell, weights): total mass and, inside, centre of mass are kept. Cost m n + number of pairs.

    Chapter: probability/optimal-transport.

    Examples
    --------
    >>> displacement_histogram([[0, 0]], [[0, 1]], [[1]], 0.25, shape=(1, 2))
    array([[0.75, 0.25]])
    """
    points, masses = displacement_interpolation(X, Y, plan, t)
    if points.shape[1] != 2:
        raise ValueError(f"`X` must hold two coordinates a point, got {points.shape[1]}")
    H, W = (as_integer(size, "shape") for size in shape)
    points = np.clip(points, 0, [H - 1, W - 1])
    low = np.floor(points).astype(int)
    share = points - low
    image = np.zeros(H * W)
    for step in ((0, 0), (0, 1), (1, 0), (1, 1)):
        row, column = np.minimum(low + step, [H - 1, W - 1]).T
        weight = np.where(step, share, 1 - share).prod(axis=1)
        image += np.bincount(row * W + column, weights=masses * weight, minlength=H * W)
    return image.reshape(H, W)
