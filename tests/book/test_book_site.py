"""The parts of the site's extensions, one by one."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def extensions(monkeypatch):
    """Let the extensions be imported as Sphinx imports them."""
    monkeypatch.syspath_prepend(str(ROOT / "_ext"))


@pytest.fixture
def book_site():
    import book_site

    return book_site


@pytest.fixture
def slimming():
    import slimming

    return slimming


@pytest.fixture
def git(tmp_path, monkeypatch):
    """Return a function that runs git in an empty repository."""
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "a")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "a@b.example")

    def run(*arguments, date="2001-02-03T12:00:00+00:00"):
        monkeypatch.setenv("GIT_AUTHOR_DATE", date)
        monkeypatch.setenv("GIT_COMMITTER_DATE", date)
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    run("init", "-q")
    return run


# Dates


def test_a_date_is_that_of_the_last_commit_of_the_file(book_site, git, tmp_path):
    folder = tmp_path / "pages"
    folder.mkdir()
    for name, date in [("old.md", "2001-02-03"), ("new ü.md", "2004-05-06")]:
        (folder / name).write_text(date, encoding="utf8")
        git("add", ".")
        git("commit", "-qm", name, date=f"{date}T12:00:00+00:00")
    assert book_site.dates_in_git(folder) == {"old.md": "2001-02-03", "new ü.md": "2004-05-06"}


def test_there_are_no_dates_without_git_and_none_that_a_shallow_clone_would_make_up(book_site, git, tmp_path):
    assert book_site.dates_in_git(tmp_path.parent) == {} or not (tmp_path.parent / ".git").exists()
    assert book_site.dates_in_git(tmp_path / "missing") == {}
    for text in "ab":
        (tmp_path / "page.md").write_text(text)
        git("add", ".")
        git("commit", "-qm", text)
    git("clone", "-q", "--depth=1", tmp_path.as_uri(), str(tmp_path / "shallow"))
    assert book_site.dates_in_git(tmp_path) == {"page.md": "2001-02-03"}
    assert book_site.dates_in_git(tmp_path / "shallow") == {}


# Pictures


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (b'<svg xmlns="x" width="72pt" height="36.0pt" viewBox="0 0 72 36">', (96, 48)),
        (b'<?xml version=\'1.0\'?>\n<svg height="10px" width="20px">', (20, 10)),
        (b'<svg viewBox="0 0 1 1">', None),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\0\0\0\0\x80", (256, 128)),
        (b"something else", None),
    ],
)
def test_the_size_of_a_picture_is_read_from_its_head(book_site, content, size, tmp_path):
    path = tmp_path / "picture"
    path.write_bytes(content)
    assert book_site.picture_size(path) == size


def test_a_picture_gets_its_size_once_and_keeps_one_that_the_author_gave(book_site, tmp_path):
    path = tmp_path / "a.svg"
    path.write_text('<svg width="72pt" height="36pt">')
    sources = {"a.svg": path}
    sized = book_site.with_size('<img alt="x" src="_images/a.svg" />', sources)
    assert sized == '<img alt="x" src="_images/a.svg" loading="lazy" width="96" height="48" />'
    assert book_site.with_size(sized, sources) == sized
    given = book_site.with_size('<img src="_images/a.svg" width="5" >', sources)
    assert given == '<img src="_images/a.svg" width="5" loading="lazy" />'


# Style sheets


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        (".used{a:b}.unused{a:b}", ".used{a:b}"),
        (".used,.unused,p{a:b}", ".used,p{a:b}"),
        (".used .unused{a:b}#unused{a:b}#used{a:b}", "#used{a:b}"),
        ("p:not(.unused){a:b}", "p:not(.unused){a:b}"),
        ('p[class*="unused"]{a:b}', 'p[class*="unused"]{a:b}'),
        ("@media print{.unused{a:b}}@media print{.used{a:b}}", "@media print{.used{a:b}}"),
        ("@keyframes fa-spin{to{a:b}}@keyframes own{to{a:b}}", "@keyframes own{to{a:b}}"),
        ("@font-face{font-family:x}/* gone */", "@font-face{font-family:x}"),
        ('.used:before{content:"}.unused{"}', '.used:before{content:"}.unused{"}'),
    ],
)
def test_only_rules_that_cannot_match_are_purged(slimming, css, kept):
    assert slimming.purge(css, {"used"}).replace("\n", "") == kept


def test_words_are_found_in_markup_and_in_what_scripts_may_write(slimming):
    page = """<p class="one two" id='three'>four</p><script>write(`<i class=\\"five">`, "six")</script>"""
    words = slimming.words_in([page], "toggle('seven-eight')")
    assert {"one", "two", "three", "five", "six", "seven-eight"} <= words
    assert "four" not in words


def test_a_sheet_keeps_its_addresses_when_it_moves_and_takes_in_what_it_imports(slimming, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "main.css").write_text('@import "../base.css";\nq{x:url(../img/y.png)}')
    (tmp_path / "base.css").write_text("p{x:url('z.png');y:url(data:abc)}")
    css = slimming.read_sheet(tmp_path, "a/main.css")
    assert css == 'p{x:url("z.png");y:url(data:abc)}\nq{x:url("img/y.png")}'


def test_a_font_keeps_only_the_characters_asked_for(slimming, tmp_path):
    from fontTools.ttLib import TTFont

    source = ROOT / "_static" / "vendor" / "katex" / "fonts" / "KaTeX_Main-Regular.woff2"
    small, glyphs = slimming.cut_font(source, set(map(ord, "abc\U0001f600")))
    (tmp_path / "small.woff2").write_bytes(small)
    assert glyphs == 3
    assert set(TTFont(tmp_path / "small.woff2").getBestCmap()) == set(map(ord, "abc"))
    assert len(small) < source.stat().st_size / 5


def test_characters_of_a_page_are_those_that_a_reader_sees(slimming):
    page = "<script>xyz</script><p class='q'>a &lt; b</p>"
    assert slimming.visible_characters([page]) == set(map(ord, "a < b"))


# Pages that are no more


@pytest.mark.parametrize("error", [None, RuntimeError()])
def test_pages_of_removed_chapters_go_with_a_build_that_succeeds(book_site, tmp_path, error):
    kept = [
        "a.html",
        "_sources/a.ipynb",
        "part/v1.2.html",
        "_sources/part/v1.2.md",
        "genindex.html",
        "_static/x.html",
    ]
    stale = ["old.html", "_sources/old.md", "part/old.html", "_sources/part/old.ipynb", "_sources/drawn.md"]
    for name in kept + stale:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    app = SimpleNamespace(outdir=str(tmp_path), env=SimpleNamespace(found_docs={"a", "part/v1.2"}))
    book_site.drop_stale_pages(app, error)
    left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(kept + stale if error else kept)


def test_a_site_without_sources_is_left_alone(book_site, tmp_path):
    book_site.drop_stale_pages(
        SimpleNamespace(outdir=str(tmp_path), env=SimpleNamespace(found_docs=set())), None
    )
    assert list(tmp_path.iterdir()) == []
