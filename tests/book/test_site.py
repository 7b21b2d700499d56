"""The site is built from pages as its extensions promise, with and without known addresses."""

import re

import pytest
from nbformat import v4, writes

from tools import check_site, small_book

BOOK = {
    "home.md": "# Home\n\nA formula $x^2$ and a [link](lesson.ipynb).\n",
    "lesson.ipynb": writes(
        v4.new_notebook(
            cells=[
                v4.new_markdown_cell(
                    "# Lesson\n\nSee {eq}`eq-a` and {prf:ref}`thm-a`.\n\n"
                    "$$\na = \\sqrt{b}\n$$ (eq-a)\n\n"
                    ":::{prf:theorem} Name\n:label: thm-a\n\nTrue.\n:::\n\n"
                    "![A square that is blue all over](_static/logo.svg)"
                )
            ],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        )
    ),
}
ADDRESSES = {
    "BOOK_REPO_URL": "https://github.com/someone/something",
    "BOOK_SITE_URL": "https://somewhere.example/book",
    "BOOK_JUPYTERHUB_URL": "https://hub.example",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Return a site whose addresses are not known."""
    return small_book.build(tmp_path_factory.mktemp("plain"), BOOK)


@pytest.fixture(scope="module")
def placed(tmp_path_factory):
    """Return a site whose addresses are known."""
    return small_book.build(tmp_path_factory.mktemp("placed"), BOOK, **ADDRESSES)


def read(site, name):
    return (site / name).read_text(encoding="utf8")


def links(html):
    return re.findall(r'<a\s[^>]*href="(https?://[^"]*)"', html)


# Addresses


def test_without_an_address_there_is_no_button_no_sitemap_and_no_card_picture(plain):
    lesson = read(plain, "lesson.html")
    assert "OWNER" not in lesson
    assert links(lesson) == []
    assert 'property="og:title"' in lesson
    assert not re.search(r'property="og:(?:url|image)"|rel="canonical"', lesson)
    assert not (plain / "sitemap.xml").exists()


def test_with_an_address_there_are_all_buttons(placed):
    repository = ADDRESSES["BOOK_REPO_URL"]
    found = links(read(placed, "lesson.html"))
    assert "https://mybinder.org/v2/gh/someone/something/main?urlpath=lab/tree/lesson.ipynb" in found
    assert "https://colab.research.google.com/github/someone/something/blob/main/lesson.ipynb" in found
    assert any(link.startswith("https://hub.example/hub/user-redirect/git-pull?") for link in found)
    assert repository in found
    assert f"{repository}/edit/main/lesson.ipynb" in found
    assert any(link.startswith(f"{repository}/issues/new") for link in found)


def test_with_an_address_there_is_a_sitemap_and_a_card(placed):
    site = ADDRESSES["BOOK_SITE_URL"]
    assert f"<loc>{site}/lesson.html</loc>" in read(placed, "sitemap.xml")
    lesson = read(placed, "lesson.html")
    assert f'<meta property="og:url" content="{site}/lesson.html"' in lesson
    assert f'<meta property="og:image" content="{site}/_static/social-card.png"' in lesson
    assert (placed / "_static" / "social-card.png").exists()


@pytest.mark.parametrize("name", ["plain", "placed"])
def test_the_site_stands_alone_and_is_whole(name, request):
    assert list(check_site.problems(request.getfixturevalue(name))) == []


# Pages


def test_a_page_loads_one_style_sheet_and_one_script(plain):
    lesson = read(plain, "lesson.html")
    assert len(re.findall(r'rel="stylesheet"', lesson)) == 1
    assert len(re.findall(r"<script[^>]* src=", lesson)) == 1
    assert re.search(r'href="_static/site\.[0-9a-f]{8}\.css"', lesson)
    assert re.search(r'<script defer src="_static/site\.[0-9a-f]{8}\.js"', lesson)


def test_what_the_bundles_hold_is_not_there_twice(plain):
    names = {path.name for path in (plain / "_static").rglob("*")}
    assert not names & {"bootstrap.css", "basic.css", "book.css", "doctools.js", "all.min.js", "fontawesome"}


def test_statements_and_equations_are_numbered_and_can_be_referred_to(plain):
    lesson = read(plain, "lesson.html")
    assert 'href="#thm-a">Theorem 1.1</a>' in lesson
    assert re.search(r'href="#equation-eq-a">\(1\.1\)</a>', lesson)
    assert '<span class="eqno">(1.1)' in lesson


def test_a_page_offers_its_notebook(plain):
    assert 'href="_sources/lesson.ipynb"' in read(plain, "lesson.html")
    assert (plain / "_sources" / "lesson.ipynb").exists()


def test_pictures_wait_until_they_are_near_and_keep_their_place(plain):
    picture = re.search(r'<img[^>]*alt="A square[^>]*>', read(plain, "lesson.html"))[0]
    assert 'loading="lazy"' in picture


def test_the_build_fails_on_what_is_wrong_in_a_page_and_names_it(tmp_path):
    faults = {
        r"$\frac{1}{2$": "KaTeX parse error",
        r"$x \in \R$": "not known to JupyterLab's MathJax",
        "{eq}`eq-missing`": "eq-missing",
        "{cite}`missing2020`": "missing2020",
        "{term}`missing term`": "missing term",
        "[text](missing.md)": "missing.md",
        "![A picture of nothing](missing.png)": "missing.png",
    }
    page = "\n\n".join(["# Home", *faults])
    with pytest.raises(small_book.BuildError) as caught:
        small_book.build(tmp_path, {"home.md": page})
    assert [warning for warning in faults.values() if warning not in str(caught.value)] == []
