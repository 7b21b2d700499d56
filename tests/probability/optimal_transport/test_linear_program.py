"""A transport plan is feasible, and its potentials prove that none is cheaper."""

from itertools import permutations

import numpy as np
import pytest
from runmath.core import EPS
from runmath.probability import cost_matrix, transport_plan, wasserstein
from scipy.spatial.distance import cdist


def draw(seed, m, n, plain=False):
    rng = np.random.default_rng(seed)
    if not plain:
        return rng.dirichlet(np.ones(m)), rng.dirichlet(np.ones(n)), rng.standard_normal((m, n))
    a, b = (rng.integers(0, 3, size).astype(float) for size in (m, n))
    a[0] += 1 + max(b.sum() - a.sum(), 0)
    b[-1] += a.sum() - b.sum()
    return a, b, rng.integers(-2, 3, (m, n)).astype(float)


@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize(("m", "n"), [(1, 1), (1, 4), (5, 1), (4, 4), (5, 6), (20, 13)])
def test_the_plan_is_feasible_and_the_potentials_prove_that_it_is_optimal(m, n, plain):
    for seed in range(5):
        a, b, M = draw(seed, m, n, plain)
        result = transport_plan(a, b, M)
        assert result.plan.min() >= 0
        np.testing.assert_allclose(result.plan.sum(axis=1), a, atol=1e-12)
        np.testing.assert_allclose(result.plan.sum(axis=0), b, atol=1e-12)
        assert result.cost == pytest.approx((result.plan * M).sum(), abs=1e-14)
        slack = M - result.u[:, None] - result.v
        assert slack.min() >= -4 * EPS * (np.abs(M).max() + 1)
        assert np.abs(slack[result.plan > 1e-12]).max() <= 1e-9  # complementary slackness
        assert result.u @ a + result.v @ b == pytest.approx(result.cost, abs=1e-9)  # strong duality


@pytest.mark.parametrize(("m", "n"), [(4, 4), (5, 6), (30, 20)])
def test_the_cost_is_that_of_pot(ot, m, n):
    a, b, M = draw(3, m, n)
    assert transport_plan(a, b, M).cost == pytest.approx(float(ot.emd2(a, b, M)), abs=1e-9)


def test_a_vertex_has_at_most_m_plus_n_minus_1_entries():
    a, b, M = draw(4, 15, 11)
    assert np.count_nonzero(transport_plan(a, b, M).plan > 1e-14) <= 25


def test_the_plan_scales_with_the_masses_and_with_the_costs():
    a, b, M = draw(5, 6, 5)
    one = transport_plan(a, b, M)
    for factor in (1e-9, 1e9):
        many = transport_plan(factor * a, factor * b, M)
        np.testing.assert_allclose(many.plan, factor * one.plan, atol=1e-9 * factor)
        assert transport_plan(a, b, factor * M).cost == pytest.approx(factor * one.cost)
    shifted = transport_plan(a, b, M + 1000)
    assert shifted.cost == pytest.approx(one.cost + 1000)


def test_points_without_mass_get_feasible_potentials_and_no_mass():
    result = transport_plan([1, 0], [0, 1], [[5, 1], [2, 0]])
    assert result.plan.tolist() == [[0, 1], [0, 0]]
    assert (result.u[:, None] + result.v <= np.array([[5, 1], [2, 0]])).all()


def test_equal_costs_leave_any_plan_optimal():
    assert transport_plan([1, 2], [2, 1], np.full((2, 2), 7)).cost == 21


@pytest.mark.parametrize("p", [1, 2, 3])
@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_wasserstein_distance_of_equal_clouds_is_the_best_permutation(n, p):
    rng = np.random.default_rng(n)
    X, Y = rng.standard_normal((2, n, 2))
    best = min(np.mean(np.linalg.norm(X - Y[list(order)], axis=1) ** p) for order in permutations(range(n)))
    assert wasserstein(X, Y, p=p) == pytest.approx(best ** (1 / p), rel=1e-12)


@pytest.mark.parametrize("p", [1, 2])
def test_splitting_points_into_halves_changes_nothing(p):
    # the doubled cloud takes the assignment solver, the weighted one the linear program
    rng = np.random.default_rng(1)
    X, Y = rng.standard_normal((6, 3)), rng.standard_normal((4, 3))
    a = np.array([2, 1, 1, 2, 1, 1]) / 8
    split = np.repeat(X, [2, 1, 1, 2, 1, 1], axis=0)
    assert wasserstein(X, Y, p=p, a=a) == pytest.approx(wasserstein(split, np.repeat(Y, 2, axis=0), p=p))


