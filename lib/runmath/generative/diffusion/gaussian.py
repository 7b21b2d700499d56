"""Kullback-Leibler divergence of two multivariate normal distributions."""

from __future__ import annotations

import torch
from torch import Tensor


def gaussian_kl(mean_q: Tensor, cov_q: Tensor, mean_p: Tensor, cov_p: Tensor) -> Tensor:
    """Return KL(q ‖ p) = ½ (log |Σ_p| / |Σ_q| - d + tr(Σ_p⁻¹ Σ_q) + (μ_p - μ_q)ᵀ Σ_p⁻¹ (μ_p - μ_q)) in nats.

    Parameters
    ----------
    mean_q, mean_p : Tensor of shape (d,)
    cov_q, cov_p : Tensor of shape (d, d)
        Symmetric positive definite.

    Returns
    -------
    Tensor of shape ()

    Raises
    ------
    ValueError
        If shapes do not fit or a covariance is not positive definite.

    Notes
    -----
    O(d³). With Cholesky factors Σ = L Lᵀ no inverse is formed: the trace is ‖L_p⁻¹ L_q‖_F², the last term
    ‖L_p⁻¹ (μ_p - μ_q)‖², and the determinants are products of diagonals. The same as
    `torch.distributions.kl_divergence` of two `MultivariateNormal`.

    References
    ----------
    Chapter: generative/diffusion.

    Examples
    --------
    >>> I = torch.eye(2)
    >>> gaussian_kl(torch.zeros(2), I, torch.tensor([3.0, 4.0]), I).item()
    12.5
    """
    d = len(mean_q)
    for name, x, shape in (
        ("mean_q", mean_q, (d,)),
        ("mean_p", mean_p, (d,)),
        ("cov_q", cov_q, (d, d)),
        ("cov_p", cov_p, (d, d)),
    ):
        if x.shape != shape:
            raise ValueError(f"`{name}` must have shape {shape}, got {tuple(x.shape)}")
    L_q, L_p = _cholesky(cov_q, "cov_q"), _cholesky(cov_p, "cov_p")
    whitened = torch.linalg.solve_triangular(L_p, L_q, upper=False)
    shift = torch.linalg.solve_triangular(L_p, (mean_p - mean_q)[:, None], upper=False)
    log_ratio = 2 * (L_p.diagonal().log().sum() - L_q.diagonal().log().sum())
    return (log_ratio - d + whitened.square().sum() + shift.square().sum()) / 2


def _cholesky(cov: Tensor, name: str) -> Tensor:
    L, info = torch.linalg.cholesky_ex(cov)
    if info:
        raise ValueError(
            f"`{name}` must be positive definite, got one that is not (leading minor {int(info)})"
        )
    return L
