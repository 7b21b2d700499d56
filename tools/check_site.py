"""Check the pages of the built site, without a browser: they must stand alone and be whole.

    python -m tools.check_site _build/html

A problem is: a script, style, font or picture that comes from another host, in pages, style sheets, scripts and
vector pictures; a link or an anchor that leads nowhere, or out of the site; a picture without a text that says what it
shows; a formula that was not typeset; a remainder of MathJax, thebe, RequireJS, or the placeholder of the repository;
an id that a page has twice; a page without a title, a description, a language, or one heading above all others; a page
that is too heavy. `tools.check_browser` checks the rest.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import tinycss2

# What a browser loads by itself, and where its address stands.
LOADING = {
    "base": ("href",),  # loads nothing, but all that follows comes from there
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "input": ("src",),
    "image": ("href", "xlink:href"),
    "use": ("href", "xlink:href"),
}
LOADING_RELATIONS = {
    "stylesheet", "preload", "modulepreload", "prefetch", "prerender", "preconnect", "dns-prefetch", "manifest",
    "icon", "apple-touch-icon", "mask-icon",
}  # fmt: skip
REMAINDERS = re.compile(r"MathJax|thebe|require(?:\.min)?\.js|requirejs|OWNER/REPO", re.IGNORECASE)
RAW_FORMULA = re.compile(r"\\(?:[A-Za-z]{2,}|[()\[\]])|\$\$")  # in what a reader sees, outside of code
QUOTING = {"annotation", "code", "kbd", "pre", "samp", "script", "style", "template", "textarea"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
KATEX_RED = "color:#cc0000"  # KaTeX prints so what it does not support
FOREIGN = re.compile(r"\s*(?:https?:|wss?:|ftp:|[/\\]{2})", re.IGNORECASE)  # browsers read \ as /
SCRIPT_ADDRESS = re.compile(r"""["'`]((?:https?:)?//[\w.-]+\.\w[^"'`\s]*)""")
NAMESPACES = ("http://www.w3.org/",)  # names, never fetched
FILE_NAME = re.compile(r"\.(?:svg|png|jpe?g|gif|webp)$|^(?:\.\./)*_images/", re.IGNORECASE)
ORNAMENTS = re.compile(r"_static/(?:logo|favicon)\.svg$")  # say nothing that a text beside them does not say
MIN_ALT_WORDS = 3
EMPTY_WORD = re.compile(
    r"an?|the|of|my|this|fig(?:ure)?|image|picture|plot|graph|chart|diagram|output|png|svg"
)  # said of any picture
MIN_TELLING_WORDS = 2
SOURCELESS = {"search.html", "genindex.html"}  # made by Sphinx: no description
# The page of 80 displayed equations has 100 kB. What is above 150 kB takes a phone on slow 4G (1.6 Mbit/s) most of a
# second for the text alone: then a chapter should be two, or its figures files of their own.
MAX_PAGE_BYTES = 150_000
SHOWN = 200


@dataclass
class Page(HTMLParser):
    """What a page has that can be wrong.

    Parameters
    ----------
    text : str
        HTML.
    """

    text: str
    ids: Counter = field(default_factory=Counter)
    links: list[str] = field(default_factory=list)
    loads: list[str] = field(default_factory=list)
    pictures: list[dict[str, str]] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    language: str = ""
    title: str = ""
    headings: int = 0
    untypeset: int = 0
    raw_formulas: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Read the page."""
        super().__init__()
        self._open: list[tuple[str, str]] = []  # the elements around the place at hand: name and classes
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what an element has."""
        values = {name: value or "" for name, value in attributes}
        if tag not in VOID:
            self._open.append((tag, values.get("class", "")))
        self.ids.update(filter(None, [values.get("id")]))
        self.styles += filter(None, [values.get("style")])
        self.scripts += (value for name, value in values.items() if name.startswith("on"))
        self.untypeset += "katex-error" in values.get("class", "").split() or KATEX_RED in values.get(
            "style", ""
        )
        self.loads += [address for name in LOADING.get(tag, ()) for address in _addresses(values, name)]
        if "srcdoc" in values:
            self._take_in(Page(values["srcdoc"]))
        note = getattr(self, f"_note_{tag}", None)
        if note:
            note(values)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what an element has that is closed at once, as elements of SVG are."""
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note that an element ends, and with it those within that were left open."""
        names = [name for name, _ in self._open]
        if tag in names:
            del self._open[len(names) - 1 - names[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Keep the text of styles, scripts and the title; look for formulas that were left as they are."""
        within = self._open[-1][0] if self._open else ""
        if within in {"style", "script"}:
            {"style": self.styles, "script": self.scripts}[within].append(data)
        elif within == "title" and not self._inside({"svg"}):
            self.title += data
        elif RAW_FORMULA.search(data) and not self._inside(QUOTING):
            self.raw_formulas.append(data.strip())

    def _inside(self, names: set[str]) -> bool:
        return any(name in names for name, _ in self._open)

    def _take_in(self, page: Page) -> None:
        for part in ("loads", "styles", "scripts"):
            getattr(self, part).extend(getattr(page, part))

    def _note_html(self, values: dict[str, str]) -> None:
        self.language = values.get("lang", "")

    def _note_meta(self, values: dict[str, str]) -> None:
        self.meta[values.get("name", values.get("http-equiv", "")).lower()] = values.get("content", "")

    def _note_link(self, values: dict[str, str]) -> None:
        if LOADING_RELATIONS & set(values.get("rel", "").lower().split()):
            self.loads += [values.get("href", ""), *_addresses(values, "imagesrcset")]

    def _note_a(self, values: dict[str, str]) -> None:
        if "href" in values:
            self.links.append(values["href"])

    _note_area = _note_a

    def _note_img(self, values: dict[str, str]) -> None:
        self.pictures.append(values)

    def _note_h1(self, values: dict[str, str]) -> None:
        self.headings += not any("onlyprint" in classes.split() for _, classes in self._open)


def _addresses(values: dict[str, str], name: str) -> list[str]:
    """Return the addresses in an attribute; a set of sources has several, each with a size."""
    value = values.get(name, "")
    parts = value.split(",") if name.endswith("srcset") and not value.startswith("data:") else [value]
    return [part.split()[0] for part in parts if part.strip()]


def problems(site: Path) -> Iterator[str]:
    """Yield what is wrong in a built site."""
    site = site.resolve()
    pages = {path: Page(path.read_text(encoding="utf8")) for path in page_paths(site)}
    for path, page in pages.items():
        found = [
            *foreign_loads(page),
            *dead_addresses(site, path, page, pages),
            *poor_pictures(page),
            *damage(page),
            *poor_head(path, page),
            *overweight(page),
        ]
        yield from (f"{path.relative_to(site).as_posix()}: {problem}" for problem in dict.fromkeys(found))
    for path in sorted(path for kind in FOREIGN_IN for path in site.rglob(f"*{kind}")):
        for problem in FOREIGN_IN[path.suffix](path.read_text(encoding="utf8")):
            yield f"{path.relative_to(site).as_posix()}: {problem}"


def page_paths(site: Path) -> list[Path]:
    """Return the files of a site's pages."""
    paths = sorted(site.rglob("*.html"))
    return [path for path in paths if path.relative_to(site).parts[0] not in {"_static", "_sources"}]


def foreign_loads(page: Page) -> Iterator[str]:
    """Yield what a page loads from another host."""
    yield from (f"loads from another host: {address}" for address in page.loads if FOREIGN.match(address))
    for style in page.styles:
        yield from foreign_in_styles(style)
    for script in page.scripts:
        yield from foreign_in_script(script)


def foreign_in_styles(css: str) -> Iterator[str]:
    """Yield the addresses of other hosts in a style sheet, or in the value of an attribute."""
    for address in _style_addresses(tinycss2.parse_component_value_list(css)):
        if FOREIGN.match(address) and not address.startswith(NAMESPACES):
            yield f"a style loads from another host: {address[:SHOWN]}"


def _style_addresses(nodes: list[Any]) -> Iterator[str]:
    """Yield the addresses and strings of a style, but for those in a selector such as a[href^="https://"]."""
    for node in nodes:
        if node.type in {"url", "string"}:
            yield node.value
        elif node.type == "function":
            yield from _style_addresses(node.arguments)
        elif node.type in {"{} block", "() block"}:
            yield from _style_addresses(node.content)


def foreign_in_script(code: str) -> Iterator[str]:
    """Yield the addresses of other hosts among the strings of a script, whatever it does with them."""
    for address in SCRIPT_ADDRESS.findall(re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)):
        if not address.startswith(NAMESPACES):
            yield f"a script names another host: {address[:SHOWN]}"


FOREIGN_IN = {
    ".css": foreign_in_styles,
    ".js": foreign_in_script,
    ".svg": lambda text: foreign_loads(Page(text)),
}


def dead_addresses(site: Path, path: Path, page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """Yield the links and loads of a page that lead to no file of the site or to no place in it."""
    for address in [*page.links, *page.loads, *_redirection(page)]:
        parts = urlsplit(address)
        if parts.scheme == "file" or parts.hostname in {"localhost", "127.0.0.1"}:
            yield f"leads to the machine of whoever built the site: {address}"
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if not (target.is_file() and target.is_relative_to(site)):
            yield f"leads nowhere: {address}"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
            yield f"leads to no place in the page: {address}"


def _redirection(page: Page) -> list[str]:
    """Return where a page sends its readers at once."""
    return re.findall(r"url=(\S+)", page.meta.get("refresh", ""), re.IGNORECASE)


def poor_pictures(page: Page) -> Iterator[str]:
    """Yield the pictures without a text that says what they show."""
    for picture in page.pictures:
        source, alt = picture.get("src", ""), picture.get("alt")
        if alt is None:
            yield f"a picture has no alt text: {source[:SHOWN]}"
        elif not ORNAMENTS.search(source) and not says_something(alt, is_own="_static/" in source):
            yield f"a picture's alt text {alt!r} does not say what it shows: {source[:SHOWN]}"


def says_something(alt: str, *, is_own: bool = False) -> bool:
    """Tell whether a text can stand for a picture; for one of the site's own signs, a word may do.

    Examples
    --------
    >>> says_something("A curve that falls to zero"), says_something("a plot of the output")
    (True, False)
    """
    words = alt.lower().split()
    telling = [word for word in words if not EMPTY_WORD.fullmatch(word)]
    if FILE_NAME.search(alt) or not telling:
        return False
    return is_own or (len(words) >= MIN_ALT_WORDS and len(telling) >= MIN_TELLING_WORDS)


def damage(page: Page) -> Iterator[str]:
    """Yield formulas that were not typeset, remainders of what the book does not use, and repeated ids."""
    if page.untypeset:
        yield f"{page.untypeset} formulas were not typeset"
    yield from (f"shows the code of a formula: {text[:SHOWN]}" for text in page.raw_formulas)
    places = [*page.scripts, *page.loads, *page.links]
    remainders = (match[0] for text in places for match in REMAINDERS.finditer(text))
    yield from (f"has a remainder of {remainder}" for remainder in remainders)
    yield from (f"has the id {name!r} {times} times" for name, times in page.ids.items() if times > 1)


def poor_head(path: Path, page: Page) -> Iterator[str]:
    """Yield what a page lacks that search engines and screen readers ask for."""
    if "refresh" in page.meta:
        return
    if not page.title.strip():
        yield "has no title"
    if not page.language:
        yield "does not say its language"
    if not page.meta.get("description", "").strip() and path.name not in SOURCELESS:
        yield "has no description"
    if page.headings != 1:
        yield f"has {page.headings} headings of the first level, not 1"


def overweight(page: Page) -> Iterator[str]:
    """Yield a page's weight if it is too heavy."""
    size = len(gzip.compress(page.text.encode(), 6))
    if size > MAX_PAGE_BYTES:
        yield f"weighs {size / 1000:.0f} kB compressed, more than {MAX_PAGE_BYTES / 1000:.0f}"


def main(arguments: list[str]) -> int:
    """Print what is wrong in the site; return the exit status."""
    site = Path(arguments[0] if arguments else "_build/html")
    count = len(page_paths(site))
    found = list(problems(site)) if count else [f"there is no page in {site}"]
    print("\n".join(found) or f"{count} pages: every link leads somewhere, and nothing comes from elsewhere")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
