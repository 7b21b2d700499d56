"""The list of bundled data sets, made from the library's catalogue."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes
from runmath.data.catalogue import CATALOGUE, Dataset
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

CODE = re.compile(r"`([^`]+)`")


class DatasetsList(SphinxDirective):
    """``{datasets-list}``: every bundled file, what it holds, where it comes from and on which terms."""

    def run(self) -> list[nodes.Node]:
        """Return a list rather than a table, which would not fit a phone."""
        items = (
            nodes.definition_list_item(
                "",
                nodes.term("", "", nodes.literal(text=entry.file)),
                nodes.definition(
                    "", *(nodes.paragraph("", "", *with_code(line)) for line in described(entry))
                ),
            )
            for entry in CATALOGUE.values()
        )
        return [nodes.definition_list("", *items)]


def described(entry: Dataset) -> Iterator[str]:
    """Yield what is said of a data set."""
    arrays = ", ".join(f"`{name}` of {' × '.join(f'{n:,}' for n in shape)}" for name, shape in entry.arrays)
    yield f"{entry.content[0].upper()}{entry.content[1:]}: {arrays}, `{entry.dtype}`."
    yield f"Source: {entry.source}."
    yield f"Licence: {entry.licence}."


def with_code(text: str) -> list[nodes.Node]:
    """Return a text as nodes, with what stands in backticks as code."""
    parts = CODE.split(text)
    return [nodes.literal(text=part) if i % 2 else nodes.Text(part) for i, part in enumerate(parts) if part]


def setup(app: Sphinx) -> dict:
    """Register the directive."""
    app.add_directive("datasets-list", DatasetsList)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
