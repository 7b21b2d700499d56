"""BFGS and L-BFGS: the secant equation, finite termination, superlinear convergence, and SciPy's counts."""

import numpy as np
import pytest
import scipy.optimize
from runmath.core import ConvergenceWarning
from runmath.linear_algebra import conjugate_gradients
from runmath.optimization import LineSearchResult, beale, bfgs, himmelblau, lbfgs, quadratic, rosenbrock
from runmath.optimization.lbfgs import LBFGSRule

N = 8
TURN = np.linalg.qr(np.random.default_rng(0).standard_normal((N, N)))[0]
BOWL = quadratic(np.geomspace(1, 20, N), basis=TURN)


def exact_search(fun, grad, x, p, *, fun_x, grad_x, initial_step):
    """Minimise the bowl along a line by its formula."""
    step = -float(grad_x @ p) / float(p @ BOWL.grad(p))
    x = x + step * p
    f, g = fun(x), grad(x)
    return LineSearchResult(step=step, x=x, fun=f, grad=g, converged=True, n_fun=1, n_grad=1, message="")


def textbook(path, grad):
    """Run the update of the inverse Hessian as it is written, on the steps of a path."""
    gradients = [grad(x) for x in path]
    K = None
    for s, y in zip(np.diff(path, axis=0), np.diff(gradients, axis=0), strict=True):
        if K is None:
            K = np.eye(len(s)) * (s @ y) / (y @ y)
        left = np.eye(len(s)) - np.outer(s, y) / (s @ y)
        K = left @ K @ left.T + np.outer(s, s) / (s @ y)
    return K


@pytest.mark.parametrize("f", [rosenbrock(4), himmelblau(), beale(), BOWL], ids=lambda f: f.name)
def test_the_inverse_is_the_textbook_one_symmetric_positive_definite_and_secant(f):
    n = len(f.bounds)
    found = bfgs(f.fun, f.grad, np.full(n, 0.4), keep_path=True, tol=1e-4)
    K = found.inverse_hessian
    np.testing.assert_array_equal(K, K.T)
    assert np.linalg.eigvalsh(K).min() > 0
    s, y = (a[-1] - a[-2] for a in (found.path, [f.grad(x) for x in found.path]))
    np.testing.assert_allclose(K @ y, s, rtol=1e-7, atol=1e-9 * np.linalg.norm(s))
    reference = textbook(found.path, f.grad)
    assert np.linalg.norm(K - reference) <= 1e-6 * np.linalg.norm(reference)


def test_on_a_quadratic_with_exact_searches_it_ends_after_n_steps_with_the_true_inverse():
    x0 = np.random.default_rng(1).standard_normal(N)
    found = bfgs(BOWL.fun, BOWL.grad, x0, line_search=exact_search, tol=1e-6)
    assert found.n_iter == N  # rounding leaves about 1e-9 of the gradient
    A = BOWL.hess(x0)
    assert np.linalg.norm(found.inverse_hessian @ A - np.eye(N)) < 1e-6


def test_with_exact_searches_on_a_quadratic_both_take_the_steps_of_conjugate_gradients():
    x0 = np.random.default_rng(1).standard_normal(N)
    A = BOWL.hess(x0)
    paths = [bfgs(BOWL.fun, BOWL.grad, x0, line_search=exact_search, tol=1e-9, keep_path=True).path[:5]]
    rule, x, path = LBFGSRule(3), x0, [x0]
    for _ in range(4):
        g = BOWL.grad(x)
        p = rule.direction(x, g)
        s = -(g @ p) / (p @ A @ p) * p
        rule.update(1.0, s, A @ s)
        x = x + s
        path.append(x)
    paths.append(path)
    for k in range(1, 5):
        with pytest.warns(ConvergenceWarning):
            reference = conjugate_gradients(A, np.zeros(N), x0=x0, max_iter=k, tol=1e-12).solution
        for path in paths:
            np.testing.assert_allclose(path[k], reference, rtol=1e-7)


