"""Samplers: with the exact denoiser they draw from the exact distribution, and each is a case of the other."""

from itertools import pairwise

import pytest
import torch
from runmath.generative.diffusion import (
    DiffusedMixture,
    GaussianMixture,
    cosine_schedule,
    ddim_sample,
    ddim_steps,
    ddpm_sample,
    linear_schedule,
)

KINDS = ("x0", "noise", "score", "v")
NORMAL = GaussianMixture.isotropic([[0.7]], variance=0.25)
PAIR = GaussianMixture.isotropic([[-1.0, 0.0], [1.0, 0.5]], variance=0.05, weights=[0.25, 0.75])
SAMPLERS = pytest.mark.parametrize("sample", [ddpm_sample, ddim_sample])


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def exact(mixture, schedule, kind="x0"):
    return DiffusedMixture(mixture, schedule).predictor(kind)


def reverse_moments(schedule, variance):
    """Mean and variance after ancestral sampling of N(0.7, 0.25), by the affine recursion of the chain."""
    mean, var = 0.0, 1.0
    for t in range(schedule.n_steps, 0, -1):
        a, s2 = schedule.alpha_bars[t], schedule.noise_variances[t]
        gain = a.sqrt() * 0.25 / (a * 0.25 + s2)
        slope = schedule.alphas[t].sqrt() * schedule.noise_variances[t - 1] / s2
        of_x0 = schedule.alpha_bars[t - 1].sqrt() * schedule.betas[t] / s2
        mean = slope * mean + of_x0 * (0.7 + gain * (mean - a.sqrt() * 0.7))
        noise = schedule.betas[t] if variance == "beta" else schedule.posterior_variances[t]
        var = (slope + of_x0 * gain) ** 2 * var + (noise if t > 1 else 0)
    return mean, var


@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_ddpm_has_the_moments_of_its_chain(variance):
    schedule, n = linear_schedule(50), 50_000
    x = ddpm_sample(
        exact(NORMAL, schedule),
        schedule,
        torch.randn(n, 1, generator=seeded(1), dtype=torch.float64),
        predicts="x0",
        variance=variance,
        generator=seeded(),
    ).samples
    mean, var = reverse_moments(schedule, variance)
    assert abs(x.mean() - mean) <= 4 * (var / n) ** 0.5
    assert abs(x.var() - var) <= 4 * var * (2 / n) ** 0.5


@pytest.mark.parametrize("variance", ["posterior", "beta"])
def test_the_last_step_adds_no_noise(variance):
    schedule = linear_schedule(25)
    point = GaussianMixture.isotropic([[0.7]], variance=0.0)
    start = torch.randn(9, 1, generator=seeded(), dtype=torch.float64)
    x = ddpm_sample(
        exact(point, schedule), schedule, start, predicts="x0", variance=variance, generator=seeded(1)
    ).samples
    torch.testing.assert_close(x, torch.full_like(x, 0.7))


@pytest.mark.parametrize("method", ["ddpm", "ddim"])
def test_errors_of_the_variance_fall_like_one_over_the_number_of_steps(method):
    """Of a normal, x_0 is an affine function of x_T (DDIM), or the moments follow a recursion (DDPM)."""
    errors = []
    for T in (100, 200, 400):
        schedule = cosine_schedule(T)
        if method == "ddpm":
            variance = reverse_moments(schedule, "posterior")[1]
        else:
            ends = torch.tensor([[-1.0], [1.0]], dtype=torch.float64)
            x = ddim_sample(
                exact(NORMAL, schedule), schedule, ends, predicts="x0", generator=seeded()
            ).samples
            variance = ((x[1] - x[0]) / 2) ** 2
        errors.append(abs(variance - 0.25).item())
    for coarse, fine in pairwise(errors):
        assert 1.6 < coarse / fine < 2.5


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sample", [ddpm_sample, ddim_sample])
def test_it_does_not_matter_what_an_exact_model_predicts(sample, kind):
    schedule = cosine_schedule(40)
    start = torch.randn(20, 2, generator=seeded(), dtype=torch.float64)
    one, two = (
        sample(exact(PAIR, schedule, k), schedule, start, predicts=k, generator=seeded(1)).samples
        for k in ("x0", kind)
    )
    torch.testing.assert_close(one, two, rtol=1e-8, atol=1e-8)


def test_ddim_with_eta_1_is_ddpm():
    schedule = linear_schedule(60)
    start = torch.randn(20, 2, generator=seeded(), dtype=torch.float64)
    model = exact(PAIR, schedule, "noise")
    one = ddpm_sample(model, schedule, start, generator=seeded(1)).samples
    two = ddim_sample(model, schedule, start, eta=1, generator=seeded(1)).samples
    torch.testing.assert_close(one, two, rtol=1e-9, atol=1e-9)


def test_ddim_without_noise_is_a_function_of_its_start():
    schedule = linear_schedule(60)
    start = torch.randn(20, 2, generator=seeded(), dtype=torch.float64)
    one, two = (
        ddim_sample(exact(PAIR, schedule, "v"), schedule, start, predicts="v", generator=seeded(s)).samples
        for s in (1, 2)
    )
    assert torch.equal(one, two)


