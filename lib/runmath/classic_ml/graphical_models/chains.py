"""Sums and maxima over all label sequences of a chain: what hidden Markov models and CRFs share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike


def chain_scores(unary: ArrayLike, pairwise: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores of a chain as float arrays of shapes (T, K) and (K, K).

    Raises
    ------
    ValueError
        If the shapes do not fit, the chain is empty, or a score is NaN or +inf (-inf forbids).
    """
    unary, pairwise = np.asarray(unary, dtype=float), np.asarray(pairwise, dtype=float)
    if unary.ndim != 2 or 0 in unary.shape:
        raise ValueError(f"`unary` must have shape (length, labels), both positive, got {unary.shape}")
    if pairwise.shape != (unary.shape[1],) * 2:
        raise ValueError(f"`pairwise` must have shape {(unary.shape[1],) * 2}, got {pairwise.shape}")
    for name, scores in (("unary", unary), ("pairwise", pairwise)):
        if not (scores < np.inf).all():
            raise ValueError(f"`{name}` must hold finite numbers or -inf")
    return unary, pairwise


def log_forward(unary: ArrayLike, pairwise: ArrayLike) -> np.ndarray:
    """Return log sum over label sequences that end in k at t, of exp(score), for each t and k.

    The score of y_1 ... y_t is sum_s unary[s, y_s] + sum_s pairwise[y_(s-1), y_s].

    Parameters
    ----------
    unary : array-like of shape (T, K)
    pairwise : array-like of shape (K, K)

    Returns
    -------
    ndarray of shape (T, K)
        The logarithm of the partition function is logsumexp of the last row.

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Notes
    -----
    T K^2 operations for a sum over K^T sequences. Chapter: classic-ml/generative-and-discriminative.

    References
    ----------
    :cite:t:`rabiner1989tutorial`, equations 19 and 20, in logarithms.

    Examples
    --------
    >>> log_forward(np.zeros((3, 2)), np.zeros((2, 2)))[-1].round(4)  # 4 sequences end in each label
    array([1.3863, 1.3863])
    """
    unary, pairwise = chain_scores(unary, pairwise)
    forward = unary.copy()
    for t in range(1, len(unary)):
        forward[t] += _logsumexp(forward[t - 1][:, None] + pairwise)
    return forward


def log_backward(unary: ArrayLike, pairwise: ArrayLike) -> np.ndarray:
    """Return log sum over what may follow label k at t, of exp(score of what follows); shapes as `log_forward`.

    Examples
    --------
    >>> log_backward(np.zeros((3, 2)), np.zeros((2, 2)))[0].round(4)
    array([1.3863, 1.3863])
    """
    unary, pairwise = chain_scores(unary, pairwise)
    backward = np.zeros_like(unary)
    for t in range(len(unary) - 2, -1, -1):
        backward[t] = _logsumexp((pairwise + unary[t + 1] + backward[t + 1]).T)
    return backward


def chain_marginals(unary: ArrayLike, pairwise: ArrayLike) -> tuple[np.ndarray, np.ndarray, float]:
    """Return p(y_t = k), p(y_t = k, y_(t+1) = l) and the log partition function, for p(y) ~ exp(score).

    Parameters
    ----------
    unary : array-like of shape (T, K)
    pairwise : array-like of shape (K, K)

    Returns
    -------
    single : ndarray of shape (T, K)
    double : ndarray of shape (T - 1, K, K)
    log_partition : float

    Raises
    ------
    ValueError
        If every sequence is forbidden, or the shapes do not fit.

    Examples
    --------
    >>> single, _, log_z = chain_marginals([[0.0, np.log(3.0)]], np.zeros((2, 2)))
    >>> single, round(log_z, 4)
    (array([[0.25, 0.75]]), 1.3863)
    """
    unary, pairwise = chain_scores(unary, pairwise)
    forward, backward = log_forward(unary, pairwise), log_backward(unary, pairwise)
    log_z = float(_logsumexp(forward[-1][:, None])[0])
    if log_z == -np.inf:
        raise ValueError("no label sequence is possible: each has a score of -inf")
    single = np.exp(forward + backward - log_z)
    double = np.exp(
        forward[:-1, :, None] + pairwise + (unary[1:] + backward[1:])[:, None, :] - log_z
    )  # (T - 1, K, K)
    return single, double, log_z


def viterbi(unary: ArrayLike, pairwise: ArrayLike) -> tuple[np.ndarray, float]:
    """Return the label sequence of the largest score, and the score.

    Where several tie it is the one with the lowest last label, among these with the lowest label before it, and so on.

    Parameters
    ----------
    unary : array-like of shape (T, K)
    pairwise : array-like of shape (K, K)

    Returns
    -------
    labels : ndarray of int, shape (T,)
    score : float

    Raises
    ------
    ValueError
        If every sequence is forbidden, or the shapes do not fit.

    References
    ----------
    :cite:t:`rabiner1989tutorial`, equations 32 to 35.

    Examples
    --------
    >>> viterbi([[1.0, 0.0], [0.0, 1.5]], [[0.0, -2.0], [-2.0, 0.0]])
    (array([1, 1]), 1.5)
    """
    unary, pairwise = chain_scores(unary, pairwise)
    best, before = unary[0].copy(), np.zeros(unary.shape, dtype=int)
    for t in range(1, len(unary)):
        through = best[:, None] + pairwise
        before[t] = through.argmax(axis=0)
        best = through.max(axis=0) + unary[t]
    if best.max() == -np.inf:
        raise ValueError("no label sequence is possible: each has a score of -inf")
    labels = np.empty(len(unary), dtype=int)
    labels[-1] = best.argmax()
    for t in range(len(unary) - 1, 0, -1):
        labels[t - 1] = before[t, labels[t]]
    return labels, float(best.max())


def _logsumexp(scores: np.ndarray) -> np.ndarray:
    """Return log sum exp along the first axis; -inf where all are."""
    top = scores.max(axis=0)
    shift = np.where(top > -np.inf, top, 0.0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(scores - shift).sum(axis=0)) + shift
