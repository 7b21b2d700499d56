"""Gaussian mixtures under diffusion: marginals, score and best denoiser are known exactly at every step."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from runmath.core import as_integer
from runmath.generative.diffusion.losses import Denoiser, check_generator
from runmath.generative.diffusion.process import check_kind, rates, to_noise, to_score, to_v
from runmath.generative.diffusion.schedule import Schedule


@dataclass(frozen=True, eq=False)
class GaussianMixture:
    """The distribution Σ_k π_k N(m_k, Σ_k) on R^d.

    Parameters
    ----------
    weights : Tensor of shape (K,)
        π_k ≥ 0 with sum 1.
    means : Tensor of shape (K, d)
    covariances : Tensor of shape (K, d, d)
        Symmetric, with eigenvalues ≥ 0: a zero matrix puts a point mass at m_k.

    Raises
    ------
    ValueError
        If shapes do not fit, the weights are no probabilities, or a covariance is not symmetric positive
        semidefinite.

    Examples
    --------
    >>> two_points = GaussianMixture.isotropic([[-1.0], [1.0]], variance=0.0)
    >>> two_points.weights.tolist(), two_points.means.tolist()
    ([0.5, 0.5], [[-1.0], [1.0]])
    """

    weights: Tensor
    means: Tensor
    covariances: Tensor

    def __post_init__(self):
        K, d = self.means.shape if self.means.ndim == 2 else (0, 0)
        if K == 0 or d == 0:
            raise ValueError(f"`means` must have shape (K, d), got {tuple(self.means.shape)}")
        if self.weights.shape != (K,) or (self.weights < 0).any() or abs(self.weights.sum() - 1) > 1e-6:
            raise ValueError(f"`weights` must be {K} probabilities with sum 1, got {self.weights.tolist()}")
        if self.covariances.shape != (K, d, d):
            raise ValueError(
                f"`covariances` must have shape {(K, d, d)}, got {tuple(self.covariances.shape)}"
            )
        if not torch.allclose(self.covariances, self.covariances.mT):
            raise ValueError("`covariances` must be symmetric, got one that is not")
        variances, axes = torch.linalg.eigh(self.covariances)
        if (variances < -1e-6 * variances.abs().amax()).any():
            raise ValueError(f"`covariances` must have eigenvalues ≥ 0, got {variances.min():.3g}")
        object.__setattr__(self, "_variances", variances.clamp(min=0))  # (K, d)
        object.__setattr__(self, "_axes", axes)  # (K, d, d), axes in columns

    @classmethod
    def isotropic(
        cls, means: Tensor | list, *, variance: float, weights: Tensor | list | None = None
    ) -> GaussianMixture:
        """Return the mixture in float64 with Σ_k = variance · I, by default of equal weights."""
        means = torch.as_tensor(means, dtype=torch.float64)
        K, d = means.shape if means.ndim == 2 else (0, 0)
        weights = torch.full((K,), 1 / max(K, 1)) if weights is None else torch.as_tensor(weights)
        return cls(weights.double(), means, (variance * torch.eye(d, dtype=torch.float64)).repeat(K, 1, 1))

    def sample(self, n: int, *, generator: torch.Generator) -> Tensor:
        """Return n independent draws, of shape (n, d).

        Examples
        --------
        >>> point = GaussianMixture.isotropic([[2.0, 3.0]], variance=0.0)
        >>> point.sample(2, generator=torch.Generator().manual_seed(0)).tolist()
        [[2.0, 3.0], [2.0, 3.0]]
        """
        check_generator(generator)
        n = as_integer(n, "n")
        k = torch.multinomial(self.weights, n, replacement=True, generator=generator)
        z = torch.randn(n, self.means.shape[1], dtype=self.means.dtype, generator=generator)
        spread = self._axes * self._variances.sqrt()[:, None, :]
        return self.means[k] + torch.einsum("nij,nj->ni", spread[k], z)

    def log_prob(self, x: Tensor) -> Tensor:
        """Return log p(x) at points of shape (n, d), as a tensor of shape (n,).

        Raises
        ------
        ValueError
            If there is no density, because an eigenvalue of a covariance is 0.

        Examples
        --------
        >>> normal = GaussianMixture.isotropic([[0.0]], variance=1 / (2 * math.pi))
        >>> round(normal.log_prob(torch.zeros(1, 1)).item(), 12)
        0.0
        """
        if (self._variances == 0).any():
            raise ValueError("`covariances` must have eigenvalues > 0 for a density, got 0")
        one = torch.ones((), dtype=x.dtype)
        return torch.logsumexp(_log_joint(self, x, one, 0 * one)[0], 1)


@dataclass(frozen=True, eq=False)
class DiffusedMixture:
    """The marginals q(x_t) = Σ_k π_k N(√ᾱ_t m_k, ᾱ_t Σ_k + (1 - ᾱ_t) I) of diffused mixture data.

    Parameters
    ----------
    mixture : GaussianMixture
        The distribution of x_0.
    schedule : Schedule

    Notes
    -----
    Every method takes x of shape (n, d), in any floating dtype, and t, an int or an integer tensor of shape (n,)
    with steps from 1 to T; it costs O(n K d²). One eigendecomposition of each Σ_k serves all t.

    References
    ----------
    Chapter: generative/diffusion.

    Examples
    --------
    >>> two_points = GaussianMixture.isotropic([[-1.0], [1.0]], variance=0.0)
    >>> diffused = DiffusedMixture(two_points, Schedule.from_betas([0.5]))
    >>> x = torch.tensor([[0.0], [9.0]])
    >>> diffused.denoise(x, 1)  # tanh(√2 x)
    tensor([[0.],
            [1.]])
    """

    mixture: GaussianMixture
    schedule: Schedule

    def marginal(self, t: int) -> GaussianMixture:
        """Return q(x_t), a mixture itself; for t = 0 that of the data."""
        t = as_integer(t, "t", low=0, high=self.schedule.n_steps)
        a, s2 = self.schedule.alpha_bars[t], self.schedule.noise_variances[t]
        eye = torch.eye(self.mixture.means.shape[1], dtype=self.mixture.means.dtype)
        return GaussianMixture(
            self.mixture.weights, a.sqrt() * self.mixture.means, a * self.mixture.covariances + s2 * eye
        )

    def log_prob(self, x: Tensor, t: int | Tensor) -> Tensor:
        """Return log q(x_t) at x, of shape (n,)."""
        return torch.logsumexp(_log_joint(self.mixture, x, *rates(self.schedule, t, x))[0], 1)

    def score(self, x: Tensor, t: int | Tensor) -> Tensor:
        """Return ∇ log q(x_t) = -Σ_k r_k (ᾱ_t Σ_k + (1 - ᾱ_t) I)⁻¹ (x - √ᾱ_t m_k), of shape (n, d).

        Here r_k is the probability that x_t = x came from component k.
        """
        log_joint, y, variances = _log_joint(self.mixture, x, *rates(self.schedule, t, x))
        return -self._mean(log_joint, y / variances)

    def denoise(self, x: Tensor, t: int | Tensor) -> Tensor:
        """Return E[x_0 | x_t = x], the best prediction of x_0 in mean square, of shape (n, d)."""
        signal, noise = rates(self.schedule, t, x)
        log_joint, y, variances = _log_joint(self.mixture, x, signal, noise)
        gain = signal.reshape(-1, 1, 1) * self.mixture._variances.to(x) / variances
        responsibilities = torch.softmax(log_joint, 1)
        return responsibilities @ self.mixture.means.to(x) + self._mean(log_joint, gain * y)

    def predictor(self, kind: str) -> Denoiser:
        """Return the best denoiser that predicts "x0", "noise", "score" or "v": the goal of every training.

        Examples
        --------
        >>> two_points = GaussianMixture.isotropic([[-1.0], [1.0]], variance=0.0)
        >>> DiffusedMixture(two_points, Schedule.from_betas([0.5])).predictor("x0")(torch.zeros(1, 1), 1)
        tensor([[0.]])
        """
        check_kind(kind, "kind")
        convert: dict[str, Callable] = {"noise": to_noise, "score": to_score, "v": to_v}
        if kind == "x0":
            return self.denoise
        return lambda x, t: convert[kind](self.schedule, self.denoise(x, t), x, t, kind="x0")

    def _mean(self, log_joint: Tensor, y: Tensor) -> Tensor:
        """Return Σ_k r_k Q_k y_k for vectors y of shape (n, K, d) in the eigenbases Q_k."""
        weighted = torch.softmax(log_joint, 1)[:, :, None] * y
        return weighted.flatten(1) @ self.mixture._axes.to(y).mT.flatten(0, 1)


def _log_joint(
    mixture: GaussianMixture, x: Tensor, signal: Tensor, noise: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return log π_k N(x; a m_k, a² Σ_k + s² I) of shape (n, K), the centred x and the variances in eigenbases.

    `signal` a and `noise` s are scalars or of shape (n, 1); both other results have shape (n or 1, K, d).
    """
    d = mixture.means.shape[1]
    if x.ndim != 2 or x.shape[1] != d:
        raise ValueError(f"`x` must have shape (n, {d}), got {tuple(x.shape)}")
    a, s = signal.reshape(-1, 1, 1), noise.reshape(-1, 1, 1)
    variances = a**2 * mixture._variances.to(x) + s**2
    axes = mixture._axes.to(x)
    K = len(axes)
    turned = (x @ axes.permute(1, 0, 2).reshape(d, K * d)).reshape(-1, K, d)  # Q_kᵀ x, one product for all k
    y = turned - a * torch.einsum("kij,ki->kj", axes, mixture.means.to(x))
    quadratic = (y**2 / variances + torch.log(2 * math.pi * variances)).sum(2)
    return mixture.weights.to(x).log() - quadratic / 2, y, variances
