"""Along the displacement interpolation mass moves at constant speed."""

import numpy as np
import pytest
from runmath.probability import (
    cost_matrix,
    coupling_1d,
    displacement_histogram,
    displacement_interpolation,
    sinkhorn,
    transport_plan,
    wasserstein,
    wasserstein_1d,
)


def problem(seed, m=5, n=6, d=2):
    rng = np.random.default_rng(seed)
    X, Y = rng.standard_normal((m, d)), rng.standard_normal((n, d)) + 2
    return X, Y, rng.dirichlet(np.ones(m)), rng.dirichlet(np.ones(n))


@pytest.mark.parametrize("t", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("p", [1, 2, 3])
def test_the_path_is_a_geodesic(p, t):
    X, Y, a, b = problem(0)
    plan = transport_plan(a, b, cost_matrix(X, Y, p=p))
    points, masses = displacement_interpolation(X, Y, plan, t)
    whole = wasserstein(X, Y, p=p, a=a, b=b)
    assert wasserstein(X, points, p=p, a=a, b=masses) == pytest.approx(t * whole, abs=1e-7)
    assert wasserstein(points, Y, p=p, a=masses, b=b) == pytest.approx((1 - t) * whole, abs=1e-7)


def test_the_blend_of_masses_is_another_path():
    # from a unit mass at 0 to one at 1: the blend at t has W_2 = √t from its start, the interpolation t
    t = 0.25
    assert wasserstein_1d([0], [0, 1], p=2, b=[1 - t, t]) == 0.5
    points, masses = displacement_interpolation([[0.0]], [[1.0]], [[1.0]], t)
    assert wasserstein_1d([0], points[:, 0], p=2, b=masses) == 0.25


def test_on_the_line_the_path_is_the_average_of_quantiles():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(6), rng.standard_normal(6)
    coupling = coupling_1d(x, y)
    plan = np.zeros((6, 6))
    plan[coupling.rows, coupling.columns] = coupling.masses
    points, _ = displacement_interpolation(x[:, None], y[:, None], plan, 0.3)
    np.testing.assert_allclose(np.sort(points[:, 0]), 0.7 * np.sort(x) + 0.3 * np.sort(y))


def test_an_entropic_plan_keeps_mass_and_mean():
    X, Y, a, b = problem(2)
    result = sinkhorn(a, b, cost_matrix(X, Y, p=2), reg=0.1)
    points, masses = displacement_interpolation(X, Y, result, 0.4)
    assert masses.sum() == pytest.approx(1)
    np.testing.assert_allclose(masses @ points, 0.6 * a @ X + 0.4 * b @ Y, atol=1e-8)


@pytest.mark.parametrize("t", [0.0, 0.35, 1.0])
def test_the_histogram_keeps_mass_and_center(t):
    rng = np.random.default_rng(3)
    X, Y = rng.integers(0, 8, (10, 2)), rng.integers(0, 8, (7, 2))
    plan = rng.random((10, 7))
    points, masses = displacement_interpolation(X, Y, plan, t)
    image = displacement_histogram(X, Y, plan, t, shape=(8, 9))
    assert image.shape == (8, 9)
    assert image.min() >= 0
    assert image.sum() == pytest.approx(plan.sum())
    moments = [(np.indices((8, 9))[axis] * image).sum() for axis in (0, 1)]
    np.testing.assert_allclose(moments, masses @ points)


def test_the_histogram_at_the_ends_is_the_image():
    rng = np.random.default_rng(4)
    first, second = rng.random((4, 5)), rng.random((4, 5))
    second *= first.sum() / second.sum()
    pixels = np.indices((4, 5)).reshape(2, -1).T
    plan = transport_plan(first.ravel(), second.ravel(), cost_matrix(pixels, pixels, p=2))
    for t, image in ((0, first), (1, second)):
        np.testing.assert_allclose(
            displacement_histogram(pixels, pixels, plan, t, shape=(4, 5)), image, atol=1e-12
        )


def test_points_outside_count_for_the_nearest_pixel():
    image = displacement_histogram([[-3, 0.5]], [[9, 9]], [[1]], 0, shape=(2, 2))
    assert image.tolist() == [[0.5, 0.5], [0, 0]]
    assert displacement_histogram([[-3, 0]], [[9, 9]], [[1]], 1, shape=(2, 3)).tolist() == [
        [0] * 3,
        [0, 0, 1],
    ]


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: displacement_interpolation([[0]], [[1]], [[1, 1]], 0), ValueError, r"shape \(1, 1\)"),
        (lambda: displacement_interpolation([[0]], [[1]], [[-1]], 0), ValueError, "`plan` must hold masses"),
        (
            lambda: displacement_interpolation([[0]], [[1]], [[1]], 1.5),
            ValueError,
            "`t` must be between 0 and 1",
        ),
        (
            lambda: displacement_interpolation([[0]], [[1]], [[1]], -0.5),
            ValueError,
            "`t` must be between 0 and 1",
        ),
        (
            lambda: displacement_interpolation([[0]], [[1]], [[1]], None),
            TypeError,
            "`t` must be a real number",
        ),
        (lambda: displacement_interpolation([[0]], [[1, 2]], [[1]], 0), ValueError, "equally many columns"),
        (
            lambda: displacement_histogram([[0]], [[1]], [[1]], 0, shape=(1, 1)),
            ValueError,
            "`X` must hold two coordinates",
        ),
        (
            lambda: displacement_histogram([[0, 0]], [[1, 1]], [[1]], 0, shape=(0, 1)),
            ValueError,
            "`shape` must be at least 1",
        ),
    ],
)
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
