"""Typeset TeX without a browser: KaTeX runs in QuickJS, a small interpreter that comes as a Python wheel.

KaTeX is told to accept nothing that LaTeX would not, and no macros beyond its own. What JupyterLab shows is typeset
by MathJax instead; so a formula may use only what both know, and `unknown_to_mathjax` finds the rest.
"""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import quickjs

VENDOR = Path(__file__).resolve().parent.parent / "_ext" / "vendor"
DEFINITIONS = {
    "\\def",
    "\\gdef",
    "\\let",
    "\\newcommand",
    "\\renewcommand",
    "\\DeclareMathOperator",
    "\\require",
}
TOKENS = re.compile(r"\\(?:begin|end)\s*\{[^}]*\}|\\(?:[A-Za-z]+|.)|.", re.DOTALL)
NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather)\}")
# what ends a line of a formula after a wide space, and the next piece
WIDE_SPACE = re.compile(
    r'(allowbreak"></span>(?:<span class="mspace"[^>]*></span>)?</span>)(?=<span class="base">)'
)
# Results travel as JSON, because long strings that JavaScript has joined cannot be read from Python.
RENDER = """
function render(tex, displayMode) {
  const options = { displayMode, throwOnError: true, strict: "error", trust: false, output: "htmlAndMathml" };
  try {
    if (katex.__parse(tex, options).some((node) => node.type === "cr"))
      return JSON.stringify({ problem: "a line break outside of an environment, such as aligned: " + tex });
    return JSON.stringify({ html: katex.renderToString(tex, options) });
  } catch (error) { return JSON.stringify({ problem: error.message }); }
}
"""


class FormulaError(ValueError):
    """A formula that cannot be typeset, or not everywhere."""


@cache
def _interpreter() -> quickjs.Context:
    context = quickjs.Context()
    context.eval("var self = this, module = undefined;")  # KaTeX looks for a place to export itself to
    context.eval((VENDOR / "katex" / "katex.min.js").read_text(encoding="utf8"))
    context.eval(RENDER)
    return context


@cache
def render(tex: str, *, display: bool) -> str:
    r"""Return a formula as HTML for the eye and MathML for screen readers.

    Parameters
    ----------
    tex : str
        The formula, without dollar signs.
    display : bool
        True for a formula on a line of its own.

    Raises
    ------
    FormulaError
        If KaTeX refuses the formula, or JupyterLab's MathJax would.

    Examples
    --------
    >>> "<math" in render(r"\sigma_1^2", display=False)
    True
    >>> render(r"\frac{1}{2", display=False)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    tools.katex.FormulaError: KaTeX parse error: ... expected '}' at end of input: \frac{1}{2
    """
    unknown = unknown_to_mathjax(tex)
    if unknown:
        raise FormulaError(f"not known to JupyterLab's MathJax: {', '.join(unknown)} in {tex}")
    if display:
        tex = breakable(tex)
    call = f"render({json.dumps(tex)}, {json.dumps(display)})"
    answer = json.loads(_interpreter().eval(call))
    if "problem" in answer:
        raise FormulaError(answer["problem"])
    return WIDE_SPACE.sub(r"\1<br>", answer["html"])  # book.css shows the break on phones alone


def breakable(tex: str) -> str:
    r"""Allow a line of a formula to end after its wide spaces, as it may after relations and operators.

    Examples
    --------
    >>> breakable(r"a = \text{(no \quad break)}, \qquad b = 2")
    'a = \\text{(no \\quad break)}, \\qquad\\allowbreak  b = 2'
    """
    depth, result = 0, []
    for token in TOKENS.findall(tex):
        depth += token in ("{", "\\left") or token.startswith("\\begin")
        depth -= token in ("}", "\\right") or token.startswith("\\end")
        result.append(token + "\\allowbreak " if depth == 0 and token in ("\\quad", "\\qquad") else token)
    return "".join(result)


def unnumbered(tex: str) -> str:
    r"""Star the environments that would number their lines, because the book's numbers come from Sphinx.

    Examples
    --------
    >>> unnumbered(r"\begin{align}a &= b\end{align}")
    '\\begin{align*}a &= b\\end{align*}'
    """
    return NUMBERED.sub(r"\\\1{\2*}", tex)


@cache
def mathjax_names() -> frozenset[str]:
    """Return the control sequences and (in braces) environments that JupyterLab's MathJax knows."""
    lines = (VENDOR / "mathjax-names.txt").read_text(encoding="utf8").splitlines()
    return frozenset(line for line in lines if not line.startswith("#"))


def unknown_to_mathjax(tex: str) -> list[str]:
    r"""Return the control sequences and environments of a formula that JupyterLab would not typeset.

    Those that define macros are among them: a definition in one cell changes other cells in JupyterLab, but no other
    formula of the site.

    Examples
    --------
    >>> unknown_to_mathjax(r"x \in \R, \begin{cases} 1 \end{cases}, \mathbb{R}")
    ['\\R']
    """
    controls = re.findall(r"\\(?:[A-Za-z]+|[^A-Za-z])", tex)
    environments = re.findall(r"\\begin\s*(\{[^}]*\})", tex)
    known = mathjax_names() - DEFINITIONS
    return [name for name in dict.fromkeys(controls + environments) if name not in known]
