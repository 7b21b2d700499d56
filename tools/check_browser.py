"""Look at the built site as readers do, in headless Chromium, and hold it against the book's rules.

    python -m tools.check_browser _build/html [--screenshots DIR] [--only TEXT]

On every page, in the light and the dark theme, on a desktop and on a phone: no violation found by axe-core, no
script error, no request that fails or leaves the site, every picture drawn, nothing wider than the phone; and without
scripts, nothing to read is missing. On one page, the theme switch does what it says, and the next load remembers it.
On a page of 80 displayed equations, built for this alone: the budget of requests, bytes, layout shift, blocked time.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from tools import heavy_page
from tools.browser import launch
from tools.server import serving

ROOT = Path(__file__).resolve().parent.parent
THEMES = ("light", "dark")
VIEWPORTS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
QUIET_MILLISECONDS = 500  # after the load: time for late shifts and tasks
PATIENCE_MILLISECONDS = 3000  # for what should come at once
SWITCHED = {"auto light", "light light", "dark dark"}  # mode and theme, where the system's theme is light
SEARCH = "search.html?q=matrix"
RUNS = 5  # the median of fewer is at the mercy of what else the machine does

OPEN_EVERYTHING = """() => {
  document.querySelectorAll("details").forEach((details) => (details.open = true));
  document.querySelectorAll(".toggle-button-hidden").forEach((button) => button.click());
  document.querySelectorAll("img").forEach((image) => (image.loading = "eager"));
  document.head.append(document.createRange().createContextualFragment(
    "<style>*, ::before, ::after { transition: none !important; animation: none !important; }</style>"
  ));
}"""
# axe takes long over many small elements, so it sees fewer: of the visible half of a formula, which is hidden from
# screen readers, only the width; of the words of code, a few of each colour and place.
THIN_OUT = """() => {
  const formulas = [...document.querySelectorAll(".katex-html")];
  const widths = formulas.map((formula) => formula.scrollWidth);
  formulas.forEach((formula, i) => {
    formula.replaceChildren();
    formula.style.cssText = `display: inline-block; height: 1em; width: ${widths[i]}px`;
  });
  const seen = {};
  document.querySelectorAll(".highlight pre span").forEach((word) => {
    const kind = word.className + Boolean(word.closest(".cell_output"));
    seen[kind] = (seen[kind] ?? 0) + 1;
    if (seen[kind] > 5) word.replaceWith(...word.childNodes);
  });
}"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
BROKEN_PICTURES = """() => [...document.images].filter((image) => !(image.complete && image.naturalWidth))
  .map((image) => image.src.slice(0, 200))"""
# What a reader without scripts does not see, folded parts aside.
MISSING = """() => {
  const main = document.querySelector("article, main") ?? document.body;
  const folded = "details:not([open]) > :not(summary), nav ul ul, .onlyprint, [hidden], noscript";
  const isSeen = (part) => part.getBoundingClientRect().width > 0 &&
    part.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const parts = [...main.querySelectorAll("h1, h2, h3, p, table, .katex-html")];
  const missing = parts.filter((part) => part.textContent.trim() && !part.closest(folded) && !isSeen(part));
  const waits = main.innerText.match(/\\bloading *(\\.{3}|\u2026)/i) ?? [];
  return [...missing.map((part) => `${part.tagName.toLowerCase()}: ${part.textContent.trim().slice(0, 60)}`), ...waits];
}"""
NEXT_THEME = "document.querySelector('.theme-switch-button')?.click()"
THEME = "() => { const { mode, theme } = document.documentElement.dataset; return `${mode} ${theme}`; }"
OBSERVE = """
window.measured = { shift: 0, blocked: 0 };
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  if (!entry.hadRecentInput) measured.shift += entry.value;
})).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => list.getEntries().forEach((entry) => {
  measured.blocked += Math.max(0, entry.duration - 50);
})).observe({ type: "longtask", buffered: true });
"""


@dataclass(frozen=True)
class Cost:
    """What loading a page takes.

    Parameters
    ----------
    requests : int
        Number of files.
    kilobytes : float
        Transferred, compressed, with headers; thousands of bytes.
    shift : float
        Cumulative layout shift.
    blocked : float
        Milliseconds beyond 50 in each long task of the page's main thread.
    """

    requests: int
    kilobytes: float
    shift: float
    blocked: float

    def __str__(self) -> str:
        """Say it in one line."""
        return (
            f"{self.requests} requests, {self.kilobytes:.0f} kB, layout shift {self.shift:.5f}, "
            f"{self.blocked:.0f} ms blocked"
        )


