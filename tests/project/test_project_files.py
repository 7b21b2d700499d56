"""What is written down in several files of the project agrees."""

import re
import tomllib
from pathlib import Path

import pytest
import runmath
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))["project"]
CONDA_NAME = {"torch": "pytorch", "matplotlib": "matplotlib-base"}


def ranges(requirements):
    """Return name and range of each requirement."""
    parsed = (re.fullmatch(r"([\w-]+)\s*(.*)", requirement) for requirement in requirements)
    return {match[1]: match[2] for match in parsed}


def test_the_conda_environment_has_the_ranges_of_the_package():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf8"))
    conda = ranges(entry for entry in environment["dependencies"] if isinstance(entry, str))
    wanted = ranges([*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["lab"]])
    assert {CONDA_NAME.get(name, name): spec for name, spec in wanted.items()}.items() <= conda.items()


def test_the_conda_environment_installs_the_library_of_the_same_commit_and_no_cuda():
    text = (ROOT / "environment.yml").read_text(encoding="utf8")
    assert "--editable ." in text
    assert "pytorch-cpu" in text


def test_the_lock_pins_every_requirement_exactly_and_no_accelerator():
    lock = re.findall(
        r"^([\w.-]+)==\S+", (ROOT / "requirements.lock").read_text(encoding="utf8"), re.MULTILINE
    )
    extras = PROJECT["optional-dependencies"].values()
    wanted = ranges([*PROJECT["dependencies"], *(requirement for extra in extras for requirement in extra)])
    assert {name.lower() for name in wanted} <= {name.lower() for name in lock}
    assert not [name for name in lock if name.startswith(("nvidia", "cuda", "triton"))]


def test_the_version_is_the_same_everywhere():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf8"))
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf8")
    assert PROJECT["version"] == runmath.__version__ == citation["version"]
    assert f"\n## {runmath.__version__} " in changelog


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "workflows").glob("*.yml")), ids=lambda path: path.stem
)
def test_workflows_run_commands_that_the_makefile_has(path):
    workflow = yaml.safe_load(path.read_text(encoding="utf8"))
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.MULTILINE))
    steps = [step.get("run", "") for job in workflow["jobs"].values() for step in job["steps"]]
    used = set(re.findall(r"\bmake ([a-z-]+)", "\n".join(steps)))
    assert used
    assert used <= targets


def test_the_readme_names_only_commands_that_the_makefile_has():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf8"), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        assert set(re.findall(r"`make ([a-z-]+)", (ROOT / page).read_text(encoding="utf8"))) <= targets


def test_ci_runs_the_commands_of_the_readme():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf8")
    assert "make test" in script
    assert "make book" in script
