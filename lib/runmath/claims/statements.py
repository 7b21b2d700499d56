"""State a proposition and test it: `claim` insists that it holds, `myth` that it fails."""

from __future__ import annotations

import copy
import time
import zlib
from collections.abc import Callable
from inspect import signature
from typing import Any

from hypothesis.strategies import SearchStrategy

from runmath.claims.comparison import Comparison, as_comparisons
from runmath.claims.search import smallest_failure
from runmath.claims.verdict import Verdict

CASES = 200  # random cases a claim is tested on
TRIES = 2000  # random cases among which a counterexample to a myth is sought


class ClaimError(AssertionError):
    """The verdict on a statement is not the one that the notebook states."""


class ClaimRefutedError(ClaimError):
    """A claim failed on some case."""


class MythNotRefutedError(ClaimError):
    """No case refuted a myth."""


def claim(
    statement: str,
    test: Callable[..., Any],
    /,
    *,
    given: SearchStrategy | None = None,
    cases: int = CASES,
) -> None:
    """State that a proposition holds, test it, and show the verdict to the reader.

    Parameters
    ----------
    statement : str
        The proposition, in words and Unicode mathematics; unique on its page.
    test : callable
        Evaluates the proposition on one case. Returns a bool, a tuple of sides that should be equal, a
        `Comparison` (`equal`, `at_most`, `less`), or a list of these that must all hold.
    given : Hypothesis strategy, optional
        Draws a case: a dict of named arguments, a tuple of arguments, or one argument; see `runmath.testing`.
        Without it the statement has no variables and is evaluated once.
    cases : int
        How many random cases to test.

    Raises
    ------
    ClaimRefutedError
        If a case violates the statement; the message shows the smallest one found.

    Notes
    -----
    The cases depend on the statement alone, so the verdict is the same on every machine.

    Examples
    --------
    >>> claim("2 + 2 = 4", lambda: (2 + 2, 4))  # doctest: +ELLIPSIS
    claim: 2 + 2 = 4
      holds exactly: 4 = 4 [... s]
    """
    _show(judge("claim", statement, test, given=given, cases=cases))


def myth(
    statement: str,
    test: Callable[..., Any],
    /,
    *,
    given: SearchStrategy | None = None,
    cases: int = TRIES,
) -> None:
    """State that a proposition is false, refute it by the smallest counterexample, and show that.

    The arguments are those of `claim`; `test` evaluates the false proposition as its believers state it. Only
    a violation far above rounding (`comparison.MARGIN`) counts.

    Raises
    ------
    MythNotRefutedError
        If no case among `cases` violates the statement.

    Examples
    --------
    >>> from hypothesis.strategies import integers
    >>> myth("n² > n for every integer", lambda n: n**2 > n, given=integers(0, 9))  # doctest: +ELLIPSIS
    myth: n² > n for every integer
      refuted by n = 0 [... s]
    """
    _show(judge("myth", statement, test, given=given, cases=cases))


def judge(
    kind: str,
    statement: str,
    test: Callable[..., Any],
    /,
    *,
    given: SearchStrategy | None = None,
    cases: int = CASES,
) -> Verdict:
    """Test a statement and return the verdict without showing it; the arguments are those of `claim`.

    Raises
    ------
    ValueError
        If `kind` is neither "claim" nor "myth", or `statement` is empty.
    ClaimRefutedError, MythNotRefutedError
        If the verdict is not the stated one.
    """
    if kind not in ("claim", "myth"):
        raise ValueError(f"`kind` must be 'claim' or 'myth', got {kind!r}")
    if not isinstance(statement, str) or not statement.strip():
        raise ValueError(f"`statement` must say something, got {statement!r}")
    start = time.perf_counter()
    tally = _Tally(kind, test)
    if given is None:
        tried, case = 0, ({} if tally.fails({}) else None)
    else:
        seed = zlib.crc32(statement.encode())
        tried, value, found = smallest_failure(given, tally.fails, cases=cases, seed=seed)
        case = named(value, test) if found else None
    seconds = time.perf_counter() - start
    return (_claim_verdict if kind == "claim" else _myth_verdict)(statement, tally, tried, case, seconds)


class _Tally:
    """Evaluates the test case by case and remembers the largest error among the cases that hold."""

    def __init__(self, kind: str, test: Callable[..., Any]):
        self.kind, self.test = kind, test
        self.error: float | None = None
        self.last: list[Comparison] = []

    def fails(self, case: Any) -> bool:
        """Return whether this case decides against the statement: a claim by any excess, a myth by a clear one."""
        arguments = copy.deepcopy(
            named(case, self.test)
        )  # what is shown is what was drawn, whatever the test does
        self.last = as_comparisons(self.test(**arguments))
        for comparison in self.last:
            if comparison.holds and (comparison.relation == "=" or comparison.excess > 0):
                self.error = max(self.error or 0.0, comparison.excess)
        return any(c.clearly_fails if self.kind == "myth" else not c.holds for c in self.last)

    def worst(self) -> Comparison:
        """Return the comparison of the last case that is violated most."""
        return max(self.last, key=lambda c: (not c.holds, c.excess))


def named(case: Any, test: Callable[..., Any]) -> dict[str, Any]:
    """Pair a drawn case with the names of the test's parameters."""
    if isinstance(case, dict):
        return case
    values = case if isinstance(case, tuple) else (case,)
    names = list(signature(test).parameters)
    if len(names) != len(values):
        raise TypeError(
            f"`test` must take the {len(values)} values that `given` draws, got parameters {names}"
        )
    return dict(zip(names, values, strict=True))


def _sides(comparison: Comparison) -> tuple[Any, str, Any] | None:
    return None if comparison.relation == "is" else (comparison.lhs, comparison.relation, comparison.rhs)


def _claim_verdict(statement: str, tally: _Tally, tried: int, case: Any, seconds: float) -> Verdict:
    if case is not None:
        found = Verdict(
            "myth", statement, tried, None, _sides(tally.worst()), named(case, tally.test), seconds
        ).summary
        excess = tally.worst().excess
        raise ClaimRefutedError(f"claim does not hold: {statement}\n  {found} (relative excess {excess:.1e})")
    sides = _sides(tally.worst()) if tried == 0 else None
    return Verdict("claim", statement, tried, tally.error, sides, None, seconds)


def _myth_verdict(statement: str, tally: _Tally, tried: int, case: Any, seconds: float) -> Verdict:
    if case is None:
        tested = f"{tried} random cases" if tried else "its only case"
        raise MythNotRefutedError(f"myth is not refuted: {statement}\n  it holds on {tested}")
    sides = _sides(tally.worst())
    return Verdict("myth", statement, tried, None, sides, named(case, tally.test), seconds)


def _show(verdict: Verdict) -> None:
    """Display in a notebook, print elsewhere."""
    from IPython import get_ipython

    if get_ipython() is None:
        print(verdict)
    else:
        from IPython.display import display

        display(verdict)