BUDGET = Cost(requests=35, kilobytes=350, shift=0.001, blocked=200)


# Every page


def pages_of(site: Path) -> list[str]:
    """Return the addresses of a site's pages, relative to its root; the search with something to find."""
    paths = (path.relative_to(site) for path in sorted(site.rglob("*.html")))
    pages = [path.as_posix() for path in paths if path.parts[0] not in {"_static", "_sources"}]
    redirects = {"index.html"} if "intro.html" in pages else set()
    return [SEARCH if page == "search.html" else page for page in pages if page not in redirects]


def check_pages(browser: Browser, address: str, names: list[str], screenshots: Path | None) -> Iterator[str]:
    """Yield what is wrong on the pages of a site that is being served, and where it was seen."""
    for name in names:
        seen: dict[str, list[str]] = {}
        for device, viewport in VIEWPORTS.items():
            page = browser.new_page(viewport=viewport, color_scheme=THEMES[0])
            pictures = screenshots / f"{page_slug(name)}-{device}" if screenshots else None
            for theme, finding in check_page(page, address, name, pictures):
                seen.setdefault(finding, []).append(f"{theme} {device}")
            page.close()
        for finding, places in seen.items():
            yield f"{name} ({', '.join(places)}): {finding}"
        yield from (f"{name} (without scripts): {finding}" for finding in missing(browser, address + name))


def missing(browser: Browser, url: str) -> list[str]:
    """Return what is not seen of a page where scripts are off."""
    page = browser.new_page(viewport=VIEWPORTS["desktop"], java_script_enabled=False)
    page.goto(url, wait_until="load")
    found = page.evaluate(MISSING)
    page.close()
    return [f"does not show {part}" for part in found]


def check_switch(browser: Browser, url: str) -> Iterator[str]:
    """Press the button that switches themes until it comes round; yield where page or memory do not follow."""
    page = browser.new_page(viewport=VIEWPORTS["desktop"], color_scheme="light")
    page.goto(url, wait_until="load")
    states = [page.evaluate(THEME)]
    for _ in range(2):
        page.evaluate(NEXT_THEME)
        states.append(page.evaluate(THEME))
        page.reload(wait_until="load")
        if page.evaluate(THEME) != states[-1]:
            yield f"the theme {states[-1]!r} is forgotten at the next load"
    if set(states) != SWITCHED:
        yield f"the theme switch leads through {', '.join(states)}"
    page.close()


def check_page(page: Page, address: str, name: str, pictures: Path | None) -> Iterator[tuple[str, str]]:
    """Load a page once, look at it in each theme, and yield what is wrong, with the theme."""
    trouble = watch(page, address)
    page.goto(address + name, wait_until="load")
    if name == SEARCH and not comes_true(page, "document.querySelector('#search-results li')"):
        trouble.append("the search finds nothing")
    page.evaluate(OPEN_EVERYTHING)
    page.wait_for_load_state("networkidle")
    if (excess := page.evaluate(OVERFLOW)) > 0:
        trouble.append(f"the page is {excess} pixels wider than the window")
    trouble += [f"a picture is not drawn: {source}" for source in page.evaluate(BROKEN_PICTURES)]
    yield from ((THEMES[0], finding) for finding in dict.fromkeys(trouble))
    if pictures:
        save_pictures(page, pictures)
    page.evaluate(THIN_OUT)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        if not comes_true(page, f"document.documentElement.dataset.theme === '{theme}'"):
            yield theme, "the page does not follow the system's theme"
        yield from ((theme, finding) for finding in violations(page))


def comes_true(page: Page, condition: str) -> bool:
    """Wait a while for a condition, in JavaScript; tell whether it came true."""
    try:
        page.wait_for_function(condition, timeout=PATIENCE_MILLISECONDS)
    except PlaywrightTimeout:
        return False
    return True


def page_slug(name: str) -> str:
    """Return a file name for a page.

    Examples
    --------
    >>> page_slug("chapters/reference/claims.html"), page_slug("search.html?q=matrix")
    ('chapters-reference-claims', 'search')
    """
    return name.split("?")[0].removesuffix(".html").replace("/", "-")


def save_pictures(page: Page, stem: Path) -> None:
    """Save the whole page as a picture, in each theme."""
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.screenshot(path=f"{stem}-{theme}.png", full_page=True)


