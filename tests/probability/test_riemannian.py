"""Lengths and geodesics agree with closed forms: flat, hyperbolic and spherical."""

import numpy as np
import pytest
from runmath.core import ConvergenceWarning
from runmath.probability import (
    LocalMetric,
    curve_length,
    graph_geodesic,
    metric_graph,
    pull_back,
    relax_geodesic,
)
from runmath.probability.riemannian import _energy


def flat(x):
    return np.broadcast_to(np.eye(x.shape[1]), (len(x), x.shape[1], x.shape[1]))


def hyperbolic(x):
    return np.eye(2) / x[:, 1, None, None] ** 2


def spherical(x):
    """In polar angle and azimuth."""
    M = np.zeros((len(x), 2, 2))
    M[:, 0, 0], M[:, 1, 1] = 1, np.sin(x[:, 0]) ** 2
    return M


def hyperbolic_distance(a, b):
    return np.arccosh(1 + ((b[0] - a[0]) ** 2 + (b[1] - a[1]) ** 2) / (2 * a[1] * b[1]))


def test_the_error_of_a_length_falls_as_the_square_of_the_step():
    def metric(x):
        M = flat(x).copy()
        M[:, 1, 1] = 1 + x[:, 0] ** 2
        return M

    exact = (np.sqrt(3) + 2 * np.arcsinh(1 / np.sqrt(2))) / 2  # ∫ √(2 + t²) dt along the diagonal
    errors = []
    for n in (8, 16, 32):
        t = np.linspace(0, 1, n + 1)
        errors.append(abs(curve_length(np.stack([t, t], axis=1), metric) - exact))
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 2, atol=0.02)


def test_a_constant_metric_gives_the_mahalanobis_length():
    M = np.array([[2.0, 0.5], [0.5, 1.0]])
    points = np.random.default_rng(0).standard_normal((6, 2))
    steps = np.diff(points, axis=0)
    expected = sum(np.sqrt(s @ M @ s) for s in steps)
    assert curve_length(points, lambda x: np.broadcast_to(M, (len(x), 2, 2))) == pytest.approx(expected)


def test_lengths_of_parameters_are_lengths_on_the_surface():
    def sphere(x):
        return np.stack(
            [np.sin(x[:, 0]) * np.cos(x[:, 1]), np.sin(x[:, 0]) * np.sin(x[:, 1]), np.cos(x[:, 0])], axis=1
        )

    def jacobian(x):
        a, b = x.T
        by_a = np.stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), -np.sin(a)], axis=1)
        by_b = np.stack([-np.sin(a) * np.sin(b), np.sin(a) * np.cos(b), 0 * a], axis=1)
        return np.stack([by_a, by_b], axis=2)

    x = np.random.default_rng(1).uniform(0.3, 2.0, (5, 2))
    np.testing.assert_allclose(pull_back(jacobian(x)), spherical(x), atol=1e-14)
    t = np.linspace(0, 1, 4001)
    curve = np.stack([0.5 + t, 2 * t**2], axis=1)
    on_surface = np.linalg.norm(np.diff(sphere(curve), axis=0), axis=1).sum()
    assert curve_length(curve, lambda x: pull_back(jacobian(x))) == pytest.approx(on_surface, rel=1e-6)


@pytest.mark.parametrize(("metric", "d"), [(hyperbolic, 2), (spherical, 2), (flat, 3)])
def test_the_gradient_is_the_derivative_of_the_energy(metric, d):
    rng = np.random.default_rng(2)
    points = np.linspace(0.5, 1.5, 7)[:, None] + 0.1 * rng.standard_normal((7, d))
    gradient, h = _energy(points, metric)[1], 1e-6
    for i in range(5):
        for j in range(d):
            moved = [points.copy(), points.copy()]
            moved[0][i + 1, j] += h
            moved[1][i + 1, j] -= h
            slope = (_energy(moved[0], metric)[0] - _energy(moved[1], metric)[0]) / (2 * h)
            assert gradient[i, j] == pytest.approx(slope, rel=1e-6, abs=1e-6)


def test_a_relaxed_curve_has_the_hyperbolic_distance_and_lies_on_a_half_circle():
    a, b = np.array([-1.0, 1.0]), np.array([1.0, 1.0])
    result = relax_geodesic([a, b], hyperbolic, n_segments=100, tol=1e-6)
    assert result.converged
    assert result.length == pytest.approx(hyperbolic_distance(a, b), rel=1e-4)
    np.testing.assert_allclose(np.linalg.norm(result.points, axis=1), np.sqrt(2), atol=1e-3)


