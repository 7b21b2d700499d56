"""A sequence of figures as one HTML output with a slider: no server, no library, no network.

Frames are pictures inside the output. Until its script runs, the output shows one still frame and the caption; so
do a page with scripts off, a printed page, and a notebook that is not trusted. The script, a few lines that are
part of the output, then reveals a range input (which brings its own keys) and a play button.
"""

from __future__ import annotations

import base64
import io
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import quote

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from runmath.viz.figures import panels
from runmath.viz.style import PALETTE, STYLE

MIN_ALT = 20  # characters: a shorter text does not say what is seen
UNQUOTED = " '()*,/:;=?@[]{}|$+-._~^`!"  # what needs no %xx in the quoted data URI of an SVG
HEAVY = (
    100_000  # characters of SVG above which a PNG may be smaller: some 2,000 marks, or a filled contour plot
)
CSS_PIXELS = 96  # an inch
FRAME_MILLISECONDS = 600
SCRIPT = """
(root => {
  const $ = name => root.querySelector(name), all = root.querySelectorAll("img"), range = $("input");
  const play = $("button"), calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let timer;
  const show = () => {
    all.forEach((image, i) => image.style.display = i == range.value ? "inline-block" : "none");
    range.setAttribute("aria-valuetext", $("output").textContent = all[range.value].dataset.label);
  };
  const stop = () => { timer = clearInterval(timer); play.textContent = "Play"; };
  const step = () => root.isConnected ? (range.value = (+range.value + 1) % all.length, show()) : stop();
  range.oninput = () => { stop(); show(); };
  play.onclick = () => {
    if (timer) return stop();
    step(); timer = setInterval(step, calm ? 3 * @ms@ : @ms@); play.textContent = "Pause";
  };
  $("div").style.display = "block"; show();
})(document.currentScript.parentNode);
""".replace("@ms@", str(FRAME_MILLISECONDS))

# Inline, because a notebook brings no style sheet of ours, and `display` too, because a page may set that of images.
# Picture and controls are inline blocks: they stand where the page or the notebook puts its other figures.
# on each control, else JupyterLab takes arrows and Enter for moves between cells
OWN_KEYS = 'data-lm-suppress-shortcuts="true"'
FIGURE = "margin:.5em 0"
IMAGE = "width:100%;max-width:{width}px;height:auto;aspect-ratio:{width}/{height};vertical-align:top"
CONTROLS = (
    "display:inline-flex;width:100%;max-width:{width}px;flex-wrap:wrap;align-items:center;gap:.3em .7em"
)
BUTTON = (
    "font:inherit;color:inherit;background:none;border:1px solid;border-radius:.3em;"
    "min-width:4.6em;padding:.15em .6em;cursor:pointer"
)
LABEL = "display:flex;flex:1;align-items:center;gap:.5em;margin:0;white-space:nowrap"
RANGE = f"flex:1;width:6em;min-width:6em;margin:0;accent-color:{PALETTE['blue']}"
OUTPUT = "min-width:{characters}ch;font-variant-numeric:tabular-nums"  # as wide as the longest: nothing moves


@dataclass(frozen=True)
class Slider:
    """A slider over pictures, shown by notebooks and pages as HTML, elsewhere as text.

    Parameters
    ----------
    frames : tuple of str
        The pictures, as data URIs.
    labels, alts : tuple of str
        What the slider says at each frame, and what the frame shows.
    name : str
        What the slider changes.
    caption : str
    start : int
        The frame that is shown first, and alone where scripts are off.
    size : tuple of int
        Width and height of every picture in CSS pixels.
    """

    frames: tuple[str, ...]
    labels: tuple[str, ...]
    alts: tuple[str, ...]
    name: str
    caption: str
    start: int
    size: tuple[int, int]

    def __repr__(self) -> str:
        return f"Slider over {self.name}: {', '.join(self.labels)}. {self.caption}"

    def _repr_html_(self) -> str:
        width, height = self.size
        style = IMAGE.format(width=width, height=height)
        images = "".join(
            f'<img src="{frame}" alt="{escape(alt)}" data-label="{escape(label)}" decoding="sync" '
            f'width="{width}" height="{height}" '
            f'style="display:{"inline-block" if i == self.start else "none"};{style}" />'
            for i, (frame, label, alt) in enumerate(zip(self.frames, self.labels, self.alts, strict=True))
        )
        characters = max(map(len, self.labels))
        controls = (
            f'<div style="display:none"><span style="{CONTROLS.format(width=width)}">'
            f'<button type="button" {OWN_KEYS} style="{BUTTON}">Play</button>'
            f'<label style="{LABEL}">{escape(self.name)} <input type="range" {OWN_KEYS} min="0" '
            f'max="{len(self.frames) - 1}" value="{self.start}" style="{RANGE}" /></label>'
            f'<output aria-live="off" style="{OUTPUT.format(characters=characters)}"></output></span></div>'
        )
        return (
            f'<figure class="runmath-slider" style="{FIGURE}">{images}{controls}'
            f"<figcaption>{escape(self.caption)}</figcaption><script>{SCRIPT}</script></figure>"
        )


