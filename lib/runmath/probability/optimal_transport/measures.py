"""Checks of what every transport problem starts with: masses, their totals, and the exponent of the distance."""

from __future__ import annotations

from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import EPS, as_matrix, as_vector

# Two totals may differ by the rounding of a normalisation: half of the digits must agree.
TOTAL_TOLERANCE = EPS**0.5


def as_masses(value: Any, name: str, size: int) -> np.ndarray:
    """Return a new array of `size` masses, not negative, with a positive total.

    None stands for equal masses 1 / size.

    Raises
    ------
    TypeError, ValueError
        If the masses are not real numbers, or have another size, a negative entry or no total.

    Examples
    --------
    >>> as_masses(None, "a", 2), as_masses([3, 0], "a", 2)
    (array([0.5, 0.5]), array([3., 0.]))
    """
    if value is None:
        return np.full(size, 1 / size)
    masses = as_vector(value, name, size=size)
    if masses.min() < 0:
        raise ValueError(f"`{name}` must hold masses that are not negative, got {masses.min():g}")
    if not 0 < masses.sum() < np.inf:
        raise ValueError(f"`{name}` must have a positive and finite total, got {masses.sum():g}")
    return masses


def as_balanced_masses(
    a: ArrayLike | None, b: ArrayLike | None, sizes: tuple[int, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the masses a (m,) and b (n,) of a transport problem; their totals must be equal.

    Raises
    ------
    TypeError, ValueError
        If one of them holds no masses, or if their totals differ by more than rounding.

    Examples
    --------
    >>> as_balanced_masses([2, 2], [4], (2, 1))
    (array([2., 2.]), array([4.]))
    """
    a, b = as_masses(a, "a", sizes[0]), as_masses(b, "b", sizes[1])
    total_a, total_b = a.sum(), b.sum()
    if abs(total_a - total_b) > TOTAL_TOLERANCE * max(total_a, total_b):
        raise ValueError(
            f"`a` and `b` must have equal totals, got {total_a:g} and {total_b:g}; divide each by its sum"
        )
    return a, b * (total_a / total_b)


def as_points(X: ArrayLike, Y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """Return two point clouds (m, d) and (n, d) of one dimension d.

    Raises
    ------
    TypeError, ValueError
        If one of them is no matrix, or if they have different numbers of columns.

    Examples
    --------
    >>> as_points([[1, 2]], [[3, 4], [5, 6]])[1].shape
    (2, 2)
    """
    X, Y = as_matrix(X, "X"), as_matrix(Y, "Y")
    if X.shape[1] != Y.shape[1]:
        raise ValueError(f"`X` and `Y` must have equally many columns, got {X.shape[1]} and {Y.shape[1]}")
    return X, Y


def as_real(value: Any, name: str, rule: str, *, low: float, open_low: bool = False) -> float:
    """Return a finite real number of at least `low`, or above it where `open_low`.

    Raises
    ------
    TypeError
        If the value is not a real number.
    ValueError
        If it breaks the rule, which the message quotes.

    Examples
    --------
    >>> as_real(2, "p", "at least 1", low=1)
    2.0
    """
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number, got {value!r}")
    if not (low < value < np.inf if open_low else low <= value < np.inf):
        raise ValueError(f"`{name}` must be {rule}, got {value}")
    return float(value)


def as_exponent(p: Any) -> float:
    """Return the exponent p of W_p, a finite number of at least 1.

    Raises
    ------
    TypeError, ValueError
        If it is not; below 1 the root of the least cost is no distance.

    Examples
    --------
    >>> as_exponent(2)
    2.0
    """
    return as_real(p, "p", "finite and at least 1", low=1.0)


def weighted_norm(distances: np.ndarray, masses: np.ndarray, p: float) -> float:
    """Return (Σ masses |distances|^p)^{1/p}, without overflow of the powers.

    Examples
    --------
    >>> weighted_norm(np.array([4e200, 4e200]), np.array([2.0, 2.0]), 2.0)
    8e+200
    """
    if p == 1:
        return float(masses @ distances)
    largest = distances.max(initial=0.0)
    if largest == 0:
        return 0.0
    return float(largest * (masses @ (distances / largest) ** p) ** (1 / p))


def power_of_two_below(size: float) -> float:
    """Return the largest power of two that is at most `size`; 1 for size 0.

    Examples
    --------
    >>> power_of_two_below(5.0), power_of_two_below(0.0)
    (4.0, 1.0)
    """
    return float(np.ldexp(1.0, np.frexp(size)[1] - 1)) if size > 0 else 1.0
