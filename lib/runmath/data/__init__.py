"""Real data that ships with the book: every load works offline and returns fresh arrays."""

from runmath.data.catalogue import CATALOGUE, Dataset, digits, mnist_subset, photograph, trained_weights

__all__ = ["CATALOGUE", "Dataset", "digits", "mnist_subset", "photograph", "trained_weights"]
