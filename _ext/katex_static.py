"""Typeset all mathematics while the book is built: the pages need no script for it.

A formula that cannot be typeset, here or in JupyterLab, is a warning with its place, so a build with ``-W`` fails.
"""

from __future__ import annotations

import re
import sys
from html import escape
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinx.writers.html5 import HTML5Translator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools.katex import FormulaError, render, unnumbered

LOG = logging.getLogger(__name__)
CLINGING = re.compile(r"[-.,;:!?)\]…’”]+")  # what may not begin a line
SHORT = 16  # letters and signs
FIRST_FONTS = ("Main-Regular", "Math-Italic")  # nearly every formula needs these: fetch them early


def keep_punctuation(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Bind the punctuation after a formula to it: a browser may break the line on both sides of an inline block.

    A short formula and the sign are one piece; a long one, which a phone must break, ends with the sign as its text.
    """
    for node in list(doctree.findall(nodes.math)):
        text = node.next_node(descend=False, siblings=True)
        mark = CLINGING.match(text) if isinstance(text, nodes.Text) else None
        if mark is None:
            continue
        tex = node.astext()
        try:
            drawn = render(tex, display=False).partition('class="katex-html"')[2]
        except FormulaError:  # reported where the formula is written
            continue
        rest = text[mark.end() :]
        node.parent.replace(text, [nodes.Text(rest)] if rest else [])
        if len(re.sub(r"<[^>]*>|\s", "", "<" + drawn)) <= SHORT:
            node.replace_self(
                nodes.inline("", "", node.deepcopy(), nodes.Text(mark[0]), classes=["math-kept"])
            )
        else:
            tex += rf"\text{{{mark[0]}}}"
            node.replace_self(nodes.math(tex, tex))


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """Write a formula within a line."""
    formula = _typeset(node, node.astext(), display=False)
    self.body.append(
        self.starttag(node, "span", "", CLASS="math notranslate nohighlight") + formula + "</span>"
    )
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """Write a formula on a line of its own, and its number."""
    tex = node.astext().strip()
    formula = _typeset(node, unnumbered(tex) if node["nowrap"] else tex, display=True)
    self.body.append(self.starttag(node, "div", CLASS="math notranslate nohighlight"))
    self.body.append(formula)
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, "Link to this equation")
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def _typeset(node: nodes.Node, tex: str, *, display: bool) -> str:
    try:
        return render(tex, display=display)
    except FormulaError as problem:
        LOG.warning("%s", problem, location=node, type="math", subtype="katex")
        return f'<code class="katex-error">{escape(tex)}</code>'


def preload_fonts(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Fetch the first fonts early on a page with formulas."""
    if doctree is None or not any(
        doctree.findall(lambda node: isinstance(node, nodes.math | nodes.math_block))
    ):
        return
    folder = context["pathto"]("_static/vendor/katex/fonts", 1)
    context["metatags"] = context.get("metatags", "") + "".join(
        f'<link rel="preload" href="{folder}/KaTeX_{font}.woff2" as="font" type="font/woff2" crossorigin />\n'
        for font in FIRST_FONTS
    )


def setup(app: Sphinx) -> dict:
    """Register the renderer under the name that `html_math_renderer` in _config.yml gives."""
    app.add_html_math_renderer(
        "katex_static", inline_renderers=(visit_math, None), block_renderers=(visit_math_block, None)
    )
    app.add_css_file("vendor/katex/katex.min.css", priority=200)
    app.connect("doctree-resolved", keep_punctuation)
    app.connect("html-page-context", preload_fonts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
