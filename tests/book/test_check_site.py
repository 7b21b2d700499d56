"""The check of the built site finds every kind of problem, and nothing in a page that is whole."""

import pytest

from tools.check_site import main, problems

WHOLE = """<!doctype html><html lang="en"><head><title>t</title><link rel="stylesheet" href="_static/a.css">
<link rel="canonical" href="https://example.org/"></head><body><h1 id="top">T</h1>
<a href="https://example.org/">out</a> <a href="#top">up</a> <a href="b.html#there">b</a> <a href="mailto:a@b.c">m</a>
<img src="_static/logo.svg" alt=""><img src="_images/x.svg" alt="A curve that falls to zero">
<script>document.createElementNS("http://www.w3.org/2000/svg", "g")</script></body></html>"""


@pytest.fixture
def site(tmp_path):
    """Return a function that makes a site whose first page has something added."""

    def make(addition="", **files):
        for folder in ("_static", "_images"):
            (tmp_path / folder).mkdir()
        texts = {"_static/logo.svg": "", "_images/x.svg": "", "_static/a.css": "p{x:url(b.png)}"}
        texts |= {"a.html": WHOLE + addition, "b.html": '<p id="there">b</p>'}
        texts |= {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}
        for name, text in texts.items():
            (tmp_path / name).write_text(text, encoding="utf8")
        return tmp_path

    return make


def test_a_site_that_is_whole_has_no_problem(site, capsys):
    folder = site()
    assert list(problems(folder)) == []
    assert main([str(folder)]) == 0
    assert "2 pages" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("addition", "problem"),
    [
        ('<script src="https://cdn.example/x.js"></script>', "loads from another host: https://cdn"),
        ('<script src="//cdn.example/x.js"></script>', "loads from another host: //cdn"),
        ('<link rel="preconnect" href="https://fonts.example">', "loads from another host"),
        ('<link href="https://x.example/a.css" rel="alternate stylesheet">', "loads from another host"),
        ('<img alt="A curve that falls" src="http://x.example/a.png">', "loads from another host"),
        (
            '<img alt="A curve that falls" srcset="b.html 1x, //x.example/a.png 2x">',
            "loads from another host",
        ),
        ('<iframe src="https://x.example/"></iframe>', "loads from another host"),
        ('<p style="background: url(https://x.example/a.png)">', "a style loads from another host"),
        ("<style>@import '//x.example/a.css';</style>", "a style loads from another host"),
        ("<script>fetch('https://x.example/a.json')</script>", "a script names another host"),
        ("<script>import(`//x.example/a.js`)</script>", "a script names another host"),
        ('<a href="missing.html">m</a>', "leads nowhere: missing.html"),
        ('<a href="b.html#missing">m</a>', "leads to no place in the page: b.html#missing"),
        ('<a href="#missing">m</a>', "leads to no place in the page: #missing"),
        ('<img src="_images/missing.svg" alt="A curve that falls">', "leads nowhere: _images/missing.svg"),
        ('<img src="_images/x.svg">', "has no alt text"),
        ('<img src="_images/x.svg" alt="">', "does not say what it shows"),
        ('<img src="_images/x.svg" alt="../_images/3f2a.svg">', "does not say what it shows"),
        ('<img src="_images/x.svg" alt="the figure">', "does not say what it shows"),
        ('<code class="katex-error">x</code>', "formulas were not typeset"),
        ("<script>window.MathJax = {}</script>", "a remainder of MathJax"),
        ('<script src="_static/require.js"></script>', "a remainder of require.js"),
        ('<p id="top">again</p>', "has the id 'top' 2 times"),
    ],
)
def test_each_kind_of_problem_is_found(site, addition, problem, capsys):
    folder = site(addition)
    assert any(problem in found and found.startswith("a.html: ") for found in problems(folder))
    assert main([str(folder)]) == 1
    assert problem in capsys.readouterr().out


def test_style_sheets_and_scripts_are_read_too(site):
    css, script = (
        "p{x:url('https://x.example/f.woff2')}/* url(https://y.example) */",
        'load("https://x.example/z.js")',
    )
    found = list(problems(site(_static__a_dot_css=css, _static__b_dot_js=script)))
    assert found == [
        "_static/a.css: a style loads from another host: https://x.example/f.woff2",
        "_static/b.js: a script names another host: https://x.example/z.js",
    ]


def test_an_empty_folder_is_a_problem(tmp_path):
    assert main([str(tmp_path)]) == 1
