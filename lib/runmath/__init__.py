"""The library of the book *Run the Math*: every part of the book has a package of the same name here.

Import what a chapter teaches from its package, ``from runmath.linear_algebra import svd``; this module
itself loads nothing, so that ``import runmath`` is free.
"""

__version__ = "0.1.0"
