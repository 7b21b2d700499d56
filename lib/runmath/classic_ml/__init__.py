"""Classic machine learning from scratch: estimators that keep scikit-learn's contract.

Names are looked up in their packages when they are first asked for: scikit-learn's base classes take 0.8 s of
CPU time to import, which `import runmath.classic_ml` alone does not spend.
"""

from importlib import import_module

_PACKAGE_OF = {
    **dict.fromkeys(
        [
            "BaumWelchResult",
            "BayesNet",
            "HiddenMarkov",
            "Ising",
            "LinearChainCRF",
            "TopicModel",
            "baum_welch",
            "chain_marginals",
            "log_backward",
            "log_forward",
            "topic_gibbs",
            "viterbi",
        ],
        "runmath.classic_ml.graphical_models",
    ),
    **dict.fromkeys(
        [
            "Binner",
            "BinnedData",
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
        ],
        "runmath.classic_ml.trees",
    ),
    **dict.fromkeys(
        [
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
        ],
        "runmath.classic_ml.ensembles",
    ),
    **dict.fromkeys(
        [
            "Lasso",
            "LassoResult",
            "LinearRegression",
            "LogisticRegression",
            "Ridge",
            "SoftmaxRegression",
            "duality_gap",
            "lasso",
        ],
        "runmath.classic_ml.linear_models",
    ),
    **dict.fromkeys(
        [
            "DualSolution",
            "KernelSVC",
            "LinearDualSolution",
            "LinearSVC",
            "solve_dual",
            "solve_linear_dual",
        ],
        "runmath.classic_ml.svm",
    ),
    **dict.fromkeys(["KNeighborsClassifier", "nearest_neighbours"], "runmath.classic_ml.neighbours"),
    **dict.fromkeys(["GaussianNB", "MultinomialNB"], "runmath.classic_ml.naive_bayes"),
    "SelfTrainingClassifier": "runmath.classic_ml.self_training",
    **dict.fromkeys(["KMeans", "KMeansResult", "kmeans_plus_plus", "lloyd"], "runmath.classic_ml.kmeans"),
    **dict.fromkeys(
        [
            "AucEstimate",
            "BinaryCounts",
            "BrierParts",
            "CalibrationCurve",
            "ClassScores",
            "KFold",
            "LeaveOneOut",
            "PrecisionRecallCurve",
            "RocCurve",
            "StratifiedKFold",
            "auc",
            "auc_difference",
            "auc_interval",
            "average_precision",
            "binary_counts",
            "brier_parts",
            "brier_score",
            "calibration_curve",
            "class_scores",
            "confusion_matrix",
            "log_loss",
            "metric_interval",
            "precision_recall_curve",
            "predictive_values",
            "proportion_interval",
            "roc_curve",
            "top_k_error",
        ],
        "runmath.classic_ml.evaluation",
    ),
}

__all__ = sorted(_PACKAGE_OF)


def __getattr__(name: str) -> object:
    if name not in _PACKAGE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_PACKAGE_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
