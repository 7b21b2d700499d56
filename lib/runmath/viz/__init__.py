"""Figures of the book: one style, one palette, a few helpers, and a slider that needs no server."""

from runmath.viz.figures import draw_matrix, label_lines, panels, show_images, show_matrix
from runmath.viz.slider import Slider, slider
from runmath.viz.style import DIVERGING, FURNITURE, MARKERS, PALETTE, SEQUENTIAL, use_book_style

__all__ = [
    "DIVERGING",
    "FURNITURE",
    "MARKERS",
    "PALETTE",
    "SEQUENTIAL",
    "Slider",
    "draw_matrix",
    "label_lines",
    "panels",
    "show_images",
    "show_matrix",
    "slider",
    "use_book_style",
]
