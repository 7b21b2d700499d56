"""Check every formula of the book: KaTeX must typeset it for the site, and MathJax must know it in JupyterLab.

    python -m tools.formulas [FILE ...]

Formulas are found by the parser that also reads the book for Sphinx, with the book's own settings: dollar signs,
amsmath environments, the directive and the role ``math``, in pages, in cells and in figure captions.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import nbformat
import yaml
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

from tools.katex import FormulaError, render, unnumbered

ROOT = Path(__file__).resolve().parent.parent
INLINE = {"math_inline", "math_single"}
DISPLAYED = {"math_inline_double", "math_block", "math_block_label", "amsmath"}
LITERAL = {"code", "code-block", "code-cell", "eval-rst", "literalinclude", "raw"}  # hold no Markdown
DIRECTIVE = re.compile(r"\{(?P<name>[^}]+)\}\s*(?P<argument>.*)")
# Names that KaTeX and MathJax both claim to know, and that some reader sees in red all the same.
REFUSED = {r"\href": "the site's KaTeX follows no links"} | dict.fromkeys(
    [r"\dddot", r"\ddddot", r"\mathsfit", r"\overbracket", r"\underbracket"],
    "not known to KaTeX 0.15.6, which jupyterlab-myst brings along",
)
# In the argument of \text and its like MathJax knows far fewer names; of these, KaTeX knows:
TEXT = re.compile(r"(?<!\\)(?:\\\\)*\\(?:text(?:rm|bf|it|sf|tt|up|normal)?|hbox|fbox|tag\*?)\s*(?=\{)")
KNOWN_IN_TEXT = re.compile(
    r"\\(?:[ !#$%&,:;_{}\\]|text(?:rm|bf|it|sf|tt|up|normal|color)|rm|bf|it|sf|tt|cal|S|color|colorbox"
    r"|tiny|scriptsize|small|normalsize|large|Large|LARGE|huge|Huge|enspace|q?quad|(?:neg)?thinspace|[lr]brack)"
)
CONTROL = re.compile(r"\\(?:[A-Za-z]+|[^A-Za-z])")
OPTION_LINES = re.compile(r"\A(?:---\n.*?\n---\n|(?:[ \t]*:[\w-]+:[^\n]*(?:\n|\Z))*)", re.DOTALL)


@dataclass(frozen=True)
class Formula:
    """A formula and where it stands.

    Parameters
    ----------
    tex : str
        Without its delimiters.
    display : bool
        True where it takes a line of its own.
    line : int
        Counted from 1, in its page or cell.
    """

    tex: str
    display: bool
    line: int


@cache
def _parser() -> MarkdownIt:
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
    extensions = settings["parse"]["myst_enable_extensions"]
    return create_md_parser(MdParserConfig(enable_extensions=set(extensions)), RendererHTML)


def formulas(markdown: str, line: int = 1) -> Iterator[Formula]:
    r"""Yield the formulas of a text in order.

    Parameters
    ----------
    markdown : str
        MyST Markdown.
    line : int
        The number of its first line.

    Examples
    --------
    >>> [formula.tex for formula in formulas(r"Let $x = 1$ and `$no$`.")]
    ['x = 1']
    """
    for token in _parser().parse(markdown):
        yield from _in_token(token, line + token.map[0] if token.map else line)


def _in_token(token: Token, line: int) -> Iterator[Formula]:
    if token.type in INLINE:
        yield Formula(token.content, False, line)
    elif token.type in DISPLAYED:
        yield Formula(_without_numbers(token), True, line)
    elif token.type == "myst_role" and token.meta["name"] == "math":
        yield Formula(token.content, False, line)
    elif token.type in {"fence", "colon_fence"}:
        yield from _in_directive(token, line)
    for child in token.children or ():
        yield from _in_token(child, line)


def _without_numbers(token: Token) -> str:
    return unnumbered(token.content) if token.type == "amsmath" else token.content


def _in_directive(token: Token, line: int) -> Iterator[Formula]:
    directive = DIRECTIVE.match(token.info.strip())
    if directive is None or directive["name"] in LITERAL:
        return
    if directive["name"] == "math":
        body = OPTION_LINES.sub("", token.content, count=1)
        yield Formula("\n".join(filter(None, [directive["argument"], body.strip()])), True, line)
        return
    yield from formulas(directive["argument"], line)
    yield from formulas(token.content, line + 1)


def formulas_of(path: Path) -> Iterator[tuple[str, Formula]]:
    """Yield the formulas of a page or notebook, each with its place in words."""
    if path.suffix == ".md":
        for formula in formulas(path.read_text(encoding="utf8")):
            yield f"{path}:{formula.line}", formula
        return
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells, start=1):
        text = cell.source if cell.cell_type == "markdown" else _caption(cell)
        for formula in formulas(text):
            yield f"{path}, cell {number}, line {formula.line}", formula


def _caption(cell: nbformat.NotebookNode) -> str:
    return cell.metadata.get("mystnb", {}).get("figure", {}).get("caption", "")


def problems(paths: Iterable[Path]) -> Iterator[str]:
    """Yield a line for each formula that cannot be typeset both on the site and in JupyterLab."""
    for path in paths:
        for place, formula in formulas_of(path):
            reason = refusal(formula)
            if reason:
                yield f"{place}: {reason}"


def refusal(formula: Formula) -> str | None:
    r"""Return why a formula cannot be typeset both on the site and in JupyterLab, or None.

    Examples
    --------
    >>> refusal(Formula(r"\text{and so on \ldots}", False, 1))
    'MathJax does not know \\ldots in text: \\text{and so on \\ldots}'
    """
    try:
        render(formula.tex, display=formula.display)
    except FormulaError as error:
        return str(error)
    for name in CONTROL.findall(formula.tex):
        if name in REFUSED:
            return f"{name}: {REFUSED[name]}: {formula.tex}"
    for text in _texts(formula.tex):
        for name in CONTROL.findall(text):
            if not KNOWN_IN_TEXT.fullmatch(name):
                return f"MathJax does not know {name} in text: {formula.tex}"
    return None


def _texts(tex: str) -> Iterator[str]:
    r"""Yield the arguments of ``\text`` and its like, without the formulas in them."""
    for match in TEXT.finditer(tex):
        depth = 0
        for brace in re.finditer(r"\\.|[{}]", tex[match.end() :], re.DOTALL):
            depth += {"{": 1, "}": -1}.get(brace[0], 0)
            if depth == 0:
                text = tex[match.end() + 1 : match.end() + brace.start()]
                yield re.sub(r"(?<!\\)\$.*?(?<!\\)\$", "", text)
                break


def book_pages() -> list[Path]:
    """Return the pages and notebooks of the book."""
    chapters = (path for path in (ROOT / "chapters").rglob("*") if path.suffix in {".md", ".ipynb"})
    kept = (path for path in chapters if ".ipynb_checkpoints" not in path.parts)
    return [ROOT / "intro.md", *sorted(kept)]


def main(arguments: list[str]) -> int:
    """Print what is wrong in the files named, or in the whole book; return the exit status."""
    found = list(problems(map(Path, arguments) if arguments else book_pages()))
    print("\n".join(found) or "every formula can be typeset on the site and in JupyterLab")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
