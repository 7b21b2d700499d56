"""The check in the browser finds what it must, and the page of formulas is as heavy as it says."""

from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
from playwright.sync_api import sync_playwright

from tools import check_browser
from tools.browser import chromium, find, launch
from tools.check_browser import BUDGET, Cost, main, median_cost, over_budget
from tools.formulas import formulas
from tools.heavy_page import N_DISPLAYED, N_INLINE, heavy_page
from tools.katex import render
from tools.server import serving

NEEDS_CHROMIUM = pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")
GOOD = """<!doctype html><html lang="en"><head><title>A page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,"><script>
const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => (document.documentElement.dataset.theme = dark.matches ? "dark" : "light");
dark.addEventListener("change", follow); follow();
</script><style>[data-theme=dark] body { background: #111; color: #eee }</style></head>
<body><main><h1>A page</h1>%s</main></body></html>"""


# What is wrong with the page, and what is found of it.
FAULTS = {
    "<script>absent()</script>": "script error: absent is not defined",
    "<script>console.error('oh')</script>": "console: oh",
    "<script src='absent.js'></script>": "gets 404",
    "<img alt='A curve that falls' src='https://elsewhere.example/a.png'>": "asks another host: https://elsewhere",
    "<img alt='A curve that rises' src='data:image/png;base64,AAAA'>": "a picture is not drawn: data:image/png",
    "<div style='width: 500px'>wide</div>": "pixels wider than the window",
    "<button></button>": "axe button-name",
    "<p class='grey'>Text.</p>": "(dark desktop, dark phone): axe color-contrast",
    "<p style='opacity: 0' class='late'>Fades in.</p><script>document.querySelector('.late').style = ''</script>": (
        "(without scripts): does not show p: Fades in."
    ),
    "<noscript>Loading ...</noscript>": "(without scripts): does not show Loading ...",
}
STYLE = "<style>[data-theme=dark] .grey { color: #222 }</style>"
SWITCH = """<button class="theme-switch-button">Theme</button><script>
const modes = ["auto", "dark", "light"], data = document.documentElement.dataset;
const show = (mode) => { data.mode = mode; data.theme = mode === "auto" ? "light" : mode; };
show(localStorage.getItem("mode") ?? "auto");
document.querySelector(".theme-switch-button").onclick = () => {
  show(modes[(modes.indexOf(data.mode) + 1) % 3]); localStorage.setItem("mode", data.mode);
};</script>"""


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def look(browser, tmp_path_factory):
    """Return a function that gives what is found on a page with something added."""

    def look(addition, screenshots=None):
        folder = tmp_path_factory.mktemp("site")
        (folder / "page.html").write_text(GOOD % addition, encoding="utf8")
        with serving(folder) as address:
            return list(check_browser.check_pages(browser, address, ["page.html"], screenshots))

    return look


@pytest.fixture(scope="module")
def found(look):
    """Return what is found on a page that has all faults at once."""
    return look(STYLE + "".join(FAULTS))


@NEEDS_CHROMIUM
def test_nothing_is_found_on_a_good_page_and_its_pictures_are_kept(look, tmp_path):
    folded = "<details><summary>More</summary><p>Text.</p></details>"
    formula = "<span class='katex-html'>p = 1</span>"
    contents = f"<nav><ul><li>One<ul style='display: none'><li>{formula}</li></ul></li></ul></nav>"
    assert look(STYLE + folded + contents, tmp_path) == []
    assert len(list(tmp_path.glob("page-*-*.png"))) == 4


@NEEDS_CHROMIUM
@pytest.mark.parametrize("finding", FAULTS.values())
def test_each_kind_of_fault_is_found(found, finding):
    assert sum(finding in line for line in found) == 1


@NEEDS_CHROMIUM
def test_a_page_that_does_not_follow_the_theme_is_found(look, monkeypatch):
    monkeypatch.setattr(check_browser, "PATIENCE_MILLISECONDS", 300)
    (finding,) = look("<script>dark.removeEventListener('change', follow)</script>")
    assert finding.endswith("(dark desktop, dark phone): the page does not follow the system's theme")


