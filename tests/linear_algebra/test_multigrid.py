"""Multigrid: the transfers, the operator of two grids, and factors that do not depend on the grid."""

import sys
from functools import partial

import numpy as np
import pytest
from runmath.core import EPS, ConvergenceWarning
from runmath.linear_algebra import (
    Poisson,
    conjugate_gradients,
    default_smoother,
    full_multigrid,
    gauss_seidel,
    jacobi,
    line_relaxation,
    multigrid,
    multigrid_cycle,
    nested_iteration,
    prolong,
    red_black,
    restrict,
    two_grid,
)
from runmath.linear_algebra.grid_transfer import prolonged_cubically
from runmath.linear_algebra.poisson import coarse_shape
from runmath.testing import adjoint_gap

SHAPES = [(3,), (4,), (15,), (16,), (3, 3), (7, 15), (8, 7), (9, 10), (31, 2), (1, 6), (12, 40)]
COARSEST = sys.modules["runmath.linear_algebra.multigrid"].COARSEST


def columns(f, shape):
    """The matrix of a linear map on grid functions."""
    return np.column_stack([f(e.reshape(shape)).ravel() for e in np.eye(int(np.prod(shape)))])


def fields(shape, seed=0):
    return np.random.default_rng(seed).standard_normal((2, *shape))


def factor(step, shape, cycles=40):
    """The mean factor of the last five cycles on f = 0, the values brought back to norm one after each."""
    v, f = np.random.default_rng(1).standard_normal(shape), np.zeros(shape)
    norms = []
    for _ in range(cycles):
        v = step(v, f)
        norms.append(np.linalg.norm(v))
        v /= norms[-1]
    return np.prod(norms[-5:]) ** 0.2


# ---- transfers


@pytest.mark.parametrize("shape", SHAPES)
def test_restriction_is_the_transpose_of_interpolation_times_the_ratio_of_the_cells(shape):
    coarse = coarse_shape(shape)
    c = np.prod([(m + 1) / (n + 1) for n, m in zip(shape, coarse, strict=True)])
    gap = adjoint_gap(lambda v: prolong(v, shape), lambda r: restrict(r) / c, coarse, shape, rng=2)
    assert gap <= 16 * EPS


@pytest.mark.parametrize("shape", SHAPES)
def test_interpolation_is_piecewise_linear(shape):
    coarse = coarse_shape(shape)
    v = np.random.default_rng(3).standard_normal(coarse)
    expected = v
    for axis, (n, m) in enumerate(zip(shape, coarse, strict=True)):
        fine, nodes = np.arange(1, n + 1) / (n + 1), np.arange(m + 2) / (m + 1)
        along = lambda w, fine=fine, nodes=nodes: np.interp(fine, nodes, [0, *w, 0])  # noqa: E731
        expected = np.apply_along_axis(along, axis, expected)
    np.testing.assert_allclose(prolong(v, shape), expected, atol=16 * EPS)


def test_full_weighting_is_the_stencil_of_the_books():
    r = np.random.default_rng(4).standard_normal((7, 7))
    R = restrict(r)
    stencil = np.outer([1, 2, 1], [1, 2, 1]) / 16
    for i, j in np.ndindex(3, 3):
        assert R[i, j] == pytest.approx((stencil * r[2 * i : 2 * i + 3, 2 * j : 2 * j + 3]).sum(), abs=1e-15)


@pytest.mark.parametrize(("n", "m"), [(7, 3), (31, 15), (32, 15), (30, 15), (9, 4)])
def test_the_start_of_nested_iteration_is_exact_for_cubics(n, m):
    u = lambda k: (lambda x: x * (1 - x) * (x + 0.3))(np.arange(1, k + 1) / (k + 1))  # noqa: E731
    np.testing.assert_allclose(prolonged_cubically(u(m), (n,)), u(n), atol=1e-14)
    both = prolonged_cubically(np.outer(u(m), u(m)), (n, n))
    np.testing.assert_allclose(both, np.outer(u(n), u(n)), atol=1e-14)


# ---- cycles as matrices

TWO_GRID = [
    Poisson((7,), 1.0),
    Poisson((40,), 1.0),
    Poisson((20, 5)),
    Poisson((15, 15)),
    Poisson((15, 7), 9.0, (1.0, 1.5)),
    Poisson((10, 12)),
]


