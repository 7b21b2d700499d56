"""Barycentres of images under entropic optimal transport, on a grid with a separable kernel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import IterativeResult, as_integer, as_matrix, as_tolerance, warn_unless_converged
from runmath.probability.optimal_transport.measures import as_masses, as_real

SAFE = 1e-290  # sums of terms of at most 1 that are larger have lost nothing to underflow
COARSEST = 1 / 16  # of the squared side of the image: at most from here `reg` is halved to its final value,
STAGE_TOL = 1e-2  # whenever the violation is this small
RELAXATION = 1.5  # steps are lengthened by this factor while the violation falls: about half as many of them
DEBIASING_STEPS = 3  # of the scaling d of the debiased problem, in each iteration


@dataclass(frozen=True, kw_only=True, eq=False)
class BarycenterResult(IterativeResult):
    """The barycentre of several images.

    Parameters
    ----------
    barycenter : ndarray of shape (H, W)
        Not negative, of total 1.
    converged : bool
        Whether the tolerance was reached.
    n_iter : int
        Iterations taken, those at coarser regularisations included.
    history : ndarray of shape (n_iter + 1,)
        Largest distance Σ |marginal of plan k - barycentre| over the images k, and over the plan of the
        barycentre with itself where it is debiased. It may rise where the regularisation falls.
    """

    barycenter: np.ndarray


def sinkhorn_barycenter(
    images: Sequence[ArrayLike],
    *,
    reg: float,
    weights: ArrayLike | None = None,
    debiased: bool = False,
    tol: float = 1e-4,
    max_iter: int = 1_000,
) -> BarycenterResult:
    """Solve min_p Σ_k w_k OT_reg(p, image_k) for the squared distance of pixels.

    Parameters
    ----------
    images : sequence of K array_like of shape (H, W)
        Masses, not negative; each image is divided by its total.
    reg : float
        Regularisation in squared pixels: the kernel exp(-d²/reg) is a Gaussian blur of standard deviation
        √(reg/2) pixels.
    weights : array_like of shape (K,), optional
        Not negative; only their ratios count. Equal by default.
    debiased : bool
        Whether to minimise the sum of Sinkhorn divergences OT(p, q) - OT(p, p)/2 - OT(q, q)/2 instead, which has
        no blur to first order: the barycentre of equal images is that image.
    tol : float
        Bound of the violation, in the total of 1.
    max_iter : int

    Returns
    -------
    BarycenterResult

    Raises
    ------
    TypeError, ValueError
        If the images are not finite real matrices of one shape with masses that are not negative, or a number is
        out of range.

    Warns
    -----
    ConvergenceWarning
        If the tolerance is not reached.

    Notes
    -----
    One iteration blurs K images twice, each O(H W (H + W)), because the kernel of a sum of squares is a product of
    two kernels of one axis. Scalings are kept as logarithms; a blur sums in the plain domain and turns to the
    logarithm of sums only for pixels where numbers would underflow. The number of iterations grows like 1 / reg,
    for which stages of falling `reg` and lengthened steps are a partial remedy.
    POT's ``ot.bregman.convolutional_barycenter2d`` measures the image in [0, 1]: its reg is ours / (H - 1)².

    Chapter: probability/optimal-transport.

    References
    ----------
    .. [1] benamou2015iterative, Section 3.2; solomon2015convolutional.
    .. [2] janati2020debiased, Algorithm 1.

    Examples
    --------
    >>> sinkhorn_barycenter([[[1, 0, 0]], [[0, 0, 1]]], reg=0.02).barycenter.round(6)
    array([[0., 1., 0.]])
    """
    log_images = _as_log_images(images)
    w = as_masses(weights, "weights", len(log_images))
    reg = as_real(reg, "reg", "positive and finite", low=0.0, open_low=True)
    tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter")
    log_p, history = _solve(log_images, w / w.sum(), reg, debiased, tol, max_iter)
    converged = bool(history[-1] <= tol)
    warn_unless_converged(converged, "sinkhorn_barycenter", "raise `max_iter`, `tol` or `reg`")
    p = np.exp(log_p - log_p.max())
    return BarycenterResult(
        barycenter=p / p.sum(), converged=converged, n_iter=len(history) - 1, history=np.array(history)
    )


def _as_log_images(images: Sequence[ArrayLike]) -> np.ndarray:
    """Return the logarithms (K, H, W) of images of total 1; -inf where there is no mass."""
    images = [as_matrix(image, "images") for image in images]
    if len({image.shape for image in images}) != 1:
        raise ValueError(f"`images` must hold images of one shape, got {[image.shape for image in images]}")
    images = np.stack([as_masses(im.ravel(), "images", im.size).reshape(im.shape) for im in images])
    with np.errstate(divide="ignore"):
        return np.log(images / images.sum(axis=(1, 2), keepdims=True))


def _solve(
    log_images: np.ndarray, w: np.ndarray, reg: float, debiased: bool, tol: float, max_iter: int
) -> tuple[np.ndarray, list[float]]:
    """Lower the regularisation in stages, each from the potentials of the one before."""
    widest = max(log_images.shape[1:]) ** 2 * COARSEST
    coarser = int(np.log2(max(widest / reg, 1)))
    potentials = np.zeros_like(log_images), np.zeros(log_images.shape[1:])
    history: list[float] = []
    for stage_reg in reg * 2.0 ** np.arange(coarser, -1, -1):
        goal = tol if stage_reg == reg else max(tol, STAGE_TOL)
        log_p, potentials = run_stage(log_images, w, stage_reg, debiased, goal, max_iter, potentials, history)
    return log_p, history


def run_stage(
    log_images: np.ndarray,
    w: np.ndarray,
    reg: float,
    debiased: bool,
    goal: float,
    max_iter: int,
    potentials: tuple[np.ndarray, np.ndarray],
    history: list[float],
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Project in turn on the plans with the right first marginals and on those that share the second one.

    The potentials reg log v (K, H, W) and reg log d (H, W) are taken over from the stage before and handed on;
    d = 1 where nothing is debiased. `history` is extended by the violation of each iteration.
    """
    log_v, log_d = (potential / reg for potential in potentials)
    omega = 1.0
    while True:
        log_spread = _log_blur(log_images - _log_blur(log_v, reg), reg)  # janati2020debiased, Alg. 1, line 3
        log_p = log_d + np.tensordot(w, log_spread, axes=1)  # line 4
        p = np.exp(log_p)
        error = np.abs(np.exp(log_v + log_spread) - p).sum(axis=(1, 2)).max()
        if debiased:
            error = max(error, np.abs(np.exp(log_d + _log_blur(log_d[None], reg)[0]) - p).sum())
        history.append(float(error))
        if error <= goal or len(history) > max_iter:
            return log_p, (reg * log_v, reg * log_d)
        if len(history) > 1:
            omega = RELAXATION if history[-1] < history[-2] else 1.0
        log_v += omega * (log_p - log_spread - log_v)  # line 5, lengthened
        # line 6, repeated: d K d = p costs one blur a step
        for _ in range(DEBIASING_STEPS if debiased else 0):
            log_d = (log_d + log_p - _log_blur(log_d[None], reg)[0]) / 2


def _log_blur(log_images: np.ndarray, reg: float) -> np.ndarray:
    """Return log Σ_{r's'} exp(log_images_{r's'} - ((r - r')² + (s - s')²) / reg), images (K, H, W)."""
    for _ in range(2):
        log_images = np.swapaxes(_log_blur_rows(log_images, reg), 1, 2)
    return log_images


def _log_blur_rows(h: np.ndarray, reg: float) -> np.ndarray:
    """Return log Σ_j exp(h_..j - (i - j)² / reg) along the last axis."""
    i = np.arange(h.shape[-1])
    D = (i[:, None] - i) ** 2 / reg
    top = h.max(axis=-1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0.0)  # a row without mass stays -inf
    sums = np.exp(h - top) @ np.exp(-D)
    with np.errstate(divide="ignore"):
        out = np.log(sums) + top
    lost = np.nonzero((sums < SAFE) & (h.max(axis=-1, keepdims=True) > -np.inf))
    exponents = h[lost[:-1]] - D[lost[-1]]  # one row for each lost sum
    if len(exponents):
        high = exponents.max(axis=-1, keepdims=True)
        out[lost] = np.log(np.exp(exponents - high).sum(axis=-1)) + high[:, 0]
    return out
