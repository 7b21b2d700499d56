"""What image networks for diffusion are made of: residual blocks that know the time, and attention."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from runmath.core import as_integer

GROUP = 8  # channels that GroupNorm normalises together


class ResidualBlock(nn.Module):
    """Compute x ↦ S x + W₂ a((1 + γ(e)) n(W₁ a(n(x))) + β(e)) for images x and time embeddings e.

    n is group normalisation, a(z) = z / (1 + e^(-z)), W₁ and W₂ are 3 × 3 convolutions, S is the identity (a
    1 × 1 convolution where the number of channels changes), and γ, β are linear: the time scales and shifts
    every channel.

    Parameters
    ----------
    in_channels, out_channels : int
        Multiples of 8.
    time_dim : int
        Length of e.

    Raises
    ------
    TypeError, ValueError
        If a number of channels is not a positive multiple of 8.

    Notes
    -----
    W₂ starts at zero, so that a new block is S: a deep stack of new blocks is as easy to train as a shallow
    one. Cost: 9 (c_in + c_out) c_out multiplications for each pixel.

    Chapter: generative/diffusion.

    References
    ----------
    .. [1] ho2020denoising, Appendix B; dhariwal2021diffusion, Section 3 (time as scale and shift).

    Examples
    --------
    >>> import torch
    >>> block, x = ResidualBlock(8, 8, time_dim=4), torch.randn(2, 8, 5, 5)
    >>> torch.equal(block(x, torch.ones(2, 4)), x)
    True
    """

    def __init__(self, in_channels: int, out_channels: int, *, time_dim: int):
        super().__init__()
        self.norm_1 = group_norm(in_channels)
        self.conv_1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.modulation = nn.Linear(time_dim, 2 * out_channels)  # γ and β
        self.norm_2 = group_norm(out_channels)
        self.conv_2 = zeroed(nn.Conv2d(out_channels, out_channels, 3, padding=1))
        same = in_channels == out_channels
        self.skip = nn.Identity() if same else nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor, e: Tensor) -> Tensor:
        """Return (B, C_out, H, W) from the image x (B, C_in, H, W) and the embedding e (B, time_dim)."""
        gamma, beta = self.modulation(e)[:, :, None, None].chunk(2, dim=1)  # (B, C_out, 1, 1) each
        h = self.norm_2(self.conv_1(F.silu(self.norm_1(x))))
        return self.skip(x) + self.conv_2(F.silu((1 + gamma) * h + beta))


class PixelAttention(nn.Module):
    """Compute x ↦ x + W softmax(Q Kᵀ / √d) V, with the pixels of an image as the tokens.

    Every pixel sees every other one, which convolutions of small reach cannot do.

    Parameters
    ----------
    channels : int
        A multiple of 8 and of `n_heads`.
    n_heads : int
        Independent attentions, each over channels / n_heads channels.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range.

    Notes
    -----
    Cost: 4 C² + 2 C H W multiplications for each pixel, so quadratic in the number of pixels: meant for the
    coarsest level. W starts at zero. `scaled_dot_product_attention` never stores the H W × H W matrix.

    Chapter: generative/diffusion.

    References
    ----------
    .. [1] vaswani2017attention, Equation 1; ho2020denoising, Appendix B.

    Examples
    --------
    >>> import torch
    >>> attention, x = PixelAttention(8, n_heads=2), torch.randn(2, 8, 5, 5)
    >>> torch.equal(attention(x), x)
    True
    """

    def __init__(self, channels: int, *, n_heads: int = 4):
        super().__init__()
        self.n_heads = as_integer(n_heads, "n_heads")
        if channels % n_heads:
            raise ValueError(f"`channels` must be a multiple of `n_heads` = {n_heads}, got {channels}")
        self.norm = group_norm(channels)
        self.qkv = nn.Conv2d(channels, 3 * channels, 1)
        self.out = zeroed(nn.Conv2d(channels, channels, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return an image of the shape (B, C, H, W) of x."""
        B, C, H, W = x.shape
        tokens = self.qkv(self.norm(x)).reshape(B, 3, self.n_heads, C // self.n_heads, H * W)
        Q, K, V = tokens.transpose(-1, -2).unbind(1)  # (B, heads, H W, C / heads) each
        h = F.scaled_dot_product_attention(Q, K, V)
        return x + self.out(h.transpose(-1, -2).reshape(B, C, H, W))


def group_norm(channels: int) -> nn.GroupNorm:
    """Return the normalisation of groups of 8 channels, each image by itself: it needs no batch statistics."""
    if as_integer(channels, "channels") % GROUP:
        raise ValueError(f"`channels` must be a multiple of {GROUP}, got {channels}")
    return nn.GroupNorm(channels // GROUP, channels)


def zeroed(layer: nn.Module) -> nn.Module:
    """Return a layer whose weights and biases are all zero."""
    for parameter in layer.parameters():
        nn.init.zeros_(parameter)
    return layer
