"""The networks have the shapes they promise, gradients reach every weight, and they know the time."""

import pytest
import torch
from runmath.neural_networks import (
    MLP,
    DigitClassifier,
    PixelAttention,
    ResidualBlock,
    TimeMLP,
    UNet,
    seeded,
)
from torch import nn

IMAGES, TIMES = (
    torch.randn(3, 1, 8, 12, generator=torch.Generator().manual_seed(0)),
    torch.tensor([1, 9, 500]),
)
POINTS = torch.randn(3, 2, generator=torch.Generator().manual_seed(1))


def shaken(build, seed=0):
    """Return a model whose weights are all random: those that begin at zero too."""
    model = seeded(build, generator=torch.Generator().manual_seed(seed))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn(parameter.shape, generator=generator))
    return model


CASES = {
    "TimeMLP": (lambda: TimeMLP(2, width=8), (POINTS, TIMES)),
    "UNet": (lambda: UNet((8, 16), time_dim=16), (IMAGES, TIMES)),
    "UNet of one level": (lambda: UNet((8,), time_dim=8), (IMAGES, TIMES)),
    "ResidualBlock": (lambda: ResidualBlock(8, 16, time_dim=4), (torch.randn(3, 8, 5, 4), torch.randn(3, 4))),
    "PixelAttention": (lambda: PixelAttention(8), (torch.randn(3, 8, 5, 4),)),
    "DigitClassifier": (lambda: DigitClassifier(dropout=0.0), (torch.randn(3, 1, 28, 28),)),
    "MLP": (lambda: MLP([2, 5, 3]), (POINTS,)),
}
case = pytest.mark.parametrize("name", CASES)


@case
def test_a_gradient_reaches_every_weight(name):
    build, inputs = CASES[name]
    model = shaken(build)
    model(*inputs).square().sum().backward()
    dead = [key for key, p in model.named_parameters() if p.grad is None or not p.grad.abs().max() > 0]
    assert dead == []


@case
def test_each_row_is_computed_by_itself(name):
    build, inputs = CASES[name]
    model = shaken(build).eval().double()
    inputs = [x.double() if x.is_floating_point() else x for x in inputs]
    together = model(*inputs)
    alone = torch.cat([model(*(x[i : i + 1] for x in inputs)) for i in range(3)])
    torch.testing.assert_close(together, alone)


@case
def test_an_empty_batch_has_an_empty_answer(name):
    build, inputs = CASES[name]
    assert shaken(build)(*(x[:0] for x in inputs)).shape[0] == 0


@pytest.mark.parametrize("name", ["TimeMLP", "UNet", "UNet of one level"])
def test_a_denoiser_returns_the_shape_of_its_input_in_the_dtype_of_its_weights(name):
    build, (x, t) = CASES[name]
    assert shaken(build)(x, t).shape == x.shape
    output = shaken(build).double()(x.double(), t)
    assert (output.shape, output.dtype) == (x.shape, torch.float64)


@pytest.mark.parametrize("name", ["TimeMLP", "UNet", "UNet of one level", "ResidualBlock"])
def test_the_answer_depends_on_the_time(name):
    build, (x, t) = CASES[name]
    model = shaken(build)
    assert (model(x, t) - model(x, t + 1)).abs().amax(tuple(range(1, x.ndim))).min() > 1e-5


def test_a_new_block_is_the_identity_and_a_new_unet_returns_zeros():
    x, e = torch.randn(2, 8, 4, 4), torch.randn(2, 4)
    assert torch.equal(ResidualBlock(8, 8, time_dim=4)(x, e), x)
    assert torch.equal(PixelAttention(8)(x), x)
    assert not UNet((8, 16))(IMAGES, TIMES).any()


def test_the_unet_is_its_formula_with_each_level_added_on_the_way_up():
    model = shaken(lambda: UNet((8, 16), time_dim=16)).double()
    x = IMAGES.double()
    e = model.time(TIMES.double())
    fine = model.down_blocks[0](model.first(x), e)
    coarse = model.middle_2(model.attention(model.middle_1(model.halve[0](fine), e)), e)
    doubled = model.widen[0](coarse).repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    h = model.last_norm(model.up_blocks[0](fine + doubled, e))
    torch.testing.assert_close(model(x, TIMES), model.last(h * torch.sigmoid(h)))


