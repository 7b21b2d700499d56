"""Weights follow from a generator, go into one vector and come back; the global state is left alone."""

import pytest
import torch
from runmath.neural_networks import UNet, seeded, vector_to_weights, weights_to_vector
from torch import nn


def small_unet():
    return UNet((8, 16), time_dim=8)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others():
    first, same, other = (
        weights_to_vector(seeded(small_unet, generator=torch.Generator().manual_seed(seed)))
        for seed in (3, 3, 4)
    )
    assert torch.equal(first, same)
    assert (first != other).float().mean() > 0.9 * (first != 0).float().mean()


def test_the_generator_advances_and_the_global_one_does_not():
    before = torch.get_rng_state()
    generator = torch.Generator().manual_seed(0)
    first, second = (seeded(lambda: nn.Linear(2, 2), generator=generator).weight for _ in range(2))
    assert not torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_the_global_state_does_not_matter():
    draws = []
    for seed in (1, 2):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            draws.append(seeded(lambda: nn.Linear(2, 2), generator=torch.Generator().manual_seed(0)).weight)
    assert torch.equal(*draws)


@pytest.mark.parametrize(
    "build",
    [small_unet, lambda: nn.BatchNorm1d(3), lambda: nn.Conv2d(2, 4, 3).to(memory_format=torch.channels_last)],
)
def test_a_vector_brings_back_every_weight_and_every_buffer(build):
    source, target = build(), build()
    with torch.no_grad():
        for tensor in source.state_dict().values():
            if tensor.is_floating_point():
                tensor.add_(torch.randn(tensor.shape))
    vector_to_weights(weights_to_vector(source), target)
    for key, tensor in source.state_dict().items():
        torch.testing.assert_close(target.state_dict()[key], tensor, rtol=0, atol=0)


def test_half_precision_keeps_eleven_bits():
    model = small_unet()
    exact = weights_to_vector(model)
    vector_to_weights(exact.half(), model)
    rounded = weights_to_vector(model)
    assert rounded.dtype == torch.float32
    assert ((rounded - exact).abs() <= 2**-11 * exact.abs() + 2**-25).all()


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match=r"`vector` must have shape \(6,\), got \(5,\)"):
        vector_to_weights(torch.zeros(5), nn.Linear(2, 2))
    with pytest.raises(TypeError, match=r"`generator` must be a torch\.Generator, got 0"):
        seeded(lambda: nn.Linear(2, 2), generator=0)
