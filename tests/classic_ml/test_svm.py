"""Support vector machines: the dual is optimal by its own certificate, and the solutions are those of other solvers."""

import pickle
import warnings

import numpy as np
import pytest
import sklearn.svm
from runmath.classic_ml import KernelSVC, LinearSVC, solve_dual, solve_linear_dual
from runmath.classic_ml.svm.dual import _shrunk
from runmath.classic_ml.svm.estimators import votes
from runmath.core import ConvergenceWarning
from runmath.probability import RBF, Laplace, Linear, Polynomial, White
from scipy.optimize import LinearConstraint, linprog, minimize
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs, make_classification, make_moons
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

ESTIMATORS = [
    KernelSVC(),
    KernelSVC(kernel=Polynomial(3)),
    LinearSVC(max_iter=100_000),
    LinearSVC(loss="squared_hinge"),
]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


def two_classes(n, p=3, *, seed=0, apart=1.0):
    rng = np.random.default_rng(seed)
    y = np.where(np.arange(n) % 2, 1.0, -1.0)
    return rng.standard_normal((n, p)) + apart * y[:, None] / np.sqrt(p), y


def moons(n, seed=0):
    X, y = make_moons(n, noise=0.3, random_state=seed)
    return X, 2.0 * y - 1


def violations(machine, K, y, C):
    """Return how far the three optimality conditions, complementary slackness among them, are violated."""
    alpha, margins = machine.alpha, y * (K @ (machine.alpha * y) - machine.offset)
    feasible = max(-alpha.min(), (alpha - C).max(), abs(alpha @ y) / max(alpha.max(), 1e-300))
    below = np.maximum(0, 1 - margins)[alpha < C].max(initial=0)  # α < C needs a margin of at least 1
    above = np.maximum(0, margins - 1)[alpha > 0].max(initial=0)  # α > 0 needs a margin of at most 1
    return feasible, below, above


# --- the dual problem -------------------------------------------------------------------------------------------


def test_two_points_have_the_multipliers_found_on_paper():
    """Points 0 and d on a line: w = 2/d, α = 2/d², b = 1, dual = 2/d²."""
    for d in (0.5, 2.0, 10.0):
        machine = solve_dual(np.outer([0, d], [0, d]), [-1, 1], C=np.inf, tol=1e-12)
        np.testing.assert_allclose(machine.alpha, 2 / d**2)
        np.testing.assert_allclose([machine.offset, machine.dual], [1, 2 / d**2])
        assert machine.converged


def test_the_steps_for_two_points_stop_at_the_smaller_bound():
    machine = solve_dual(np.outer([0, 2], [0, 2]), [-1, 1], C=[0.3, 0.2])
    np.testing.assert_array_equal(machine.alpha, [0.2, 0.2])


@pytest.mark.parametrize(
    "kernel", [RBF(0.5), Laplace(1.0), Polynomial(3), Linear(), RBF(0.3) + Linear()], ids=repr
)
@pytest.mark.parametrize("C", [1e-3, 1.0, 30.0])
def test_the_optimality_conditions_hold_and_the_gap_closes(kernel, C):
    X, y = two_classes(60)
    K = kernel(X)
    machine = solve_dual(K, y, C=C, tol=1e-9)
    feasible, below, above = violations(machine, K, y, C)
    assert feasible < 1e-10
    assert max(below, above) <= 1e-9 * (1 + 1e-3)
    assert machine.gap + 1e-12 * machine.dual >= 0
    assert machine.gap <= 60 * C * 1e-9 + 1e-12 * machine.dual  # Σ C_i times the largest violation
    np.testing.assert_allclose(
        machine.decision, K @ (machine.alpha * y) - machine.offset, atol=1e-12 * C * 60
    )


@pytest.mark.parametrize("tol", [1e-1, 1e-3, 1e-6])
def test_the_tolerance_is_the_largest_violation(tol):
    X, y = moons(400)
    K = RBF(0.5)(X)
    machine = solve_dual(K, y, C=10.0, tol=tol)
    F = K @ (machine.alpha * y) - y
    beta = machine.alpha * y
    up, low = beta < np.where(y > 0, 10.0, 0.0), beta > np.where(y > 0, 0.0, -10.0)
    assert F[low].max() - F[up].min() <= tol
    assert machine.history[-1] <= tol < machine.history[:-1].min()
    assert len(machine.history) == machine.n_iter + 1


