"""Search for the smallest case that fails, with Hypothesis, the same on every machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any
from unittest.mock import patch

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy

COMMON_DENOMINATOR = 27720  # of the fractions with denominators up to 12


class _Failure(Exception):  # noqa: N818  (a signal to Hypothesis, never seen by a caller)
    pass


def smallest_failure(
    strategy: SearchStrategy, fails: Callable[[Any], bool], *, cases: int, seed: int
) -> tuple[int, Any, bool]:
    """Draw up to `cases` values, and return the smallest that fails, a readable one if there is any.

    Parameters
    ----------
    strategy : Hypothesis strategy
    fails : callable
        Takes a drawn value; true where it fails. Evaluated last on the value that is returned.
    cases : int
        Values drawn at most; fewer where the strategy has fewer.
    seed : int
        Determines the values drawn.

    Returns
    -------
    tried : int
        Values drawn until the first failure, or all.
    value
        The smallest failing value found, or None where none was found.
    found : bool
        Whether a value failed; None may be one.

    Examples
    --------
    >>> from hypothesis.strategies import integers
    >>> smallest_failure(integers(0, 1000), lambda n: n >= 17, cases=100, seed=1)[1]
    17
    """
    tried, failures = _search(strategy, fails, cases, seed)
    if not failures:
        return tried, None, False
    try:  # Hypothesis cannot shrink random numbers to small integers: look among the latter alone
        _, readable = _search(strategy.filter(is_readable), fails, cases, seed)
    except Unsatisfiable:
        readable = []
    (smallest,) = readable or failures
    fails(smallest)
    return tried, smallest, True


def is_readable(value: Any) -> bool:
    """Return whether all numbers in a case are integers or simple fractions.

    Examples
    --------
    >>> is_readable({"A": np.array([[1.0, 2 / 3]]), "t": 0.25}), is_readable(np.array([0.1257]))
    (True, False)
    """
    if isinstance(value, dict):
        return all(map(is_readable, value.values()))
    if isinstance(value, (tuple, list)):
        return all(map(is_readable, value))
    if not isinstance(value, (np.ndarray, np.number, int, float)) or not np.isfinite(value).all():
        return True
    multiple = np.asarray(value, dtype=float) * COMMON_DENOMINATOR
    return bool((abs(multiple - multiple.round()) < 1e-6).all())


def _search(
    strategy: SearchStrategy, fails: Callable[[Any], bool], cases: int, seed: int
) -> tuple[int, list[Any]]:
    """Draw up to `cases` values and shrink the first that fails; return how many were drawn, and that one."""
    tried, smallest = 0, []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=cases,
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )
    @hypothesis.given(strategy)
    def draw(value: Any) -> None:
        nonlocal tried
        failed = fails(value)  # first: a case that `assume` rejects is not a case tried
        tried += not smallest
        if failed:
            smallest[:] = [value]
            raise _Failure

    with _without_local_constants(), suppress(_Failure):
        draw()
    return tried, smallest


@contextmanager
def _without_local_constants() -> Iterator[None]:
    """Keep Hypothesis from drawing the constants it finds in the user's loaded modules.

    They would make the cases depend on what else is imported and on how runmath is installed. A release of
    Hypothesis without this private function needs no patch.
    """
    from hypothesis.internal.conjecture import providers

    if not hasattr(providers, "_get_local_constants"):
        yield
        return
    nothing = providers.Constants()
    with (
        patch.object(providers, "_get_local_constants", lambda: nothing),
        patch.object(providers, "CONSTANTS_CACHE", providers.LRUCache(1024)),
    ):
        yield
