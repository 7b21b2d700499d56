"""Pages made from what the notebooks printed: the table of claims and myths, and what every chapter costs.

The stored executions (`tools.cache`) are the only source. A chapter that was executed anew is read anew, even
where its own file did not change.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from tools import cache

LOG = logging.getLogger(__name__)
MIME = "application/vnd.runmath.verdict+json"
STATUS_PAGE = "/chapters/reference/status"


@dataclass(frozen=True)
class Chapter:
    """An executed chapter: where it is, what it is called, what it states, and what it costs."""

    docname: str
    part: str
    title: str
    verdicts: tuple[dict, ...]
    seconds: float
    peak_mib: float
    digest: str

    def count(self, kind: str) -> int:
        """Return how many statements of a kind the chapter tests."""
        return sum(verdict["kind"] == kind for verdict in self.verdicts)


def toc_docnames(toc: object, part: str = "") -> Iterator[tuple[str, str]]:
    """Yield the documents of the table of contents in reading order, each with the caption of its part."""
    if isinstance(toc, dict):
        part = str(toc.get("caption", part))
        for key, value in toc.items():
            if key in ("file", "root"):
                yield str(value), part
            else:
                yield from toc_docnames(value, part)
    elif isinstance(toc, list):
        for item in toc:
            yield from toc_docnames(item, part)


def read_chapters(source: Path) -> dict[str, Chapter]:
    """Return the executed chapters of the book in reading order; warn of one that is not."""
    chapters = {}
    for docname, part in toc_docnames(yaml.safe_load((source / "_toc.yml").read_text(encoding="utf8"))):
        path = source / f"{docname}.ipynb"
        if not path.exists():
            continue
        execution = cache.load(path)
        if execution is None:
            LOG.warning("%s has no stored outputs; run `make book`", path.name, type="runmath")
            continue
        chapters[docname] = Chapter(
            docname,
            part,
            _title(path),
            tuple(_verdicts(execution.notebook)),
            execution.seconds,
            execution.peak_mib,
            execution.digest,
        )
        _warn_of_repeated_statements(chapters[docname])
    return chapters


def _title(path: Path) -> str:
    """Return the first heading of a notebook; the stored execution holds its code cells alone."""
    cells = nbformat.read(path, as_version=4).cells
    headings = (
        re.search(r"^# (.+)$", cell.source, re.MULTILINE) for cell in cells if cell.cell_type == "markdown"
    )
    return next((match[1].strip() for match in headings if match), path.stem)


def _verdicts(notebook: dict) -> Iterator[dict]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if MIME in output.get("data", {}):
                yield output["data"][MIME]


def _warn_of_repeated_statements(chapter: Chapter) -> None:
    for slug, times in Counter(verdict["slug"] for verdict in chapter.verdicts).items():
        if times > 1:
            LOG.warning(
                "the statement %s stands %d times", slug, times, location=chapter.docname, type="runmath"
            )


def find_outdated(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Read anew the chapters whose outputs changed, and with them the pages made from all outputs."""
    app.runmath_chapters = read_chapters(Path(app.srcdir))
    now = {docname: chapter.digest for docname, chapter in app.runmath_chapters.items()}
    before = getattr(env, "runmath_digests", {})
    env.runmath_digests = now
    outdated = {docname for docname, digest in now.items() if before.get(docname) != digest}
    if now != before:
        outdated |= getattr(env, "runmath_generated", set())
    return sorted(outdated & env.found_docs)


def add_cost(app: Sphinx, doctree: nodes.document) -> None:
    """Say below the title of an executed page what it costs and what it tests."""
    chapter = app.runmath_chapters.get(app.env.docname)
    title = next(doctree.findall(nodes.title), None)
    if chapter is None or title is None:
        return
    link = addnodes.pending_xref(
        "", refdomain="std", reftype="doc", reftarget=STATUS_PAGE, refexplicit=True, refwarn=True
    )
    link += nodes.inline(text=f"{chapter.seconds:.0f} s and {chapter.peak_mib:.0f} MiB")
    tested = f", {_plural(chapter.count('claim'), 'claim')} hold and {_plural(chapter.count('myth'), 'myth')} fall."
    line = nodes.paragraph("", "This page was executed in ", classes=["page-cost"])
    line += [link, nodes.Text(tested if chapter.verdicts else ".")]
    title.parent.insert(title.parent.index(title) + 1, line)


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


class _Generated:
    """What directives and roles share whose content comes from the stored executions."""

    env: BuildEnvironment

    def chapters(self) -> list[Chapter]:
        """Return the executed chapters, and remember that this page depends on them."""
        self.env.runmath_generated = getattr(self.env, "runmath_generated", set()) | {self.env.docname}
        return list(self.env.app.runmath_chapters.values())

    def link(self, chapter: Chapter, text: str, anchor: str = "") -> nodes.reference:
        """Return a link to a chapter, or to an anchor in its outputs (which Sphinx does not know as a target)."""
        uri = self.env.app.builder.get_relative_uri(self.env.docname, chapter.docname)
        return nodes.reference("", text, internal=True, refuri=uri + (f"#{anchor}" if anchor else ""))


