"""Probability from scratch: the part of the library that mirrors the book's second part."""
