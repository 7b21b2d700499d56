"""A transport map of the whole space from an entropic plan between two samples."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_matrix
from runmath.probability.optimal_transport.linear_program import cost_matrix
from runmath.probability.optimal_transport.measures import as_points
from runmath.probability.optimal_transport.sinkhorn import SinkhornResult


def entropic_map(X: ArrayLike, Y: ArrayLike, result: SinkhornResult, points: ArrayLike) -> np.ndarray:
    """Return T(x) = Σ_j w_j(x) y_j with w_j(x) ∝ b_j exp((g_j - ‖x - y_j‖²) / reg), the mean of where x goes.

    Parameters
    ----------
    X : array_like of shape (m, d)
    Y : array_like of shape (n, d)
    result : SinkhornResult
        Of `sinkhorn` with the costs ``cost_matrix(X, Y, p=2)``.
    points : array_like of shape (k, d)
        Where to evaluate T.

    Returns
    -------
    ndarray of shape (k, d)

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, or the plan does not belong to squared distances of X and Y.

    Notes
    -----
    T is the gradient of the convex function ‖x‖²/2 - f(x)/2, where
    f(x) = -reg log Σ_j b_j exp((g_j - ‖x - y_j‖²) / reg) extends the potential of the rows to the whole space.
    At x_i it is the barycentric projection Σ_j plan_ij y_j / a_i. It tends to the Monge map as reg falls and the
    samples grow; a large reg shrinks the image towards the mean. Cost O(k n d), memory O(k n).

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] pooladian2021entropic.

    Examples
    --------
    >>> from runmath.probability.optimal_transport import sinkhorn
    >>> X, Y = [[0.0], [1.0]], [[5.0], [7.0]]
    >>> result = sinkhorn([0.5, 0.5], [0.5, 0.5], cost_matrix(X, Y, p=2), reg=0.01)
    >>> entropic_map(X, Y, result, [[0.0], [1.0]]).round(6)
    array([[5.], [7.]])
    """
    X, Y = as_points(X, Y)
    points = as_matrix(points, "points")
    if points.shape[1] != X.shape[1]:
        raise ValueError(f"`points` must have {X.shape[1]} columns like `X`, got {points.shape[1]}")
    if not isinstance(result, SinkhornResult):
        raise TypeError(f"`result` must be what `sinkhorn` returns, got {type(result).__name__}")
    if result.plan.shape != (len(X), len(Y)):
        raise ValueError(
            f"`result` must be of {(len(X), len(Y))} points like `X` and `Y`, got {result.plan.shape}"
        )
    b = result.plan.sum(axis=0)
    target = Y[b > 0]
    i = result.plan.sum(axis=1).argmax()
    projection = result.plan[i] @ Y / result.plan[i].sum()
    size = np.abs(Y).max()
    if (
        np.abs(_average(X[[i]], target, b[b > 0], result.g[b > 0], result.reg) - projection).max()
        > 1e-6 * size
    ):
        raise ValueError("`result` must belong to the costs `cost_matrix(X, Y, p=2)`, got other costs")
    return _average(points, target, b[b > 0], result.g[b > 0], result.reg)


def _average(points: np.ndarray, Y: np.ndarray, b: np.ndarray, g: np.ndarray, reg: float) -> np.ndarray:
    """Return Σ_j w_j(x) y_j for each point x."""
    exponents = (g - cost_matrix(points, Y, p=2)) / reg
    w = b * np.exp(exponents - exponents.max(axis=1, keepdims=True))
    return (w / w.sum(axis=1, keepdims=True)) @ Y
