"""The entropic map extends the barycentric projection of a plan to the whole space."""

import numpy as np
import pytest
from runmath.probability import (
    bures_wasserstein,
    cost_matrix,
    entropic_map,
    gaussian_monge_map,
    monge_map_1d,
    sinkhorn,
    transport_plan,
)


def solved(seed, m=30, n=25, d=2, reg=0.1):
    rng = np.random.default_rng(seed)
    X, Y = rng.standard_normal((m, d)), rng.standard_normal((n, d)) * 0.5 + 2
    a, b = rng.dirichlet(np.ones(m)), rng.dirichlet(np.ones(n))
    return X, Y, a, b, sinkhorn(a, b, cost_matrix(X, Y, p=2), reg=reg, tol=1e-12)


@pytest.mark.parametrize("reg", [10.0, 0.1, 1e-3])
def test_at_the_samples_it_is_the_barycentric_projection(reg):
    X, Y, _, _, result = solved(0, reg=reg)
    projection = result.plan @ Y / result.plan.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(entropic_map(X, Y, result, X), projection, atol=1e-9 / reg)


@pytest.mark.parametrize("reg", [1.0, 0.1])
def test_it_is_the_gradient_of_a_convex_function(reg):
    X, Y, _, b, result = solved(1, reg=reg)

    def phi(x):  # ‖x‖²/2 - f(x)/2
        f = -reg * np.log(np.exp((result.g - ((x - Y) ** 2).sum(axis=1)) / reg) @ b)
        return (x @ x - f) / 2

    h, rng = 1e-5, np.random.default_rng(0)
    for x in rng.standard_normal((5, 2)):
        slopes = [(phi(x + h * e) - phi(x - h * e)) / (2 * h) for e in np.eye(2)]
        np.testing.assert_allclose(entropic_map(X, Y, result, [x])[0], slopes, atol=1e-7)
    points = rng.standard_normal((40, 2))
    images = entropic_map(X, Y, result, points)
    inner = ((points[:, None] - points) * (images[:, None] - images)).sum(axis=-1)
    assert inner.min() >= -1e-12  # monotone, as gradients of convex functions are


def test_it_tends_to_the_monge_map_of_the_samples():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((12, 1)), rng.exponential(size=(12, 1))
    uniform = np.full(12, 1 / 12)
    exact = monge_map_1d(x[:, 0], y[:, 0], x[:, 0])
    errors = []
    for reg in (1, 0.1, 1e-2, 1e-4):
        result = sinkhorn(uniform, uniform, cost_matrix(x, y, p=2), reg=reg)
        errors.append(np.abs(entropic_map(x, y, result, x)[:, 0] - exact).max())
    assert (np.diff(errors) < 0).all()
    assert errors[-1] < 1e-3


def test_between_gaussian_samples_it_is_near_the_closed_form():
    rng = np.random.default_rng(3)
    C1 = np.array([[2.0, 0.6], [0.6, 0.5]])
    X = rng.standard_normal((600, 2))
    Y = rng.multivariate_normal([1, -1], C1, 600)
    uniform = np.full(600, 1 / 600)
    result = sinkhorn(uniform, uniform, cost_matrix(X, Y, p=2), reg=0.05)
    A, b = gaussian_monge_map([0, 0], np.eye(2), [1, -1], C1)
    inside = rng.uniform(-1, 1, (50, 2))
    errors = np.linalg.norm(entropic_map(X, Y, result, inside) - (inside @ A + b), axis=1)
    assert errors.mean() < 0.15 * bures_wasserstein([0, 0], np.eye(2), [1, -1], C1)


def test_points_without_mass_and_far_points_are_no_trouble():
    X, Y, a, b, _ = solved(4)
    b[:5] = 0
    b /= b.sum()
    result = sinkhorn(a, b, cost_matrix(X, Y, p=2), reg=0.1)
    images = entropic_map(X, Y, result, [[1e4, 1e4], [-1e4, 0.0]])
    assert np.isfinite(images).all()
    np.testing.assert_allclose(images[0], Y[5:][(Y[5:] @ [1, 1]).argmax()])


@pytest.mark.parametrize(
    ("change", "error", "match"),
    [
        ({"points": [[1, 2, 3]]}, ValueError, "`points` must have 2 columns like `X`, got 3"),
        ({"Y": np.ones((4, 2))}, ValueError, "`result` must be of"),
        ({"result": transport_plan([1], [1], [[1]])}, TypeError, "`result` must be what `sinkhorn` returns"),
        ({"X": np.ones((30, 3))}, ValueError, "equally many columns"),
    ],
)
def test_bad_input_is_refused(change, error, match):
    X, Y, _, _, result = solved(5)
    arguments = {"X": X, "Y": Y, "result": result, "points": X} | change
    with pytest.raises(error, match=match):
        entropic_map(**arguments)


def test_a_plan_of_other_costs_is_refused():
    X, Y, a, b, _ = solved(6)
    for M in (cost_matrix(X, Y), cost_matrix(X, Y, p=2) / 2):
        with pytest.raises(ValueError, match="`result` must belong to the costs"):
            entropic_map(X, Y, sinkhorn(a, b, M, reg=0.1), X)
