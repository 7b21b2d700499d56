"""Probability from scratch: the part of the library that mirrors the book's second part."""

from importlib import import_module

from runmath.probability.gaussian import Gaussian
from runmath.probability.hausdorff import HausdorffDistance, hausdorff
from runmath.probability.hypothesis_tests import (
    HypothesisTest,
    paired_t_test,
    pooled_t_test,
    pooled_t_test_from_summary,
    t_test,
    welch_test,
    welch_test_from_summary,
)
from runmath.probability.information import (
    cross_entropy,
    entropy,
    f_divergence,
    js_divergence,
    kl_divergence,
    mutual_information,
)
from runmath.probability.intervals import bootstrap_interval, t_interval
from runmath.probability.joint_tables import bayes_rule, conditional, log_bayes_rule, marginal
from runmath.probability.kernels import (
    RBF,
    Constant,
    Kernel,
    Laplace,
    Linear,
    Periodic,
    Polynomial,
    Product,
    Sum,
    White,
)
from runmath.probability.mahalanobis import mahalanobis, mahalanobis_between, whitening_matrix
from runmath.probability.metric_axioms import MetricReport, metric_axioms
from runmath.probability.moments import Moments, running_moments
from runmath.probability.monte_carlo import MonteCarloEstimate, control_variate, monte_carlo
from runmath.probability.multiple_testing import benjamini_hochberg, bonferroni, holm
from runmath.probability.nystrom import NystromMap, greedy_landmarks
from runmath.probability.optimal_transport import (
    BarycenterResult,
    Coupling1D,
    SinkhornResult,
    TransportPlan,
    barycenter_1d,
    bures_wasserstein,
    cost_matrix,
    coupling_1d,
    displacement_histogram,
    displacement_interpolation,
    entropic_map,
    gaussian_monge_map,
    monge_map_1d,
    quantile_function,
    sinkhorn,
    sinkhorn_barycenter,
    sliced_wasserstein,
    transport_plan,
    wasserstein,
    wasserstein_1d,
)
from runmath.probability.permutation_tests import PermutationTest, mean_difference, permutation_test
from runmath.probability.power import power_of_t_test, sample_size
from runmath.probability.random_field import sample_field, sample_process
from runmath.probability.riemannian import (
    Geodesic,
    LocalMetric,
    curve_length,
    graph_geodesic,
    metric_graph,
    pull_back,
    relax_geodesic,
)
from runmath.probability.stable import Stable
from runmath.probability.student_t import StudentT

# Estimators: looked up when first asked for, because scikit-learn's base classes take long to import.
_LAZY = {
    "GaussianProcessRegressor": "runmath.probability.gaussian_process",
    "NeighbourhoodComponents": "runmath.probability.metric_learning",
    "TSNE": "runmath.probability.tsne",
    "Whitening": "runmath.probability.whitening",
    "leave_one_out_score": "runmath.probability.metric_learning",
    **dict.fromkeys(
        [
            "ClassicalMDS",
            "Isomap",
            "LinearDiscriminantAnalysis",
            "MetricMDS",
            "PCA",
            "PrincipalComponents",
            "ScalingResult",
            "classical_scaling",
            "geodesic_distances",
            "pca_by_covariance",
            "smacof",
            "stress",
        ],
        "runmath.probability.dimension_reduction",
    ),
}

__all__ = [
    "PCA",
    "RBF",
    "TSNE",
    "BarycenterResult",
    "ClassicalMDS",
    "Constant",
    "Coupling1D",
    "Gaussian",
    "GaussianProcessRegressor",
    "Geodesic",
    "HausdorffDistance",
    "HypothesisTest",
    "Isomap",
    "Kernel",
    "Laplace",
    "Linear",
    "LinearDiscriminantAnalysis",
    "LocalMetric",
    "MetricMDS",
    "MetricReport",
    "Moments",
    "MonteCarloEstimate",
    "NeighbourhoodComponents",
    "NystromMap",
    "Periodic",
    "PermutationTest",
    "Polynomial",
    "PrincipalComponents",
    "Product",
    "ScalingResult",
    "SinkhornResult",
    "Stable",
    "StudentT",
    "Sum",
    "TransportPlan",
    "White",
    "Whitening",
    "barycenter_1d",
    "bayes_rule",
    "benjamini_hochberg",
    "bonferroni",
    "bootstrap_interval",
    "bures_wasserstein",
    "classical_scaling",
    "conditional",
    "control_variate",
    "cost_matrix",
    "coupling_1d",
    "cross_entropy",
    "curve_length",
    "displacement_histogram",
    "displacement_interpolation",
    "entropic_map",
    "entropy",
    "f_divergence",
    "gaussian_monge_map",
    "geodesic_distances",
    "graph_geodesic",
    "greedy_landmarks",
    "hausdorff",
    "holm",
    "js_divergence",
    "kl_divergence",
    "leave_one_out_score",
    "log_bayes_rule",
    "mahalanobis",
    "mahalanobis_between",
    "marginal",
    "mean_difference",
    "metric_axioms",
    "metric_graph",
    "monge_map_1d",
    "monte_carlo",
    "mutual_information",
    "paired_t_test",
    "pca_by_covariance",
    "permutation_test",
    "pooled_t_test",
    "pooled_t_test_from_summary",
    "power_of_t_test",
    "pull_back",
    "quantile_function",
    "relax_geodesic",
    "running_moments",
    "sample_field",
    "sample_process",
    "sample_size",
    "sinkhorn",
    "sinkhorn_barycenter",
    "sliced_wasserstein",
    "smacof",
    "stress",
    "t_interval",
    "t_test",
    "transport_plan",
    "wasserstein",
    "wasserstein_1d",
    "welch_test",
    "welch_test_from_summary",
    "whitening_matrix",
]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
