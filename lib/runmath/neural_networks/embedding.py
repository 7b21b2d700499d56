"""A number, the diffusion time say, as a vector of sines and cosines."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from runmath.core import as_integer


class SinusoidalEmbedding(nn.Module):
    """Map t to (cos(ω_1 t), ..., cos(ω_m t), sin(ω_1 t), ..., sin(ω_m t)) with ω_i = P^(-(i - 1) / m).

    Parameters
    ----------
    dim : int
        Length 2 m of the vector; even.
    max_period : float
        P: the slowest wave has a period of almost 2 π P.

    Raises
    ------
    TypeError, ValueError
        If `dim` is not an even integer of at least 2, or `max_period` is below 1.

    Notes
    -----
    ‖embedding(t)‖² = m for every t, and the inner product of two embeddings depends on the difference of
    their times alone: Σ_i cos(ω_i (t - s)). The fast waves tell neighbouring times apart, the slow ones keep
    the order of distant ones.

    Chapter: generative/diffusion.

    References
    ----------
    .. [1] vaswani2017attention, Section 3.5 (with sines and cosines interleaved).

    Examples
    --------
    >>> SinusoidalEmbedding(4)(torch.tensor([0.0]))
    tensor([[1., 1., 0., 0.]])
    """

    def __init__(self, dim: int, *, max_period: float = 10_000.0):
        super().__init__()
        half, odd = divmod(as_integer(dim, "dim", low=2), 2)
        if odd:
            raise ValueError(f"`dim` must be even, got {dim}")
        if not max_period >= 1:
            raise ValueError(f"`max_period` must be at least 1, got {max_period}")
        omega = torch.exp(-math.log(max_period) * torch.arange(half) / half)  # (m,)
        self.register_buffer("omega", omega, persistent=False)

    def forward(self, t: Tensor) -> Tensor:
        """Return the vectors (B, dim) of the times t (B,)."""
        if t.ndim != 1:
            raise ValueError(f"`t` must have shape (B,), got {tuple(t.shape)}")
        angles = t[:, None].to(self.omega) * self.omega  # (B, m)
        return torch.cat([angles.cos(), angles.sin()], dim=1)
