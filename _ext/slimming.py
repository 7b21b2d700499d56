"""Make one small style sheet and one script of the many that the theme and the extensions bring.

The theme's own assets are some twenty files and 1.5 MB of icons, of which a page uses little. After the build

- all style sheets become ``_static/site.<digest>.css``, without rules for classes that occur on no page;
- all scripts that every page loads become ``_static/site.<digest>.js``, which runs after the page is parsed;
- the icon fonts are cut down to the icons in use and put into the style sheet; the fonts of formulas are cut down
  to the characters in use;
- what then is loaded by no page is deleted.

`_templates/layout.html` loads the two files.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import logging
import posixpath
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import tinycss2
from docutils import nodes
from fontTools import subset
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

ICONS = "vendor/fontawesome/6.5.2"
THEME_SHEETS = (
    "styles/theme.css",
    "styles/bootstrap.css",
    "styles/pydata-sphinx-theme.css",
    f"{ICONS}/css/all.min.css",
)
THEME_SCRIPTS = ("scripts/bootstrap.js", "scripts/pydata-sphinx-theme.js")
# Tabs of sphinx-design, which the book does not use: the script must be an element of its own.
DROPPED_SCRIPTS = ("design-tabs.js",)
PAGE_NAME = (
    "DOCUMENTATION_OPTIONS.pagename"  # written into every page, for a feature that the book does not use
)
LEFTOVERS = (
    "vendor/fontawesome",
    "styles",
    "scripts",
    "locales",
    "webpack-macros.html",
    "sbt-webpack-macros.html",
)
ICON_FAMILIES = re.compile(r'font-family:\s*"?Font Awesome\\? 6 (?:Free|Brands)')
SMALL_FONT = 2000  # bytes
BUNDLE = re.compile(r"_static/site(?:\.[0-9a-f]{8})?\.(css|js)")
IMPORT = re.compile(r"""@import\s+(?:url\()?["']([^"']+)["']\)?;""")
URL = re.compile(r"url\(\s*['\"]?(?!data:|#)([^'\")]+)['\"]?\s*\)")


def load_only_own_scripts(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Leave to a page's own head the scripts that only this page loads."""
    common = {script.filename for script in app.builder._orig_js_files}
    context["script_files"] = [
        script for script in context["script_files"] if script.filename and script.filename not in common
    ]


def slim(app: Sphinx, error: Exception | None) -> None:
    """Bundle style sheets and scripts, cut down fonts, and delete what is left over."""
    builder = app.builder
    static = Path(app.outdir) / "_static"
    if error or builder.format != "html":
        return
    if (static / THEME_SHEETS[0]).exists():  # else no page was written, and the bundles are as they were
        bundle(app, static)
    delete_leftovers(builder, static)


def bundle(app: Sphinx, static: Path) -> None:
    """Make the bundles, link the pages to them, and cut down the fonts of formulas."""
    pages = {path: path.read_text(encoding="utf8") for path in site_pages(Path(app.outdir))}
    cut_formula_fonts(Path(app.srcdir) / "_static", static, visible_characters(pages.values()))
    script = bundle_scripts(app.builder, static)
    sheet = bundle_sheets(app.builder, static, words_in(pages.values(), script))
    digests = {"css": save_bundle(static, sheet, "css"), "js": save_bundle(static, script, "js")}
    for path, text in pages.items():
        linked = BUNDLE.sub(lambda match: f"_static/site.{digests[match[1]]}.{match[1]}", text)
        if linked != text:
            path.write_text(linked, encoding="utf8")


def site_pages(folder: Path) -> Iterator[Path]:
    """Yield the pages of a built site."""
    for path in sorted(folder.rglob("*.html")):
        if path.relative_to(folder).parts[0] not in {"_static", "_sources"}:
            yield path


