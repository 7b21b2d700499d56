"""Hidden Markov models with finitely many states and symbols."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.classic_ml.graphical_models.chains import chain_marginals, viterbi
from runmath.core import IterativeResult, as_integer, as_rng, as_tolerance, warn_unless_converged


@dataclass(frozen=True, eq=False)
class HiddenMarkov:
    """p(z, x) = start[z_1] prod transition[z_(t-1), z_t] prod emission[z_t, x_t].

    Parameters
    ----------
    start : array-like of shape (K,)
    transition : array-like of shape (K, K)
        Rows sum to one.
    emission : array-like of shape (K, M)
        Rows sum to one.

    Raises
    ------
    ValueError
        If the shapes do not fit or a row is no distribution.

    Notes
    -----
    Everything is in logarithms, T K^2 operations for T observations. Chapter: classic-ml/generative-and-discriminative.

    References
    ----------
    :cite:t:`rabiner1989tutorial`.

    Examples
    --------
    >>> model = HiddenMarkov([0.5, 0.5], [[0.9, 0.1], [0.1, 0.9]], [[0.8, 0.2], [0.2, 0.8]])
    >>> model.decode([0, 0, 1, 0, 0])
    array([0, 0, 0, 0, 0])
    """

    start: np.ndarray
    transition: np.ndarray
    emission: np.ndarray

    def __post_init__(self) -> None:
        for name, ndim in (("start", 1), ("transition", 2), ("emission", 2)):
            table = np.array(getattr(self, name), dtype=float)
            if table.ndim != ndim or not (table >= 0).all() or not np.allclose(table.sum(axis=-1), 1):
                raise ValueError(f"`{name}` must hold distributions that sum to one, got {table}")
            object.__setattr__(self, name, table)
        K = len(self.start)
        if self.transition.shape != (K, K) or len(self.emission) != K:
            raise ValueError(
                f"`transition` must have shape {(K, K)} and `emission` {K} rows, got "
                f"{self.transition.shape} and {self.emission.shape}"
            )

    def scores(self, observed: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return the chain (T, K), (K, K) whose score is log p(z, x) for the observed symbols (T,)."""
        observed = np.asarray(observed)
        symbols = self.emission.shape[1]
        if observed.ndim != 1 or observed.dtype.kind not in "iu" or len(observed) == 0:
            raise ValueError(f"`observed` must be a sequence of integers, got {observed!r}")
        if observed.min() < 0 or observed.max() >= symbols:
            raise ValueError(f"`observed` must hold symbols from 0 to {symbols - 1}, got {observed!r}")
        with np.errstate(divide="ignore"):
            unary = np.log(self.emission.T[observed])
            unary[0] += np.log(self.start)
            return unary, np.log(self.transition)

    def log_likelihood(self, observed: ArrayLike) -> float:
        """Return log p(x), the sum over all state sequences."""
        return chain_marginals(*self.scores(observed))[2]

    def posterior(self, observed: ArrayLike) -> np.ndarray:
        """Return p(z_t = k | x), of shape (T, K)."""
        return chain_marginals(*self.scores(observed))[0]

    def decode(self, observed: ArrayLike) -> np.ndarray:
        """Return the most probable state sequence given x, shape (T,)."""
        return viterbi(*self.scores(observed))[0]

    def sample(self, length: int, *, rng: np.random.Generator | int) -> tuple[np.ndarray, np.ndarray]:
        """Draw states and symbols, both of shape (length,)."""
        length, rng = as_integer(length, "length"), as_rng(rng)
        u = rng.random((2, length))
        rows = np.cumsum(self.transition, axis=1)
        states = np.empty(length, dtype=int)
        states[0] = _draw(np.cumsum(self.start), u[0, 0])
        for t in range(1, length):
            states[t] = _draw(rows[states[t - 1]], u[0, t])
        symbols = np.cumsum(self.emission, axis=1)
        return states, np.array([_draw(symbols[z], v) for z, v in zip(states, u[1], strict=True)])


@dataclass(frozen=True, kw_only=True, eq=False)
class BaumWelchResult(IterativeResult):
    """The model found; `history` holds the log likelihood of all sequences.

    Parameters
    ----------
    model : HiddenMarkov
    """

    model: HiddenMarkov


def baum_welch(
    sequences: Sequence[ArrayLike], start: HiddenMarkov, *, tol: float = 1e-6, max_iter: int = 500
) -> BaumWelchResult:
    """Climb sum log p(x) by expectation and maximisation, from a model to begin with.

    Parameters
    ----------
    sequences : sequence of integer array-likes
    start : HiddenMarkov
        Zeros in its tables stay zeros.
    tol : float
        Stops when the log likelihood, per symbol, gains less.
    max_iter : int

    Returns
    -------
    BaumWelchResult

    Warns
    -----
    ConvergenceWarning
        If `max_iter` steps were not enough.

    Notes
    -----
    Never lowers the likelihood; ends in a local maximum or a saddle that depends on the start. Rows of emissions that
    are equal stay so if each state is as probable at every time (`start` is kept by `transition`): then nothing tells
    the states apart. T K^2 operations a step. Chapter: classic-ml/generative-and-discriminative.

    References
    ----------
    :cite:t:`rabiner1989tutorial`, equations 40a to 40c.

    Examples
    --------
    >>> one = HiddenMarkov([1.0], [[1.0]], [[0.5, 0.5]])
    >>> baum_welch([[0, 0, 0, 1]], one).model.emission
    array([[0.75, 0.25]])
    """
    n_symbols = sum(len(observed) for observed in sequences)
    if n_symbols == 0:
        raise ValueError("`sequences` must hold at least one symbol")
    tol = as_tolerance(tol, "tol")
    max_iter = as_integer(max_iter, "max_iter")
    better, log_likelihood = _em_step(start, sequences)
    model, history, converged = start, [log_likelihood], False
    while not converged and len(history) <= max_iter:
        model = better
        better, log_likelihood = _em_step(model, sequences)
        converged = log_likelihood - history[-1] < tol * n_symbols
        history.append(log_likelihood)
    warn_unless_converged(converged, "baum_welch", "raise `max_iter` or `tol`")
    return BaumWelchResult(
        model=model, converged=converged, n_iter=len(history) - 1, history=np.array(history)
    )


def _em_step(model: HiddenMarkov, sequences: Sequence[ArrayLike]) -> tuple[HiddenMarkov, float]:
    """Return the model of the next step, and the log likelihood of this one."""
    first = np.zeros_like(model.start)
    moves, shows = np.zeros_like(model.transition), np.zeros_like(model.emission)
    total = 0.0
    for observed in sequences:
        single, double, log_z = chain_marginals(*model.scores(observed))
        total += log_z
        first += single[0]
        moves += double.sum(axis=0)
        np.add.at(shows.T, np.asarray(observed), single)
    tables = [
        np.divide(t, t.sum(axis=-1, keepdims=True), out=old.copy(), where=t.sum(axis=-1, keepdims=True) > 0)
        for t, old in ((first, model.start), (moves, model.transition), (shows, model.emission))
    ]
    return HiddenMarkov(*tables), total


def _draw(cumulated: np.ndarray, u: float) -> int:
    """Return the index that u in [0, 1) picks from cumulated probabilities, never one of probability zero."""
    return int(np.searchsorted(cumulated, u * cumulated[-1], side="right"))
