"""Figures of the book: one style, one palette, a few helpers, and a slider that needs no server."""

from runmath.viz.figures import draw_matrix, label_lines, panels, show_images
from runmath.viz.slider import Slider, slider
from runmath.viz.style import DIVERGING, FURNITURE, PALETTE, SEQUENTIAL, use_book_style

__all__ = [
    "DIVERGING",
    "FURNITURE",
    "PALETTE",
    "SEQUENTIAL",
    "Slider",
    "draw_matrix",
    "label_lines",
    "panels",
    "show_images",
    "slider",
    "use_book_style",
]