@pytest.mark.parametrize("seed", range(4))
def test_the_dual_is_that_of_a_general_solver(seed):
    X, y = two_classes(14, 2, seed=seed)
    Q = (y[:, None] * y) * RBF(1.0)(X)
    reference = minimize(
        lambda a: a @ Q @ a / 2 - a.sum(),
        np.full(14, 0.5),
        jac=lambda a: Q @ a - 1,
        bounds=[(0, 2)] * 14,
        constraints=LinearConstraint(y, 0, 0),
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    machine = solve_dual(RBF(1.0)(X), y, C=2.0, tol=1e-10)
    np.testing.assert_allclose(machine.dual, -reference.fun, rtol=1e-8)
    np.testing.assert_allclose(machine.alpha, reference.x, atol=1e-5)


@pytest.mark.parametrize(("C", "n"), [(0.1, 300), (1.0, 2000), (100.0, 600)])
def test_the_dual_is_that_of_libsvm(C, n):
    X, y = moons(n)
    K = RBF(0.6)(X)
    ours = solve_dual(K, y, C=C, tol=1e-5)
    theirs = sklearn.svm.SVC(C=C, gamma=1 / (2 * 0.6**2), tol=1e-5).fit(X, y)
    a = np.zeros(n)
    a[theirs.support_] = theirs.dual_coef_[0]
    np.testing.assert_allclose(ours.dual, np.abs(a).sum() - a @ K @ a / 2, rtol=1e-6)
    np.testing.assert_allclose(ours.offset, -theirs.intercept_[0], atol=1e-3)
    assert ours.n_iter <= 1.5 * theirs.n_iter_[0]  # the second-order choice of pairs saves steps


def test_setting_rows_aside_changes_nothing(monkeypatch):
    X, y = moons(300)
    K, machines = RBF(0.5)(X), []
    for chunk in (10**6, 5):
        monkeypatch.setattr("runmath.classic_ml.svm.dual.CHUNK", chunk)
        machines.append(solve_dual(K, y, C=50.0, tol=1e-8))
    np.testing.assert_allclose(machines[0].dual, machines[1].dual, rtol=1e-12)
    np.testing.assert_allclose(machines[0].decision, machines[1].decision, atol=1e-6)


def test_the_rows_set_aside_sit_at_a_bound_and_gain_with_no_other_row():
    beta, F = np.array([0.0, 0.0, 1.0, 1.0, 0.5]), np.array([-2.0, 3.0, -3.0, 2.0, 0.0])
    lower, upper, K = np.zeros(5), np.ones(5), np.eye(5)
    # rows that may rise: 0, 1, 4, min F = -2; rows that may fall: 2, 3, 4, max F = 2
    rows, part = _shrunk(K, np.arange(5), (K, K.diagonal(), beta, F, lower, upper))
    np.testing.assert_array_equal(rows, [0, 3, 4])
    np.testing.assert_array_equal(part[3], F[[0, 3, 4]])


def test_the_hard_margin_is_the_distance_of_the_convex_hulls():
    """Max margin = distance of the hulls (duality); found here as a quadratic program over convex combinations."""
    X, y = two_classes(20, 2, seed=3, apart=4.0)
    machine = solve_dual(X @ X.T, y, C=np.inf, tol=1e-10)
    A, B = X[y > 0], X[y < 0]

    def gap_of(c):
        return c[: len(A)] @ A - c[len(A) :] @ B

    result = minimize(
        lambda c: gap_of(c) @ gap_of(c),
        np.full(20, 0.1),
        bounds=[(0, 1)] * 20,
        constraints=LinearConstraint(np.kron(np.eye(2), np.ones(10)), 1, 1),
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    w = (machine.alpha * y) @ X
    np.testing.assert_allclose(2 / np.linalg.norm(w), np.sqrt(result.fun), rtol=1e-5)
    np.testing.assert_allclose(machine.dual, w @ w / 2, rtol=1e-8)
    assert (y * (X @ w - machine.offset)).min() > 1 - 1e-8


def test_a_bound_of_zero_is_a_row_left_out():
    X, y = two_classes(40)
    K, C = RBF(1.0)(X), np.where(np.arange(40) < 30, 2.0, 0.0)
    part = solve_dual(K[:30, :30], y[:30], C=2.0, tol=1e-9)
    whole = solve_dual(K, y, C=C, tol=1e-9)
    np.testing.assert_allclose(whole.alpha[:30], part.alpha, atol=1e-6)
    np.testing.assert_array_equal(whole.alpha[30:], 0)


def test_a_row_repeated_is_a_row_with_twice_the_bound():
    X, y = two_classes(30)
    twice = solve_dual(RBF(1.0)(np.vstack([X, X[:5]])), np.append(y, y[:5]), C=1.5, tol=1e-9)
    weighted = solve_dual(RBF(1.0)(X), y, C=np.where(np.arange(30) < 5, 3.0, 1.5), tol=1e-9)
    np.testing.assert_allclose(twice.dual, weighted.dual, rtol=1e-8)
    np.testing.assert_allclose(twice.offset, weighted.offset, atol=1e-6)


# --- hard cases -------------------------------------------------------------------------------------------------


def test_equal_points_with_opposite_labels_go_to_their_bounds():
    X = np.zeros((4, 2))
    machine = solve_dual(RBF(1.0)(X), [-1, 1, -1, 1], C=3.0)
    np.testing.assert_array_equal(machine.alpha, 3.0)
    np.testing.assert_allclose([machine.dual, machine.primal, machine.offset], [12, 12, 0], atol=1e-12)


def test_points_at_the_origin_are_no_trouble_for_the_linear_kernel():
    machine = solve_dual(np.zeros((3, 3)), [-1, 1, 1], C=2.0)
    assert machine.converged
    np.testing.assert_allclose(machine.dual, 4.0)  # α = 2 for the negative row, 2 in all for the others
    np.testing.assert_allclose(machine.primal, 4.0)


def test_a_hard_margin_between_equal_points_is_refused():
    with pytest.raises(ValueError, match="the classes cannot be separated"):
        solve_dual(RBF(1.0)(np.zeros((2, 1))), [-1, 1], C=np.inf)


@pytest.mark.parametrize("C", [1e-12, 1e-6])
def test_a_tiny_bound_puts_the_smaller_class_at_its_bound(C):
    X, y = two_classes(31)
    machine = solve_dual(RBF(1.0)(X), y, C=C)
    np.testing.assert_array_equal(machine.alpha[y > 0], C)
    np.testing.assert_allclose(machine.dual, 2 * C * 15, rtol=1e3 * C + 1e-9)


def test_a_huge_bound_gives_the_hard_margin_where_the_classes_can_be_separated():
    X, y = two_classes(40, 2, apart=4.0)
    K = X @ X.T
    hard = solve_dual(K, y, C=np.inf, tol=1e-9)
    np.testing.assert_allclose(solve_dual(K, y, C=1e12, tol=1e-9).alpha, hard.alpha, rtol=1e-9)
    soft = solve_dual(K, y, C=hard.alpha.max() * 1.001, tol=1e-9)
    np.testing.assert_allclose(soft.dual, hard.dual, rtol=1e-8)


def test_a_huge_bound_without_separation_is_reported():
    X, y = two_classes(60, apart=0.0)
    with pytest.warns(ConvergenceWarning, match="SMO did not converge; scale the features, lower C"):
        machine = solve_dual(X @ X.T, y, C=1e12, tol=1e-9, max_iter=700)
    assert not machine.converged
    assert machine.n_iter == 700
    assert len(machine.history) == 701


@pytest.mark.parametrize("seed", range(3))
def test_a_kernel_that_is_not_positive_semidefinite_ends_where_no_pair_gains(seed):
    X, y = two_classes(50, seed=seed)
    K = np.tanh(2 * X @ X.T - 1)
    assert np.linalg.eigvalsh(K)[0] < -1
    machine = solve_dual(K, y, C=1.0)
    beta, F = machine.alpha * y, K @ (machine.alpha * y) - y
    assert machine.converged
    assert F[beta > np.where(y > 0, 0, -1)].max() - F[beta < np.where(y > 0, 1, 0)].min() <= 1e-3


def test_scaling_the_kernel_by_s_scales_the_multipliers_by_1_over_s():
    X, y = moons(100)
    one = solve_dual(RBF(0.5)(X), y, C=3.0, tol=1e-9)
    for s in (1e-12, 1e12):
        other = solve_dual(s * RBF(0.5)(X), y, C=3.0 / s, tol=1e-9)
        np.testing.assert_allclose(s * other.dual, one.dual, rtol=1e-9)
        np.testing.assert_allclose(other.decision, one.decision, atol=1e-5)


def test_the_inputs_stay_as_they_are():
    X, y = moons(50)
    K, kept = RBF(0.5)(X), RBF(0.5)(X)
    y.flags.writeable = K.flags.writeable = False
    solve_dual(K, y)
    solve_linear_dual(X, y, C=0.1)
    np.testing.assert_array_equal(K, kept)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((np.eye(2), [0, 1]), {}, ValueError, "`y` must hold the labels -1 and 1, both of them"),
        ((np.eye(2), [1, 1]), {}, ValueError, "`y` must hold the labels -1 and 1, both of them"),
        ((np.ones((2, 3)), [1, -1]), {}, ValueError, "`K` must be a square matrix"),
        (([[1, 2], [0, 1]], [1, -1]), {}, ValueError, "`K` must be symmetric"),
        ((np.eye(2), [1, -1]), {"C": 0}, ValueError, "`C` must be positive, got 0"),
        ((np.eye(2), [1, -1]), {"C": np.nan}, ValueError, "`C` must be positive, got nan"),
        ((np.eye(2), [1, -1]), {"C": "1"}, TypeError, "`C` must be a real number"),
        ((np.eye(2), [1, -1]), {"C": [1, -1]}, ValueError, "`C` must hold 2 numbers of at least 0"),
        ((np.eye(2), [1, -1]), {"C": [1, 0]}, ValueError, "`C` must be positive for a row of each class"),
        ((np.eye(2), [1, -1]), {"tol": -1}, ValueError, "`tol` must be at least 0"),
        ((np.eye(2), [1, -1]), {"max_iter": 0}, ValueError, "`max_iter` must be at least 1"),
    ],
)
def test_bad_arguments_of_the_dual_are_named(arguments, options, error, message):
    with pytest.raises(error, match=message):
        solve_dual(*arguments, **options)


