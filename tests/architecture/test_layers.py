"""The library keeps its layers, and what is meant to be light to import is light."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIB = ROOT / "lib"
MAY_KNOW_TORCH = {"neural_networks", "training", "generative", "physics"}
PACKAGES = sorted(path.parent.name for path in (LIB / "runmath").glob("*/__init__.py"))


LINT_IMPORTS = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from importlinter.cli import lint_imports_command
lint_imports_command()
"""


def lint_imports(lib: Path) -> subprocess.CompletedProcess:
    """Check the contracts of pyproject.toml on the library in the given folder."""
    command = [
        sys.executable,
        "-c",
        LINT_IMPORTS,
        str(lib),
        "--config",
        str(ROOT / "pyproject.toml"),
        "--no-cache",
    ]
    environment = os.environ | {"PYTHONUTF8": "1"}
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf8", check=False, env=environment
    )


def test_imports_point_down_only():
    result = lint_imports(LIB)
    assert result.returncode == 0, result.stdout
    assert "3 kept, 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("package", "line", "contract"),
    [
        ("core", "import runmath.linear_algebra", "Packages import only what lies below"),
        ("linear_algebra", "import runmath.viz", "nothing imports viz"),
        ("data", "import torch", "Nothing below neural_networks knows torch"),
        ("claims", "import matplotlib.pyplot", "Only viz draws"),
    ],
)
def test_a_forbidden_import_is_caught(tmp_path, package, line, contract):
    shutil.copytree(LIB / "runmath", tmp_path / "runmath")
    (tmp_path / "runmath" / package / "planted.py").write_text(line + "\n")
    result = lint_imports(tmp_path)
    assert result.returncode == 1
    assert any(contract in row and "BROKEN" in row for row in result.stdout.splitlines()), result.stdout


def test_a_package_outside_the_layers_is_caught(tmp_path):
    shutil.copytree(LIB / "runmath", tmp_path / "runmath")
    (tmp_path / "runmath" / "misc").mkdir()
    (tmp_path / "runmath" / "misc" / "__init__.py").write_text("")
    assert lint_imports(tmp_path).returncode == 1


def test_every_package_below_the_torch_line_is_held_to_it():
    """A new package must be named in the contract that keeps torch out, or here among those that may know it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["tool"]["importlinter"]
    held = next(
        contract["source_modules"] for contract in settings["contracts"] if contract["id"] == "torch-line"
    )
    assert {f"runmath.{name}" for name in PACKAGES if name not in MAY_KNOW_TORCH} == set(held)


def modules_loaded_by(statement: str) -> tuple[float, set[str]]:
    """Return the CPU seconds a fresh interpreter takes for an import, and the top-level modules it loads."""
    code = (
        f"import sys, time; start = time.process_time(); {statement}; "
        "print(time.process_time() - start, *{name.partition('.')[0] for name in sys.modules})"
    )
    output = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    return float(output[0]), set(output[1:])


def test_importing_runmath_takes_less_than_50_ms():
    assert min(modules_loaded_by("import runmath")[0] for _ in range(3)) < 0.05


@pytest.mark.parametrize("package", sorted(set(PACKAGES) - MAY_KNOW_TORCH - {"viz"}))
def test_packages_below_the_torch_line_load_neither_torch_nor_matplotlib(package):
    _, loaded = modules_loaded_by(f"import runmath.{package}")
    assert not loaded & {"torch", "matplotlib"}


@pytest.mark.parametrize(
    ("package", "needs"),
    [
        ("core", "numpy"),
        ("data", "numpy"),
        ("linear_algebra", "scipy.fft, scipy.linalg, scipy.sparse"),
        ("optimization", "scipy.fft, scipy.linalg, scipy.sparse"),
    ],
)
def test_packages_below_the_torch_line_add_little_to_the_import_of_what_they_need(package, needs):
    """A machine's speed cancels in the ratio: SciPy's own 0.3 to 0.5 s are most of it."""
    own, others = (
        min(modules_loaded_by(f"import {name}")[0] for _ in range(3))
        for name in (f"runmath.{package}", needs)
    )
    assert own < 1.5 * others + 0.05
