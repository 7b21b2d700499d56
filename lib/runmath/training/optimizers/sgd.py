"""Gradient descent with momentum, after Polyak or after Nesterov."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from torch import Tensor

from runmath.training.optimizers.base import Checks, FirstOrderOptimizer, at_least_zero, fraction


class SGD(FirstOrderOptimizer):
    """Step p ← p - η b with the buffer b ← μ b + (1 - d) g; or p ← p - η (g + μ b), after Nesterov.

    Parameters
    ----------
    params : iterable of Tensor or of dict
    lr : float
        η ≥ 0.
    momentum : float
        μ in [0, 1); 0 is plain gradient descent.
    dampening : float
        d ≥ 0. The first buffer is g, undamped.
    weight_decay : float
        λ ≥ 0; λ p is added to g.
    nesterov : bool
        Needs μ > 0 and d = 0. The tensors then hold Nesterov's look-ahead points.

    Raises
    ------
    TypeError, ValueError
        If an option is out of range.

    Notes
    -----
    One more tensor of memory for each parameter with momentum, none without. The rate η multiplies the buffer, as in
    torch; many texts put it inside, b ← μ b + η g. Both agree as long as η stays what it is.

    References
    ----------
    .. [1] polyak1964some, eq. (9).
    .. [2] sutskever2013importance, section 2.

    Chapter: optimization/first-order-methods.

    Examples
    --------
    >>> import torch
    >>> x = torch.tensor([8.0], requires_grad=True)
    >>> optimizer = SGD([x], lr=0.25, momentum=0.5)
    >>> for _ in range(2):                            # L = x² / 2 has the gradient x
    ...     optimizer.zero_grad(); (x.square() / 2).backward(); optimizer.step()
    >>> x.item()                                      # 8 - 2 = 6, then b = 4 + 6
    3.5
    """

    counts_steps = False
    rules: ClassVar[Checks] = {"momentum": fraction, "dampening": at_least_zero}

    def __init__(
        self,
        params: Iterable,
        *,
        lr: float,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ):
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
        }
        super().__init__(params, defaults)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters; see `FirstOrderOptimizer`."""
        options = {**self.defaults, **param_group}
        if options["nesterov"] and (options["momentum"] == 0 or options["dampening"] != 0):
            raise ValueError(
                "`nesterov` must be False without momentum or with dampening, got True with momentum "
                f"{options['momentum']} and dampening {options['dampening']}"
            )
        super().add_param_group(param_group)

    def update(self, p: Tensor, gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
        """Change the parameter and its buffer in place."""
        mu = group["momentum"]
        if mu:
            if state.get("momentum_buffer") is None:
                buffer = state["momentum_buffer"] = gradient.clone()
            else:
                buffer = state["momentum_buffer"].mul_(mu).add_(gradient, alpha=1 - group["dampening"])
            gradient = gradient.add(buffer, alpha=mu) if group["nesterov"] else buffer
        p.add_(gradient, alpha=-group["lr"])
