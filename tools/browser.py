"""Find and start Chromium, for the checks that need to see a page as a reader does."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from playwright.sync_api import Browser, Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


def installed() -> str | None:
    """Return the path of a Chromium: the one named by the variable CHROMIUM, or the first that is installed."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def find(playwright: Playwright) -> str | None:
    """Return the path of a Chromium that is installed, or else of the one that Playwright has fetched, or None."""
    fetched = playwright.chromium.executable_path
    return installed() or (fetched if Path(fetched).exists() else None)


def chromium() -> str | None:
    """Return the path of a Chromium, as `find` does, where no Playwright runs yet."""
    if installed():
        return installed()
    with sync_playwright() as playwright:
        return find(playwright)


def launch(playwright: Playwright) -> Browser:
    """Start a headless Chromium.

    Raises
    ------
    RuntimeError
        If there is none on this machine.
    """
    path = find(playwright)
    if path is None:
        raise RuntimeError(
            "no Chromium found; install one, or run `playwright install chromium`, or name its path in the variable "
            "CHROMIUM"
        )
    return playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
