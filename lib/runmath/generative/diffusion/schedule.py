"""Noise schedules: how much of the signal is left after t of T steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from runmath.core import as_integer

REFERENCE_STEPS = 1000  # Ho et al. give β₁ and β_T for T = 1000; other T scale them to the same total noise
MAX_BETA = 0.999  # Nichol and Dhariwal (2021), p. 4: keeps the last steps of the cosine schedule invertible


@dataclass(frozen=True, eq=False)
class Schedule:
    """The variances of x_t = √α_t x_{t-1} + √β_t ε, t = 1, ..., T, with β_t = 1 - α_t and ᾱ_t = α_1 ⋯ α_t.

    Make one with `Schedule.from_betas`, `linear_schedule` or `cosine_schedule`.

    Parameters
    ----------
    betas, alphas, alpha_bars : Tensor of shape (T + 1,), float64
        Entry t belongs to step t; entry 0 to the data: β₀ = 0 and α₀ = ᾱ₀ = 1.
    noise_variances : Tensor of shape (T + 1,), float64
        1 - ᾱ_t.

    Notes
    -----
    ᾱ_t follows from sums of log(1 - β), and 1 - ᾱ_t from their expm1, so that both keep their digits.

    References
    ----------
    ho2020denoising, Section 2. Chapter: generative/diffusion.

    Examples
    --------
    >>> Schedule.from_betas([0.5, 0.5]).alpha_bars.tolist()
    [1.0, 0.5, 0.25]
    """

    betas: Tensor
    alphas: Tensor
    alpha_bars: Tensor
    noise_variances: Tensor  # 1 - ᾱ_t

    @classmethod
    def from_betas(cls, betas: Tensor | list[float]) -> Schedule:
        """Return the schedule with the given β_1, ..., β_T.

        Raises
        ------
        ValueError
            If `betas` is not a vector of numbers strictly between 0 and 1.

        Examples
        --------
        >>> Schedule.from_betas([0.1, 0.2]).n_steps
        2
        """
        betas = torch.as_tensor(betas, dtype=torch.float64)
        if betas.ndim != 1 or len(betas) == 0:
            raise ValueError(f"`betas` must be a vector with an entry, got shape {tuple(betas.shape)}")
        if not ((betas > 0) & (betas < 1)).all():
            raise ValueError(
                f"`betas` must lie strictly between 0 and 1, got {betas.min():.3g} to {betas.max():.3g}"
            )
        betas = torch.cat([betas.new_zeros(1), betas])
        log_alpha_bars = torch.log1p(-betas).cumsum(0)
        return cls(betas, 1 - betas, log_alpha_bars.exp(), torch.expm1(log_alpha_bars).abs())

    @property
    def n_steps(self) -> int:
        """The number of steps T."""
        return len(self.betas) - 1

    @property
    def snr(self) -> Tensor:
        """The signal-to-noise ratios ᾱ_t / (1 - ᾱ_t), infinite at t = 0 and falling."""
        return self.alpha_bars / self.noise_variances

    @property
    def posterior_variances(self) -> Tensor:
        """The variances σ_q²(t) = β_t (1 - ᾱ_{t-1}) / (1 - ᾱ_t) of q(x_{t-1} | x_t, x_0); entry 0 is 0."""
        variances = torch.zeros_like(self.betas)
        variances[1:] = self.betas[1:] * self.noise_variances[:-1] / self.noise_variances[1:]
        return variances

    def at(self, values: Tensor, t: int | Tensor, like: Tensor) -> Tensor:
        """Return entry t of a table with T + 1 entries, ready to multiply `like`.

        Parameters
        ----------
        values : Tensor of shape (T + 1,)
        t : int, or integer Tensor of shape (B,)
            Steps, from 1 to T.
        like : Tensor of shape (B, ...)
            Lends dtype, device and number of dimensions.

        Returns
        -------
        Tensor of shape (B, 1, ..., 1), or of shape () where t is an int

        Raises
        ------
        TypeError, ValueError
            If `t` is not an integer or a vector of B integers, or not between 1 and T.

        Examples
        --------
        >>> schedule = Schedule.from_betas([0.5, 0.5])
        >>> schedule.at(schedule.alpha_bars, torch.tensor([1, 2]), torch.ones(2, 3))
        tensor([[0.5000],
                [0.2500]])
        """
        values = values.to(like.dtype).to(like.device)
        if not isinstance(t, Tensor):
            return values[as_integer(t, "t", low=1, high=self.n_steps)]
        if t.is_floating_point() or t.is_complex() or t.dtype == torch.bool:
            raise TypeError(f"`t` must hold integers, got {t.dtype}")
        if t.shape != like.shape[:1]:
            raise ValueError(
                f"`t` must hold one step for each of {len(like)} rows, got shape {tuple(t.shape)}"
            )
        if len(t) and not (t.min() >= 1 and t.max() <= self.n_steps):
            raise ValueError(
                f"`t` must be between 1 and {self.n_steps}, got {int(t.min())} to {int(t.max())}"
            )
        return values[t.to(like.device)].reshape(-1, *[1] * (like.ndim - 1))


def linear_schedule(T: int, *, beta_first: float = 1e-4, beta_last: float = 0.02) -> Schedule:
    """Return the schedule with β_t = (1000 / T) (linear from `beta_first` to `beta_last`).

    Parameters
    ----------
    T : int
        Number of steps; at least 21 with the default ends, because no β may reach 1.
    beta_first, beta_last : float
        β_1 and β_T for T = 1000. The factor 1000 / T leaves ᾱ_T about the same for every T.

    Returns
    -------
    Schedule

    Raises
    ------
    TypeError, ValueError
        If `T` is not a positive integer, or a β is not strictly between 0 and 1.

    References
    ----------
    ho2020denoising, Section 4. Chapter: generative/diffusion.

    Examples
    --------
    >>> linear_schedule(1000).betas[[1, 1000]].tolist()
    [0.0001, 0.02]
    """
    T = as_integer(T, "T")
    scale = REFERENCE_STEPS / T
    return Schedule.from_betas(torch.linspace(scale * beta_first, scale * beta_last, T, dtype=torch.float64))


def cosine_schedule(T: int, *, offset: float = 0.008) -> Schedule:
    """Return the schedule with ᾱ_t = f(t) / f(0), f(t) = cos²(π/2 · (t/T + s) / (1 + s)), and β_t ≤ 0.999.

    Parameters
    ----------
    T : int
        Number of steps.
    offset : float
        The s ≥ 0 that keeps the first β away from zero.

    Returns
    -------
    Schedule

    Raises
    ------
    TypeError, ValueError
        If `T` is not a positive integer or `offset` is negative.

    Notes
    -----
    Signal is destroyed more evenly than by the linear schedule, which spends its last steps on what is noise
    already.

    References
    ----------
    nichol2021improved, eq. (17). Chapter: generative/diffusion.

    Examples
    --------
    >>> round(cosine_schedule(1000).alpha_bars[500].item(), 3)
    0.494
    """
    T = as_integer(T, "T")
    if not offset >= 0:
        raise ValueError(f"`offset` must be at least 0, got {offset}")
    t = torch.arange(T + 1, dtype=torch.float64)
    f = torch.cos(math.pi / 2 * (t / T + offset) / (1 + offset)) ** 2
    return Schedule.from_betas((1 - f[1:] / f[:-1]).clamp(max=MAX_BETA))
