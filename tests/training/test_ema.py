"""The moving average obeys its recursion, forgets its first weights, and lives beside the model."""

import pytest
import torch
from runmath.training import ExponentialMovingAverage
from torch import nn


def scalar_model(value):
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(model.weight, value)
    return model


@pytest.mark.parametrize("decay", [0.0, 0.5, 0.95])
def test_the_average_is_the_recursion_with_a_warm_up(decay):
    values = torch.randn(60, generator=torch.Generator().manual_seed(0)).tolist()
    model = scalar_model(values[0])
    ema, expected = ExponentialMovingAverage(model, decay=decay), values[0]
    for k, value in enumerate(values[1:], start=1):
        nn.init.constant_(model.weight, value)
        ema.update(model)
        d = min(decay, k / (k + 9))
        expected = d * expected + (1 - d) * value
        assert ema.model.weight.item() == pytest.approx(expected, abs=1e-14)
    assert ema.n_updates == 59


def test_constant_weights_are_their_own_average_and_the_first_ones_are_soon_forgotten():
    model = scalar_model(1000.0)
    ema = ExponentialMovingAverage(model, decay=0.9999)
    nn.init.constant_(model.weight, 1.0)
    for _ in range(10):
        ema.update(model)
    # the part of the first weights is 9! 10! / 19! = 1.08e-5; without warm-up it would be 0.9999^10 = 0.999
    assert ema.model.weight.item() == pytest.approx(1 + 999 * 1.0825e-5, rel=1e-6)


def test_the_average_is_in_evaluation_mode_needs_no_gradient_and_leaves_the_model_alone():
    model = nn.Sequential(nn.Linear(2, 2), nn.Dropout())
    before = model[0].weight.clone()
    ema = ExponentialMovingAverage(model, decay=0.5)
    ema.update(model)
    assert model.training
    assert not ema.model.training
    assert all(p.requires_grad for p in model.parameters())
    assert not any(p.requires_grad for p in ema.model.parameters())
    assert torch.equal(model[0].weight, before)


def test_buffers_are_copied():
    model = nn.BatchNorm1d(2)
    ema = ExponentialMovingAverage(model, decay=0.9)
    model(torch.randn(8, 2))
    ema.update(model)
    assert torch.equal(ema.model.running_mean, model.running_mean)
    assert ema.model.num_batches_tracked.item() == 1


def test_dtype_is_the_models_and_the_state_comes_back():
    model = scalar_model(2.0)
    ema = ExponentialMovingAverage(model, decay=0.9)
    nn.init.constant_(model.weight, 3.0)
    ema.update(model)
    other = ExponentialMovingAverage(scalar_model(0.0), decay=0.9)
    other.load_state_dict(ema.state_dict())
    assert other.model.weight.dtype == torch.float64
    assert (other.n_updates, other.model.weight.item()) == (1, ema.model.weight.item())


@pytest.mark.parametrize("decay", [1.0, -0.1, float("nan")])
def test_bad_decay_is_refused(decay):
    with pytest.raises(ValueError, match="`decay` must be at least 0 and below 1, got"):
        ExponentialMovingAverage(scalar_model(0.0), decay=decay)
