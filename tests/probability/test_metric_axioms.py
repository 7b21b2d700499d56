"""The tester of axioms accepts metrics, and names what fails where one is broken."""

import numpy as np
import pytest
from runmath.probability import hausdorff, metric_axioms, wasserstein_1d
from scipy.spatial.distance import cdist

GRID = [np.array(point, dtype=float) for point in np.ndindex(3, 3)]
AXIOMS = ["non_negative", "zero_on_diagonal", "symmetric", "separates", "triangle"]


def broken(report):
    return {name for name in AXIOMS if not getattr(report, name)}


@pytest.mark.parametrize("order", [1, 2, np.inf])
def test_norms_are_metrics(order):
    report = metric_axioms(lambda x, y: np.linalg.norm(x - y, order), GRID)
    assert report.kind == "metric"
    assert broken(report) == set()
    assert report.twins is report.detour is None
    np.testing.assert_allclose(report.distances, [[np.linalg.norm(x - y, order) for y in GRID] for x in GRID])


@pytest.mark.parametrize(
    ("distance", "axiom", "kind"),
    [
        (lambda x, y: x - y, "non_negative", "neither"),
        (lambda x, y: 1.0, "zero_on_diagonal", "neither"),
        (lambda x, y: 2.0 * max(x - y, 0) + max(y - x, 0), "symmetric", "neither"),
        (lambda x, y: abs(x // 2 - y // 2), "separates", "pseudometric"),
        (lambda x, y: (x - y) ** 2, "triangle", "semimetric"),
    ],
)
def test_each_axiom_is_found_broken(distance, axiom, kind):
    report = metric_axioms(distance, [0, 1, 2, 3])
    assert axiom in broken(report)
    if axiom not in ("non_negative",):
        assert broken(report) == {axiom}
    assert report.kind == kind


def test_the_detour_is_the_worst_of_all_triples():
    rng = np.random.default_rng(0)
    D = rng.uniform(0, 1, (7, 7))
    D = D + D.T - 2 * np.diag(np.diag(D))
    report = metric_axioms(lambda i, j: D[i, j], range(7))
    excess = {(i, j, k): D[i, k] - D[i, j] - D[j, k] for i in range(7) for j in range(7) for k in range(7)}
    assert report.detour == max(excess, key=excess.get)


def test_twins_are_different_points_at_distance_zero():
    report = metric_axioms(lambda x, y: abs(x[0] - y[0]), GRID)
    i, j = report.twins
    assert i != j
    assert report.distances[i, j] == 0
    assert metric_axioms(lambda x, y: abs(x[0] - y[0]), GRID, same=lambda x, y: x[0] == y[0]).kind == "metric"


def test_points_may_be_sets_or_distributions():
    rng = np.random.default_rng(1)
    sets = [rng.standard_normal((4, 2)) for _ in range(8)]
    assert metric_axioms(lambda X, Y: hausdorff(X, Y).distance, sets).kind == "metric"
    samples = [rng.standard_normal(5) for _ in range(8)]
    assert metric_axioms(lambda x, y: wasserstein_1d(x, y), samples).kind == "metric"


def test_rounding_is_no_violation():
    X = np.linspace(0, 1, 12)[:, None] * [[0.1, 0.7, 0.3]]  # equality in every triangle
    assert metric_axioms(lambda x, y: float(cdist(x[None], y[None])[0, 0]), list(X)).kind == "metric"
    tilted = metric_axioms(lambda x, y: abs(x - y) * (1 + 1e-6 * (abs(x - y) > 1)), [0, 1, 2])
    assert tilted.kind == "semimetric"


def test_one_point_is_a_metric_space():
    assert metric_axioms(lambda x, y: 0, ["point"]).kind == "metric"


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="`points` must hold at least one"):
        metric_axioms(lambda x, y: 0, [])
    with pytest.raises(ValueError, match="`distance` must return a finite real number"):
        metric_axioms(lambda x, y: np.nan, [1, 2])
    with pytest.raises(ValueError, match="`distance` must return a finite real number"):
        metric_axioms(lambda x, y: x - y, GRID)
    with pytest.raises(ValueError, match="`tol` must be"):
        metric_axioms(lambda x, y: 0, [1], tol=-1.0)
