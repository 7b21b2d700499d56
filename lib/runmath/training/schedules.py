"""How the learning rate moves while a model is trained."""

from __future__ import annotations

import math
from functools import partial

from torch.optim import Optimizer
from torch.optim.lr_scheduler import LambdaLR

from runmath.core import as_integer


def warmup_cosine(optimizer: Optimizer, *, n_steps: int, n_warmup: int) -> LambdaLR:
    """Return a scheduler: the rate rises linearly for `n_warmup` steps, then falls as half a cosine to zero.

    Step k of n (from 0) uses the optimizer's own rate times (k + 1) / w for k < w, and times
    (1 + cos(π (k - w) / (n - w))) / 2 from there on.

    Parameters
    ----------
    optimizer : Optimizer
        Its learning rate is the peak.
    n_steps, n_warmup : int
        n and w, with 0 ≤ w < n.

    Raises
    ------
    TypeError, ValueError
        If a number of steps is out of range.

    Notes
    -----
    Adam's first steps rest on poor estimates of the second moment; a small rate there does no harm. A rate that
    ends near zero removes the noise of small batches from the last weights.

    References
    ----------
    .. [1] loshchilov2017sgdr, eq. (5).

    Examples
    --------
    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    >>> scheduler = warmup_cosine(optimizer, n_steps=4, n_warmup=2)
    >>> rates = []
    >>> for _ in range(4):
    ...     rates.append(round(scheduler.get_last_lr()[0], 2))
    ...     optimizer.step(); scheduler.step()
    >>> rates
    [0.5, 1.0, 1.0, 0.5]
    """
    n_steps = as_integer(n_steps, "n_steps")
    n_warmup = as_integer(n_warmup, "n_warmup", low=0, high=n_steps - 1)
    return LambdaLR(optimizer, partial(_factor, n_steps=n_steps, n_warmup=n_warmup))


def _factor(k: int, *, n_steps: int, n_warmup: int) -> float:
    if k < n_warmup:
        return (k + 1) / n_warmup
    return (1 + math.cos(math.pi * min(1.0, (k - n_warmup) / (n_steps - n_warmup)))) / 2
