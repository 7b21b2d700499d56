"""The denoiser for points."""

import pytest
import torch
from runmath.generative.diffusion import (
    DiffusedMixture,
    GaussianMixture,
    PointDenoiser,
    cosine_schedule,
    denoising_loss,
)
from runmath.neural_networks import seeded
from runmath.training import fit


def test_it_sees_the_step_through_the_noise_level_alone():
    schedule = cosine_schedule(20)
    twice = cosine_schedule(20)
    model = seeded(lambda: PointDenoiser(2, schedule), generator=torch.Generator().manual_seed(0))
    x = torch.ones(2, 2)
    one = model(x, torch.tensor([3, 17]))
    model.schedule = twice
    assert torch.equal(one, model(x, torch.tensor([3, 17])))
    assert (one[0] - one[1]).abs().max() > 1e-3


def test_a_short_training_learns_the_conditional_mean():
    schedule, generator = cosine_schedule(20), torch.Generator().manual_seed(0)
    mixture = GaussianMixture.isotropic([[-1.0], [1.0]], variance=0.1)
    model = seeded(lambda: PointDenoiser(1, schedule, width=32, depth=2), generator=generator)
    data = [mixture.sample(256, generator=generator).float() for _ in range(20)]

    def loss(model, x0):
        return denoising_loss(model, schedule, x0, predicts="v", generator=generator)

    adam = torch.optim.Adam(model.parameters(), lr=1e-2)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(adam, 500)
    fit(model, loss, data, optimizer=adam, scheduler=decay, n_steps=500, progress=False)
    x = torch.linspace(-1.5, 1.5, 50)[:, None]
    t = torch.full((50,), 8)
    exact = DiffusedMixture(mixture, schedule).predictor("v")(x, t)
    error = (model(x, t) - exact).square().mean().sqrt()
    assert error < 0.25 * exact.std()  # a constant has 1; chance and 500 steps leave about 0.1


def test_bad_input_is_refused():
    schedule = cosine_schedule(20)
    with pytest.raises(ValueError, match=r"`x` must have shape \(B, 2\), got \(3, 1\)"):
        PointDenoiser(2, schedule)(torch.zeros(3, 1), torch.ones(3, dtype=torch.long))
    with pytest.raises(ValueError, match="`depth` must be at least 1"):
        PointDenoiser(2, schedule, depth=0)
