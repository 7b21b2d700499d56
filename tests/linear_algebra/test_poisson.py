"""The model problem -Δu + σ u = f on a grid: its matrix, its eigenvalues, its error."""

import numpy as np
import pytest
import scipy.linalg
from runmath.core import EPS
from runmath.linear_algebra import Poisson, with_boundary
from runmath.linear_algebra.poisson import coarse_shape

PROBLEMS = [
    Poisson((1,)),
    Poisson((6,), 2.5, (3.0,)),
    Poisson((1, 1), 1.0),
    Poisson((4, 1)),
    Poisson((3, 5), 7.0, (2.0, 1.0)),
    Poisson((6, 4), lengths=(7, 5)),
]


def by_the_equation(problem):
    """The matrix, entry by entry, as the scheme is written on paper."""
    points = list(np.ndindex(problem.shape))
    A = np.zeros((len(points), len(points)))
    for row, p in enumerate(points):
        A[row, row] = problem.sigma
        for axis, h in enumerate(problem.widths):
            A[row, row] += 2 / h**2
            for step in (-1, 1):
                q = list(p)
                q[axis] += step
                if 0 <= q[axis] < problem.shape[axis]:
                    A[row, points.index(tuple(q))] = -1 / h**2
    return A


@pytest.mark.parametrize("problem", PROBLEMS)
def test_matrix_and_stencil_are_those_of_the_scheme(problem):
    A = by_the_equation(problem)
    np.testing.assert_allclose(problem.to_sparse().toarray(), A, rtol=8 * EPS)
    rng = np.random.default_rng(0)
    v, f = rng.standard_normal((2, *problem.shape))
    atol = 16 * EPS * problem.diagonal * np.abs(v).max()
    np.testing.assert_allclose(problem.apply(v).ravel(), A @ v.ravel(), atol=atol)
    np.testing.assert_allclose(problem.residual(v, f).ravel(), f.ravel() - A @ v.ravel(), atol=atol)
    np.testing.assert_allclose(np.diag(A), problem.diagonal, rtol=8 * EPS)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_eigenvalues_and_sine_eigenvectors_are_in_closed_form(problem):
    A, values = by_the_equation(problem), problem.eigenvalues()
    np.testing.assert_allclose(np.sort(values.ravel()), scipy.linalg.eigvalsh(A), rtol=1e-12)
    for k in np.ndindex(problem.shape):
        waves = zip(k, problem.grid(), problem.lengths, strict=True)
        v = np.prod([np.sin((j + 1) * np.pi * x / L) for j, x, L in waves], axis=0)
        np.testing.assert_allclose(problem.apply(v), values[k] * v, atol=1e-13 * values.max())


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_matrix_is_positive_definite_and_the_sine_transform_inverts_it(problem):
    A = by_the_equation(problem)
    np.testing.assert_array_equal(A, A.T)
    assert problem.eigenvalues().min() > 0
    f = np.random.default_rng(1).standard_normal(problem.shape)
    expected = scipy.linalg.cho_solve(scipy.linalg.cho_factor(A), f.ravel())
    np.testing.assert_allclose(problem.solve(f).ravel(), expected, atol=1e-13 * np.abs(expected).max())


# u vanishes on the boundary and is no eigenvector; -u'' is written out
SMOOTH = {
    1: (lambda x: x * (1 - x) * np.exp(x), lambda x: np.exp(x) * x * (x + 3)),
    2: (
        lambda x, y: np.sin(np.pi * x) * y * (2 - y) * np.exp(y),
        lambda x, y: np.sin(np.pi * x) * np.exp(y) * (np.pi**2 * y * (2 - y) - 2 + 2 * y + y**2),
    ),
}


def discretisation_error(shape, sigma):
    problem = Poisson(shape, sigma, (1.0, 2.0)[: len(shape)])
    u, minus_laplace_u = SMOOTH[len(shape)]
    exact = u(*problem.grid())
    v = problem.solve(minus_laplace_u(*problem.grid()) + sigma * exact)
    return np.abs(v - exact).max()


@pytest.mark.parametrize("sigma", [0.0, 40.0])
@pytest.mark.parametrize("shape", [(31,), (63, 63), (31, 95), (100, 40)])
def test_the_error_falls_as_the_square_of_the_widths(shape, sigma):
    finer = tuple(2 * n + 1 for n in shape)  # half the widths, equal or not
    order = np.log2(discretisation_error(shape, sigma) / discretisation_error(finer, sigma))
    assert order == pytest.approx(2, abs=0.01)


