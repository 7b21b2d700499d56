"""Optimisation from scratch: line searches, Newton and quasi-Newton, first-order and proximal methods."""

from runmath.optimization.derivatives import check_gradient, numerical_gradient, numerical_hessian
from runmath.optimization.test_functions import (
    TestFunction,
    beale,
    himmelblau,
    monkey_saddle,
    peaks,
    quadratic,
    rastrigin,
    rosenbrock,
)

__all__ = [
    "TestFunction",
    "beale",
    "check_gradient",
    "himmelblau",
    "monkey_saddle",
    "numerical_gradient",
    "numerical_hessian",
    "peaks",
    "quadratic",
    "rastrigin",
    "rosenbrock",
]