MARKS = {"claim": "✓ claim", "myth": "✗ myth"}


class VerdictLink(_Generated, SphinxRole):
    """``{verdict}`slug` ``: a link to the one claim or myth of the book with this anchor, which shows its statement."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or a warning where no statement or several have the anchor."""
        found = [
            (chapter, verdict)
            for chapter in self.chapters()
            for verdict in chapter.verdicts
            if verdict["slug"] == self.text
        ]
        if len(found) != 1:
            LOG.warning(
                "%d statements have the anchor %s",
                len(found),
                self.text,
                location=self.get_location(),
                type="runmath",
            )
            return [nodes.literal(text=self.text)], []
        chapter, verdict = found[0]
        return [self.link(chapter, f"{MARKS[verdict['kind']]}: {verdict['statement']}", verdict["slug"])], []


class ClaimsTable(_Generated, SphinxDirective):
    """``{claims-table}``: every claim and myth of the book, with its verdict and a link to where it is tested."""

    def run(self) -> list[nodes.Node]:
        """Return a search field, a summary and the table."""
        chapters = self.chapters()
        totals = [_plural(sum(c.count(kind) for c in chapters), kind) for kind in ("claim", "myth")]
        summary = f"{totals[0]} hold, and {totals[1]} are refuted, in {_plural(len(chapters), 'chapter')}."
        rows = [
            (
                MARKS[verdict["kind"]],
                self.link(chapter, verdict["statement"], verdict["slug"]),
                verdict["summary"],
                self.link(chapter, chapter.title),
            )
            for chapter in chapters
            for verdict in chapter.verdicts
        ]
        search = nodes.raw("", SEARCH_FIELD, format="html")
        table = make_table(
            ["Kind", "Statement", "Verdict", "Chapter"], rows, [10, 40, 35, 15], "claims-table"
        )
        return [nodes.paragraph(text=summary), search, table]


SEARCH_FIELD = (
    '<p class="claims-search" hidden><label>Search the statements '
    '<input type="search" autocomplete="off" /></label> <output aria-live="polite"></output></p>'
)


class CostTable(_Generated, SphinxDirective):
    """``{cost-table}``: wall time and peak memory of every chapter's last execution."""

    def run(self) -> list[nodes.Node]:
        """Return the table, the slowest chapter first, with a row of totals for each part and for the book."""
        chapters = self.chapters()
        rows = [
            (self.link(chapter, chapter.title), *cost([chapter]))
            for chapter in sorted(chapters, key=lambda chapter: -chapter.seconds)
        ]
        for part in dict.fromkeys(chapter.part for chapter in chapters):
            rows.append((f"Part: {part}", *cost([chapter for chapter in chapters if chapter.part == part])))
        rows.append(("The whole book", *cost(chapters)))
        header = ["Chapter", "Seconds", "Peak MiB", "Claims", "Myths"]
        return [make_table(header, rows, [44, 14, 14, 14, 14], "cost-table")]


def cost(chapters: list[Chapter]) -> tuple[str, str, str, str]:
    """Return the seconds of some chapters, their largest peak in MiB, and the number of claims and of myths."""
    return (
        f"{sum(c.seconds for c in chapters):.1f}",
        f"{max((c.peak_mib for c in chapters), default=0):.0f}",
        str(sum(c.count("claim") for c in chapters)),
        str(sum(c.count("myth") for c in chapters)),
    )


def make_table(
    header: list[str], rows: Iterable[tuple[str | nodes.Node, ...]], widths: list[int], name: str
) -> nodes.table:
    """Return a table of texts and inline nodes."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=width) for width in widths), cols=len(header))
    group += nodes.thead("", _row(header))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.table("", group, classes=[name])


def _row(cells: Iterable[str | nodes.Node]) -> nodes.row:
    texts = (nodes.Text(cell) if isinstance(cell, str) else cell for cell in cells)
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", "", text)) for text in texts))


def add_search(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Load the script of the search field on the page that has one."""
    if doctree is not None and any(
        "claims-table" in table["classes"] for table in doctree.findall(nodes.table)
    ):
        app.add_js_file("claims-search.js", loading_method="defer")


def setup(app: Sphinx) -> dict:
    """Register the directives and the events."""
    app.add_directive("claims-table", ClaimsTable)
    app.add_directive("cost-table", CostTable)
    app.add_role("verdict", VerdictLink())
    app.connect("env-get-outdated", find_outdated)
    app.connect("doctree-read", add_cost)
    app.connect("html-page-context", add_search)
    return {"version": "1", "parallel_read_safe": False, "parallel_write_safe": True}
