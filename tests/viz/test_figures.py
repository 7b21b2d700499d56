"""The helpers draw what they are given and refuse what they cannot draw."""

import base64
import io
import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.text import Text
from runmath.viz import draw_matrix, label_lines, panels, show_images, show_matrix, use_book_style


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def test_images_are_shown_at_their_own_resolution_in_a_grid():
    images = [np.full((4, 3), value) for value in range(5)]
    figure, axes = show_images(images, columns=2)
    assert len(axes) == 5
    for ax, image in zip(axes, images, strict=True):
        np.testing.assert_array_equal(ax.images[0].get_array(), image)
    assert len(figure.axes) == 6
    assert not figure.axes[5].axison


def test_a_common_range_is_used_where_one_is_given():
    _, axes = show_images([np.zeros((2, 2)), np.ones((2, 2))], vmin=0, vmax=1)
    assert [ax.images[0].get_clim() for ax in axes] == [(0, 1), (0, 1)]


def test_an_svg_holds_a_picture_at_its_own_resolution():
    with mpl.rc_context():
        use_book_style()
        figure, _ = show_images([np.random.default_rng(0).random((30, 20))])
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg")
    picture = re.search(r"data:image/png;base64,([^\"]+)", buffer.getvalue())[1]
    assert mpl.image.imread(io.BytesIO(base64.b64decode(picture))).shape[:2] == (30, 20)


def figure_of_panels():
    figure, axes = panels(2, 2)
    axes[0, 0].loglog([1, 10], [1e-3, 1], label="error")
    axes[0, 0].set(xlabel="x", ylabel="y", title="title")
    label_lines(axes[0, 0])
    axes[0, 1].plot([0, 1], [1, 0], label="loss")
    axes[0, 1].legend()
    return figure


@pytest.mark.parametrize(
    "draw",
    [
        figure_of_panels,
        lambda: show_images([np.eye(3)] * 4, titles=["title"] * 4)[0],
        lambda: show_matrix(np.eye(3))[0],
    ],
)
def test_no_text_is_below_eight_pixels_at_the_width_of_a_phone(draw):
    with mpl.rc_context():
        use_book_style()
        figure = draw()
        figure.canvas.draw()
        pixels_a_point = 343 / (72 * figure.get_figwidth())  # CSS pixels: a phone's text column is 343 wide
        sizes = {text.get_text(): text.get_fontsize() for text in figure.findobj(Text) if text.get_text()}
    assert sizes
    assert min(sizes.values()) * pixels_a_point >= 8


def test_images_without_a_title_for_each_are_refused():
    with pytest.raises(ValueError, match="one for each of 2 images, got 1"):
        show_images([np.eye(2), np.eye(2)], titles=["one"])
    with pytest.raises(ValueError, match="at least one picture"):
        show_images([])


def test_panels_return_one_axes_or_an_array():
    assert panels()[1].get_title() == ""
    assert panels(2, 2)[1].shape == (2, 2)


def test_lines_are_labelled_at_their_ends_in_their_colour_and_unlabelled_ones_are_not():
    _, ax = panels()
    (line,) = ax.plot([0, 1], [2, 3], label="loss")
    ax.plot([0, 1], [0, 1])
    label_lines(ax)
    assert [text.get_text() for text in ax.texts] == ["loss"]
    assert ax.texts[0].xy == (1, 3)
    assert ax.texts[0].get_color() == line.get_color()


def test_a_matrix_shows_every_entry_at_its_place():
    _, ax = panels()
    draw_matrix(ax, [[1, 2.5], [-3, 0]])
    assert {(text.get_position(), text.get_text()) for text in ax.texts} == {
        ((0, 0), "1"),
        ((1, 0), "2.5"),
        ((0, 1), "−3"),
        ((1, 1), "0"),
    }


@pytest.mark.parametrize("bad", [[1, 2], np.empty((0, 3))])
def test_what_is_not_a_matrix_is_refused_and_leaves_no_figure(bad):
    with pytest.raises(ValueError, match="`A` must be a matrix with an entry, got shape"):
        show_matrix(bad)
    assert plt.get_fignums() == []