def save_bundle(static: Path, content: str, suffix: str) -> str:
    """Write a bundle under a name that changes with its content; return what changes in the name."""
    for old in static.glob(f"site.*.{suffix}"):
        old.unlink()
    digest = hashlib.sha256(content.encode()).hexdigest()[:8]
    (static / f"site.{digest}.{suffix}").write_text(content, encoding="utf8")
    return digest


# Scripts


def bundle_scripts(builder: StandaloneHTMLBuilder, static: Path) -> str:
    """Return the scripts that every page loads: settings written out in the page first, then files in their order."""
    scripts = list(builder._js_files)
    settings = [body for script in scripts if PAGE_NAME not in (body := script.attributes.get("body", ""))]
    names = [str(script.filename).removeprefix("_static/") for script in scripts if script.filename]
    kept = (name for name in [*names, *THEME_SCRIPTS] if name not in DROPPED_SCRIPTS)
    parts = [*settings, *((static / name).read_text(encoding="utf8") for name in kept)]
    unmapped = (
        re.sub(r"^//# sourceMappingURL=.*$", "", part, flags=re.MULTILINE) for part in dict.fromkeys(parts)
    )
    return "\n;\n".join(unmapped)


# Style sheets


def bundle_sheets(builder: StandaloneHTMLBuilder, static: Path, words: set[str]) -> str:
    """Return the rules that some page may need, of all style sheets in their order."""
    own = (str(sheet.filename).removeprefix("_static/") for sheet in builder._css_files)
    css = "".join(read_sheet(static, name) for name in dict.fromkeys([*THEME_SHEETS, *own]))
    return embed_small_fonts(embed_icons(purge(css, words), static), static)


def read_sheet(static: Path, name: str) -> str:
    """Return a style sheet with its imports in place, and with addresses relative to the static folder."""
    folder = posixpath.dirname(name)
    css = (static / name).read_text(encoding="utf8").replace('@charset "UTF-8";', "")
    own, imported = (parts := IMPORT.split(css))[::2], parts[1::2]
    own = [URL.sub(lambda match: f'url("{_resolve(folder, match[1])}")', part) for part in own]
    imported = [read_sheet(static, _resolve(folder, address)) for address in imported]
    return "".join(before + sheet for before, sheet in zip(own, [*imported, ""], strict=True))


def _resolve(folder: str, address: str) -> str:
    return posixpath.normpath(posixpath.join(folder, address))


def words_in(pages: Any, script: str) -> set[str]:
    """Return a superset of the classes and ids that occur on pages or may be set by scripts."""
    words = set(re.findall(r"[\w-]+", script))
    for page in pages:
        for names in re.findall(r"""\b(?:class|id)=\\?["']([^"']*)""", page):
            words.update(names.split())
        for code in re.findall(r"<script[^>]*>(.*?)</script>", page, re.DOTALL):
            words.update(re.findall(r"[\w-]+", code))
    return words


def purge(css: str, words: set[str]) -> str:
    """Return a style sheet without the rules that need a class or an id not among the words."""
    rules = tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)
    return "".join(_purged(rules, words))


