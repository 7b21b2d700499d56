"""Relaxation: each sweep against its matrix, its convergence factor, and the orders of the points."""

from functools import partial

import numpy as np
import pytest
from runmath.core import EPS, ConvergenceWarning
from runmath.linear_algebra import Poisson, gauss_seidel, jacobi, line_relaxation, red_black, relax

PROBLEMS = [
    Poisson((1,)),
    Poisson((2,)),
    Poisson((7,), 3.0),
    Poisson((8,), 0.0, (9,)),
    Poisson((1, 1)),
    Poisson((1, 6)),
    Poisson((5, 2)),
    Poisson((6, 7), 4.0, (1.0, 3.0)),
    Poisson((7, 4), 0.0, (8, 5)),
]
PLANES = [problem for problem in PROBLEMS if len(problem.shape) == 2]


def fields(problem, seed=0):
    return np.random.default_rng(seed).standard_normal((2, *problem.shape))


def by_blocks(problem, v, f, blocks):
    """Solve the equations of one block of points after the other, with dense matrices and the newest values."""
    A, x, b = problem.to_sparse().toarray(), v.ravel().copy(), f.ravel()
    for block in blocks:
        x[block] += np.linalg.solve(A[np.ix_(block, block)], (b - A @ x)[block])
    return x.reshape(v.shape)


def points(problem, key):
    """Return the flat numbers of the points in groups of equal key of the indices 1, 2, ..."""
    keys = [key(*(i + 1 for i in p)) for p in np.ndindex(problem.shape)]
    return [np.flatnonzero([k == value for k in keys]) for value in sorted(set(keys))]


def assert_same(problem, actual, expected, v, f):
    size = np.abs(v).max() + np.abs(f).max() / problem.diagonal
    np.testing.assert_allclose(actual, expected, atol=200 * EPS * size)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_jacobi_sweep_is_its_matrix(problem):
    v, f = fields(problem)
    A, weight = problem.to_sparse().toarray(), 2 / 3
    D_inv = np.diag(1 / np.diag(A))
    R = np.eye(len(A)) - weight * D_inv @ A
    expected = (R @ v.ravel() + weight * D_inv @ f.ravel()).reshape(v.shape)
    assert_same(problem, jacobi(problem, v, f, weight=weight), expected, v, f)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_gauss_seidel_sweep_solves_one_equation_after_the_other(problem):
    v, f = fields(problem)
    expected = by_blocks(problem, v, f, [[k] for k in range(v.size)])
    assert_same(problem, gauss_seidel(problem, v, f), expected, v, f)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_red_black_sweep_solves_even_points_then_odd_ones(problem):
    v, f = fields(problem)
    expected = by_blocks(problem, v, f, points(problem, lambda *p: sum(p) % 2))
    swept = red_black(problem, v, f)
    assert_same(problem, swept, expected, v, f)
    r = problem.residual(swept, f)
    black = np.sum(np.indices(problem.shape) + 1, axis=0) % 2 == 1
    atol = 32 * EPS * problem.diagonal * (np.abs(swept).max() + np.abs(f).max() / problem.diagonal)
    np.testing.assert_allclose(r[black], 0.0, atol=atol)


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("problem", PLANES)
def test_a_zebra_sweep_solves_even_lines_then_odd_ones(problem, axis):
    v, f = fields(problem)
    even, odd = [], []
    for line in points(problem, lambda *p: p[1 - axis]):
        (odd if len(even) == len(odd) else even).append(line)  # lines 1, 3, ... are odd
    swept = line_relaxation(problem, v, f, axis=axis)
    assert_same(problem, swept, by_blocks(problem, v, f, even + odd), v, f)


SWEEPS = [jacobi, partial(jacobi, weight=0.5), gauss_seidel, red_black]


@pytest.mark.parametrize("sweep", SWEEPS)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_solution_is_left_alone(problem, sweep):
    _, f = fields(problem)
    v = problem.solve(f)
    np.testing.assert_allclose(sweep(problem, v, f), v, atol=1e-13 * np.abs(v).max())


