"""The forward process, Bayes' rule for one step of it, and the conversions between predictions."""

import itertools

import pytest
import torch
from runmath.generative.diffusion import (
    Schedule,
    cosine_schedule,
    linear_schedule,
    posterior,
    q_sample,
    q_step,
    to_noise,
    to_score,
    to_v,
    to_x0,
)

KINDS = ("x0", "noise", "score", "v")
CONVERT = {"x0": to_x0, "noise": to_noise, "score": to_score, "v": to_v}
SCHEDULES = pytest.mark.parametrize(
    "schedule", [linear_schedule(100), cosine_schedule(30), Schedule.from_betas([0.2])], ids="LC1"
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def draw(schedule, shape=(64, 3), dtype=torch.float64, seed=0):
    g = seeded(seed)
    x0, noise = (torch.randn(shape, generator=g, dtype=dtype) for _ in range(2))
    t = torch.randint(1, schedule.n_steps + 1, shape[:1], generator=g)
    return x0, noise, t


def normal(x, mean, variance):
    return torch.exp(-((x - mean) ** 2) / (2 * variance)) / (2 * torch.pi * variance) ** 0.5


@SCHEDULES
def test_one_shot_has_mean_and_variance_of_the_chain(schedule):
    mean, variance = 1.7, 0.0
    for t in range(1, schedule.n_steps + 1):
        mean, variance = schedule.alphas[t].sqrt() * mean, schedule.alphas[t] * variance + schedule.betas[t]
        x0 = torch.tensor([1.7], dtype=torch.float64)
        shot = q_sample(schedule, x0, t, 0 * x0)
        spread = q_sample(schedule, x0, t, 0 * x0 + 1) - shot
        torch.testing.assert_close(shot.squeeze(), mean)
        torch.testing.assert_close(spread.squeeze() ** 2, variance)


def test_steps_and_one_shot_are_equal_in_distribution():
    schedule, n = linear_schedule(50), 40_000
    x0 = torch.full((n,), 1.3, dtype=torch.float64)
    g, x = seeded(), x0
    for t in range(1, 31):
        x = q_step(schedule, x, t, torch.randn(n, generator=g, dtype=torch.float64))
    shot = q_sample(schedule, x0, 30, torch.randn(n, generator=g, dtype=torch.float64))
    for power in (1, 2):  # 4 standard errors of the difference
        difference = (x**power).mean() - (shot**power).mean()
        assert abs(difference) <= 4 * ((x**power).var() * 2 / n) ** 0.5


@SCHEDULES
@pytest.mark.parametrize("last", [0, 1])
def test_the_posterior_is_that_of_bayes_on_a_grid(schedule, last):
    t = schedule.n_steps if last else min(2, schedule.n_steps)
    x0, x_t = torch.tensor([0.8], dtype=torch.float64), torch.tensor([-0.4], dtype=torch.float64)
    mean, variance = posterior(schedule, x0, x_t, t)
    if t == 1:  # x_{t-1} is x_0 itself
        assert (mean, variance) == (x0, 0)
        return
    grid = torch.linspace(-8, 8, 400_001, dtype=torch.float64)
    density = normal(x_t, schedule.alphas[t].sqrt() * grid, schedule.betas[t])
    density = density * normal(grid, schedule.alpha_bars[t - 1].sqrt() * x0, schedule.noise_variances[t - 1])
    density /= density.sum()
    grid_mean = (density * grid).sum()
    torch.testing.assert_close(mean.squeeze(), grid_mean, rtol=1e-6, atol=1e-8)
    torch.testing.assert_close(variance, (density * (grid - grid_mean) ** 2).sum(), rtol=1e-6, atol=0)


@SCHEDULES
@pytest.mark.parametrize(("source", "goal"), list(itertools.product(KINDS, KINDS)))
def test_conversions_are_exact(schedule, source, goal):
    x0, noise, t = draw(schedule)
    x_t = q_sample(schedule, x0, t, noise)
    a = schedule.alpha_bars[t].sqrt()[:, None]
    s = (1 - schedule.alpha_bars[t]).sqrt()[:, None]
    truth = {"x0": x0, "noise": noise, "score": -noise / s, "v": a * noise - s * x0}
    converted = CONVERT[goal](schedule, truth[source], x_t, t, kind=source)
    torch.testing.assert_close(converted, truth[goal], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_a_conversion_to_itself_changes_nothing(kind):
    schedule = linear_schedule(100)
    x_t, prediction, t = draw(schedule)
    assert CONVERT[kind](schedule, prediction, x_t, t, kind=kind) is prediction


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_dtype_is_kept(dtype):
    schedule = linear_schedule(100)
    x0, noise, t = draw(schedule, dtype=dtype)
    x_t = q_sample(schedule, x0, t, noise)
    mean, variance = posterior(schedule, x0, x_t, t)
    results = [x_t, mean, variance, q_step(schedule, x0, t, noise)]
    results += [CONVERT[goal](schedule, noise, x_t, t, kind="noise") for goal in KINDS]
    assert {x.dtype for x in results} == {dtype}


@pytest.mark.parametrize("shape", [(5,), (5, 2), (5, 1, 4, 4), (0, 2)])
def test_every_shape_of_data_is_served(shape):
    schedule = linear_schedule(100)
    x0, noise, t = draw(schedule, shape)
    x_t = q_sample(schedule, x0, t, noise)
    mean, variance = posterior(schedule, x0, x_t, t)
    assert x_t.shape == mean.shape == shape
    assert variance.shape == (shape[0], *[1] * (len(shape) - 1))
    for i in range(shape[0]):  # a batch of steps does what single steps do
        torch.testing.assert_close(
            x_t[i : i + 1], q_sample(schedule, x0[i : i + 1], int(t[i]), noise[i : i + 1])
        )


def test_inputs_are_not_changed():
    schedule = linear_schedule(100)
    x0, noise, t = draw(schedule)
    before = x0.clone(), noise.clone(), t.clone()
    x_t = q_sample(schedule, x0, t, noise)
    posterior(schedule, x0, x_t, t)
    to_v(schedule, noise, x_t, t, kind="noise")
    assert all(torch.equal(x, y) for x, y in zip((x0, noise, t), before, strict=True))


def test_gradients_pass_through():
    schedule = linear_schedule(100)
    x0, noise, t = draw(schedule)
    x0.requires_grad_()
    q_sample(schedule, x0, t, noise).sum().backward()
    torch.testing.assert_close(x0.grad, schedule.alpha_bars[t].sqrt()[:, None].expand_as(x0))


def test_bad_input_is_refused():
    schedule = linear_schedule(100)
    x0, noise, t = draw(schedule)
    with pytest.raises(ValueError, match=r"`noise` must have the shape of `x0`, \(64, 3\), got \(64, 2\)"):
        q_sample(schedule, x0, t, noise[:, :2])
    with pytest.raises(ValueError, match="`noise` must have the shape of `x_previous`"):
        q_step(schedule, x0, t, noise[:, :1])
    with pytest.raises(ValueError, match="`x_t` must have the shape of `x0`"):
        posterior(schedule, x0, noise[:1], t)
    with pytest.raises(ValueError, match="`kind` must be one of x0, noise, score, v, got 'eps'"):
        to_x0(schedule, noise, x0, t, kind="eps")
    with pytest.raises(ValueError, match="`prediction` must have the shape of `x_t`"):
        to_score(schedule, noise[:1], x0, t, kind="score")
    with pytest.raises(ValueError, match="between 1 and 100"):
        to_x0(schedule, noise, x0, t * 0, kind="x0")
