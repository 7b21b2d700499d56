"""What every optimiser shares: closure, groups, state and checks. A subclass brings the update of one tensor."""

from __future__ import annotations

import math
from collections.abc import Callable
from numbers import Real
from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.optim import Optimizer

Checks = dict[str, Callable[[Any, str], None]]  # option -> what refuses a bad value, given its name


class FirstOrderOptimizer(Optimizer):
    """Update each parameter p from its gradient g = ∇_p L and what the optimiser remembers of it.

    A subclass states `init_state(p, group)`, the tensors it remembers of p, and `update(p, g, state, group)`, which
    changes p and the state in place. Weight decay of strength λ adds λ p to g first, the gradient of λ ‖p‖² / 2;
    where `decoupled`, the subclass treats it itself.

    Parameters
    ----------
    params : iterable of Tensor, of dict or of (name, Tensor)
        As in `torch.optim`: a dict is a group with options of its own.
    defaults : dict
        Options of groups that do not set them.

    Notes
    -----
    The entries of the state bear torch's names, so that a `state_dict` may pass from one to the other and training
    goes on. Not here: complex parameters, sparse gradients, fused and multi-tensor kernels.

    Chapter: optimization/first-order-methods-3.
    """

    decoupled = False
    counts_steps = True
    rules: ClassVar[Checks] = {}  # what each option must be, beside `lr` and `weight_decay`

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group of parameters, after a look at its options.

        Raises
        ------
        TypeError, ValueError
            If an option is not a number or out of its range, or a parameter is complex.
        """
        options = {**self.defaults, **param_group}
        for name, check in {"lr": at_least_zero, "weight_decay": at_least_zero, **self.rules}.items():
            check(options[name], name)
        super().add_param_group(param_group)
        if any(p.is_complex() for p in self.param_groups[-1]["params"]):
            self.param_groups.pop()
            raise TypeError("`params` must be real tensors, got a complex one; optimise its `view_as_real`")

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over a stored state, this class's or that of torch's optimiser of the same method.

        Raises
        ------
        ValueError
            If it is that of an optimiser of torch that maximises, which no optimiser here does.
        """
        if any(group.get("maximize") for group in state_dict["param_groups"]):
            raise ValueError(
                "`state_dict` must be that of a minimiser, got maximize=True; change the sign of the loss"
            )
        super().load_state_dict(state_dict)

    @torch.no_grad()
    def step(self, closure: Callable[[], Tensor] | None = None) -> Tensor | None:
        """Make one step for every parameter that has a gradient.

        Parameters
        ----------
        closure : callable, optional
            Computes the loss and its gradients anew; called once, before the step.

        Returns
        -------
        Tensor or None
            What the closure returned.

        Raises
        ------
        TypeError
            If a gradient is sparse.
        """
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._step_of(p, p.grad, group)
        return loss

    def _step_of(self, p: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        if gradient.is_sparse:
            raise TypeError("gradients must be dense, got a sparse one; make the layer with `sparse=False`")
        state = self.state[p]
        if self.counts_steps:
            if not state:
                state["step"] = torch.tensor(0.0)  # a tensor, because torch's state_dict has one
                state.update(self.init_state(p, group))
            state["step"] += 1
        if group["weight_decay"] and not self.decoupled:
            gradient = gradient.add(p, alpha=group["weight_decay"])
        self.update(p, gradient, state, group)

    def init_state(self, p: Tensor, group: dict[str, Any]) -> dict[str, Tensor]:
        """Return what is remembered of a parameter before its first step."""
        raise NotImplementedError

    def update(self, p: Tensor, gradient: Tensor, state: dict[str, Tensor], group: dict[str, Any]) -> None:
        """Change the parameter and the state in place."""
        raise NotImplementedError


def at_least_zero(value: Any, name: str) -> None:
    """Refuse what is not a real number ≥ 0."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f"`{name}` must be a real number, got {value!r}")
    if not 0 <= value < math.inf:
        raise ValueError(f"`{name}` must be at least 0 and finite, got {value}")


def fraction(value: Any, name: str) -> None:
    """Refuse what is not a real number in [0, 1)."""
    at_least_zero(value, name)
    if value >= 1:
        raise ValueError(f"`{name}` must be at least 0 and below 1, got {value}")


def two_fractions(value: Any, name: str) -> None:
    """Refuse what is not a pair of real numbers in [0, 1)."""
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise TypeError(f"`{name}` must be a pair of real numbers, got {value!r}")
    for i, entry in enumerate(value):
        fraction(entry, f"{name}[{i}]")
