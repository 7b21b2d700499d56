"""Sinkhorn's plan has the right marginals and the right form, at any regularisation, and tends to the optimum."""

import warnings

import numpy as np
import pytest
from runmath.core import ConvergenceWarning
from runmath.probability import cost_matrix, sinkhorn, transport_plan, wasserstein_1d
from runmath.probability.optimal_transport import dual_ascent
from runmath.probability.optimal_transport.newton import conjugate_gradients, factor_and_solve


def draw_masses(rng, n):
    return rng.dirichlet(np.full(n, 2.0))


def clouds(seed, m, n, d=2):
    rng = np.random.default_rng(seed)
    X, Y = rng.random((m, d)), rng.random((n, d)) + 0.3
    return draw_masses(rng, m), draw_masses(rng, n), cost_matrix(X, Y, p=2)


def entropic_objective(plan, a, b, M, reg):
    ratio = np.where(plan > 0, plan / np.outer(a, b), 1.0)
    return (plan * M).sum() + reg * (plan * np.log(ratio)).sum()


@pytest.mark.parametrize("reg", [10.0, 1.0, 0.1, 1e-2, 1e-3, 1e-4])
@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 4), (5, 1), (6, 6), (20, 31), (31, 20)])
def test_the_plan_has_the_marginals_and_the_form_of_the_optimum(m, n, reg):
    a, b, M = clouds(m * n, m, n)
    result = sinkhorn(a, b, M, reg=reg)
    assert result.converged
    assert np.linalg.norm(result.plan.sum(axis=1) - a) <= 2e-9
    assert np.linalg.norm(result.plan.sum(axis=0) - b) <= 2e-9
    # sufficient for optimality, the problem being convex: P_ij = a_i b_j exp((f_i + g_j - M_ij) / reg)
    form = np.outer(a, b) * np.exp((result.f[:, None] + result.g - M) / reg)
    np.testing.assert_allclose(result.plan, form, rtol=1e-8 * max(1, 1e-3 / reg), atol=1e-15)
    assert result.cost == pytest.approx((result.plan * M).sum())
    assert result.reg == reg
    assert len(result.history) == result.n_iter + 1


@pytest.mark.parametrize("reg", [1.0, 0.05, 1e-2])
@pytest.mark.parametrize("method", ["sinkhorn", "sinkhorn_log"])
def test_the_plan_is_that_of_pot(ot, reg, method):
    a, b, M = clouds(1, 30, 40)
    reference = ot.sinkhorn(a, b, M, reg, method=method, stopThr=1e-11, numItermax=20_000)
    np.testing.assert_allclose(sinkhorn(a, b, M, reg=reg, tol=1e-11).plan, reference, atol=1e-9)


@pytest.mark.parametrize("reg", [1.0, 1e-2])
def test_primal_and_dual_values_agree(reg):
    a, b, M = clouds(2, 12, 9)
    result = sinkhorn(a, b, M, reg=reg, tol=1e-13)
    primal = entropic_objective(result.plan, a, b, M, reg)
    assert result.f @ a + result.g @ b == pytest.approx(primal, abs=1e-10)


def test_no_other_plan_has_a_lower_objective():
    a, b, M = clouds(3, 4, 5)
    best = sinkhorn(a, b, M, reg=0.1).plan
    rng = np.random.default_rng(0)
    for _ in range(50):
        noise = rng.standard_normal((4, 5))
        noise -= noise.mean(axis=0)
        noise -= noise.mean(axis=1, keepdims=True)  # keeps both marginals
        other = best + 0.1 * best.min() / np.abs(noise).max() * noise
        assert entropic_objective(best, a, b, M, 0.1) <= entropic_objective(other, a, b, M, 0.1) + 1e-12


def test_the_cost_tends_to_the_linear_program_within_the_bound():
    a, b, M = clouds(4, 15, 12)
    optimum = transport_plan(a, b, M).cost
    excess = [sinkhorn(a, b, M, reg=reg).cost - optimum for reg in (1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5)]
    assert (np.diff(excess) <= 1e-8).all()
    for reg, gap in zip((1, 0.1, 1e-2, 1e-3, 1e-4, 1e-5), excess, strict=True):
        assert -1e-8 <= gap <= reg * np.log(12) + 1e-8


