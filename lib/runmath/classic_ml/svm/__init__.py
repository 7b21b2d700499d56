"""Support vector machines: the dual problem, two ways to solve it, and two estimators."""

from runmath.classic_ml.svm.dual import DualSolution, solve_dual
from runmath.classic_ml.svm.estimators import KernelSVC, LinearSVC
from runmath.classic_ml.svm.linear_dual import LinearDualSolution, solve_linear_dual

__all__ = [
    "DualSolution",
    "KernelSVC",
    "LinearDualSolution",
    "LinearSVC",
    "solve_dual",
    "solve_linear_dual",
]
