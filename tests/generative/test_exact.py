"""Gaussian mixtures under diffusion, against quadrature, automatic differentiation and direct simulation."""

import pytest
import torch
from runmath.generative.diffusion import (
    DiffusedMixture,
    GaussianMixture,
    cosine_schedule,
    gaussian_kl,
    linear_schedule,
    q_sample,
    to_noise,
    to_score,
    to_v,
    to_x0,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def rotated(variances, angle):
    c, s = torch.cos(torch.tensor(angle)).double(), torch.sin(torch.tensor(angle)).double()
    Q = torch.stack([torch.stack([c, -s]), torch.stack([s, c])])
    return Q @ torch.diag(torch.tensor(variances, dtype=torch.float64)) @ Q.T


PLANE = GaussianMixture(
    torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64),
    torch.tensor([[-2.0, 0.0], [1.0, 1.5], [0.5, -2.0]], dtype=torch.float64),
    torch.stack([rotated([1.0, 0.1], 0.3), rotated([0.5, 0.5], 0.0), rotated([2.0, 0.05], -1.1)]),
)
LINE = GaussianMixture.isotropic([[-1.0], [2.0]], variance=0.2, weights=[0.3, 0.7])
POINTS = GaussianMixture.isotropic([[-1.0], [1.0]], variance=0.0)
SCHEDULE = linear_schedule(100)
STEPS = pytest.mark.parametrize("t", [1, 10, 40, 100])


def torch_mixture(mixture):
    D = torch.distributions
    parts = D.MultivariateNormal(mixture.means, mixture.covariances)
    return D.MixtureSameFamily(D.Categorical(mixture.weights), parts)


@pytest.mark.parametrize("mixture", [PLANE, LINE], ids=["plane", "line"])
def test_the_density_is_that_of_torch(mixture):
    x = 2 * torch.randn(50, mixture.means.shape[1], generator=seeded(), dtype=torch.float64)
    torch.testing.assert_close(mixture.log_prob(x), torch_mixture(mixture).log_prob(x))


@STEPS
def test_the_marginal_is_a_mixture_whose_density_the_diffused_mixture_knows(t):
    diffused = DiffusedMixture(PLANE, SCHEDULE)
    x = 2 * torch.randn(50, 2, generator=seeded(), dtype=torch.float64)
    expected = torch_mixture(diffused.marginal(t)).log_prob(x)
    torch.testing.assert_close(diffused.log_prob(x, t), expected, rtol=1e-9, atol=1e-9)


@STEPS
def test_the_marginal_on_the_line_is_the_integral_over_the_data(t):
    x = torch.tensor([[-1.5], [0.0], [0.7]], dtype=torch.float64)
    grid = torch.linspace(-8, 10, 40_001, dtype=torch.float64)[:, None]
    prior = LINE.log_prob(grid).exp()
    a, s2 = SCHEDULE.alpha_bars[t], SCHEDULE.noise_variances[t]
    kernel = torch.exp(-((x.T - a.sqrt() * grid) ** 2) / (2 * s2)) / torch.sqrt(2 * torch.pi * s2)
    joint = prior[:, None] * kernel * (grid[1] - grid[0])
    diffused = DiffusedMixture(LINE, SCHEDULE)
    torch.testing.assert_close(diffused.log_prob(x, t).exp(), joint.sum(0), rtol=1e-7, atol=1e-12)
    mean = (joint * grid).sum(0) / joint.sum(0)
    torch.testing.assert_close(diffused.denoise(x, t)[:, 0], mean, rtol=1e-7, atol=1e-9)


@STEPS
def test_the_score_is_the_gradient_of_the_log_density(t):
    diffused = DiffusedMixture(PLANE, SCHEDULE)
    x = torch.randn(40, 2, generator=seeded(t), dtype=torch.float64).requires_grad_()
    (gradient,) = torch.autograd.grad(diffused.log_prob(x, t).sum(), x)
    torch.testing.assert_close(diffused.score(x.detach(), t), gradient, rtol=1e-9, atol=1e-9)