def test_on_the_line_all_methods_agree():
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal(25), rng.exponential(size=20)
    a, b = draw_masses(rng, 25), draw_masses(rng, 20)
    result = sinkhorn(a, b, cost_matrix(x[:, None], y[:, None], p=2), reg=1e-5)
    assert result.cost == pytest.approx(wasserstein_1d(x, y, p=2, a=a, b=b) ** 2, abs=1e-4)


def test_a_large_regularisation_gives_independence():
    a, b, M = clouds(6, 5, 7)
    np.testing.assert_allclose(sinkhorn(a, b, M, reg=1e9).plan, np.outer(a, b), atol=1e-9)


@pytest.mark.parametrize("reg", [1e-3, 1e-6, 1e-9])
def test_a_tiny_regularisation_gives_the_optimal_permutation_without_overflow(reg):
    rng = np.random.default_rng(7)
    order = rng.permutation(30)
    M = 1 - np.eye(30)[order]
    result = sinkhorn(np.full(30, 1 / 30), np.full(30, 1 / 30), M, reg=reg)
    np.testing.assert_allclose(result.plan, np.eye(30)[order] / 30, atol=1e-9)


@pytest.mark.parametrize("shift", [0, 1e3, -1e3])
def test_far_clouds_converge_where_the_plain_kernel_vanishes(ot, shift):
    rng = np.random.default_rng(8)
    X, Y = rng.random((40, 2)), rng.random((30, 2)) + 50
    M = cost_matrix(X, Y, p=2) + shift
    assert np.exp(-M.max() / 0.5) == 0 or shift < 0
    result = sinkhorn(np.full(40, 1 / 40), np.full(30, 1 / 30), M, reg=0.5)
    assert np.isfinite(result.plan).all()
    reference = ot.sinkhorn(
        np.full(40, 1 / 40),
        np.full(30, 1 / 30),
        M,
        0.5,
        method="sinkhorn_log",
        stopThr=1e-11,
        numItermax=9999,
    )
    np.testing.assert_allclose(result.plan, reference, atol=1e-8)


def test_points_without_mass_get_no_mass_and_the_potential_of_the_others():
    a, b, M = clouds(9, 6, 5)
    a[[0, 3]], b[2] = 0, 0
    a, b = a / a.sum(), b / b.sum()
    result = sinkhorn(a, b, M, reg=0.05, tol=1e-12)
    assert (result.plan[[0, 3]] == 0).all()
    assert (result.plan[:, 2] == 0).all()
    keep = np.ix_(a > 0, b > 0)
    np.testing.assert_allclose(
        result.plan[keep], sinkhorn(a[a > 0], b[b > 0], M[keep], reg=0.05).plan, atol=1e-9
    )
    softmin = -0.05 * np.log(np.exp((result.g - M) / 0.05) @ b)
    np.testing.assert_allclose(result.f, softmin, atol=1e-9)


def test_masses_of_any_size_are_kept():
    a, b, M = clouds(10, 6, 5)
    one = sinkhorn(a, b, M, reg=0.05)
    for factor in (1e-12, 1e12):
        np.testing.assert_allclose(sinkhorn(factor * a, factor * b, M, reg=0.05).plan, factor * one.plan)
    for tiny in (1e-30, 1e-130, 1e-300):
        result = sinkhorn([1, tiny], [tiny, 1], [[0, 1], [1, 0]], reg=0.1)
        assert np.isfinite(result.f).all()
        assert np.isfinite(result.g).all()
        np.testing.assert_allclose(result.plan.sum(axis=1), [1, tiny], atol=1e-9)


def test_totals_that_differ_by_rounding_are_made_equal():
    a, b, M = clouds(18, 6, 5)
    result = sinkhorn(a, (1 + 1e-9) * b, M, reg=0.05, tol=1e-13)
    assert result.converged
    np.testing.assert_allclose(result.plan.sum(axis=0), b, atol=1e-12)


