"""The book's store of executed notebooks: what nbval validated is what the site shows.

The outputs lie in a jupyter-cache, which the site build reads. Its own key sees the code cells alone; so the whole
store is emptied when anything else that an output depends on changes: the library, its data, the lock, Python.
"""

from __future__ import annotations

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
    """Return a hash of everything but the notebook that its outputs depend on."""
    digest = hashlib.sha256(sys.version.encode())
    library = (p for p in (ROOT / "lib").rglob("*") if p.is_file() and "__pycache__" not in p.parts)
    library = (p for p in library if not any(part.endswith(".egg-info") for part in p.parts))
    for path in [ROOT / "requirements.lock", *sorted(library)]:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT).as_posix()} {len(content)} ".encode() + content)
    return digest.hexdigest()


def prepare() -> None:
    """Empty the store where it was filled in another environment."""
    key = environment_key()
    if not KEY_FILE.exists() or KEY_FILE.read_text() != key:
        shutil.rmtree(CACHE, ignore_errors=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    open_cache()  # makes the database, before several processes use it
    KEY_FILE.write_text(key)


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
    data = {"seconds": round(seconds, 2), "peak_mib": round(peak_mib, 1)}
    open_cache().cache_notebook_bundle(
        CacheBundleIn(notebook, str(path), data=data), check_validity=False, overwrite=True
    )
