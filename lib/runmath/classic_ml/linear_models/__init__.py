"""Linear models: least squares, ridge, lasso, logistic and softmax regression."""

from runmath.classic_ml.linear_models.classification import LogisticRegression, SoftmaxRegression
from runmath.classic_ml.linear_models.lasso import Lasso, LassoResult, duality_gap, lasso
from runmath.classic_ml.linear_models.regression import LinearRegression, Ridge

__all__ = [
    "Lasso",
    "LassoResult",
    "LinearRegression",
    "LogisticRegression",
    "Ridge",
    "SoftmaxRegression",
    "duality_gap",
    "lasso",
]
