"""Diffusion models: the noising process, what a denoiser learns, and how samples are drawn with it."""

from runmath.generative.diffusion.elbo import (
    ELBOTerms,
    LinearGaussianChain,
    elbo_divergences,
    elbo_log_ratios,
    elbo_terms,
    posterior_gap,
    sample_paths,
)
from runmath.generative.diffusion.exact import DiffusedMixture, GaussianMixture
from runmath.generative.diffusion.gaussian import gaussian_kl
from runmath.generative.diffusion.losses import denoising_loss, elbo_weights, random_steps
from runmath.generative.diffusion.networks import PointDenoiser
from runmath.generative.diffusion.process import (
    posterior,
    q_sample,
    q_step,
    rates,
    to_noise,
    to_score,
    to_v,
    to_x0,
)
from runmath.generative.diffusion.samplers import DiffusionSamples, ddim_sample, ddim_steps, ddpm_sample
from runmath.generative.diffusion.schedule import Schedule, cosine_schedule, linear_schedule

__all__ = [
    "DiffusedMixture",
    "DiffusionSamples",
    "ELBOTerms",
    "GaussianMixture",
    "LinearGaussianChain",
    "PointDenoiser",
    "Schedule",
    "cosine_schedule",
    "ddim_sample",
    "ddim_steps",
    "ddpm_sample",
    "denoising_loss",
    "elbo_divergences",
    "elbo_log_ratios",
    "elbo_terms",
    "elbo_weights",
    "gaussian_kl",
    "linear_schedule",
    "posterior",
    "posterior_gap",
    "q_sample",
    "q_step",
    "random_steps",
    "rates",
    "sample_paths",
    "to_noise",
    "to_score",
    "to_v",
    "to_x0",
]
