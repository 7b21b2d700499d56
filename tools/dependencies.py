"""What the outputs of a notebook depend on: the parts of the library that it imports, itself or through others.

A part is a package or module right below ``lib/runmath``. Every other file of ``lib`` belongs to all notebooks.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
IGNORED = ("__pycache__", ".egg-info")


class Library:
    """The files of a library and which of its parts import which.

    Parameters
    ----------
    folder : Path
        Holds the package.
    package : str
    """

    def __init__(self, folder: Path = ROOT / "lib", package: str = "runmath"):
        self.folder, self.package = folder, package
        self.files: dict[str, list[Path]] = {"": []}  # "" for what belongs to no part
        inside = folder / package
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            if any(part.endswith(IGNORED) for part in path.parts):
                continue
            part = (
                path.relative_to(inside).parts[0].removesuffix(".py") if path.is_relative_to(inside) else ""
            )
            self.files.setdefault("" if part == "__init__" else part, []).append(path)
        self._imported: dict[str, set[str]] = {}
        self._digests: dict[str, bytes] = {}

    def parts(self, code: str) -> set[str]:
        """Return the parts that code imports or names in a text; all of them where it cannot be told."""
        every = set(self.files) - {""}
        try:
            tree = ast.parse(code)
        except SyntaxError:  # a magic of IPython's, say
            return every
        names = set(self._names(tree))
        return every if self.package in names else {name.split(".")[1] for name in names} & every

    def _names(self, tree: ast.AST) -> Iterator[str]:
        """Yield every dotted name of the package that occurs, and the package itself where it is imported whole."""
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                found = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module == self.package:
                found = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                found = [node.module or ""]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found = [node.value] if node.value.startswith(f"{self.package}.") else []
            else:
                continue
            yield from (name for name in found if name.split(".")[0] == self.package)

    def closure(self, parts: Iterable[str]) -> set[str]:
        """Return the parts and all that they import."""
        found, todo = set(), set(parts) & set(self.files)
        while todo:
            part = todo.pop()
            found.add(part)
            if part not in self._imported:
                codes = (path.read_text("utf8") for path in self.files[part] if path.suffix == ".py")
                self._imported[part] = set().union(*map(self.parts, codes))
            todo |= self._imported[part] - found
        return found

    def digest(self, parts: Iterable[str]) -> str:
        """Return a hash of the files of these parts, of those they import, and of what belongs to no part."""
        return hashlib.sha256(b"".join(map(self._digest, sorted({""} | self.closure(parts))))).hexdigest()

    def _digest(self, part: str) -> bytes:
        if part not in self._digests:
            digest = hashlib.sha256()
            for path in self.files[part]:
                content = path.read_bytes()
                digest.update(
                    f"{path.relative_to(self.folder).as_posix()} {len(content)} ".encode() + content
                )
            self._digests[part] = digest.digest()
        return self._digests[part]


def code_of(notebook: NotebookNode) -> str:
    """Return the code of a notebook."""
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