def two_grid_operator(problem, sweep, pre, post):
    """S^post (I - P A_H⁻¹ R A) S^pre, assembled."""
    shape, coarse = problem.shape, problem.coarse()
    A, A_H = problem.to_sparse().toarray(), coarse.to_sparse().toarray()
    R, P = columns(restrict, shape), columns(lambda v: prolong(v, shape), coarse.shape)
    S = columns(lambda v: sweep(problem, v, np.zeros(shape)), shape)
    K = np.eye(len(A)) - P @ np.linalg.solve(A_H, R @ A)
    return np.linalg.matrix_power(S, post) @ K @ np.linalg.matrix_power(S, pre)


@pytest.mark.parametrize("sweeps", [(1, 1), (2, 0), (0, 1), (0, 0)])
@pytest.mark.parametrize("smoother", [None, partial(jacobi, weight=0.8), gauss_seidel])
@pytest.mark.parametrize("problem", TWO_GRID)
def test_a_two_grid_cycle_is_its_operator(problem, smoother, sweeps):
    M = two_grid_operator(problem, smoother or default_smoother(problem), *sweeps)
    v, f = fields(problem.shape)
    u = problem.solve(f)
    cycled = two_grid(problem, v, f, pre=sweeps[0], post=sweeps[1], smoother=smoother)
    np.testing.assert_allclose((u - cycled).ravel(), M @ (u - v).ravel(), atol=1e-12 * np.abs(v).max())


@pytest.mark.parametrize("problem", [Poisson((15, 15)), Poisson((10, 12)), Poisson((15, 7), 9.0, (1.0, 1.5))])
def test_the_observed_factor_of_two_grids_is_the_spectral_radius(problem):
    M = two_grid_operator(problem, default_smoother(problem), 1, 1)
    rho = np.abs(np.linalg.eigvals(M)).max()
    observed = factor(lambda v, f: two_grid(problem, v, f), problem.shape)
    assert observed == pytest.approx(rho, rel=0.05)
    assert rho < 0.15


@pytest.mark.parametrize("kind", ["V", "W"])
@pytest.mark.parametrize("sweeps", [(1, 1), (2, 1), (1, 0), (0, 1)])
@pytest.mark.parametrize(
    "problem",
    [
        Poisson((40,), 2.0),
        Poisson((31, 31)),
        Poisson((31, 31), 50.0, (1.0, 1.05)),
        Poisson((30, 21), lengths=(31, 22)),
        Poisson((63, 2), lengths=(64, 3)),
    ],
)
def test_what_the_red_black_grids_skip_is_never_missed(problem, kind, sweeps):
    # any other function as smoother takes the plain way: the whole residual, the whole correction
    plain = lambda problem, v, f: default_smoother(problem)(problem, v, f)  # noqa: E731
    assert default_smoother(problem) is red_black
    v, f = fields(problem.shape)
    options = {"kind": kind, "pre": sweeps[0], "post": sweeps[1]}
    fast, slow = (multigrid_cycle(problem, v, f, smoother=s, **options) for s in (None, plain))
    np.testing.assert_allclose(fast, slow, atol=1e-13 * np.abs(v).max())


def recursive_cycle(problem, v, f, visits):
    """A cycle as it stands in the books; below the finest grid small ones are solved."""
    v = red_black(problem, v, f)
    coarse = problem.coarse()
    r, e = restrict(problem.residual(v, f)), np.zeros(coarse.shape)
    if max(coarse.shape) <= COARSEST:
        e = coarse.solve(r)
    else:
        for _ in range(visits):
            e = recursive_cycle(coarse, e, r, visits)
    return red_black(problem, v + prolong(e, problem.shape), f)


@pytest.mark.parametrize(("kind", "visits"), [("V", 1), ("W", 2)])
@pytest.mark.parametrize("shape", [(63, 63), (50, 61), (127,)])
def test_a_cycle_is_the_recursion(shape, kind, visits):
    problem = Poisson(shape, 1.0, tuple(n + 1 for n in shape))
    v, f = fields(shape)
    expected = recursive_cycle(problem, v, f, visits)
    np.testing.assert_allclose(
        multigrid_cycle(problem, v, f, kind=kind), expected, atol=1e-13 * np.abs(v).max()
    )


def test_a_cycle_on_a_line_ends_the_work_where_sigma_is_zero():
    problem = Poisson((63,))
    v, f = fields(problem.shape)
    solution = problem.solve(f)
    np.testing.assert_allclose(multigrid_cycle(problem, v, f), solution, atol=1e-13 * np.abs(v).max())


