"""Each rule is its formula and torch's optimiser; rates on quadratics and on convex functions are those of theory."""

from itertools import islice

import numpy as np
import pytest
import torch
from runmath.core import ConvergenceWarning
from runmath.optimization import (
    adadelta,
    adagrad,
    adam,
    adamw,
    heavy_ball,
    iterates,
    minimize_first_order,
    nesterov,
    quadratic,
    rmsprop,
    rosenbrock,
    sgd,
)

RULES = {
    "sgd": (sgd(1e-3), lambda p: torch.optim.SGD(p, lr=1e-3)),
    "heavy ball": (heavy_ball(5e-4, momentum=0.8), lambda p: torch.optim.SGD(p, lr=5e-4, momentum=0.8)),
    "nesterov": (
        nesterov(5e-4, momentum=0.8),
        lambda p: torch.optim.SGD(p, lr=5e-4, momentum=0.8, nesterov=True),
    ),
    "adagrad": (adagrad(0.1), lambda p: torch.optim.Adagrad(p, lr=0.1)),
    "adadelta": (adadelta(0.7, rho=0.8, eps=1e-4), lambda p: torch.optim.Adadelta(p, lr=0.7, rho=0.8, eps=1e-4)),
    "rmsprop": (rmsprop(0.01, alpha=0.9), lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9)),
    "adam": (adam(0.02, beta1=0.8, beta2=0.97), lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.8, 0.97))),
    "amsgrad": (
        adam(0.02, beta2=0.9, amsgrad=True),
        lambda p: torch.optim.Adam(p, lr=0.02, betas=(0.9, 0.9), amsgrad=True),
    ),
    "adamw": (adamw(0.02, weight_decay=0.3), lambda p: torch.optim.AdamW(p, lr=0.02, weight_decay=0.3)),
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_each_rule_follows_torch_on_rosenbrock(name):
    rule, make = RULES[name]
    x = torch.tensor([-1.2, 1.0, -1.2, 1.0], dtype=torch.float64, requires_grad=True)
    optimizer, gradients, path = make([x]), [], [x.detach().numpy().copy()]
    for _ in range(200):
        gradients.append(rosenbrock(4).grad(path[-1]))
        x.grad = torch.as_tensor(gradients[-1])
        optimizer.step()
        path.append(x.detach().numpy().copy())
    given = iter(gradients)  # torch's, so that a ravine does not amplify the rounding of a step
    ours = np.array(list(islice(iterates(lambda x: next(given), path[0], rule), 201)))
    assert np.abs(ours - path).max() < 200 * 10 * np.finfo(float).eps * np.abs(path).max()
    assert np.abs(path[-1] - path[0]).max() > 0.1


@pytest.mark.parametrize("name", RULES)
def test_a_stack_of_starting_points_moves_as_each_one_alone(name):
    rng, rule = np.random.default_rng(1), RULES[name][0]
    grad, starts = rosenbrock(3).grad, rng.uniform(-1, 1, (3, 5))  # columns are points
    together = list(islice(iterates(grad, starts, rule), 30))[-1]
    alone = [list(islice(iterates(grad, x0, rule), 30))[-1] for x0 in starts.T]
    np.testing.assert_array_equal(together, np.array(alone).T)


