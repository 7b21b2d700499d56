"""The book's store of executed notebooks: what nbval validated is what the site shows.

The outputs lie in a jupyter-cache, which the site build reads. Its own key sees the code cells alone; so an execution
is forgotten when a part of the library changes that its notebook imports, and all are when the lock or Python does.
"""

from __future__ import annotations

import functools
import hashlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_cache.cache.main import JupyterCacheBase
from nbformat import NotebookNode

from tools.dependencies import Library, code_of

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / "_build" / ".jupyter_cache"
KEY_FILE = ROOT / "_build" / "cache-key"


@dataclass(frozen=True)
class Execution:
    """An executed notebook and what it cost.

    Parameters
    ----------
    notebook : NotebookNode
        With outputs.
    seconds : float
        Wall time from the start of the first cell to the end of the last.
    peak_mib : float
        Largest resident memory of the kernel and its children.
    digest : str
        Changes whenever the outputs may have changed.
    """

    notebook: NotebookNode
    seconds: float
    peak_mib: float
    digest: str


def environment_key() -> str:
    """Return a hash of what all notebooks depend on, beside the library."""
    return hashlib.sha256(sys.version.encode() + (ROOT / "requirements.lock").read_bytes()).hexdigest()


def prepare() -> None:
    """Empty the store where it was filled in another environment, and drop what an older library has computed."""
    key = environment_key()
    if not KEY_FILE.exists() or KEY_FILE.read_text() != key:
        shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    cache = open_cache()  # makes the database, before several processes use it
    KEY_FILE.write_text(key)
    library = library_now()
    for record in cache.list_cache_records():
        data = record.data or {}
        if data.get("library") != library.digest(data.get("parts", [])):
            cache.remove_cache(record.pk)


@functools.cache
def library_now() -> Library:
    """Return the library as this process first found it."""
    return Library()


def open_cache() -> JupyterCacheBase:
    """Return the store."""
    return get_cache(str(CACHE))


def load(path: Path) -> Execution | None:
    """Return the stored execution of a notebook as it stands on disk, or None."""
    if not KEY_FILE.exists():
        return None
    cache = open_cache()
    try:
        record = cache.match_cache_notebook(nbformat.read(path, as_version=4))
    except KeyError:
        return None
    data = record.data or {}
    notebook = cache.get_cache_bundle(record.pk).nb
    return Execution(
        notebook, data.get("seconds", 0.0), data.get("peak_mib", 0.0), f"{record.hashkey} {record.created}"
    )


def store(path: Path, notebook: NotebookNode, *, seconds: float, peak_mib: float) -> None:
    """Keep an executed notebook for the site build."""
    for count, cell in enumerate((cell for cell in notebook.cells if cell.cell_type == "code"), start=1):
        cell.execution_count = count
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output["execution_count"] = count
    nbformat.validate(notebook)
    library = library_now()
    parts = sorted(library.parts(code_of(notebook)))
    data = {"seconds": round(seconds, 2), "peak_mib": round(peak_mib, 1)}
    data |= {"parts": parts, "library": library.digest(parts)}
    open_cache().cache_notebook_bundle(
        CacheBundleIn(notebook, str(path), data=data), check_validity=False, overwrite=True
    )
