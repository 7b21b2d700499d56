"""pytest plugin on top of nbval: runs each notebook once, checks it, measures it, and stores its outputs.

    python -m pytest -p tools.execution --nbval-lax --nbval-current-env -n 2 --dist loadfile chapters

Beyond nbval, a cell fails that writes to stderr (a Python warning, say) or shows a figure without alt text and
caption; a notebook fails that takes more than `MAX_SECONDS` or `MAX_MIB`. Kernels have no network and one thread
each. The notebooks of `BOTH_CORES` are left out; with ``--both-cores`` (and ``-n 0``) they alone run, one at a time.
With ``--uncached`` only notebooks run whose outputs are not stored; with ``--record`` checked outputs are written to
the notebooks instead of being compared.
"""

from __future__ import annotations

import copy
import os
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbval.plugin import IPyNbCell, IPyNbFile, NbCellError

from tools import cache, notebooks

MAX_SECONDS, MAX_MIB = 60.0, 1024.0
# Seconds for the chapters that train a network while the reader waits: each runs alone, with two threads.
BOTH_CORES: dict[str, float] = {"chapters/generative/diffusion-3.ipynb": 120.0}
NOT_COMPARED = ("text/html", "text/latex", "image/svg+xml", "application/vnd.runmath.verdict+json")
OFFLINE = Path(__file__).with_name("offline")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of this plugin."""
    group = parser.getgroup("book")
    group.addoption("--both-cores", action="store_true", help="run only notebooks that need both cores")
    group.addoption("--uncached", action="store_true", help="run only notebooks whose outputs are not stored")
    group.addoption("--record", action="store_true", help="write checked outputs instead of comparing them")


def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Leave at once, before any worker starts, where no notebook is to run."""
    if config.option.collectonly or not (config.option.uncached or config.option.both_cores):
        return None
    cache.prepare()
    if any(_is_to_run(path, config) for path in notebooks.paths(*map(Path, config.args))):
        return None
    print(
        "no notebook that needs both cores is to run" if config.option.both_cores else "no notebook is to run"
    )
    return pytest.ExitCode.OK


def _is_to_run(path: Path, config: pytest.Config) -> bool:
    """Whether a notebook belongs to this run, and its outputs are not stored where only others are asked for."""
    if (_name(path) in BOTH_CORES) != config.option.both_cores:
        return False
    return not (config.option.uncached and cache.load(path))


def _name(path: Path) -> str:
    return path.resolve().relative_to(cache.ROOT).as_posix()


def pytest_configure(config: pytest.Config) -> None:
    """Set up what the kernels inherit, and the store."""
    os.environ.update(
        PYTHONPATH=os.pathsep.join(filter(None, [str(OFFLINE), os.environ.get("PYTHONPATH")])),
        RUNMATH_OFFLINE="1",
        PYTHONHASHSEED="0",
        **dict.fromkeys(
            ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"),
            "2" if config.option.both_cores else "1",
        ),
    )
    if not _is_worker(config):
        cache.prepare()
        config.pluginmanager.register(Report(), "book-report")


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out notebooks that are not to run."""
    if ".ipynb_checkpoints" in collection_path.parts:
        return True
    if not collection_path.resolve().is_relative_to(cache.ROOT):  # beside the book: pytest looks there, too
        return collection_path.is_file() or None
    if collection_path.suffix == ".ipynb" and not _is_to_run(collection_path, config):
        return True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Compare text alone; compare nothing while recording."""
    for item in items:
        if isinstance(item, IPyNbCell):
            item.parent.skip_compare += () if NOT_COMPARED[0] in item.parent.skip_compare else NOT_COMPARED
            if notebooks.is_checked(item.cell):
                item.options["check"] = not config.option.record


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item):
    """Run a cell, then hold its outputs against the rules of the book."""
    if not isinstance(item, IPyNbCell):
        return (yield)
    run = item.parent.__dict__.setdefault("book_run", Run(item.parent))
    if notebooks.is_checked(item.cell) and not item.cell.outputs and not item.config.option.record:
        _fail(item, "a checked cell must store its output; run `make record`")
    result = yield
    if item.cell.source.rstrip().endswith(
        ";"
    ):  # IPython hides such a result, but not where nbval runs the cell
        item.test_outputs[:] = [out for out in item.test_outputs if out.output_type != "execute_result"]
    for problem in output_problems(item.cell, item.test_outputs):
        _fail(item, problem)
    run.finish_cell(item)
    return result


