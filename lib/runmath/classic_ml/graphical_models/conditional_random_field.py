"""The linear-chain conditional random field."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.graphical_models.chains import chain_marginals, viterbi
from runmath.optimization import lbfgs


class LinearChainCRF(BaseEstimator):
    """p(y | x) ~ exp(sum_t x_t' A[:, y_t] + sum_t B[y_(t-1), y_t]): labels of a sequence given its features.

    Minimises - sum log p(y | x) + (alpha / 2) (|A|^2 + |B|^2), which is convex.

    Parameters
    ----------
    alpha : float
        Positive weight of the penalty.
    tol : float
        Largest entry of the gradient, per position, at which to stop.
    max_iter : int

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    emission_ : ndarray of shape (n_features, K)
        A.
    transition_ : ndarray of shape (K, K)
        B.
    loss_ : float
        The minimum.

    Notes
    -----
    Data are sequences of different lengths, so that scikit-learn's contract does not apply to `fit` and `predict`.
    A step takes T K^2 operations for T positions. Chapter: classic-ml/generative-and-discriminative.

    References
    ----------
    :cite:t:`lafferty2001conditional`.

    Examples
    --------
    >>> X, y = [[[1.0], [1.0], [-1.0]]], [["a", "a", "b"]]
    >>> LinearChainCRF(alpha=0.1).fit(X, y).predict([[[2.0], [-2.0]]])[0].tolist()
    ['a', 'b']
    """

    def __init__(self, *, alpha: float = 1.0, tol: float = 1e-5, max_iter: int = 500) -> None:
        self.alpha = alpha
        self.tol = tol
        self.max_iter = max_iter

    def fit(self, X: Sequence[ArrayLike], y: Sequence[ArrayLike]) -> LinearChainCRF:
        """Learn from sequences of features (T_i, n_features) and of labels (T_i,), and return self.

        Raises
        ------
        ValueError
            If lengths or widths do not fit, labels are no vector or NaN, a value is not finite, or `alpha` is not
            positive.
        """
        if not 0 < self.alpha < np.inf:
            raise ValueError(f"`alpha` must be positive, got {self.alpha!r}")
        features = _sequences(X)
        labels = [np.asarray(sequence) for sequence in y]
        if any(
            z.ndim != 1 or (z.dtype.kind in "fcO" and (z != z).any()) for z in labels
        ):  # NaN is not itself
            raise ValueError("`y` must hold vectors of labels, none of them NaN")
        if [len(f) for f in features] != [len(sequence) for sequence in labels]:
            raise ValueError("`X` and `y` must hold sequences of equal lengths")
        self.classes_, codes = np.unique(np.concatenate(labels), return_inverse=True)
        self.n_features_in_ = features[0].shape[1]
        codes = np.split(codes, np.cumsum([len(f) for f in features])[:-1])
        shape, K = (self.n_features_in_, len(self.classes_)), len(self.classes_)

        def unpacked(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            return theta[: shape[0] * K].reshape(shape), theta[shape[0] * K :].reshape(K, K)

        def loss_and_gradient(theta: np.ndarray) -> tuple[float, np.ndarray]:
            A, B = unpacked(theta)
            loss, slope_A, slope_B = self.alpha / 2 * theta @ theta, self.alpha * A, self.alpha * B
            for x, z in zip(features, codes, strict=True):
                value, own_A, own_B = _negative_log_likelihood(A, B, x, z)
                loss, slope_A, slope_B = loss + value, slope_A + own_A, slope_B + own_B
            return loss, np.concatenate([slope_A.ravel(), slope_B.ravel()])

        last: tuple[np.ndarray, tuple[float, np.ndarray]] | None = None

        def once(theta: np.ndarray) -> tuple[float, np.ndarray]:
            """Evaluate, but not twice at the same place: one pass gives the loss and its gradient."""
            nonlocal last
            if last is None or not np.array_equal(last[0], theta):
                last = theta.copy(), loss_and_gradient(theta)
            return last[1]

        found = lbfgs(
            lambda theta: once(theta)[0],
            lambda theta: once(theta)[1],
            np.zeros(shape[0] * K + K * K),
            tol=self.tol * sum(len(f) for f in features),
            max_iter=self.max_iter,
        )
        self.emission_, self.transition_ = unpacked(found.x)
        self.loss_ = float(found.fun)
        return self

    def predict(self, X: Sequence[ArrayLike]) -> list[np.ndarray]:
        """Return the most probable labels of each sequence."""
        return [self.classes_[viterbi(x @ self.emission_, self.transition_)[0]] for x in self._checked(X)]

    def predict_proba(self, X: Sequence[ArrayLike]) -> list[np.ndarray]:
        """Return p(y_t | x) for each position, arrays of shape (T_i, K)."""
        return [chain_marginals(x @ self.emission_, self.transition_)[0] for x in self._checked(X)]

    def _checked(self, X: Sequence[ArrayLike]) -> list[np.ndarray]:
        check_is_fitted(self)
        features = _sequences(X)
        if features[0].shape[1] != self.n_features_in_:
            raise ValueError(f"`X` must have {self.n_features_in_} features, got {features[0].shape[1]}")
        return features


def _negative_log_likelihood(
    A: np.ndarray, B: np.ndarray, x: np.ndarray, z: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Return -log p(z | x) and its gradients: expected counts minus observed ones."""
    unary = x @ A
    single, double, log_z = chain_marginals(unary, B)
    score = unary[np.arange(len(z)), z].sum() + B[z[:-1], z[1:]].sum()
    single[np.arange(len(z)), z] -= 1
    slope_B = double.sum(axis=0)
    np.subtract.at(slope_B, (z[:-1], z[1:]), 1.0)
    return log_z - score, x.T @ single, slope_B


def _sequences(X: Sequence[ArrayLike]) -> list[np.ndarray]:
    """Return the sequences as finite matrices of one width."""
    features = [np.asarray(x, dtype=float) for x in X]
    if not features or any(x.ndim != 2 or 0 in x.shape for x in features):
        raise ValueError("`X` must hold sequences of shape (length, n_features), both positive")
    if len({x.shape[1] for x in features}) > 1 or not all(np.isfinite(x).all() for x in features):
        raise ValueError("`X` must hold finite sequences of one width")
    return features
