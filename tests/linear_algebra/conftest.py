"""Matrices on which decompositions of the singular value family are tried."""

import numpy as np
import pytest
import scipy.linalg


def kahan_matrix(n, c=0.285):
    """Upper triangular, almost singular, and left alone by column pivoting."""
    return np.sqrt(1 - c * c) ** np.arange(n)[:, None] * (np.eye(n) - c * np.triu(np.ones((n, n)), 1))


def make_gallery():
    rng = np.random.default_rng(20)
    G = rng.standard_normal
    orthogonal = np.linalg.qr(G((20, 20)))[0]
    return {
        "1x1": np.array([[-3.0]]),
        "row": G((1, 7)),
        "column": G((7, 1)),
        "tall": G((40, 15)),
        "wide": G((15, 40)),
        "odd size": G((21, 21)),
        "two columns": G((5, 2)),
        "zero": np.zeros((4, 3)),
        "one entry": np.eye(1, 12, 5) * np.eye(8)[:, 3:4],
        "zero columns": G((20, 20)) * (np.arange(20) % 2),
        "zero rows": G((20, 20)) * (np.arange(20) % 3 > 0)[:, None],
        "identity": np.eye(9),
        "permutation": np.eye(9)[rng.permutation(9)],
        "nilpotent": np.eye(9, k=1),
        "all ones": np.ones((12, 10)),
        "rank 3": G((25, 3)) @ G((3, 20)),
        "orthogonal": orthogonal,
        "repeated values": orthogonal * np.repeat([3.0, 3.0, 1.0, 1e-7], 5) @ orthogonal[::-1],
        "cluster": orthogonal * (1 + 1e-9 * np.arange(20)) @ orthogonal[::-1],
        "Hilbert": scipy.linalg.hilbert(15),
        "Vandermonde": np.vander(np.linspace(0, 1, 16)),
        "Kahan": kahan_matrix(60),
        "graded columns": G((20, 20)) * 10.0 ** -np.linspace(0, 14, 20),
        "graded rows": G((20, 20)) * 10.0 ** -np.linspace(0, 14, 20)[::-1, None],
        "tiny": 1e-200 * G((12, 8)),
        "huge": 1e200 * G((8, 12)),
        "1e-140 to 1e140": G((15, 15)) * 10.0 ** np.linspace(-140, 140, 15),
        "subnormal": 1e-310 * G((6, 6)),
    }


GALLERY = make_gallery()


@pytest.fixture(params=GALLERY.values(), ids=GALLERY.keys())
def A(request):
    return request.param.copy()


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def graded(rng, n, grading):
    """A well-conditioned matrix whose columns, rows or both are scaled over 12 orders of magnitude."""
    B = rng.standard_normal((n, n))
    d, e = (10.0 ** -rng.permutation(np.linspace(0, 12, n)) for _ in range(2))
    return {"columns": B * d, "rows": B * d[:, None], "both": B * d * e[:, None]}[grading]


@pytest.fixture
def make_graded(rng):
    return lambda n, grading: graded(rng, n, grading)
