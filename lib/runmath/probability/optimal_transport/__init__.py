"""Optimal transport: the cheapest way to move one distribution to another, and the distance that it defines."""

from runmath.probability.optimal_transport.barycenter import BarycenterResult, sinkhorn_barycenter
from runmath.probability.optimal_transport.entropic_map import entropic_map
from runmath.probability.optimal_transport.gaussian import bures_wasserstein, gaussian_monge_map
from runmath.probability.optimal_transport.interpolation import (
    displacement_histogram,
    displacement_interpolation,
)
from runmath.probability.optimal_transport.line import (
    Coupling1D,
    barycenter_1d,
    coupling_1d,
    monge_map_1d,
    quantile_function,
    wasserstein_1d,
)
from runmath.probability.optimal_transport.linear_program import (
    TransportPlan,
    cost_matrix,
    transport_plan,
    wasserstein,
)
from runmath.probability.optimal_transport.sinkhorn import SinkhornResult, sinkhorn
from runmath.probability.optimal_transport.sliced import sliced_wasserstein

__all__ = [
    "BarycenterResult",
    "Coupling1D",
    "SinkhornResult",
    "TransportPlan",
    "barycenter_1d",
    "bures_wasserstein",
    "cost_matrix",
    "coupling_1d",
    "displacement_histogram",
    "displacement_interpolation",
    "entropic_map",
    "gaussian_monge_map",
    "monge_map_1d",
    "quantile_function",
    "sinkhorn",
    "sinkhorn_barycenter",
    "sliced_wasserstein",
    "transport_plan",
    "wasserstein",
    "wasserstein_1d",
]
