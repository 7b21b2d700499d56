"""Checks of labels and scores, shared by all metrics."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_vector


def as_labels(value: ArrayLike, name: str, *, size: int | None = None) -> np.ndarray:
    """Return labels as an array of shape (n,) with n >= 1 and without NaN; `size` prescribes n.

    Raises
    ------
    ValueError
        If the array is not one-dimensional, empty, of another size, or holds NaN, be it among objects.

    Examples
    --------
    >>> as_labels(["cat", "dog"], "y_true").tolist()
    ['cat', 'dog']
    """
    labels = np.asarray(value)
    if labels.ndim != 1 or labels.size == 0:
        raise ValueError(f"`{name}` must be a vector with at least one label, got shape {labels.shape}")
    if size is not None and labels.size != size:
        raise ValueError(f"`{name}` must hold {size} labels, one for each sample, got {labels.size}")
    if labels.dtype.kind in "fcO" and (labels != labels).any():  # only NaN differs from itself
        raise ValueError(f"`{name}` must not hold NaN")
    return labels


def as_outcomes(y_true: ArrayLike, *, both: bool = False) -> np.ndarray:
    """Return outcomes 0 and 1 as booleans; where `both` is set, each must occur.

    Raises
    ------
    ValueError
        If there are other values, or only one of the two where both are needed.

    Examples
    --------
    >>> as_outcomes([0, 1]).tolist()
    [False, True]
    """
    y = as_labels(y_true, "y_true")
    if y.dtype.kind not in "buif" or not ((y == 0) | (y == 1)).all():
        raise ValueError(f"`y_true` must hold only 0 and 1, got {np.unique(y)[:5].tolist()}")
    y = y.astype(bool)
    if both and (y.all() or not y.any()):
        raise ValueError("`y_true` must hold both classes, got only one")
    return y


def as_scores(value: ArrayLike, name: str, *, size: int, probability: bool = False) -> np.ndarray:
    """Return `size` finite real scores; where `probability` is set, they must lie in [0, 1].

    Raises
    ------
    TypeError
        If they are not real numbers.
    ValueError
        If there are more or fewer, one is not finite, or not a probability where it should be.

    Examples
    --------
    >>> as_scores([0.5, 2], "score", size=2)
    array([0.5, 2. ])
    """
    scores = as_vector(value, name, size=size)
    if probability and not ((scores >= 0) & (scores <= 1)).all():
        raise ValueError(
            f"`{name}` must lie between 0 and 1, got values from {scores.min()} to {scores.max()}"
        )
    return scores


def as_confidence(value: float) -> float:
    """Return a confidence strictly between 0 and 1.

    Raises
    ------
    ValueError
        If it is not.

    Examples
    --------
    >>> as_confidence(0.95)
    0.95
    """
    if not 0 < value < 1:
        raise ValueError(f"`confidence` must be between 0 and 1, got {value!r}")
    return float(value)
