"""Circulant and Toeplitz matrices multiply and solve as their dense forms do, and their eigenvalues are an FFT."""

import time

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
from runmath.core import EPS
from runmath.linear_algebra import (
    Circulant,
    Convolution,
    Toeplitz,
    circulant_eigenvalues,
    convolve,
    first_column,
)
from runmath.testing import adjoint_gap

SIZES = [1, 2, 3, 4, 7, 16, 97, 128]
of_all_sizes = pytest.mark.parametrize("n", SIZES)


def make(n, seed=0):
    rng = np.random.default_rng(seed + n)
    return Circulant(rng.standard_normal(n)), rng


def bound(C, x):
    return 20 * EPS * np.linalg.norm(C.column) * np.linalg.norm(x)


@of_all_sizes
def test_products_equal_those_of_the_dense_matrix(n):
    C, rng = make(n)
    dense = np.array([[C.column[(i - j) % n] for j in range(n)] for i in range(n)])
    np.testing.assert_array_equal(C.to_dense(), dense)
    x, X = rng.standard_normal(n), rng.standard_normal((n, 3))
    np.testing.assert_allclose(C @ x, dense @ x, atol=bound(C, x), rtol=0)
    np.testing.assert_allclose(C @ X, dense @ X, atol=bound(C, X), rtol=0)
    np.testing.assert_array_equal(C.T.to_dense(), dense.T)
    assert adjoint_gap(lambda v: C @ v, lambda v: C.T @ v, (n,), (n,), rng=rng) < 50 * EPS


@of_all_sizes
def test_every_fourier_vector_is_an_eigenvector(n):
    C, _ = make(n)
    j = np.arange(n)
    waves = np.exp(2j * np.pi * np.outer(j, j) / n)  # column k is the wave of frequency k
    error = C.to_dense() @ waves - waves * C.eigenvalues
    assert np.abs(error).max() < 50 * n * EPS * np.linalg.norm(C.column) * np.sqrt(n)
    np.testing.assert_allclose(C.T.eigenvalues, C.eigenvalues.conj(), atol=bound(C, np.ones(n)), rtol=0)


@of_all_sizes
def test_circulants_multiply_to_circulants_and_commute(n):
    C, D = make(n)[0], make(n, seed=50)[0]
    product = C @ D
    assert isinstance(product, Circulant)
    atol = bound(C, D.column) * np.sqrt(n)
    np.testing.assert_allclose(product.to_dense(), C.to_dense() @ D.to_dense(), atol=atol, rtol=0)
    np.testing.assert_allclose((D @ C).column, product.column, atol=atol, rtol=0)


@of_all_sizes
def test_solutions_equal_those_of_a_dense_solver(n):
    C, rng = make(n)
    B = rng.standard_normal((n, 2))
    kappa = np.abs(C.eigenvalues).max() / np.abs(C.eigenvalues).min()
    reference = np.linalg.solve(C.to_dense(), B)
    np.testing.assert_allclose(
        C.solve(B), reference, atol=50 * kappa * EPS * np.linalg.norm(reference), rtol=0
    )
    np.testing.assert_allclose(C.solve(B[:, 0]), C.solve(B)[:, 0], atol=1e-15 * np.linalg.norm(reference) * n)


def test_singular_circulants_are_refused_or_solved_by_least_squares():
    C = Circulant([2.0, -1.0, 0, 0, 0, -1.0])  # constants are in the null space
    with pytest.raises(ValueError, match=r"`C` must be invertible, got an eigenvalue 0 .* frequency 0 of 6"):
        C.solve(np.ones(6))
    b = np.arange(6.0)
    np.testing.assert_allclose(C.solve(b, rcond=1e-12), np.linalg.pinv(C.to_dense()) @ b, atol=1e-13)
    with pytest.raises(ValueError, match="invertible"):
        Circulant([0.0, 0.0]).solve([1, 1])
    assert Circulant([0.0, 0.0]).solve([1, 1], rcond=0.1).tolist() == [0, 0]


def test_an_eigenvalue_that_is_zero_but_for_rounding_counts_as_zero():
    C = Circulant(first_column([0.3, -0.1, -0.2], (7,)))
    assert 0 < abs(C.eigenvalues[0]) < 1e-15
    with pytest.raises(ValueError, match="frequency 0 of 7"):
        C.solve(np.ones(7))


def test_an_eigenvalue_at_the_middle_frequency_may_vanish_too():
    with pytest.raises(ValueError, match="frequency 4 of 8"):
        Circulant(first_column([1, 2, 1], (8,))).solve(np.ones(8))