def watch(page: Page, address: str) -> list[str]:
    """Return a list that fills with script errors and with requests that fail or leave the site."""
    trouble: list[str] = []

    def see_request(url: str) -> None:
        if not url.startswith((address, "data:", "blob:")):
            trouble.append(f"asks another host: {url}")

    def see_response(status: int, url: str) -> None:
        if status >= 400:
            trouble.append(f"gets {status} for {url}")

    page.on("request", lambda request: see_request(request.url))
    page.on("response", lambda response: see_response(response.status, response.url))
    page.on("requestfailed", lambda request: trouble.append(f"cannot load {request.url}"))
    page.on("pageerror", lambda error: trouble.append(f"script error: {error}"))
    page.on("console", lambda said: trouble.append(f"console: {said.text}") if said.type == "error" else None)
    return trouble


def violations(page: Page) -> Iterator[str]:
    """Yield what axe-core finds on a page."""
    options = {"runOnly": {"type": "tag", "values": AXE_TAGS}, "resultTypes": ["violations"]}
    for violation in Axe().run(page, options=options).response["violations"]:
        places = [" ".join(map(str, node["target"])) for node in violation["nodes"]]
        shown = "; ".join(places[:3]) + (f"; and {len(places) - 3} more" if len(places) > 3 else "")
        yield f"axe {violation['id']}: {violation['help']}: {shown}"


def axe_version() -> str:
    """Return the version of axe-core."""
    return re.search(r"axe v([\d.]+)", Axe().axe_script[:200])[1]


# The budget


def measure(browser: Browser, url: str) -> Cost:
    """Load a page with an empty cache and return what it took."""
    context = browser.new_context(viewport=VIEWPORTS["desktop"])
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[int] = []
    embedded: set[str] = set()  # what is part of another file is no request

    def see_request(event: dict) -> None:
        if event["request"]["url"].startswith("data:"):
            embedded.add(event["requestId"])

    def see_end(event: dict) -> None:
        if event["requestId"] not in embedded:
            sizes.append(event["encodedDataLength"])

    network.on("Network.requestWillBeSent", see_request)
    network.on("Network.loadingFinished", see_end)
    page.add_init_script(OBSERVE)
    page.goto(url, wait_until="load")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(QUIET_MILLISECONDS)
    measured = page.evaluate("window.measured")
    context.close()
    return Cost(len(sizes), sum(sizes) / 1000, measured["shift"], measured["blocked"])


def median_cost(costs: list[Cost]) -> Cost:
    """Return the median of each part."""
    return Cost(*(statistics.median(getattr(cost, field.name) for cost in costs) for field in fields(Cost)))


def over_budget(cost: Cost) -> Iterator[str]:
    """Yield the parts of a cost that are above the budget; shift and blocked time must be below it."""
    for field in fields(Cost):
        spent, allowed = getattr(cost, field.name), getattr(BUDGET, field.name)
        if spent > allowed or (spent == allowed and field.name in {"shift", "blocked"}):
            yield f"the page of formulas is over its budget: {field.name} {spent:g}, allowed {allowed:g}"


def check_budget(browser: Browser) -> Iterator[str]:
    """Build the page of formulas, measure it, and yield what is over the budget."""
    with serving(heavy_page.build(ROOT / "_build" / "heavy")) as address:
        cost = median_cost([measure(browser, address + "heavy.html") for _ in range(RUNS)])
    print(f"page of formulas: {cost}")
    yield from over_budget(cost)


def main(arguments: list[str] | None = None) -> int:
    """Check a built site; print the findings and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("site", type=Path, help="the folder of the built site")
    parser.add_argument("--screenshots", type=Path, help="keep a picture of every page in this folder")
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="check pages with this in their address, no budget"
    )
    options = parser.parse_args(arguments)
    names = [name for name in pages_of(options.site) if options.only in name]
    if not names:
        parser.error(f"no page in {options.site}")
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, serving(options.site) as address:
        browser = launch(playwright)
        findings = list(check_pages(browser, address, names, options.screenshots))
        if not options.only:
            findings += check_switch(browser, address + names[0])
            findings += check_budget(browser)
        browser.close()
    print(
        "\n".join(findings)
        or f"{len(names)} pages, two themes, two widths, axe-core {axe_version()}: nothing found"
    )
    return bool(findings)


if __name__ == "__main__":
    sys.exit(main())
