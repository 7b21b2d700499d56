"""The one training loop of the book: any model, any loss, any batches."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from runmath.core import as_integer
from runmath.training.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from runmath.training.ema import ExponentialMovingAverage
from runmath.training.progress import progress_bar

Loss = Callable[[nn.Module, Any], Tensor]  # (model, batch) -> tensor of shape ()


@dataclass(frozen=True, eq=False)
class TrainingResult:
    """How a training run went; the model itself was changed in place.

    Parameters
    ----------
    history : ndarray of shape (n_steps,)
        The loss of each step's batch, before the step.
    n_steps : int
        Steps made in all, those before a checkpoint included.
    seconds : float
        Time spent in all, likewise.
    """

    history: np.ndarray
    n_steps: int
    seconds: float


def fit(
    model: nn.Module,
    loss: Loss,
    batches: Iterable,
    *,
    optimizer: Optimizer,
    n_steps: int,
    scheduler: LRScheduler | None = None,
    ema: ExponentialMovingAverage | None = None,
    max_grad_norm: float | None = None,
    generator: torch.Generator | None = None,
    checkpoint: Checkpoint | None = None,
    progress: bool = True,
) -> TrainingResult:
    """Make `n_steps` steps θ ← θ - (what the optimizer makes of ∇_θ loss(model, batch)).

    Parameters
    ----------
    model : Module
        Changed in place; put into training mode meanwhile.
    loss : callable
        Takes the model and a batch, returns a scalar tensor.
    batches : iterable
        Tensors, or tuples of them; begun anew when it ends. Each batch goes to the device of the model's
        parameters, and its real numbers take their dtype.
    optimizer : Optimizer
        Over the model's parameters.
    n_steps : int
        Steps in all.
    scheduler : LRScheduler, optional
        Moves the learning rate after each step.
    ema : ExponentialMovingAverage, optional
        Updated after each step.
    max_grad_norm : float, optional
        A longer gradient is shortened to this length.
    generator : torch.Generator, optional
        The one that `loss` and `batches` draw from; its state is stored in the checkpoint.
    checkpoint : Checkpoint, optional
        Where to store the state of the run, and whether to go on from there.
    progress : bool
        Whether to draw a bar where somebody is watching (terminal, live notebook).

    Returns
    -------
    TrainingResult

    Raises
    ------
    TypeError, ValueError
        If the model has no parameters, `batches` is empty, the loss is not a scalar, or a number is out of
        range.
    FloatingPointError
        If the loss is not finite.

    Notes
    -----
    A run that is resumed makes the very same steps as one that was never stopped, if all randomness comes
    from `generator` and `batches` has a `state_dict` (as `ShuffledBatches` has) or no order to remember.
    Lightning and Accelerate do the same for many devices, mixed precision and logging besides.

    Chapter: generative/diffusion.

    Examples
    --------
    >>> model = nn.Linear(1, 1, bias=False)
    >>> _ = nn.init.constant_(model.weight, 0.0)
    >>> halve = torch.optim.SGD(model.parameters(), lr=0.25)       # gradient of (w - 8)² is 2 (w - 8)
    >>> square = lambda model, x: (model(x) - 8 * x).square().mean()
    >>> fit(model, square, [torch.ones(1, 1)], optimizer=halve, n_steps=3).history.tolist()
    [64.0, 16.0, 4.0]
    >>> model.weight.item()
    7.0
    """
    n_steps = as_integer(n_steps, "n_steps")
    like = next(model.parameters(), None)
    if like is None:
        raise ValueError(f"`model` must have parameters, got {type(model).__name__} without any")
    stateful = batches if hasattr(batches, "state_dict") else None
    parts = {
        "model": model,
        "optimizer": optimizer,
        "scheduler": scheduler,
        "ema": ema,
        "generator": generator,
        "batches": stateful,
    }
    history, before = _resume(checkpoint, parts)
    start = time.perf_counter()
    was_training = model.training
    model.train()
    stream = _endless(batches)
    with progress_bar(initial=len(history), total=n_steps, shown=progress) as bar:
        for step in range(len(history) + 1, n_steps + 1):
            value = _step(model, loss, _to(next(stream), like), optimizer, max_grad_norm)
            if not math.isfinite(value):
                raise FloatingPointError(
                    f"the loss is {value} in step {step}; lower the learning rate or give `max_grad_norm`"
                )
            if scheduler is not None:
                scheduler.step()
            if ema is not None:
                ema.update(model)
            history.append(value)
            bar.update()
            if checkpoint is not None and (step == n_steps or step % checkpoint.every == 0):
                seconds = before + time.perf_counter() - start
                save_checkpoint(checkpoint.path, {**parts, "history": history, "seconds": seconds})
    model.train(was_training)
    return TrainingResult(np.array(history), len(history), before + time.perf_counter() - start)


def _step(
    model: nn.Module, loss: Loss, batch: Any, optimizer: Optimizer, max_grad_norm: float | None
) -> float:
    """Make one step and return the loss before it."""
    optimizer.zero_grad()
    value = loss(model, batch)
    if not isinstance(value, Tensor) or value.ndim:
        raise ValueError(f"`loss` must return a scalar tensor, got {getattr(value, 'shape', value)!r}")
    value.backward()
    if max_grad_norm is not None:
        nn.utils.clip_grad_norm_(model.parameters(), max_grad_norm)
    optimizer.step()
    return value.item()


def _resume(checkpoint: Checkpoint | None, parts: dict[str, Any]) -> tuple[list[float], float]:
    """Return the losses so far and the seconds they took, after putting every part back where it was."""
    if checkpoint is None:
        return [], 0.0
    as_integer(checkpoint.every, "checkpoint.every")
    if not (checkpoint.resume and Path(checkpoint.path).exists()):
        return [], 0.0
    states = load_checkpoint(checkpoint.path, parts)
    return list(states["history"]), states["seconds"]


def _endless(batches: Iterable) -> Iterator:
    while True:
        empty = True
        for batch in batches:
            empty = False
            yield batch
        if empty:
            raise ValueError("`batches` must hold at least one batch each time it is gone through, got none")


def _to(batch: Any, like: Tensor) -> Any:
    """Return a batch on the device of `like`; real tensors take its dtype too."""
    if isinstance(batch, Tensor):
        return batch.to(like) if batch.is_floating_point() else batch.to(like.device)
    if isinstance(batch, (tuple, list)):
        return type(batch)(_to(part, like) for part in batch)
    raise TypeError(f"`batches` must hold tensors or tuples of them, got {type(batch).__name__}")
