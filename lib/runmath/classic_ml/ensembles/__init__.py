"""Ensembles of trees: bagging, random forests, gradient boosting, and what to ask of them."""

from runmath.classic_ml.ensembles.bagging import BaggingClassifier, BaggingRegressor
from runmath.classic_ml.ensembles.boosting import GradientBoostingClassifier, GradientBoostingRegressor
from runmath.classic_ml.ensembles.decomposition import BiasVariance, bias_variance
from runmath.classic_ml.ensembles.forest import RandomForestClassifier, RandomForestRegressor
from runmath.classic_ml.ensembles.importance import PermutationImportance, permutation_importance
from runmath.classic_ml.ensembles.losses import AbsoluteError, LogisticLoss, SoftmaxLoss, SquaredError

__all__ = [
    "AbsoluteError",
    "BaggingClassifier",
    "BaggingRegressor",
    "BiasVariance",
    "GradientBoostingClassifier",
    "GradientBoostingRegressor",
    "LogisticLoss",
    "PermutationImportance",
    "RandomForestClassifier",
    "RandomForestRegressor",
    "SoftmaxLoss",
    "SquaredError",
    "bias_variance",
    "permutation_importance",
]
