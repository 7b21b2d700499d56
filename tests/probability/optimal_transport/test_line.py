"""On the line equal quantiles are matched, and that is optimal."""

import numpy as np
import pytest
from runmath.core import EPS
from runmath.probability import (
    barycenter_1d,
    coupling_1d,
    monge_map_1d,
    quantile_function,
    transport_plan,
    wasserstein,
    wasserstein_1d,
)
from scipy.stats import norm, wasserstein_distance

SIZES = [(1, 1), (1, 5), (4, 1), (3, 3), (6, 4), (5, 9)]


def dense(coupling, shape):
    plan = np.zeros(shape)
    np.add.at(plan, (coupling.rows, coupling.columns), coupling.masses)
    return plan


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
@pytest.mark.parametrize(("m", "n"), SIZES)
def test_wasserstein_1d_equals_the_linear_program(draw_line, m, n, p):
    rng = np.random.default_rng(m + 10 * n)
    for _ in range(5):
        x, y, a, b = draw_line(rng, m, n)
        plan = transport_plan(a, b, np.abs(x[:, None] - y) ** p)
        assert wasserstein_1d(x, y, p=p, a=a, b=b) == pytest.approx(plan.cost ** (1 / p), abs=1e-7)
        assert wasserstein(x[:, None], y[:, None], p=p, a=a, b=b) == pytest.approx(
            wasserstein_1d(x, y, p=p, a=a, b=b), abs=1e-7
        )


@pytest.mark.parametrize(("m", "n"), [*SIZES, (1000, 1000), (1000, 700)])
@pytest.mark.parametrize("weighted", [False, True])
def test_wasserstein_1d_for_p_1_equals_scipy(draw_line, m, n, weighted):
    x, y, a, b = draw_line(np.random.default_rng(m * n), m, n)
    masses = {"a": a, "b": b} if weighted else {}
    reference = wasserstein_distance(x, y, *masses.values())
    assert wasserstein_1d(x, y, **masses) == pytest.approx(reference, abs=4 * (m + n) * EPS)


@pytest.mark.parametrize("p", [1, 2, 3])
def test_wasserstein_1d_equals_pot(draw_line, ot, p):
    x, y, a, b = draw_line(np.random.default_rng(5), 60, 45)
    assert wasserstein_1d(x, y, p=p, a=a, b=b) ** p == pytest.approx(
        float(ot.wasserstein_1d(x, y, a, b, p=p)), rel=1e-10, abs=1e-10
    )


def test_the_integral_of_the_difference_of_distribution_functions_holds_for_p_1_only():
    # unit masses at 0 and at 2: |F - G| = 1 on [0, 2], whose square integrates to 2, not to W_2² = 4
    assert [wasserstein_1d([0], [2], p=p) for p in (1, 2, 3)] == [2, 2, 2]


def test_squares_that_are_moved_are_counted():
    # 5 squares at 0 become one at each of 0..4: 4 + 3 + 2 + 1 unit moves, or 1 + 4 + 9 + 16 squared distances
    points = np.arange(5)
    assert wasserstein_1d(points, points, a=[5, 0, 0, 0, 0], b=np.ones(5)) == 10
    assert wasserstein_1d(points, points, p=2, a=[5, 0, 0, 0, 0], b=np.ones(5)) == pytest.approx(30**0.5)


@pytest.mark.parametrize("p", [1, 2, 2.5])
def test_wasserstein_1d_is_a_distance(draw_line, p):
    rng = np.random.default_rng(6)
    for _ in range(20):
        x, y, a, b = draw_line(rng, 6, 4)
        z, _, c, _ = draw_line(rng, 5, 1)
        d_xy, d_yx = wasserstein_1d(x, y, p=p, a=a, b=b), wasserstein_1d(y, x, p=p, a=b, b=a)
        assert d_xy == pytest.approx(d_yx, abs=1e-14)
        assert wasserstein_1d(x, x[::-1], p=p, a=a, b=a[::-1]) <= 1e-13 ** (1 / p)
        through_z = wasserstein_1d(x, z, p=p, a=a, b=c) + wasserstein_1d(z, y, p=p, a=c, b=b)
        assert d_xy <= through_z + 1e-12


def test_a_shift_is_its_length_and_a_scale_is_a_factor():
    x = np.random.default_rng(7).standard_normal(50)
    for p in (1, 2, 4):
        assert wasserstein_1d(x, x + 3, p=p) == pytest.approx(3, rel=1e-14)
        assert wasserstein_1d(2 * x, 2 * x[:20], p=p) == pytest.approx(2 * wasserstein_1d(x, x[:20], p=p))


def test_huge_distances_do_not_overflow():
    assert wasserstein_1d([0, 0], [1e200, 1e200], p=3) == pytest.approx(1e200)
    assert wasserstein_1d([0], [1e-200], p=3) == pytest.approx(1e-200)


def test_points_without_mass_do_not_matter():
    assert wasserstein_1d([0, 1e9], [1, -1e9], p=2, a=[1, 0], b=[1, 0]) == 1
    assert coupling_1d([0, 9, 1], [9, 2], a=[1, 0, 1], b=[0, 2]).rows.tolist() == [0, 2]


