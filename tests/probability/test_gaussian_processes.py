"""Kernels, Gaussian processes, Nyström's approximation and random fields agree with definitions and scikit-learn."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from runmath.probability import (
    RBF,
    Constant,
    GaussianProcessRegressor,
    Laplace,
    Linear,
    NystromMap,
    Periodic,
    Polynomial,
    White,
    greedy_landmarks,
    sample_field,
    sample_process,
)
from scipy.stats import multivariate_normal
from sklearn import gaussian_process as sk
from sklearn.exceptions import NotFittedError
from sklearn.gaussian_process import kernels as skk
from sklearn.kernel_approximation import Nystroem

PAIRS = [  # ours, scikit-learn's
    (RBF(0.7), skk.RBF(0.7)),
    (Laplace(0.7), skk.Matern(0.7, nu=0.5)),
    (Linear(), skk.DotProduct(1e-5)),
    (Constant(2.0), skk.ConstantKernel(2.0)),
    (White(0.3), skk.WhiteKernel(0.3)),
    (
        Constant(2.0) * RBF(0.5) + White(0.1),
        skk.ConstantKernel(2.0) * skk.RBF(0.5) + skk.WhiteKernel(0.1),
    ),
]
KERNELS = [
    *(ours for ours, _ in PAIRS),
    Periodic(0.8, 1.7),
    Polynomial(3, 0.5),
    Linear() * Periodic(1.0, 2.0) + Constant(0.5) * Laplace(2.0),
]


def points(n=12, d=2, seed=0):
    return np.random.default_rng(seed).standard_normal((n, d))


@pytest.mark.parametrize(("ours", "theirs"), PAIRS, ids=repr)
def test_kernels_equal_scikit_learns(ours, theirs):
    X, Y = points(), points(5, seed=1)
    np.testing.assert_allclose(ours(X), theirs(X), rtol=1e-12, atol=1e-9)
    np.testing.assert_allclose(ours(X, Y), theirs(X, Y), rtol=1e-12, atol=1e-9)


def test_the_periodic_kernel_equals_scikit_learns_on_a_line():
    X = points(d=1)
    np.testing.assert_allclose(Periodic(0.8, 1.7)(X), skk.ExpSineSquared(0.8, 1.7)(X), rtol=1e-12)


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_kernel_matrices_are_symmetric_and_positive_semi_definite(kernel):
    X = points(30)
    K = kernel(X)
    np.testing.assert_allclose(K, K.T, rtol=1e-13)
    np.testing.assert_allclose(kernel.diag(X), K.diagonal(), rtol=1e-13)
    assert np.linalg.eigvalsh(K)[0] > -1e-13 * np.trace(K)


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_kernel_gradients_equal_central_differences(kernel):
    X, h = points(6), 1e-5
    theta = kernel.theta
    assert kernel.gradient(X).shape == (len(theta), 6, 6)
    for j, D in enumerate(kernel.gradient(X)):
        step = h * np.eye(len(theta))[j]
        difference = (kernel.with_theta(theta + step)(X) - kernel.with_theta(theta - step)(X)) / (2 * h)
        np.testing.assert_allclose(D, difference, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_a_kernel_is_stationary_when_a_shift_changes_nothing(kernel):
    X = points()
    assert kernel.stationary == np.allclose(kernel(X), kernel(X + 1.3))


def test_the_sine_of_the_distance_is_no_kernel_in_the_plane_and_ours_is():
    X = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0)), axis=-1).reshape(-1, 2) * 0.45
    distance = np.linalg.norm(X[:, None] - X, axis=-1)
    assert np.linalg.eigvalsh(np.exp(-2 * np.sin(np.pi * distance) ** 2))[0] < -0.1
    assert np.linalg.eigvalsh(Periodic()(X))[0] > -1e-12


@pytest.mark.parametrize("kernel", KERNELS, ids=repr)
def test_with_theta_undoes_theta(kernel):
    np.testing.assert_allclose(kernel.with_theta(kernel.theta).theta, kernel.theta, atol=1e-15)


def test_bad_kernels_are_refused():
    with pytest.raises(ValueError, match="`length_scale` must be positive"):
        RBF(0.0)
    with pytest.raises(TypeError, match="`variance` must be a real number"):
        White("1")
    with pytest.raises(ValueError, match="`theta` must have shape"):
        RBF().with_theta([0.0, 1.0])
    with pytest.raises(ValueError, match="as many columns"):
        RBF()([[0.0]], [[0.0, 1.0]])
    with pytest.raises(TypeError, match="`degree` must be an integer"):
        Polynomial(1.5)
    with pytest.raises(TypeError, match="unsupported operand"):
        RBF() + 1


def data(n=25, seed=3):
    rng = np.random.default_rng(seed)
    X = rng.uniform(0, 5, (n, 1))
    return X, np.sin(2 * X[:, 0]) + 0.1 * rng.standard_normal(n)


def test_predictions_equal_the_conditional_normal_distribution():
    X, y = data()
    new = np.linspace(-1, 6, 9)[:, None]
    k = Constant(2.0) * RBF(0.5)
    inverse = np.linalg.inv(k(X) + 0.01 * np.eye(len(X)))
    mean, cov = (
        GaussianProcessRegressor(k, noise=0.01, optimize=False).fit(X, y).predict(new, return_cov=True)
    )
    np.testing.assert_allclose(mean, k(new, X) @ inverse @ y, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(cov, k(new) - k(new, X) @ inverse @ k(X, new), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("ours", "theirs"), [PAIRS[0], PAIRS[1], PAIRS[5]], ids=repr)
def test_predictions_equal_scikit_learns(ours, theirs):
    X, y = data()
    new = np.linspace(-1, 6, 40)[:, None]
    a = GaussianProcessRegressor(ours, noise=0.01, optimize=False).fit(X, y)
    b = sk.GaussianProcessRegressor(theirs, alpha=0.01, optimizer=None).fit(X, y)
    for option in ({"return_std": True}, {"return_cov": True}):
        for left, right in zip(a.predict(new, **option), b.predict(new, **option), strict=True):
            np.testing.assert_allclose(left, right, rtol=1e-8, atol=1e-9)
    np.testing.assert_array_equal(a.predict(new), a.predict(new, return_std=True)[0])
    assert a.log_marginal_likelihood_ == pytest.approx(b.log_marginal_likelihood_value_, rel=1e-10)


def test_the_marginal_likelihood_is_a_normal_density():
    X, y = data(8)
    model = GaussianProcessRegressor(RBF(0.5), noise=0.1, optimize=False).fit(X, y)
    density = multivariate_normal(np.zeros(8), RBF(0.5)(X) + 0.1 * np.eye(8)).logpdf(y)
    assert model.log_marginal_likelihood_ == pytest.approx(density, rel=1e-10)


@pytest.mark.parametrize("kernel", [KERNELS[5], KERNELS[6], KERNELS[8]], ids=repr)
def test_the_gradient_of_the_likelihood_equals_central_differences(kernel):
    X, y = data()
    model = GaussianProcessRegressor(kernel, noise=0.05, optimize=False).fit(X, y)
    gradient, h = model.log_marginal_likelihood()[1], 1e-5
    for j, slope in enumerate(gradient):
        step = h * np.eye(len(gradient))[j]
        up, down = (model.log_marginal_likelihood(kernel.theta + s)[0] for s in (step, -step))
        assert slope == pytest.approx((up - down) / (2 * h), rel=1e-6, abs=1e-6)


def test_fitting_finds_the_maximum_that_scikit_learn_finds():
    X, y = data(40)
    ours = GaussianProcessRegressor(PAIRS[5][0], noise=1e-10).fit(X, y)
    theirs = sk.GaussianProcessRegressor(PAIRS[5][1], alpha=1e-10).fit(X, y)
    assert ours.log_marginal_likelihood_ == pytest.approx(theirs.log_marginal_likelihood_value_, abs=1e-4)
    np.testing.assert_allclose(ours.log_marginal_likelihood()[1], 0, atol=1e-2)


def test_fit_twice_equals_fit_once_and_restarts_never_lower_the_likelihood():
    X, y = data()
    model = GaussianProcessRegressor(PAIRS[5][0]).fit(X, y)
    first = model.predict(X)
    np.testing.assert_array_equal(model.fit(X, y).predict(X), first)
    again = GaussianProcessRegressor(PAIRS[5][0], n_restarts=2, random_state=0).fit(X, y)
    assert again.log_marginal_likelihood_ >= model.log_marginal_likelihood_ - 1e-9


def test_bad_models_are_refused():
    X, y = data()
    with pytest.raises(NotFittedError):
        GaussianProcessRegressor().predict(X)
    with pytest.raises(ValueError, match="`noise` must be a variance"):
        GaussianProcessRegressor(noise=-1.0).fit(X, y)
    with pytest.raises(ValueError, match="not positive definite"):
        GaussianProcessRegressor(RBF(1e4), noise=0.0, optimize=False).fit(X, y)
    with pytest.raises(ValueError, match="must not both be true"):
        GaussianProcessRegressor(RBF()).fit(X, y).predict(X, return_std=True, return_cov=True)


def test_sampled_processes_have_the_kernels_covariance():
    X, n = np.linspace(0, 1, 6)[:, None], 20_000
    F = sample_process(RBF(0.5), X, n, rng=0)
    assert abs(F.T @ F / n - RBF(0.5)(X)).max() < 5 * np.sqrt(2 / n)
    with pytest.raises(ValueError, match="`jitter` above"):
        sample_process(RBF(10.0), X, jitter=0, rng=0)


@pytest.mark.parametrize(
    "kernel", [RBF(0.8), Laplace(0.4), Constant(2.0) * RBF(0.5) + Constant(0.5)], ids=repr
)
@pytest.mark.parametrize("shape", [(9,), (5, 4)])
def test_sampled_fields_have_the_kernels_covariance(kernel, shape):
    n = 20_000
    F = sample_field(kernel, shape, n, spacing=0.5, padding=6, rng=1).reshape(n, -1)
    grid = np.stack(np.meshgrid(*(0.5 * np.arange(s) for s in shape), indexing="ij"), -1).reshape(
        -1, len(shape)
    )
    variance = kernel.diag(grid)[0]
    assert abs(F.T @ F / n - kernel(grid)).max() < 5 * variance * np.sqrt(2 / n)
    halves = F[: n // 2] * F[n // 2 :]  # real and imaginary parts are independent
    assert abs(halves.mean(axis=0)).max() < 5 * variance / np.sqrt(n / 2)


def test_bad_fields_are_refused():
    with pytest.raises(ValueError, match="`kernel` must be stationary"):
        sample_field(Linear() + RBF(), (4, 4), rng=0)
    with pytest.raises(ValueError, match="`padding` must make"):
        sample_field(RBF(10.0), (8,), rng=0)
    with pytest.raises(TypeError, match="`shape` must be a tuple"):
        sample_field(RBF(), 4, rng=0)
    with pytest.raises(ValueError, match="`spacing` must be positive"):
        sample_field(RBF(), (4,), spacing=0.0, rng=0)


def test_nystroms_matrix_equals_scikit_learns_and_is_exact_at_the_landmarks():
    X, U = points(30), points(7, seed=2)
    Z = NystromMap(RBF(0.8), U)
    theirs = Nystroem(gamma=0.5 / 0.8**2, n_components=7).fit(U)
    features = theirs.transform(X)
    np.testing.assert_allclose(Z(X) @ Z(X).T, features @ features.T, atol=1e-10)
    np.testing.assert_allclose(Z(U) @ Z(X).T, RBF(0.8)(U, X), atol=1e-10)
    assert np.linalg.eigvalsh(RBF(0.8)(X) - Z(X) @ Z(X).T)[0] > -1e-10


def test_nystroms_map_leaves_out_a_repeated_landmark():
    X = points(5)
    assert NystromMap(RBF(), [[0.0, 1.0], [0.0, 1.0]])(X).shape == (5, 1)


def test_greedy_landmarks_take_the_largest_conditional_variance():
    X, k = points(40), RBF(0.8)
    chosen = greedy_landmarks(k, X, 6)
    for j in range(1, 6):
        Z = NystromMap(k, X[chosen[:j]])(X)
        left = k.diag(X) - np.sum(Z**2, axis=1)
        assert left[chosen[j]] == pytest.approx(left.max(), abs=1e-10)
    assert len(set(chosen)) == 6
    assert len(greedy_landmarks(Linear(), X, 6)) == 2  # the rank
    with pytest.raises(ValueError, match="`m` must be"):
        greedy_landmarks(k, X, 41)
    with pytest.raises(ValueError, match="tol"):
        greedy_landmarks(k, X, 3, tol=-1.0)


def test_importing_the_package_does_not_load_scikit_learn():
    code = "import sys, runmath.probability; assert 'sklearn' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_white_noise_counts_in_sampled_fields():
    F = sample_field(RBF(5.0) + White(1.0), (64,), 400, padding=3, rng=0)
    near = (F[:, 1:] * F[:, :-1]).mean(axis=1)
    assert abs((F**2).mean() - 2) < 4 * (F**2).mean(axis=1).std() / 20
    assert abs(near.mean() - np.exp(-1 / 50)) < 4 * near.std() / 20


def test_parameters_whose_squares_leave_the_range_of_doubles_are_refused():
    for value in (1e-170, 1e170):
        with pytest.raises(ValueError, match="`length_scale` must be positive and finite, from"):
            RBF(value)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert RBF(np.float32(2)).length_scale == 2


def test_variances_that_overflow_are_named_and_huge_targets_leave_the_parameters():
    with pytest.raises(ValueError, match="`X` must be scaled down"):
        GaussianProcessRegressor(Linear()).fit([[1e200], [1.0]], [1.0, 0.0])
    with np.errstate(over="ignore"):
        with pytest.raises(ValueError, match="`X` must be scaled down"):
            sample_process(Linear(), [[1e200], [1.0]], rng=0)
        model = GaussianProcessRegressor(RBF(1.0)).fit([[0.0], [1.0], [2.0]], [1e200, 0.0, 1e200])
    assert model.kernel_ == RBF(1.0)


def test_kernels_and_noise_of_the_wrong_type_are_named():
    with pytest.raises(TypeError, match="`kernel` must be a Kernel"):
        GaussianProcessRegressor(lambda X, Y: X @ Y.T).fit([[0.0]], [1.0])
    with pytest.raises(TypeError, match="`noise` must be a real number"):
        GaussianProcessRegressor(noise="small").fit([[0.0]], [1.0])