# --- coordinate descent -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("squared", [False, True])
@pytest.mark.parametrize("C", [1e-3, 0.1, 3.0])
def test_coordinate_descent_closes_the_gap_and_w_is_the_sum_of_its_rows(squared, C):
    X, y = two_classes(80, 5)
    machine = solve_linear_dual(X, y, C=C, squared=squared, tol=1e-9, max_iter=200_000)
    assert abs(machine.gap) <= 1e-7 * machine.dual
    np.testing.assert_allclose(machine.w, (machine.alpha * y) @ X, atol=1e-12)
    assert machine.alpha.min() >= 0
    assert squared or machine.alpha.max() <= C
    assert machine.history[-1] <= 1e-9
    assert len(machine.history) == machine.n_iter + 1


@pytest.mark.parametrize("loss", ["hinge", "squared_hinge"])
@pytest.mark.parametrize("scaling", [1.0, 7.0])
def test_the_linear_machine_is_that_of_liblinear(loss, scaling):
    X, y = make_classification(300, 8, flip_y=0.1, random_state=0)
    options = {"C": 0.3, "loss": loss, "intercept_scaling": scaling, "tol": 1e-8, "max_iter": 10**6}
    ours = LinearSVC(**options).fit(X, y)
    theirs = sklearn.svm.LinearSVC(**options, dual=True, random_state=0).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=1e-5, atol=1e-7)


