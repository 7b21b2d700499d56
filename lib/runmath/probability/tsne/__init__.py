"""t-SNE in replaceable parts: affinities, forces, descent, and the estimator that joins them."""

from runmath.probability.tsne.affinities import conditional_affinities, joint_affinities, neighbour_affinities
from runmath.probability.tsne.descent import descend
from runmath.probability.tsne.forces import exact_repulsion, grid_repulsion, kl_and_gradient, similarities

__all__ = [
    "TSNE",
    "conditional_affinities",
    "descend",
    "exact_repulsion",
    "grid_repulsion",
    "joint_affinities",
    "kl_and_gradient",
    "neighbour_affinities",
    "similarities",
]


def __getattr__(name: str) -> object:
    if name != "TSNE":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from runmath.probability.tsne.estimator import TSNE  # scikit-learn's base classes take long to import

    return TSNE


def __dir__() -> list[str]:
    return sorted([*globals(), "TSNE"])
