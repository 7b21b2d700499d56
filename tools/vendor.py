"""Fetch the third-party files that the project carries in its repository, and write them where they belong.

    python -m tools.vendor

Needs npm and node, on the maintainer's machine alone: what it writes is committed. Every package is fetched in one
exact version and refused where its checksum differs from the one recorded here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVED = ROOT / "_static" / "vendor"  # files that readers' browsers load
BUILD = ROOT / "_ext" / "vendor"  # files that only the build uses


@dataclass(frozen=True)
class Package:
    """An npm package in one exact version.

    Parameters
    ----------
    name, version : str
        As npm knows them.
    sha512 : str
        Checksum of the package's archive, in base64, as npm records it.
    """

    name: str
    version: str
    sha512: str


KATEX = Package(
    "katex",
    "0.16.47",
    "Eeo8Ys1doU1z+x8AZsPpQu+p/QcZBI5PeOo7QGQdy2x2m0MU/hYagBbGOmXwr5KVbEfVuWv9LpnQWeehogurjg==",
)
# The MathJax in JupyterLab 4.6, of which the list of known names is made; and the one package that it loads.
MATHJAX = Package(
    "mathjax-full",
    "3.2.2",
    "+LfG9Fik+OuI8SLwsiR02IVdjcnRCy5MufYLi0C3TdMT56L/pjB0alMVGgoWJF8pN9Rc7FESycZB9BMNWIid5w==",
)
MHCHEM = Package(
    "mhchemparser",
    "4.2.1",
    "kYmyrCirqJf3zZ9t/0wGgRZ4/ZJw//VwaRVGA75C4nhE60vtnIzhl9J9ndkX/h6hxSN7pjg/cE0VxbnNM+bnDQ==",
)

SERIF = Package(
    "@fontsource/source-serif-4",
    "5.3.1",
    "cWcTCXjYYrgF9A67fThVir1VSc0lPEYmwQ6jA4pPt01s2MSCi/maINUcZoCzaqnU8fyUReDO97eGcBUkHgOeug==",
)
# The cuts of the text font: file name here, and in the package.
SERIF_CUTS = {"regular": "400-normal", "italic": "400-italic", "semibold": "600-normal"}


def fetch(package: Package, modules: Path) -> Path:
    """Download a package, check it, unpack it below `modules`, and return where it lies.

    Raises
    ------
    ValueError
        If the archive is not the recorded one.
    """
    command = ["npm", "pack", "--silent", "--json", f"{package.name}@{package.version}"]
    reply = subprocess.run(command, cwd=modules, check=True, capture_output=True, text=True)
    archive = modules / json.loads(reply.stdout)[0]["filename"]
    found = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if found != package.sha512:
        raise ValueError(f"{package.name} {package.version}: the checksum is {found}, not the recorded one")
    home = modules / package.name
    with tarfile.open(archive) as tar:
        tar.extractall(modules / "unpacked", filter="data")
    home.parent.mkdir(parents=True, exist_ok=True)
    (modules / "unpacked" / "package").rename(home)
    return home


def install_katex(source: Path) -> None:
    """Keep KaTeX's script for the build, and its style sheet and woff2 fonts for the readers."""
    served = emptied(SERVED / "katex")
    shutil.copytree(
        source / "dist" / "fonts", served / "fonts", ignore=shutil.ignore_patterns("*.ttf", "*.woff")
    )
    css = (source / "dist" / "katex.min.css").read_text(encoding="utf8")
    only_woff2 = re.sub(r',url\([^)]*\.(?:woff|ttf)\) format\("(?:woff|truetype)"\)', "", css)
    (served / "katex.min.css").write_text(only_woff2, encoding="utf8")
    shutil.copy(source / "LICENSE", served / "LICENSE")

    build = emptied(BUILD / "katex")
    shutil.copy(source / "dist" / "katex.min.js", build)
    shutil.copy(source / "LICENSE", build)


def install_serif(source: Path) -> None:
    """Keep three cuts of the text font, for Latin script."""
    served = emptied(SERVED / "source-serif")
    for cut, name in SERIF_CUTS.items():
        shutil.copy(source / "files" / f"source-serif-4-latin-{name}.woff2", served / f"{cut}.woff2")
    shutil.copy(source / "LICENSE", served / "LICENSE")


def emptied(folder: Path) -> Path:
    """Return the folder, new and empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def list_mathjax_names(modules: Path) -> None:
    """Ask MathJax which control sequences and environments it knows, and keep the list."""
    script = ROOT / "tools" / "mathjax_names.cjs"
    answer = subprocess.run(
        ["node", str(script)],
        env=os.environ | {"NODE_PATH": str(modules)},
        check=True,
        capture_output=True,
        text=True,
        encoding="utf8",
    )
    head = f"# What MathJax {MATHJAX.version} knows, as JupyterLab configures it. Made by tools/vendor.py.\n"
    (BUILD / "mathjax-names.txt").write_text(head + answer.stdout, encoding="utf8")


def main() -> None:
    """Fetch and write everything."""
    with tempfile.TemporaryDirectory() as scratch:
        modules = Path(scratch) / "node_modules"
        modules.mkdir()
        homes = {package.name: fetch(package, modules) for package in (KATEX, SERIF, MATHJAX, MHCHEM)}
        install_katex(homes["katex"])
        install_serif(homes[SERIF.name])
        list_mathjax_names(modules)


if __name__ == "__main__":
    main()
