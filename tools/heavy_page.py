"""A page with far more mathematics than a chapter has, built as the book is, to hold the budget of a page against."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tools import small_book

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
    """Build a book with this page in it, heavy.html; return the site's folder."""
    return small_book.build(folder, {"index.md": "# A book of one page\n", "heavy.md": heavy_page()})