@SAMPLERS
def test_the_shares_of_two_clusters_are_those_of_the_mixture(sample):
    schedule, n = cosine_schedule(100), 4000
    start = torch.randn(n, 2, generator=seeded(2), dtype=torch.float64)
    x = sample(exact(PAIR, schedule), schedule, start, predicts="x0", generator=seeded(3)).samples
    share = (x[:, 0] > 0).double().mean()
    assert abs(share - 0.75) <= 4 * (0.25 * 0.75 / n) ** 0.5 + 0.005  # 0.005 for 100 steps of finite size


@SAMPLERS
def test_a_single_step_predicts_the_mean(sample):
    schedule = cosine_schedule(1)
    x = sample(exact(NORMAL, schedule), schedule, (5, 1), predicts="x0", generator=seeded()).samples
    torch.testing.assert_close(x, torch.full((5, 1), 0.7), atol=0.05, rtol=0)


@SAMPLERS
def test_kept_states_are_a_path(sample):
    schedule = linear_schedule(30)
    start = torch.randn(4, 2, generator=seeded())
    result = sample(
        exact(PAIR, schedule), schedule, start, predicts="x0", generator=seeded(1), keep=[0, 30, 7]
    )
    assert result.steps == (30, 7, 0)
    assert result.path.shape == (3, 4, 2)
    assert torch.equal(result.path[0], start)
    assert torch.equal(result.path[2], result.samples)
    bare = sample(exact(PAIR, schedule), schedule, start, predicts="x0", generator=seeded(1))
    assert torch.equal(bare.samples, result.samples)
    assert bare.path.shape == (0, 4, 2)
    assert bare.steps == ()


@SAMPLERS
def test_clipping_bounds_the_samples_and_stays_off_when_wide(sample):
    schedule = cosine_schedule(40)
    start = torch.randn(50, 1, generator=seeded())
    tight, wide, none = (
        sample(
            exact(NORMAL, schedule), schedule, start, predicts="x0", generator=seeded(1), clip=clip
        ).samples
        for clip in (0.5, 100.0, None)
    )
    assert tight.abs().max() <= 0.5 + 1e-6
    torch.testing.assert_close(wide, none, rtol=1e-4, atol=1e-4)


@SAMPLERS
def test_dtype_comes_from_the_model_and_no_gradient_is_kept(sample):
    class Zero(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.zeros((), dtype=torch.float64))

        def forward(self, x, t):
            assert t.dtype == torch.long
            assert t.shape == (len(x),)
            return self.scale * x

    schedule = linear_schedule(25)
    x = sample(Zero(), schedule, (3, 1, 2, 2), predicts="x0", generator=seeded()).samples
    assert (x.dtype, x.shape, x.requires_grad) == (torch.float64, (3, 1, 2, 2), False)
    state = torch.random.get_rng_state()
    float32 = sample(lambda x, t: 0 * x, schedule, (3,), predicts="x0", generator=seeded()).samples
    assert float32.dtype == torch.float32
    assert torch.equal(state, torch.random.get_rng_state())


@SAMPLERS
def test_a_given_start_is_not_changed(sample):
    start = torch.ones(3, 1)
    sample(lambda x, t: 0 * x, linear_schedule(25), start, predicts="x0", generator=seeded())
    assert torch.equal(start, torch.ones(3, 1))


@pytest.mark.parametrize("T", [1, 7, 1000])
@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_steps_descend_from_the_last_to_0_without_repetition(T, share):
    n_steps = max(1, int(T * share))
    steps = ddim_steps(T, n_steps)
    assert (steps[0], steps[-1], len(steps)) == (T, 0, n_steps + 1)
    assert len(set(steps)) == len(steps)
    assert sorted(steps, reverse=True) == list(steps)


def test_bad_options_are_refused():
    schedule = linear_schedule(25)

    def model(x, t):
        return x

    with pytest.raises(ValueError, match="`predicts` must be one of"):
        ddpm_sample(model, schedule, (1,), predicts="eps", generator=seeded())
    with pytest.raises(ValueError, match="`variance` must be posterior or beta, got 'learned'"):
        ddpm_sample(model, schedule, (1,), variance="learned", generator=seeded())
    with pytest.raises(TypeError, match="`generator` must be"):
        ddpm_sample(model, schedule, torch.zeros(1), generator=None)
    with pytest.raises(ValueError, match="`eta` must be between 0 and 1, got 2"):
        ddim_sample(model, schedule, (1,), eta=2, generator=seeded())
    with pytest.raises(ValueError, match="`n_steps` must be between 1 and 25, got 26"):
        ddim_sample(model, schedule, (1,), n_steps=26, generator=seeded())
    with pytest.raises(ValueError, match=r"`keep` must name steps that are visited, got \[1\]"):
        ddim_sample(model, schedule, (1,), n_steps=2, keep=[1], generator=seeded())
    with pytest.raises(ValueError, match="`keep` must be between 0 and 25, got 26"):
        ddpm_sample(model, schedule, (1,), keep=[26], generator=seeded())
