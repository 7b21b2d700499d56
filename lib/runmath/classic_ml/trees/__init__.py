"""Decision trees on binned features: the core that forests and boosting share, and two estimators."""

from runmath.classic_ml.trees.binning import Binner
from runmath.classic_ml.trees.decision_tree import DecisionTreeClassifier, DecisionTreeRegressor
from runmath.classic_ml.trees.tree import BinnedData, Limits, Tree, grow_tree

__all__ = [
    "BinnedData",
    "Binner",
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "Limits",
    "Tree",
    "grow_tree",
]
