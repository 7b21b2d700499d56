"""A page with far more mathematics than a chapter has, built as the book is, to hold the budget of a page against."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
N_DISPLAYED = 80
N_INLINE = 320
DISPLAYED = (
    r"A_{%d} = U \Sigma V^\top = \sum_{i=1}^{r} \sigma_i u_i v_i^\top, \qquad \sigma_1 \ge \dots \ge \sigma_r \ge 0",
    r"\begin{aligned} \nabla f_{%d}(x) &= A^\top (A x - b) + \lambda x \\ "
    r"&= (A^\top A + \lambda I)\, x - A^\top b \end{aligned}",
    r"\begin{bmatrix} a_{11} & \cdots & a_{1n} \\ \vdots & \ddots & \vdots \\ a_{m1} & \cdots & a_{mn} \end{bmatrix} "
    r"\begin{bmatrix} x_1 \\ \vdots \\ x_n \end{bmatrix} = b_{%d}",
    r"\mathbb{E}_{x \sim p_{%d}} \left[ \left\lVert s_\theta(x) - \nabla \log p(x) \right\rVert_2^2 \right] "
    r"= \int_{\mathbb{R}^d} p(x) \left\lVert s_\theta(x) - \frac{\nabla p(x)}{p(x)} \right\rVert^2 dx",
    r"h_{%d}(x) = \begin{cases} \frac{1}{2} x^2 & \text{if } |x| \le \delta, \\ "
    r"\delta \left( |x| - \frac{1}{2} \delta \right) & \text{otherwise} \end{cases}",
)
INLINE = (
    r"\sigma_{%d}",
    r"x^\top A_{%d} x \ge 0",
    r"\mathcal{L}_{%d}(\theta)",
    r"\frac{\partial f}{\partial x_{%d}}",
    r"\sqrt{1 - \beta_{%d}^2}",
)
WORDS = "The quantity {0} bounds {1} whenever {2} is small, and then {3} follows from what was said before."


def heavy_page() -> str:
    """Return the page as Markdown: sections of numbered equations, each with prose between."""
    inline = (f"${INLINE[i % len(INLINE)] % i}$" for i in range(N_INLINE))
    return "\n\n".join(["# A page of formulas", *_paragraphs(inline)]) + "\n"


def _paragraphs(inline: Iterator[str]) -> Iterator[str]:
    for number in range(N_DISPLAYED):
        if number % 10 == 0:
            yield f"## Ten equations and more, part {number // 10 + 1}"
        yield WORDS.format(*(next(inline) for _ in range(N_INLINE // N_DISPLAYED)))
        yield f"$$\n{DISPLAYED[number % len(DISPLAYED)] % number}\n$$ (eq-heavy-{number})"


def build(folder: Path) -> Path:
    """Build a book of this one page, with the book's settings, extensions and assets; return the site's folder."""
    source = folder / "source"
    shutil.rmtree(folder, ignore_errors=True)
    source.mkdir(parents=True)
    shutil.copytree(ROOT / "_static", source / "_static")
    (source / "index.md").write_text("# A book of one page\n", encoding="utf8")
    (source / "heavy.md").write_text(heavy_page(), encoding="utf8")
    toc = {
        "format": "jb-book",
        "root": "index",
        "options": {"numbered": True},
        "chapters": [{"file": "heavy"}],
    }
    (source / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf8")
    (source / "_config.yml").write_text(yaml.safe_dump(_settings()), encoding="utf8")
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", source, "--path-output", folder, "-W", "--keep-going", "-n", "-q"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return folder / "_build" / "html"


def _settings() -> dict:
    """Return the book's settings, with the paths as they are from outside."""
    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf8"))
    sphinx = settings["sphinx"]
    sphinx["local_extensions"] = {
        name: str(ROOT / folder) for name, folder in sphinx["local_extensions"].items()
    }
    sphinx["config"]["templates_path"] = [str(ROOT / "_templates")]
    settings["bibtex_bibfiles"] = [str(ROOT / "references.bib")]
    return settings