def test_the_two_loops_multiply_with_the_matrix_of_the_pairs():
    rng = np.random.default_rng(2)
    rule, pairs = LBFGSRule(3), []
    for _ in range(5):
        s = rng.standard_normal(6)
        y = s + 0.3 * rng.standard_normal(6)
        assert s @ y > 0
        rule.update(1.0, s, y)
        pairs.append((s, y))
    s, y = pairs[-1]
    K = np.eye(6) * (s @ y) / (y @ y)
    for s, y in pairs[-3:]:
        left = np.eye(6) - np.outer(s, y) / (s @ y)
        K = left @ K @ left.T + np.outer(s, s) / (s @ y)
    g = rng.standard_normal(6)
    np.testing.assert_allclose(rule.direction(s, g), -K @ g, rtol=1e-12)


def test_bfgs_converges_superlinearly_and_l_bfgs_with_little_memory_does_not():
    f, x0 = rosenbrock(10), np.full(10, 0.9)
    errors = np.linalg.norm(bfgs(f.fun, f.grad, x0, tol=1e-11, keep_path=True).path - 1, axis=1)
    ratios = errors[1:] / errors[:-1]
    assert ratios[-3:].max() < 0.3
    assert np.exp(np.log(ratios[-3:]).mean()) < np.exp(np.log(ratios[:10]).mean()) / 3


def test_bfgs_on_100_variables_needs_no_more_evaluations_than_scipy_by_a_fifth():
    f, x0 = rosenbrock(100), np.tile([-1.2, 1.0], 50)
    ours = bfgs(f.fun, f.grad, x0, tol=1e-5)
    theirs = scipy.optimize.minimize(f.fun, x0, jac=f.grad, method="BFGS", options={"gtol": 1e-5})
    assert theirs.success
    assert ours.n_fun <= 1.2 * theirs.nfev
    assert ours.n_grad <= 1.2 * theirs.njev
    np.testing.assert_allclose(ours.x, 1, atol=1e-4)


def test_l_bfgs_on_100_variables_needs_no_more_evaluations_than_scipy_by_a_fifth():
    f, x0 = rosenbrock(100), np.tile([-1.2, 1.0], 50)
    ours = lbfgs(f.fun, f.grad, x0, tol=1e-5)
    options = {"gtol": 1e-5, "ftol": 0.0}
    theirs = scipy.optimize.minimize(f.fun, x0, jac=f.grad, method="L-BFGS-B", options=options)
    assert ours.n_fun <= 1.2 * theirs.nfev


def test_ten_thousand_variables_are_no_trouble_to_l_bfgs():
    f = quadratic([1.0])
    values = np.linspace(1, 100, 10_000)
    found = lbfgs(
        lambda x: f.fun(np.zeros(1)) + 0.5 * float(values @ x**2), lambda x: values * x, np.ones(10_000)
    )
    assert found.converged
    assert found.n_iter < 100


@pytest.mark.parametrize("method", [bfgs, lbfgs])
def test_a_step_of_negative_curvature_teaches_nothing_and_does_no_harm(method):
    def fun(x):
        return float(np.cos(x).sum())

    found = method(fun, lambda x: -np.sin(x), [0.1, 0.2, 0.01])
    assert found.converged
    assert found.fun == pytest.approx(-3)


@pytest.mark.parametrize("method", [bfgs, lbfgs])
def test_close_to_rounding_the_gradient_still_falls(method):
    f = rosenbrock(10)
    found = method(f.fun, f.grad, np.full(10, 0.5), tol=1e-11)
    assert found.converged

    def shifted(x):
        return 1e4 + f.fun(x)  # loses half of its digits

    assert method(shifted, f.grad, np.full(10, 0.5), tol=1e-8).converged


@pytest.mark.parametrize("method", [bfgs, lbfgs])
@pytest.mark.parametrize("tol", [1e-200, 1e-300])
def test_a_gradient_whose_square_underflows_is_followed_to_its_tolerance(method, tol):
    """ln(1 + e^(-w)) has no minimum, and slope -e^(-w) far out."""
    found = method(
        lambda w: np.logaddexp(0, -w).sum(), lambda w: -np.exp(-np.logaddexp(0, w)), [0.0], tol=tol
    )
    assert found.converged
    assert found.x[0] == pytest.approx(-np.log(tol), rel=0.01)


def test_a_memory_of_nothing_is_refused():
    with pytest.raises(ValueError, match="`memory` must be at least 1"):
        lbfgs(np.sum, np.ones_like, [1.0], memory=0)
