"""The pages made from outputs hold every verdict, in reading order, and are made anew when an output changes."""

import sys
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from nbformat import v4
from runmath.claims import judge

from tools.cache import Execution

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "_ext"))
import verdicts  # noqa: E402  (a Sphinx extension, in no package)


def executed(*statements, digest="1"):
    """Return a notebook that has tested the given statements."""
    cells = []
    for statement in statements:
        bundle = judge("claim", statement, lambda: True)._repr_mimebundle_()
        cells.append(v4.new_code_cell("claim(...)", outputs=[v4.new_output("display_data", bundle)]))
    return Execution(v4.new_notebook(cells=cells), seconds=2.4, peak_mib=99.6, digest=digest)


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Return the folder of a book of two chapters, whose executions are in the dict that comes with it."""
    chapters = "- caption: One\n  chapters:\n  - file: chapters/b\n  - file: chapters/a\n"
    toc = f"format: jb-book\nroot: intro\nparts:\n{chapters}"
    (tmp_path / "_toc.yml").write_text(toc)
    (tmp_path / "chapters").mkdir()
    heading = v4.new_notebook(cells=[v4.new_markdown_cell("# A chapter\n\n## A section")])
    for name in "ab":
        nbformat.write(heading, tmp_path / "chapters" / f"{name}.ipynb")
    executions = {"a": executed("1 = 1"), "b": executed("2 = 2", "3 = 3")}
    monkeypatch.setattr(verdicts.cache, "load", lambda path: executions.get(path.stem))
    return tmp_path, executions


@pytest.fixture
def warnings_of_the_build(monkeypatch):
    found = []
    monkeypatch.setattr(verdicts.LOG, "warning", lambda message, *args, **_: found.append(message % args))
    return found


def test_chapters_come_in_reading_order_with_title_statements_and_cost(source):
    folder, _ = source
    chapters = list(verdicts.read_chapters(folder).values())
    assert [chapter.docname for chapter in chapters] == ["chapters/b", "chapters/a"]
    assert chapters[0].title == "A chapter"
    assert [verdict["statement"] for verdict in chapters[0].verdicts] == ["2 = 2", "3 = 3"]
    assert (chapters[0].count("claim"), chapters[0].count("myth")) == (2, 0)
    assert chapters[1].seconds == 2.4
    assert {chapter.part for chapter in chapters} == {"One"}
    assert verdicts.cost(chapters) == ("4.8", "100", "3", "0")


def test_a_chapter_that_was_not_executed_is_a_warning(source, warnings_of_the_build):
    folder, executions = source
    del executions["a"]
    assert list(verdicts.read_chapters(folder)) == ["chapters/b"]
    assert "a.ipynb has no stored outputs" in warnings_of_the_build[0]


def test_a_statement_that_stands_twice_on_a_page_is_a_warning(source, warnings_of_the_build):
    folder, executions = source
    executions["a"] = executed("1 = 1", "1 = 1")
    verdicts.read_chapters(folder)
    assert "stands 2 times" in warnings_of_the_build[0]


def test_only_changed_chapters_and_generated_pages_are_read_anew(source):
    folder, executions = source
    pages = {"chapters/a", "chapters/b", "claims", "other"}
    env = SimpleNamespace(found_docs=pages, runmath_generated={"claims"})
    app = SimpleNamespace(srcdir=folder)
    verdicts.find_outdated(app, env, set(), set(), set())
    assert verdicts.find_outdated(app, env, set(), set(), set()) == []
    executions["a"] = executed("1 = 1", digest="2")
    assert verdicts.find_outdated(app, env, set(), set(), set()) == ["chapters/a", "claims"]


def the_role(folder, text):
    """Return what the role makes of a text on the page `errata`, and that page's environment."""
    env = SimpleNamespace(docname="errata")
    builder = SimpleNamespace(get_relative_uri=lambda page, target: f"{target}.html")
    env.app = SimpleNamespace(runmath_chapters=verdicts.read_chapters(folder), builder=builder)
    reporter = SimpleNamespace(get_source_and_line=lambda line: ("errata.md", line))
    inliner = SimpleNamespace(document=SimpleNamespace(settings=SimpleNamespace(env=env)), reporter=reporter)
    (node,), _ = verdicts.VerdictLink()("verdict", "", text, 1, inliner)
    return node, env


def test_the_role_links_to_the_one_statement_with_the_anchor_and_shows_it(source):
    folder, executions = source
    slug = executions["a"].notebook.cells[0].outputs[0]["data"][verdicts.MIME]["slug"]
    node, env = the_role(folder, slug)
    assert node.astext() == "✓ claim: 1 = 1"
    assert node["refuri"] == f"chapters/a.html#{slug}"
    assert env.runmath_generated == {"errata"}


@pytest.mark.parametrize(("text", "number"), [("claim-nothing", 0), ("twice", 2)])
def test_an_anchor_that_no_statement_or_several_have_is_a_warning(
    source, warnings_of_the_build, text, number
):
    folder, executions = source
    executions["b"] = executed("1 = 1")
    if text == "twice":
        text = executions["b"].notebook.cells[0].outputs[0]["data"][verdicts.MIME]["slug"]
    the_role(folder, text)
    assert warnings_of_the_build == [f"{number} statements have the anchor {text}"]