@pytest.mark.parametrize("name", RULES)
def test_a_rule_changes_neither_gradient_nor_state_nor_point(name):
    rule, rng = RULES[name][0], np.random.default_rng(2)
    x, g = rng.standard_normal((2, 4))
    _, state = rule.step(g, rule.init(x), x, 0)
    before = [a.copy() for a in (x, g, *state)]
    first = rule.step(g, state, x, 1)
    second = rule.step(g, state, x, 1)
    for a, b in zip(before, (x, g, *state), strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(first[0], second[0])


def test_gradient_descent_on_a_quadratic_is_the_power_of_one_matrix():
    rng = np.random.default_rng(3)
    B = rng.standard_normal((5, 5))
    A, x0, rate = B @ B.T + np.eye(5), rng.standard_normal(5), 0.01
    x = next(islice(iterates(lambda x: A @ x, x0, sgd(rate)), 40, None))
    np.testing.assert_allclose(x, np.linalg.matrix_power(np.eye(5) - rate * A, 40) @ x0, rtol=1e-12)


def slope(errors):
    """Return the factor by which the errors fall in a step, over the second half."""
    half = len(errors) // 2
    return (errors[-1] / errors[half]) ** (1 / (len(errors) - 1 - half))


@pytest.mark.parametrize("kappa", [10.0, 100.0, 1000.0])
def test_the_best_rates_on_a_quadratic_are_those_of_theory(kappa):
    problem, root = quadratic(np.geomspace(1, kappa, 20)), np.sqrt(kappa)
    q = (root - 1) / (root + 1)
    methods = {
        (kappa - 1) / (kappa + 1): sgd(2 / (1 + kappa)),
        q: heavy_ball(4 / (1 + root) ** 2, momentum=q**2),
        1 - 2 / np.sqrt(3 * kappa + 1): nesterov(
            4 / (3 * kappa + 1), momentum=(np.sqrt(3 * kappa + 1) - 2) / (np.sqrt(3 * kappa + 1) + 2)
        ),
    }
    for rate, rule in methods.items():
        n_steps = int(30 / (1 - rate)) + 100  # past the factor t of a double eigenvalue
        with np.errstate(under="ignore"):
            path = np.array(list(islice(iterates(problem.grad, np.ones(20) * 1e20, rule), n_steps)))
        measured = slope(np.linalg.norm(path, axis=1))
        assert abs(np.log(measured) / np.log(rate) - 1) < 0.1, (rule.name, rate, measured)


def test_gradient_descent_diverges_just_above_two_over_the_largest_eigenvalue():
    problem = quadratic([1.0, 10.0])
    above, below = (
        np.linalg.norm(next(islice(iterates(problem.grad, [1.0, 1.0], sgd(f * 2 / 10)), 500, None)))
        for f in (1.01, 0.99)
    )
    assert above > 1e3
    assert below < 1e-3


def test_nesterov_with_growing_momentum_keeps_the_bound_for_convex_functions_and_its_order():
    lam = np.geomspace(1e-7, 1, 60)
    rule = nesterov(1.0, momentum=lambda t: max(0, t - 1) / (t + 2))
    steps, points = 2000, iterates(lambda x: lam * x, np.ones(60), rule)
    error = np.array([0.5 * lam @ ((1 - lam) * y) ** 2 for y in islice(points, steps)])  # at y - η g(y)
    k = np.arange(1, steps + 1)
    assert (error <= 2 * 60 / (k + 1) ** 2).all()  # Su, Boyd and Candes (2016), eq. (2), with s = 1
    fit = np.polyfit(np.log(k[100:]), np.log(error[100:]), 1)[0]
    assert -2.3 < fit < -1.8


def test_the_look_ahead_form_of_nesterov_visits_the_same_points():
    grad, eta, mu = rosenbrock(2).grad, 2e-4, 0.9
    theta, v, ahead = np.array([-1.2, 1.0]), np.zeros(2), []
    for _ in range(100):
        ahead.append(theta - mu * v)
        v = mu * v + eta * grad(theta - mu * v)
        theta = theta - v
    ours = np.array(list(islice(iterates(grad, [-1.2, 1.0], nesterov(eta, momentum=mu)), 100)))
    np.testing.assert_allclose(ours, ahead, rtol=1e-12)


def test_nesterov_with_a_schedule_is_the_recursion_of_two_sequences():
    grad, eta, mu = rosenbrock(2).grad, 1e-4, [0.0, 0.5, 0.9, 0.2, 0.7, 0.3, 0.8]
    x = z = np.array([-1.2, 1.0])
    path = [x]
    for t in range(6):
        z, before = x - eta * grad(x), z
        x = z + mu[t + 1] * (z - before)
        path.append(x)
    ours = np.array(list(islice(iterates(grad, [-1.2, 1.0], nesterov(eta, momentum=lambda t: mu[t])), 7)))
    np.testing.assert_allclose(ours, path, rtol=1e-13)


def test_the_points_may_be_changed_by_the_caller():
    path = iterates(lambda x: x, [8.0], sgd(0.5))
    first = next(path)
    first[0] = 1e6
    assert next(path).item() == 4.0


def test_a_gradient_may_work_in_place_and_return_one_buffer():
    buffer = np.zeros(1)

    def grad(x):
        x -= 1.0
        buffer[:] = x
        return buffer

    expected = [x.item() for x in islice(iterates(lambda x: x - 1, [3.0], heavy_ball(0.5)), 6)]
    assert [x.item() for x in islice(iterates(grad, [3.0], heavy_ball(0.5)), 6)] == expected
    result = minimize_first_order(lambda x: x, [1.0], sgd(0.5))
    assert not np.shares_memory(result.x, result.grad)


def test_a_number_moves_as_an_array_of_no_axes():
    points = list(islice(iterates(lambda x: x, 8.0, heavy_ball(0.5, momentum=0.5)), 3))
    assert [(type(x), x.shape, x.item()) for x in points] == [(np.ndarray, (), v) for v in (8.0, 4.0, 0.0)]


def test_schedules_are_functions_of_the_step():
    rates = [0.5, 0.25, 0.125]
    path = iterates(lambda x: np.ones(1), [0.0], sgd(lambda t: rates[t]))
    assert [next(path).item() for _ in range(4)] == [0.0, -0.5, -0.75, -0.875]
    path = iterates(lambda x: np.ones(1), [0.0], heavy_ball(1.0, momentum=lambda t: 0.0 if t < 2 else 0.5))
    assert [next(path).item() for _ in range(4)] == [0.0, -1.0, -2.0, -3.5]


@pytest.mark.parametrize("scale", [1e-30, 1.0, 1e30])
def test_the_adaptive_steps_do_not_see_the_scale_of_the_gradient(scale):
    for rule in (adagrad(0.1, eps=1e-300), rmsprop(0.1, eps=1e-300), adam(0.1, eps=1e-300)):
        grad = rosenbrock(2).grad
        path = list(islice(iterates(lambda x, grad=grad: scale * grad(x), [-1.2, 1.0], rule), 50))
        plain = list(islice(iterates(grad, [-1.2, 1.0], rule), 50))
        np.testing.assert_allclose(path, plain, rtol=1e-9)


def test_a_coordinate_without_gradient_does_not_move():
    for rule in (sgd(0.1), heavy_ball(0.1), nesterov(0.1), adagrad(0.1), adadelta(), rmsprop(0.1), adam(0.1)):
        path = list(islice(iterates(lambda x: np.array([x[0], 0.0]), [1.0, 7.0], rule), 20))
        assert {x[1] for x in path} == {7.0}


def test_minimize_stops_at_the_tolerance_and_reports_what_it_did():
    problem = quadratic([1.0, 4.0])
    result = minimize_first_order(problem.grad, [3.0, -2.0], sgd(0.4), fun=problem.fun, tol=1e-9)
    assert result.converged
    assert result.history[-1] <= 1e-9 < result.history[-2]
    assert len(result.history) == result.n_iter + 1 == result.n_grad
    assert result.history[-1] == np.abs(problem.grad(result.x)).max()
    assert result.fun == problem.fun(result.x)
    path = list(islice(iterates(problem.grad, [3.0, -2.0], sgd(0.4)), result.n_iter + 1))
    np.testing.assert_array_equal(result.x, path[-1])
    at_the_minimum = minimize_first_order(problem.grad, [0.0, 0.0], sgd(0.4))
    assert at_the_minimum.n_iter == 0


def test_too_few_steps_are_told():
    with pytest.warns(ConvergenceWarning, match="heavy ball did not converge; raise `max_iter`"):
        result = minimize_first_order(lambda x: x, [1.0], heavy_ball(0.01), max_iter=3)
    assert not result.converged
    assert result.n_iter == 3
    assert np.isnan(result.fun)


def test_divergence_is_told():
    with pytest.raises(FloatingPointError, match=r"not finite in step \d+; lower the learning"):
        minimize_first_order(lambda x: x**3, [5.0], sgd(1.0), max_iter=10)
    with pytest.raises(FloatingPointError, match="not finite in step 0"):
        next(islice(iterates(lambda x: x * np.nan, [1.0], sgd(0.1)), 1, None))
    for rule in (sgd(3.0), heavy_ball(5.0), adagrad(0.1)):  # the step overflows before the gradient
        with pytest.raises(
            FloatingPointError, match=r"step \d+ is not finite \(overflow .*\); lower the learning"
        ):
            next(islice(iterates(lambda x: x, [1e200], rule), 2000, None))


@pytest.mark.parametrize(
    ("call", "error", "match"),
    [
        (lambda: sgd(0.0), ValueError, "`learning_rate` must be positive and finite, got 0"),
        (lambda: sgd("0.1"), TypeError, "`learning_rate` must be a real number, got '0.1'"),
        (lambda: heavy_ball(0.1, momentum=1.0), ValueError, "`momentum` must be at least 0 and below 1, got 1"),
        (lambda: nesterov(0.1, momentum=-0.1), ValueError, "`momentum` must be at least 0"),
        (lambda: adagrad(0.1, eps=0.0), ValueError, "`eps` must be positive"),
        (lambda: adadelta(rho=1.0), ValueError, "`rho` must be at least 0 and below 1"),
        (lambda: rmsprop(0.1, alpha=1.5), ValueError, "`alpha` must be at least 0 and below 1"),
        (lambda: adam(0.1, beta2=1.0), ValueError, "`beta2` must be at least 0 and below 1"),
        (lambda: adamw(0.1, weight_decay=-1.0), ValueError, "`weight_decay` must be at least 0 and finite"),
        (lambda: next(iterates(lambda x: x, [np.nan], sgd(1.0))), ValueError, "`x0` must be finite"),
        (lambda: next(iterates(lambda x: x, ["a"], sgd(1.0))), TypeError, "`x0` must be an array of real"),
        (lambda: minimize_first_order(lambda x: x, [], sgd(1.0)), ValueError, "`x0` must have at least one"),
        (
            lambda: list(islice(iterates(lambda x: 1j * x, [1.0], sgd(1.0)), 2)),
            TypeError,
            "`grad` must return real numbers, got complex128",
        ),
        (
            lambda: list(islice(iterates(lambda x: x.sum(), [1.0, 2.0], sgd(1.0)), 2)),
            ValueError,
            r"`grad` must return an array of shape \(2,\), got shape \(\)",
        ),
        (lambda: minimize_first_order(lambda x: x, [1.0], sgd(1.0), tol=-1.0), ValueError, "`tol` must be"),
        (lambda: minimize_first_order(lambda x: x, [1.0], sgd(1.0), max_iter=1.5), TypeError, "`max_iter` must"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(call, error, match):
    with pytest.raises(error, match=match):
        call()
