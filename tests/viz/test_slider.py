"""The slider is one self-contained output that works by mouse, by keyboard, without scripts and in every theme."""

import gzip
import re

import matplotlib.pyplot as plt
import numpy as np
import pytest
from playwright.sync_api import sync_playwright
from runmath.viz import slider
from runmath.viz.slider import SCRIPT

from tools.browser import chromium, launch

NEEDS_CHROMIUM = pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")


def wave(ax, n):
    x = np.linspace(0, 1, 200)
    ax.plot(x, np.sin(n * x))


def make(values=(1, 2, 3), **options):
    arguments = {
        "name": "frequency",
        "caption": "A wave.",
        "alt": lambda n: f"A sine wave of frequency {n} on [0, 1].",
    }
    return slider(wave, values, **(arguments | options))


def test_the_same_input_gives_the_same_bytes():
    assert make()._repr_html_() == make()._repr_html_()


def test_only_the_still_frame_is_visible_before_the_script_runs():
    html = make(start=1)._repr_html_()
    images = re.findall(r"<img [^>]*>", html)
    assert [" hidden" in image for image in images] == [True, False, True]
    assert "<div hidden" in html


def test_nothing_is_loaded_from_anywhere():
    html = make()._repr_html_()
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)"', html))
    assert "http" not in re.sub(r'src="[^"]*"', "", html)


def test_a_slider_of_twenty_line_plots_is_light_and_its_script_small():
    assert len(gzip.compress(make(range(1, 21))._repr_html_().encode())) < 150_000
    assert len(SCRIPT) < 1500


def test_figures_are_closed_after_drawing_and_after_a_failure():
    def fail(ax, n):
        raise RuntimeError("cannot draw")

    before = plt.get_fignums()
    make()
    with pytest.raises(RuntimeError, match="cannot draw"):
        slider(fail, [1, 2], name="n", caption="c", alt=lambda n: "x" * 20)
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"values": (1,)}, "`values` must hold at least two"),
        ({"start": 3}, "`start` must be between 0 and 2"),
        ({"caption": " "}, "`caption` must say something"),
        ({"name": ""}, "`name` must say something"),
        ({"alt": lambda n: "plot"}, "`alt` must say in 20 characters"),
    ],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


def test_texts_are_escaped():
    html = make(name="a < b", caption='"c" & d')._repr_html_()
    assert "a &lt; b" in html
    assert "&quot;c&quot; &amp; d" in html


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def page_of(browser, tmp_path):
    """Return a function that opens sliders as a local file, with the network off."""

    def open_page(*sliders, scripts=True):
        path = tmp_path / "page.html"
        body = "".join(widget._repr_html_() for widget in sliders)
        path.write_text(
            f"<!doctype html><html lang='en'><title>t</title><main>{body}</main></html>", encoding="utf8"
        )
        context = browser.new_context(java_script_enabled=scripts, offline=True)
        page = context.new_page()
        page.goto(path.as_uri())
        return page

    return open_page


@NEEDS_CHROMIUM
def test_keys_move_the_slider_and_change_picture_label_and_alt(page_of):
    page = page_of(make())
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    shown = page.locator("img:visible")
    assert shown.count() == 1
    assert shown.get_attribute("alt") == "A sine wave of frequency 2 on [0, 1]."
    assert page.locator("output").inner_text() == "2"
    assert page.get_by_role("slider").get_attribute("aria-valuetext") == "2"
    page.keyboard.press("End")
    assert page.locator("img:visible").get_attribute("data-label") == "3"


@NEEDS_CHROMIUM
def test_play_moves_and_pause_stops(page_of):
    page = page_of(make())
    page.get_by_role("button", name="Play").click()
    assert page.locator("output").inner_text() == "2"
    page.wait_for_function("document.querySelector('output').textContent == '3'", timeout=5000)
    page.get_by_role("button", name="Pause").click()
    stopped = page.locator("output").inner_text()
    page.wait_for_timeout(900)
    assert page.locator("output").inner_text() == stopped


@NEEDS_CHROMIUM
def test_two_sliders_are_independent(page_of):
    page = page_of(make(), make(start=2))
    page.get_by_role("slider").first.press("ArrowRight")
    assert page.locator("output").all_inner_texts() == ["2", "3"]


@NEEDS_CHROMIUM
def test_frames_have_one_size_so_that_nothing_moves(page_of):
    page = page_of(make())
    heights = set()
    for _ in range(3):
        heights.add(page.locator("figure").bounding_box()["height"])
        page.get_by_role("slider").press("ArrowRight")
    assert len(heights) == 1


@NEEDS_CHROMIUM
def test_without_scripts_one_still_picture_and_the_caption_are_seen(page_of):
    page = page_of(make(start=1), scripts=False)
    assert page.locator("img:visible").get_attribute("data-label") == "2"
    assert page.locator("img:visible").count() == 1
    assert not page.locator("input").is_visible()
    assert page.locator("figcaption").is_visible()
