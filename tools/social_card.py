"""Draw the picture that stands for the book where a page of it is shared.

    python -m tools.social_card

Needs Chromium, on the maintainer's machine alone: the picture is committed.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.browser import launch

STATIC = Path(__file__).resolve().parent.parent / "_static"
SIZE = {"width": 1200, "height": 630}  # what social networks ask for
PAGE = """
<style>
  @font-face {{ font-family: Source; src: url({static}/vendor/source-serif/regular.woff2); }}
  @font-face {{ font-family: Source; font-weight: 600; src: url({static}/vendor/source-serif/semibold.woff2); }}
  body {{ margin: 0; height: 630px; box-sizing: border-box; padding: 0 96px; display: flex; align-items: center;
         gap: 64px; background: #f5f7f9; border-bottom: 24px solid #17466b; font-family: Source; color: #1f2730; }}
  img {{ width: 260px; }}
  h1 {{ font-size: 96px; font-weight: 600; line-height: 1; margin: 0 0 32px; }}
  p {{ font-size: 38px; line-height: 1.3; margin: 0; color: #515c69; }}
</style>
<img src="{static}/logo.svg" /><div><h1>Run the Math</h1>
<p>Executable notes on machine learning,<br />from linear algebra to diffusion</p></div>
"""


def main() -> None:
    """Write ``_static/social-card.png``."""
    source = STATIC / "social-card.html"
    source.write_text(PAGE.format(static=STATIC.as_uri()), encoding="utf8")
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            page = browser.new_page(viewport=SIZE)
            page.goto(source.as_uri())
            page.screenshot(path=STATIC / "social-card.png")
            browser.close()
    finally:
        source.unlink()


if __name__ == "__main__":
    main()
