"""A denoiser for points: a multilayer perceptron that sees the point and how noisy it is."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from runmath.core import as_integer
from runmath.generative.diffusion.process import rates
from runmath.generative.diffusion.schedule import Schedule
from runmath.neural_networks import MLP

GAIN = 3.0  # of points and angles, which are of size 1: the first layer then bends within the data


class PointDenoiser(nn.Module):
    """Map points x_t and steps t to predictions: MLP(3 x_t, 3 θ_t, log tan θ_t), with tan θ_t = √((1 - ᾱ_t) / ᾱ_t).

    Parameters
    ----------
    dim : int
        Number d of coordinates.
    schedule : Schedule
    width, depth : int
        Units in each hidden layer, and number of hidden layers.

    Raises
    ------
    TypeError, ValueError
        If a number is out of range; in the forward pass if shapes do not fit.

    Notes
    -----
    θ_t runs from 0 (data) to π/2 (noise); its logarithmic partner resolves the steps with little noise. Two numbers
    suffice, because t matters only through ᾱ_t. Data should have a standard deviation of about 1.

    Chapter: generative/diffusion.

    Examples
    --------
    >>> model = PointDenoiser(2, Schedule.from_betas([0.5, 0.5]))
    >>> model(torch.zeros(3, 2), torch.tensor([1, 2, 2])).shape
    torch.Size([3, 2])
    """

    def __init__(self, dim: int, schedule: Schedule, *, width: int = 64, depth: int = 3):
        super().__init__()
        self.dim, self.schedule = as_integer(dim, "dim"), schedule
        self.net = MLP([self.dim + 2, *[width] * as_integer(depth, "depth"), self.dim])

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        """Return the predictions (B, d) at points (B, d) and steps (B,)."""
        if x.ndim != 2 or x.shape[1] != self.dim:
            raise ValueError(f"`x` must have shape (B, {self.dim}), got {tuple(x.shape)}")
        signal, noise = rates(self.schedule, t, x)
        angle, log_ratio = torch.atan2(noise, signal), torch.log(noise / signal)
        return self.net(torch.cat([GAIN * x, GAIN * angle, log_ratio], dim=1))
