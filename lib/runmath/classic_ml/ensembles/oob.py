"""Out-of-bag predictions: every row is predicted by the models that did not see it."""

from __future__ import annotations

import warnings

import numpy as np


def bootstrap_rows(rng: np.random.RandomState, n: int, n_draws: int, bootstrap: bool) -> np.ndarray:
    """Return the rows of one bag: `n_draws` of n, with or without repetition."""
    return rng.randint(0, n, n_draws) if bootstrap else rng.permutation(n)[:n_draws]


def out_of_bag(rows: np.ndarray, n: int) -> np.ndarray:
    """Return the rows, of n, that are not in the bag; with n draws of n, about 1/e of them.

    Examples
    --------
    >>> out_of_bag(np.array([0, 2, 2, 4]), 5)
    array([1, 3])
    """
    return np.flatnonzero(np.bincount(rows, minlength=n) == 0)


def average_out_of_bag(total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return total (n, k) / count (n,); NaN, and a warning, for rows that every model has seen."""
    if (count == 0).any():
        warnings.warn(
            f"{np.sum(count == 0)} of {len(count)} rows are in every bag and have no out-of-bag prediction (NaN); "
            "raise `n_estimators`",
            UserWarning,
            stacklevel=4,
        )
    return np.where(count[:, None] > 0, total / np.maximum(count, 1)[:, None], np.nan)
