"""Optimisation from scratch: line searches, Newton and quasi-Newton, first-order and proximal methods."""

from runmath.optimization.adaptive import adadelta, adagrad, adam, adamw, rmsprop
from runmath.optimization.bfgs import BFGSResult, bfgs
from runmath.optimization.convexity import (
    ConvexityCounterexample,
    CriticalPoint,
    classify_critical_point,
    find_convexity_counterexample,
)
from runmath.optimization.derivatives import check_gradient, numerical_gradient, numerical_hessian
from runmath.optimization.first_order import (
    UpdateRule,
    heavy_ball,
    iterates,
    minimize_first_order,
    nesterov,
    sgd,
)
from runmath.optimization.gauss_newton import gauss_newton, levenberg_marquardt
from runmath.optimization.gradient_descent import gradient_descent
from runmath.optimization.lbfgs import lbfgs
from runmath.optimization.line_search import LineSearchResult, backtracking, strong_wolfe
from runmath.optimization.newton import modified_hessian, newton
from runmath.optimization.newton_cg import newton_cg
from runmath.optimization.result import OptimizeResult
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
    "BFGSResult",
    "ConvexityCounterexample",
    "CriticalPoint",
    "LineSearchResult",
    "OptimizeResult",
    "TestFunction",
    "UpdateRule",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "backtracking",
    "beale",
    "bfgs",
    "check_gradient",
    "classify_critical_point",
    "find_convexity_counterexample",
    "gauss_newton",
    "gradient_descent",
    "heavy_ball",
    "himmelblau",
    "iterates",
    "lbfgs",
    "levenberg_marquardt",
    "minimize_first_order",
    "modified_hessian",
    "monkey_saddle",
    "nesterov",
    "newton",
    "newton_cg",
    "numerical_gradient",
    "numerical_hessian",
    "peaks",
    "quadratic",
    "rastrigin",
    "rmsprop",
    "rosenbrock",
    "sgd",
    "strong_wolfe",
]
