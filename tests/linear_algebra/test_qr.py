"""Reflections leave an orthonormal factor for every matrix, however badly conditioned or scaled."""

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS, norm
from runmath.linear_algebra import lstsq_qr, qr
from runmath.linear_algebra.qr import BASE, _householder, _reflect

SHAPES = [(1, 1), (3, 1), (1, 3), (5, 5), (BASE, BASE), (BASE + 1, BASE + 1), (100, 70), (70, 100), (150, 40)]


def defect(Q):
    """Distance of QᵀQ from the identity."""
    return np.abs(Q.T @ Q - np.eye(Q.shape[1])).max()


def test_the_factors_give_the_matrix_back_column_by_column(A):
    factors = qr(A)
    m, n = A.shape
    assert factors.Q.shape == (m, min(m, n))
    assert factors.R.shape == (min(m, n), n)
    assert defect(factors.Q) <= 4 * (m + n) * EPS
    np.testing.assert_array_equal(np.tril(factors.R, -1), 0.0)
    for a, r in zip(A.T, factors.R.T, strict=True):
        e = np.frexp(np.abs(a).max())[1]
        atol = (m + n) * (4 * EPS + np.ldexp(1.0, -1074 - e))  # subnormal entries of R are rounded to 2^-1074
        np.testing.assert_allclose(factors.Q @ np.ldexp(r, -e), np.ldexp(a, -e), rtol=0, atol=atol)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_factors_are_lapacks(shape):
    A = np.random.default_rng(sum(shape)).standard_normal(shape)
    factors, (Q, R) = qr(A), scipy.linalg.qr(A, mode="economic")
    leading = A[:, : min(shape)]
    atol = 4 * sum(shape) * EPS * np.linalg.cond(leading)
    np.testing.assert_allclose(factors.R, R, rtol=0, atol=atol * np.linalg.norm(A))
    np.testing.assert_allclose(factors.Q, Q, rtol=0, atol=atol)


@pytest.mark.parametrize("condition", [1e2, 1e8, 1e15])
def test_orthogonality_does_not_depend_on_the_condition_of_the_matrix(condition):
    n = 60
    rng = np.random.default_rng(0)
    U, V = (np.linalg.qr(rng.standard_normal((n, n)))[0] for _ in range(2))
    A = U * np.geomspace(1, 1 / condition, n) @ V
    Q = np.zeros_like(A)  # classical Gram-Schmidt, for contrast
    for j in range(n):
        q = A[:, j] - Q[:, :j] @ (Q[:, :j].T @ A[:, j])
        Q[:, j] = q / np.linalg.norm(q)
    assert defect(qr(A).Q) <= 4 * n * EPS
    assert defect(Q) > min(0.1, 1e-18 * condition**2)


def test_powers_of_two_pass_through_exactly():
    A = np.random.default_rng(0).standard_normal((50, 40))
    factors = qr(A)
    for e in (-1000, 1000):
        scaled = qr(2.0**e * A)
        np.testing.assert_array_equal(scaled.Q, factors.Q)
        np.testing.assert_array_equal(scaled.R, 2.0**e * factors.R)


def test_a_norm_beyond_the_largest_float_is_an_error():
    with pytest.raises(OverflowError, match="the factor R exceeds the largest float64; scale the input"):
        qr(np.full((4, 1), 1.7e308))


@pytest.mark.parametrize(
    "x",
    [
        [3.0, 4.0],
        [-3.0, 4.0],
        [0.0, 5.0],
        [1.0, 1e-200],
        [1e-200, 1e-300],
        [3e-300, 4e-300],
        [2.0, 0.0],
    ],
)
def test_a_reflection_takes_a_vector_to_a_multiple_of_the_first_unit_vector(x):
    x = np.array(x)
    unit = 2.0 ** -np.frexp(np.abs(x).max())[1]
    v, tau, beta = _householder(x)
    H = np.eye(2) - tau * np.outer(v, v)
    np.testing.assert_allclose(H @ H.T, np.eye(2), rtol=0, atol=8 * EPS)
    np.testing.assert_allclose(H @ (unit * x), [unit * beta, 0.0], rtol=0, atol=8 * EPS)
    assert abs(beta) == pytest.approx(norm(x), rel=4 * EPS)
    assert v[0] == 1.0


def test_a_block_is_the_product_of_its_reflections():
    A = np.random.default_rng(4).standard_normal((9, 4))
    (block,) = _reflect(A.copy())
    product = np.eye(9)
    for v, tau in zip(block.V, np.diag(block.T), strict=True):
        product = product @ (np.eye(9) - tau * np.outer(v, v))
    C = np.eye(9)
    block.apply(C)
    np.testing.assert_allclose(C, product, rtol=0, atol=20 * EPS)
    block.apply_transposed(C)
    np.testing.assert_allclose(C, np.eye(9), rtol=0, atol=20 * EPS)


