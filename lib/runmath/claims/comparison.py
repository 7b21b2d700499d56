"""What a statement asserts about two evaluated sides: equality within rounding, or an inequality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from runmath.core import as_tolerance, relative_error

RTOL = 1e-10  # sides computed in double precision by a few well-conditioned steps agree far better than this
MARGIN = 1e-3  # what refutes a myth must be visible to the reader, never a matter of rounding


@dataclass(frozen=True)
class Comparison:
    """Two evaluated sides of a statement and how far they are from satisfying it.

    Parameters
    ----------
    lhs, rhs : scalar or array
        The sides, evaluated.
    relation : {"=", "≤", "<", "is"}
        What the statement asserts between them.
    excess : float
        Relative amount by which the relation is violated: 0 where it holds exactly.
    rtol : float
        The excess that rounding may cause; a claim holds up to this.
    """

    lhs: Any
    rhs: Any
    relation: str
    excess: float
    rtol: float

    @property
    def holds(self) -> bool:
        """True where the relation is satisfied up to rounding (NaN never is)."""
        return bool(self.excess <= self.rtol)

    @property
    def clearly_fails(self) -> bool:
        """True where the violation is far above rounding, so that it refutes a myth."""
        return not self.excess <= max(MARGIN, self.rtol)


def equal(lhs: Any, rhs: Any, *, rtol: float = RTOL, scale: float | None = None) -> Comparison:
    """Assert lhs = rhs up to a relative error of `rtol`.

    Parameters
    ----------
    lhs, rhs : scalar or array_like of equal shape
        The two sides.
    rtol : float
        Largest ‖lhs - rhs‖ / scale that still counts as equal.
    scale : float, optional
        Size against which the difference is measured; the larger norm of the two sides by default. Give it
        where both sides may vanish by cancellation.

    Returns
    -------
    Comparison
        One that never holds where the shapes differ or an entry is not finite.

    Examples
    --------
    >>> equal(0.1 + 0.2, 0.3).holds
    True
    >>> equal(1.0, 1.1).holds
    False
    """
    rtol = as_tolerance(rtol, "rtol")
    if np.shape(lhs) != np.shape(rhs) or not (np.isfinite(lhs).all() and np.isfinite(rhs).all()):
        return Comparison(lhs, rhs, "=", np.inf, rtol)
    return Comparison(lhs, rhs, "=", float(relative_error(lhs, rhs, scale)), rtol)


def at_most(lhs: float, rhs: float, *, rtol: float = RTOL, scale: float | None = None) -> Comparison:
    """Assert lhs ≤ rhs, both scalars, up to an excess of `rtol` relative to `scale`.

    Parameters
    ----------
    lhs, rhs : float
    rtol, scale : float
        As in `equal`; the scale is the larger of the two sides by default.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> at_most(3.0, 3.0).holds, at_most(4.0, 3.0).holds
    (True, False)
    """
    lhs, rhs, rtol = float(lhs), float(rhs), as_tolerance(rtol, "rtol")
    return Comparison(lhs, rhs, "≤", 0.0 if lhs <= rhs else _gap(lhs, rhs, scale), rtol)


def less(lhs: float, rhs: float) -> Comparison:
    """Assert lhs < rhs, both scalars, with no allowance for rounding.

    Examples
    --------
    >>> less(2.0, 3.0).holds, less(3.0, 3.0).holds
    (True, False)
    """
    lhs, rhs = float(lhs), float(rhs)
    return Comparison(
        lhs, rhs, "<", 0.0 if lhs < rhs else np.inf if lhs == rhs else _gap(lhs, rhs, None), 0.0
    )


def _gap(lhs: float, rhs: float, scale: float | None) -> float:
    """Return |lhs - rhs| relative to the scale; infinite where a side is not finite."""
    return relative_error(lhs, rhs, scale) if np.isfinite([lhs, rhs]).all() else np.inf


def as_comparisons(outcome: Any) -> list[Comparison]:
    """Read what a test function returned: a comparison, a chain of equal sides, a bool, or a list of these."""
    if isinstance(outcome, Comparison):
        return [outcome]
    if isinstance(outcome, (bool, np.bool_)):
        return [Comparison(bool(outcome), True, "is", 0.0 if outcome else np.inf, 0.0)]
    if isinstance(outcome, tuple) and len(outcome) >= 2:
        return [equal(outcome[0], side) for side in outcome[1:]]
    if isinstance(outcome, list) and outcome:
        return [comparison for item in outcome for comparison in as_comparisons(item)]
    raise TypeError(
        "the test of a statement must return a bool, a tuple of sides that should be equal, a Comparison "
        f"(equal, at_most, less) or a list of these, got {type(outcome).__name__}"
    )
