"""A small convolutional network from an image and a time to an image: fine detail and wide view together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from runmath.core import as_integer
from runmath.neural_networks.blocks import PixelAttention, ResidualBlock, group_norm
from runmath.neural_networks.embedding import SinusoidalEmbedding


class UNet(nn.Module):
    """Map an image x of shape (B, C, H, W) and its time t of shape (B,) to an image of the same shape.

    The image goes down through levels of half the size each and up again; on the way up each level adds what it
    held on the way down, so that the coarse levels see far and the fine ones keep the detail.

    Parameters
    ----------
    channels : sequence of int
        Channels of each level, the finest first; multiples of 8. (16, 32, 96) turns 28 × 28 pixels into 14 × 14
        and 7 × 7.
    image_channels : int
        C: 1 for grey images.
    time_dim : int
        Length of the embedding of t; even.
    n_heads : int
        Heads of the attention at the coarsest level, between its two residual blocks.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range; in the forward pass if the image does not have C channels or a side is not
        divisible by 2 to the number of halvings.

    Notes
    -----
    Each level has a residual block on the way down and one on the way up. The last convolution starts at zero,
    so that a new network returns zeros. Most of the arithmetic is spent in the finest level, most of the weights
    are in the coarsest.

    Chapter: generative/diffusion.

    References
    ----------
    .. [1] ronneberger2015unet; ho2020denoising, Appendix B.

    Examples
    --------
    >>> import torch
    >>> UNet()(torch.zeros(2, 1, 28, 28), torch.tensor([1, 1000])).shape
    torch.Size([2, 1, 28, 28])
    """

    def __init__(
        self,
        channels: Sequence[int] = (16, 32, 96),
        *,
        image_channels: int = 1,
        time_dim: int = 128,
        n_heads: int = 4,
    ):
        super().__init__()
        channels = [as_integer(c, "channels") for c in channels]
        if not channels:
            raise ValueError("`channels` must name at least one level, got none")
        self.image_channels = as_integer(image_channels, "image_channels")
        self.n_halvings = len(channels) - 1
        finest, *_, coarsest = [*channels, channels[-1]]
        self.time = nn.Sequential(
            SinusoidalEmbedding(time_dim),
            nn.Linear(time_dim, time_dim),
            nn.SiLU(),
            nn.Linear(time_dim, time_dim),
            nn.SiLU(),
        )
        self.first = nn.Conv2d(image_channels, finest, 3, padding=1)
        self.down_blocks, self.up_blocks = (
            nn.ModuleList(ResidualBlock(c, c, time_dim=time_dim) for c in channels[:-1]) for _ in "du"
        )
        steps = list(pairwise(channels))
        self.halve = nn.ModuleList(nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in steps)
        self.widen = nn.ModuleList(nn.Conv2d(b, a, 1) for a, b in steps)
        self.middle_1 = ResidualBlock(coarsest, coarsest, time_dim=time_dim)
        self.attention = PixelAttention(coarsest, n_heads=n_heads)
        self.middle_2 = ResidualBlock(coarsest, coarsest, time_dim=time_dim)
        self.last_norm = group_norm(finest)
        self.last = nn.Conv2d(finest, image_channels, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return an image (B, C, H, W) for the image x (B, C, H, W) and the times t (B,)."""
        self._check(x)
        e = self.time(t.to(x))
        h = self.first(x)
        held = []
        for block, halve in zip(self.down_blocks, self.halve, strict=True):
            h = block(h, e)
            held.append(h)
            h = halve(h)
        h = self.middle_2(self.attention(self.middle_1(h, e)), e)
        for block, widen in zip(reversed(self.up_blocks), reversed(self.widen), strict=True):
            h = block(F.interpolate(widen(h), scale_factor=2) + held.pop(), e)
        return self.last(F.silu(self.last_norm(h)))

    def _check(self, x: Tensor) -> None:
        factor = 2**self.n_halvings
        if x.ndim != 4 or x.shape[1] != self.image_channels or x.shape[2] % factor or x.shape[3] % factor:
            raise ValueError(
                f"`x` must have shape (B, {self.image_channels}, H, W) with sides divisible by {factor}, "
                f"got {tuple(x.shape)}"
            )