def test_axes_in_space_are_turned_the_right_way():
    """In the plane LAPACK's eigenvectors may form a symmetric matrix, which hides a transpose."""
    A = torch.randn(2, 3, 3, generator=seeded(), dtype=torch.float64)
    means = torch.randn(2, 3, generator=seeded(1), dtype=torch.float64)
    weights = torch.tensor([0.4, 0.6], dtype=torch.float64)
    diffused = DiffusedMixture(GaussianMixture(weights, means, A @ A.mT), SCHEDULE)
    x = torch.randn(20, 3, generator=seeded(2), dtype=torch.float64).requires_grad_()
    (gradient,) = torch.autograd.grad(torch_mixture(diffused.marginal(20)).log_prob(x).sum(), x)
    x = x.detach()
    torch.testing.assert_close(diffused.score(x, 20), gradient, rtol=1e-8, atol=1e-8)
    mean = to_x0(SCHEDULE, gradient, x, 20, kind="score")
    torch.testing.assert_close(diffused.denoise(x, 20), mean, rtol=1e-8, atol=1e-8)


@STEPS
@pytest.mark.parametrize("mixture", [PLANE, LINE, POINTS], ids=["plane", "line", "points"])
def test_tweedie_links_score_and_denoiser(mixture, t):
    diffused = DiffusedMixture(mixture, SCHEDULE)
    x = torch.randn(40, mixture.means.shape[1], generator=seeded(t), dtype=torch.float64)
    torch.testing.assert_close(
        to_x0(SCHEDULE, diffused.score(x, t), x, t, kind="score"),
        diffused.denoise(x, t),
        rtol=1e-7,
        atol=1e-9,
    )


@STEPS
def test_two_points_have_a_hyperbolic_tangent_as_denoiser(t):
    x = torch.linspace(-3, 3, 31, dtype=torch.float64)[:, None]
    expected = torch.tanh(SCHEDULE.alpha_bars[t].sqrt() * x / SCHEDULE.noise_variances[t])
    torch.testing.assert_close(DiffusedMixture(POINTS, SCHEDULE).denoise(x, t), expected)


@pytest.mark.parametrize(("kind", "convert"), [("noise", to_noise), ("score", to_score), ("v", to_v)])
def test_predictors_are_conditional_means(kind, convert):
    """No function of x_t correlates with what is left of the target: here four of them."""
    n, t = 100_000, 30
    x0 = LINE.sample(n, generator=seeded())
    noise = torch.randn(n, 1, generator=seeded(1), dtype=torch.float64)
    x_t = q_sample(SCHEDULE, x0, t, noise)
    rest = convert(SCHEDULE, noise, x_t, t, kind="noise")
    rest = rest - DiffusedMixture(LINE, SCHEDULE).predictor(kind)(x_t, t)
    for f in (torch.ones_like(x_t), x_t, x_t**2, torch.sin(3 * x_t)):
        product = rest * f
        assert abs(product.mean()) <= 4 * product.std() / n**0.5


def test_a_batch_of_steps_is_what_single_steps_are():
    diffused = DiffusedMixture(PLANE, SCHEDULE)
    t = torch.tensor([1, 5, 50, 100])
    x = torch.randn(4, 2, generator=seeded(), dtype=torch.float64)
    for method in (diffused.log_prob, diffused.score, diffused.denoise, diffused.predictor("v")):
        rows = [method(x[i : i + 1], int(t[i])) for i in range(4)]
        torch.testing.assert_close(method(x, t), torch.cat(rows))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_is_that_of_the_points(dtype):
    diffused = DiffusedMixture(PLANE, cosine_schedule(10))
    x = torch.zeros(3, 2, dtype=dtype)
    for method in (diffused.log_prob, diffused.score, diffused.denoise, diffused.predictor("noise")):
        assert method(x, 10).dtype == dtype


def test_samples_have_the_moments_of_the_mixture():
    n = 100_000
    x = PLANE.sample(n, generator=seeded())
    mean = PLANE.weights @ PLANE.means
    second = torch.einsum(
        "k,kij->ij", PLANE.weights, PLANE.covariances + PLANE.means[:, :, None] * PLANE.means[:, None]
    )
    assert ((x.mean(0) - mean).abs() <= 4 * x.std(0) / n**0.5).all()
    products = x[:, :, None] * x[:, None, :]
    assert ((products.mean(0) - second).abs() <= 4 * products.std(0) / n**0.5).all()


