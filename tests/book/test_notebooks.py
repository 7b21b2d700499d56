"""Notebooks are stored in one canonical form, and the check sees what breaks it."""

import nbformat
import pytest
from nbformat import v4

from tools import notebooks
from tools.notebooks import CHECKED, canonical, inspect, write


def notebook(*cells):
    nb = v4.new_notebook(cells=list(cells))
    return canonical(nb)[0]


def checked(source="print(1)", outputs=None):
    outputs = [v4.new_output("stream", name="stdout", text="1\n")] if outputs is None else outputs
    cell = v4.new_code_cell(source, outputs=outputs, execution_count=7)
    cell.metadata.tags = [CHECKED]
    return cell


@pytest.mark.parametrize("path", notebooks.paths(), ids=lambda path: path.stem)
def test_every_notebook_of_the_book_is_canonical(path):
    assert inspect(path)[1] == []


def test_outputs_are_dropped_except_the_text_of_checked_cells():
    plain = v4.new_code_cell(
        "1", outputs=[v4.new_output("execute_result", {"text/plain": "1"})], execution_count=3
    )
    rich = v4.new_output("execute_result", {"text/plain": "2", "text/html": "<b>2</b>"}, execution_count=9)
    nb = notebook(plain, checked("2", [rich]))
    assert nb.cells[0].outputs == []
    assert nb.cells[0].execution_count is None
    assert nb.cells[1].outputs[0].data == {"text/plain": "2"}
    assert nb.cells[1].execution_count == 1


def test_only_the_metadata_of_the_book_are_kept():
    cell = v4.new_code_cell("1")
    cell.metadata.update(
        tags=["hide-input"], covers=["002-E4"], mystnb={"image": {"alt": "x"}}, collapsed=True
    )
    nb = v4.new_notebook(cells=[cell], metadata={"authors": [], "language_info": {"name": "other"}})
    clean = canonical(nb)[0]
    assert set(clean.cells[0].metadata) == {"tags", "covers", "mystnb"}
    assert set(clean.metadata) == {"kernelspec", "language_info"}


def test_canonical_form_is_stable_and_valid():
    nb = notebook(v4.new_markdown_cell("# Title"), checked())
    nbformat.validate(nb)
    assert write(canonical(nb)[0]) == write(nb)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [
        (checked(outputs=[]), "stores no output"),
        (checked(outputs=[v4.new_output("stream", name="stderr", text="!")]), "stores no output"),
        (
            checked(outputs=[v4.new_output("display_data", {"image/png": "AA", "text/plain": "f"})]),
            "stores a picture",
        ),
        (v4.new_code_cell("1", metadata={"tags": ["hidden"]}), "unknown tag hidden"),
        (v4.new_code_cell("1\n# NBVAL_SKIP"), "uses the comment NBVAL_SKIP"),
        (v4.new_code_cell("  "), "is empty"),
    ],
)
def test_what_an_author_must_mend_is_reported(cell, problem):
    assert any(problem in found for found in canonical(v4.new_notebook(cells=[cell]))[1])


def test_the_command_fails_on_a_notebook_that_is_not_canonical_and_clean_mends_it(tmp_path, capsys):
    path = tmp_path / "draft.ipynb"
    cell = v4.new_code_cell(
        "1", outputs=[v4.new_output("execute_result", {"text/plain": "1"})], execution_count=3
    )
    path.write_text(write(v4.new_notebook(cells=[cell])), encoding="utf8")
    assert notebooks.main(["check", str(tmp_path)]) == 1
    assert "not in canonical form" in capsys.readouterr().out
    assert notebooks.main(["clean", str(tmp_path)]) == 0
    assert notebooks.main(["check", str(tmp_path)]) == 0
