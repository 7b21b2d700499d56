"""AdaGrad: each coordinate's rate falls with the squares it has seen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor

from runmath.training.optimizers.base import Checks, FirstOrderOptimizer, at_least_zero


class AdaGrad(FirstOrderOptimizer):
    """Step p ← p - η_t g / (√s + ε) with the sum s ← s + g² in each coordinate; η_t = η / (1 + (t - 1) δ).

    Parameters
    ----------
    params : iterable of Tensor or of dict
    lr : float
        η ≥ 0.
    lr_decay : float
        δ ≥ 0.
    weight_decay : float
        λ ≥ 0; λ p is added to g.
    initial_accumulator_value : float
        s before the first step, ≥ 0.
    eps : float
        ε ≥ 0; keeps a coordinate in place whose gradient has always been zero.

    Raises
    ------
    TypeError, ValueError
        If an option is out of range.

    Notes
    -----
    One more tensor of memory. Because s only grows, the steps shrink as 1 / √t where the gradients do not:
    right for convex problems with rare features, and slow for networks. torch handles sparse gradients besides.

    References
    ----------
    .. [1] duchi2011adaptive, section 1.1, with diagonal matrices.

    Chapter: optimization/first-order-methods-3.

    Examples
    --------
    >>> x = torch.tensor([10.0, 0.1], requires_grad=True)
    >>> x.sum().backward()
    >>> x.grad = torch.tensor([300.0, 0.004])            # the first step has the length η in every coordinate
    >>> AdaGrad([x], lr=0.5, eps=0.0).step()
    >>> x.tolist() == torch.tensor([9.5, -0.4]).tolist()
    True
    """

    rules: ClassVar[Checks] = {
        "lr_decay": at_least_zero,
        "initial_accumulator_value": at_least_zero,
        "eps": at_least_zero,
    }

    def __init__(
        self,
        params: Iterable,
        *,
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
    ):
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "eps": eps,
        }
        super().__init__(params, defaults)

    def init_state(self, p: Tensor, group: dict[str, Any]) -> dict[str, Tensor]:
        """Return the sum of squares before the first step."""
        return {"sum": torch.full_like(p, group["initial_accumulator_value"])}

    def update(self, p: Tensor, gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
        """Change the parameter and its sum of squares in place."""
        rate = group["lr"] / (1 + (state["step"].item() - 1) * group["lr_decay"])
        s = state["sum"].addcmul_(gradient, gradient)
        p.addcdiv_(gradient, s.sqrt().add_(group["eps"]), value=-rate)