# ---- convergence


def test_the_factor_of_a_cycle_does_not_depend_on_the_mesh_width():
    V, W = (
        [factor(partial(multigrid_cycle, Poisson((n, n)), kind=kind), (n, n)) for n in (31, 63, 127)]
        for kind in "VW"
    )
    assert max(V) <= 0.12
    assert max(W) == pytest.approx(0.074, abs=0.002)  # trottenberg2001multigrid, Table 4.1: of two grids
    assert np.ptp(V) <= 0.015
    assert np.ptp(W) <= 0.002


def square_cells(*shape):
    return Poisson(shape, 0.0, tuple(n + 1 for n in shape))


@pytest.mark.parametrize(
    "problem",
    [
        *(Poisson((63, 63), sigma) for sigma in (1.0, 1e3, 1e6)),
        *(Poisson((63, 63), 0.0, (1.0, ratio)) for ratio in (1.05, 1.09, 1.1, 1.3, 2.0, 4.0, 10.0, 1e3)),
        *(Poisson((63, 63), 10.0, (ratio, 1.0)) for ratio in (1.09, 2.0, 10.0)),
        *(square_cells(*shape) for shape in [(127, 31), (63, 2), (1, 80), (63, 1)]),
    ],
)
def test_the_factor_is_below_15_per_cent_with_reaction_and_for_unequal_widths(problem):
    assert factor(partial(multigrid_cycle, problem), problem.shape) < 0.15


@pytest.mark.parametrize(
    "problem",
    [
        *(
            square_cells(*shape)
            for shape in [(22, 22), (30, 57), (64, 64), (90, 77), (100, 100), (101, 2), (18, 58)]
        ),
        *(square_cells(*shape) for shape in [(500, 6), (58, 125), (100,), (45,)]),
        *(Poisson(shape) for shape in [(90, 77), (33, 127), (45, 50)]),
    ],
)
def test_the_factor_is_below_20_per_cent_where_grids_are_not_nested(problem):
    assert factor(partial(multigrid_cycle, problem), problem.shape) < 0.2


def test_lines_are_needed_where_the_widths_differ():
    problem = Poisson((63, 63), 0.0, (4.0, 1.0))  # couplings 1 : 16
    across = partial(line_relaxation, axis=0)
    along = partial(line_relaxation, axis=1)
    points, wrong, right = (
        factor(partial(multigrid_cycle, problem, smoother=s), problem.shape)
        for s in (red_black, across, along)
    )
    assert points > 0.6
    assert wrong > 0.6
    assert right < 0.1
    v, f = fields(problem.shape)
    chosen, expected = default_smoother(problem)(problem, v, f), along(problem, v, f)
    np.testing.assert_array_equal(chosen, expected)


@pytest.mark.parametrize("solver", [multigrid, full_multigrid])
@pytest.mark.parametrize(
    "problem",
    [
        Poisson((1,)),
        Poisson((2, 1), 3.0),
        Poisson((7, 7)),
        Poisson((100,), 3.0),
        Poisson((63, 63)),
        Poisson((40, 90), 2.0),
    ],
)
def test_the_solution_is_that_of_the_sine_transform(problem, solver):
    _, f = fields(problem.shape)
    before = f.copy()
    result = solver(problem, f, tol=1e-10)
    assert result.converged
    assert result.history.shape == (result.n_iter + 1,)
    error = np.linalg.norm(result.solution - problem.solve(f))
    assert error <= 1.1e-10 * np.linalg.norm(f) / problem.eigenvalues().min()
    r = np.linalg.norm(problem.residual(result.solution, f)) / np.linalg.norm(f)
    rounding = 4 * EPS * problem.diagonal * np.linalg.norm(result.solution) / np.linalg.norm(f)
    assert r == pytest.approx(result.history[-1], abs=rounding)
    np.testing.assert_array_equal(f, before)


def test_nested_iteration_ends_below_the_error_of_discretisation():
    for n in (15, 31, 63, 127, 200):
        problem = Poisson((n, n))
        x, y = problem.grid()
        u = x * (1 - x) * y * (1 - y) * np.exp(x)
        f = np.exp(x) * (x * (x + 3) * y * (1 - y) + 2 * x * (1 - x))
        exact = problem.solve(f)
        v = nested_iteration(problem, f)
        assert np.linalg.norm(v - exact) <= 0.5 * np.linalg.norm(exact - u)
        result = full_multigrid(problem, f)
        np.testing.assert_allclose(
            result.history[0], np.linalg.norm(problem.residual(v, f)) / np.linalg.norm(f)
        )
        assert result.n_iter <= 5


