"""Build a few pages as the book is built: with its settings, extensions, templates and assets."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


class BuildError(RuntimeError):
    """A book that could not be built without a warning; the message is what the build printed."""


def build(folder: Path, pages: dict[str, str], **variables: str) -> Path:
    """Build a book in an empty folder and return the folder of its site.

    Parameters
    ----------
    folder : Path
        Emptied first.
    pages : dict of str to str
        Name and text of each page; the first is the root, the others are its chapters.
    variables : str
        Set in the environment of the build, in which no address of the book is set otherwise.

    Raises
    ------
    BuildError
        If the build gives a warning.
    """
    source = folder / "source"
    shutil.rmtree(folder, ignore_errors=True)
    source.mkdir(parents=True)
    shutil.copytree(ROOT / "_static", source / "_static")
    for name, text in pages.items():
        (source / name).write_text(text, encoding="utf8")
    root, *chapters = (Path(name).stem for name in pages)
    toc = {"format": "jb-book", "root": root}
    if chapters:
        toc |= {"options": {"numbered": True}, "chapters": [{"file": chapter} for chapter in chapters]}
    (source / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf8")
    (source / "_config.yml").write_text(yaml.safe_dump(settings()), encoding="utf8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BOOK_")}
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", source, "--path-output", folder, "-W", "--keep-going", "-n", "-q"]
    run = subprocess.run(
        command, env=environment | variables, capture_output=True, text=True, encoding="utf8"
    )
    if run.returncode:
        raise BuildError(run.stdout + run.stderr)
    return folder / "_build" / "html"


def settings() -> dict:
    """Return the book's settings, with the paths as they are from elsewhere, and without what needs executions."""
    book = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
    local = book["sphinx"]["local_extensions"]
    book["sphinx"]["local_extensions"] = {name: str(ROOT / folder) for name, folder in local.items()}
    del book["sphinx"]["local_extensions"]["verdicts"]
    book["sphinx"]["config"]["templates_path"] = [str(ROOT / "_templates")]
    book["bibtex_bibfiles"] = [str(ROOT / "references.bib")]
    book["execute"] = {"execute_notebooks": "off"}
    return book
