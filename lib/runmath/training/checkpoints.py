"""The whole state of a training run in one file, from which it goes on as if it had not stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch


@dataclass(frozen=True)
class Checkpoint:
    """Where and how often `fit` stores its state.

    Parameters
    ----------
    path : path
        The file; it is replaced each time.
    every : int
        Steps from one storing to the next; the last step is always stored.
    resume : bool
        Whether to go on from the file if it exists.
    """

    path: str | os.PathLike
    every: int = 500
    resume: bool = False


def save_checkpoint(path: str | os.PathLike, parts: Mapping[str, Any]) -> None:
    """Write what each part's `state_dict` returns to a file that `load_checkpoint` reads.

    Parameters
    ----------
    path : path
        Written under another name first and then moved, so that a run stopped while writing keeps the old file.
    parts : mapping of str to object
        Objects with `state_dict`, torch generators, numbers, strings and lists of them; None is left out.

    Examples
    --------
    >>> import tempfile
    >>> first, second = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(folder + "/a.pt", {"model": first, "step": 7})
    ...     load_checkpoint(folder + "/a.pt", {"model": second})["step"]
    7
    >>> torch.equal(first.weight, second.weight)
    True
    """
    path = Path(path)
    states = {name: _state(part) for name, part in parts.items() if part is not None}
    unfinished = path.with_name(path.name + ".part")
    torch.save(states, unfinished)
    unfinished.replace(path)


def load_checkpoint(path: str | os.PathLike, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Put each part back into the state that `save_checkpoint` stored, and return all that was stored.

    Parameters
    ----------
    path : path
    parts : mapping of str to object
        Changed in place; None is left out.

    Raises
    ------
    ValueError
        If a part is given that the file does not hold.

    Notes
    -----
    The file is read with `weights_only=True`: it can hold numbers and tensors, but no code.
    """
    states = torch.load(path, map_location="cpu", weights_only=True)
    parts = {name: part for name, part in parts.items() if part is not None}
    if missing := parts.keys() - states.keys():
        raise ValueError(f"{Path(path).name} must hold {sorted(missing)}, got only {sorted(states)}")
    for name, part in parts.items():
        if isinstance(part, torch.Generator):
            part.set_state(states[name])
        elif hasattr(part, "load_state_dict"):
            part.load_state_dict(states[name])
    return states


def _state(part: Any) -> Any:
    if isinstance(part, torch.Generator):
        return part.get_state()
    return part.state_dict() if hasattr(part, "state_dict") else part
