"""What the book's site does beyond its theme: addresses, dates, social cards, and repairs of the theme's pages.

The theme is sphinx-book-theme 1.1.4 on pydata-sphinx-theme 0.15.4, as Jupyter Book 1.0.4 sets it up.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

PLACEHOLDER = "OWNER/REPO"
REPOSITORY_BUTTONS = ("use_repository_button", "use_edit_page_button", "use_issues_button")
SOCIAL_CARD = "_static/social-card.png"


# Addresses


def set_addresses(app: Sphinx, config: Config) -> None:
    """Set the addresses of the repository and of the site; drop what needs an address that is not known."""
    options = config.html_theme_options
    options["repository_url"] = os.environ.get("BOOK_REPO_URL") or options.get("repository_url", "")
    hub = os.environ.get("BOOK_JUPYTERHUB_URL")
    if hub:
        options.setdefault("launch_buttons", {})["jupyterhub_url"] = hub
    if not options["repository_url"] or PLACEHOLDER in options["repository_url"]:
        for name in ("repository_url", "launch_buttons"):
            options.pop(name, None)
        options.update(dict.fromkeys(REPOSITORY_BUTTONS, False))
    site = (os.environ.get("BOOK_SITE_URL") or config.html_baseurl or "").rstrip("/")
    config.html_baseurl = config.ogp_site_url = f"{site}/" if site else ""
    config.ogp_image = SOCIAL_CARD if site else None


def drop_relative_card_address(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Take the page's address out of its social card where the site's address is not known."""
    if not app.config.html_baseurl:
        context["metatags"] = re.sub(r'<meta property="og:url"[^>]*>\n?', "", context.get("metatags", ""))


def write_sitemap(app: Sphinx, error: Exception | None) -> None:
    """Write sitemap.xml where the site's address is known."""
    site = app.config.html_baseurl
    if error or not site:
        return
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
    ]
    for docname in sorted(app.env.found_docs):
        address = escape(site + app.builder.get_target_uri(docname))
        date = last_changed(app, docname)
        lines.append(f"<url><loc>{address}</loc>{f'<lastmod>{date}</lastmod>' if date else ''}</url>")
    (Path(app.outdir) / "sitemap.xml").write_text("\n".join([*lines, "</urlset>", ""]), encoding="utf8")


def drop_stale_pages(app: Sphinx, error: Exception | None) -> None:
    """Remove the pages of documents that the book no longer has, and the sources that lie beside them."""
    sources = Path(app.outdir) / "_sources"
    for source in [] if error else sorted(sources.rglob("*")):
        docname = source.relative_to(sources).with_suffix("").as_posix()
        if source.is_file() and docname not in app.env.found_docs:
            source.unlink()
            (Path(app.outdir) / f"{docname}.html").unlink(missing_ok=True)


# Dates


def read_dates(app: Sphinx) -> None:
    """Remember when each source file was last committed."""
    app.book_dates = dates_in_git(Path(app.srcdir))


def dates_in_git(folder: Path) -> dict[str, str]:
    """Return the date of the last commit of every file below a folder; nothing where history is not complete."""

    def git(*arguments: str) -> str:
        command = ["git", "-c", "core.quotePath=false", *arguments]
        return subprocess.run(
            command, cwd=folder, check=True, capture_output=True, text=True, encoding="utf8"
        ).stdout

    try:
        if git("rev-parse", "--is-shallow-repository").strip() == "true":
            return {}
        log = git("log", "--format=:%as", "--name-only", "--relative", "--no-renames", "--", ".")
    except (OSError, subprocess.CalledProcessError):
        return {}
    dates, date = {}, ""
    for line in filter(None, log.splitlines()):
        if line.startswith(":"):
            date = line[1:]
        else:
            dates.setdefault(line, date)  # the newest commit comes first
    return dates


def last_changed(app: Sphinx, docname: str) -> str | None:
    """Return the date of a page's last commit, or None."""
    source = app.env.doc2path(docname, base=False)
    return app.book_dates.get(Path(source).as_posix())


