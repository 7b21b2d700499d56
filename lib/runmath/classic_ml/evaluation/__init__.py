"""Metrics of classifiers, their intervals, and cross-validation."""

from runmath.classic_ml.evaluation.calibration import (
    BrierParts,
    CalibrationCurve,
    brier_parts,
    brier_score,
    calibration_curve,
    log_loss,
)
from runmath.classic_ml.evaluation.confusion import (
    BinaryCounts,
    binary_counts,
    confusion_matrix,
    predictive_values,
)
from runmath.classic_ml.evaluation.intervals import (
    AucEstimate,
    auc_difference,
    auc_interval,
    metric_interval,
    proportion_interval,
)
from runmath.classic_ml.evaluation.multiclass import ClassScores, class_scores, top_k_error
from runmath.classic_ml.evaluation.ranking import (
    PrecisionRecallCurve,
    RocCurve,
    auc,
    average_precision,
    precision_recall_curve,
    roc_curve,
)
from runmath.classic_ml.evaluation.splitters import KFold, LeaveOneOut, StratifiedKFold

__all__ = [
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
]
