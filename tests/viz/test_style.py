"""The palette can be told apart on both backgrounds and in every kind of colour vision."""

import io
from itertools import combinations
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from IPython.core.interactiveshell import InteractiveShell
from runmath.viz import DIVERGING, MARKERS, PALETTE, SEQUENTIAL, show_matrix, use_book_style

# Machado, Oliveira, Fernandes (2009), severity 1.0, on linear RGB
VISION = {
    "normal": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = np.array([0.9505, 1.0, 1.089])


def linear(colour):
    rgb = np.array(mpl.colors.to_rgb(colour))
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    dark, light = sorted(linear(colour) @ TO_XYZ[1] for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


def lab(rgb):
    ratio = TO_XYZ @ np.clip(rgb, 0, 1) / WHITE
    x, y, z = np.where(ratio > 0.008856, np.cbrt(ratio), 7.787 * ratio + 16 / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("name", PALETTE)
@pytest.mark.parametrize("background", ["#ffffff", "#121212"])
def test_every_colour_has_contrast_three_on_white_and_on_black(name, background):
    assert contrast(PALETTE[name], background) >= 3


def test_furniture_has_the_contrast_of_text_as_far_as_one_grey_can():
    assert min(contrast(PALETTE["grey"], background) for background in ("#ffffff", "#121212")) > 4.2


@pytest.mark.parametrize("vision", VISION)
def test_two_colours_of_the_palette_are_never_confused(vision):
    seen = {name: lab(np.array(VISION[vision]) @ linear(colour)) for name, colour in PALETTE.items()}
    for one, other in combinations(seen, 2):
        assert np.linalg.norm(seen[one] - seen[other]) > 20, (one, other)


def test_red_and_green_of_equal_lightness_would_be_confused():
    """The test above would notice: this pair is far apart in normal vision only."""
    red, green = (lab(np.array(VISION["deuteranopia"]) @ linear(colour)) for colour in ("#c06020", "#768500"))
    assert np.linalg.norm(red - green) < 20


def test_the_style_draws_transparent_figures_with_lines_that_differ_without_colour():
    with mpl.rc_context():
        use_book_style()
        assert mpl.rcParams["figure.facecolor"] == "none"
        styles = [style["linestyle"] for style in mpl.rcParams["axes.prop_cycle"]]
        assert len(set(styles[:4])) == 4


def test_every_colour_has_a_marker_of_its_own():
    assert len(set(MARKERS)) == len(PALETTE)


def test_the_entries_of_a_matrix_are_legible_on_every_colour_of_the_map():
    figure, ax = show_matrix([[-1, -0.5, 0, 0.5, 1]])
    plt.close(figure)
    image = ax.images[0]
    for entry in image.get_array().ravel():
        assert contrast(image.cmap(image.norm(entry)), ax.texts[0].get_color()) >= 4.5


@pytest.mark.parametrize("vision", VISION)
def test_the_colour_maps_keep_their_order_in_every_kind_of_vision(vision):
    def lightness(name):
        colours = mpl.colormaps[name](np.linspace(0, 1, 65))
        return np.array([lab(np.array(VISION[vision]) @ linear(colour))[0] for colour in colours])

    assert (np.diff(lightness(SEQUENTIAL)) > 0).all()
    diverging = lightness(DIVERGING)
    assert (np.diff(diverging[:33]) > 0).all()
    assert (np.diff(diverging[32:]) < 0).all()


def test_the_same_figure_gives_the_same_svg():
    def svg():
        figure, ax = plt.subplots()
        ax.plot([0, 1], [1, 0])
        buffer = io.BytesIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None})
        plt.close(figure)
        return buffer.getvalue()

    with mpl.rc_context():
        use_book_style()
        assert svg() == svg()


def test_a_notebook_shows_figures_as_undated_svg_of_the_size_that_was_asked_for(monkeypatch):
    shell = SimpleNamespace(display_formatter=DisplayFormatter())
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr(InteractiveShell, "instance", lambda: shell)
    with mpl.rc_context():
        use_book_style()
        figure, ax = plt.subplots()
        ax.plot([0, 1], [1, 0])
        shown, _ = shell.display_formatter.format(figure)
        plt.close(figure)
    assert set(shown) == {"text/plain", "image/svg+xml"}
    assert f'width="{figure.get_figwidth() * 72:.1f}pt"' in shown["image/svg+xml"]
    assert "date" not in shown["image/svg+xml"]
