"""A progress bar for people: none where outputs are stored or piped."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from tqdm import tqdm


def progress_bar(*, initial: int, total: int, shown: bool) -> tqdm:
    """Return a bar that is drawn in a terminal or a live notebook, vanishes when it ends, and else is silent.

    Parameters
    ----------
    initial, total : int
        Steps already made, and in all.
    shown : bool
        False keeps it silent everywhere.

    Returns
    -------
    tqdm

    Examples
    --------
    >>> with progress_bar(initial=0, total=3, shown=False) as bar:
    ...     _ = bar.update()
    """
    channel = live_channel() if shown else None
    return tqdm(
        initial=initial,
        total=total,
        file=channel,
        disable=channel is None,
        leave=False,
        unit="step",
        ncols=90,
    )


def live_channel() -> TextIO | None:
    """Return where somebody is watching: a terminal's stderr, a live notebook's stdout, or nowhere.

    The book's build runs notebooks with `RUNMATH_OFFLINE` set and stores what they print; there nobody watches.
    """
    if sys.stderr.isatty():
        return sys.stderr
    in_kernel = type(sys.stdout).__module__.startswith("ipykernel.")
    return sys.stdout if in_kernel and "RUNMATH_OFFLINE" not in os.environ else None