@pytest.mark.parametrize("n", [255, 500])
def test_the_work_of_a_cycle_is_bounded_by_a_multiple_of_the_number_of_points(n, monkeypatch):
    problem, points = Poisson((n, n)), []

    def counting(problem, v, f):
        points.append(v.size)
        return v

    v, f = fields((n, n))
    multigrid_cycle(problem, v, f, smoother=counting)
    assert sum(points) / 2 <= 1.36 * n * n  # 1 + 1/4 + 1/16 + ... = 4/3, two sweeps on each
    points.clear()
    multigrid_cycle(problem, v, f, smoother=counting, kind="W")
    assert sum(points) / 2 <= 2 * n * n


def test_a_cycle_with_a_symmetric_smoother_preconditions_conjugate_gradients():
    counts = []
    for n in (31, 63, 127):
        problem = Poisson((n, n))
        zero = np.zeros(problem.shape)
        B = lambda r, p=problem, z=zero: multigrid_cycle(p, z, r, smoother=partial(jacobi, weight=0.8))  # noqa: E731
        assert adjoint_gap(B, B, (n, n), (n, n), rng=5) <= 1e-12
        f = np.random.default_rng(6).standard_normal((n, n))
        counts.append(conjugate_gradients(problem.apply, f, preconditioner=B).n_iter)
    assert max(counts) <= 11


def test_a_better_start_and_a_zero_right_side():
    problem = Poisson((31, 31))
    v, f = fields(problem.shape)
    u = problem.solve(f)
    assert multigrid(problem, f, v0=u).n_iter == 0
    assert multigrid(problem, 0 * f).n_iter == 0
    result = multigrid(problem, 0 * f, v0=v, tol=1e-6)
    assert result.history[0] == 1.0
    assert 4 <= result.n_iter <= 7


@pytest.mark.parametrize("exponent", [-1000, 900])
def test_the_unit_of_f_does_not_matter(exponent):
    problem, unit = Poisson((31, 30)), 2.0**exponent
    v, f = fields(problem.shape)
    pairs = [
        (full_multigrid(problem, f), full_multigrid(problem, unit * f)),
        (multigrid(problem, f, v0=v), multigrid(problem, unit * f, v0=unit * v)),
        (multigrid(problem, 0 * f, v0=v), multigrid(problem, 0 * f, v0=unit * v)),
    ]
    for plain, scaled in pairs:
        np.testing.assert_allclose(scaled.solution, unit * plain.solution, rtol=1e-12)
        np.testing.assert_allclose(scaled.history, plain.history, rtol=1e-12)


def test_too_few_cycles_give_a_warning():
    problem = Poisson((31, 31))
    _, f = fields(problem.shape)
    with pytest.warns(ConvergenceWarning, match="multigrid did not converge; raise `max_iter`"):
        result = multigrid(problem, f, max_iter=2)
    assert (result.converged, result.n_iter) == (False, 2)
    with pytest.warns(ConvergenceWarning):
        assert not full_multigrid(problem, f, max_iter=0).converged


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda p, v: multigrid_cycle(p, v, v, kind="F"), '`kind` must be "V" or "W", got \'F\''),
        (lambda p, v: multigrid_cycle(p, v, v[1:]), r"`f` must have the shape \(9, 9\) of the grid"),
        (lambda p, v: multigrid_cycle(p, v, v, pre=-1), "`pre` must be at least 0, got -1"),
        (lambda p, v: full_multigrid(p, v, tol=1.0), "`tol` must be at least 0 and below 1"),
        (lambda p, v: nested_iteration(p, v, cycles=-1), "`cycles` must be at least 0"),
        (lambda p, v: two_grid(Poisson((2, 1)), v, v), r"a grid of shape \(2, 1\) has no coarser one"),
        (lambda p, v: restrict([1.0, 2.0]), r"a grid of shape \(2,\) has no coarser one"),
        (
            lambda p, v: prolong(v, (9, 9)),
            r"`v` must have the shape \(4, 4\) coarse to \(9, 9\), got \(9, 9\)",
        ),
        (lambda p, v: restrict(np.full(3, np.inf)), "`r` must be finite"),
    ],
)
def test_bad_input_is_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call(Poisson((9, 9)), np.ones((9, 9)))
