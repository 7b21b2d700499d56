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
from runmath.optimization.dictionary_learning import (
    DictionaryResult,
    learn_dictionary,
    sparse_code,
    update_dictionary,
)
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
from runmath.optimization.proximal import ProximalResult, fista, ista
from runmath.optimization.proximal_maps import (
    PENALTIES,
    Penalty,
    box_constraint,
    l1_penalty,
    no_penalty,
    nonnegative_l1_penalty,
    norm_penalty,
    ridge_penalty,
    soft_threshold,
)
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
    "PENALTIES",
    "BFGSResult",
    "ConvexityCounterexample",
    "CriticalPoint",
    "DictionaryResult",
    "LineSearchResult",
    "OptimizeResult",
    "Penalty",
    "ProximalResult",
    "TestFunction",
    "UpdateRule",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "backtracking",
    "beale",
    "bfgs",
    "box_constraint",
    "check_gradient",
    "classify_critical_point",
    "find_convexity_counterexample",
    "fista",
    "gauss_newton",
    "gradient_descent",
    "heavy_ball",
    "himmelblau",
    "ista",
    "iterates",
    "l1_penalty",
    "lbfgs",
    "learn_dictionary",
    "levenberg_marquardt",
    "minimize_first_order",
    "modified_hessian",
    "monkey_saddle",
    "nesterov",
    "newton",
    "newton_cg",
    "no_penalty",
    "nonnegative_l1_penalty",
    "norm_penalty",
    "numerical_gradient",
    "numerical_hessian",
    "peaks",
    "quadratic",
    "rastrigin",
    "ridge_penalty",
    "rmsprop",
    "rosenbrock",
    "sgd",
    "soft_threshold",
    "sparse_code",
    "strong_wolfe",
    "update_dictionary",
]
