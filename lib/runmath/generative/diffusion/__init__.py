"""Diffusion models: the noising process, what a denoiser learns, and how samples are drawn with it."""

from runmath.generative.diffusion.losses import denoising_loss, elbo_weights, random_steps
from runmath.generative.diffusion.process import (
    posterior,
    q_sample,
    q_step,
    to_noise,
    to_score,
    to_v,
    to_x0,
)
from runmath.generative.diffusion.samplers import DiffusionSamples, ddim_sample, ddim_steps, ddpm_sample
from runmath.generative.diffusion.schedule import Schedule, cosine_schedule, linear_schedule

__all__ = [
    "DiffusionSamples",
    "Schedule",
    "cosine_schedule",
    "ddim_sample",
    "ddim_steps",
    "ddpm_sample",
    "denoising_loss",
    "elbo_weights",
    "linear_schedule",
    "posterior",
    "q_sample",
    "q_step",
    "random_steps",
    "to_noise",
    "to_score",
    "to_v",
    "to_x0",
]
