"""What a denoiser is trained on: a squared error at a random step, plain or weighted as in the ELBO."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from runmath.generative.diffusion.process import check_kind, posterior_coefficients, q_sample, to_score, to_v
from runmath.generative.diffusion.schedule import Schedule

WEIGHTINGS = ("simple", "elbo")
Denoiser = Callable[[Tensor, Tensor], Tensor]  # (x_t of shape (B, ...), t of shape (B,)) -> shape (B, ...)


def denoising_loss(
    model: Denoiser,
    schedule: Schedule,
    x0: Tensor,
    *,
    generator: torch.Generator,
    predicts: str = "noise",
    weighting: str = "simple",
    t: Tensor | None = None,
) -> Tensor:
    """Return the mean of w_t ‖prediction - target‖² / dim at random steps t and noises ε, a scalar.

    Parameters
    ----------
    model : callable
        Takes x_t of shape (B, ...) and integer steps of shape (B,); returns a prediction of the shape of x_t.
    schedule : Schedule
    x0 : Tensor of shape (B, ...)
        Data.
    generator : torch.Generator
        Draws t and ε.
    predicts : {"noise", "x0", "score", "v"}
        The target; see `to_x0`.
    weighting : {"simple", "elbo"}
        "simple": w_t = 1, Ho et al.'s L_simple where the noise is predicted. "elbo": w_t = T times
        `elbo_weights`, which makes the loss an unbiased estimate of -ELBO / dim up to terms without parameters.
    t : integer Tensor of shape (B,), optional
        The steps; uniform on 1, ..., T by default.

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    TypeError, ValueError
        If an option is unknown, `generator` is no generator, or shapes do not fit.

    Notes
    -----
    The weights of "elbo" span many orders of magnitude, and so does the variance of this loss.

    References
    ----------
    ho2020denoising, eqs. (12) and (14). Chapter: generative/diffusion.

    Examples
    --------
    >>> from runmath.generative.diffusion import linear_schedule
    >>> always_zero = lambda x_t, t: torch.zeros_like(x_t)
    >>> loss = denoising_loss(always_zero, linear_schedule(100), torch.zeros(4, 2), predicts="x0",
    ...                       generator=torch.Generator().manual_seed(0))
    >>> loss.item()
    0.0
    """
    check_kind(predicts, "predicts")
    if weighting not in WEIGHTINGS:
        raise ValueError(f"`weighting` must be one of {', '.join(WEIGHTINGS)}, got {weighting!r}")
    if t is None:
        t = random_steps(schedule, len(x0), generator=generator).to(x0.device)
    noise = randn_like(x0, generator)
    x_t = q_sample(schedule, x0, t, noise)
    error = model(x_t, t) - target(schedule, x0, noise, x_t, t, predicts)
    if weighting == "simple":
        return error.square().mean()
    weights = schedule.n_steps * elbo_weights(schedule, predicts=predicts)
    return (schedule.at(weights, t, x0) * error.square()).mean()


def target(schedule: Schedule, x0: Tensor, noise: Tensor, x_t: Tensor, t: Tensor, kind: str) -> Tensor:
    """Return what a denoiser of this kind should have predicted."""
    if kind in ("x0", "noise"):
        return x0 if kind == "x0" else noise
    return (to_score if kind == "score" else to_v)(schedule, noise, x_t, t, kind="noise")


def elbo_weights(schedule: Schedule, *, predicts: str) -> Tensor:
    """Return the weight of ‖prediction - target‖² in step t of the negative ELBO.

    Parameters
    ----------
    schedule : Schedule
    predicts : {"noise", "x0", "score", "v"}

    Returns
    -------
    Tensor of shape (T + 1,), float64
        For x0: ᾱ_{t-1} β_t² / (2 σ_t² (1 - ᾱ_t)²), which is (SNR(t - 1) - SNR(t)) / 2 for t ≥ 2. For the others,
        that times the square of what an error in the prediction does to x_0. Entry 0 is 0.

    Notes
    -----
    σ_t² is the posterior variance σ_q²(t) for t ≥ 2, and β_1 at t = 1, where the posterior is a point: there the
    term is -log p(x_0 | x_1), and ‖x̂_0 - x_0‖² has the weight 1 / (2 β_1).

    References
    ----------
    ho2020denoising, eqs. (8) to (12); kingma2021variational, eq. (15). Chapter: generative/diffusion.

    Examples
    --------
    >>> from runmath.generative.diffusion import Schedule
    >>> elbo_weights(Schedule.from_betas([0.5, 0.5]), predicts="x0")  # SNR: ∞, 1, 1/3
    tensor([0.0000, 1.0000, 0.3333], dtype=torch.float64)
    """
    check_kind(predicts, "predicts")
    variances = schedule.posterior_variances.clone()
    variances[1] = schedule.betas[1]
    _, of_x0 = posterior_coefficients(schedule)
    weights = torch.zeros_like(variances)
    weights[1:] = of_x0[1:] ** 2 / (2 * variances[1:])
    noise, signal = schedule.noise_variances, schedule.alpha_bars
    return weights * {"x0": 1.0, "noise": noise / signal, "score": noise**2 / signal, "v": noise}[predicts]


def random_steps(schedule: Schedule, n: int, *, generator: torch.Generator) -> Tensor:
    """Return n steps drawn uniformly from 1, ..., T, an integer tensor of shape (n,)."""
    check_generator(generator)
    return torch.randint(1, schedule.n_steps + 1, (n,), generator=generator, device=generator.device)


def randn_like(x: Tensor, generator: torch.Generator) -> Tensor:
    """Return standard normal noise with shape, dtype and device of `x`, drawn where the generator lives."""
    check_generator(generator)
    return torch.randn(x.shape, dtype=x.dtype, generator=generator, device=generator.device).to(x.device)


def check_generator(generator: torch.Generator) -> None:
    """Raise unless `generator` is a torch.Generator."""
    if not isinstance(generator, torch.Generator):
        raise TypeError(f"`generator` must be a torch.Generator, got {generator!r}")