@pytest.mark.parametrize("p", [1, 2])
def test_equal_sizes_with_unequal_masses_take_the_linear_program(ot, p):
    rng = np.random.default_rng(6)
    X, Y = rng.standard_normal((2, 6, 2))
    a, b = rng.dirichlet(np.ones(6), 2)
    for masses in ({"a": a}, {"b": b}, {"a": a, "b": b}):
        a_or_none, b_or_none = (masses.get(name, np.full(6, 1 / 6)) for name in "ab")
        reference = ot.emd2(a_or_none, b_or_none, cdist(X, Y) ** p) ** (1 / p)
        assert wasserstein(X, Y, p=p, **masses) == pytest.approx(float(reference))


def test_tiny_masses_are_no_contradiction():
    # rounded totals and tiny masses: all m + n constraints together would have no solution
    for seed in range(20):
        rng = np.random.default_rng(seed)
        a, b = rng.random(28) ** 7, rng.random(12) ** 7
        plan = transport_plan(a / a.sum(), b / b.sum(), rng.integers(0, 5, (28, 12))).plan
        np.testing.assert_allclose(
            plan.sum(axis=1), a / a.sum(), atol=2e-10
        )  # the solver's tolerance is 1e-10
        np.testing.assert_allclose(plan.sum(axis=0), b / b.sum(), atol=2e-10)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_wasserstein_is_a_distance(p):
    rng = np.random.default_rng(2)
    X, Y, Z = rng.standard_normal((5, 2)), rng.standard_normal((7, 2)), rng.standard_normal((4, 2))
    assert wasserstein(X, X[::-1], p=p) == 0
    assert wasserstein(X, Y, p=p) == pytest.approx(wasserstein(Y, X, p=p))
    assert wasserstein(X, Y, p=p) <= wasserstein(X, Z, p=p) + wasserstein(Z, Y, p=p)
    assert wasserstein(X, X + np.array([3, 4]), p=p) == pytest.approx(5)


def test_wasserstein_grows_with_p():
    rng = np.random.default_rng(3)
    X, Y = rng.standard_normal((6, 2)), rng.standard_normal((5, 2))
    assert (np.diff([wasserstein(X, Y, p=p) for p in (1, 1.5, 2, 4, 8)]) > 0).all()


def test_huge_distances_do_not_overflow():
    assert wasserstein([[0, 0]], [[3e200, 4e200]], p=1.5) == pytest.approx(5e200)
    assert wasserstein([[0.0], [1.0]], [[1e150], [1e150], [1e150]], p=3) == pytest.approx(1e150)


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
def test_the_cost_matrix_holds_powers_of_distances(p):
    rng = np.random.default_rng(4)
    X, Y = rng.standard_normal((5, 3)), rng.standard_normal((4, 3))
    np.testing.assert_allclose(cost_matrix(X, Y, p=p), cdist(X, Y) ** p, rtol=1e-14)
    np.testing.assert_allclose(cost_matrix(X + 1e8, X + 1e8, p=p).diagonal(), 0)


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: transport_plan([1], [1], [1]), ValueError, "`M` must be a matrix"),
        (lambda: transport_plan([1], [1], [[np.inf]]), ValueError, "`M` must be finite"),
        (lambda: transport_plan([1, 1], [1], [[1]]), ValueError, "`a` must be a vector of 1 entries, got 2"),
        (
            lambda: transport_plan([1], [2], [[1]]),
            ValueError,
            "equal totals, got 1 and 2; divide each by its sum",
        ),
        (lambda: transport_plan([2, -1], [1], [[1], [1]]), ValueError, "`a` must hold masses .* got -1"),
        (lambda: transport_plan([0], [0], [[1]]), ValueError, "`a` must have a positive"),
        (lambda: wasserstein([[1]], [[1, 2]]), ValueError, "equally many columns, got 1 and 2"),
        (lambda: wasserstein([1], [[1]]), ValueError, "`X` must be a matrix"),
        (lambda: wasserstein([[1]], [[1]], p=0), ValueError, "`p` must be finite and at least 1"),
        (lambda: cost_matrix([[1]], [[1]], p=True), TypeError, "`p` must be a real number"),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
