"""The adjoint test accepts adjoint pairs and nothing else."""

import numpy as np
import pytest
from runmath.core import EPS
from runmath.testing import adjoint_gap


def matrix_pair(shape, seed, complex_=False):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal(shape) + (1j * rng.standard_normal(shape) if complex_ else 0)
    return A, lambda x: A @ x, lambda y: A.conj().T @ y


@pytest.mark.parametrize("complex_", [False, True])
@pytest.mark.parametrize("shape", [(1, 1), (7, 4), (4, 7), (300, 200)])
def test_a_matrix_and_its_conjugate_transpose_pass(shape, complex_):
    _, forward, adjoint = matrix_pair(shape, 0, complex_)
    gap = adjoint_gap(forward, adjoint, shape[1], shape[0], rng=1, complex_=complex_)
    assert gap <= 4 * EPS * np.sqrt(sum(shape))


def test_the_plain_transpose_of_a_complex_matrix_fails():
    A, forward, _ = matrix_pair((5, 4), 0, True)
    assert adjoint_gap(forward, lambda y: A.T @ y, 4, 5, rng=1, complex_=True) > 1e-2


@pytest.mark.parametrize("n", [10, 1000, 100_000])
@pytest.mark.parametrize("delta", [1e-10, 1e-4])
def test_a_factor_wrong_by_delta_gives_a_gap_of_a_third_of_it_at_every_size(n, delta):
    d = np.random.default_rng(0).uniform(1, 2, n)
    gap = adjoint_gap(lambda x: d * x, lambda y: (1 + delta) * d * y, n, n, rng=2)
    assert 0.2 * delta < gap < 0.6 * delta


def test_one_wrong_entry_of_a_large_operator_shows():
    def wrong(y):
        z = y.copy()
        z[0] = y[-1]
        return z

    assert adjoint_gap(np.copy, wrong, 10_000, 10_000, rng=3) > 1e-9


def test_the_gap_is_the_quotient_of_its_definition():
    record = {}

    def forward(x):
        record["x"] = x
        return 2 * x

    def adjoint(y):
        record["y"] = y
        return 5 * y

    gap = adjoint_gap(forward, adjoint, (3, 2), (3, 2), rng=4)
    x, y = record["x"], record["y"]
    lhs, rhs = (2 * x * y).sum(), (5 * x * y).sum()
    scale = 7 * np.linalg.norm(x) * np.linalg.norm(y)
    assert gap == pytest.approx(abs(lhs - rhs) / scale, rel=1e-12)


def test_arrays_of_any_shape_are_vectors():
    gap = adjoint_gap(
        lambda x: x.sum(axis=0), lambda y: np.broadcast_to(y, (4, 3, 2)), (4, 3, 2), (3, 2), rng=5
    )
    assert gap <= 8 * EPS


def test_zero_operators_are_adjoint_and_zero_is_no_adjoint_of_another():
    zero = np.zeros_like
    assert adjoint_gap(zero, zero, 3, 3, rng=0) == 0
    assert adjoint_gap(np.copy, zero, 3, 3, rng=0) > 0.1
    assert adjoint_gap(zero, np.copy, 3, 3, rng=0) > 1e-3


def test_operators_that_work_in_place_are_judged_by_what_they_return():
    def double(x):
        x *= 2
        return x

    for adjoint in (double, lambda y: 2 * y):
        assert adjoint_gap(double, adjoint, 6, 6, rng=0) <= 4 * EPS


def test_results_that_are_not_finite_never_pass():
    assert not adjoint_gap(lambda x: x * np.nan, np.copy, 3, 3, rng=0) <= 1


def test_one_seed_gives_one_gap():
    _, forward, _ = matrix_pair((4, 4), 0)
    assert adjoint_gap(forward, forward, 4, 4, rng=9) == adjoint_gap(forward, forward, 4, 4, rng=9)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"`forward` must return an array of shape \(3,\), got \(2,\)"):
        adjoint_gap(np.copy, np.copy, 2, 3, rng=0)
    with pytest.raises(ValueError, match=r"`adjoint` must return an array of shape \(2,\), got \(3,\)"):
        adjoint_gap(lambda x: np.zeros(3), np.copy, 2, 3, rng=0)
    with pytest.raises(ValueError, match="`x_shape` must be at least 1"):
        adjoint_gap(np.copy, np.copy, 0, 3, rng=0)
    with pytest.raises(TypeError, match="`y_shape` must be an integer"):
        adjoint_gap(np.copy, np.copy, 3, 3.0, rng=0)
    with pytest.raises(TypeError, match="`rng` must be"):
        adjoint_gap(np.copy, np.copy, 3, 3, rng=None)
