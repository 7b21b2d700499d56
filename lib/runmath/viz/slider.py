"""A sequence of figures as one HTML output with a slider: no server, no library, no network.

Frames are pictures inside the output. Until its script runs, the output shows one still frame and the caption; so
do a page with scripts off, a printed page, and a notebook that is not trusted. The script, a few lines that are
part of the output, then reveals a range input (which brings its own keys) and a play button.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from runmath.viz.figures import panels
from runmath.viz.style import STYLE

MIN_ALT = 20  # characters: a shorter text does not say what is seen
FRAME_MILLISECONDS = 600
SCRIPT = """
(root => {
  const $ = name => root.querySelector(name), all = root.querySelectorAll("img"), range = $("input");
  const play = $("button"), calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let timer;
  const show = () => {
    all.forEach((image, i) => image.hidden = i != range.value);
    range.setAttribute("aria-valuetext", $("output").textContent = all[range.value].dataset.label);
  };
  const stop = () => { timer = clearInterval(timer); play.textContent = "Play"; };
  const step = () => root.isConnected ? (range.value = (+range.value + 1) % all.length, show()) : stop();
  range.oninput = () => { stop(); show(); };
  play.onclick = () => {
    if (timer) return stop();
    step(); timer = setInterval(step, calm ? 3 * @ms@ : @ms@); play.textContent = "Pause";
  };
  $("div").hidden = false; show();
})(document.currentScript.parentNode);
""".replace("@ms@", str(FRAME_MILLISECONDS))


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
    """

    frames: tuple[str, ...]
    labels: tuple[str, ...]
    alts: tuple[str, ...]
    name: str
    caption: str
    start: int

    def __repr__(self) -> str:
        return f"Slider over {self.name}: {', '.join(self.labels)}. {self.caption}"

    def _repr_html_(self) -> str:
        images = "".join(
            f'<img src="{frame}" alt="{escape(alt)}" data-label="{escape(label)}" '
            f'style="width:100%;max-width:540px"{"" if i == self.start else " hidden"} />'
            for i, (frame, label, alt) in enumerate(zip(self.frames, self.labels, self.alts, strict=True))
        )
        controls = (
            '<div hidden><button type="button" style="min-width:5em;padding:.2em .6em">Play</button> '
            f"<label>{escape(self.name)} "
            f'<input type="range" min="0" max="{len(self.frames) - 1}" value="{self.start}" '
            'style="width:min(16em,60vw);vertical-align:middle" /></label> <output aria-live="off"></output></div>'
        )
        return (
            f'<figure class="runmath-slider" style="margin:.5em 0">{images}{controls}'
            f"<figcaption>{escape(self.caption)}</figcaption><script>{SCRIPT}</script></figure>"
        )


def slider(
    draw: Callable[[Axes, Any], None],
    values: Sequence[Any],
    *,
    name: str,
    alt: Callable[[Any], str],
    caption: str,
    label: Callable[[Any], str] = str,
    start: int = 0,
    height: float | None = None,
) -> Slider:
    """Draw one figure for each value and put them under a slider.

    Parameters
    ----------
    draw : callable
        Takes an empty Axes and a value; called once for each value, in order.
    values : sequence
        Two or more. About twenty frames of lines stay below 150 kB compressed.
    name : str
        What the values are, shown beside the slider.
    alt : callable
        Takes a value and says what its frame shows, in 20 characters or more.
    caption : str
        Says what to see.
    label : callable
        Takes a value and returns its short text beside the slider.
    start : int
        Index of the value that is shown first, and alone where scripts are off: choose the most telling.
    height : float, optional
        Height of the figure in inches, as in `panels`.

    Returns
    -------
    Slider

    Raises
    ------
    ValueError
        If there are fewer than two values, `start` is out of range, or a text is missing.

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
        if not text.strip():
            raise ValueError(f"`{argument}` must say something, got an empty text")
    alts = tuple(alt(value) for value in values)
    if short := [text for text in alts if len(text.strip()) < MIN_ALT]:
        raise ValueError(f"`alt` must say in {MIN_ALT} characters or more what is seen, got {short[0]!r}")
    frames = tuple(_frame(draw, value, height) for value in values)
    return Slider(frames, tuple(label(value) for value in values), alts, name, caption, start)


def _frame(draw: Callable[[Axes, Any], None], value: Any, height: float | None) -> str:
    """Draw a figure, close it, and return it as the data URI of an SVG."""
    buffer = io.StringIO()
    with mpl.rc_context(STYLE):
        figure, ax = panels(1, 1, height=height)
        try:
            draw(ax, value)
            figure.savefig(buffer, format="svg", metadata={"Date": None})
        finally:
            plt.close(figure)
    return "data:image/svg+xml;base64," + base64.b64encode(_smaller(buffer.getvalue()).encode()).decode()


def _smaller(svg: str) -> str:
    """Drop what a browser does not need: prologue, metadata, comments, line ends, path digits below 0.01 point."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg, flags=re.DOTALL)
    svg = re.sub(r'(?<= d=")[^"]+', lambda path: re.sub(r"(\.\d\d)\d+", r"\1", path[0]), svg)
    return re.sub(r"\s*\n\s*", " ", svg)
