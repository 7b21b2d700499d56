"""Bias and variance of a regressor, measured over many training sets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone

from runmath.classic_ml.trees.checks import N_SEEDS, set_seeds
from runmath.core import as_integer, as_matrix, as_rng, as_vector


@dataclass(frozen=True, kw_only=True, eq=False)
class BiasVariance:
    """The expected squared error, averaged over given points, taken apart: error = bias2 + variance + noise.

    Parameters
    ----------
    bias2, variance, noise, error : float
        Squared bias, variance, variance of the noise, and expected squared error for a new noisy target.
    predictions : ndarray of shape (n_datasets, n_points)
        From which they are computed: for curves over the points.
    """

    bias2: float
    variance: float
    noise: float
    error: float
    predictions: np.ndarray


def bias_variance(
    make_data: Callable[[np.random.Generator], tuple[ArrayLike, ArrayLike]],
    estimator: BaseEstimator,
    *,
    n_datasets: int,
    X_test: ArrayLike,
    f_test: ArrayLike,
    noise: float = 0.0,
    rng: np.random.Generator | int,
) -> BiasVariance:
    """Estimate E(Y - f̂(x))² = (E f̂(x) - f(x))² + Var f̂(x) + σ² by fitting on many training sets.

    Parameters
    ----------
    make_data : callable
        ``make_data(rng)`` returns a new training set X, y.
    estimator : regressor
        Cloned for each training set; where it has a `random_state`, that is drawn anew too.
    n_datasets : int
        At least 2.
    X_test : array_like of shape (n_points, n_features)
    f_test : array_like of shape (n_points,)
        The true function at these points, without noise.
    noise : float
        σ², the variance of Y given x, which only whoever makes the data knows.
    rng : Generator or int

    Returns
    -------
    BiasVariance

    Raises
    ------
    TypeError, ValueError
        If an argument has the wrong type, shape or range.

    Notes
    -----
    The mean over M data sets has an error of its own: (mean f̂ - f)² is too large by Var f̂ / M on average, and
    that is subtracted here, so that both estimates are unbiased; `bias2` may then fall a little below 0.

    Chapter: classic-ml/ensembles.

    References
    ----------
    .. [1] hastie2009elements, section 7.3.

    Examples
    --------
    >>> from sklearn.dummy import DummyRegressor
    >>> draw = lambda rng: (np.zeros((4, 1)), np.full(4, 3.0))
    >>> result = bias_variance(draw, DummyRegressor(), n_datasets=2, X_test=[[0]], f_test=[1], noise=0.5, rng=0)
    >>> result.bias2, result.variance, result.error
    (4.0, 0.0, 4.5)
    """
    X_test, rng = as_matrix(X_test, "X_test"), as_rng(rng)
    f_test = as_vector(f_test, "f_test", size=len(X_test))
    if not noise >= 0:
        raise ValueError(f"`noise` must be a variance of at least 0, got {noise!r}")
    predictions = np.empty((as_integer(n_datasets, "n_datasets", low=2), len(X_test)))
    for m in range(len(predictions)):
        model = clone(estimator)
        set_seeds(model, lambda: int(rng.integers(N_SEEDS)))
        predictions[m] = model.fit(*make_data(rng)).predict(X_test)
    variance = float(predictions.var(axis=0, ddof=1).mean())
    bias2 = float(np.mean((predictions.mean(axis=0) - f_test) ** 2)) - variance / len(predictions)
    return BiasVariance(
        bias2=bias2,
        variance=variance,
        noise=float(noise),
        error=bias2 + variance + noise,
        predictions=predictions,
    )
