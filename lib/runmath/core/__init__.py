"""What every package of the library builds on: argument checks, randomness, results, numerics."""

from runmath.core.checks import as_integer, as_matrix, as_tolerance, as_vector
from runmath.core.numerics import EPS, TINY, norm, relative_error, times_power_of_two, unit_scaled
from runmath.core.random import as_rng
from runmath.core.results import ConvergenceWarning, IterativeResult, warn_unless_converged

__all__ = [
    "EPS",
    "TINY",
    "ConvergenceWarning",
    "IterativeResult",
    "as_integer",
    "as_matrix",
    "as_rng",
    "as_tolerance",
    "as_vector",
    "norm",
    "relative_error",
    "times_power_of_two",
    "unit_scaled",
    "warn_unless_converged",
]
