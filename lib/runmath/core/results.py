"""What the results of iterative methods share."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np


class ConvergenceWarning(UserWarning):
    """An iterative method stopped before it reached its tolerance."""


@dataclass(frozen=True, kw_only=True, eq=False)
class IterativeResult:
    """How an iterative method ended; its solution is in the fields of the subclass.

    Results are compared by identity: the equality of two arrays is not one truth value.

    Parameters
    ----------
    converged : bool
        Whether the tolerance was reached.
    n_iter : int
        Iterations (or sweeps) taken.
    history : ndarray of shape (n_iter + 1,)
        What the tolerance is compared with, before the first iteration and after each one.
    """

    converged: bool
    n_iter: int
    history: np.ndarray


def warn_unless_converged(converged: bool, method: str, remedy: str) -> None:
    """Warn that a method did not converge, and say what to try."""
    if not converged:
        warnings.warn(f"{method} did not converge; {remedy}", ConvergenceWarning, stacklevel=3)
