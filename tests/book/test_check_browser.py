"""The check in the browser finds what it must, and the page of formulas is as heavy as it says."""

from dataclasses import replace

import pytest

from tools import check_browser
from tools.browser import chromium
from tools.check_browser import BUDGET, Cost, main, median_cost, over_budget
from tools.formulas import formulas
from tools.heavy_page import N_DISPLAYED, N_INLINE, heavy_page
from tools.katex import render

NEEDS_CHROMIUM = pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")
GOOD = """<!doctype html><html lang="en"><head><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><script>
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => (document.documentElement.dataset.theme = dark.matches ? "dark" : "light");
dark.addEventListener("change", follow); follow();
</script><style>[data-theme=dark] body { background: #111; color: #eee }</style></head>
<body><main><h1>A page</h1>%s</main></body></html>"""


def check(tmp_path, addition, capsys):
    (tmp_path / "page.html").write_text(GOOD % addition, encoding="utf8")
    status = main([str(tmp_path), "--only", "page"])
    return status, capsys.readouterr().out


@NEEDS_CHROMIUM
def test_nothing_is_found_on_a_good_page_and_its_pictures_are_kept(tmp_path, capsys):
    (tmp_path / "page.html").write_text(GOOD % "<p>Text.</p>", encoding="utf8")
    shots = tmp_path / "shots"
    assert main([str(tmp_path), "--only", "page", "--screenshots", str(shots)]) == 0
    assert len(list(shots.glob("page-*-*.png"))) == 4


@NEEDS_CHROMIUM
@pytest.mark.parametrize(
    ("addition", "finding"),
    [
        ("<script>missing()</script>", "script error"),
        ("<script>console.error('oh')</script>", "console: oh"),
        ("<script src='missing.js'></script>", "gets 404"),
        ("<img alt='A curve that falls' src='https://elsewhere.example/a.png'>", "asks another host"),
        ("<p style='width: 500px'>wide</p>", "pixels wider than the window"),
        ("<button></button>", "axe button-name"),
        (
            "<style>[data-theme=dark] p { color: #222 }</style><p>Text.</p>",
            "(dark desktop, dark phone): axe color-contrast",
        ),
        ("<script>dark.removeEventListener('change', follow)</script>", "does not follow the system's theme"),
    ],
)
def test_each_kind_of_finding_is_reported(tmp_path, addition, finding, capsys):
    status, printed = check(tmp_path, addition, capsys)
    assert status == 1
    assert finding in printed


def test_a_cost_within_the_budget_is_accepted_and_each_part_above_it_is_not():
    assert list(over_budget(BUDGET)) == []
    for part in ("requests", "kilobytes", "shift", "blocked"):
        found = list(over_budget(replace(BUDGET, **{part: 1.01 * getattr(BUDGET, part)})))
        assert len(found) == 1
        assert part in found[0]


def test_the_budget_is_the_one_that_the_book_promises():
    assert Cost(requests=35, kilobytes=350, shift=0.001, blocked=200) == BUDGET


def test_the_median_is_taken_part_by_part():
    costs = [Cost(1, 30, 0.1, 9), Cost(2, 10, 0.3, 9), Cost(3, 20, 0.2, 0)]
    assert median_cost(costs) == Cost(2, 20, 0.2, 9)


def test_the_page_of_formulas_has_as_many_as_it_says_and_all_can_be_typeset():
    found = list(formulas(heavy_page()))
    assert sum(formula.display for formula in found) == N_DISPLAYED == 80
    assert sum(not formula.display for formula in found) == N_INLINE == 320
    assert all(render(formula.tex, display=formula.display) for formula in found)


def test_the_search_is_asked_for_something_and_redirects_are_left_out(tmp_path):
    for name in ("index.html", "intro.html", "search.html", "_static/x.html", "a/b.html"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.touch()
    assert check_browser.pages_of(tmp_path) == ["a/b.html", "intro.html", check_browser.SEARCH]