@NEEDS_CHROMIUM
@pytest.mark.parametrize(
    ("part", "change", "findings"),
    [
        ("", "", []),
        (
            "localStorage.setItem",
            "void ",
            ["the theme 'dark dark' is forgotten", "the theme 'dark dark' is forgotten", "leads through"],
        ),
        ("show(modes", "void (modes", ["leads through auto light, auto light, auto light"]),
    ],
)
def test_a_theme_switch_must_reach_both_themes_and_remember_them(browser, tmp_path, part, change, findings):
    (tmp_path / "page.html").write_text(GOOD % SWITCH.replace(part, change), encoding="utf8")
    with serving(tmp_path) as address:
        found = list(check_browser.check_switch(browser, address + "page.html"))
    assert len(found) == len(findings)
    assert all(said in line for said, line in zip(findings, found, strict=True))


@NEEDS_CHROMIUM
def test_the_cost_of_a_page_counts_its_files_and_what_moves_and_blocks_in_it(browser, tmp_path):
    busy = """<img alt='' src='data:,'><div id='late'></div><p>Text that is moved down.</p><script src='a.js'></script>
<script>setTimeout(() => {
  late.style.height = '300px'; const start = performance.now(); while (performance.now() - start < 150);
}, 200)</script>"""
    (tmp_path / "page.html").write_text(GOOD % busy, encoding="utf8")
    (tmp_path / "a.js").write_text(f"// {'a' * 200_000}", encoding="utf8")
    with serving(tmp_path) as address:
        cost = check_browser.measure(browser, address + "page.html")
    assert cost.requests == 2
    assert 1 < cost.kilobytes < 10  # compressed
    assert cost.shift > 0.001
    assert cost.blocked > 90


@NEEDS_CHROMIUM
def test_the_command_says_what_it_found(browser, tmp_path, capsys, monkeypatch):
    borrowed = SimpleNamespace(new_page=browser.new_page, close=lambda: None)
    monkeypatch.setattr(check_browser, "sync_playwright", nullcontext)  # one may run at a time
    monkeypatch.setattr(check_browser, "launch", lambda playwright: borrowed)
    page = tmp_path / "page.html"
    for addition, status, said in [
        ("", 0, "axe-core 4."),
        ("<button></button>", 1, "page.html (light desktop"),
    ]:
        page.write_text(GOOD % addition, encoding="utf8")
        assert main([str(tmp_path), "--only", "page"]) == status
        assert said in capsys.readouterr().out


def test_without_a_chromium_the_remedy_is_named(monkeypatch):
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", "")
    absent = SimpleNamespace(chromium=SimpleNamespace(executable_path="/absent"))
    with pytest.raises(RuntimeError, match="install one, or run"):
        launch(absent)


def test_a_chromium_is_the_one_named_or_an_installed_one_or_one_that_playwright_has(monkeypatch, tmp_path):
    fetched, installed = tmp_path / "fetched", tmp_path / "chromium"
    for path in (fetched, installed):
        path.touch(mode=0o755)
    playwright = SimpleNamespace(chromium=SimpleNamespace(executable_path=str(fetched)))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr("tools.browser.shutil.which", lambda name: None)
    assert find(playwright) == str(fetched)
    monkeypatch.setattr("tools.browser.shutil.which", {"chromium": str(installed)}.get)
    assert find(playwright) == str(installed)
    monkeypatch.setenv("CHROMIUM", "named")
    assert find(playwright) == "named"


def test_a_cost_within_the_budget_is_accepted_and_each_part_above_it_is_not():
    below = replace(BUDGET, shift=0.99 * BUDGET.shift, blocked=0.99 * BUDGET.blocked)
    assert list(over_budget(below)) == []
    assert len(list(over_budget(BUDGET))) == 2  # shift and blocked time must be below, not at, their limits
    for part in ("requests", "kilobytes", "shift", "blocked"):
        found = list(over_budget(replace(below, **{part: 1.01 * getattr(BUDGET, part)})))
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