@pytest.mark.parametrize("n", [7, 15, 31])
@pytest.mark.parametrize("shape", [1, 2])
def test_the_convergence_factors_are_those_of_the_theory(shape, n):
    # jacobi: cos πh; Gauss-Seidel in both orders: its square; weighted: 1 - ω (1 - cos πh)
    problem, rho = Poisson((n,) * shape), np.cos(np.pi / (n + 1))
    expected = {jacobi: rho, gauss_seidel: rho**2, red_black: rho**2, SWEEPS[1]: (1 + rho) / 2}
    for sweep, factor in expected.items():
        v = np.ones(problem.shape)
        for _ in range(20 * n):
            v = sweep(problem, v, np.zeros(problem.shape))
            v /= np.linalg.norm(v)
        twice = sweep(problem, sweep(problem, v, 0 * v), 0 * v)  # jacobi alternates between signs
        assert np.sqrt(np.linalg.norm(twice)) == pytest.approx(factor, rel=1e-6)


@pytest.mark.parametrize("weight", [1 / 3, 2 / 3, 1.0])
def test_jacobi_multiplies_each_sine_by_its_eigenvalue(weight):
    n = 12
    problem = Poisson((n,))
    (x,) = problem.grid()
    for k in range(1, n + 1):
        v = np.sin(k * np.pi * x)
        factor = 1 - 2 * weight * np.sin(k * np.pi / (2 * (n + 1))) ** 2
        np.testing.assert_allclose(jacobi(problem, v, 0 * v, weight=weight), factor * v, atol=1e-14)


def test_relax_counts_sweeps_and_keeps_every_residual():
    problem = Poisson((15, 15))
    _, f = fields(problem)
    result = relax(problem, f, red_black, tol=1e-6)
    assert result.converged
    assert result.history.shape == (result.n_iter + 1,)
    assert result.history[-1] <= 1e-6 < result.history[-2]
    v = np.zeros(problem.shape)
    for recorded in result.history:
        r = problem.residual(v, f)
        assert np.linalg.norm(r) / np.linalg.norm(f) == pytest.approx(recorded, rel=1e-8)
        v = red_black(problem, v, f)
    exact = problem.solve(f)
    bound = 1e-6 * np.linalg.norm(f) / problem.eigenvalues().min()
    assert np.linalg.norm(result.solution - exact) <= bound


def test_relax_takes_a_zero_right_side_and_any_unit():
    problem = Poisson((7,))
    start = np.random.default_rng(3).standard_normal(7)
    result = relax(problem, np.zeros(7), gauss_seidel, v0=start, tol=1e-3)
    assert result.history[0] == 1.0
    assert result.history[-1] <= 1e-3
    assert relax(problem, np.zeros(7), jacobi).n_iter == 0
    plain, tiny = (relax(problem, unit * np.ones(7), jacobi) for unit in (1.0, 2.0**-900))
    np.testing.assert_array_equal(tiny.solution, 2.0**-900 * plain.solution)


def test_relax_warns_where_the_sweeps_did_not_suffice():
    with pytest.warns(ConvergenceWarning, match="relaxation did not converge; use `multigrid`"):
        result = relax(Poisson((63,)), np.ones(63), jacobi, max_iter=10)
    assert (result.converged, result.n_iter) == (False, 10)


def test_inputs_are_not_changed():
    problem = Poisson((4, 5))
    v, f = fields(problem)
    before = v.copy(), f.copy()
    for sweep in (*SWEEPS, partial(line_relaxation, axis=0), partial(line_relaxation, axis=1)):
        sweep(problem, v, f)
        relax(problem, f, sweep, v0=v, tol=0.1)
    np.testing.assert_array_equal((v, f), before)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda p, v: jacobi(p, v, v, weight=0.0), "`weight` must be positive and finite, got 0"),
        (
            lambda p, v: gauss_seidel(p, v[1:], v),
            r"`v` must have the shape \(3, 4\) of the grid, got \(2, 4\)",
        ),
        (lambda p, v: red_black(p, v, v[0]), r"`f` must be a matrix"),
        (lambda p, v: line_relaxation(p, v, v, axis=2), "`axis` must be 0 or 1, got 2"),
        (
            lambda p, v: line_relaxation(Poisson((4,)), v[0], v[0], axis=0),
            "`problem` must be two-dimensional",
        ),
        (lambda p, v: relax(p, v, jacobi, tol=1.0), "`tol` must be at least 0 and below 1"),
        (lambda p, v: relax(p, v, jacobi, max_iter=-1), "`max_iter` must be at least 0"),
    ],
)
def test_bad_input_is_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call(Poisson((3, 4)), np.ones((3, 4)))
