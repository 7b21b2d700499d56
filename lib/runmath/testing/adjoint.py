"""The adjoint test: one random number that tells whether two operators are adjoint to each other."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_rng

Shape = int | tuple[int, ...]


def adjoint_gap(
    forward: Callable[[np.ndarray], ArrayLike],
    adjoint: Callable[[np.ndarray], ArrayLike],
    x_shape: Shape,
    y_shape: Shape,
    *,
    rng: np.random.Generator | int,
    complex_: bool = False,
) -> float:
    """Return |⟨F x, y⟩ - ⟨x, F* y⟩| / (‖F x‖ ‖y‖ + ‖x‖ ‖F* y‖) for a random x and a random y.

    Parameters
    ----------
    forward : callable
        The linear operator F: takes an array of shape `x_shape`, returns one of shape `y_shape`.
    adjoint : callable
        What should be F*: takes an array of shape `y_shape`, returns one of shape `x_shape`.
    x_shape, y_shape : int or tuple of int
    rng : Generator or int
        Draws x and y.
    complex_ : bool
        Whether x and y are complex; the products are then ⟨u, v⟩ = Σ u_i conj(v_i).

    Returns
    -------
    float
        From 0 to 1: a few machine epsilons for an adjoint pair, and where F* is wrong by a factor 1 + δ about δ/3
        whatever the size. NaN where an operator returns something that is not finite.

    Raises
    ------
    TypeError, ValueError
        If a shape or `rng` is not one, or an operator returns an array of another shape.

    Notes
    -----
    Both products are of vectors with a random part, so a pair that is not adjoint passes with probability zero in
    exact arithmetic. The converse holds for linear operators only, and linearity is not tested. For independent x
    and y the two products would shrink like 1/√n against the norms, and a wrong factor with them; therefore y is a
    random vector plus a multiple of F x of the same length. An error in a few of n entries still gives a gap of
    order 1/n only: compare with 1e-12, not with 1e-3. Chapter: linear-algebra/matrices-2.

    References
    ----------
    .. [1] claerbout1992earth, chapter 5, the dot-product test.

    Examples
    --------
    >>> A = np.array([[1.0, 2.0], [0.0, 1.0], [3.0, 0.0]])
    >>> adjoint_gap(lambda x: A @ x, lambda y: A.T @ y, 2, 3, rng=0) < 1e-15
    True
    >>> adjoint_gap(np.fft.fft, np.fft.ifft, 8, 8, rng=0, complex_=True) > 0.1
    True
    """
    rng = as_rng(rng)
    x_shape, y_shape = _shape(x_shape, "x_shape"), _shape(y_shape, "y_shape")
    x, y = _gaussian(rng, x_shape, complex_), _gaussian(rng, y_shape, complex_)
    image = _image(forward, x, y_shape, "forward")
    size = np.linalg.norm(image)
    if 0 < size < np.inf:
        y = y + image * (np.linalg.norm(y) / size)
    back = _image(adjoint, y, x_shape, "adjoint")
    scale = size * np.linalg.norm(y) + np.linalg.norm(x) * np.linalg.norm(back)
    gap = abs(np.vdot(y, image) - np.vdot(back, x))
    return 0.0 if scale == 0 else float(gap / scale)


def _gaussian(rng: np.random.Generator, shape: tuple[int, ...], complex_: bool) -> np.ndarray:
    real = rng.standard_normal(shape)
    return real + 1j * rng.standard_normal(shape) if complex_ else real


def _image(operator: Callable, x: np.ndarray, shape: tuple[int, ...], name: str) -> np.ndarray:
    """Apply an operator to a copy, so that one which works in place cannot spoil the comparison."""
    image = np.asarray(operator(x.copy()))
    if image.shape != shape:
        raise ValueError(f"`{name}` must return an array of shape {shape}, got {image.shape}")
    return image


def _shape(shape: Shape, name: str) -> tuple[int, ...]:
    sizes = shape if isinstance(shape, (tuple, list)) else (shape,)
    return tuple(as_integer(size, name) for size in sizes)