def show_date(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Give the footer the date of the page's last commit."""
    context["last_updated"] = last_changed(app, pagename) if doctree is not None else None


# Assets


def load_own_assets(app: Sphinx, config: Config) -> None:
    """Load the book's own style sheet and script, where Jupyter Book would load whatever lies in _static.

    A change of any file that shapes the pages makes all pages be written anew, as a change of a setting does.
    """
    config.html_css_files = ["book.css"]
    config.html_js_files = ["book.js"]
    digest = hashlib.sha256()
    for folder in ("_ext", "_static", "_templates"):
        for path in sorted((Path(app.srcdir) / folder).rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.read_bytes())
    config.book_assets = digest.hexdigest()


# Repairs


def drop_thebe(app: Sphinx, config: Config) -> None:
    """Keep sphinx-thebe out of the pages.

    Jupyter Book loads it always; it needs a server, loads from another host and writes a constant twice, which is a
    script error on every page.
    """
    for listeners in app.events.listeners.values():
        for listener in list(listeners):
            if getattr(listener.handler, "__module__", "") == "sphinx_thebe":
                app.disconnect(listener.id)
    app.registry.css_files[:] = [entry for entry in app.registry.css_files if entry[0] != "sphinx-thebe.css"]


def mend_body(
    app: Sphinx, pagename: str, templatename: str, context: dict, doctree: nodes.document | None
) -> None:
    """Mend what the writers of pages get wrong: roles that mislead screen readers, and pictures of unknown size."""
    if doctree is None:
        return
    body = context["body"].replace('<summary aria-label="Toggle hidden content">', "<summary>")
    body = body.replace('<div role="list" class="citation-list">', '<div class="citation-list">')
    body = body.replace(' role="doc-biblioentry"', "")
    body = re.sub(
        r' id="(?:proof|(?:proof|exercise|solution)-content)"', "", body
    )  # each statement has these
    sources = {name: Path(app.srcdir) / path for path, name in app.builder.images.items()}
    context["body"] = re.sub(r"<img\b[^>]*>", lambda match: with_size(match[0], sources), body)


def with_size(tag: str, sources: dict[str, Path]) -> str:
    """Return an ``img`` element that is loaded when it comes near, and that takes its place before.

    Parameters
    ----------
    tag : str
        The element.
    sources : dict of str to Path
        The files of the page's pictures.
    """
    if "loading=" in tag:
        return tag
    attributes = ' loading="lazy"'
    source = sources.get(re.search(r'src="(?:[^"]*/)?([^"/]*)"', tag)[1])
    size = picture_size(source) if source and not re.search(r"\b(?:width|height|style)=", tag) else None
    if size:
        attributes += f' width="{size[0]}" height="{size[1]}"'
    return re.sub(r"\s*/?>$", f"{attributes} />", tag)


def picture_size(path: Path) -> tuple[int, int] | None:
    """Return width and height of an SVG or PNG file in CSS pixels, or None."""
    head = path.read_bytes()[:2048]
    if head.startswith(b"\x89PNG"):
        return int.from_bytes(head[16:20], "big"), int.from_bytes(head[20:24], "big")
    lengths = [
        re.search(rf'<svg[^>]*\s{name}="([\d.]+)(pt|px|)"'.encode(), head) for name in ("width", "height")
    ]
    if not all(lengths):
        return None
    width, height = (round(float(match[1]) * (4 / 3 if match[2] == b"pt" else 1)) for match in lengths)
    return width, height


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect everything."""
    app.connect("config-inited", set_addresses, priority=1)
    app.add_config_value("book_assets", "", "html")
    app.connect("config-inited", drop_thebe)
    app.connect("config-inited", load_own_assets)
    app.connect("builder-inited", read_dates)
    app.connect("html-page-context", show_date)
    app.connect("html-page-context", mend_body)
    app.connect("html-page-context", drop_relative_card_address, priority=900)
    app.connect("build-finished", write_sitemap)
    app.connect("build-finished", drop_stale_pages)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
