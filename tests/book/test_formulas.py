"""Every formula of the book can be typeset on the site and in JupyterLab, and the check sees what cannot."""

import json
import re
from pathlib import Path

import jupyterlab
import nbformat
import pytest
from nbformat import v4

from tools.formulas import Formula, book_pages, formulas, main, problems, refusal
from tools.katex import FormulaError, mathjax_names, render, unknown_to_mathjax, unnumbered

GOOD = [
    r"A = U \Sigma V^\top",
    r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
    r"\begin{cases} x & \text{if } x > 0, \\ 0 & \text{otherwise} \end{cases}",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}",
    r"\left\lVert \frac{x}{\sqrt{2\pi}} \right\rVert_2^2 \le \operatorname*{arg\,min}_\theta \mathcal{L}(\theta)",
    r"\sum_{i=1}^n \int_{\mathbb{R}^d} \partial_x f \, dx, \quad \{x : \hat x \ne 0\}, \quad 50\,\%",
    r"\underbrace{a + b}_{\text{a sum}} \xrightarrow{n \to \infty} \overline{c}",
]
BAD = [
    (r"\frac{1}{2", "expected '}'"),
    (r"\left( x", r"\right"),
    (r"\begin{bmatrix} 1 \end{pmatrix}", "Mismatch"),
    (r"\unknownmacro", "not known"),
    (r"x \in \R", r"not known to JupyterLab's MathJax: \R"),  # KaTeX knows this one, and the next two
    (r"\argmin_x", r"\argmin"),
    (r"\begin{darray}{c} 1 \end{darray}", "{darray}"),
    (r"\begin{multline*} a \\ b \end{multline*}", "multline"),  # MathJax knows this one, and the next two
    (r"\mathbbm{1}", "mathbbm"),
    (r"\label{eq}", r"\label"),
    (r"\def\v{x} \v", r"\def"),
    (r"\newcommand{\v}{x} \v", r"\newcommand"),
    (r"a \\ b", "a line break outside of an environment"),
    ("x é", "unicodeTextInMathMode"),
]


def places(text):
    return [(formula.tex.strip(), formula.display, formula.line) for formula in formulas(text)]


# The book


@pytest.mark.parametrize("page", book_pages(), ids=lambda path: path.stem)
def test_every_formula_of_the_page_can_be_typeset(page):
    assert list(problems([page])) == []


def test_the_list_of_names_was_made_from_the_mathjax_that_jupyterlab_has():
    static = Path(jupyterlab.__file__).parents[4] / "share" / "jupyter" / "lab" / "static"
    static = static if static.exists() else Path(jupyterlab.__file__).parent / "static"
    licences = json.loads((static / "third-party-licenses.json").read_text(encoding="utf8"))
    bundled = next(package for package in licences["packages"] if package["name"] == "mathjax-full")
    root = Path(__file__).resolve().parents[2]
    head = (root / "_ext" / "vendor" / "mathjax-names.txt").read_text(encoding="utf8").splitlines()[0]
    assert f"MathJax {bundled['versionInfo']} " in head
    assert len(mathjax_names()) > 1000


# The checker


@pytest.mark.parametrize("tex", GOOD)
def test_what_both_know_is_typeset_with_mathml_beside(tex):
    assert re.search(r"<math\b.*katex-html", render(tex, display=True), re.DOTALL)


@pytest.mark.parametrize(("tex", "reason"), BAD)
def test_what_one_does_not_know_is_refused(tex, reason):
    with pytest.raises(FormulaError, match=re.escape(reason)):
        render(tex, display=True)


@pytest.mark.parametrize(
    "tex",
    [
        *GOOD,
        r"x \quad \text{at most 5\,\%, with \textbf{one} rest}",
        r"\begin{aligned} a &= b && \text{(by symmetry)} \\ &\ldots \end{aligned}",
        r"\text{for $x \ge 0$} \dots",
        r"\textcolor{red}{\sigma} \textstyle{\sum}",
        r"x \tag{$\ast$}",
    ],
)
def test_what_every_renderer_shows_is_not_refused(tex):
    assert refusal(Formula(tex, True, 1)) is None


