"""The slider is one self-contained output that works by mouse, by keyboard, without scripts and in every theme."""

import base64
import gzip
import io
import re
from functools import cache
from urllib.parse import unquote

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from runmath.viz import panels, slider
from runmath.viz.slider import FRAME_MILLISECONDS, SCRIPT
from runmath.viz.style import STYLE

from tools.browser import chromium, launch

NEEDS_CHROMIUM = pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine")


def wave(ax, n):
    x = np.linspace(0, 1, 200)
    ax.plot(x, np.sin(n * x))


def make(values=(1, 2, 3), draw=wave, **options):
    arguments = {
        "name": "frequency",
        "caption": "A wave.",
        "alt": lambda n: f"A sine wave of frequency {n} on [0, 1].",
    }
    return slider(draw, values, **(arguments | options))


@cache
def waves(start=0):
    """Return a slider drawn once, for the tests that only look."""
    return make(start=start)


def test_the_same_input_gives_the_same_bytes():
    assert make()._repr_html_() == make()._repr_html_()
    assert "metadata" not in waves()._repr_html_()  # where Matplotlib writes its version and the date


def test_the_output_is_html_with_a_text_that_names_the_frames():
    assert repr(waves()) == "Slider over frequency: 1, 2, 3. A wave."
    assert [name for name in dir(waves()) if name.startswith("_repr_")] == ["_repr_html_"]


def test_only_the_still_frame_is_visible_before_the_script_runs():
    html = waves(start=1)._repr_html_()
    images = re.findall(r"<img [^>]*>", html)
    assert ["display:none" in image for image in images] == [True, False, True]
    assert '<div style="display:none"' in html


def test_no_element_has_an_id_that_a_second_run_could_repeat():
    assert not re.search(r"\sid=", re.sub(r'src="[^"]*"', "", waves()._repr_html_()))


def test_the_controls_keep_their_keys_from_the_shortcuts_of_jupyterlab():
    """JupyterLab (Lumino) looks for this attribute on the focused element, not above it; seen by hand there."""
    controls = re.findall(r"<(?:button|input)[^>]*>", waves()._repr_html_())
    assert ["data-lm-suppress-shortcuts" in control for control in controls] == [True, True]


def test_figures_may_come_drawn_one_at_a_time_and_show_the_same_picture():
    def drawn():
        for n in (1, 2, 3):
            figure, ax = panels()
            wave(ax, n)
            yield figure
            assert not plt.fignum_exists(figure.number)

    with mpl.rc_context(STYLE):
        assert make(draw=drawn()) == waves()


def test_alternative_texts_may_come_as_a_sequence():
    texts = ["The first of two waves.", "The second of two waves."]
    assert make(values=(1, 2), alt=texts).alts == tuple(texts)


def test_a_frame_is_a_png_where_that_is_smaller_and_keeps_a_photograph_at_its_own_resolution():
    grid = np.random.default_rng(0).random((80, 80))
    heavy = make(values=(1, 2), draw=lambda ax, n: ax.pcolormesh(n * grid))
    assert [frame[:15] for frame in heavy.frames] == ["data:image/png;"] * 2
    photograph = make(values=(1, 2), draw=lambda ax, n: ax.imshow(n * grid, cmap="gray"))
    svg = unquote(photograph.frames[0])
    picture = re.search(r"data:image/png;base64,([^\"]+)", svg.split(",", 1)[1])[1]
    assert mpl.image.imread(io.BytesIO(base64.b64decode(picture))).shape[:2] == grid.shape


def test_nothing_is_loaded_from_anywhere():
    html = waves()._repr_html_()
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)"', html))
    assert "http" not in re.sub(r'src="[^"]*"', "", html)


def test_a_slider_of_twenty_line_plots_is_light_and_its_script_small():
    assert (
        len(gzip.compress(make(range(1, 21))._repr_html_().encode())) < 45_000
    )  # a page may take 350 kB in all
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
        ({"caption": None}, "`caption` must say something"),
        ({"name": ""}, "`name` must say something"),
        ({"alt": lambda n: "plot"}, "`alt` must say in 20 characters"),
        ({"alt": lambda n: None}, "`alt` must say in 20 characters"),
        (
            {"alt": ["A text for one of three frames."]},
            "`alt` must hold one text for each of 3 values, got 1",
        ),
    ],
)
def test_bad_arguments_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        make(**options)


@pytest.mark.parametrize(
    ("widths", "message"),
    [((4, 4), "one figure for each of 3 values, got 2"), ((4, 4, 5), "figures of one size, got")],
)
def test_figures_that_do_not_fit_the_values_are_refused_and_closed(widths, message):
    before = plt.get_fignums()
    with pytest.raises(ValueError, match=message):
        make(draw=[plt.figure(figsize=(width, 3)) for width in widths])
    assert plt.get_fignums() == before


