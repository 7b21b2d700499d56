"""The kinds of critical points, with an honest 'undecided', and the search for dents."""

import numpy as np
import pytest
from runmath.optimization import (
    classify_critical_point,
    find_convexity_counterexample,
    himmelblau,
    monkey_saddle,
    newton,
    numerical_hessian,
    quadratic,
    rosenbrock,
)

SQUARE = [[-2.0, 2.0], [-2.0, 2.0]]


def flat(x):
    """Return the gradient of a function whose critical point is wherever it is asked for."""
    return np.zeros_like(x)


def kind_of(values, **options):
    return classify_critical_point(flat, lambda x: np.diag(values), np.zeros(len(values)), **options).kind


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([3.0], "minimum"),
        ([-1e-200], "maximum"),
        ([1.0, 1e-9, 5.0], "minimum"),
        ([-1.0, -2.0], "maximum"),
        ([1.0, -1e-9], "saddle"),
        ([1.0, 0.0, -1.0], "saddle"),  # one flat direction does not undo what the two others prove
        ([1.0, 0.0], "undecided"),
        ([-1.0, 0.0], "undecided"),
        ([0.0, 0.0], "undecided"),
        ([1.0, -1e-17], "undecided"),
    ],
)
def test_the_signs_of_the_eigenvalues_decide_where_they_are_certain(values, kind):
    assert kind_of(values) == kind


@pytest.mark.parametrize("seed", range(5))
def test_the_kind_does_not_depend_on_the_coordinates(seed):
    rng = np.random.default_rng(seed)
    Q = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    values = rng.standard_normal(6)
    for signed, kind in ((values, "saddle"), (abs(values), "minimum"), (-abs(values), "maximum")):
        f = quadratic(signed, basis=Q)
        point = classify_critical_point(f.grad, f.hess, np.zeros(6))
        assert point.kind == kind
        np.testing.assert_allclose(point.eigenvalues, np.sort(signed), atol=1e-13)
        Q_found = point.eigenvectors
        np.testing.assert_allclose(Q_found.T @ f.hess(0) @ Q_found, np.diag(np.sort(signed)), atol=1e-13)


@pytest.mark.parametrize("seed", range(20))
def test_a_verdict_holds_for_every_hessian_within_the_error_bound(seed):
    rng = np.random.default_rng(seed)
    H, E = rng.standard_normal((2, 3, 3))
    H, E = H + H.T, E + E.T
    E *= 0.3 / np.linalg.norm(E, 2)
    assert kind_of([0.31, 2.0], hess_error=0.3) == "minimum"
    assert kind_of([0.29, 2.0], hess_error=0.3) == "undecided"
    verdict = classify_critical_point(flat, lambda x: H, np.zeros(3), hess_error=0.3).kind
    exact = classify_critical_point(flat, lambda x: H + E, np.zeros(3)).kind
    assert verdict in (exact, "undecided")


def test_himmelblau_has_four_minima_four_saddles_and_a_maximum():
    f, found = himmelblau(), {}
    for start in np.random.default_rng(0).uniform(-5, 5, (200, 2)):
        x = start
        for _ in range(80):
            x = x - np.linalg.solve(f.hess(x), f.grad(x))
        if abs(f.grad(x)).max() < 1e-9:
            found[tuple(x.round(5))] = classify_critical_point(f.grad, f.hess, x).kind
    kinds = list(found.values())
    assert [kinds.count(kind) for kind in ("minimum", "saddle", "maximum", "undecided")] == [4, 4, 1, 0]


def test_the_monkey_saddle_is_left_undecided():
    f = monkey_saddle()
    assert classify_critical_point(f.grad, f.hess, [0.0, 0.0]).kind == "undecided"


def test_differences_with_their_error_bound_find_the_minimum_of_the_valley():
    f = rosenbrock(3)
    x = newton(f.fun, f.grad, f.hess, [-1.2, 1.0, -1.2]).x

    def differences(x):
        return numerical_hessian(f.fun, x, grad=f.grad)

    assert classify_critical_point(f.grad, differences, x, hess_error=1e-5).kind == "minimum"