@pytest.mark.parametrize(
    ("tex", "reason"),
    [
        *BAD,
        (
            r"\href{https://example.org}{x}",
            r"\href: the site's KaTeX",
        ),  # KaTeX does not raise, but prints it in red
        (r"\dddot{x}", r"\dddot: not known to KaTeX 0.15.6"),
        (r"x \text{ and so on \ldots}", r"MathJax does not know \ldots in text"),
        (r"\textbf{a \underline{b}}", r"MathJax does not know \underline in text"),
        (r"\text{a {b} $c$ \checkmark}", r"MathJax does not know \checkmark in text"),
        (r"a \tag{\textdegree}", r"MathJax does not know \textdegree in text"),
    ],
)
def test_what_some_renderer_does_not_show_is_refused(tex, reason):
    assert reason in refusal(Formula(tex, True, 1))


def test_only_numbered_environments_lose_their_number():
    tex = r"\begin{align}a\end{align}\begin{aligned}b\end{aligned}\begin{gather*}c\end{gather*}"
    assert unnumbered(tex) == tex.replace("{align}", "{align*}")


def test_a_name_is_reported_once():
    assert unknown_to_mathjax(r"\R \R \N \alpha") == [r"\R", r"\N"]


# The search for formulas


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a $x$ b", [("x", False, 1)]),
        ("one\n\ntwo $y$", [("y", False, 3)]),
        ("$$\nx\n$$", [("x", True, 1)]),
        ("$$\nx\n$$ (eq-name)", [("x", True, 1)]),
        ("a\n\n```{math}\n:label: eq-x\nx = 1\n```", [("x = 1", True, 3)]),
        ("```{math} x = 1\n```", [("x = 1", True, 1)]),
        ("{math}`x^2`", [("x^2", False, 1)]),
        (r"\begin{align}a &= b\end{align}", [(r"\begin{align*}a &= b\end{align*}", True, 1)]),
        ("| a | b |\n|---|---|\n| $x$ | $y$ |", [("x", False, 3), ("y", False, 3)]),
        ("```{prf:theorem} About $a$\n:label: thm\n\nLet $b$.\n```", [("a", False, 1), ("b", False, 4)]),
        ("::::{exercise}\n:::{hint}\n$c$\n:::\n::::", [("c", False, 3)]),
        ("> - **$d$**", [("d", False, 1)]),
        ("`$code$` and \\$5 and \\$6", []),
        ("```python\nprint('$x$')\n```", []),
        ("```{code-cell}\nprint('$x$')\n```", []),
    ],
)
def test_formulas_are_found_wherever_the_book_has_them(text, found):
    assert places(text) == found


def test_the_command_names_the_place_in_a_notebook_and_reads_captions(tmp_path, capsys):
    path = tmp_path / "draft.ipynb"
    caption = {"mystnb": {"figure": {"caption": "Shown is $\\N$."}}}
    cells = [v4.new_markdown_cell("Fine: $x$.\n\nNot fine: $\\R$."), v4.new_code_cell("1", metadata=caption)]
    nbformat.write(v4.new_notebook(cells=cells), path)
    assert main([str(path)]) == 1
    printed = capsys.readouterr().out
    assert f"{path}, cell 1, line 3: not known to JupyterLab's MathJax: \\R" in printed
    assert f"{path}, cell 2, line 1: not known to JupyterLab's MathJax: \\N" in printed


def test_the_command_is_content_with_good_formulas(tmp_path, capsys):
    path = tmp_path / "page.md"
    path.write_text("\n\n".join(f"$$\n{tex}\n$$" for tex in GOOD), encoding="utf8")
    assert main([str(path)]) == 0
    assert "every formula" in capsys.readouterr().out
