"""Notebooks run once, offline, within their budget; what breaks a rule fails, what passes is stored for the site."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbformat import v4

from tools.execution import output_problems, over_budget
from tools.notebooks import CHECKED, canonical, write

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = "from runmath.claims import claim, myth"
FIGURE = (
    "from IPython.display import SVG, display\n"
    "display(SVG(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'></svg>\"))"
)
ALT = {"image": {"alt": "A square of nine pixels, empty."}, "figure": {"caption": "Nothing is seen."}}


def code(source, **metadata):
    return v4.new_code_cell(source, metadata=metadata)


def checked(source, text):
    cell = code(source, tags=[CHECKED])
    cell.outputs = [v4.new_output("stream", name="stdout", text=text)] if text else []
    return cell


BOOK = {
    "good": [
        code(IMPORTS),
        code("claim('1 = 1', lambda: (1, 1))"),
        checked("print(6 * 7)", "42\n"),
        code(FIGURE + "\n6 * 7;", mystnb=ALT),
        code("1 / 0", tags=["raises-exception"]),
    ],
    "altered-output": [checked("print(6 * 7)", "41\n")],
    "missing-output": [checked("print(6 * 7)", "")],
    "false-claim": [code(IMPORTS), code("claim('1 = 2', lambda: (1, 2))")],
    "true-myth": [code(IMPORTS), code("myth('1 = 1', lambda: (1, 1))")],
    "no-alt-text": [code(FIGURE, mystnb={"figure": {"caption": "Nothing is seen."}})],
    "warning": [code("import warnings; warnings.warn('look out')")],
    "download": [code("import urllib.request as u; u.urlopen('http://example.org/data.csv', timeout=3)")],
    "error": [code("1 / 0")],
}


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """Return the folder of a small book with one good notebook and one for every fault, and the report of its run."""
    folder = tmp_path_factory.mktemp("book")
    shutil.copytree(ROOT / "tools", folder / "tools", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "lib").mkdir()
    (folder / "lib" / "code.py").write_text("VERSION = 1\n")
    (folder / "requirements.lock").write_text("")
    (folder / "chapters").mkdir()
    for name, cells in BOOK.items():
        notebook, _ = canonical(v4.new_notebook(cells=cells))
        (folder / "chapters" / f"{name}.ipynb").write_text(write(notebook), encoding="utf8")
    return folder, execute(folder, "-n", "2", "--dist", "loadfile")


def execute(folder, *options):
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "--rootdir", ".", "-p", "no:cacheprovider"]
    command += [
        "-p",
        "tools.execution",
        "--nbval-lax",
        "--nbval-current-env",
        "--nbval-cell-timeout=60",
        "-rA",
    ]
    return subprocess.run(
        [*command, *options, "chapters"],
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf8",
        check=False,
    )


def failures(report):
    return {
        line.split("chapters/")[1].split(".ipynb")[0]
        for line in report.stdout.splitlines()
        if "FAILED" in line
    }


def test_every_faulty_notebook_fails_and_the_good_one_passes(book):
    _, report = book
    assert report.returncode == 1
    assert failures(report) == set(BOOK) - {"good"}


@pytest.mark.parametrize(
    "reason",
    [
        "a checked cell must store its output",
        "claim does not hold: 1 = 2",
        "myth is not refuted: 1 = 1",
        "shows a figure without alt text",
        "writes to stderr",
        "the book runs without a network, but this code asked for",
        "ZeroDivisionError",
    ],
)
def test_the_report_names_the_reason(book, reason):
    assert reason in book[1].stdout


def test_only_notebooks_that_pass_are_stored_with_their_cost(book):
    folder, _ = book
    script = (
        "import json; from tools import cache, notebooks; "
        "runs = {p.stem: cache.load(p) for p in notebooks.paths()}; "
        "costs = {k: (r.seconds, r.peak_mib, len(r.notebook.cells[1].outputs)) for k, r in runs.items() if r}; "
        "print(json.dumps(costs))"
    )
    output = subprocess.run(
        [sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=True
    )
    stored = json.loads(output.stdout)
    assert set(stored) == {"good"}
    seconds, peak_mib, outputs = stored["good"]
    assert 0 < seconds < 60
    assert 20 < peak_mib < 1024
    assert outputs == 1


def test_a_stored_notebook_runs_again_only_when_what_it_imports_changes(book):
    folder, _ = book
    for name in set(BOOK) - {"good"}:
        (folder / "chapters" / f"{name}.ipynb").unlink(missing_ok=True)
    again = execute(folder, "--uncached")
    assert again.returncode == 0
    assert "no notebook is to run" in again.stdout
    (folder / "lib" / "__pycache__").mkdir()
    (folder / "lib" / "__pycache__" / "kernels.nbi").write_text("what a compiler stores beside the code")
    assert "no notebook is to run" in execute(folder, "--uncached").stdout
    (folder / "lib" / "runmath").mkdir()
    (folder / "lib" / "runmath" / "alone.py").write_text("VERSION = 1\n")
    assert "no notebook is to run" in execute(folder, "--uncached").stdout
    (folder / "lib" / "code.py").write_text("VERSION = 2\n")
    assert "5 passed" in execute(folder, "--uncached").stdout


def test_a_notebook_that_needs_both_cores_runs_apart_with_two_threads(tmp_path, book):
    shutil.copytree(book[0] / "tools", tmp_path / "tools")
    for name in ("lib", "chapters/generative"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "requirements.lock").write_text("")
    for name, threads in (("generative/diffusion-3", 2), ("other", 1)):
        cell = checked("import os; print(os.environ['OMP_NUM_THREADS'])", f"{threads}\n")
        notebook, _ = canonical(v4.new_notebook(cells=[cell]))
        (tmp_path / "chapters" / f"{name}.ipynb").write_text(write(notebook), encoding="utf8")
    alone, others = execute(tmp_path, "--both-cores", "-n", "0"), execute(tmp_path)
    assert "PASSED chapters/generative/diffusion-3.ipynb" in alone.stdout
    assert "PASSED chapters/other.ipynb" in others.stdout
    assert "1 passed" in alone.stdout
    assert "1 passed" in others.stdout
    assert execute(tmp_path, "--both-cores", "--uncached", "-n", "0").returncode == 0


def test_recording_writes_checked_outputs_and_nothing_else(book):
    folder, _ = book
    (folder / "chapters").mkdir(exist_ok=True)
    path = folder / "chapters" / "new.ipynb"
    notebook, _ = canonical(v4.new_notebook(cells=[code("x = 20"), checked("print(x + 1)", "")]))
    path.write_text(write(notebook), encoding="utf8")
    assert execute(folder, "--record", "-k", "new").returncode == 0
    cells = json.loads(path.read_text(encoding="utf8"))["cells"]
    assert cells[0]["outputs"] == []
    assert cells[1]["outputs"][0]["text"] == ["21\n"]
    assert execute(folder, "-k", "new").returncode == 0


def test_a_figure_needs_an_alt_text_of_some_length_and_a_caption():
    picture = [{"data": {"image/svg+xml": "<svg/>"}}]
    assert output_problems(code("1", mystnb=ALT), picture) == []
    assert len(output_problems(code("1"), picture)) == 2
    assert len(output_problems(code("1", mystnb=ALT | {"image": {"alt": "plot"}}), picture)) == 1
    assert output_problems(code("1"), [{"data": {"text/html": "<table/>"}}]) == []


def test_a_figure_stands_alone_and_a_semicolon_hides_a_result(book):
    picture, value = {"data": {"image/svg+xml": "<svg/>"}}, {"data": {"text/plain": "[]"}}
    assert any(
        "no other value" in problem for problem in output_problems(code("1", mystnb=ALT), [value, picture])
    )
    assert "FAILED chapters/good.ipynb" not in book[1].stdout  # its figure cell ends in a hidden result


def test_a_notebook_over_its_budget_of_time_or_memory_is_reported():
    assert over_budget("a.ipynb", 59, 1000) is None
    assert "61 s" in over_budget("a.ipynb", 61, 1000)
    assert "1100 MiB" in over_budget("a.ipynb", 59, 1100)
    assert over_budget("chapters/generative/diffusion-3.ipynb", 119, 1000) is None


def test_notebooks_beside_the_book_are_left_alone(tmp_path):
    from tools import execution

    stray = tmp_path / "stray.ipynb"
    stray.write_text("{}")
    assert execution.pytest_ignore_collect(stray, None) is True