def test_repeated_points_share_their_plan():
    a, b, M = clouds(11, 4, 5)
    one = sinkhorn(a, b, M, reg=0.02, tol=1e-12)
    twice = sinkhorn(np.repeat(a / 2, 2), b, np.repeat(M, 2, axis=0), reg=0.02, tol=1e-12)
    np.testing.assert_allclose(twice.plan, np.repeat(one.plan / 2, 2, axis=0), atol=1e-11)


@pytest.mark.parametrize("seed", range(3))
def test_random_costs_converge_at_a_hundred_thousandth_of_their_range(seed):
    # the nearly combinatorial case: needs the damped Newton steps with a factorisation
    rng = np.random.default_rng(seed)
    a, b = draw_masses(rng, 60), draw_masses(rng, 60)
    M = rng.random((60, 60))
    result = sinkhorn(a, b, M, reg=1e-5)
    assert result.converged
    assert result.cost == pytest.approx(transport_plan(a, b, M).cost, abs=5e-5)


def near_ties(seed):
    """Draw costs of few values, and masses from 1 down to 1e-11, some of them 0."""
    rng = np.random.default_rng(seed)
    m, n = rng.integers(2, 30, 2)
    if seed % 2:
        M = rng.integers(0, 3, (m, n)).astype(float)
    else:
        M = np.abs(rng.integers(0, 5, (m, 1)) - rng.integers(0, 5, n)).astype(float)
    a, b = rng.random(m) ** rng.integers(1, 8), rng.integers(0, 3, n).astype(float)
    b[0] += 1
    return a / a.sum(), b / b.sum(), M


@pytest.mark.parametrize("seed", range(40))
def test_ties_and_tiny_masses_converge_at_a_millionth_of_the_range(seed):
    a, b, M = near_ties(seed)
    result = sinkhorn(a, b, M, reg=1e-6 * (np.ptp(M) or 1), max_iter=1000)
    np.testing.assert_allclose(result.plan.sum(axis=1), a, atol=2e-9)
    assert result.cost == pytest.approx(transport_plan(a, b, M).cost, abs=2e-5)


def test_steps_do_not_cycle_where_the_violation_is_a_poor_guide():
    # a long step may halve the violation and lower the dual function; the steps after it then lead back
    x = np.array([4, 0, 2, 4, 3, 3, 2, 2, 2, 1, 4, 0, 3, 2, 3, 4])
    y = np.array([0, 0, 2, 2, 3, 4, 2, 3, 2, 3, 0, 0, 3])
    a = [203, 580, 394, 190, 485, 257, 89, 489, 42, 0.0632, 312, 1891, 2371, 277, 2294, 125]
    b = [3, 0, 0, 2, 2, 1, 1, 1, 2, 0, 1, 2, 2]
    result = sinkhorn(np.divide(a, np.sum(a)), np.divide(b, 17), np.abs(x[:, None] - y), reg=0.02667)
    assert result.n_iter < 200


def test_the_side_with_more_points_is_exact():
    for m, n in ((9, 5), (5, 9)):
        a, b, M = clouds(19, m, n)
        result = sinkhorn(a, b, M, reg=0.1, tol=1e-3)
        violations = [
            np.linalg.norm(result.plan.sum(axis=1) - a),
            np.linalg.norm(result.plan.sum(axis=0) - b),
        ]
        assert min(violations) <= 1e-15
        assert violations[0 if m < n else 1] == pytest.approx(result.history[-1])
        assert result.history[-1] > 1e-12


def test_newton_steps_take_the_place_of_thousands_of_plain_ones(monkeypatch):
    a, b, M = clouds(12, 40, 40)
    quick = sinkhorn(a, b, M, reg=1e-3, tol=1e-9)
    monkeypatch.setattr(dual_ascent._Newton, "step", lambda *_: False)
    slow = sinkhorn(a, b, M, reg=1e-3, tol=1e-9)
    np.testing.assert_allclose(quick.plan, slow.plan, atol=1e-7)
    assert quick.n_iter * 5 < slow.n_iter