def slider(
    draw: Callable[[Axes, Any], None] | Iterable[Figure],
    values: Sequence[Any],
    *,
    name: str,
    alt: Callable[[Any], str] | Sequence[str],
    caption: str,
    label: Callable[[Any], str] = str,
    start: int = 0,
    height: float | None = None,
) -> Slider:
    """Draw one figure for each value and put them under a slider.

    Parameters
    ----------
    draw : callable or iterable of Figure
        Takes an empty Axes and a value; called once for each value, in order. For frames of several panels: the
        figures themselves, one for each value and all of one size. A generator keeps only one open at a time; each
        is closed when its picture is made.
    values : sequence
        Two or more. Compressed, twenty frames of lines are about 35 kB; each of a photograph is about 60 to 150 kB.
    name : str
        What the values are, shown beside the slider.
    alt : callable or sequence of str
        Takes a value and says what its frame shows, in 20 characters or more; or these texts.
    caption : str
        Says what to see.
    label : callable
        Takes a value and returns its short text beside the slider.
    start : int
        Index of the value that is shown first, and alone where scripts are off: choose the most telling.
    height : float, optional
        Height in inches of what `draw` draws on, as in `panels`.

    Returns
    -------
    Slider

    Raises
    ------
    ValueError
        If there are fewer than two values, `start` is out of range, a text is missing, or the figures are not one
        for each value, all of one size.

    Notes
    -----
    A frame is an SVG, or a PNG where that is smaller: pictures keep their own resolution in an SVG, thousands of
    marks are lighter as a PNG.

    Examples
    --------
    >>> slider(lambda ax, n: ax.plot(range(n)), [2, 3], name="points", caption="A line grows.",
    ...        alt=lambda n: f"A straight line through {n} points.")
    Slider over points: 2, 3. A line grows.
    """
    if len(values) < 2:
        raise ValueError(f"`values` must hold at least two, got {len(values)}")
    if not 0 <= start < len(values):
        raise ValueError(f"`start` must be between 0 and {len(values) - 1}, got {start}")
    for argument, text in (("name", name), ("caption", caption)):
        if not text or not text.strip():
            raise ValueError(f"`{argument}` must say something, got {text!r}")
    alts = tuple(alt(value) for value in values) if callable(alt) else tuple(alt)
    if len(alts) != len(values):
        raise ValueError(f"`alt` must hold one text for each of {len(values)} values, got {len(alts)}")
    if short := [text for text in alts if len((text or "").strip()) < MIN_ALT]:
        raise ValueError(f"`alt` must say in {MIN_ALT} characters or more what is seen, got {short[0]!r}")
    figures = _drawn(draw, values, height) if callable(draw) else draw
    frames, sizes = _pictures(figures)
    if len(frames) != len(values):
        raise ValueError(f"`draw` must hold one figure for each of {len(values)} values, got {len(frames)}")
    if len(set(sizes)) > 1:
        raise ValueError(f"`draw` must give figures of one size, got {sorted(set(sizes))} in CSS pixels")
    labels = tuple(label(value) for value in values)
    return Slider(frames, labels, alts, name, caption, start, sizes[0])


def _drawn(
    draw: Callable[[Axes, Any], None], values: Sequence[Any], height: float | None
) -> Iterator[Figure]:
    """Yield one figure after the other, in the book's style."""
    for value in values:
        with mpl.rc_context(STYLE):
            figure, ax = panels(1, 1, height=height)
            try:
                draw(ax, value)
            except BaseException:
                plt.close(figure)
                raise
            yield figure


def _pictures(figures: Iterable[Figure]) -> tuple[tuple[str, ...], tuple[tuple[int, int], ...]]:
    """Return the figures as data URIs of the kind that is smaller in all, with their sizes; close each."""
    pairs, sizes = [], []
    for figure in figures:
        try:
            svg = _svg(figure)
            pairs.append((svg, _png(figure) if len(svg) > HEAVY else svg))
            sizes.append(tuple(round(inches * CSS_PIXELS) for inches in figure.get_size_inches().tolist()))
        finally:
            plt.close(figure)
    kinds = [tuple(pair[kind] for pair in pairs) for kind in (0, 1)]
    # compared as they travel, compressed; on a tie SVG, the first
    return min(kinds, key=lambda frames: len(zlib.compress("".join(frames).encode()))), tuple(sizes)


def _svg(figure: Figure) -> str:
    """Return a figure as the data URI of an SVG, not in base64, so that it compresses with the frames around it."""
    buffer = io.StringIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format="svg")  # its date goes with the metadata, below
    return "data:image/svg+xml," + quote(_smaller(buffer.getvalue()), safe=UNQUOTED)


def _png(figure: Figure) -> str:
    """Return a figure as the data URI of a PNG at twice the resolution of a desktop screen."""
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format="png", metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _smaller(svg: str) -> str:
    """Drop what a browser does not need: prologue, metadata, comments, line ends, path digits below 0.01 point."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<= d=")[^"]+', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)
    return re.sub(r"\s*\n\s*", " ", svg)
