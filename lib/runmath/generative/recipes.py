"""How the book's networks for digits are trained: every number that matters, in one place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from runmath.core import as_integer
from runmath.data import mnist_subset, trained_weights
from runmath.generative.diffusion import Schedule, cosine_schedule, denoising_loss
from runmath.neural_networks import DigitClassifier, UNet, seeded, vector_to_weights
from runmath.training import (
    Checkpoint,
    ExponentialMovingAverage,
    ShuffledBatches,
    TrainingResult,
    fit,
    warmup_cosine,
)

PREDICTS = "v"  # what the digits network predicts; see `to_x0`
SCHEDULE_STEPS = 1000
SHIFT = 3.0  # of the steps towards high noise; see `spread_steps`
LIVE_STEPS, LONG_STEPS, CLASSIFIER_STEPS = 950, 16_000, 1000
HELD_OUT_PER_CLASS = 50


@dataclass(frozen=True)
class Settings:
    """What a training run is told besides its seed and its number of steps.

    Parameters
    ----------
    batch_size : int
    learning_rate : float
        The peak; 50 steps rise to it, half a cosine falls from it to zero.
    beta_2 : float
        AdamW averages squared gradients over about 1 / (1 - beta_2) steps: 100 suit a run of a thousand.
    weight_decay : float
        Of AdamW.
    max_grad_norm : float
        Longer gradients are shortened to this length.
    average_over : float
        The weights returned are an exponential average over about this part of all steps.
    """

    batch_size: int
    learning_rate: float
    beta_2: float = 0.999
    weight_decay: float = 0.01
    max_grad_norm: float = 1.0
    average_over: float = 0.05


DIFFUSION = Settings(batch_size=32, learning_rate=2e-3, beta_2=0.99)
CLASSIFIER = Settings(batch_size=64, learning_rate=3e-3)


@dataclass(frozen=True, eq=False)
class DigitSplit:
    """The bundled MNIST digits as a training part and a held-out part, each with every class equally often.

    Parameters
    ----------
    training, held_out : Tensor of shape (4500, 1, 28, 28), (500, 1, 28, 28)
        Float32, from -1 (background) to 1 (ink).
    training_labels, held_out_labels : Tensor of shape (4500,), (500,)
    """

    training: Tensor
    training_labels: Tensor
    held_out: Tensor
    held_out_labels: Tensor


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network and how its training went.

    Parameters
    ----------
    model : Module
        In evaluation mode, with averaged weights.
    result : TrainingResult
    """

    model: nn.Module
    result: TrainingResult


def digit_split(*, seed: int = 0) -> DigitSplit:
    """Return 4,500 digits for training and 500 held out, 50 of each class, drawn with the seed.

    Examples
    --------
    >>> split = digit_split()
    >>> tuple(split.training.shape), split.held_out_labels.bincount().tolist()
    ((4500, 1, 28, 28), [50, 50, 50, 50, 50, 50, 50, 50, 50, 50])
    """
    X, y = mnist_subset()
    rng = np.random.default_rng(as_integer(seed, "seed", low=0))
    held_out = np.concatenate(
        [rng.permutation(np.flatnonzero(y == c))[:HELD_OUT_PER_CLASS] for c in range(10)]
    )
    training = np.setdiff1d(np.arange(len(y)), held_out)
    images = torch.from_numpy(X).float()[:, None] / 127.5 - 1
    labels = torch.from_numpy(y)
    return DigitSplit(images[training], labels[training], images[held_out], labels[held_out])


def digits_schedule() -> Schedule:
    """Return the noise schedule that the digits network was trained for: cosine, 1,000 steps."""
    return cosine_schedule(SCHEDULE_STEPS)


def train_digits_diffusion(
    images: Tensor,
    *,
    n_steps: int = LIVE_STEPS,
    seed: int = 0,
    checkpoint: Checkpoint | None = None,
    progress: bool = True,
) -> Trained:
    """Train a `UNet` on min_θ E ‖v_θ(x_t, t) - v‖², v = √ᾱ_t ε - √(1 - ᾱ_t) x_0, under a cosine schedule.

    Parameters
    ----------
    images : Tensor of shape (n, 1, 28, 28)
        From -1 to 1.
    n_steps : int
        Steps; about a minute on two cores by default.
    seed : int
        Of the one generator that draws first weights, order of the images, steps t and noise.
    checkpoint, progress
        As in `fit`.

    Returns
    -------
    Trained

    Notes
    -----
    Chapter: generative/diffusion. `python -m runmath.train digits-diffusion` runs it for longer.

    Examples
    --------
    >>> trained = train_digits_diffusion(torch.zeros(32, 1, 28, 28), n_steps=1)
    >>> trained.result.n_steps
    1
    """
    generator = torch.Generator().manual_seed(seed)
    model = seeded(UNet, generator=generator).to(memory_format=torch.channels_last)
    schedule = digits_schedule()

    def loss(model: nn.Module, batch: tuple[Tensor]) -> Tensor:
        t = spread_steps(len(batch[0]), schedule.n_steps, generator=generator, shift=SHIFT)
        return denoising_loss(model, schedule, batch[0], t=t, predicts=PREDICTS, generator=generator)

    return _train(model, loss, (images,), DIFFUSION, n_steps, generator, checkpoint, progress)


