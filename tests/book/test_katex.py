"""Formulas are typeset as HTML and MathML while the book is built, and a wrong one is refused, here or by the build."""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from docutils import nodes

from tools.katex import FormulaError, mathjax_names, render, unknown_to_mathjax, unnumbered

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "_ext"))
import katex_static  # noqa: E402  (a Sphinx extension, in no package)


@pytest.fixture
def warnings_of_the_build(monkeypatch):
    found = []
    monkeypatch.setattr(
        katex_static.LOG, "warning", lambda message, *args, **where: found.append((message % args, where))
    )
    return found


def test_a_formula_is_drawn_for_the_eye_and_written_for_screen_readers():
    html = render(r"\lVert A \rVert_2 = \sigma_1", display=False)
    assert 'class="katex-html" aria-hidden="true"' in html
    assert "<math" in html
    assert "<script" not in html


def test_only_a_displayed_formula_takes_a_line_of_its_own():
    assert "katex-display" in render("x", display=True)
    assert "katex-display" not in render("x", display=False)


@pytest.mark.parametrize(
    "tex",
    [
        r"\begin{aligned} a &= b \\ &= c \end{aligned}",
        r"\begin{bmatrix} 1 & 2 \\ 3 & 4 \end{bmatrix}",
        r"f(x) = \begin{cases} 1 & \text{if } x > 0, \\ 0 & \text{otherwise} \end{cases}",
        r"\operatorname{diag}(\sigma_1, \dots, \sigma_r), \quad \mathbb{R}^{m \times n}",
        r"\mathbb{E}_{x \sim p}\left[\lVert \nabla \log p(x) \rVert^2\right], \qquad \arg\min_x f(x)",
    ],
)
def test_what_chapters_write_is_accepted(tex):
    assert "<math" in render(tex, display=True)


@pytest.mark.parametrize(
    ("tex", "problem"),
    [
        (r"\frac{1}{2", "end of input"),
        (r"\left( x", "Expected"),
        (r"\begin{bmatrix} 1", r"or \end"),
        (r"x^2^3", "Double superscript"),
        (r"\begin{multline} a \end{multline}", "multline"),  # MathJax knows it, KaTeX does not
        (r"\sgima", r"not known to JupyterLab's MathJax: \sgima"),
        (r"\R", r"not known to JupyterLab's MathJax: \R"),  # KaTeX knows it, MathJax does not
        (r"größe", "Unicode"),
    ],
)
def test_what_cannot_be_typeset_everywhere_is_refused_with_the_reason(tex, problem):
    with pytest.raises(FormulaError) as caught:
        render(tex, display=True)
    assert problem in str(caught.value)


@pytest.mark.parametrize("tex", [r"\def\phi{y}", r"\renewcommand{\phi}{y}", r"\let\phi\beta"])
def test_macros_cannot_be_defined_even_under_known_names(tex):
    with pytest.raises(FormulaError, match="not known"):
        render(tex, display=False)


def test_a_refused_formula_does_not_spoil_the_next_one():
    before = render("a + b", display=False)
    with pytest.raises(FormulaError):
        render(r"a + {b", display=False)
    render.cache_clear()
    assert render("a + b", display=False) == before


def test_a_long_formula_arrives_whole():
    terms = 500
    html = render(" + ".join(rf"\sigma_{{{i}}} u_{{{i}}}" for i in range(terms)), display=False)
    assert html.count("<msub>") == 2 * terms
    assert html.endswith("</span>")


def test_text_in_a_formula_cannot_become_html():
    html = render(r"\text{<b>bold</b>} < 1", display=False)
    assert "<b>" not in html
    assert "&lt;b&gt;" in html


def test_unknown_names_come_once_and_in_order():
    assert unknown_to_mathjax(r"\R \in \Q, \R, \begin{nosuch} \end{nosuch}") == [r"\R", r"\Q", "{nosuch}"]


def test_the_list_of_known_names_has_commands_environments_and_signs():
    assert {r"\frac", r"\operatorname", r"\lVert", "{bmatrix}", r"\,", r"\{"} <= mathjax_names()


@pytest.mark.parametrize("name", ["equation", "align", "alignat", "gather"])
def test_environments_lose_their_own_numbers_once(name):
    starred = rf"\begin{{{name}*}}a &= b\end{{{name}*}}"
    assert unnumbered(rf"\begin{{{name}}}a &= b\end{{{name}}}") == starred
    assert unnumbered(starred) == starred


