"""Gradient descent has the rate of theory on quadratics, and says when it diverges."""

import numpy as np
import pytest
from runmath.core import ConvergenceWarning
from runmath.optimization import gradient_descent, quadratic, rosenbrock


@pytest.mark.parametrize("kappa", [2.0, 10.0, 100.0])
def test_the_best_fixed_step_shrinks_the_worst_error_by_the_textbook_factor(kappa):
    bowl, best = quadratic([1.0, kappa]), 2 / (1 + kappa)
    x0 = [1.0, 1 / kappa]
    found = gradient_descent(bowl.fun, bowl.grad, x0, step_size=best, tol=1e-6, keep_path=True)
    errors = np.linalg.norm(found.path, axis=1)
    np.testing.assert_allclose(errors[1:] / errors[:-1], (kappa - 1) / (kappa + 1), rtol=1e-9)


def test_a_step_beyond_two_over_the_largest_eigenvalue_diverges_and_says_so():
    bowl = quadratic([1.0, 10.0])
    assert gradient_descent(bowl.fun, bowl.grad, [1, 1], step_size=0.199).converged
    with pytest.warns(ConvergenceWarning, match="left the range.*shorten `step_size`"):
        found = gradient_descent(bowl.fun, bowl.grad, [1, 1], step_size=0.3)
    assert np.isfinite(found.x).all()
    assert np.isfinite(found.fun)


def test_a_start_on_the_ridge_of_a_saddle_ends_at_the_saddle():
    def fun(x):
        return x[0] ** 2 - x[1] ** 2 + x[1] ** 4

    def grad(x):
        return np.array([2 * x[0], -2 * x[1] + 4 * x[1] ** 3])

    np.testing.assert_allclose(gradient_descent(fun, grad, [1, 0], step_size=0.1).x, [0, 0], atol=1e-6)
    away = gradient_descent(fun, grad, [1, 1e-9], step_size=0.1)
    np.testing.assert_allclose(away.x, [0, np.sqrt(0.5)], atol=1e-6)


def test_backtracking_creeps_along_the_valley_but_arrives():
    valley = rosenbrock(2)
    found = gradient_descent(valley.fun, valley.grad, [-1.2, 1.0], tol=1e-4, max_iter=20_000)
    assert found.converged
    assert found.n_iter > 1000


@pytest.mark.parametrize(("step_size", "error"), [(0, ValueError), (-1.0, ValueError), ("a", TypeError)])
def test_bad_steps_are_refused(step_size, error):
    with pytest.raises(error, match="`step_size` must be"):
        gradient_descent(np.sum, np.ones_like, [1.0], step_size=step_size)
