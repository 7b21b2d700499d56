"""Helpers that every chapter needs: `show_...` and `panels` make a figure, the others draw on given axes."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from runmath.viz.style import DIVERGING, WIDTH

MAX_COLUMNS = 2  # more would be illegible at the width of a phone


def panels(
    rows: int = 1, columns: int = 1, *, height: float | None = None
) -> tuple[Figure, np.ndarray | Axes]:
    """Make a figure of the book's width with a grid of axes.

    Parameters
    ----------
    rows, columns : int
        Prefer two columns and more rows to four columns.
    height : float, optional
        Height of a row in inches; by default that of a panel somewhat wider than high.

    Returns
    -------
    figure : Figure
    axes : Axes, or ndarray of Axes where there are several

    Examples
    --------
    >>> figure, axes = panels(2, 2)
    >>> axes.shape
    (2, 2)
    >>> plt.close(figure)
    """
    row = height or {1: 3.0, 2: 2.35}.get(columns, WIDTH / columns)
    return plt.subplots(rows, columns, figsize=(WIDTH, rows * row))


def show_images(
    images: Sequence[ArrayLike],
    *,
    titles: Sequence[str] = (),
    columns: int = MAX_COLUMNS,
    vmin: float | None = None,
    vmax: float | None = None,
) -> tuple[Figure, np.ndarray]:
    """Show grey or colour pictures in a grid, each at its own resolution.

    Parameters
    ----------
    images : sequence of arrays of shape (rows, columns) or (rows, columns, 3)
    titles : sequence of str, optional
        One for each image.
    columns : int
        Images in a row.
    vmin, vmax : float, optional
        The values shown black and white; by default each image's own smallest and largest.

    Returns
    -------
    figure : Figure
    axes : ndarray of Axes, shape (len(images),)

    Raises
    ------
    ValueError
        If there is no image, or not one title for each.

    Examples
    --------
    >>> figure, axes = show_images([np.eye(3), np.ones((3, 3))], titles=["one", "two"])
    >>> [ax.get_title() for ax in axes]
    ['one', 'two']
    >>> plt.close(figure)
    """
    images = [np.asarray(image) for image in images]
    if not images:
        raise ValueError("`images` must hold at least one picture, got none")
    if len(titles) not in (0, len(images)):
        raise ValueError(f"`titles` must hold one for each of {len(images)} images, got {len(titles)}")
    columns = min(columns, len(images))
    rows = -(-len(images) // columns)
    shape = max(image.shape[0] / image.shape[1] for image in images)
    figure, grid = plt.subplots(
        rows, columns, figsize=(WIDTH, rows * (WIDTH / columns * shape + 0.3)), squeeze=False
    )
    for ax in grid.flat:
        ax.axis("off")
    axes = grid.ravel()[: len(images)]
    for ax, image, title in zip(axes, images, titles or [""] * len(images), strict=True):
        ax.imshow(image, cmap="gray", vmin=vmin, vmax=vmax)
        ax.set_title(title)
    return figure, axes


def show_matrix(
    A: ArrayLike, *, title: str = "", format_spec: str = ".2g", height: float = 3.0
) -> tuple[Figure, Axes]:
    """Show a small matrix as a heat map around zero with its entries written in.

    Parameters
    ----------
    A : array_like of shape (m, n)
    title : str
    format_spec : str
        How an entry is written.
    height : float
        Height of the figure in inches.

    Returns
    -------
    figure : Figure
    ax : Axes

    Raises
    ------
    ValueError
        If `A` is not a matrix with an entry.

    Examples
    --------
    >>> figure, ax = show_matrix([[1, -2], [0, 4]], title="A")
    >>> [text.get_text() for text in ax.texts]
    ['1', '−2', '0', '4']
    >>> plt.close(figure)
    """
    figure, ax = panels(1, 1, height=height)
    try:
        draw_matrix(ax, A, format_spec=format_spec)
    except ValueError:
        plt.close(figure)
        raise
    ax.set_title(title)
    return figure, ax


def draw_matrix(ax: Axes, A: ArrayLike, *, format_spec: str = ".2g") -> None:
    """Draw a small matrix on axes, as a heat map around zero with its entries written in.

    Parameters
    ----------
    ax : Axes
    A : array_like of shape (m, n)
    format_spec : str
        How an entry is written.

    Raises
    ------
    ValueError
        If `A` is not a matrix with an entry.

    Examples
    --------
    >>> figure, ax = panels()
    >>> draw_matrix(ax, [[1, -2], [0, 4]])
    >>> [text.get_text() for text in ax.texts]
    ['1', '−2', '0', '4']
    >>> plt.close(figure)
    """
    A = np.asarray(A, dtype=float)
    if A.ndim != 2 or A.size == 0:
        raise ValueError(f"`A` must be a matrix with an entry, got shape {A.shape}")
    limit = 2 * (np.abs(A).max() or 1.0)  # the pale half of the map: black letters keep a contrast above 4.5
    ax.imshow(A, cmap=DIVERGING, vmin=-limit, vmax=limit)
    ax.grid(False)
    ax.set(xticks=[], yticks=[])
    for (i, j), entry in np.ndenumerate(A):
        ax.text(j, i, format(entry, format_spec).replace("-", "−"), ha="center", va="center", color="black")


def label_lines(ax: Axes, *, pad: float = 4.0) -> None:
    """Write each line's label at its right end, in its colour, instead of a legend.

    Parameters
    ----------
    ax : Axes
        Its lines have labels; lines without are left alone.
    pad : float
        Distance from the end of the line, in points.

    Examples
    --------
    >>> figure, ax = panels()
    >>> line = ax.plot([1, 2], [3, 4], label="error")
    >>> label_lines(ax)
    >>> ax.texts[0].get_text()
    'error'
    >>> plt.close(figure)
    """
    for line in ax.get_lines():
        if line.get_label().startswith("_"):
            continue
        ax.annotate(
            line.get_label(),
            (line.get_xdata()[-1], line.get_ydata()[-1]),
            xytext=(pad, 0),
            textcoords="offset points",
            color=line.get_color(),
            va="center",
            annotation_clip=False,
        )