def test_the_unet_sees_the_whole_image_from_every_pixel():
    model = shaken(lambda: UNet((8, 16, 16), time_dim=16))
    x = torch.randn(1, 1, 28, 28, requires_grad=True)
    model(x, torch.tensor([5]))[0, 0, 0, 0].backward()
    assert (x.grad != 0).all()


def test_attention_is_the_formula_written_with_loops():
    model, x = shaken(lambda: PixelAttention(8, n_heads=2)).double(), torch.randn(1, 8, 2, 3).double()
    Q, K, V = (
        part.reshape(2, 4, 6) for part in model.qkv(model.norm(x)).chunk(3, dim=1)
    )  # head, channel, pixel
    h = torch.zeros(2, 4, 6).double()
    for head in range(2):
        for pixel in range(6):
            scores = torch.stack([Q[head, :, pixel] @ K[head, :, other] / 2 for other in range(6)])  # √4 = 2
            h[head, :, pixel] = V[head] @ scores.softmax(0)
    torch.testing.assert_close(model(x), x + model.out(h.reshape(1, 8, 2, 3)))


def test_the_residual_block_is_its_formula():
    block = shaken(lambda: ResidualBlock(8, 16, time_dim=4)).double()
    x, e = torch.randn(2, 8, 5, 4).double(), torch.randn(2, 4).double()

    def activated(z):
        return z / (1 + torch.exp(-z))

    gamma, beta = block.modulation(e).reshape(2, 2, 16, 1, 1).unbind(1)
    h = block.norm_2(block.conv_1(activated(block.norm_1(x))))
    expected = block.skip(x) + block.conv_2(activated((1 + gamma) * h + beta))
    torch.testing.assert_close(block(x, e), expected)


def test_the_digits_network_has_between_0_3_and_0_7_million_weights_and_the_classifier_under_0_2():
    assert 300_000 < sum(p.numel() for p in UNet().parameters()) < 700_000
    assert sum(p.numel() for p in DigitClassifier().parameters()) < 200_000


def test_a_classifier_is_its_head_on_its_features():
    model, x = DigitClassifier().eval(), torch.randn(4, 1, 28, 28)
    assert model.features(x).shape == (4, 64)
    torch.testing.assert_close(model(x), model.head(model.features(x)))
    assert (model.features(x) >= 0).all()


def test_a_linear_map_is_an_mlp_without_hidden_layers():
    model = MLP([3, 2])
    x = torch.randn(4, 3)
    torch.testing.assert_close(model(x), x @ model[0].weight.T + model[0].bias)
    assert sum(isinstance(layer, nn.SiLU) for layer in MLP([3, 4, 5, 2])) == 2


@pytest.mark.parametrize(
    ("build", "error", "match"),
    [
        (lambda: MLP([3]), ValueError, r"`sizes` must name inputs and outputs at least, got \[3\]"),
        (lambda: MLP([3, 0]), ValueError, "`sizes` must be at least 1, got 0"),
        (lambda: TimeMLP(0), ValueError, "`dim` must be at least 1, got 0"),
        (lambda: TimeMLP(2, depth=0), ValueError, "`depth` must be at least 1"),
        (lambda: ResidualBlock(6, 8, time_dim=4), ValueError, "`channels` must be a multiple of 8, got 6"),
        (lambda: PixelAttention(8, n_heads=3), ValueError, "`channels` must be a multiple of `n_heads` = 3"),
        (lambda: UNet(()), ValueError, "`channels` must name at least one level"),
        (lambda: UNet((8, 12)), ValueError, "`channels` must be a multiple of 8, got 12"),
        (lambda: UNet((8.0,)), TypeError, "`channels` must be an integer"),
        (
            lambda: TimeMLP(2)(torch.zeros(3, 1), TIMES),
            ValueError,
            r"`x` must have shape \(B, 2\), got \(3, 1\)",
        ),
        (
            lambda: UNet()(torch.zeros(3, 1, 30, 28), TIMES),
            ValueError,
            r"sides divisible by 4, got \(3, 1, 30",
        ),
        (lambda: UNet()(torch.zeros(3, 3, 28, 28), TIMES), ValueError, r"`x` must have shape \(B, 1, H, W\)"),
        (
            lambda: DigitClassifier()(torch.zeros(3, 28, 28)),
            ValueError,
            r"`x` must have shape \(B, 1, 28, 28\)",
        ),
    ],
)
def test_bad_input_is_refused(build, error, match):
    with pytest.raises(error, match=match):
        build()
