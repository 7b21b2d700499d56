"""Check the pages of the built site, without a browser: they must stand alone and be whole.

    python -m tools.check_site _build/html

A problem is: a script, style, font or picture that comes from another host, in pages, style sheets and scripts; a link
or an anchor that leads nowhere; a picture without a text that says what it shows; a formula that was not typeset; a
remainder of MathJax, thebe or RequireJS; an id that a page has twice. `tools.check_browser` checks the rest.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# What a browser loads by itself, and where its address stands.
LOADING = {
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
    "stylesheet", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch", "icon", "manifest"
}  # fmt: skip
REMAINDERS = re.compile(r"MathJax|THEBE_JS_URL|require(?:\.min)?\.js|requirejs")
FOREIGN = re.compile(r"(?:https?:)?//", re.IGNORECASE)
CSS_ADDRESS = re.compile(r"""(?:url\(\s*|@import\s+)["']?([^"')\s;]+)""", re.IGNORECASE)
SCRIPT_ADDRESS = re.compile(r"""["'`]((?:https?:)?//[\w.-]+\.\w[^"'`\s]*)""")
NAMESPACES = ("http://www.w3.org/",)  # names, never fetched
FILE_NAME = re.compile(r"\.(?:svg|png|jpe?g|gif|webp)$|^(?:\.\./)*_images/", re.IGNORECASE)
MIN_ALT_WORDS = 3
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
    untypeset: int = 0

    def __post_init__(self) -> None:
        """Read the page."""
        super().__init__()
        self._raw: list[str] | None = None  # where the text of the element at hand goes
        self.feed(self.text)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note what an element has."""
        values = {name: value or "" for name, value in attributes}
        self.ids.update(filter(None, [values.get("id")]))
        self.styles += filter(None, [values.get("style")])
        self.untypeset += "katex-error" in values.get("class", "").split()
        self.loads += [address for name in LOADING.get(tag, ()) for address in _addresses(values, name)]
        if tag == "link" and LOADING_RELATIONS & set(values.get("rel", "").split()):
            self.loads.append(values.get("href", ""))
        if tag in {"a", "area"} and "href" in values:
            self.links.append(values["href"])
        if tag == "img":
            self.pictures.append(values)
        self._raw = {"style": self.styles, "script": self.scripts}.get(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note that an element ends."""
        self._raw = None

    def handle_data(self, data: str) -> None:
        """Keep the text of styles and scripts."""
        if self._raw is not None:
            self._raw.append(data)


def _addresses(values: dict[str, str], name: str) -> list[str]:
    """Return the addresses in an attribute; ``srcset`` has several, each with a size."""
    value = values.get(name, "")
    parts = value.split(",") if name == "srcset" and not value.startswith("data:") else [value]
    return [part.split()[0] for part in parts if part.strip()]


def problems(site: Path) -> Iterator[str]:
    """Yield what is wrong in a built site."""
    site = site.resolve()
    pages = {path: Page(path.read_text(encoding="utf8")) for path in page_paths(site)}
    for path, page in pages.items():
        found = [
            *foreign_loads(page),
            *dead_addresses(path, page, pages),
            *poor_pictures(page),
            *damage(page),
        ]
        yield from (f"{path.relative_to(site).as_posix()}: {problem}" for problem in dict.fromkeys(found))
    for path in sorted([*site.rglob("*.css"), *site.rglob("*.js")]):
        text = path.read_text(encoding="utf8")
        found = foreign_in_styles(text) if path.suffix == ".css" else foreign_in_script(text)
        yield from (f"{path.relative_to(site).as_posix()}: {problem}" for problem in found)


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
    """Yield the addresses of other hosts in a style sheet."""
    addresses = CSS_ADDRESS.findall(re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    yield from (
        f"a style loads from another host: {address}" for address in addresses if FOREIGN.match(address)
    )


def foreign_in_script(code: str) -> Iterator[str]:
    """Yield the addresses of other hosts among the strings of a script, whatever it does with them."""
    for address in SCRIPT_ADDRESS.findall(re.sub(r"/\*.*?\*/", "", code, flags=re.DOTALL)):
        if not address.startswith(NAMESPACES):
            yield f"a script names another host: {address[:SHOWN]}"


def dead_addresses(path: Path, page: Page, pages: dict[Path, Page]) -> Iterator[str]:
    """Yield the links and loads of a page that lead to no file or to no place in it."""
    for address in [*page.links, *page.loads]:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            yield f"leads nowhere: {address}"
        elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].ids:
            yield f"leads to no place in the page: {address}"


def poor_pictures(page: Page) -> Iterator[str]:
    """Yield the pictures without a text that says what they show; the site's own ornaments need none."""
    for picture in page.pictures:
        source, alt = picture.get("src", ""), picture.get("alt")
        if alt is None:
            yield f"a picture has no alt text: {source[:SHOWN]}"
        elif "_static/" not in source and (FILE_NAME.search(alt) or len(alt.split()) < MIN_ALT_WORDS):
            yield f"a picture's alt text {alt!r} does not say what it shows: {source[:SHOWN]}"


def damage(page: Page) -> Iterator[str]:
    """Yield formulas that were not typeset, remainders of scripts that the book does not use, and repeated ids."""
    if page.untypeset:
        yield f"{page.untypeset} formulas were not typeset"
    remainders = (match[0] for text in [*page.scripts, *page.loads] for match in REMAINDERS.finditer(text))
    yield from (f"has a remainder of {remainder}" for remainder in remainders)
    yield from (f"has the id {name!r} {times} times" for name, times in page.ids.items() if times > 1)


def main(arguments: list[str]) -> int:
    """Print what is wrong in the site; return the exit status."""
    site = Path(arguments[0] if arguments else "_build/html")
    count = len(page_paths(site))
    found = list(problems(site)) if count else [f"there is no page in {site}"]
    print("\n".join(found) or f"{count} pages: every link leads somewhere, and nothing comes from elsewhere")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
