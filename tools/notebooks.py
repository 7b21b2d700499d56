"""Keep notebooks in one canonical form, so that a diff shows what an author changed.

    python -m tools.notebooks check    exit 1 if a notebook under chapters/ is not canonical
    python -m tools.notebooks clean    rewrite them in canonical form

A code cell tagged ``nbval-check-output`` keeps its text outputs and an execution count of 1, because nbval
compares only cells that have a count; every other code cell has neither. ``make record`` stores them anew.
"""

from __future__ import annotations

import argparse
import copy
import re
import sys
from pathlib import Path

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS = ROOT / "chapters"
CHECKED = "nbval-check-output"
TAGS = {
    CHECKED,
    "hide-input",
    "hide-output",
    "hide-cell",
    "remove-input",
    "remove-output",
    "raises-exception",
}
METADATA = ("tags", "mystnb", "covers")  # mystnb holds a figure's caption, alt text and label
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
# nbval reads these comments as tags, which the checks here would not see
COMMENT_TAG = re.compile(r"^\s*#\s*(NBVAL_\w+|PYTEST_VALIDATE\w+)\s*$", re.MULTILINE)


def paths(*roots: Path) -> list[Path]:
    """Return the given notebooks and those under the given folders, or all chapters."""
    found = (
        path
        for root in roots or (CHAPTERS,)
        for path in ([root] if root.is_file() else root.rglob("*.ipynb"))
    )
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def is_checked(cell: NotebookNode) -> bool:
    """Return whether the cell's text output is stored and compared."""
    return CHECKED in cell.metadata.get("tags", [])


def canonical(nb: NotebookNode) -> tuple[NotebookNode, list[str]]:
    """Return the canonical form of a notebook and what an author must mend by hand."""
    nb = copy.deepcopy(nb)
    nb.metadata = nbformat.from_dict({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    nb.nbformat, nb.nbformat_minor = 4, 5
    problems = []
    for position, cell in enumerate(nb.cells):
        problems += [f"cell {position}: {problem}" for problem in _cell_problems(cell)]
        _clean(cell)
    return nb, problems


def _clean(cell: NotebookNode) -> None:
    """Drop everything but the source, the metadata that the book reads, and checked outputs."""
    kept = {key: cell.metadata[key] for key in METADATA if cell.metadata.get(key)}
    if "tags" in kept:
        kept["tags"] = sorted(kept["tags"])
    cell.metadata = nbformat.from_dict(kept)
    if not cell.get("attachments"):
        cell.pop("attachments", None)
    if cell.cell_type == "code":
        cell.outputs = [_text_only(out) for out in cell.outputs if _is_text(out)] if is_checked(cell) else []
        cell.execution_count = 1 if cell.outputs else None


def _is_text(output: NotebookNode) -> bool:
    return (output.output_type == "stream" and output.name == "stdout") or "text/plain" in output.get(
        "data", {}
    )


def _text_only(output: NotebookNode) -> NotebookNode:
    if output.output_type == "stream":
        return output
    kept = {
        "output_type": output.output_type,
        "metadata": {},
        "data": {"text/plain": output.data["text/plain"]},
    }
    if output.output_type == "execute_result":
        kept["execution_count"] = 1
    return nbformat.from_dict(kept)


def _cell_problems(cell: NotebookNode) -> list[str]:
    """List what is wrong with a cell beyond what cleaning mends."""
    problems = []
    if unknown := sorted(set(cell.metadata.get("tags", [])) - TAGS):
        problems.append(f"unknown tag {', '.join(unknown)}; known are {', '.join(sorted(TAGS))}")
    if cell.cell_type == "code" and not cell.source.strip():
        problems.append("is empty")
    if cell.cell_type == "code" and (comment := COMMENT_TAG.search(cell.source)):
        problems.append(f"uses the comment {comment[1]}; use a cell tag")
    if cell.cell_type == "code" and is_checked(cell):
        if not any(_is_text(output) for output in cell.outputs):
            problems.append(f"is tagged {CHECKED} but stores no output; run `make record`")
        if any(kind.startswith("image/") for output in cell.outputs for kind in output.get("data", {})):
            problems.append(f"is tagged {CHECKED} but stores a picture; show figures in cells of their own")
    return problems


def write(nb: NotebookNode) -> str:
    """Return the text of a notebook file."""
    return nbformat.writes(nb, version=nbformat.NO_CONVERT) + "\n"


def inspect(path: Path) -> tuple[str, list[str]]:
    """Return a notebook's canonical text and its problems, a different text on disk among them."""
    text = path.read_text(encoding="utf8")
    nb = nbformat.reads(text, as_version=4)
    nbformat.validate(nb)
    clean, problems = canonical(nb)
    if write(clean) != text:
        problems.append("is not in canonical form; run `make clean-notebooks`")
    return write(clean), problems


def main(arguments: list[str] | None = None) -> int:
    """Check or clean the notebooks; return the exit code."""
    parser = argparse.ArgumentParser(description="Check or restore the canonical form of notebooks.")
    parser.add_argument("mode", choices=["check", "clean"])
    parser.add_argument("folders", nargs="*", type=Path)
    options = parser.parse_args(arguments)
    bad = 0
    for path in paths(*options.folders):
        text, problems = inspect(path)
        if options.mode == "clean":
            path.write_text(text, encoding="utf8", newline="\n")
            problems = [problem for problem in problems if "canonical" not in problem]
        bad += bool(problems)
        for problem in problems:
            print(f"{path}: {problem}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