def test_far_away_nothing_overflows():
    diffused = DiffusedMixture(POINTS, SCHEDULE)
    x = torch.tensor([[1e4], [-1e4]], dtype=torch.float64)
    torch.testing.assert_close(diffused.denoise(x, 1), x.sign())
    assert torch.isfinite(diffused.score(x, 1)).all()


def test_a_component_without_weight_changes_nothing():
    extra = GaussianMixture.isotropic([[-1.0], [2.0], [50.0]], variance=0.2, weights=[0.3, 0.7, 0.0])
    x = torch.linspace(-3, 3, 7, dtype=torch.float64)[:, None]
    torch.testing.assert_close(
        DiffusedMixture(extra, SCHEDULE).denoise(x, 9), DiffusedMixture(LINE, SCHEDULE).denoise(x, 9)
    )


def test_the_divergence_is_that_of_torch():
    D = torch.distributions
    for d in (1, 2, 5):
        A, B = torch.randn(2, d, d, generator=seeded(d), dtype=torch.float64)
        means = torch.randn(2, d, generator=seeded(d + 9), dtype=torch.float64)
        eye = torch.eye(d, dtype=torch.float64)
        q, p = (
            D.MultivariateNormal(means[0], A @ A.T + eye),
            D.MultivariateNormal(means[1], B @ B.T + 0.1 * eye),
        )
        ours = gaussian_kl(means[0], A @ A.T + eye, means[1], B @ B.T + 0.1 * eye)
        torch.testing.assert_close(ours, D.kl_divergence(q, p))
        assert abs(gaussian_kl(means[0], q.covariance_matrix, means[0], q.covariance_matrix)) < 1e-13


@pytest.mark.parametrize(
    ("weights", "means", "covariances", "match"),
    [
        ([1.0], [0.0], [[1.0]], "`means` must have shape"),
        ([0.5, 0.4], [[0.0], [1.0]], [[[1.0]], [[1.0]]], "`weights` must be 2 probabilities"),
        ([1.5, -0.5], [[0.0], [1.0]], [[[1.0]], [[1.0]]], "`weights` must be 2 probabilities"),
        ([1.0], [[0.0]], [[1.0]], "`covariances` must have shape"),
        ([1.0], [[0.0, 0.0]], [[[1.0, 1.0], [0.0, 1.0]]], "`covariances` must be symmetric"),
        ([1.0], [[0.0, 0.0]], [[[1.0, 2.0], [2.0, 1.0]]], "`covariances` must have eigenvalues ≥ 0"),
    ],
)
def test_what_is_no_mixture_is_refused(weights, means, covariances, match):
    with pytest.raises(ValueError, match=match):
        GaussianMixture(*(torch.tensor(x, dtype=torch.float64) for x in (weights, means, covariances)))


def test_bad_input_is_refused():
    diffused = DiffusedMixture(PLANE, SCHEDULE)
    with pytest.raises(ValueError, match=r"`x` must have shape \(n, 2\), got \(5, 1\)"):
        diffused.score(torch.zeros(5, 1), 1)
    with pytest.raises(ValueError, match="`kind` must be one of"):
        diffused.predictor("image")
    with pytest.raises(ValueError, match="`t` must be between 0 and 100, got 101"):
        diffused.marginal(101)
    with pytest.raises(ValueError, match="`covariances` must have eigenvalues > 0 for a density"):
        POINTS.log_prob(torch.zeros(1, 1))
    with pytest.raises(TypeError, match="`generator` must be"):
        PLANE.sample(3, generator=0)
    with pytest.raises(ValueError, match="`n` must be at least 1"):
        PLANE.sample(0, generator=seeded())
    eye = torch.eye(2)
    with pytest.raises(ValueError, match="`cov_p` must be positive definite"):
        gaussian_kl(torch.zeros(2), eye, torch.zeros(2), 0 * eye)
    with pytest.raises(ValueError, match=r"`mean_p` must have shape \(2,\)"):
        gaussian_kl(torch.zeros(2), eye, torch.zeros(3), eye)