@pytest.mark.parametrize(("m", "n"), SIZES)
def test_the_coupling_has_the_right_marginals_is_monotone_and_has_few_entries(draw_line, m, n):
    rng = np.random.default_rng(m * n + 1)
    for _ in range(10):
        x, y, a, b = draw_line(rng, m, n)
        coupling = coupling_1d(x, y, a=a, b=b)
        plan = dense(coupling, (m, n))
        np.testing.assert_allclose(plan.sum(axis=1), a, atol=(m + n) * EPS)
        np.testing.assert_allclose(plan.sum(axis=0), b, atol=(m + n) * EPS)
        assert len(coupling.masses) <= m + n - 1
        assert coupling.masses.min() > 0
        assert (np.diff(x[coupling.rows]) >= 0).all()
        assert (np.diff(y[coupling.columns]) >= 0).all()


def test_equal_fractions_that_round_differently_do_not_couple():
    # three times 1/3 against six times 1/6: 1/6 + 1/6 + ... is rounded more often than 1/3 + 1/3
    coupling = coupling_1d(np.arange(3), np.arange(6), a=np.full(3, 1 / 3), b=np.full(6, 1 / 6))
    assert coupling.rows.tolist() == [0, 0, 1, 1, 2, 2]
    assert coupling.columns.tolist() == [0, 1, 2, 3, 4, 5]
    for m, n in ((7, 49), (10_000, 30_000)):
        assert len(coupling_1d(np.arange(m), np.arange(n)).masses) == n


def test_the_support_of_the_coupling_is_not_where_the_distribution_functions_agree():
    # F(0) = 1/2 but G(1) = 1: mass flows from 0 to 1 all the same
    assert dense(coupling_1d([0, 2], [1]), (2, 1)).tolist() == [[0.5], [0.5]]


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_the_quantile_function_equals_numpy(n):
    rng = np.random.default_rng(n)
    x, a = rng.standard_normal(n), rng.random(n) + 0.1
    q = rng.random(50)
    np.testing.assert_array_equal(quantile_function(x, q), np.quantile(x, q, method="inverted_cdf"))
    np.testing.assert_array_equal(
        quantile_function(x, q, a=a), np.quantile(x, q, method="inverted_cdf", weights=a)
    )


def test_the_quantile_function_is_the_least_point_whose_level_is_reached():
    x = np.array([3.0, 1.0, 2.0, 2.0])
    for q in np.linspace(0.01, 1, 40):
        least = min(point for point in x if (x <= point).mean() >= q)
        assert quantile_function(x, q) == least


def test_the_quantile_function_at_jumps_and_ends():
    # sums of 1/n err in both directions: nine times 1/9, divided by their total, are above 1/9, 2/9, ...
    for n in range(1, 60):
        x, levels = np.arange(n), np.arange(1, n + 1) / n
        np.testing.assert_array_equal(quantile_function(x, levels, a=np.full(n, 1 / n)), x)
        np.testing.assert_array_equal(quantile_function(x, levels), x)
    assert quantile_function([5, 6, 7], [0, 1], a=[0, 1, 0]).tolist() == [6, 6]
    assert quantile_function([5.0], np.zeros((2, 3))).shape == (2, 3)
    assert quantile_function([5.0, 6.0], 0.5).shape == ()


def test_the_barycenter_of_one_is_itself_and_of_a_shifted_sample_is_half_way():
    x = np.random.default_rng(8).standard_normal(30)
    np.testing.assert_array_equal(barycenter_1d([x]), np.sort(x))
    np.testing.assert_allclose(barycenter_1d([x, x + 4]), np.sort(x) + 2, rtol=1e-14)
    np.testing.assert_allclose(barycenter_1d([x, x + 4], weights=[1, 3]), np.sort(x) + 3, rtol=1e-14)


def test_the_barycenter_is_taken_at_the_middle_of_each_level():
    assert barycenter_1d([[0, 1, 2]], n_quantiles=2).tolist() == [0, 2]
    assert barycenter_1d([[0, 1, 2], [1]], n_quantiles=2).tolist() == [0.5, 1.5]


def test_the_barycenter_is_on_the_geodesic():
    rng = np.random.default_rng(9)
    x, y = rng.standard_normal(40), rng.exponential(size=40)
    for t in (0.0, 0.25, 0.6, 1.0):
        between = barycenter_1d([x, y], weights=[1 - t, t])
        for p in (1, 2, 3):
            assert wasserstein_1d(x, between, p=p) == pytest.approx(t * wasserstein_1d(x, y, p=p), abs=1e-13)


def test_the_barycenter_minimises_the_sum_of_squared_distances():
    rng = np.random.default_rng(10)
    samples, w = [rng.standard_normal(12), rng.exponential(size=12), rng.random(12)], [0.5, 0.2, 0.3]
    best = barycenter_1d(samples, weights=w)

    def objective(z):
        return sum(w_k * wasserstein_1d(z, sample, p=2) ** 2 for w_k, sample in zip(w, samples, strict=True))

    for _ in range(50):
        assert objective(best) <= objective(best + 0.1 * rng.standard_normal(12))


