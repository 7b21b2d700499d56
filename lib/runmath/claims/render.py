"""Verdicts as plain text and as HTML with MathML: no script, no style sheet, legible in any theme."""

from __future__ import annotations

from html import escape
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from runmath.claims.verdict import Verdict

MAX_SIDE = 6  # larger matrices are shown by their shape
COLOURS = {
    "claim": "#2b8a5b",
    "myth": "#c2410c",
}  # at least 3:1 on white and on #121212: for borders and marks
NEGATED = {"=": "≠", "≤": ">", "<": "≥", "is": "is not"}


def number(x: Any) -> str:
    """Write a scalar in at most four significant digits, an integer in full.

    Examples
    --------
    >>> number(2.0), number(39200), number(1 / 3), number(-1e-9), number(True)
    ('2', '39,200', '0.3333', '−1e-09', 'true')
    """
    if isinstance(x, (bool, np.bool_)):
        return str(bool(x)).lower()
    if isinstance(x, (complex, np.complexfloating)):
        return f"{number(x.real)} {'−' if x.imag < 0 else '+'} {number(abs(x.imag))}i"
    if not isinstance(x, Number):
        return str(x)
    x = x + 0  # not −0
    is_integer = abs(x) < 1e12 and x == round(x)
    return (f"{x:,.0f}" if is_integer else f"{x:.4g}").replace("-", "−", 1 if x < 0 else 0)


def _is_small_array(value: Any) -> bool:
    return np.ndim(value) in (1, 2) and np.size(value) > 0 and max(np.shape(value)) <= MAX_SIDE


def text(value: Any) -> str:
    """Write a scalar, vector or matrix in one line.

    Examples
    --------
    >>> text([[1, 2], [0, 0.5]]), text(np.zeros((9, 9)))
    ('[[1, 2], [0, 0.5]]', 'a 9×9 array')
    """
    if np.ndim(value) == 0:
        return number(value.item() if isinstance(value, np.ndarray) else value)
    if not _is_small_array(value):
        return f"a {'×'.join(map(str, np.shape(value)))} array"
    return f"[{', '.join(text(part) for part in np.asarray(value))}]"


def mathml(value: Any) -> str:
    """Write a scalar, vector (as a column) or matrix as MathML, which browsers typeset without a script."""
    if np.ndim(value) == 0:
        return f"<mn>{escape(text(value))}</mn>"
    if not _is_small_array(value):
        return f"<mtext>{escape(text(value))}</mtext>"
    rows = np.asarray(value)
    rows = rows[:, None] if rows.ndim == 1 else rows
    cells = "".join(
        "<mtr>" + "".join(f"<mtd><mn>{escape(number(x))}</mn></mtd>" for x in row) + "</mtr>" for row in rows
    )
    return f"<mrow><mo>[</mo><mtable>{cells}</mtable><mo>]</mo></mrow>"


def _quality(verdict: Verdict) -> str:
    """Say how well a claim holds: on how many cases, and with which error."""
    cases = "1 case" if verdict.cases == 1 else f"{verdict.cases} random cases"
    parts = [f"on {cases}"] if verdict.cases else []
    if verdict.error == 0:
        parts.append("exactly")
    elif verdict.error is not None:
        parts.append(f"{'largest ' if verdict.cases else 'with '}relative error {verdict.error:.0e}")
    return ", ".join(parts)


def _opening(verdict: Verdict) -> str:
    """Say what happened, before the counterexample and the sides."""
    if verdict.kind == "claim":
        return f"holds {_quality(verdict)}".rstrip()
    return "refuted by " if verdict.counterexample else "refuted"


def _shown_sides(verdict: Verdict) -> tuple[Any, str, Any] | None:
    """Return the sides and the relation that they turned out to have, or None where they are too large to show."""
    if verdict.sides is None:
        return None
    lhs, relation, rhs = verdict.sides
    if not all(np.ndim(side) == 0 or _is_small_array(side) for side in (lhs, rhs)):
        return None
    return lhs, NEGATED[relation] if verdict.kind == "myth" else relation, rhs


def summary(verdict: Verdict) -> str:
    """Say the verdict in one line of plain text."""
    line = _opening(verdict)
    line += ", ".join(f"{name} = {text(value)}" for name, value in (verdict.counterexample or {}).items())
    if (sides := _shown_sides(verdict)) is not None:
        line += f": {text(sides[0])} {sides[1]} {text(sides[2])}"
    return line


def _details(verdict: Verdict) -> str:
    """Typeset the counterexample and the evaluated sides."""
    line = escape(_opening(verdict)) + ", ".join(
        f"<math><mi>{escape(name)}</mi><mo>=</mo>{mathml(value)}</math>"
        for name, value in (verdict.counterexample or {}).items()
    )
    if (sides := _shown_sides(verdict)) is not None:
        equation = f"{mathml(sides[0])}<mo>{escape(sides[1])}</mo>{mathml(sides[2])}"
        line += (", where the sides are " if verdict.counterexample else ": ") + f"<math>{equation}</math>"
    return line


def html(verdict: Verdict) -> str:
    """Return the verdict as one self-contained block; the colour only repeats what the words say."""
    mark = {"claim": "✓ Claim", "myth": "✗ Myth"}[verdict.kind]
    return (
        f'<div class="runmath-verdict runmath-{verdict.kind}" id="{verdict.slug}" style="border-left:4px solid '
        f'{COLOURS[verdict.kind]};padding:.3em .9em;margin:.4em 0;overflow-x:auto" tabindex="0">'
        f"<div><strong>{mark}</strong>&ensp;{escape(verdict.statement)}</div>"
        f'<div style="font-size:.92em">{_details(verdict)} <small>({verdict.seconds:.2f} s)</small></div></div>'
    )
