"""The outputs of a notebook depend on the parts of the library it imports, on what these import, and on no other."""

import pytest

from tools.dependencies import Library

FILES = {
    "runmath/__init__.py": "",
    "runmath/core/__init__.py": "import math\n",
    "runmath/core/data.txt": "1",
    "runmath/trees/__init__.py": "PLACES = {'Tree': 'runmath.trees.tree', 'Row': 'runmath.rows.row'}\n",
    "runmath/trees/tree.py": "def grow():\n    from runmath.core import EPS\n",
    "runmath/rows/__init__.py": "from runmath.rows import row\n",
    "runmath/rows/row.py": "",
    "runmath/alone.py": "",
}


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.parametrize(
    ("code", "parts"),
    [
        ("import numpy as np", set()),
        ("from runmath import core, alone", {"core", "alone"}),
        ("from runmath.trees.tree import grow", {"trees"}),
        ("def f():\n    import runmath.rows as rows", {"rows"}),
        ("import_module('runmath.trees')", {"trees"}),
        ("import runmath", {"core", "trees", "rows", "alone"}),
        ("%matplotlib inline", {"core", "trees", "rows", "alone"}),
        ("from runmath import __version__", set()),
        ("import runmathematics", set()),
    ],
)
def test_code_depends_on_the_parts_it_imports(folder, code, parts):
    assert Library(folder).parts(code) == parts


def test_a_part_depends_on_what_it_imports_or_names(folder):
    library = Library(folder)
    assert library.closure(["trees"]) == {"trees", "rows", "core"}
    assert library.closure(["rows"]) == {"rows"}
    assert library.closure([]) == set()


@pytest.mark.parametrize(
    ("changed", "affected"),
    [
        ("runmath/__init__.py", {"core", "trees", "rows", "alone"}),
        ("other.py", {"core", "trees", "rows", "alone"}),
        ("runmath/core/data.txt", {"core", "trees"}),
        ("runmath/rows/row.py", {"rows", "trees"}),
        ("runmath/alone.py", {"alone"}),
        ("runmath/rows/__pycache__/row.pyc", set()),
        ("runmath.egg-info/PKG-INFO", set()),
    ],
)
def test_a_changed_file_changes_the_digest_of_what_depends_on_it(folder, changed, affected):
    parts = ["core", "trees", "rows", "alone"]
    before = {part: Library(folder).digest([part]) for part in parts}
    path = folder / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text("# changed\n")
    after = {part: Library(folder).digest([part]) for part in parts}
    assert {part for part in parts if before[part] != after[part]} == affected


def test_parts_of_the_library_depend_on_those_below_them_alone():
    library = Library()
    assert library.closure(["core"]) == {"core"}
    assert library.closure(["linear_algebra"]) == {"core", "linear_algebra"}
    assert "training" in library.closure(["generative"])
