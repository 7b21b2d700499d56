"""Golub and Kahan's method: reflect to a bidiagonal matrix, then chase the superdiagonal to zero."""

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS
from runmath.linear_algebra import golub_kahan_svd
from runmath.linear_algebra.golub_kahan import _bidiagonalise, _householder


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (5, 5), (9, 4), (12, 12), (6, 1)])
def test_reflections_make_the_matrix_bidiagonal(shape):
    A = np.random.default_rng(sum(shape)).standard_normal(shape)
    U, d, e, Vt = _bidiagonalise(A)
    n = shape[1]
    B = np.diag(d) + np.diag(e, 1)
    for Q in (U, Vt.T):
        np.testing.assert_allclose(Q.T @ Q, np.eye(n), atol=8 * n * EPS)
    np.testing.assert_allclose(U @ B @ Vt, A, atol=8 * n * EPS * np.linalg.norm(A))


def test_singular_values_and_vectors_agree_with_scipy():
    A = np.random.default_rng(1).standard_normal((15, 10))
    result = golub_kahan_svd(A)
    U, s, Vt = scipy.linalg.svd(A, full_matrices=False)
    np.testing.assert_allclose(result.s, s, rtol=1e-13)
    gap = np.abs(np.subtract.outer(s, s) + np.diag(np.full(10, np.inf))).min()
    atol = 100 * EPS * s[0] / gap  # vectors are determined up to sign and EPS s[0] / gap
    np.testing.assert_allclose(np.abs((U * result.U).sum(axis=0)), 1.0, atol=atol)
    np.testing.assert_allclose(np.abs((Vt * result.Vt).sum(axis=1)), 1.0, atol=atol)


@pytest.mark.parametrize("position", range(5))
def test_a_zero_on_the_diagonal_of_a_bidiagonal_matrix_is_handled(position):
    d = np.arange(1.0, 6.0)
    d[position] = 0.0
    B = np.diag(d) + np.diag(np.ones(4), 1)
    result = golub_kahan_svd(B)
    assert result.converged
    np.testing.assert_allclose(result.s, scipy.linalg.svdvals(B), atol=40 * EPS * 6)
    np.testing.assert_allclose((result.U * result.s) @ result.Vt, B, atol=40 * EPS * 6)


def test_two_or_three_steps_a_singular_value_suffice():
    n = 60
    assert golub_kahan_svd(np.random.default_rng(2).standard_normal((n, n))).n_iter <= 3 * n


def test_the_factors_are_orthonormal_for_every_rank(A):
    result = golub_kahan_svd(A)
    for Q in (result.U, result.Vt.T):
        assert np.abs(Q.T @ Q - np.eye(Q.shape[1])).max() <= 1e-13


@pytest.mark.parametrize("unit", [2.0**-1060, 2.0**-538, 1.0])
def test_reflections_are_orthogonal_where_squares_underflow(unit):
    v = _householder(unit * np.array([3.0, 4.0]))
    np.testing.assert_allclose(v @ v, 2.0, rtol=8 * EPS)
    np.testing.assert_allclose([3, 4] - v * (v @ [3, 4]), [-5, 0], atol=32 * EPS)


@pytest.mark.parametrize("seed", [22, 35])  # two of those that come out worst without the scaling
def test_rows_300_orders_of_magnitude_apart_leave_the_factors_orthonormal(seed):
    rng = np.random.default_rng(seed)
    A = rng.standard_normal((9, 7)) * 10.0 ** rng.uniform(-150, 150, (9, 1))
    result = golub_kahan_svd(A)
    for Q in (result.U, result.Vt.T):
        np.testing.assert_allclose(Q.T @ Q, np.eye(7), atol=1e-13)
