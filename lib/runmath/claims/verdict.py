"""What a tested statement reports: data for the generated claims page, text, and HTML for both themes."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from typing import Any

from runmath.claims import render

MIME = (
    "application/vnd.runmath.verdict+json"  # the build collects verdicts from notebook outputs by this type
)


@dataclass(frozen=True)
class Verdict:
    """The outcome of one executed statement.

    Parameters
    ----------
    kind : {"claim", "myth"}
    statement : str
        The proposition in words and Unicode mathematics.
    cases : int
        Random cases tried; 0 for a statement without variables.
    error : float or None
        Largest relative error (or excess of an inequality) seen; None where a bool was tested.
    sides : tuple (lhs, relation, rhs) or None
        The evaluated sides worth showing: of the counterexample, or of a statement without variables.
    counterexample : dict or None
        Name and value of every variable in the case that refutes a myth.
    seconds : float
        Wall time of the test.
    """

    kind: str
    statement: str
    cases: int
    error: float | None
    sides: tuple[Any, str, Any] | None
    counterexample: dict[str, Any] | None
    seconds: float

    @property
    def slug(self) -> str:
        """The anchor of this verdict on its page: readable, and distinct for distinct statements."""
        words = re.sub(r"[^a-z0-9]+", "-", self.statement.lower()).strip("-")[:40].strip("-")
        return f"{self.kind}-{words}-{zlib.crc32(self.statement.encode()) & 0xFFFF:04x}".replace("--", "-")

    @property
    def summary(self) -> str:
        """The verdict in one line of plain text, without the time."""
        return render.summary(self)

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON record from which the claims page is generated."""
        return {
            "kind": self.kind,
            "statement": self.statement,
            "slug": self.slug,
            "summary": self.summary,
            "cases": self.cases,
            "seconds": round(self.seconds, 3),
        }

    def __str__(self) -> str:
        return f"{self.kind}: {self.statement}\n  {self.summary} [{self.seconds:.2f} s]"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": str(self), "text/html": render.html(self), MIME: self.as_dict()}
