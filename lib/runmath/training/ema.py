"""The exponential moving average of a model's weights."""

from __future__ import annotations

import copy

import torch
from torch import nn


class ExponentialMovingAverage:
    """Keep θ̄ ← d_k θ̄ + (1 - d_k) θ beside the weights θ of a model, with d_k = min(decay, k / (k + 9)).

    Parameters
    ----------
    model : Module
        Its weights at this moment are the first average.
    decay : float
        In [0, 1); the average remembers about 1 / (1 - decay) steps.

    Attributes
    ----------
    model : Module
        A copy in evaluation mode that holds θ̄; ready to be used.
    n_updates : int
        The number k of updates so far.

    Raises
    ------
    ValueError
        If `decay` is out of range.

    Notes
    -----
    With a constant d the random first weights would still count d^k after k steps. The warm-up d_k = k / (k + 9)
    forgets them much sooner: as long as d_k < decay, their part is 9! k! / (k + 9)!, below 10⁻⁵ from k = 10 on.
    Small batches make the last weights jump about; their average lies in the middle. Memory: a second model.
    Buffers are copied, not averaged.

    Chapter: generative/diffusion.

    References
    ----------
    .. [1] polyak1992acceleration (why averages help); ho2020denoising, Appendix B.

    Examples
    --------
    >>> model = nn.Linear(1, 1, bias=False)
    >>> _ = nn.init.constant_(model.weight, 0.0)
    >>> ema = ExponentialMovingAverage(model, decay=0.0)
    >>> _ = nn.init.constant_(model.weight, 5.0)
    >>> ema.update(model)
    >>> ema.model.weight.item()
    5.0
    """

    def __init__(self, model: nn.Module, *, decay: float = 0.999):
        if not 0 <= decay < 1:
            raise ValueError(f"`decay` must be at least 0 and below 1, got {decay}")
        self.decay, self.n_updates = float(decay), 0
        self.model = copy.deepcopy(model).eval().requires_grad_(False)

    @torch.no_grad()
    def update(self, model: nn.Module) -> None:
        """Take the present weights of the model into the average."""
        self.n_updates += 1
        d = min(self.decay, self.n_updates / (self.n_updates + 9))
        average = list(self.model.parameters())
        torch._foreach_lerp_(average, [p.detach() for p in model.parameters()], 1 - d)  # θ̄ + (1 - d)(θ - θ̄)
        for kept, present in zip(self.model.buffers(), model.buffers(), strict=True):
            kept.copy_(present)

    def state_dict(self) -> dict:
        """Return everything that a later run needs to go on."""
        return {"model": self.model.state_dict(), "n_updates": self.n_updates}

    def load_state_dict(self, state: dict) -> None:
        """Go on from what `state_dict` returned."""
        self.model.load_state_dict(state["model"])
        self.n_updates = state["n_updates"]