@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 5), (5, 1), (4, 6), (6, 4), (16, 16), (97, 31)])
def test_toeplitz_products_equal_those_of_scipy(m, n):
    rng = np.random.default_rng(m + n)
    column, row = rng.standard_normal(m), rng.standard_normal(n)
    row[0] = column[0]
    T, x, X = Toeplitz(column, row), rng.standard_normal(n), rng.standard_normal((n, 2))
    dense = scipy.linalg.toeplitz(column, row)
    atol = 20 * EPS * (np.linalg.norm(column) + np.linalg.norm(row)) * np.linalg.norm(X) * 3
    np.testing.assert_array_equal(T.to_dense(), dense)
    np.testing.assert_array_equal(T.T.to_dense(), dense.T)
    assert T.shape == T.T.shape[::-1] == (m, n)
    np.testing.assert_allclose(T @ x, dense @ x, atol=atol, rtol=0)
    np.testing.assert_allclose(T @ X, scipy.linalg.matmul_toeplitz((column, row), X), atol=atol, rtol=0)
    assert adjoint_gap(lambda v: T @ v, lambda v: T.T @ v, (n,), (m,), rng=rng) < 50 * EPS


@pytest.mark.parametrize("side", [1, 3, 5, 7])
@of_all_sizes
def test_eigenvalues_without_the_matrix_are_those_of_the_matrix(n, side):
    theta = np.random.default_rng(side).standard_normal(side)
    K = Convolution(theta, (n,), "periodic").to_matrix().toarray()
    np.testing.assert_allclose(first_column(theta, (n,)), K[:, 0], atol=10 * EPS, rtol=0)
    ours, theirs = circulant_eigenvalues(theta, (n,)), np.linalg.eigvals(K)
    distance = np.abs(ours[:, None] - theirs)
    rows, columns = scipy.optimize.linear_sum_assignment(distance)
    assert distance[rows, columns].max() < 1e-12


@pytest.mark.parametrize(
    ("shape", "side"), [((4, 5), (3, 3)), ((1, 6), (3, 5)), ((5, 3), (7, 1)), ((8, 8), (5, 5))]
)
def test_in_two_dimensions_the_eigenvalues_carry_out_the_convolution(shape, side):
    rng = np.random.default_rng(3)
    theta, x = rng.standard_normal(side), rng.standard_normal(shape)
    by_transform = np.fft.ifft2(circulant_eigenvalues(theta, shape) * np.fft.fft2(x))
    np.testing.assert_allclose(by_transform, convolve(x, theta, boundary="periodic"), atol=1e-13)


def test_the_time_of_a_product_grows_almost_linearly():
    """From 2^14 to 2^18, n² would take 256 times as long; n log n takes 21 times."""
    seconds = []
    for n in (2**14, 2**18):
        C, rng = make(n)
        x = rng.standard_normal(n)
        C @ x
        runs = []
        for _ in range(25):
            start = time.process_time()  # of this process: others may run beside it
            C @ x
            runs.append(time.process_time() - start)
        seconds.append(min(runs))
    assert seconds[1] / seconds[0] < 128


def test_columns_are_locked_and_the_order_of_factors_is_kept():
    C = Circulant([1.0, 2.0])
    with pytest.raises(ValueError, match="read-only"):
        C.column[0] = 3
    with pytest.raises(TypeError, match="unsupported operand"):
        np.ones(2) @ C


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Circulant([[1, 2]]), "`column` must be a vector"),
        (lambda: Circulant([1, 2]) @ [1, 2, 3], "`x` must be a vector of 2 entries, got 3"),
        (lambda: Circulant([1, 2]) @ [[1], [2], [3]], "`x` must have 2 rows, got 3"),
        (lambda: Circulant([1, 2]).solve([1]), "`b` must be a vector of 2 entries, got 1"),
        (lambda: Circulant([1, 2]).solve([1, 1], rcond=1), "`rcond` must be at least 0 and below 1"),
        (lambda: Toeplitz([1, 2], [2, 1]), "`row` must begin with the column's first entry 1.0, got 2.0"),
        (lambda: Toeplitz([1], [1, 2]) @ [1], "`x` must be a vector of 2 entries"),
        (lambda: circulant_eigenvalues([1, 2], (4,)), "`kernel` must have odd sides"),
        (lambda: circulant_eigenvalues([1], (4, 4)), "`kernel` must have as many dimensions"),
        (lambda: circulant_eigenvalues([1], (0,)), "`shape` must be at least 1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
