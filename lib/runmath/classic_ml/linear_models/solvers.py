"""Minimisers of a penalised likelihood: Newton's method for few coefficients, L-BFGS for many."""

from __future__ import annotations

import warnings

import numpy as np
import scipy.linalg

from runmath import optimization
from runmath.classic_ml.linear_models.likelihoods import _Likelihood
from runmath.core import EPS, ConvergenceWarning

DAMPING = 1e-10  # times the Hessian's diagonal: decides only where the likelihood is flat
ARMIJO = 1e-4  # share of the decrease promised by the slope that a step must reach
HALVINGS = 40
ROUNDING = 500 * EPS  # relative error of a value, amply: what is below it decides about no step


def newton(f: _Likelihood, *, tol: float, max_iter: int) -> tuple[np.ndarray, np.ndarray]:
    """Solve H d = -g and step to θ + t d, t = 1, ½, ¼, ..., until ‖g‖_∞ ≤ tol.

    Returns
    -------
    theta : ndarray of shape (K(q + 1),)
    history : ndarray
        ‖g‖_∞ before the first step and after each.

    Examples
    --------
    >>> from runmath.classic_ml.linear_models.likelihoods import Bernoulli
    >>> X, s = np.array([[1.0], [1.0], [1.0], [1.0]]), np.full(4, 0.25)
    >>> theta, history = newton(Bernoulli(X, np.array([1, 1, 1, 0]), s, 0.0, 1, False), tol=1e-12, max_iter=9)
    >>> bool(abs(theta[0] - np.log(3)) < 1e-9)
    True
    """
    theta = np.zeros(f.shape[0] * f.shape[1])
    value, g = f.value(theta), f.gradient(theta)
    history = [np.abs(g).max(initial=0.0)]
    while history[-1] > tol and len(history) <= max_iter:
        d = _newton_direction(f, theta, g)
        t, slope = 1.0, g @ d
        for _ in range(HALVINGS):
            candidate = f.value(theta + t * d)
            if candidate <= value + ARMIJO * t * slope + ROUNDING * abs(value):
                break
            t /= 2
        else:
            break  # the rest of the gradient is rounding
        theta = theta + t * d
        value, g = candidate, f.gradient(theta)
        history.append(np.abs(g).max())
    return theta, np.array(history)


def _newton_direction(f: _Likelihood, theta: np.ndarray, g: np.ndarray) -> np.ndarray:
    """Solve H d = -g where H may be singular: only along directions that change neither scores nor penalty."""
    H = f.hessian(theta)
    K, m = f.shape
    if K > 1:  # a number added to all classes changes no probability: give that direction a curvature
        blocks = H.reshape(K, m, K, m)
        free = np.arange(f.X.shape[1] if f.penalty else 0, m)
        blocks[:, free, :, free] += np.einsum("kmkm->m", blocks)[free, None, None] / K**2
    # with D H D of diagonal 1 + DAMPING, d = -D (D H D)⁻¹ D g does not depend on the units of the features
    diagonal = H.diagonal()
    D = 1 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    H *= D[:, None]
    H *= D
    H.flat[:: len(H) + 1] += DAMPING
    return -D * scipy.linalg.solve(H, D * g, assume_a="pos", check_finite=False)


def lbfgs(f: _Likelihood, *, tol: float, max_iter: int) -> tuple[np.ndarray, np.ndarray]:
    """Step along limited-memory quasi-Newton directions until ‖g‖_∞ ≤ tol; see `newton`."""
    start = np.zeros(f.shape[0] * f.shape[1])
    if start.size == 0:  # no column varies, and there is no intercept
        return start, np.zeros(1)
    with warnings.catch_warnings():  # the estimator warns, in its own words
        warnings.simplefilter("ignore", ConvergenceWarning)
        result = optimization.lbfgs(f.value, f.gradient, start, tol=tol, max_iter=max_iter)
    return result.x, result.history