def _fail(item: IPyNbCell, message: str) -> None:
    raise NbCellError(item.cell_num, message, item.cell.source)


def output_problems(cell: nbformat.NotebookNode, outputs: list) -> list[str]:
    """List how the outputs of a cell break the rules of the book."""
    problems = [f"writes to stderr: {out.text[:400]}" for out in outputs if out.get("name") == "stderr"]
    if "figure" in cell.metadata.get("mystnb", {}) and sum("data" in out for out in outputs) != 1:
        problems.append("must show one figure and no other value; end the last line with a semicolon")
    if any(kind.startswith("image/") for out in outputs for kind in out.get("data", {})):
        figure = cell.metadata.get("mystnb", {})
        if len(figure.get("image", {}).get("alt", "").strip()) < 20:
            problems.append(
                "shows a figure without alt text (cell metadata mystnb.image.alt, 20 characters or more)"
            )
        if not figure.get("figure", {}).get("caption", "").strip():
            problems.append("shows a figure without a caption (cell metadata mystnb.figure.caption)")
    return problems


class Run:
    """One execution of a notebook: its clock, its outputs so far, and what happens after the last cell."""

    def __init__(self, file: IPyNbFile):
        self.file, self.start = file, time.perf_counter()
        self.notebook = copy.deepcopy(file.nb)
        self.code = [cell for cell in self.notebook.cells if cell.cell_type == "code"]
        self.passed = 0

    def finish_cell(self, item: IPyNbCell) -> None:
        """Keep the outputs of a cell that passed; after the last, measure and store the notebook."""
        self.code[item.cell_num].outputs = [nbformat.from_dict(out) for out in item.test_outputs]
        self.passed += 1
        if item.cell_num != len(self.code) - 1:
            return
        seconds = time.perf_counter() - self.start
        peak_mib = peak_memory_mib(self.file.kernel.km.provisioner.pid)
        name = _name(self.file.path)
        item.user_properties.append(("notebook", (name, seconds, peak_mib)))
        if problem := over_budget(name, seconds, peak_mib):
            _fail(item, problem)
        if self.passed == len(self.code):
            self._keep(item, seconds, peak_mib)

    def _keep(self, item: IPyNbCell, seconds: float, peak_mib: float) -> None:
        if item.config.option.record:
            clean, problems = notebooks.canonical(self.notebook)
            if problems:
                _fail(item, "; ".join(problems))
            self.file.path.write_text(notebooks.write(clean), encoding="utf8", newline="\n")
        cache.store(self.file.path, self.notebook, seconds=seconds, peak_mib=peak_mib)


def peak_memory_mib(pid: int) -> float:
    """Return the largest resident memory of a process, and what its children hold now, in MiB."""
    process = psutil.Process(pid)
    children = sum(child.memory_info().rss for child in process.children(recursive=True))
    return (_peak_bytes(process) + children) / 2**20


def _peak_bytes(process: psutil.Process) -> int:
    status = Path(f"/proc/{process.pid}/status")
    if status.exists():  # Linux
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    memory = process.memory_info()
    return getattr(memory, "peak_wset", memory.rss)  # Windows knows the peak; macOS tells only the present


def over_budget(name: str, seconds: float, peak_mib: float) -> str | None:
    """Say how a notebook exceeds its budget, if it does."""
    max_seconds = BOTH_CORES.get(name, MAX_SECONDS)
    if seconds <= max_seconds and peak_mib <= MAX_MIB:
        return None
    return f"{name} took {seconds:.0f} s and {peak_mib:.0f} MiB; allowed are {max_seconds:.0f} s and {MAX_MIB:.0f} MiB"


class Report:
    """Collects what the notebooks cost, from every worker, and prints it at the end."""

    def __init__(self) -> None:
        self.costs: list[tuple[str, float, float]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the cost of a finished notebook from the report of its last cell."""
        if report.when == "call":
            self.costs += [tuple(value) for key, value in report.user_properties if key == "notebook"]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print a line for each notebook, the slowest first."""
        if self.costs:
            terminalreporter.section("cost of each notebook")
        for name, seconds, peak_mib in sorted(self.costs, key=lambda cost: -cost[1]):
            terminalreporter.write_line(f"{seconds:7.1f} s {peak_mib:7.0f} MiB  {name}")
