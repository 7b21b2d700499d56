"""Argument checks with one wording of errors: "`name` must be <rule>, got <what was received>"."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np


def as_matrix(value: Any, name: str, *, square: bool = False) -> np.ndarray:
    """Return a new float64 array of shape (m, n) with m, n ≥ 1 and finite entries.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the array is not two-dimensional, empty, not finite, or (where `square`) not square.

    Examples
    --------
    >>> as_matrix([[1, 2], [3, 4]], "A")
    array([[1., 2.],
           [3., 4.]])
    """
    A = _as_finite_reals(value, name)
    if A.ndim != 2 or 0 in A.shape:
        raise ValueError(f"`{name}` must be a matrix with at least one row and column, got shape {A.shape}")
    if square and A.shape[0] != A.shape[1]:
        raise ValueError(f"`{name}` must be a square matrix, got shape {A.shape}")
    return A


def as_vector(value: Any, name: str, *, size: int | None = None) -> np.ndarray:
    """Return a new float64 array of shape (n,) with n ≥ 1 and finite entries; `size` prescribes n.

    Raises
    ------
    TypeError
        If the entries are not real numbers.
    ValueError
        If the array is not one-dimensional, empty, not finite, or of another size.

    Examples
    --------
    >>> as_vector([1, 2], "b")
    array([1., 2.])
    """
    x = _as_finite_reals(value, name)
    if x.ndim != 1 or x.size == 0:
        raise ValueError(f"`{name}` must be a vector with at least one entry, got shape {x.shape}")
    if size is not None and x.size != size:
        raise ValueError(f"`{name}` must be a vector of {size} entries, got {x.size}")
    return x


def _as_finite_reals(value: Any, name: str) -> np.ndarray:
    try:
        array = np.asarray(value)
    except ValueError:  # rows of different lengths
        array = np.array(None)
    if array.dtype.kind not in "buif":
        raise TypeError(
            f"`{name}` must be an array of real numbers, got {type(value).__name__} of {array.dtype}"
        )
    array = np.array(array, dtype=float)
    if not np.isfinite(array).all():
        raise ValueError(f"`{name}` must be finite, got NaN or infinity")
    return array


def as_integer(value: Any, name: str, *, low: int = 1, high: int | None = None) -> int:
    """Return an integer between `low` and `high`, both included.

    Raises
    ------
    TypeError
        If the value is not an integer; a bool and a float such as 3.0 are not.
    ValueError
        If it is out of range.

    Examples
    --------
    >>> as_integer(3, "rank", high=5)
    3
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be an integer, got {value!r}")
    if value < low or (high is not None and value > high):
        rule = f"at least {low}" if high is None else f"between {low} and {high}"
        raise ValueError(f"`{name}` must be {rule}, got {value}")
    return int(value)


def as_tolerance(value: Any, name: str) -> float:
    """Return a real number in [0, 1).

    Raises
    ------
    TypeError
        If the value is not a real number.
    ValueError
        If it is out of range.

    Examples
    --------
    >>> as_tolerance(1e-8, "tol")
    1e-08
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number, got {value!r}")
    if not 0 <= value < 1:
        raise ValueError(f"`{name}` must be at least 0 and below 1, got {value}")
    return float(value)
