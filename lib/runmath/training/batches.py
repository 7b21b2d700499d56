"""Random batches from tensors in memory, epoch by epoch, that can be taken up again where they stopped."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from runmath.core import as_integer


class ShuffledBatches:
    """Draw batches without end: every epoch a new random order, in which no row comes twice.

    Parameters
    ----------
    *tensors : Tensor
        Of equal length n; a batch holds the same rows of each.
    batch_size : int
        From 1 to n. The n mod batch_size rows left at the end of an epoch are dropped, others each time.
    generator : torch.Generator
        Draws the orders.

    Raises
    ------
    TypeError, ValueError
        If there is no tensor, lengths differ, or `batch_size` is out of range.

    Notes
    -----
    What `torch.utils.data.DataLoader` does for data on disk, with workers; for tensors in memory an index is
    faster, and the position within an epoch can be stored.

    Examples
    --------
    >>> batches = iter(ShuffledBatches(torch.arange(4), batch_size=2, generator=torch.Generator().manual_seed(0)))
    >>> sorted(torch.cat([*next(batches), *next(batches)]).tolist())
    [0, 1, 2, 3]
    """

    def __init__(self, *tensors: Tensor, batch_size: int, generator: torch.Generator):
        lengths = [len(tensor) for tensor in tensors]
        if len(set(lengths)) != 1:
            raise ValueError(f"`tensors` must be one or more of equal length, got lengths {lengths}")
        self.tensors, self.generator = tensors, generator
        self.batch_size = as_integer(batch_size, "batch_size", high=lengths[0])
        self.order = torch.empty(0, dtype=torch.long)  # the rows of this epoch that are still to come

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        """Go on with the present epoch, and then with the next ones."""
        while True:
            if len(self.order) < self.batch_size:
                device = self.generator.device
                self.order = torch.randperm(
                    len(self.tensors[0]), generator=self.generator, device=device
                ).cpu()
            rows, self.order = self.order.split([self.batch_size, len(self.order) - self.batch_size])
            yield tuple(tensor[rows.to(tensor.device)] for tensor in self.tensors)

    def state_dict(self) -> dict:
        """Return the rest of the present epoch; the generator's state is its owner's to store."""
        return {"order": self.order.clone()}

    def load_state_dict(self, state: dict) -> None:
        """Go on from what `state_dict` returned."""
        self.order = state["order"].clone()
