"""Losses: targets fit predictions, and the weights are those of the evidence lower bound."""

import pytest
import torch
from runmath.generative.diffusion import (
    DiffusedMixture,
    GaussianMixture,
    cosine_schedule,
    denoising_loss,
    elbo_weights,
    gaussian_kl,
    linear_schedule,
    posterior,
    q_sample,
    random_steps,
    to_noise,
    to_score,
    to_v,
    to_x0,
)

KINDS = ("x0", "noise", "score", "v")
CONVERT = {"x0": to_x0, "noise": to_noise, "score": to_score, "v": to_v}


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("schedule", [linear_schedule(100), cosine_schedule(50)], ids="LC")
def test_the_weight_of_x0_is_half_the_fall_of_the_signal_to_noise_ratio(schedule):
    snr = schedule.snr
    weights = elbo_weights(schedule, predicts="x0")
    torch.testing.assert_close(weights[2:], (snr[1:-1] - snr[2:]) / 2, rtol=1e-7, atol=0)
    assert weights[0] == 0
    torch.testing.assert_close(weights[1], 1 / (2 * schedule.betas[1]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("t", [2, 37, 100])
def test_weight_times_squared_error_is_the_divergence_of_the_two_steps(kind, t):
    schedule = linear_schedule(100)
    x0, noise, prediction = torch.randn(3, 1, 4, generator=seeded(t), dtype=torch.float64)
    x_t = q_sample(schedule, x0, t, noise)
    guess = to_x0(schedule, prediction, x_t, t, kind=kind)
    mean_q, variance = posterior(schedule, x0, x_t, t)
    mean_p, _ = posterior(schedule, guess, x_t, t)
    cov = variance * torch.eye(4, dtype=torch.float64)
    truth = CONVERT[kind](schedule, noise, x_t, t, kind="noise")
    weighted = elbo_weights(schedule, predicts=kind)[t] * (prediction - truth).square().sum()
    torch.testing.assert_close(weighted, gaussian_kl(mean_q[0], cov, mean_p[0], cov), rtol=1e-8, atol=0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("weighting", ["simple", "elbo"])
def test_a_denoiser_that_knows_the_data_has_no_loss(kind, weighting):
    schedule = linear_schedule(100)
    point = GaussianMixture.isotropic([[0.5, -1.0]], variance=0.0)
    model = DiffusedMixture(point, schedule).predictor(kind)
    x0 = point.sample(64, generator=seeded())
    loss = denoising_loss(model, schedule, x0, predicts=kind, weighting=weighting, generator=seeded(1))
    assert loss < 1e-16


@pytest.mark.parametrize("kind", KINDS)
def test_the_elbo_loss_is_the_same_number_whatever_is_predicted(kind):
    schedule = cosine_schedule(40)
    mixture = GaussianMixture.isotropic([[-1.0], [2.0]], variance=0.1)
    x0 = mixture.sample(100, generator=seeded())
    diffused = DiffusedMixture(mixture, schedule)
    losses = [
        denoising_loss(diffused.predictor(k), schedule, x0, predicts=k, weighting="elbo", generator=seeded(3))
        for k in (kind, "x0")
    ]
    torch.testing.assert_close(losses[0], losses[1], rtol=1e-7, atol=0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_conditional_mean_beats_its_neighbours(kind):
    schedule = linear_schedule(100)
    mixture = GaussianMixture.isotropic([[-1.0], [2.0]], variance=0.1)
    best = DiffusedMixture(mixture, schedule).predictor(kind)
    x0 = mixture.sample(20_000, generator=seeded())
    t = random_steps(schedule, len(x0), generator=seeded(1)).clamp(min=5)

    def loss(shift):
        return denoising_loss(
            lambda x, t: best(x, t) + shift, schedule, x0, predicts=kind, t=t, generator=seeded(2)
        )

    assert loss(0.0) < loss(0.2)
    assert loss(0.0) < loss(-0.2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("t", [1, 13, 25])
def test_at_one_step_the_elbo_loss_is_the_plain_one_times_its_weight(kind, t):
    schedule, x0 = linear_schedule(25), torch.ones(6, 2, dtype=torch.float64)
    simple, elbo = (
        denoising_loss(
            lambda x, t: x,
            schedule,
            x0,
            predicts=kind,
            weighting=weighting,
            t=torch.full((6,), t),
            generator=seeded(4),
        )
        for weighting in ("simple", "elbo")
    )
    torch.testing.assert_close(elbo, 25 * elbo_weights(schedule, predicts=kind)[t] * simple)


def test_the_elbo_loss_averages_to_the_sum_over_the_steps():
    schedule, n = linear_schedule(25), 200
    x0 = torch.randn(n, 2, generator=seeded(), dtype=torch.float64)

    def model(x, t):
        return torch.zeros_like(x)  # a noise error of E‖ε‖² / dim = 1 at every step

    total = elbo_weights(schedule, predicts="noise").sum()
    t = torch.arange(1, 26).repeat(n)
    loss = denoising_loss(
        model, schedule, x0.repeat_interleave(25, 0), weighting="elbo", t=t, generator=seeded(1)
    )
    assert loss == pytest.approx(total.item(), rel=0.1)  # the first weight dominates: 4 standard errors


def test_gradients_reach_the_model_and_dtype_is_kept():
    torch_model = torch.nn.Linear(2, 2)
    loss = denoising_loss(
        lambda x, t: torch_model(x), linear_schedule(100), torch.zeros(8, 2), generator=seeded()
    )
    loss.backward()
    assert loss.dtype == torch.float32
    assert torch_model.weight.grad.abs().sum() > 0


def test_steps_are_uniform_from_1_to_T():
    schedule, n = linear_schedule(25), 50_000
    counts = torch.bincount(random_steps(schedule, n, generator=seeded()), minlength=26)
    assert counts[0] == 0
    assert len(counts) == 26
    assert (counts[1:] - n / 25).abs().max() <= 4.5 * (n / 25) ** 0.5


def test_equal_generators_give_equal_losses():
    x0, schedule = torch.ones(16, 2), linear_schedule(100)
    state = torch.random.get_rng_state()
    one, two = (denoising_loss(lambda x, t: x, schedule, x0, generator=seeded(5)) for _ in range(2))
    assert one == two
    assert torch.equal(state, torch.random.get_rng_state())


def test_bad_options_are_refused():
    x0, schedule = torch.ones(4, 2), linear_schedule(100)
    with pytest.raises(ValueError, match="`predicts` must be one of x0, noise, score, v, got 'image'"):
        denoising_loss(lambda x, t: x, schedule, x0, predicts="image", generator=seeded())
    with pytest.raises(ValueError, match="`weighting` must be one of simple, elbo, got 'vlb'"):
        denoising_loss(lambda x, t: x, schedule, x0, weighting="vlb", generator=seeded())
    with pytest.raises(TypeError, match=r"`generator` must be a torch\.Generator, got 0"):
        denoising_loss(lambda x, t: x, schedule, x0, generator=0)
    with pytest.raises(ValueError, match="`predicts` must be one of"):
        elbo_weights(schedule, predicts="eps")