def test_a_refused_formula_is_a_warning_with_its_place(warnings_of_the_build):
    node = nodes.math("", r"\frac{1}{2")
    html = katex_static._typeset(node, node.astext(), display=False)
    ((message, where),) = warnings_of_the_build
    assert "end of input" in message
    assert where["location"] is node
    assert html == r'<code class="katex-error">\frac{1}{2</code>'


def test_what_stands_for_a_refused_formula_cannot_become_html(warnings_of_the_build):
    html = katex_static._typeset(nodes.math(), r"{<b>", display=False)
    assert "&lt;b&gt;" in html
    assert len(warnings_of_the_build) == 1


def test_a_good_formula_warns_of_nothing(warnings_of_the_build):
    assert "katex" in katex_static._typeset(nodes.math(), "x", display=False)
    assert warnings_of_the_build == []


@pytest.mark.parametrize(
    ("formula", "fetched"), [(nodes.math(), 2), (nodes.math_block(), 2), (nodes.Text("x"), 0)]
)
def test_fonts_are_fetched_early_only_where_a_page_has_formulas(formula, fetched):
    doctree = nodes.paragraph("", "", formula)
    context = {"pathto": lambda name, resource: f"../{name}"}
    katex_static.preload_fonts(SimpleNamespace(), "page", "page.html", context, doctree)
    links = context.get("metatags", "")
    assert links.count('rel="preload"') == fetched
    for font in katex_static.FIRST_FONTS:
        assert (ROOT / "_static" / "vendor" / "katex" / "fonts" / f"KaTeX_{font}.woff2").exists()


@pytest.mark.parametrize(
    ("tex", "text", "kept", "rest"),
    [
        ("z_i^2", ". So it lies", ".", " So it lies"),
        ("n", "-dimensional", "-", "dimensional"),
        ("x", ").", ").", ""),
    ],
)
def test_punctuation_stays_on_the_line_of_the_short_formula_before_it(tex, text, kept, rest):
    paragraph = nodes.paragraph("", "", nodes.Text("with "), nodes.math(tex, tex), nodes.Text(text))
    katex_static.keep_punctuation(None, paragraph, "page")
    inline = paragraph[1]
    assert inline["classes"] == ["math-kept"]
    assert [type(child) for child in inline] == [nodes.math, nodes.Text]
    assert (inline[0].astext(), inline[1].astext()) == (tex, kept)
    assert "".join(child.astext() for child in paragraph[2:]) == rest


@pytest.mark.parametrize(
    ("tex", "text"),
    [
        ("x", " and more"),
        (r"\sgima", "."),
    ],
)
def test_a_formula_before_a_word_and_one_that_is_wrong_stay_as_they_are(tex, text):
    paragraph = nodes.paragraph("", "", nodes.math(tex, tex), nodes.Text(text))
    katex_static.keep_punctuation(None, paragraph, "page")
    assert [type(child) for child in paragraph] == [nodes.math, nodes.Text]
    assert paragraph.astext() == tex + text


@pytest.mark.parametrize("sign", [",", ".", ";", ":", "!", "?", ")", "]", "…", "’", "”", "-", ")."])
def test_a_long_formula_ends_with_the_punctuation_after_it(sign):
    tex = r"\theta_{k+1} = \theta_k - \alpha \nabla J(\theta_k)"
    paragraph = nodes.paragraph("", "", nodes.math(tex, tex), nodes.Text(f"{sign} with"))
    katex_static.keep_punctuation(None, paragraph, "page")
    assert [type(child) for child in paragraph] == [nodes.math, nodes.Text]
    assert paragraph[0].astext() == rf"{tex}\text{{{sign}}}"
    assert paragraph[1].astext() == " with"
    last = render(paragraph[0].astext(), display=False).split('class="base"')[-1]
    assert sign in last.replace("<span>", "")


def test_a_formula_at_the_end_of_its_paragraph_stays_as_it_is():
    paragraph = nodes.paragraph("", "", nodes.math("x", "x"))
    katex_static.keep_punctuation(None, paragraph, "page")
    assert [type(child) for child in paragraph] == [nodes.math]


@pytest.mark.parametrize(
    ("tex", "breaks"),
    [
        (r"a = b, \qquad c = d", 1),
        (r"a, \quad b, \quad c", 2),
        (r"\text{no \quad break}", 0),
        (r"\left( a \qquad b \right)", 0),
        (r"\begin{aligned} a &= b, \qquad c \\ d &= e \end{aligned}", 0),
        (r"\sqrt{a \qquad b}", 0),
    ],
)
def test_a_displayed_formula_can_be_broken_after_a_wide_space_outside_of_brackets(tex, breaks):
    assert render(tex, display=True).count("<br>") == breaks
    assert "<br>" not in render(tex, display=False)
