"""A chain of Gaussian steps on the line: exact log-likelihood, and both forms of the ELBO term by term.

q is the forward process from a given x_0; the model is p(x_T) ∏ p(x_{t-1} | x_t) with Gaussian factors whose means
are linear in x_t. Everything that a diffusion model has to estimate is known here.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from runmath.core import as_integer
from runmath.generative.diffusion.gaussian import gaussian_kl
from runmath.generative.diffusion.losses import check_generator
from runmath.generative.diffusion.process import posterior_coefficients, q_step
from runmath.generative.diffusion.schedule import Schedule


@dataclass(frozen=True, eq=False)
class LinearGaussianChain:
    """The model p(x_T) = N(0, prior_variance), p(x_{t-1} | x_t) = N(m_t x_t, s_t²) on the line.

    Parameters
    ----------
    schedule : Schedule
        Of the forward process q.
    slopes, variances : Tensor of shape (T + 1,), float64
        m_t and s_t² > 0; entry 0 is not used.
    prior_variance : float

    Raises
    ------
    ValueError
        If shapes do not fit or a variance is not positive.

    References
    ----------
    luo2022understanding, Sections 4 and 5. Chapter: generative/diffusion.

    Examples
    --------
    >>> chain = LinearGaussianChain.reversal(Schedule.from_betas([0.5, 0.5]), data_variance=1.0)
    >>> chain.marginal_variance
    1.0
    """

    schedule: Schedule
    slopes: Tensor
    variances: Tensor
    prior_variance: float = 1.0

    def __post_init__(self):
        shape = (self.schedule.n_steps + 1,)
        for name in ("slopes", "variances"):
            if getattr(self, name).shape != shape:
                raise ValueError(f"`{name}` must have shape {shape}, got {tuple(getattr(self, name).shape)}")
        if not ((self.variances[1:] > 0).all() and self.prior_variance > 0):
            raise ValueError("`variances` and `prior_variance` must be positive, got one that is not")

    @classmethod
    def reversal(
        cls, schedule: Schedule, *, data_variance: float, variance: str = "exact"
    ) -> LinearGaussianChain:
        """Return the best reverse steps for data N(0, data_variance), with p(x_T) = N(0, 1).

        The means are E[x_{t-1} | x_t]. The variances are those of q(x_{t-1} | x_t) where `variance` is "exact"; of
        q(x_{t-1} | x_t, x_0), with β_1 for t = 1, where it is "posterior", as in DDPM.

        Raises
        ------
        ValueError
            If `variance` is unknown.

        Examples
        --------
        >>> LinearGaussianChain.reversal(Schedule.from_betas([0.75]), data_variance=1.0).slopes
        tensor([0.0000, 0.5000], dtype=torch.float64)
        """
        if variance not in ("exact", "posterior"):
            raise ValueError(f"`variance` must be exact or posterior, got {variance!r}")
        marginal = schedule.alpha_bars * data_variance + schedule.noise_variances  # of q(x_t)
        slopes, variances = torch.zeros_like(marginal), torch.zeros_like(marginal)
        shrink = marginal[:-1] / marginal[1:]
        slopes[1:] = schedule.alphas[1:].sqrt() * shrink
        variances[1:] = schedule.betas[1:] * shrink
        if variance == "posterior":
            variances = schedule.posterior_variances.clone()
            variances[1] = schedule.betas[1]
        return cls(schedule, slopes, variances)

    @property
    def marginal_variance(self) -> float:
        """The variance of p(x_0), which is N(0, ·): the recursion v ← m_t² v + s_t² from t = T to 1."""
        v = self.prior_variance
        for m, s2 in zip(self.slopes[1:].flip(0), self.variances[1:].flip(0), strict=True):
            v = float(m**2 * v + s2)
        return v

    def log_prob(self, x0: Tensor) -> Tensor:
        """Return the exact log p(x_0) at every entry of x0."""
        return _log_normal(x0, 0.0, self.marginal_variance)


@dataclass(frozen=True, eq=False)
class ELBOTerms:
    """The terms of one form of the ELBO, with the signs with which they are added.

    Parameters
    ----------
    reconstruction : Tensor of shape (n,)
        Of log p(x_0 | x_1).
    prior_matching : Tensor of shape (n,)
        Form 1: of log p(x_T) / q(x_T | x_{T-1}). Form 2: of log p(x_T) / q(x_T | x_0).
    consistency : Tensor of shape (n, T - 1)
        Form 1, t = 1, ..., T - 1: of log p(x_t | x_{t+1}) / q(x_t | x_{t-1}).
        Form 2, t = 2, ..., T: of log p(x_{t-1} | x_t) / q(x_{t-1} | x_t, x_0).
    """

    reconstruction: Tensor
    prior_matching: Tensor
    consistency: Tensor

    @property
    def total(self) -> Tensor:
        """The sum of all terms, of shape (n,)."""
        return self.reconstruction + self.prior_matching + self.consistency.sum(1)

    @property
    def variance_if_independent(self) -> float:
        """The sample variance of the sum if each term had draws of its own: the sum of their variances."""
        terms = torch.column_stack([self.reconstruction, self.prior_matching, self.consistency])
        return float(terms.var(0).sum())


def sample_paths(schedule: Schedule, x0: float, n: int, *, generator: torch.Generator) -> Tensor:
    """Return n paths x_0, x_1, ..., x_T of the forward chain from x_0, a float64 tensor of shape (n, T + 1).

    Raises
    ------
    TypeError, ValueError
        If `n` is not a positive integer or `generator` no generator.

    Examples
    --------
    >>> schedule = Schedule.from_betas([0.1, 0.2])
    >>> sample_paths(schedule, 3.0, 5, generator=torch.Generator().manual_seed(0)).shape
    torch.Size([5, 3])
    """
    check_generator(generator)
    n, T = as_integer(n, "n"), schedule.n_steps
    noise = torch.randn(T, n, dtype=torch.float64, generator=generator)
    path = [torch.full((n,), float(x0), dtype=torch.float64)]
    for t in range(1, T + 1):
        path.append(q_step(schedule, path[-1], t, noise[t - 1]))
    return torch.stack(path, 1)


def elbo_log_ratios(chain: LinearGaussianChain, paths: Tensor, *, form: int) -> ELBOTerms:
    """Return the logarithms whose expectations are the terms of the ELBO, on paths drawn from q.

    Parameters
    ----------
    chain : LinearGaussianChain
    paths : Tensor of shape (n, T + 1)
        From `sample_paths`.
    form : {1, 2}
        Which way log p(x_{0:T}) / q(x_{1:T} | x_0) is cut into terms; see `ELBOTerms`.

    Returns
    -------
    ELBOTerms

    Raises
    ------
    ValueError
        If `form` is neither 1 nor 2, or `paths` has another number of columns than T + 1.

    Notes
    -----
    The total is the same number for both forms on every path, since ∏ q(x_{t-1} | x_0) / q(x_t | x_0) telescopes.

    Examples
    --------
    >>> chain = LinearGaussianChain.reversal(Schedule.from_betas([0.1, 0.2, 0.3]), data_variance=2.0)
    >>> paths = sample_paths(chain.schedule, 1.0, 4, generator=torch.Generator().manual_seed(0))
    >>> one, two = (elbo_log_ratios(chain, paths, form=form).total for form in (1, 2))
    >>> torch.allclose(one, two)
    True
    """
    _check_form(form)
    schedule, x = _check_paths(chain, paths), paths
    backward = _log_normal(x[:, :-1], chain.slopes[1:] * x[:, 1:], chain.variances[1:])  # t = 1 ... T
    log_prior = _log_normal(x[:, -1], 0.0, chain.prior_variance)
    if form == 1:
        forward = _log_normal(x[:, 1:], schedule.alphas[1:].sqrt() * x[:, :-1], schedule.betas[1:])
        return ELBOTerms(backward[:, 0], log_prior - forward[:, -1], backward[:, 1:] - forward[:, :-1])
    mean, variance = _posterior_tables(schedule, x)
    log_posterior = _log_normal(x[:, 1:-1], mean[:, 1:], variance[1:])  # t = 2 ... T
    last = _log_normal(x[:, -1], schedule.alpha_bars[-1].sqrt() * x[:, 0], schedule.noise_variances[-1])
    return ELBOTerms(backward[:, 0], log_prior - last, backward[:, 1:] - log_posterior)


def elbo_divergences(chain: LinearGaussianChain, paths: Tensor) -> ELBOTerms:
    """Return the terms of form 2 on paths, with every divergence in closed form instead of a log ratio.

    -KL(q(x_{t-1} | x_t, x_0) ‖ p(x_{t-1} | x_t)) depends on x_t alone, and -KL(q(x_T | x_0) ‖ p(x_T)) on nothing
    random: the draw of x_{t-1} is replaced by its expectation.

    Parameters
    ----------
    chain : LinearGaussianChain
    paths : Tensor of shape (n, T + 1)

    Returns
    -------
    ELBOTerms

    Examples
    --------
    >>> chain = LinearGaussianChain.reversal(Schedule.from_betas([0.5, 0.5]), data_variance=1.0)
    >>> terms = elbo_divergences(chain, torch.zeros(1, 3, dtype=torch.float64))
    >>> [round(float(x), 4) for x in (terms.reconstruction, terms.prior_matching, terms.consistency)]
    [-0.5724, -0.0188, -0.0361]
    """
    schedule, x = _check_paths(chain, paths), paths
    reconstruction = _log_normal(x[:, 0], chain.slopes[1] * x[:, 1], chain.variances[1])
    mean, variance = _posterior_tables(schedule, x)
    consistency = -_kl(mean[:, 1:], variance[1:], chain.slopes[2:] * x[:, 2:], chain.variances[2:])
    last = schedule.alpha_bars[-1].sqrt() * x[:, 0]
    P = torch.tensor(chain.prior_variance, dtype=torch.float64)
    prior_matching = -_kl(last, schedule.noise_variances[-1], 0.0, P)
    return ELBOTerms(reconstruction, prior_matching, consistency)


def elbo_terms(chain: LinearGaussianChain, x0: Tensor, *, form: int) -> ELBOTerms:
    """Return the exact expectation under q of every term of the ELBO.

    Parameters
    ----------
    chain : LinearGaussianChain
    x0 : Tensor of shape (n,), float64
    form : {1, 2}

    Returns
    -------
    ELBOTerms

    Raises
    ------
    ValueError
        If `form` is neither 1 nor 2, or `x0` is not a vector.

    Notes
    -----
    E log N(x; m y, s²) = -½ log 2πs² - (var(x) - 2 m cov(x, y) + m² var(y) + (E x - m E y)²) / 2s².

    Examples
    --------
    >>> chain = LinearGaussianChain.reversal(Schedule.from_betas([0.5, 0.5]), data_variance=1.0)
    >>> x0 = torch.zeros(1, dtype=torch.float64)
    >>> totals = [elbo_terms(chain, x0, form=form).total.item() for form in (1, 2)]
    >>> [round(total, 9) for total in totals], round(chain.log_prob(x0).item(), 9)
    ([-0.918938533, -0.918938533], -0.918938533)
    """
    _check_form(form)
    if x0.ndim != 1:
        raise ValueError(f"`x0` must be a vector, got shape {tuple(x0.shape)}")
    schedule, m, s2 = chain.schedule, chain.slopes[1:], chain.variances[1:]
    mean = schedule.alpha_bars.sqrt() * x0[:, None]  # of x_t given x_0, (n, T + 1)
    var = schedule.noise_variances
    cov = schedule.alphas[1:].sqrt() * var[:-1]  # of x_{t-1} and x_t
    square = var[:-1] - 2 * m * cov + m**2 * var[1:] + (mean[:, :-1] - m * mean[:, 1:]) ** 2
    backward = -(torch.log(2 * math.pi * s2) + square / s2) / 2  # E log p(x_{t-1} | x_t), t = 1 ... T
    P = torch.tensor(chain.prior_variance, dtype=torch.float64)
    log_prior = -(torch.log(2 * math.pi * P) + (var[-1] + mean[:, -1] ** 2) / P) / 2
    if form == 1:
        forward = _negative_entropy(schedule.betas[1:])
        return ELBOTerms(backward[:, 0], log_prior - forward[-1], backward[:, 1:] - forward[:-1])
    log_posterior = _negative_entropy(schedule.posterior_variances[2:])
    return ELBOTerms(backward[:, 0], log_prior - _negative_entropy(var[-1]), backward[:, 1:] - log_posterior)


def posterior_gap(chain: LinearGaussianChain, x0: float) -> float:
    """Return KL(q(x_{1:T} | x_0) ‖ p(x_{1:T} | x_0)), by which the ELBO falls short of log p(x_0).

    Notes
    -----
    Computed from the two T-dimensional normal distributions, in O(T³), and not from the ELBO.

    Examples
    --------
    >>> schedule = Schedule.from_betas([0.5, 0.5])
    >>> round(posterior_gap(LinearGaussianChain.reversal(schedule, data_variance=1.0), 3.0), 9)
    0.0
    """
    schedule, T = chain.schedule, chain.schedule.n_steps
    B = torch.zeros(T + 1, T + 1, dtype=torch.float64)  # x = B z with z standard normal
    B[T, T] = math.sqrt(chain.prior_variance)
    for t in range(T, 0, -1):
        B[t - 1] = chain.slopes[t] * B[t]
        B[t - 1, t - 1] = chain.variances[t].sqrt()
    C = B @ B.T
    mean_p = C[1:, 0] / C[0, 0] * x0  # condition on x_0
    cov_p = C[1:, 1:] - C[1:, :1] @ C[:1, 1:] / C[0, 0]
    signal = schedule.alpha_bars[1:].sqrt()
    earlier = torch.minimum(torch.arange(T)[:, None], torch.arange(T)[None, :])
    cov_q = (
        signal[:, None] * signal / schedule.alpha_bars[1:][earlier] * schedule.noise_variances[1:][earlier]
    )
    return float(gaussian_kl(signal * x0, cov_q, mean_p, cov_p))


def _posterior_tables(schedule: Schedule, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean (n, T) and variance (T,) of q(x_{t-1} | x_t, x_0) along paths, t = 1, ..., T."""
    of_x_t, of_x0 = posterior_coefficients(schedule)
    return of_x_t[1:] * x[:, 1:] + of_x0[1:] * x[:, :1], schedule.posterior_variances[1:]


def _log_normal(x: Tensor, mean: Tensor | float, variance: Tensor | float) -> Tensor:
    variance = torch.as_tensor(variance, dtype=torch.float64)
    return -(torch.log(2 * math.pi * variance) + (x - mean) ** 2 / variance) / 2


def _negative_entropy(variance: Tensor) -> Tensor:
    """Return E log N(x; μ, variance) under itself."""
    return -(torch.log(2 * math.pi * variance) + 1) / 2


def _kl(mean_q: Tensor, var_q: Tensor, mean_p: Tensor | float, var_p: Tensor) -> Tensor:
    return (torch.log(var_p / var_q) - 1 + (var_q + (mean_p - mean_q) ** 2) / var_p) / 2


def _check_form(form: int) -> None:
    if form not in (1, 2):
        raise ValueError(f"`form` must be 1 or 2, got {form!r}")


def _check_paths(chain: LinearGaussianChain, paths: Tensor) -> Schedule:
    if paths.ndim != 2 or paths.shape[1] != chain.schedule.n_steps + 1:
        raise ValueError(
            f"`paths` must have shape (n, {chain.schedule.n_steps + 1}), got {tuple(paths.shape)}"
        )
    return chain.schedule
