"""Hypothesis draws the same cases on every machine and keeps nothing on disk."""

from hypothesis import settings

settings.register_profile("book", derandomize=True, database=None, deadline=None)
settings.load_profile("book")