@pytest.mark.parametrize(
    "fun",
    [
        lambda x: x @ x,
        lambda x: abs(x).sum(),
        lambda x: np.log(np.exp(x).sum()),
        lambda x: max(x),
        lambda x: 3 * x[0] - x[1] + 1e6,  # equality everywhere: rounding must not count
        lambda x: -np.log(x[0]) if x[0] > 0 else np.inf,
        lambda x: 0.0 if x @ x <= 1 else np.inf,
    ],
)
def test_no_counterexample_is_found_to_a_convex_function(fun):
    assert find_convexity_counterexample(fun, SQUARE) is None


@pytest.mark.parametrize(
    "fun",
    [
        lambda x: x[0] * x[1],
        lambda x: -abs(x[0]),
        lambda x: np.sin(3 * x[0]),
        lambda x: x @ x - 2 * np.exp(-200 * x[0] ** 2),  # convex but for a narrow dent
        lambda x: 0.0 if 0.25 <= x @ x <= 1 else np.inf,
        himmelblau().fun,
    ],
)
def test_a_counterexample_is_one(fun):
    dent = find_convexity_counterexample(fun, SQUARE, rng=3)
    np.testing.assert_allclose(dent.midpoint, (dent.x + dent.y) / 2)
    assert dent.excess == fun(dent.midpoint) - (fun(dent.x) + fun(dent.y)) / 2 > 1e-3
    assert (abs(np.array([dent.x, dent.y])) <= 2).all()


def test_the_excess_of_a_dome_is_a_quarter_of_the_squared_length():
    dent = find_convexity_counterexample(lambda x: -x @ x, SQUARE)
    assert dent.excess > 4  # half of the most there is, and far more than an average pair has
    assert dent.excess == pytest.approx(np.sum((dent.x - dent.y) ** 2) / 4, rel=1e-12)


def test_short_chords_meet_a_dent_that_long_ones_miss():
    def rippled(x):
        return 5 * x @ x + 5e-3 * np.cos(80 * x[0])  # gains at most 0.01, and the bowl takes |x - y|² 5/4

    assert find_convexity_counterexample(rippled, 2 * SQUARE).excess > 1e-5


def test_one_seed_gives_one_answer_and_inputs_stay():
    bounds = np.array(SQUARE)
    first, second = (find_convexity_counterexample(lambda x: x[0] * x[1], bounds, rng=7) for _ in range(2))
    np.testing.assert_array_equal(first.x, second.x)
    np.testing.assert_array_equal(bounds, SQUARE)


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: kind_of([1.0], hess_error=-1), "`hess_error` must be finite and at least 0, got -1"),
        (lambda: kind_of([1.0], tol=-1), "`tol`"),
        (
            lambda: classify_critical_point(lambda x: 2 * x, lambda x: np.eye(1), [1]),
            "must be a critical point",
        ),
        (lambda: classify_critical_point(flat, lambda x: np.eye(3), [0, 0]), "must be symmetric of shape"),
        (lambda: classify_critical_point(flat, lambda x: [[1, 2], [0, 1]], [0, 0]), "must be symmetric"),
        (lambda: find_convexity_counterexample(sum, [[1, 1]]), "`bounds` must have rows"),
        (lambda: find_convexity_counterexample(sum, [[0, 1, 2]]), "`bounds` must have rows"),
        (lambda: find_convexity_counterexample(sum, SQUARE, n_pairs=0), "`n_pairs` must be at least 1"),
        (
            lambda: find_convexity_counterexample(lambda x: np.nan, SQUARE),
            "must be a number or \\+inf, got nan",
        ),
        (lambda: find_convexity_counterexample(lambda x: -np.inf, SQUARE), "got -inf"),
    ],
)
def test_bad_values_are_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make()


def test_bad_types_are_refused():
    with pytest.raises(TypeError, match="`hess_error` must be a real number, got str"):
        kind_of([1.0], hess_error="small")
    with pytest.raises(TypeError, match="must be one real number"):
        find_convexity_counterexample(lambda x: x, SQUARE)