def test_a_large_intercept_scaling_gives_the_machine_with_a_free_offset():
    X, y = two_classes(60, 3)
    free = solve_dual(X @ X.T, y, C=0.5, tol=1e-10)
    w = (free.alpha * y) @ X
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # large s: slow
        linear = LinearSVC(C=0.5, intercept_scaling=30.0, tol=1e-6, max_iter=100_000).fit(X, y)
    np.testing.assert_allclose(linear.coef_[0], w, atol=2e-3)
    np.testing.assert_allclose(linear.intercept_[0], -free.offset, atol=2e-3)


def test_without_an_offset_both_solvers_differ_by_the_equality_constraint_only():
    """A machine for X and -X with opposite labels has b = 0, so that both problems are the same."""
    X, y = two_classes(30, 3)
    X, y = np.vstack([X, -X]), np.append(y, -y)
    pairs = solve_dual(X @ X.T, y, C=0.2, tol=1e-10)
    single = solve_linear_dual(X, y, C=0.2, tol=1e-10, max_iter=10**5)
    np.testing.assert_allclose(single.dual, pairs.dual, rtol=1e-8)
    np.testing.assert_allclose(single.w, (pairs.alpha * y) @ X, atol=1e-7)


def test_rows_of_zeros_reach_the_bound_at_once():
    machine = solve_linear_dual(np.zeros((3, 2)), [1, -1, 1], C=2.0)
    np.testing.assert_array_equal(machine.alpha, 2.0)
    assert machine.dual == machine.primal == 6.0


