"""Adam, AMSGrad and AdamW: momentum over the root of the mean square, both freed of their bias."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import torch
from torch import Tensor

from runmath.training.optimizers.base import Checks, FirstOrderOptimizer, at_least_zero, two_fractions


class Adam(FirstOrderOptimizer):
    """Step p ← p - η m̂ / (√v̂ + ε), where m̂ = m / (1 - β₁ᵗ) and v̂ = v / (1 - β₂ᵗ) in each coordinate.

    The running means m ← β₁ m + (1 - β₁) g and v ← β₂ v + (1 - β₂) g² start at zero; the divisions undo that.

    Parameters
    ----------
    params : iterable of Tensor or of dict
    lr : float
        η ≥ 0, the change of a coordinate in one step while its gradient stays the same; after silence it may be larger,
        with the usual `betas` up to 7.3 times.
    betas : pair of float
        β₁ and β₂ in [0, 1).
    eps : float
        ε ≥ 0, outside the root.
    weight_decay : float
        λ ≥ 0; λ p is added to g, so that the root divides it, too. `AdamW` decays p itself.
    amsgrad : bool
        Whether v is replaced by its largest value so far, so that no rate rises again; with a falling η the method
        then converges where Adam does not.

    Raises
    ------
    TypeError, ValueError
        If an option is out of range.

    Notes
    -----
    Two more tensors of memory, a third with `amsgrad`. On a convex problem Adam may converge to the worst point:
    the mean v forgets rare large gradients. torch fuses the loop over parameters into one kernel on an accelerator.

    References
    ----------
    .. [1] kingma2015adam, algorithm 1.
    .. [2] reddi2018convergence, algorithm 2.

    Chapter: optimization/first-order-methods-3.

    Examples
    --------
    >>> x = torch.tensor([1.0, 1.0], requires_grad=True)
    >>> x.grad = torch.tensor([4.0, -0.001])             # the first step is η times the sign
    >>> Adam([x], lr=0.5, eps=0.0).step()
    >>> [round(value, 6) for value in x.tolist()]
    [0.5, 1.5]
    """

    rules: ClassVar[Checks] = {"betas": two_fractions, "eps": at_least_zero}

    def __init__(
        self,
        params: Iterable,
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
    ):
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
        }
        super().__init__(params, defaults)

    def init_state(self, p: Tensor, group: dict[str, Any]) -> dict[str, Tensor]:
        """Return the means before the first step."""
        names = ["exp_avg", "exp_avg_sq"] + ["max_exp_avg_sq"] * group["amsgrad"]
        return {name: torch.zeros_like(p) for name in names}

    def update(self, p: Tensor, gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
        """Change the parameter and its means in place."""
        (beta1, beta2), t = group["betas"], state["step"].item()
        m = state["exp_avg"].lerp_(gradient, 1 - beta1)
        v = state["exp_avg_sq"].mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        if group["amsgrad"]:
            v = torch.maximum(state["max_exp_avg_sq"], v, out=state["max_exp_avg_sq"])
        root = v.sqrt().div_((1 - beta2**t) ** 0.5).add_(group["eps"])  # √v̂ + ε
        p.addcdiv_(m, root, value=-group["lr"] / (1 - beta1**t))


class AdamW(Adam):
    """Step p ← (1 - η λ) p - η m̂ / (√v̂ + ε): Adam, and a weight decay that the root does not divide.

    Parameters
    ----------
    params, lr, betas, eps, amsgrad
        As in `Adam`.
    weight_decay : float
        λ ≥ 0.

    Raises
    ------
    TypeError, ValueError
        If an option is out of range.

    Notes
    -----
    Where λ = 0 it is Adam. For plain gradient descent a decay of p and a penalty λ ‖p‖² / 2 are the same; for Adam
    they are not, because the penalty's gradient is divided by √v̂ like any other.

    References
    ----------
    .. [1] loshchilov2019decoupled, algorithm 2.

    Chapter: optimization/first-order-methods-3.

    Examples
    --------
    >>> x = torch.tensor([8.0], requires_grad=True)
    >>> x.grad = torch.tensor([0.0])                  # no gradient: only the decay, 8 (1 - 0.5 · 0.25)
    >>> AdamW([x], lr=0.5, weight_decay=0.25).step()
    >>> x.item()
    7.0
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable,
        *,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
    ):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad)

    def update(self, p: Tensor, gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
        """Change the parameter and its means in place."""
        p.mul_(1 - group["lr"] * group["weight_decay"])
        super().update(p, gradient, state, group)
