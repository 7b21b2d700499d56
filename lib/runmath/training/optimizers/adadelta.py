"""AdaDelta: steps in units of the steps before."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor

from runmath.training.optimizers.base import Checks, FirstOrderOptimizer, at_least_zero, fraction


class AdaDelta(FirstOrderOptimizer):
    """Step p ← p - η Δ with Δ = g √(u + ε) / √(v + ε), where v and u are running means of g² and of Δ².

    Parameters
    ----------
    params : iterable of Tensor or of dict
    lr : float
        η ≥ 0; 1 in the paper, which has no rate.
    rho : float
        Share of the past in both means, in [0, 1).
    eps : float
        ε ≥ 0 under both roots; √ε sets the size of the first steps, and with ε = 0 nothing would ever move.
    weight_decay : float
        λ ≥ 0; λ p is added to g.

    Raises
    ------
    TypeError, ValueError
        If an option is out of range.

    Notes
    -----
    Two more tensors of memory. The numerator gives Δ the unit of p, so that no rate need be chosen; the price is a
    slow start from steps of about √ε.

    References
    ----------
    .. [1] zeiler2012adadelta, algorithm 1.

    Chapter: optimization/first-order-methods-3.

    Examples
    --------
    >>> x = torch.tensor([1.0], requires_grad=True)
    >>> x.grad = torch.tensor([2.0])                  # v = 2, so that Δ = 2 √0.5 / √2.5
    >>> AdaDelta([x], rho=0.5, eps=0.5).step()
    >>> round(x.item(), 6) == round(1 - 2 / 5**0.5, 6)
    True
    """

    rules: ClassVar[Checks] = {"rho": fraction, "eps": at_least_zero}

    def __init__(
        self,
        params: Iterable,
        *,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ):
        super().__init__(params, {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay})

    def init_state(self, p: Tensor, group: dict[str, Any]) -> dict[str, Tensor]:
        """Return both means before the first step."""
        return {"square_avg": torch.zeros_like(p), "acc_delta": torch.zeros_like(p)}

    def update(self, p: Tensor, gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
        """Change the parameter and both means in place."""
        rho, eps = group["rho"], group["eps"]
        v, u = state["square_avg"], state["acc_delta"]
        v.mul_(rho).addcmul_(gradient, gradient, value=1 - rho)
        delta = u.add(eps).sqrt_().div_(v.add(eps).sqrt_()).mul_(gradient)
        u.mul_(rho).addcmul_(delta, delta, value=1 - rho)
        p.add_(delta, alpha=-group["lr"])
