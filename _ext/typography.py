"""A number and its unit stay on one line."""

from __future__ import annotations

import re

from docutils import nodes
from sphinx.application import Sphinx

UNIT = re.compile(r"(?<=\d) (?=(?:%|dB|[kKMGT]i?B|[µm]?s|min)(?!\w))")
VERBATIM = (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.math_block, nodes.raw)


def keep_units(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put a space that does not break between a number and the unit after it."""
    for text in list(doctree.findall(nodes.Text)):
        if not _is_verbatim(text) and UNIT.search(text):
            text.parent.replace(text, nodes.Text(UNIT.sub("\N{NO-BREAK SPACE}", text)))


def _is_verbatim(node: nodes.Node) -> bool:
    while node := node.parent:
        if isinstance(node, VERBATIM):
            return True
    return False


def setup(app: Sphinx) -> dict:
    """Register the extension with Sphinx."""
    app.connect("doctree-resolved", keep_units)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
