"""Losses L(y, F) for gradient boosting: value, negative gradient, best constant and best step in a leaf.

F is the raw prediction: the target itself for regression, log-odds for classification.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_softmax, logit

from runmath.core import EPS

MAX_STEP = 20.0  # a Newton step past this changes no probability in float64, only raw predictions


def weighted_median(x: np.ndarray, weight: np.ndarray | None = None) -> float:
    """Return a minimiser of Σ w |x - m|: the middle of all minimisers.

    Examples
    --------
    >>> weighted_median(np.array([3.0, 1.0, 2.0])), weighted_median(np.array([1.0, 5.0]))
    (2.0, 3.0)
    """
    weight = np.ones(len(x)) if weight is None else weight
    order = np.argsort(x, kind="stable")
    x, total = x[order], np.cumsum(weight[order])
    half = total[-1] / 2
    low = x[np.searchsorted(total, half * (1 - 1e-12), side="left")]
    high = x[min(np.searchsorted(total, half * (1 + 1e-12), side="right"), len(x) - 1)]
    return float(low / 2 + high / 2)


class SquaredError:
    """L(y, F) = ½ (y - F)².

    Examples
    --------
    >>> SquaredError().negative_gradient(np.array([3.0]), np.array([1.0]))
    array([2.])
    """

    def value(self, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the mean loss of raw predictions (n,) for targets y (n,)."""
        return float(np.average(0.5 * (y - raw) ** 2, weights=weight))

    def negative_gradient(self, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
        """Return -∂L/∂F = y - F, (n,): the residuals."""
        return y - raw

    def init(self, y: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the best constant: the mean."""
        return float(np.average(y, weights=weight))

    def leaf_value(self, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the best constant step from F: the mean residual."""
        return float(np.average(y - raw, weights=weight))


class AbsoluteError:
    """L(y, F) = |y - F|.

    Examples
    --------
    >>> AbsoluteError().negative_gradient(np.array([3.0, 0.0, 1.0]), np.array([1.0, 5.0, 1.0]))
    array([ 1., -1.,  0.])
    """

    def value(self, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the mean loss of raw predictions (n,) for targets y (n,)."""
        return float(np.average(np.abs(y - raw), weights=weight))

    def negative_gradient(self, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
        """Return -∂L/∂F = sign(y - F), (n,), and the subgradient 0 at the kink."""
        return np.sign(y - raw)

    def init(self, y: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the best constant: the median."""
        return weighted_median(y, weight)

    def leaf_value(self, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the best constant step from F: the median of the residuals, not the mean of their signs."""
        return weighted_median(y - raw, weight)


class LogisticLoss:
    """L(y, F) = log(1 + exp(F)) - y F for y in {0, 1}: minus the log-likelihood at P(y = 1) = 1 / (1 + exp(-F)).

    Examples
    --------
    >>> LogisticLoss().negative_gradient(np.array([1.0, 0.0]), np.array([0.0, 0.0]))
    array([ 0.5, -0.5])
    """

    def value(self, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the mean loss of raw predictions (n,) for targets y (n,)."""
        return float(np.average(np.logaddexp(0.0, raw) - y * raw, weights=weight))

    def negative_gradient(self, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
        """Return -∂L/∂F = y - p, (n,)."""
        return y - expit(raw)

    def init(self, y: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the best constant: the log-odds of the class 1."""
        p = np.average(y, weights=weight)
        return float(logit(np.clip(p, EPS, 1 - EPS)))  # one class only: finite log-odds

    def leaf_value(self, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return one Newton step for the best constant: Σ w (y - p) / Σ w p (1 - p)."""
        return _newton_step(self.negative_gradient(y, raw), weight)

    def probabilities(self, raw: np.ndarray) -> np.ndarray:
        """Return P(0) and P(1), (n, 2)."""
        return np.column_stack([expit(-raw), expit(raw)])


class SoftmaxLoss:
    """L(y, F) = log Σ_k exp(F_k) - F_y for classes y in {0, ..., K-1}, F of shape (n, K).

    Examples
    --------
    >>> SoftmaxLoss(n_classes=4).negative_gradient(np.array([1]), np.zeros((1, 4)))
    array([[-0.25,  0.75, -0.25, -0.25]])
    """

    def __init__(self, *, n_classes: int) -> None:
        self.n_classes = n_classes

    def value(self, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None = None) -> float:
        """Return the mean loss of raw predictions (n, K) for classes y (n,)."""
        return float(np.average(-log_softmax(raw, axis=1)[np.arange(len(y)), y], weights=weight))

    def negative_gradient(self, y: np.ndarray, raw: np.ndarray) -> np.ndarray:
        """Return -∂L/∂F_k = [y = k] - p_k, (n, K)."""
        return np.eye(self.n_classes)[y] - self.probabilities(raw)

    def init(self, y: np.ndarray, weight: np.ndarray | None = None) -> np.ndarray:
        """Return the best constants (K,): the logarithms of the class frequencies."""
        return np.log(
            np.maximum(
                np.bincount(y, weight, self.n_classes)
                / np.sum(np.ones(len(y)) if weight is None else weight),
                EPS,
            )
        )

    def leaf_value(
        self, y: np.ndarray, raw: np.ndarray, weight: np.ndarray | None = None, *, k: int
    ) -> float:
        """Return a Newton step for F_k with the Hessian's diagonal: (K-1)/K Σ w r_k / Σ w |r_k| (1 - |r_k|)."""
        residual = (y == k) - self.probabilities(raw)[:, k]
        return (self.n_classes - 1) / self.n_classes * _newton_step(residual, weight)

    def probabilities(self, raw: np.ndarray) -> np.ndarray:
        """Return P(k) = exp(F_k) / Σ_j exp(F_j), (n, K)."""
        p = np.exp(raw - raw.max(axis=1, keepdims=True))
        return p / p.sum(axis=1, keepdims=True)


def _newton_step(residual: np.ndarray, weight: np.ndarray | None) -> float:
    """Return Σ w r / Σ w |r| (1 - |r|): with r = y - p and y in {0, 1}, |r| (1 - |r|) is p (1 - p)."""
    weight = np.ones(len(residual)) if weight is None else weight
    size = np.abs(residual)
    slope, curvature = weight @ residual, weight @ (size * (1 - size))
    if abs(slope) >= MAX_STEP * curvature:  # also 0 / 0: all rows are fitted perfectly
        return float(np.sign(slope) * MAX_STEP)
    return float(slope / curvature)
