"""Optimisation from scratch: line searches, Newton and quasi-Newton, first-order and proximal methods."""

from runmath.optimization.adaptive import adadelta, adagrad, adam, adamw, rmsprop
from runmath.optimization.derivatives import check_gradient, numerical_gradient, numerical_hessian
from runmath.optimization.first_order import (
    UpdateRule,
    heavy_ball,
    iterates,
    minimize_first_order,
    nesterov,
    sgd,
)
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
    "UpdateRule",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "beale",
    "check_gradient",
    "heavy_ball",
    "himmelblau",
    "iterates",
    "minimize_first_order",
    "monkey_saddle",
    "nesterov",
    "numerical_gradient",
    "numerical_hessian",
    "peaks",
    "quadratic",
    "rastrigin",
    "rmsprop",
    "rosenbrock",
    "sgd",
]