def _purged(rules: list, words: set[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [part for part in _split(rule.prelude) if _may_match(part, words)]
            if selectors:
                prelude = ",".join(tinycss2.serialize(part).strip() for part in selectors)
                yield f"{prelude}{{{_squeezed(rule.content)}}}\n"
        elif rule.type == "at-rule" and rule.lower_at_keyword in {"media", "supports"}:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            kept = "".join(_purged(inner, words))
            if kept:
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}\n"
        elif rule.type == "at-rule" and not _is_unused_animation(rule, words):
            yield rule.serialize() + "\n"


def _is_unused_animation(rule: tinycss2.ast.AtRule, words: set[str]) -> bool:
    """Tell whether a rule is one of the animations of icons, which go by the names of their classes."""
    name = tinycss2.serialize(rule.prelude).strip()
    return rule.lower_at_keyword.endswith("keyframes") and name.startswith("fa-") and name not in words


def _split(prelude: list) -> Iterator[list]:
    """Yield the selectors of a list separated by commas."""
    part: list = []
    for token in prelude:
        if token == ",":
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _may_match(selector: list, words: set[str]) -> bool:
    """Tell whether all classes and ids that a selector demands occur, not looking into :not() and :is()."""
    for before, token in zip([None, *selector], selector, strict=False):
        named = token.type == "hash" or (token.type == "ident" and before == ".")
        if named and token.value not in words:
            return False
    return True


def _squeezed(content: list) -> str:
    return re.sub(
        r"\s+", " ", tinycss2.serialize([token for token in content if token.type != "comment"])
    ).strip()


# Fonts


def embed_icons(css: str, static: Path) -> str:
    """Put the icons in use into the style sheet, and drop the fonts of the others."""
    used = {ord(character) for character in css if 0xE000 <= ord(character) <= 0xF8FF}
    used |= {int(code, 16) for code in re.findall(r"\\([0-9a-f]{4})\b", css)}
    seen = set()

    def embedded(match: re.Match) -> str:
        face = match[0]
        if ICONS not in face:
            return face
        name = re.search(rf"{ICONS}/webfonts/[\w-]+\.woff2", face)[0]
        if name in seen or not ICON_FAMILIES.search(face):
            return ""
        seen.add(name)
        font, glyphs = cut_font(static / name, used)
        if not glyphs:
            return ""
        return re.sub(r"src:[^;}]*", f'src:url("{_data_address(font)}") format("woff2")', face)

    current = re.sub(
        r"(Font Awesome\\?) 5 ", r"\1 6 ", css
    )  # sphinx-book-theme still asks for the older name
    return re.sub(r"@font-face\s*\{[^}]*\}", embedded, current)


def embed_small_fonts(css: str, static: Path) -> str:
    """Put the fonts into the style sheet that are smaller than what a request costs."""

    def embedded(match: re.Match) -> str:
        font = (static / match[1]).read_bytes()
        return f'url("{_data_address(font)}")' if len(font) <= SMALL_FONT else match[0]

    return re.sub(r'url\("([^":]+\.woff2)"\)', embedded, css)


def _data_address(font: bytes) -> str:
    return f"data:font/woff2;base64,{base64.b64encode(font).decode()}"


def cut_font(path: Path, characters: set[int]) -> tuple[bytes, int]:
    """Return a woff2 font that has only the given characters, and how many of them it has."""
    options = subset.Options(flavor="woff2", hinting=False, ignore_missing_unicodes=True, notdef_outline=True)
    font = subset.load_font(io.BytesIO(path.read_bytes()), options)
    present = characters & set(font.getBestCmap())
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=present)
    subsetter.subset(font)
    target = io.BytesIO()
    subset.save_font(font, target, options)
    font.close()
    return target.getvalue(), len(present)


def cut_formula_fonts(source: Path, static: Path, characters: set[int]) -> None:
    """Cut KaTeX's fonts down to the characters on the pages."""
    for path in sorted((source / "vendor" / "katex" / "fonts").glob("*.woff2")):
        font, _ = cut_font(path, characters)
        (static / path.relative_to(source)).write_bytes(font)


def visible_characters(pages: Any) -> set[int]:
    """Return the characters of the pages' texts."""
    texts = (re.sub(r"<(script|style)\b.*?</\1>|<[^>]*>", "", page, flags=re.DOTALL) for page in pages)
    return set(map(ord, set().union(*(html.unescape(text) for text in texts))))


def delete_leftovers(builder: StandaloneHTMLBuilder, static: Path) -> None:
    """Delete the assets that are now in the bundles."""
    assets = (str(asset.filename or "") for asset in [*builder._css_files, *builder._js_files])
    for name in [*LEFTOVERS, "basic.css", *(asset.removeprefix("_static/") for asset in assets if asset)]:
        path = static / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything, after all that adds or copies assets."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    app.connect("html-page-context", load_only_own_scripts, priority=950)
    app.connect("build-finished", slim, priority=950)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
