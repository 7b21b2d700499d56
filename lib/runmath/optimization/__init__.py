"""Optimisation from scratch: line searches, Newton and quasi-Newton, first-order and proximal methods."""

__all__: list[str] = []
