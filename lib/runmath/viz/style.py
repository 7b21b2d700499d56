"""One look for every figure: transparent, legible on white and on near-black, in any kind of colour vision."""

from __future__ import annotations

import matplotlib as mpl
from cycler import cycler

FURNITURE = (
    "#737b86"  # axes and text: contrast 4.28:1 on white, 4.38:1 on #121212; no grey exceeds 4.3 on both
)
# Each has contrast 3:1 on both backgrounds; pairwise distance above 20 (CIE 1976) under every colour deficiency.
PALETTE = {"blue": "#005ce5", "rust": "#aa4400", "green": "#00a261", "purple": "#8a4c99", "grey": FURNITURE}
MARKERS = (
    "o",
    "s",
    "^",
    "D",
    "v",
)  # one for each colour: classes in a scatter plot differ without colour too
SEQUENTIAL, DIVERGING = "cividis", "PuOr"  # colour maps that keep their order in every kind of colour vision

WIDTH = 5.4  # inches: at 343 CSS pixels, the text column of a phone, 10 points become 8.8 pixels
RASTER_DPI = 220  # of rasterised parts: twice the 110 pixels an inch of a desktop screen

STYLE = {
    "axes.edgecolor": FURNITURE,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": FURNITURE,
    "axes.prop_cycle": cycler(color=list(PALETTE.values())) + cycler(linestyle=["-", "--", "-.", ":", "-"]),
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlecolor": FURNITURE,
    "axes.titlesize": 10,
    "figure.constrained_layout.use": True,
    "figure.dpi": RASTER_DPI,
    "figure.facecolor": "none",
    "figure.figsize": (WIDTH, 0.56 * WIDTH),
    "font.size": 10,
    "grid.alpha": 0.25,
    "grid.color": FURNITURE,
    "image.cmap": SEQUENTIAL,
    "image.composite_image": False,
    "image.interpolation": "none",  # an SVG then holds a picture at its own resolution
    "legend.frameon": False,
    "legend.labelcolor": FURNITURE,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "patch.linewidth": 1.2,
    "savefig.dpi": RASTER_DPI,
    "savefig.facecolor": "none",
    "svg.fonttype": "path",  # the same letters on every machine
    "svg.hashsalt": "run the math",  # the same bytes in every run
    "text.color": FURNITURE,
    "xtick.color": FURNITURE,
    "ytick.color": FURNITURE,
}


def use_book_style() -> None:
    """Apply the style, and let notebooks show figures as SVG; called once, in a chapter's first cell.

    Examples
    --------
    >>> with mpl.rc_context():  # so that the style ends here; a chapter just calls it
    ...     use_book_style()
    ...     print(mpl.rcParams["axes.edgecolor"])
    #737b86
    """
    mpl.rcParams.update(STYLE)
    from IPython import get_ipython

    if get_ipython() is not None:
        from matplotlib_inline.backend_inline import set_matplotlib_formats

        # no date, so that the same cell gives the same file; the page sets the size, so no tight cropping
        set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches=None)