def test_linear_bounds_must_be_finite_and_slow_convergence_is_visible():
    X, y = two_classes(40, apart=0.0)
    with pytest.raises(ValueError, match="`C` must be finite for coordinate descent"):
        solve_linear_dual(X, y, C=np.inf)
    with pytest.warns(ConvergenceWarning, match="dual coordinate descent did not converge"):
        assert not solve_linear_dual(X, y, C=1e4, max_iter=5).converged


# --- estimators -------------------------------------------------------------------------------------------------


@every_estimator
def test_fitting_twice_equals_fitting_once_and_pickle_keeps_the_model(estimator):
    X, y = make_blobs(60, 3, centers=3, cluster_std=2.0, random_state=0)
    model = clone(estimator)
    if "random_state" in model.get_params():
        model.set_params(random_state=3)
    once = model.fit(X, y).decision_function(X)
    model.fit(X[:30, :2], y[:30] % 2)
    np.testing.assert_array_equal(model.fit(X, y).decision_function(X), once)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).decision_function(X), once)
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


@pytest.mark.parametrize("n_classes", [2, 3, 10])
def test_the_kernel_machine_votes_as_libsvm_does(n_classes):
    X, y = load_digits(n_class=n_classes, return_X_y=True)
    X, y = X[:500], y[:500]
    ours, theirs = KernelSVC(C=5.0, tol=1e-6).fit(X, y), sklearn.svm.SVC(C=5.0, tol=1e-6).fit(X, y)
    np.testing.assert_allclose(ours.decision_function(X), theirs.decision_function(X), atol=1e-4)
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_array_equal(ours.support_, np.sort(theirs.support_))


def test_the_decision_function_is_the_one_of_the_machine():
    X, y = moons(80)
    model = KernelSVC(kernel=RBF(0.5), C=2.0).fit(X, y)
    np.testing.assert_allclose(model.decision_function(X), model.machines_[0].decision, atol=1e-10)
    np.testing.assert_array_equal(model.support_, np.flatnonzero(model.machines_[0].alpha))


