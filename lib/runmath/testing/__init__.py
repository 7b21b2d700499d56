"""Random test material with small, readable cases first, shared by the claims of the book and the unit tests."""

from hypothesis import assume

from runmath.testing.adjoint import adjoint_gap
from runmath.testing.strategies import (
    arrays,
    data_sets,
    diagonal,
    distributions,
    invertible,
    matrices,
    orthogonal,
    positive_definite,
    probability_vectors,
    reals,
    skew_symmetric,
    symmetric,
    vectors,
)

__all__ = [
    "adjoint_gap",
    "arrays",
    "assume",
    "data_sets",
    "diagonal",
    "distributions",
    "invertible",
    "matrices",
    "orthogonal",
    "positive_definite",
    "probability_vectors",
    "reals",
    "skew_symmetric",
    "symmetric",
    "vectors",
]