@pytest.mark.parametrize("shape", [(9,), (5, 8), (1, 3)])
def test_a_function_with_linear_differences_is_found_exactly_from_its_boundary_values(shape):
    problem = Poisson(shape, 0.0, (3.0, 2.0)[: len(shape)])
    axes = [h * np.arange(n + 2) for h, n in zip(problem.widths, shape, strict=True)]
    x, *y = np.meshgrid(*axes, indexing="ij")
    u = 1 + 2 * x + x**2 + sum(3 * z + 5 * x * z - 4 * z**2 for z in y)  # differences of squares are exact
    f = np.full(shape, -2.0 + (8.0 if y else 0.0))
    inside = (slice(1, -1),) * len(shape)
    framed = u.copy()
    framed[inside] = 99.0  # values inside play no part
    np.testing.assert_allclose(problem.solve(with_boundary(problem, f, framed)), u[inside], rtol=1e-12)


def test_corners_of_the_frame_play_no_part():
    problem, frame = Poisson((3, 4)), np.ones((5, 6))
    expected = with_boundary(problem, np.zeros((3, 4)), frame)
    frame[::4, ::5] = 7.0
    np.testing.assert_array_equal(with_boundary(problem, np.zeros((3, 4)), frame), expected)


def test_half_the_intervals_are_kept_or_an_even_number_near_it():
    assert [coarse_shape((n,))[0] for n in (3, 4, 5, 6, 7, 8, 9, 100, 1023)] == [1, 1, 2, 3, 3, 3, 4, 49, 511]
    problem = Poisson((15, 2), 3.0, (2.0, 5.0)).coarse()
    assert problem == Poisson((7, 2), 3.0, (2.0, 5.0))
    assert problem.widths == (0.25, 5 / 3)


def test_inputs_are_not_changed():
    problem, v = Poisson((3,)), np.ones(3)
    problem.apply(v), problem.residual(v, v), problem.solve(v), with_boundary(problem, v, np.ones(5))
    np.testing.assert_array_equal(v, np.ones(3))


@pytest.mark.parametrize(
    ("arguments", "error", "match"),
    [
        (((),), ValueError, r"`shape` must be \(n,\) or \(n1, n2\), got \(\)"),
        (((2, 2, 2),), ValueError, "`shape` must be"),
        ((5,), ValueError, r"`shape` must be \(n,\) or \(n1, n2\), got 5"),
        (((0,),), ValueError, "`shape` must be at least 1, got 0"),
        (((3.0,),), TypeError, "`shape` must be an integer, got 3.0"),
        (((3,), -1.0), ValueError, "`sigma` must be at least 0 and finite, got -1.0"),
        (((3,), np.inf), ValueError, "`sigma` must be at least 0 and finite"),
        (((3,), 0.0, (1.0, 1.0)), ValueError, "`lengths` must be 1 positive numbers"),
        (((3, 3), 0.0, (1.0, 0.0)), ValueError, "`lengths` must be 2 positive numbers"),
    ],
)
def test_a_problem_that_is_none_is_refused(arguments, error, match):
    with pytest.raises(error, match=match):
        Poisson(*arguments)


def test_arrays_that_do_not_fit_are_refused():
    problem = Poisson((3, 4))
    with pytest.raises(ValueError, match=r"`v` must have the shape \(3, 4\) of the grid, got \(4, 3\)"):
        problem.apply(np.ones((4, 3)))
    with pytest.raises(ValueError, match="`f` must be finite"):
        problem.residual(np.ones((3, 4)), np.full((3, 4), np.nan))
    with pytest.raises(TypeError, match="`f` must be an array of real numbers"):
        problem.solve(np.ones((3, 4), dtype=complex))
    with pytest.raises(ValueError, match=r"`boundary` must have the shape \(5, 6\)"):
        with_boundary(problem, np.ones((3, 4)), np.ones((3, 4)))
    with pytest.raises(ValueError, match=r"a grid of shape \(2, 1\) has no coarser one; use `Poisson.solve`"):
        Poisson((2, 1)).coarse()
