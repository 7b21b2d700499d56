"""The Ising model: a Markov random field of signs on a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_rng

MOST_ENUMERATED = 20  # signs; beyond, exact sums take more than a million terms


@dataclass(frozen=True, eq=False)
class Ising:
    """p(x) ~ exp(coupling sum over neighbours x_i x_j + sum_i field_i x_i), signs x on a grid.

    Parameters
    ----------
    field : array-like of shape (rows, columns)
        What pulls each sign towards +1; its shape is the grid's. Each site has up to four neighbours.
    coupling : float
        Positive where neighbours tend to agree.

    Raises
    ------
    ValueError
        If the field is no finite matrix.

    Notes
    -----
    Given its neighbours a sign is independent of all others: p(x_i = 1 | rest) = 1 / (1 + exp(-2 a_i)) with
    a_i = field_i + coupling * (sum of the neighbours). Sites of one colour of a chequerboard are drawn together.
    Above a coupling of 0.44 without a field the whole grid leans to one sign, and single flips take very long to turn
    it. Chapter: classic-ml/generative-and-discriminative.

    References
    ----------
    :cite:t:`geman1984stochastic`.

    Examples
    --------
    >>> Ising([[0.0, 0.0]], coupling=100.0).exact_mean()  # both signs agree, either way
    array([[0., 0.]])
    """

    field: np.ndarray
    coupling: float

    def __post_init__(self) -> None:
        field = np.array(self.field, dtype=float)
        if field.ndim != 2 or field.size == 0 or not np.isfinite(field).all():
            raise ValueError(f"`field` must be a finite matrix, got shape {field.shape}")
        if not np.isfinite(self.coupling):
            raise ValueError(f"`coupling` must be finite, got {self.coupling}")
        object.__setattr__(self, "field", field)

    def log_weight(self, x: ArrayLike) -> np.ndarray:
        """Return log p(x) up to a constant, for signs of shape (..., rows, columns)."""
        x = np.asarray(x, dtype=float)
        bonds = (x[..., 1:, :] * x[..., :-1, :]).sum(axis=(-2, -1))
        bonds = bonds + (x[..., 1:] * x[..., :-1]).sum(axis=(-2, -1))
        return self.coupling * bonds + (self.field * x).sum(axis=(-2, -1))

    def pull(self, x: np.ndarray) -> np.ndarray:
        """Return a_i = field_i + coupling times the sum of the neighbours, for signs (rows, columns)."""
        a = self.field.copy()
        a[1:] += self.coupling * x[:-1]
        a[:-1] += self.coupling * x[1:]
        a[:, 1:] += self.coupling * x[:, :-1]
        a[:, :-1] += self.coupling * x[:, 1:]
        return a

    def gibbs(
        self,
        n_sweeps: int,
        *,
        start: ArrayLike | None = None,
        rng: np.random.Generator | int,
    ) -> np.ndarray:
        """Return the signs after each of `n_sweeps` sweeps of Gibbs sampling, shape (n_sweeps, rows, columns).

        Parameters
        ----------
        n_sweeps : int
        start : array-like of shape (rows, columns), optional
            Signs; drawn by lot by default.
        rng : Generator or int

        Returns
        -------
        ndarray of int8
        """
        n_sweeps, rng = as_integer(n_sweeps, "n_sweeps"), as_rng(rng)
        if start is None:
            x = rng.choice([-1.0, 1.0], self.field.shape)
        else:
            x = np.array(start, dtype=float)
            if x.shape != self.field.shape or not (abs(x) == 1).all():
                raise ValueError(f"`start` must hold signs -1 or 1 of shape {self.field.shape}")
        colour = np.indices(self.field.shape).sum(axis=0) % 2
        chain = np.empty((n_sweeps, *self.field.shape), dtype=np.int8)
        for t in range(n_sweeps):
            for side in (0, 1):
                # logistic noise above the pull decides: P(noise < 2a) = 1 / (1 + exp(-2a))
                drawn = np.where(rng.logistic(size=x.shape) < 2 * self.pull(x), 1.0, -1.0)
                x = np.where(colour == side, drawn, x)
            chain[t] = x
        return chain

    def exact_mean(self) -> np.ndarray:
        """Return E[x], shape (rows, columns), by the sum over all configurations of at most 20 signs."""
        n = self.field.size
        if n > MOST_ENUMERATED:
            raise ValueError(f"exact sums are for at most {MOST_ENUMERATED} signs, the grid has {n}")
        bits = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
        x = (2.0 * bits - 1).reshape(-1, *self.field.shape)
        weight = self.log_weight(x)
        p = np.exp(weight - weight.max())
        return np.tensordot(p / p.sum(), x, axes=1)
