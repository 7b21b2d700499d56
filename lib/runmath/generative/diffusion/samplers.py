"""The reverse process: DDPM walks back with fresh noise in every step, DDIM with little or none, in fewer steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from runmath.core import as_integer
from runmath.generative.diffusion.losses import Denoiser, check_generator, randn_like
from runmath.generative.diffusion.process import check_kind, posterior, rates, to_noise, to_x0
from runmath.generative.diffusion.schedule import Schedule


@dataclass(frozen=True, eq=False)
class DiffusionSamples:
    """What a sampler made, and the states on the way that were asked for.

    Parameters
    ----------
    samples : Tensor of shape (n, ...)
        x_0.
    path : Tensor of shape (len(steps), n, ...)
        x_t at the kept steps.
    steps : tuple of int
        The t of each entry of `path`, descending; 0 is the samples.
    """

    samples: Tensor
    path: Tensor
    steps: tuple[int, ...]


@torch.no_grad()
def ddpm_sample(
    model: Denoiser,
    schedule: Schedule,
    shape: Sequence[int] | Tensor,
    *,
    generator: torch.Generator,
    predicts: str = "noise",
    variance: str = "posterior",
    clip: float | None = None,
    keep: Iterable[int] = (),
) -> DiffusionSamples:
    """Draw x_T ~ N(0, I) and x_{t-1} ~ N(μ_q(x_t, x̂_0(x_t, t)), σ_t² I) for t = T, ..., 1.

    Parameters
    ----------
    model : callable
        Takes x_t of shape (n, ...) and integer steps of shape (n,); returns a prediction of the shape of x_t.
    schedule : Schedule
    shape : sequence of int, or Tensor
        Shape (n, ...) of the samples, or the x_T to begin with.
    generator : torch.Generator
        Draws all noise.
    predicts : {"noise", "x0", "score", "v"}
        What the model predicts; see `to_x0`.
    variance : {"posterior", "beta"}
        σ_t² = β_t (1 - ᾱ_{t-1}) / (1 - ᾱ_t), right for data in one point, or σ_t² = β_t, right for standard normal
        data. The last step adds no noise in either case.
    clip : float, optional
        Every x̂_0 is clamped to [-clip, clip]; for pictures.
    keep : iterable of int
        Steps t, from T to 0, whose x_t the result keeps.

    Returns
    -------
    DiffusionSamples

    Raises
    ------
    TypeError, ValueError
        If an option is unknown, `generator` is no generator, or a kept step is out of range.

    Notes
    -----
    T evaluations of the model; `ddim_sample` with `eta=1` takes the same steps on a subsequence. Dtype and device
    are those of the given x_T, else of the model's parameters. The mode (train or eval) of the model is left alone.

    References
    ----------
    ho2020denoising, Algorithm 2. Chapter: generative/diffusion.

    Examples
    --------
    >>> from runmath.generative.diffusion import linear_schedule
    >>> all_data_at_one = lambda x_t, t: torch.ones_like(x_t)
    >>> ddpm_sample(all_data_at_one, linear_schedule(50), (2, 1), predicts="x0",
    ...             generator=torch.Generator().manual_seed(0)).samples
    tensor([[1.],
            [1.]])
    """
    check_kind(predicts, "predicts")
    if variance not in ("posterior", "beta"):
        raise ValueError(f"`variance` must be posterior or beta, got {variance!r}")
    T = schedule.n_steps
    x = _start(model, shape, generator)
    record = _Record(keep, range(T, -1, -1))
    record.add(T, x)
    for t in range(T, 0, -1):
        x0, _ = _predict(model, schedule, x, t, predicts, clip)
        x, sigma2 = posterior(schedule, x0, x, t)
        if t > 1:  # Alg. 2, line 3: z = 0 if t = 1
            if variance == "beta":
                sigma2 = schedule.at(schedule.betas, t, x)
            x = x + sigma2.sqrt() * randn_like(x, generator)
        record.add(t - 1, x)
    return record.result(x)


@torch.no_grad()
def ddim_sample(
    model: Denoiser,
    schedule: Schedule,
    shape: Sequence[int] | Tensor,
    *,
    generator: torch.Generator,
    predicts: str = "noise",
    n_steps: int | None = None,
    eta: float = 0.0,
    clip: float | None = None,
    keep: Iterable[int] = (),
) -> DiffusionSamples:
    """Draw x_T ~ N(0, I) and x_s = √ᾱ_s x̂_0 + √(1 - ᾱ_s - σ²) ε̂ + σ z for steps s < t on a subsequence.

    Parameters
    ----------
    model, schedule, shape, generator, predicts, clip
        As in `ddpm_sample`.
    n_steps : int, optional
        Evaluations of the model, at the steps `ddim_steps(T, n_steps)`; T by default.
    eta : float
        σ² = eta² (1 - ᾱ_s) / (1 - ᾱ_t) (1 - ᾱ_t / ᾱ_s): 0 makes the samples a function of x_T, 1 gives DDPM.
    keep : iterable of int
        Steps whose x_t the result keeps, all of them in `ddim_steps`.

    Returns
    -------
    DiffusionSamples

    Raises
    ------
    TypeError, ValueError
        If an option is out of range or unknown, or a kept step is not visited.

    Notes
    -----
    For eta = 0 the Euler scheme, in suitable variables, of the probability-flow equation: its error falls like
    1 / n_steps.

    References
    ----------
    song2021denoising, eqs. (12) and (16). Chapter: generative/diffusion.

    Examples
    --------
    >>> from runmath.generative.diffusion import linear_schedule
    >>> all_data_at_one = lambda x_t, t: torch.ones_like(x_t)
    >>> ddim_sample(all_data_at_one, linear_schedule(50), (2, 1), predicts="x0", n_steps=5,
    ...             generator=torch.Generator().manual_seed(0)).samples
    tensor([[1.],
            [1.]])
    """
    check_kind(predicts, "predicts")
    if not 0 <= eta <= 1:
        raise ValueError(f"`eta` must be between 0 and 1, got {eta}")
    steps = ddim_steps(schedule.n_steps, schedule.n_steps if n_steps is None else n_steps)
    x = _start(model, shape, generator)
    record = _Record(keep, steps)
    record.add(steps[0], x)
    for t, s in pairwise(steps):
        x0, noise = _predict(model, schedule, x, t, predicts, clip)
        signal, rest, sigma = (float(c) for c in _ddim_coefficients(schedule, t, s, eta))
        x = signal * x0 + rest * noise
        if sigma > 0:
            x = x + sigma * randn_like(x, generator)
        record.add(s, x)
    return record.result(x)


def ddim_steps(T: int, n_steps: int) -> tuple[int, ...]:
    """Return T = t_0 > t_1 > ... > t_{n_steps} = 0, as even as integers allow.

    Raises
    ------
    TypeError, ValueError
        If `n_steps` is not an integer between 1 and T.

    Examples
    --------
    >>> ddim_steps(10, 4)
    (10, 8, 5, 2, 0)
    """
    T = as_integer(T, "T")
    n_steps = as_integer(n_steps, "n_steps", high=T)
    return tuple(round(T * (n_steps - i) / n_steps) for i in range(n_steps + 1))


def _ddim_coefficients(schedule: Schedule, t: int, s: int, eta: float) -> tuple[Tensor, Tensor, Tensor]:
    """Return the factors of x̂_0, ε̂ and z on the way from step t to step s < t, in float64."""
    a_t, a_s = schedule.alpha_bars[t], schedule.alpha_bars[s]
    v_t, v_s = schedule.noise_variances[t], schedule.noise_variances[s]
    sigma2 = eta**2 * v_s / v_t * (1 - a_t / a_s)
    return a_s.sqrt(), (v_s - sigma2).clamp(min=0).sqrt(), sigma2.sqrt()


def _predict(
    model: Denoiser, schedule: Schedule, x: Tensor, t: int, predicts: str, clip: float | None
) -> tuple[Tensor, Tensor]:
    """Return x̂_0, clipped if so asked, and the noise that belongs to it."""
    prediction = model(x, torch.full((len(x),), t, dtype=torch.long, device=x.device))
    x0 = to_x0(schedule, prediction, x, t, kind=predicts)
    if clip is None:
        return x0, to_noise(schedule, prediction, x, t, kind=predicts)
    x0 = x0.clamp(-clip, clip)
    signal, spread = rates(schedule, t, x)
    return x0, (x - signal * x0) / spread


def _start(model: Denoiser, shape: Sequence[int] | Tensor, generator: torch.Generator) -> Tensor:
    """Return x_T: the given one, or noise in dtype and device of the model's parameters."""
    if isinstance(shape, Tensor):
        check_generator(generator)
        return shape
    parameter = next(iter(model.parameters()), None) if isinstance(model, torch.nn.Module) else None
    like = torch.empty(()) if parameter is None else parameter
    return randn_like(like.new_empty(()).expand(*shape), generator)


class _Record:
    """Keeps the states that were asked for."""

    def __init__(self, keep: Iterable[int], visited: Iterable[int]):
        visited = set(visited)
        self.keep = {as_integer(t, "keep", low=0, high=max(visited)) for t in keep}
        if missed := self.keep - visited:
            raise ValueError(f"`keep` must name steps that are visited, got {sorted(missed)}")
        self.states: dict[int, Tensor] = {}

    def add(self, t: int, x: Tensor) -> None:
        if t in self.keep:
            self.states[t] = x.clone()

    def result(self, x: Tensor) -> DiffusionSamples:
        path = torch.stack(list(self.states.values())) if self.states else x.new_empty((0, *x.shape))
        return DiffusionSamples(x, path, tuple(self.states))
