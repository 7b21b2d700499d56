"""Decision trees: CART on binned features, the core that forests and boosting share; ID3 and C4.5."""

from runmath.classic_ml.trees.binning import Binner
from runmath.classic_ml.trees.c45 import C45Classifier
from runmath.classic_ml.trees.decision_tree import DecisionTreeClassifier, DecisionTreeRegressor
from runmath.classic_ml.trees.gains import gain_ratio, information_gain, split_information
from runmath.classic_ml.trees.id3 import ID3Classifier
from runmath.classic_ml.trees.multiway import MultiwayTree
from runmath.classic_ml.trees.pruning import pessimistic_errors, prune_pessimistically
from runmath.classic_ml.trees.tree import BinnedData, Limits, Tree, grow_tree

__all__ = [
    "BinnedData",
    "Binner",
    "C45Classifier",
    "DecisionTreeClassifier",
    "DecisionTreeRegressor",
    "ID3Classifier",
    "Limits",
    "MultiwayTree",
    "Tree",
    "gain_ratio",
    "grow_tree",
    "information_gain",
    "pessimistic_errors",
    "prune_pessimistically",
    "split_information",
]
