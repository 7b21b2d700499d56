"""Bayesian networks over a few discrete variables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_rng

MOST_VARIABLES = 52  # that numpy.einsum tells apart


@dataclass(frozen=True, eq=False)
class BayesNet:
    """p(x) = prod_i p(x_i | parents of i), each factor a table.

    Parameters
    ----------
    tables : mapping of str to (tuple of str, array-like)
        For each variable its parents, which come earlier in the mapping, and the table p(x_i | parents), with an
        axis for each parent in their order and the variable's own axis last.

    Raises
    ------
    ValueError
        If a parent is unknown or comes later, an axis has the wrong size, or a row of a table is no distribution.
    TypeError
        If parents are given as text and not as a tuple of names.

    Notes
    -----
    A query multiplies the tables and sums out what is not asked for, in an order that `numpy.einsum` chooses
    (variable elimination); its cost grows exponentially with the width of the network, not with its length.
    Chapter: classic-ml/generative-and-discriminative.

    References
    ----------
    :cite:t:`koller2009probabilistic`, definition 3.5 and chapter 9.

    Examples
    --------
    >>> net = BayesNet({"rain": ((), [0.8, 0.2]), "wet": (("rain",), [[0.9, 0.1], [0.2, 0.8]])})
    >>> net.query(["rain"], {"wet": 1}).round(3)
    array([0.333, 0.667])
    """

    tables: Mapping[str, tuple[tuple[str, ...], ArrayLike]]

    def __post_init__(self) -> None:
        if not 0 < len(self.tables) <= MOST_VARIABLES:
            raise ValueError(f"`tables` must hold 1 to {MOST_VARIABLES} variables, got {len(self.tables)}")
        checked: dict[str, tuple[tuple[str, ...], np.ndarray]] = {}
        for name, (parents, table) in self.tables.items():
            if isinstance(parents, str):
                raise TypeError(
                    f"`tables`: the parents of {name!r} must be a tuple of names, got {parents!r}"
                )
            parents, table = tuple(parents), np.array(table, dtype=float)
            for parent in parents:
                if parent not in checked:
                    raise ValueError(f"`tables`: the parent {parent!r} of {name!r} must come before it")
            sizes = tuple(checked[parent][1].shape[-1] for parent in parents)
            if table.ndim != len(parents) + 1 or table.shape[:-1] != sizes or table.shape[-1] == 0:
                raise ValueError(
                    f"`tables`: that of {name!r} must have shape {sizes} and an axis of its own, got {table.shape}"
                )
            if not (table >= 0).all() or not np.allclose(table.sum(axis=-1), 1):
                raise ValueError(f"`tables`: rows of that of {name!r} must be distributions")
            checked[name] = parents, table
        object.__setattr__(self, "tables", checked)

    @property
    def names(self) -> tuple[str, ...]:
        """The variables, in the order of the mapping."""
        return tuple(self.tables)

    def query(self, names: Sequence[str], evidence: Mapping[str, int] | None = None) -> np.ndarray:
        """Return p(names | evidence), with an axis for each name in the order given.

        Raises
        ------
        ValueError
            If a name is unknown, asked for twice or observed as well, or the evidence is impossible.
        """
        evidence = dict(evidence or {})
        for name, value in evidence.items():
            self._known(name)
            as_integer(value, f"evidence[{name!r}]", low=0, high=self.tables[name][1].shape[-1] - 1)
        for name in names:
            self._known(name)
        if len(set(names)) < len(names) or set(names) & set(evidence):
            raise ValueError(f"`names` must be different variables that are not observed, got {list(names)}")
        number = {name: i for i, name in enumerate(self.names)}
        operands: list[object] = []
        for name, (parents, table) in self.tables.items():
            axes = (*parents, name)
            seen = tuple(evidence.get(axis, slice(None)) for axis in axes)
            part = table[seen]
            if len(seen) > part.ndim and part.max() > 0:
                part = part / part.max()  # the answer is divided by its sum: much evidence does not underflow
            operands += [part, [number[axis] for axis in axes if axis not in evidence]]
        answer = np.einsum(*operands, [number[name] for name in names], optimize="greedy")
        total = answer.sum()
        if not total > 0:
            raise ValueError(f"`evidence` has probability zero: {evidence}")
        return answer / total

    def joint(self) -> np.ndarray:
        """Return the table of all variables, an axis for each in the order of `names`."""
        return self.query(self.names)

    def sample(self, n: int, *, rng: np.random.Generator | int) -> np.ndarray:
        """Draw n joint values, parents first, as integers of shape (n, variables)."""
        n, rng = as_integer(n, "n"), as_rng(rng)
        drawn: dict[str, np.ndarray] = {}
        for name, (parents, table) in self.tables.items():
            rows = table[tuple(drawn[parent] for parent in parents)]  # (n, size), or (size,) without parents
            cumulated = np.cumsum(np.broadcast_to(rows, (n, table.shape[-1])), axis=1)
            drawn[name] = (rng.random((n, 1)) * cumulated[:, -1:] >= cumulated).sum(axis=1)
        return np.stack([drawn[name] for name in self.names], axis=1)

    def _known(self, name: str) -> None:
        if name not in self.tables:
            raise ValueError(f"there is no variable {name!r}; there are {', '.join(self.names)}")