def test_a_line_through_three_points_is_fitted():
    x = lstsq_qr([[1, 0], [1, 1], [1, 2]], [1, 2, 2])  # normal equations: 3 a + 3 b = 5, 3 a + 5 b = 6
    np.testing.assert_allclose(x, [7 / 6, 1 / 2], rtol=8 * EPS)


@pytest.mark.parametrize("columns", [(), (1,), (4,)])
@pytest.mark.parametrize("shape", [(1, 1), (5, 5), (7, 3), (100, 40), (80, 65)])
def test_least_squares_agree_with_lapack_and_leave_an_orthogonal_residual(shape, columns):
    rng = np.random.default_rng(sum(shape))
    A, b = rng.standard_normal(shape), rng.standard_normal((shape[0], *columns))
    x = lstsq_qr(A, b)
    expected = scipy.linalg.lstsq(A, b)[0]
    assert x.shape == expected.shape
    rtol = 4 * sum(shape) * EPS * np.linalg.cond(A) ** 2
    np.testing.assert_allclose(x, expected, rtol=0, atol=rtol * np.abs(expected).max())
    size = np.linalg.norm(A) * (np.linalg.norm(A) * np.linalg.norm(x) + np.linalg.norm(b))
    assert np.abs(A.T @ (A @ x - b)).max() <= 4 * sum(shape) * EPS * size


def test_the_normal_equations_lose_the_digits_that_qr_keeps():
    t = np.linspace(0, 1, 40)
    A, x = np.vander(t, 9), np.ones(9)  # κ = 4e5
    error_qr = np.abs(lstsq_qr(A, A @ x) - x).max()
    error_normal = np.abs(np.linalg.solve(A.T @ A, A.T @ (A @ x)) - x).max()
    assert error_qr <= 10 * EPS * np.linalg.cond(A)
    assert error_normal > 100 * error_qr


def test_columns_of_any_scale_are_independent():
    rng = np.random.default_rng(0)
    A, x = rng.standard_normal((20, 5)), rng.standard_normal(5)
    D = 10.0 ** np.array([-140, 3, 100, 0, -60])
    b = A @ x
    np.testing.assert_allclose(lstsq_qr(A * D, b) * D, x, rtol=1e-13)


@pytest.mark.parametrize(("a", "b"), [(1e-300, 1e-300), (1e200, 1e200), (1e-160, 1.0), (1.0, 1e300)])
def test_solutions_are_right_in_every_unit(a, b):
    np.testing.assert_allclose(
        lstsq_qr(a * np.eye(4, 2), b * np.arange(1.0, 5.0)), [b / a, 2 * b / a], rtol=8 * EPS
    )


def test_a_solution_beyond_the_largest_float_is_an_error():
    with pytest.raises(OverflowError, match="the solution exceeds the largest float64"):
        lstsq_qr([[1e-300], [0.0]], [1e300, 0.0])


@pytest.mark.parametrize("column", [1, 3, 40])
def test_a_dependent_column_is_named(column):
    A = np.random.default_rng(2).standard_normal((90, 45))
    A[:, column] = A[:, :column] @ np.arange(1.0, column + 1)
    with pytest.raises(
        ValueError, match=f"`A` must have independent columns, got column {column} .*`lstsq_svd`"
    ):
        lstsq_qr(A, np.ones(90))


def test_a_zero_column_is_dependent():
    with pytest.raises(ValueError, match="got column 0 "):
        lstsq_qr(np.zeros((3, 2)), np.ones(3))


def test_inputs_are_not_changed():
    A, b = np.random.default_rng(0).standard_normal((5, 3)), np.ones(5)
    before = A.copy()
    qr(A)
    lstsq_qr(A, b)
    np.testing.assert_array_equal(A, before)
    np.testing.assert_array_equal(b, np.ones(5))


@pytest.mark.parametrize(
    ("A", "b", "error", "match"),
    [
        (
            np.ones((2, 3)),
            np.ones(2),
            ValueError,
            "`A` must have at least as many rows as columns, got shape",
        ),
        (np.eye(2), np.ones(3), ValueError, "`b` must be a vector of 2 entries, got 3"),
        (np.eye(2), np.ones((3, 1)), ValueError, "`b` must have 2 rows"),
        ([[np.nan]], [1.0], ValueError, "`A` must be finite"),
        ([[1j]], [1.0], TypeError, "`A` must be an array of real numbers"),
        ([1.0], [1.0], ValueError, "`A` must be a matrix"),
    ],
)
def test_bad_input_is_refused(A, b, error, match):
    with pytest.raises(error, match=match):
        lstsq_qr(A, b)
