"""The sinusoidal embedding has constant length and sees differences of times."""

import math

import pytest
import torch
from runmath.neural_networks import SinusoidalEmbedding


@pytest.mark.parametrize("dim", [2, 6, 64])
def test_every_embedding_has_squared_length_dim_over_two(dim):
    t = torch.tensor([0.0, 1.0, 17.3, 1000.0])
    torch.testing.assert_close(SinusoidalEmbedding(dim)(t).square().sum(1), torch.full((4,), dim / 2))


def test_the_inner_product_of_two_embeddings_depends_on_the_difference_of_their_times_alone():
    embed = SinusoidalEmbedding(32).double()
    s, t = torch.tensor([3.0, 103.0]).double(), torch.tensor([10.0, 110.0]).double()
    products = (embed(s) * embed(t)).sum(1)
    torch.testing.assert_close(products[0], products[1])
    torch.testing.assert_close(products[0], (7 * embed.omega).cos().sum())


def test_frequencies_fall_geometrically_from_one_towards_one_over_the_longest_period():
    omega = SinusoidalEmbedding(8, max_period=10_000.0).omega
    torch.testing.assert_close(omega, torch.tensor([1.0, 0.1, 0.01, 0.001]))


def test_the_entries_are_cosines_then_sines():
    expected = torch.tensor([[math.cos(2), math.cos(0.02), math.sin(2), math.sin(0.02)]])
    torch.testing.assert_close(SinusoidalEmbedding(4)(torch.tensor([2.0])), expected)


def test_integer_times_and_an_empty_batch_are_accepted_and_the_dtype_is_the_modules():
    embed = SinusoidalEmbedding(4)
    assert torch.equal(embed(torch.tensor([1, 2])), embed(torch.tensor([1.0, 2.0])))
    assert embed(torch.empty(0)).shape == (0, 4)
    assert embed.double()(torch.tensor([1])).dtype == torch.float64


@pytest.mark.parametrize(
    ("dim", "options", "error", "match"),
    [
        (3, {}, ValueError, "`dim` must be even, got 3"),
        (0, {}, ValueError, "`dim` must be at least 2, got 0"),
        (4.0, {}, TypeError, "`dim` must be an integer"),
        (4, {"max_period": 0.5}, ValueError, "`max_period` must be at least 1, got 0.5"),
        (4, {"max_period": math.nan}, ValueError, "`max_period` must be at least 1, got nan"),
    ],
)
def test_bad_options_are_refused(dim, options, error, match):
    with pytest.raises(error, match=match):
        SinusoidalEmbedding(dim, **options)


def test_times_that_are_no_vector_are_refused():
    with pytest.raises(ValueError, match=r"`t` must have shape \(B,\), got \(2, 1\)"):
        SinusoidalEmbedding(4)(torch.zeros(2, 1))