def test_the_length_of_the_relaxed_curve_converges_of_second_order():
    a, b = np.array([0.2, 0.5]), np.array([2.0, 1.5])
    exact = hyperbolic_distance(a, b)
    errors = [
        abs(relax_geodesic([a, b], hyperbolic, n_segments=n, tol=1e-6).length - exact) for n in (8, 16, 32)
    ]
    np.testing.assert_allclose(np.log2(np.divide(errors[:-1], errors[1:])), 2, atol=0.15)


def test_great_circles_are_found_at_constant_speed():
    a, b = np.array([1.0, 0.0]), np.array([1.2, 1.9])
    result = relax_geodesic([a, b], spherical, n_segments=80, tol=1e-6)
    exact = np.arccos(np.sin(1.0) * np.sin(1.2) * np.cos(1.9) + np.cos(1.0) * np.cos(1.2))
    assert result.length == pytest.approx(exact, rel=1e-4)
    steps = [curve_length(result.points[k : k + 2], spherical) for k in range(80)]
    np.testing.assert_allclose(steps, exact / 80, rtol=1e-3)


def test_a_straight_line_stays_and_its_ends_are_kept():
    result = relax_geodesic([[0, 0, 0], [3, 4, 12]], flat)
    assert result.length == pytest.approx(13, rel=1e-12)
    assert result.n_iter <= 1
    np.testing.assert_allclose(result.points[[0, -1]], [[0, 0, 0], [3, 4, 12]])
    assert len(result.history) == result.n_iter + 1


def test_a_path_in_the_grid_is_longer_by_the_angle_of_its_directions_only():
    lines = np.linspace(0, 1, 41)
    angles = np.linspace(0.01, np.pi / 2 - 0.01, 25)
    ratios = []
    for angle in angles:
        end = 0.9 * np.array([np.cos(angle), np.sin(angle)])
        path = graph_geodesic([0, 0], end, flat, axes=[lines, lines])
        ratios.append(curve_length(path[:-1], flat) / np.linalg.norm(path[-2]))
    assert min(ratios) >= 1 - 1e-12
    assert 1.02 < max(ratios) < 1.0275  # 1 / cos(13.28°), half the largest angle between two directions


def test_the_path_starts_a_relaxation_that_ends_at_the_geodesic():
    lines = [np.linspace(-1.5, 1.5, 41), np.linspace(0.3, 2, 41)]
    path = graph_geodesic([-1, 1], [1, 1], hyperbolic, axes=lines)
    relaxed = relax_geodesic(path, hyperbolic, n_segments=64)
    exact = hyperbolic_distance([-1, 1], [1, 1])
    assert exact < curve_length(path, hyperbolic) < 1.03 * exact
    assert relaxed.length == pytest.approx(exact, rel=3e-4)


def test_in_three_dimensions_the_grid_works_too():
    lines = [np.linspace(0, 1, 5)] * 3
    path = graph_geodesic([0, 0, 0], [1, 1, 1], flat, axes=lines)
    assert curve_length(path, flat) == pytest.approx(np.sqrt(3), rel=1e-12)


def test_the_local_metric_is_its_definition():
    rng = np.random.default_rng(3)
    data, places = rng.standard_normal((8, 3)), rng.standard_normal((4, 3))
    M = LocalMetric(data, width=0.7, floor=0.1)(places)
    for place, found in zip(places, M, strict=True):
        scatter = 0.1 * np.eye(3)
        for x in data:
            weight = np.exp(-((x - place) @ (x - place)) / (2 * 0.7**2)) / 8
            scatter += weight * np.outer(x - place, x - place)
        np.testing.assert_allclose(found, np.linalg.inv(scatter), rtol=1e-10)


def test_far_from_the_data_the_local_metric_is_one_over_the_floor():
    metric = LocalMetric(np.zeros((5, 2)), width=0.5, floor=0.01)
    np.testing.assert_allclose(metric([[100.0, 0.0]])[0], 100 * np.eye(2), rtol=1e-12)