def test_white_noise_in_the_kernel_counts_in_training_only():
    """k + v I in training is the squared hinge: its dual has the ridge 1/(2C) = v and no upper bound."""
    X, y = two_classes(40)
    noisy = KernelSVC(kernel=Linear() + White(0.25), C=1e9, tol=1e-9).fit(X, y)
    alpha = noisy.machines_[0].alpha
    w, b = (alpha * y) @ X, noisy.machines_[0].offset
    np.testing.assert_allclose(noisy.decision_function(X), X @ w - b, atol=1e-9)
    hinge = np.maximum(0, 1 - y * (X @ w - b))
    np.testing.assert_allclose(alpha, 2 * 2.0 * hinge, atol=1e-7)  # C = 1/(2v) = 2: α = 2 C ξ


def test_votes_are_counted_and_ties_broken_by_the_sums():
    cycle = np.array([[-1.0, 3.0, -1.0]])  # 0 beats 1, 2 beats 0, 1 beats 2: one vote each
    np.testing.assert_array_equal(votes(cycle, 3).argmax(axis=1), [2])
    np.testing.assert_allclose(votes(cycle, 3), [[1 - 2 / 9, 1 + 0, 1 + 2 / 9]])


def test_a_callable_kernel_and_a_grid_search_over_kernels_work():
    X, y = moons(120)
    named = KernelSVC(kernel=Polynomial(2)).fit(X, y)
    given = KernelSVC(kernel=lambda A, B: (A @ B.T + 1) ** 2).fit(X, y)
    np.testing.assert_allclose(given.decision_function(X), named.decision_function(X), atol=1e-8)
    pipeline = make_pipeline(StandardScaler(), KernelSVC())
    search = GridSearchCV(pipeline, {"kernelsvc__kernel": [RBF(100.0), RBF(0.5)]}, cv=3).fit(X, y)
    assert search.best_params_["kernelsvc__kernel"] == RBF(0.5)


def test_a_function_that_is_not_symmetric_is_refused_as_a_kernel():
    X, y = moons(20)
    with pytest.raises(ValueError, match="`kernel` must be symmetric"):
        KernelSVC(kernel=lambda A, B: A @ B.T + A[:, :1]).fit(X, y)


def test_constant_features_give_a_constant_prediction():
    model = KernelSVC().fit(np.ones((5, 2)), [0, 0, 0, 1, 1])
    np.testing.assert_array_equal(model.predict(np.ones((3, 2))), 0)


def test_separable_classes_are_separated():
    X, y = two_classes(50, 2, seed=1, apart=2.0)
    separable = linprog(
        np.zeros(3), -y[:, None] * np.c_[X, np.ones(50)], -np.ones(50), bounds=(None, None)
    ).success
    machine = KernelSVC(kernel=Linear(), C=1e6).fit(X, y)
    assert separable == (machine.score(X, y) == 1)


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (KernelSVC(C=0), ValueError, "`C` must be positive, got 0"),
        (KernelSVC(C=None), TypeError, "`C` must be a real number"),
        (KernelSVC(kernel="rbf"), TypeError, "`kernel` must be a kernel, a function of two matrices or None"),
        (
            KernelSVC(kernel=lambda A, B: A),
            ValueError,
            r"`kernel` must return a finite matrix of shape \(20, 20\)",
        ),
        (KernelSVC(max_iter=1.5), TypeError, "`max_iter` must be an integer"),
        (LinearSVC(loss="log"), ValueError, "`loss` must be one of 'hinge', 'squared_hinge', got 'log'"),
        (LinearSVC(C=-1.0), ValueError, "`C` must be positive, got -1.0"),
        (LinearSVC(intercept_scaling=-1), ValueError, "`intercept_scaling` must be at least 0"),
        (LinearSVC(intercept_scaling="1"), TypeError, "`intercept_scaling` must be a real number"),
        (LinearSVC(tol=2), ValueError, "`tol` must be at least 0 and below 1"),
    ],
    ids=range(10),
)
def test_bad_parameters_are_named(estimator, error, message):
    with pytest.raises(error, match=message):
        estimator.fit(*two_classes(20))


@pytest.mark.parametrize("estimator", [KernelSVC(), LinearSVC()], ids=repr)
def test_one_class_is_refused(estimator):
    with pytest.raises(ValueError, match="`y` must hold at least 2 classes, got 1 class"):
        estimator.fit([[0.0], [1.0]], ["a", "a"])
