"""RMSprop: AdaGrad that forgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor

from runmath.training.optimizers.base import Checks, FirstOrderOptimizer, at_least_zero, fraction


class RMSprop(FirstOrderOptimizer):
    """Step p ← p - η g / (√v + ε) with the running mean v ← α v + (1 - α) g² in each coordinate.

    Parameters
    ----------
    params : iterable of Tensor or of dict
    lr : float
        η ≥ 0.
    alpha : float
        Share of the past, in [0, 1).
    eps : float
        ε ≥ 0, outside the root.
    weight_decay : float
        λ ≥ 0; λ p is added to g.
    momentum : float
        μ in [0, 1). With it, p ← p - η b and b ← μ b + g / (√v + ε).
    centered : bool
        Whether the squared running mean of g is subtracted from v: its variance instead of its second moment.

    Raises
    ------
    TypeError, ValueError
        If an option is out of range.

    Notes
    -----
    One more tensor of memory, and one for each of the last two options. v starts at zero and is not corrected: the
    first step is 1 / √(1 - α) times η. The variance of gradients that hardly change is a matter of rounding: with
    `centered`, steps then are as long as η |g| / ε; where torch takes the root of a negative number, this is zero.

    References
    ----------
    .. [1] tieleman2012rmsprop, slide 29.

    Chapter: optimization/first-order-methods-3.

    Examples
    --------
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> x.grad = torch.tensor([8.0])                  # v = 16
    >>> RMSprop([x], lr=0.25, alpha=0.75, eps=0.0).step()
    >>> x.item()
    0.5
    """

    rules: ClassVar[Checks] = {"alpha": fraction, "eps": at_least_zero, "momentum": fraction}

    def __init__(
        self,
        params: Iterable,
        *,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ):
        defaults = {
            "lr": lr,
            "alpha": alpha,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "centered": centered,
        }
        super().__init__(params, defaults)

    def init_state(self, p: Tensor, group: dict[str, Any]) -> dict[str, Tensor]:
        """Return the mean of squares, and what else the options need, before the first step."""
        names = (
            ["square_avg"] + ["momentum_buffer"] * bool(group["momentum"]) + ["grad_avg"] * group["centered"]
        )
        return {name: torch.zeros_like(p) for name in names}

    def update(self, p: Tensor, gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
        """Change the parameter and its means in place."""
        alpha, mu = group["alpha"], group["momentum"]
        v = state["square_avg"].mul_(alpha).addcmul_(gradient, gradient, value=1 - alpha)
        if group["centered"]:
            mean = state["grad_avg"].lerp_(gradient, 1 - alpha)
            v = v.addcmul(mean, mean, value=-1).clamp_(min=0)  # rounding can make it negative
        root = v.sqrt().add_(group["eps"])
        if mu:
            p.add_(state["momentum_buffer"].mul_(mu).addcdiv_(gradient, root), alpha=-group["lr"])
        else:
            p.addcdiv_(gradient, root, value=-group["lr"])
