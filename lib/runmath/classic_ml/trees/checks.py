"""What the estimators of this package check, and how they draw seeds."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from runmath.core import as_integer

N_SEEDS = np.iinfo(np.int32).max


def training_data(
    estimator: Any, X: Any, y: Any, *, classes: bool, missing: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Return X as float64 (n_samples, n_features) and y as numbers: targets, or indices into `classes_`.

    Where `missing`, X may hold NaN.

    Raises
    ------
    ValueError
        If X or y is missing, not finite, of unequal length or of the wrong kind.
    """
    finite = "allow-nan" if missing else True
    X, y = validate_data(
        estimator, X, y, dtype=float, order="C", y_numeric=not classes, ensure_all_finite=finite
    )
    if not classes:
        return X, np.asarray(y, dtype=float)
    check_classification_targets(y)
    estimator.classes_, codes = np.unique(y, return_inverse=True)
    return X, codes


def new_data(estimator: Any, X: Any, *, missing: bool = False) -> np.ndarray:
    """Return X as float64 with the columns the estimator was fitted on; where `missing`, it may hold NaN."""
    finite = "allow-nan" if missing else True
    return validate_data(estimator, X, dtype=float, order="C", reset=False, ensure_all_finite=finite)


def weights(sample_weight: Any, X: np.ndarray) -> np.ndarray:
    """Return non-negative weights (n_samples,), ones by default.

    Raises
    ------
    ValueError
        If a weight is negative or all are zero.
    """
    w = _check_sample_weight(sample_weight, X, dtype=float, ensure_non_negative=True)
    if not w.any():
        raise ValueError("`sample_weight` must have a positive entry, got zeros only")
    return w


def random_state(seed: Any) -> np.random.RandomState:
    """Return scikit-learn's generator for a seed; None gives a fresh one, not NumPy's global one."""
    return np.random.RandomState() if seed is None else check_random_state(seed)


def set_seeds(model: BaseEstimator, draw: Callable[[], int]) -> None:
    """Set every `random_state` of a model, those of the steps of a pipeline too, to a number just drawn."""
    for name in sorted(model.get_params()):
        if name == "random_state" or name.endswith("__random_state"):
            model.set_params(**{name: draw()})


def as_fraction(value: Any, name: str) -> float:
    """Return a real number in (0, 1].

    Examples
    --------
    >>> as_fraction(1, "subsample")
    1.0
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number, got {value!r}")
    if not 0 < value <= 1:
        raise ValueError(f"`{name}` must be above 0 and at most 1, got {value}")
    return float(value)


def as_optional_integer(value: Any, name: str, *, low: int = 1) -> int | None:
    """Return None or an integer of at least `low`."""
    return None if value is None else as_integer(value, name, low=low)


def as_choice(value: Any, name: str, choices: Any) -> Any:
    """Return a value that is one of the choices.

    Raises
    ------
    ValueError
        If it is not.
    """
    if value not in choices:
        raise ValueError(f"`{name}` must be one of {', '.join(map(repr, choices))}, got {value!r}")
    return value


def as_count(value: Any, name: str, total: int) -> int:
    """Return how many of `total` are meant: an integer from 1 to `total`, or a fraction in (0, 1] of them.

    Examples
    --------
    >>> as_count(3, "max_samples", 10), as_count(0.25, "max_samples", 10), as_count(0.01, "max_samples", 10)
    (3, 2, 1)
    """
    if isinstance(value, Integral) and not isinstance(value, bool):
        return as_integer(value, name, high=total)
    return max(1, int(as_fraction(value, name) * total))


def as_max_features(value: Any, n_features: int) -> int:
    """Return the number of features drawn for each split; None means all.

    Examples
    --------
    >>> as_max_features("sqrt", 20), as_max_features(1 / 3, 20), as_max_features(None, 20)
    (4, 6, 20)
    """
    if value is None:
        return n_features
    if isinstance(value, str):
        functions = {"sqrt": np.sqrt, "log2": np.log2}
        return max(1, int(functions[as_choice(value, "max_features", functions)](n_features)))
    return as_count(value, "max_features", n_features)