def test_newton_directions_solve_their_system():
    rng = np.random.default_rng(13)
    P = rng.random((6, 8)) / 48
    rows, b = P.sum(axis=1), P.sum(axis=0)
    gradient = rng.standard_normal(6)
    gradient -= gradient.mean()
    H = np.diag(rows) - (P / b) @ P.T
    for delta in (
        conjugate_gradients(P / np.sqrt(b), rows, gradient, damping=0, accuracy=1e-12),
        factor_and_solve(P / np.sqrt(b), rows, gradient, damping=0),
    ):
        np.testing.assert_allclose(H @ delta, gradient, atol=1e-9)
        assert rows @ delta == pytest.approx(0, abs=1e-9 * np.abs(delta).max())


def test_the_dual_gradient_and_hessian_are_right():
    # d/df of the dual function with g eliminated is a - r, and the Hessian -(diag(r) - P diag(1/b) Pᵀ) / reg
    a, b, M = clouds(14, 5, 6)
    reg, rng = 0.3, np.random.default_rng(0)

    def rows_at(f):
        K = np.exp((f[:, None] - M) / reg)
        P = a[:, None] * K * b / (a @ K)
        return P, P.sum(axis=1)

    def dual(f):
        return a @ f - reg * b @ np.log(a @ np.exp((f[:, None] - M) / reg))

    f, d, h = rng.standard_normal(5), rng.standard_normal(5), 1e-5
    P, r = rows_at(f)
    assert (dual(f + h * d) - dual(f - h * d)) / (2 * h) == pytest.approx((a - r) @ d, abs=1e-8)
    change = (rows_at(f + h * d)[1] - rows_at(f - h * d)[1]) / (2 * h)
    np.testing.assert_allclose(change, (r * d - P @ ((P.T @ d) / b)) / reg, atol=1e-8)


def test_too_few_steps_are_announced():
    a, b, M = clouds(15, 20, 20)
    with pytest.warns(ConvergenceWarning, match="raise `max_iter`"):
        result = sinkhorn(a, b, M, reg=1e-4, max_iter=3)
    assert not result.converged
    assert result.history[-1] > 1e-9
    assert result.reg == 1e-4


def test_zero_tolerance_ends():
    a, b, M = clouds(16, 8, 8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # rounding may end at 0, or above
        result = sinkhorn(a, b, M, reg=0.1, tol=0, max_iter=200)
    assert result.history[-1] < 1e-15


def test_inputs_are_not_changed():
    a, b, M = clouds(17, 4, 4)
    before = a.copy(), b.copy(), M.copy()
    sinkhorn(a, b, M, reg=0.1)
    for now, then in zip((a, b, M), before, strict=True):
        np.testing.assert_array_equal(now, then)


@pytest.mark.parametrize(
    ("options", "error", "match"),
    [
        ({"reg": 0}, ValueError, "`reg` must be positive and finite, got 0"),
        ({"reg": -1}, ValueError, "`reg` must be positive"),
        ({"reg": np.nan}, ValueError, "`reg` must be positive"),
        ({"reg": None}, TypeError, "`reg` must be a real number, got None"),
        ({"reg": 1, "tol": -1}, ValueError, "`tol` must be at least 0"),
        ({"reg": 1, "max_iter": 0}, ValueError, "`max_iter` must be at least 1"),
        ({"reg": 1, "a": [1, 2]}, ValueError, "equal totals, got 3 and 1"),
        ({"reg": 1, "b": [1]}, ValueError, "`b` must be a vector of 2 entries"),
        ({"reg": 1, "M": [[np.nan, 1], [1, 1]]}, ValueError, "`M` must be finite"),
        ({}, TypeError, "reg"),
    ],
)
def test_bad_input_is_refused(options, error, match):
    problem = {"a": [0.5, 0.5], "b": [0.5, 0.5], "M": [[0, 1], [1, 0]]} | options
    with pytest.raises(error, match=match):
        sinkhorn(problem.pop("a"), problem.pop("b"), problem.pop("M"), **problem)
