"""Hypothesis strategies for matrices, vectors, probability vectors, distributions and data sets.

Every strategy draws one of two kinds of value: *plain*, built from small integers, to which Hypothesis shrinks,
so that a counterexample can be checked by hand; or *rough*, random numbers from a drawn seed, so that a claim is
also tried on numbers that are nobody's favourite. A rough value draws what a plain one draws and a seed besides:
Hypothesis takes the shorter sequence of draws for the smaller value.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

MAX_DIM = 4  # large enough for structure, small enough to print
SMALL = 3  # plain entries are integers from -SMALL to SMALL


def _integers(draw: DrawFn, shape: tuple[int, ...], low: int = -SMALL, high: int = SMALL) -> np.ndarray:
    """Draw an array of small integers, as floats."""
    size = int(np.prod(shape))
    entries = draw(st.lists(st.integers(low, high), min_size=size, max_size=size))
    return np.array(entries, dtype=float).reshape(shape)


def _generator(draw: DrawFn) -> np.random.Generator | None:
    """Draw None for a plain value or a seeded generator for a rough one; to be called after the plain draws."""
    if not draw(st.booleans()):
        return None
    return np.random.default_rng(draw(st.integers(0, 2**32 - 1)))


def _signs(draw: DrawFn, n: int) -> np.ndarray:
    return 1 - 2 * _integers(draw, (n,), 0, 1)


def _unit_lower(draw: DrawFn, n: int) -> np.ndarray:
    """Draw a lower triangular matrix of -1, 0, 1 with a unit diagonal."""
    return np.tril(_integers(draw, (n, n), -1, 1), -1) + np.eye(n)


def _haar(rng: np.random.Generator, n: int) -> np.ndarray:
    """Return a uniformly distributed orthogonal matrix."""
    Q, R = np.linalg.qr(rng.standard_normal((n, n)))
    return Q * np.sign(np.diag(R))  # Mezzadri (2007): without the signs the distribution is not uniform


@st.composite
def reals(draw: DrawFn) -> float:
    """Draw a real number: a small integer or a Gaussian."""
    return float(draw(matrices(1, 1))[0, 0])


@st.composite
def vectors(draw: DrawFn, n: int) -> np.ndarray:
    """Draw a vector of shape (n,)."""
    return draw(matrices(n, 1))[:, 0]


@st.composite
def matrices(draw: DrawFn, m: int, n: int) -> np.ndarray:
    """Draw a matrix of shape (m, n) without structure; plain ones are often singular."""
    plain = _integers(draw, (m, n))
    rng = _generator(draw)
    return plain if rng is None else rng.standard_normal((m, n))


@st.composite
def diagonal(draw: DrawFn, n: int) -> np.ndarray:
    """Draw a diagonal matrix of shape (n, n)."""
    return np.diag(draw(vectors(n)))


@st.composite
def symmetric(draw: DrawFn, n: int) -> np.ndarray:
    """Draw a symmetric matrix of shape (n, n)."""
    upper = np.triu(draw(matrices(n, n)))
    return upper + np.triu(upper, 1).T


@st.composite
def skew_symmetric(draw: DrawFn, n: int) -> np.ndarray:
    """Draw a skew-symmetric matrix of shape (n, n)."""
    upper = np.triu(draw(matrices(n, n)), 1)
    return upper - upper.T


@st.composite
def positive_definite(draw: DrawFn, n: int) -> np.ndarray:
    """Draw a symmetric positive definite matrix L D Lᵀ of shape (n, n), its condition number at most about 1e4."""
    L = _unit_lower(draw, n)
    D = _integers(draw, (n,), 1, SMALL)
    rng = _generator(draw)
    if rng is None:
        return (L * D) @ L.T
    B = rng.standard_normal((n, n))
    return B @ B.T + 0.1 * np.eye(n)


@st.composite
def invertible(draw: DrawFn, n: int) -> np.ndarray:
    """Draw a well-conditioned invertible matrix L D U of shape (n, n)."""
    L, U = _unit_lower(draw, n), _unit_lower(draw, n).T
    D = _signs(draw, n) * _integers(draw, (n,), 1, SMALL)
    rng = _generator(draw)
    if rng is None:
        return (L * D) @ U
    Q_1, Q_2 = _haar(rng, n), _haar(rng, n)
    return (Q_1 * rng.uniform(0.5, 2.0, n)) @ Q_2  # singular values between 0.5 and 2


@st.composite
def orthogonal(draw: DrawFn, n: int) -> np.ndarray:
    """Draw an orthogonal matrix of shape (n, n): a signed permutation, or Haar distributed."""
    plain = np.eye(n)[draw(st.permutations(range(n)))] * _signs(draw, n)
    rng = _generator(draw)
    return plain if rng is None else _haar(rng, n)


@st.composite
def probability_vectors(draw: DrawFn, n: int) -> np.ndarray:
    """Draw a vector of shape (n,) with entries ≥ 0 that sum to one; plain ones may contain zeros."""
    weights = _integers(draw, (n,), 0, SMALL)
    weights[draw(st.integers(0, n - 1))] += 1  # not all zero
    rng = _generator(draw)
    return weights / weights.sum() if rng is None else rng.dirichlet(np.ones(n))


@st.composite
def data_sets(draw: DrawFn, n_samples: int, n_features: int) -> np.ndarray:
    """Draw data of shape (n_samples, n_features) whose columns differ in mean and scale."""
    X = draw(matrices(n_samples, n_features))
    return X * (1 + np.arange(n_features)) + _integers(draw, (n_features,))


@st.composite
def distributions(draw: DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """Draw a discrete distribution on the line: increasing points (k,) and their probabilities (k,)."""
    k = draw(st.integers(1, MAX_DIM))
    steps = _integers(draw, (k,), 1, SMALL)
    start = draw(st.integers(-SMALL, SMALL))
    return start + np.cumsum(steps) - steps[0], draw(probability_vectors(k))


# kind -> (strategy, number of dimensions it takes); a square kind is written with its dimension twice
_KINDS: dict[str, tuple[Callable[..., SearchStrategy], int]] = {
    "real": (reals, 0),
    "vector": (vectors, 1),
    "probability": (probability_vectors, 1),
    "matrix": (matrices, 2),
    "data": (data_sets, 2),
    "diagonal": (diagonal, 1),
    "symmetric": (symmetric, 1),
    "skew-symmetric": (skew_symmetric, 1),
    "positive-definite": (positive_definite, 1),
    "invertible": (invertible, 1),
    "orthogonal": (orthogonal, 1),
}
_SQUARE = {"diagonal", "symmetric", "skew-symmetric", "positive-definite", "invertible", "orthogonal"}


def arrays(declaration: str, /, *, min_dim: int = 1, max_dim: int = MAX_DIM) -> SearchStrategy:
    """Draw several arrays whose shapes agree, as a dict of names and values.

    Parameters
    ----------
    declaration : str
        ``"NAME: DIMS KIND, ..."``. Equal letters are equal dimensions; a digit is itself. The kind may be left
        out: ``"A: m n"`` is a matrix, ``"x: n"`` a vector, ``"t:"`` a real number. Kinds: matrix, data,
        diagonal, symmetric, skew-symmetric, positive-definite, invertible, orthogonal; vector, probability;
        real.
    min_dim, max_dim : int
        Range of every dimension that is named by a letter.

    Returns
    -------
    Hypothesis strategy
        Draws a dict, to be given to `claim`, `myth` or ``hypothesis.given``.

    Raises
    ------
    ValueError
        If the declaration cannot be read.

    Examples
    --------
    >>> from hypothesis import find
    >>> case = find(arrays("A: m n, x: n"), lambda case: True)
    >>> {name: value.shape for name, value in case.items()}
    {'A': (1, 1), 'x': (1,)}
    """
    fields = [_parse(field) for field in declaration.split(",")]
    names = [name for name, _, _ in fields]
    if len(set(names)) < len(names):
        raise ValueError(f"`declaration` must name every array once, got {declaration!r}")

    @st.composite
    def draw_arrays(draw: DrawFn) -> dict[str, np.ndarray]:
        letters = sorted({dim for _, dims, _ in fields for dim in dims if not dim.isdigit()})
        sizes = {letter: draw(st.integers(min_dim, max_dim)) for letter in letters}
        values = {}
        for name, dims, kind in fields:
            shape = [int(dim) if dim.isdigit() else sizes[dim] for dim in dims]
            values[name] = draw(_KINDS[kind][0](*shape[: _KINDS[kind][1]]))
        return values

    return draw_arrays()


def _parse(field: str) -> tuple[str, list[str], str]:
    """Read one ``NAME: DIMS KIND`` into its parts."""
    name, colon, rest = (part.strip() for part in field.partition(":"))
    words = rest.split()
    kind = words.pop() if words and words[-1] in _KINDS else ["real", "vector", "matrix"][min(len(words), 2)]
    expected = 2 if kind in _SQUARE else _KINDS[kind][1]
    readable = colon and name.isidentifier() and all(dim.isdigit() or dim.isidentifier() for dim in words)
    if not readable or len(words) != expected or (kind in _SQUARE and words[0] != words[-1]):
        raise ValueError(
            f"`declaration` must read 'NAME: DIMS KIND, ...' with shapes that fit the kind, got {field!r}"
        )
    return name, words, kind