def test_texts_are_escaped():
    texts = {"name": "a < b", "caption": '"c" & d', "label": lambda n: f"<{n}>"}
    html = make(values=(1, 2), **texts)._repr_html_()
    assert "a &lt; b" in html
    assert 'data-label="&lt;1&gt;"' in html
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

    def open_page(*sliders, scripts=True, paused=False, **options):
        path = tmp_path / "page.html"
        body = "".join(widget._repr_html_() for widget in sliders)
        dark = "@media(prefers-color-scheme:dark){body{background:#121212}}"
        head = f"<title>t</title><style>:root{{color-scheme:light dark}}{dark}</style>"
        path.write_text(
            f"<!doctype html><html lang='en'>{head}<main><h1>t</h1>{body}</main></html>",
            encoding="utf8",
        )
        context = browser.new_context(java_script_enabled=scripts, offline=True, **options)
        page = context.new_page()
        page.set_default_timeout(5000)
        if paused:  # the test moves the clock
            page.clock.install(time=0)
            page.clock.pause_at(1)
        page.goto(path.as_uri())
        return page

    return open_page


@NEEDS_CHROMIUM
def test_keys_move_the_slider_and_change_picture_label_and_alt(page_of):
    page = page_of(waves())
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
def test_every_frame_is_a_picture_that_the_browser_can_draw(page_of):
    heavy = make(
        values=(1, 2), draw=lambda ax, n: ax.pcolormesh(n * np.random.default_rng(0).random((80, 80)))
    )
    page = page_of(waves(), heavy)
    page.wait_for_function("[...document.images].every(image => image.complete)")
    assert page.evaluate("[...document.images].map(image => image.naturalWidth > 0)") == [True] * 5


@NEEDS_CHROMIUM
def test_play_moves_and_pause_stops(page_of):
    page = page_of(waves(), paused=True)
    output = page.locator("output")
    page.get_by_role("button", name="Play").click()
    assert output.inner_text() == "2"
    page.clock.run_for(FRAME_MILLISECONDS)
    assert output.inner_text() == "3"
    page.clock.run_for(FRAME_MILLISECONDS)
    assert output.inner_text() == "1"
    page.get_by_role("button", name="Pause").click()
    page.clock.run_for(5 * FRAME_MILLISECONDS)
    assert output.inner_text() == "1"


@NEEDS_CHROMIUM
def test_two_sliders_are_independent(page_of):
    page = page_of(waves(), waves(start=2))
    page.get_by_role("slider").first.press("ArrowRight")
    assert page.locator("output").all_inner_texts() == ["2", "3"]


@NEEDS_CHROMIUM
@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_from_frame_to_frame_and_nothing_sticks_out(page_of, width):
    labels = {1: "1", 2: "2 of many", 3: "a long label"}
    page = page_of(make(label=labels.get), viewport={"width": width, "height": 800})
    places = set()
    for _ in labels:
        boxes = (page.locator(name).bounding_box() for name in ("figure", "input", "figcaption"))
        places.add(tuple(tuple(box.values()) for box in boxes))
        page.get_by_role("slider").press("ArrowRight")
    assert len(places) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@NEEDS_CHROMIUM
def test_a_picture_has_its_size_before_it_is_decoded(page_of):
    page = page_of(waves(), viewport={"width": 390, "height": 800})
    box = page.locator("img:visible").bounding_box()
    page.evaluate("document.querySelector('img').removeAttribute('src')")
    assert page.locator("img:visible").bounding_box() == box


@NEEDS_CHROMIUM
def test_a_reader_who_wants_less_motion_gets_slower_steps(page_of):
    page = page_of(waves(), paused=True, reduced_motion="reduce")
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(2 * FRAME_MILLISECONDS)
    assert page.locator("output").inner_text() == "2"
    page.clock.run_for(FRAME_MILLISECONDS)
    assert page.locator("output").inner_text() == "3"


@NEEDS_CHROMIUM
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page_of, scheme):
    page = page_of(waves(), waves(start=2), color_scheme=scheme)
    result = Axe().run(page)
    assert result.violations_count == 0, result.generate_report()


@NEEDS_CHROMIUM
def test_without_scripts_one_still_picture_and_the_caption_are_seen(page_of):
    page = page_of(waves(start=1), scripts=False)
    assert page.locator("img:visible").get_attribute("data-label") == "2"
    assert page.locator("img:visible").count() == 1
    assert not page.locator("input").is_visible()
    assert page.locator("figcaption").is_visible()
