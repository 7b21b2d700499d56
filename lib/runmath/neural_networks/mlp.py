"""Fully connected networks, alone and with a time as second input."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from runmath.core import as_integer
from runmath.neural_networks.embedding import SinusoidalEmbedding


class MLP(nn.Sequential):
    """Compute x ↦ W_L a(... a(W_1 x + b_1) ...) + b_L with the smooth activation a(z) = z / (1 + e^(-z)).

    Parameters
    ----------
    sizes : sequence of int
        Number of inputs, of units in each hidden layer, and of outputs; at least two.

    Raises
    ------
    TypeError, ValueError
        If there are fewer than two sizes, or one is not a positive integer.

    Examples
    --------
    >>> MLP([3, 16, 2])(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    """

    def __init__(self, sizes: Sequence[int]):
        sizes = [as_integer(size, "sizes") for size in sizes]
        if len(sizes) < 2:
            raise ValueError(f"`sizes` must name inputs and outputs at least, got {sizes}")
        layers: list[nn.Module] = []
        for n_in, n_out in pairwise(sizes):
            layers += [nn.Linear(n_in, n_out), nn.SiLU()]
        super().__init__(*layers[:-1])  # no activation after the last layer


class TimeMLP(nn.Module):
    """Map a point x of shape (B, d) and its time t of shape (B,) to a vector of the shape of x.

    The network for diffusion in one and two dimensions: x is joined with the sinusoidal embedding of t.

    Parameters
    ----------
    dim : int
        Number d of coordinates.
    width : int
        Units in each hidden layer.
    depth : int
        Number of hidden layers.
    time_dim : int
        Length of the embedding of t; even.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range; in the forward pass if the shapes do not fit.

    Notes
    -----
    Chapter: generative/diffusion.

    Examples
    --------
    >>> TimeMLP(2)(torch.zeros(5, 2), torch.arange(5)).shape
    torch.Size([5, 2])
    """

    def __init__(self, dim: int, *, width: int = 64, depth: int = 3, time_dim: int = 32):
        super().__init__()
        self.dim = as_integer(dim, "dim")
        self.embedding = SinusoidalEmbedding(time_dim)
        hidden = [width] * as_integer(depth, "depth")
        self.network = MLP([self.dim + time_dim, *hidden, self.dim])

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the vectors (B, d) at the points x (B, d) and the times t (B,)."""
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise ValueError(f"`x` must have shape (B, {self.dim}), got {tuple(x.shape)}")
        return self.network(torch.cat([x, self.embedding(t).to(x)], dim=1))
