"""Weights as one vector, and weights drawn from a generator that is passed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
from torch import Tensor, nn

Module = TypeVar("Module", bound=nn.Module)


def seeded(build: Callable[[], Module], *, generator: torch.Generator) -> Module:
    """Return `build()`, whose random initial weights follow from `generator` alone.

    Layers of torch draw their weights from its global generator. Here that one is seeded from `generator`
    while the model is built, and then put back, so that the global state is as it was.

    Parameters
    ----------
    build : callable
        Called without arguments; returns the model.
    generator : torch.Generator
        Advances by one draw.

    Raises
    ------
    TypeError
        If `generator` is not a torch.Generator.

    Examples
    --------
    >>> first, second = (seeded(lambda: nn.Linear(2, 2), generator=torch.Generator().manual_seed(0))
    ...                  for _ in range(2))
    >>> torch.equal(first.weight, second.weight)
    True
    """
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"`generator` must be a torch.Generator, got {generator!r}")
    seed = torch.randint(2**63 - 1, (), generator=generator, device=generator.device)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(int(seed))
        return build()


def weights_to_vector(model: nn.Module) -> Tensor:
    """Return all real numbers of a model's state, joined in the order of its `state_dict`, on the CPU.

    Examples
    --------
    >>> weights_to_vector(nn.Linear(2, 3)).shape
    torch.Size([9])
    """
    return torch.cat([tensor.detach().reshape(-1).cpu() for tensor in _real_tensors(model)])


def vector_to_weights(vector: Tensor, model: nn.Module) -> None:
    """Write the numbers of `vector` into a model: the inverse of `weights_to_vector`, up to rounding.

    Parameters
    ----------
    vector : Tensor of shape (n_weights,)
        Of any real type; takes that of the model.
    model : Module
        Changed in place.

    Raises
    ------
    ValueError
        If the length is not that of the model's weights.

    Examples
    --------
    >>> model = nn.Linear(1, 1)
    >>> vector_to_weights(torch.tensor([2.0, 1.0]), model)
    >>> model(torch.tensor([3.0])).item()
    7.0
    """
    tensors = _real_tensors(model)
    n_weights = sum(tensor.numel() for tensor in tensors)
    if vector.shape != (n_weights,):
        raise ValueError(f"`vector` must have shape ({n_weights},), got {tuple(vector.shape)}")
    with torch.no_grad():
        for tensor, part in zip(tensors, vector.split([x.numel() for x in tensors]), strict=True):
            tensor.copy_(part.reshape(tensor.shape))


def _real_tensors(model: nn.Module) -> list[Tensor]:
    return [tensor for tensor in model.state_dict().values() if tensor.is_floating_point()]
