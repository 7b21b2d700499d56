"""Few coordinates for many: principal components, scaling, Isomap and discriminants.

The estimators are looked up when they are first asked for, because scikit-learn's base classes take long to import.
"""

from importlib import import_module

_MODULE_OF = {
    "PCA": "pca",
    "PrincipalComponents": "pca",
    "pca_by_covariance": "pca",
    "ClassicalMDS": "mds",
    "MetricMDS": "mds",
    "ScalingResult": "mds",
    "classical_scaling": "mds",
    "smacof": "mds",
    "stress": "mds",
    "Isomap": "isomap",
    "geodesic_distances": "isomap",
    "LinearDiscriminantAnalysis": "lda",
}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> object:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