def test_a_geodesic_of_the_local_metric_bends_along_the_data():
    rng = np.random.default_rng(4)
    angle = rng.uniform(0, np.pi, 200)
    data = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    metric = LocalMetric(data, width=0.15, floor=1e-4)
    lines = [np.linspace(-1.3, 1.3, 41), np.linspace(-0.3, 1.3, 31)]
    result = relax_geodesic(graph_geodesic([-1, 0], [1, 0], metric, axes=lines), metric)
    assert abs(np.linalg.norm(result.points, axis=1) - 1).max() < 0.15
    straight = curve_length(np.linspace([-1, 0], [1, 0], 200), metric)
    assert result.length < 0.7 * straight


def test_too_few_steps_are_told():
    with pytest.warns(ConvergenceWarning, match="relax_geodesic did not converge; raise `max_iter`"):
        result = relax_geodesic([[-1, 1], [1, 1]], hyperbolic, max_iter=1, tol=1e-9)
    assert not result.converged
    assert result.history[-1] > 1e-9


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="`points` must hold at least two"):
        curve_length([[0.0, 0.0]], flat)
    with pytest.raises(ValueError, match="`metric` must be positive semidefinite"):
        curve_length([[0.0, 0.0], [1.0, 0.0]], lambda x: -flat(x))
    with pytest.raises(ValueError, match="`metric` must be positive semidefinite"):
        relax_geodesic([[0.0, 0.0], [1.0, 0.0]], lambda x: -flat(x))
    with pytest.raises(ValueError, match="`path` must hold at least two points and end at another"):
        relax_geodesic([[1.0, 0.0], [1.0, 0.0]], flat)
    with pytest.raises(ValueError, match="`axes` must hold 2 increasing vectors"):
        graph_geodesic([0, 0], [1, 1], flat, axes=[[0, 1]])
    with pytest.raises(ValueError, match="`axes` must hold increasing vectors"):
        graph_geodesic([0, 0], [1, 1], flat, axes=[[0, 1], [1, 0]])
    with pytest.raises(ValueError, match="nearest to different nodes"):
        graph_geodesic([0, 0], [0.1, 0.1], flat, axes=[[0, 1], [0, 1]])
    with pytest.raises(ValueError, match="`width` must be positive, got 0"):
        LocalMetric([[0.0]], width=0, floor=1)
    with pytest.raises(ValueError, match="`floor` must be positive, got -1"):
        LocalMetric([[0.0]], width=1, floor=-1)
    with pytest.raises(ValueError, match="`jacobian` must have at least two dimensions"):
        pull_back([1.0])


@pytest.mark.parametrize("n_segments", [16, 64, 256])
def test_the_number_of_steps_does_not_grow_with_the_number_of_segments(n_segments):
    assert relax_geodesic([[-1, 1], [1, 1]], hyperbolic, n_segments=n_segments, tol=1e-5).n_iter <= 15


def test_bad_paths_places_and_metrics_are_named():
    with pytest.raises(ValueError, match="`path` must hold at least two points and end at another"):
        relax_geodesic([[0, 0], [1, 1], [0, 0]], flat)
    with pytest.raises(ValueError, match="`places` must have 2 columns, got 3"):
        LocalMetric(np.eye(2), width=1.0, floor=1.0)([[0.0, 0.0, 1.0]])
    for wrong in (np.nan, -1.0):
        with pytest.raises(ValueError, match="`metric` must be positive semidefinite"):
            graph_geodesic([0, 0], [2, 2], lambda x, c=wrong: c * flat(x), axes=[[0, 1, 2], [0, 1, 2]])


def test_where_all_steps_are_free_every_curve_is_shortest():
    result = relax_geodesic([[0, 0], [0, 3], [4, 3]], lambda x: 0 * flat(x))
    assert result.converged
    assert result.length == 0


def test_the_graph_of_a_grid_has_the_lengths_of_its_edges_in_the_metric():
    nodes, graph = metric_graph(hyperbolic, axes=[[0.0, 1.0, 2.0], [1.0, 2.0]])
    assert nodes.tolist() == [[x, y] for x in (0, 1, 2) for y in (1, 2)]
    for i, j in zip(*graph.nonzero(), strict=True):
        step = nodes[j] - nodes[i]
        ends = [np.sqrt(step @ M @ step) for M in hyperbolic(nodes[[i, j]])]
        assert graph[i, j] == pytest.approx(np.mean(ends))
    assert graph.nnz == 4 + 3 + 4 + 2  # along both axes, diagonals, and over two lines at once
    assert not (graph.toarray() * graph.toarray().T).any()