def test_more_quantiles_bring_the_barycenter_of_unequal_sizes_closer():
    x, y = np.arange(3.0), np.arange(5.0)
    exact = barycenter_1d([x, y], n_quantiles=15)  # both sizes divide 15
    errors = [wasserstein_1d(barycenter_1d([x, y], n_quantiles=N), exact) for N in (4, 40, 400)]
    assert errors[0] > 5 * errors[1] > 25 * errors[2]
    assert wasserstein_1d(barycenter_1d([x, y], n_quantiles=30), exact) == pytest.approx(0, abs=1e-14)


def test_the_monge_map_matches_samples_in_order():
    rng = np.random.default_rng(11)
    x, y = rng.standard_normal(20), rng.exponential(size=20)
    np.testing.assert_allclose(np.sort(monge_map_1d(x, y, x)), np.sort(y), rtol=1e-12)
    np.testing.assert_allclose(monge_map_1d(x, y, np.sort(x)), np.sort(y), rtol=1e-12)
    assert np.mean((x - monge_map_1d(x, y, x)) ** 2) == pytest.approx(wasserstein_1d(x, y, p=2) ** 2)


def test_the_monge_map_of_repeated_points_takes_their_mean_level():
    np.testing.assert_allclose(monge_map_1d([0, 0, 1], [1, 2, 9], [0, 1]), [1.5, 9])
    np.testing.assert_allclose(monge_map_1d([0, 1, 2], [5, 5, 6], [0, 1, 2]), [5, 5, 6])
    np.testing.assert_allclose(monge_map_1d([0, 1, 2], [5, 7], [1], a=[1, 0, 1]), [6])


def test_the_monge_map_between_gaussians_is_affine_with_an_error_of_second_order():
    # densities on a grid of width h: N(0, 1) to N(1, 4) is T(x) = 1 + 2 x
    points, errors = np.linspace(-2, 2, 2001), []
    for n in (200, 400, 800):
        x, y = np.linspace(-6, 6, n), np.linspace(-10, 12, n)
        T = monge_map_1d(x, y, points, a=norm.pdf(x), b=norm.pdf(y, 1, 2))
        errors.append(np.abs(T - (1 + 2 * points)).max())
    assert 3.5 < errors[0] / errors[1] < 4.5
    assert 3.5 < errors[1] / errors[2] < 4.5


def test_inputs_are_not_changed():
    x, y, a = np.array([2.0, 1.0]), np.array([4.0, 3.0]), np.array([0.5, 0.5])
    wasserstein_1d(x, y)
    wasserstein_1d(x, y, a=a, b=a)
    coupling_1d(x, y, a=a)
    quantile_function(x, a, a=a)
    barycenter_1d([x, y], weights=a)
    monge_map_1d(x, y, x, a=a)
    assert (x.tolist(), y.tolist(), a.tolist()) == ([2, 1], [4, 3], [0.5, 0.5])


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: wasserstein_1d([], [1]), ValueError, "`x` must be a vector with at least one entry"),
        (lambda: wasserstein_1d([1], [[1]]), ValueError, "`y` must be a vector"),
        (lambda: wasserstein_1d([np.nan], [1]), ValueError, "`x` must be finite"),
        (lambda: wasserstein_1d([1], [1], p=0.5), ValueError, "`p` must be finite and at least 1, got 0.5"),
        (lambda: wasserstein_1d([1], [1], p=np.inf), ValueError, "`p` must be finite"),
        (lambda: wasserstein_1d([1], [1], p="2"), TypeError, "`p` must be a real number, got '2'"),
        (lambda: wasserstein_1d([1, 2], [1], a=[1]), ValueError, "`a` must be a vector of 2 entries"),
        (lambda: wasserstein_1d([1, 2], [1], a=[2, -1]), ValueError, "`a` must hold masses that are not neg"),
        (lambda: wasserstein_1d([1, 2], [1], a=[0, 0]), ValueError, "`a` must have a positive and finite"),
        (lambda: wasserstein_1d([1], [1], b=[2]), ValueError, "equal totals, got 1 and 2; divide each"),
        (lambda: quantile_function([1], 1.1), ValueError, r"`q` must lie in \[0, 1\]"),
        (lambda: quantile_function([1], [-0.1]), ValueError, r"`q` must lie in \[0, 1\]"),
        (lambda: barycenter_1d([]), ValueError, "`samples` must hold at least one sample"),
        (lambda: barycenter_1d([[1], []]), ValueError, "`samples` must be a vector"),
        (lambda: barycenter_1d([[1]], weights=[1, 2]), ValueError, "`weights` must be a vector of 1"),
        (lambda: barycenter_1d([[1]], n_quantiles=0), ValueError, "`n_quantiles` must be at least 1"),
        (lambda: monge_map_1d([1], [1], [np.inf]), ValueError, "`points` must be finite"),
        (lambda: monge_map_1d([1], [1], [0], b=[0]), ValueError, "`b` must have a positive"),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
