"""The check of the built site finds every kind of problem, and nothing in a page that is whole."""

import random
import string

import pytest

from tools.check_site import MAX_PAGE_BYTES, foreign_in_styles, main, problems, says_something

HEAD = '<!doctype html><html lang="en"><head><title>t</title><meta name="description" content="d">'
WHOLE = (
    HEAD
    + """<link rel="stylesheet" href="_static/a.css">
<link rel="canonical" href="https://example.org/"></head><body><div class="onlyprint"><h1>T</h1></div>
<h1 id="top">T</h1><p>See <code>\\frac</code> for 5 $.</p>
<a href="https://example.org/">out</a> <a href="#top">up</a> <a href="b.html#there">b</a> <a href="mailto:a@b.c">m</a>
<img src="_static/logo.svg" alt=""><img src="_images/x.svg" alt="A curve that falls to zero">
<script>document.createElementNS("http://www.w3.org/2000/svg", "g")</script></body></html>"""
)
SEND = '<meta http-equiv="Refresh" content="0; url=%s">'


@pytest.fixture
def site(tmp_path):
    """Return a function that makes a site whose first page has something added."""

    def make(addition="", **files):
        folder = tmp_path / "site"
        for name in ("_static", "_images"):
            (folder / name).mkdir(parents=True)
        (tmp_path / "outside.html").touch()
        texts = {"_static/logo.svg": "", "_images/x.svg": "", "_static/a.css": "p{x:url(b.png)}"}
        texts |= {"a.html": WHOLE + addition, "b.html": HEAD + '<h1 id="there">b</h1>'}
        texts |= {name.replace("__", "/").replace("_dot_", "."): text for name, text in files.items()}
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf8")
        return folder

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
        ("<style>@import url( 'https://x.example/a.css' );</style>", "a style loads from another host"),
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
        ('<base href="https://cdn.example/">', "loads from another host"),
        ('<link rel="APPLE-TOUCH-ICON" href="https://x.example/a.png">', "loads from another host"),
        ('<link rel="preload" imagesrcset="https://x.example/a.png 1x">', "loads from another host"),
        ('<video poster="https://x.example/a.png"></video>', "loads from another host"),
        (
            "<iframe srcdoc=\"<script src='https://x.example/a.js'></script>\"></iframe>",
            "loads from another host",
        ),
        ("<p onclick=\"fetch('https://x.example/')\">x</p>", "a script names another host"),
        ('<svg><image href="https://x.example/a.png"/></svg>', "loads from another host"),
        ('<a href="../outside.html">m</a>', "leads nowhere: ../outside.html"),
        ('<a href="http://localhost:8888/lab">m</a>', "leads to the machine of whoever built the site"),
        ('<a href="file:///home/me/a.html">m</a>', "leads to the machine of whoever built the site"),
        ('<div class="cell_output"><a href="b.html#missing">m</a></div>', "leads to no place in the page"),
        (SEND % "missing.html", "leads nowhere: missing.html"),
        ('<img src="_images/x.svg" alt="Plot of the output">', "does not say what it shows"),
        ('<img src="_static/a.css" alt="">', "does not say what it shows"),
        ('<span style="color:#cc0000">\\href</span>', "formulas were not typeset"),
        ("<p>where \\(x\\) is small</p>", "shows the code of a formula: where"),
        ("<p>$$ x = 1 $$</p>", "shows the code of a formula: $$ x"),
        ("<p>where $\\sigma_1$ is small</p>", "shows the code of a formula: where"),
        ('<script>const THEBE_JS_URL = "a.js"</script>', "a remainder of THEBE"),
        ('<a href="https://github.com/OWNER/REPO/issues">m</a>', "a remainder of OWNER/REPO"),
        ("<h1>A second one</h1>", "has 2 headings of the first level"),
    ],
)
def test_each_kind_of_problem_is_found(site, addition, problem, capsys):
    folder = site(addition)
    assert any(problem in found and found.startswith("a.html: ") for found in problems(folder))
    assert main([str(folder)]) == 1
    assert problem in capsys.readouterr().out


@pytest.mark.parametrize(
    ("part", "poorer", "problem"),
    [
        ("<title>t</title>", "<svg><title>t</title></svg>", "has no title"),
        ('content="d"', 'content=" "', "has no description"),
        (' lang="en"', "", "does not say its language"),
        ('<h1 id="top">', '<h2 id="top">', "has 0 headings"),
    ],
)
def test_a_page_must_say_what_it_is(site, part, poorer, problem):
    assert part in WHOLE
    found = list(problems(site(a_dot_html=WHOLE.replace(part, poorer))))
    assert len(found) == 1
    assert problem in found[0]


def test_the_pages_that_sphinx_makes_need_no_description_and_a_redirection_nothing(site):
    bare = HEAD.replace('content="d"', "") + "<h1>Search</h1>"
    assert list(problems(site(search_dot_html=bare, index_dot_html=SEND % "a.html"))) == []


def test_a_page_that_is_too_heavy_is_named_with_its_weight(site):
    noise = random.Random(0).choices(string.ascii_letters, k=2 * MAX_PAGE_BYTES)
    (found,) = problems(site("<p>" + "".join(noise)))
    assert found.startswith("a.html: weighs 2")
    assert found.endswith(" kB compressed, more than 150")


@pytest.mark.parametrize(
    "alt", ["", "figure", "my plot", "A picture of the graph", "plot of the loss", "loss curve over time.png"]
)
def test_a_text_that_fits_any_picture_says_nothing(alt):
    assert not says_something(alt)


def test_a_sign_of_the_site_may_be_named_by_a_word():
    assert says_something("Binder logo", is_own=True)
    assert not says_something("Binder logo")


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


@pytest.mark.parametrize(
    "css",
    [
        "@import url(https://x.example/a.css);",
        "@import 'https://x.example/a.css' print;",
        "@import/**/URL(//x.example/a.css);",
        "p{x:url(//x.example/a.png)}",
        "p{x:url(\\68ttps://x.example/a.png)}",
        "p{x:u\\72l(https:\\/\\/x.example/a.png)}",
        "p{x:url('\\\\\\\\x.example/a.png')}",
        "p{x:image-set('https://x.example/a.png' 1x)}",
        "@media print{p{x:url(HTTPS:x.example/a.png)}}",
        "p{y:'/*';x:url(https://x.example/a.png);z:'*/'}",
    ],
)
def test_every_way_in_which_a_style_can_load_is_known(css):
    (found,) = foreign_in_styles(css)
    assert "x.example/a." in found


@pytest.mark.parametrize(
    "css",
    [
        "/* @import url(https://x.example/a.css); */",
        "a[href^='https://']{x:y}",
        "p{x:url(data:image/png;base64,AA//)}",
        "p{x:url(\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>\")}",
        "@namespace svg url(http://www.w3.org/2000/svg);",
        "p{x:url(../a//b.png)}",
    ],
)
def test_a_style_that_loads_nothing_from_elsewhere_is_left_alone(css):
    assert list(foreign_in_styles(css)) == []


def test_vector_pictures_are_read_too(site):
    svg = "<svg><style>@import url(https://x.example/a.css);</style><use xlink:href='//x.example/b.svg#c'/></svg>"
    found = list(problems(site(_images__x_dot_svg=svg)))
    assert len(found) == 2
    assert all(problem.startswith("_images/x.svg: ") for problem in found)


def test_an_empty_folder_is_a_problem(tmp_path):
    assert main([str(tmp_path)]) == 1