def train_digits_classifier(
    images: Tensor,
    labels: Tensor,
    *,
    n_steps: int = CLASSIFIER_STEPS,
    seed: int = 0,
    checkpoint: Checkpoint | None = None,
    progress: bool = True,
) -> Trained:
    """Train a `DigitClassifier` on the cross-entropy of digits shifted by up to one pixel.

    Parameters
    ----------
    images, labels : Tensor of shape (n, 1, 28, 28), (n,)
    n_steps, seed, checkpoint, progress
        As in `train_digits_diffusion`.

    Returns
    -------
    Trained

    Notes
    -----
    Chapter: generative/diffusion.

    Examples
    --------
    >>> images, labels = torch.zeros(64, 1, 28, 28), torch.zeros(64, dtype=torch.long)
    >>> train_digits_classifier(images, labels, n_steps=1).result.n_steps
    1
    """
    generator = torch.Generator().manual_seed(seed)
    model = seeded(DigitClassifier, generator=generator)

    def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        return F.cross_entropy(model(shifted(batch[0], generator=generator)), batch[1])

    return _train(model, loss, (images, labels), CLASSIFIER, n_steps, generator, checkpoint, progress)


def spread_steps(n: int, T: int, *, generator: torch.Generator, shift: float = 1.0) -> Tensor:
    """Return ⌊T f((i + U) / n)⌋ + 1 for i = 0, ..., n - 1, one U uniform on [0, 1), f(u) = s u / (1 + (s - 1) u).

    Every batch sees low and high noise alike, so that its loss varies less than with independent steps. One of the
    n steps taken at random is t = T f(u), u uniform: to train on these is to train on uniform steps with the
    weight s / (s - (s - 1) t / T)², which for s = 2 rises from 1/2 at t = 0 to 2 at t = T.

    Parameters
    ----------
    n, T : int
    generator : torch.Generator
        Draws U.
    shift : float
        s > 0. Above 1 it moves steps towards high noise, where the form of an image is decided.

    Returns
    -------
    Tensor of shape (n,), integers from 1 to T

    Raises
    ------
    ValueError
        If `shift` is not positive.

    References
    ----------
    .. [1] kingma2021variational (their low-discrepancy sampler); esser2024scaling, eq. (23), which is f.
       Chapter: generative/diffusion.

    Examples
    --------
    >>> spread_steps(4, 1000, generator=torch.Generator().manual_seed(0)).tolist()
    [243, 493, 743, 993]
    >>> spread_steps(4, 1000, generator=torch.Generator().manual_seed(0), shift=2.0).tolist()
    [391, 660, 853, 997]
    """
    if not shift > 0:
        raise ValueError(f"`shift` must be positive, got {shift}")
    U = torch.rand((), generator=generator, dtype=torch.float64)
    u = (torch.arange(n) + U) / n
    return (T * shift * u / (1 + (shift - 1) * u)).long().clamp(max=T - 1) + 1


def shifted(images: Tensor, *, generator: torch.Generator) -> Tensor:
    """Return every image moved by -1, 0 or 1 pixel in each direction; background (-1) moves in.

    Examples
    --------
    >>> shifted(torch.ones(2, 1, 28, 28), generator=torch.Generator().manual_seed(0)).shape
    torch.Size([2, 1, 28, 28])
    """
    B, _, H, W = images.shape
    padded = F.pad(images, (1, 1, 1, 1), value=-1.0)
    down, right = torch.randint(0, 3, (2, B, 1), generator=generator)
    rows, columns = down + torch.arange(H), right + torch.arange(W)  # (B, H), (B, W)
    return padded[torch.arange(B)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(
        0, 3, 1, 2
    )


def load_digits_diffusion() -> nn.Module:
    """Return the bundled diffusion network, trained for longer; see the catalogue for how.

    Examples
    --------
    >>> load_digits_diffusion().training
    False
    """
    return _load(UNet, "digits-diffusion")


def load_digits_classifier() -> nn.Module:
    """Return the bundled classifier of digits; see the catalogue for how it was trained.

    Examples
    --------
    >>> load_digits_classifier()(digit_split().held_out[:3]).argmax(dim=1).tolist()
    [0, 0, 0]
    """
    return _load(DigitClassifier, "digits-classifier")


def _load(build: Callable[[], nn.Module], name: str) -> nn.Module:
    model = seeded(build, generator=torch.Generator().manual_seed(0))
    vector_to_weights(torch.from_numpy(trained_weights(name)), model)
    return model.to(memory_format=torch.channels_last).eval()


def _train(
    model: nn.Module,
    loss: Callable,
    tensors: tuple[Tensor, ...],
    settings: Settings,
    n_steps: int,
    generator: torch.Generator,
    checkpoint: Checkpoint | None,
    progress: bool,
) -> Trained:
    n_steps = as_integer(n_steps, "n_steps")
    optimizer = torch.optim.AdamW(
        model.parameters(),
        lr=settings.learning_rate,
        betas=(0.9, settings.beta_2),
        weight_decay=settings.weight_decay,
        foreach=True,
    )
    ema = ExponentialMovingAverage(model, decay=max(0.0, 1 - 1 / (settings.average_over * n_steps)))
    result = fit(
        model,
        loss,
        ShuffledBatches(*tensors, batch_size=settings.batch_size, generator=generator),
        optimizer=optimizer,
        n_steps=n_steps,
        scheduler=warmup_cosine(optimizer, n_steps=n_steps, n_warmup=min(50, n_steps - 1)),
        ema=ema,
        max_grad_norm=settings.max_grad_norm,
        generator=generator,
        checkpoint=checkpoint,
        progress=progress,
    )
    return Trained(ema.model, result)
