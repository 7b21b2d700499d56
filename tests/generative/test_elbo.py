"""The linear-Gaussian chain: both forms of the ELBO, their bound, their gap and their estimators."""

import math

import pytest
import torch
from runmath.generative.diffusion import (
    ELBOTerms,
    LinearGaussianChain,
    Schedule,
    cosine_schedule,
    elbo_divergences,
    elbo_log_ratios,
    elbo_terms,
    elbo_weights,
    linear_schedule,
    posterior_gap,
    sample_paths,
)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def arbitrary(T, seed=0):
    """A chain that nobody trained."""
    betas, slopes, variances = torch.rand(3, T + 1, generator=seeded(seed), dtype=torch.float64)
    schedule = Schedule.from_betas(0.05 + 0.9 * betas[1:])
    return LinearGaussianChain(schedule, 2 * slopes - 0.5, 0.2 + variances, prior_variance=1.7)


CHAINS = [arbitrary(T) for T in (1, 2, 3, 8)] + [
    LinearGaussianChain.reversal(linear_schedule(30), data_variance=0.3, variance="posterior"),
    LinearGaussianChain.reversal(cosine_schedule(12), data_variance=2.0),
]
EACH = pytest.mark.parametrize("chain", CHAINS, ids=["T1", "T2", "T3", "T8", "ddpm", "exact"])
X0 = torch.tensor([-2.0, 0.0, 0.5, 1.9], dtype=torch.float64)


def numbers(terms):
    return torch.column_stack([terms.reconstruction, terms.prior_matching, terms.consistency])


@EACH
def test_the_exact_likelihood_is_that_of_the_joint_normal(chain):
    """Against the marginal of the (T + 1)-dimensional precision matrix, assembled from the factors."""
    T = chain.schedule.n_steps
    P = torch.zeros(T + 1, T + 1, dtype=torch.float64)
    P[T, T] = 1 / chain.prior_variance
    for t in range(1, T + 1):
        row = torch.zeros(T + 1, dtype=torch.float64)
        row[t - 1], row[t] = 1.0, -chain.slopes[t]
        P += torch.outer(row, row) / chain.variances[t]
    variance = torch.linalg.inv(P)[0, 0].item()
    assert chain.marginal_variance == pytest.approx(variance, rel=1e-6)
    expected = torch.distributions.Normal(0.0, variance**0.5).log_prob(X0)
    torch.testing.assert_close(chain.log_prob(X0), expected, rtol=1e-6, atol=1e-9)


@EACH
def test_both_forms_have_the_same_expectation(chain):
    one, two = (elbo_terms(chain, X0, form=form) for form in (1, 2))
    torch.testing.assert_close(one.total, two.total, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(one.reconstruction, two.reconstruction)


@EACH
def test_the_gap_is_the_divergence_of_the_posteriors(chain):
    for x0 in X0:
        gap = chain.log_prob(x0) - elbo_terms(chain, x0[None], form=2).total[0]
        assert posterior_gap(chain, float(x0)) == pytest.approx(gap.item(), rel=1e-6, abs=1e-7)
        assert gap >= -1e-9


@EACH
@pytest.mark.parametrize("form", [1, 2])
def test_every_log_ratio_averages_to_its_exact_term(chain, form):
    n = 40_000
    paths = sample_paths(chain.schedule, 0.9, n, generator=seeded())
    drawn = numbers(elbo_log_ratios(chain, paths, form=form))
    exact = numbers(elbo_terms(chain, torch.tensor([0.9], dtype=torch.float64), form=form))[0]
    assert ((drawn.mean(0) - exact).abs() <= 4.5 * drawn.std(0) / n**0.5 + 1e-9).all()


@EACH
def test_closed_forms_average_to_the_exact_terms_of_form_2(chain):
    n = 40_000
    paths = sample_paths(chain.schedule, 0.9, n, generator=seeded())
    drawn = numbers(elbo_divergences(chain, paths))
    exact = numbers(elbo_terms(chain, torch.tensor([0.9], dtype=torch.float64), form=2))[0]
    assert ((drawn.mean(0) - exact).abs() <= 4.5 * drawn.std(0) / n**0.5 + 1e-9).all()
    assert (drawn[:, 1:] <= 1e-12).all()  # minus a divergence


@EACH
def test_on_every_path_both_forms_are_the_same_number(chain):
    paths = sample_paths(chain.schedule, -0.3, 50, generator=seeded())
    one, two = (elbo_log_ratios(chain, paths, form=form).total for form in (1, 2))
    torch.testing.assert_close(one, two, rtol=1e-8, atol=1e-8)


def test_replacing_a_draw_by_its_expectation_lowers_the_variance_of_every_term():
    chain = arbitrary(8)
    paths = sample_paths(chain.schedule, 0.5, 20_000, generator=seeded())
    ratios, closed = elbo_log_ratios(chain, paths, form=2), elbo_divergences(chain, paths)
    assert (closed.consistency.var(0) < ratios.consistency.var(0)).all()
    assert closed.variance_if_independent < ratios.variance_if_independent


@pytest.mark.parametrize("T", [1, 2, 40])
def test_the_exact_reversal_leaves_no_gap_where_the_prior_is_exact(T):
    """Standard normal data stay standard normal: then p is q, and every path gives log p(x_0) itself."""
    chain = LinearGaussianChain.reversal(cosine_schedule(T), data_variance=1.0)
    paths = sample_paths(chain.schedule, 1.1, 100, generator=seeded())
    exact = chain.log_prob(torch.tensor(1.1)).expand(100)
    torch.testing.assert_close(elbo_log_ratios(chain, paths, form=1).total, exact, rtol=1e-7, atol=1e-7)
    assert chain.marginal_variance == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize("data_variance", [0.3, 2.0])
def test_the_exact_reversal_begun_at_the_true_marginal_is_the_forward_process(data_variance):
    schedule = linear_schedule(30)
    reversal = LinearGaussianChain.reversal(schedule, data_variance=data_variance)
    last = float(schedule.alpha_bars[-1] * data_variance + schedule.noise_variances[-1])
    chain = LinearGaussianChain(schedule, reversal.slopes, reversal.variances, prior_variance=last)
    assert chain.marginal_variance == pytest.approx(data_variance, rel=1e-9)
    paths = sample_paths(schedule, 1.1, 100, generator=seeded())
    exact = chain.log_prob(torch.tensor(1.1, dtype=torch.float64)).expand(100)
    torch.testing.assert_close(elbo_log_ratios(chain, paths, form=2).total, exact, rtol=1e-7, atol=1e-7)


def test_one_step_is_the_elbo_of_an_autoencoder():
    """Against E log p(x | z) - KL(q(z | x) ‖ p(z)) by torch.distributions and Gauss-Hermite quadrature."""
    import numpy as np

    chain = arbitrary(1)
    D, x = torch.distributions, 0.8
    schedule = chain.schedule
    q = D.Normal(schedule.alphas[1].sqrt() * x, schedule.betas[1].sqrt())
    nodes, weights = (torch.as_tensor(v) for v in np.polynomial.hermite_e.hermegauss(20))
    z = q.mean + q.stddev * nodes
    likelihood = D.Normal(chain.slopes[1] * z, chain.variances[1].sqrt()).log_prob(torch.tensor(x).double())
    reconstruction = (weights * likelihood).sum() / weights.sum()
    divergence = D.kl_divergence(q, D.Normal(torch.tensor(0.0).double(), math.sqrt(1.7)))
    terms = elbo_terms(chain, torch.tensor([x], dtype=torch.float64), form=2)
    torch.testing.assert_close(terms.reconstruction[0], reconstruction)
    torch.testing.assert_close(terms.prior_matching[0], -divergence)
    assert terms.consistency.shape == (1, 0)


def test_consistency_terms_are_the_weighted_errors_that_networks_are_trained_on():
    schedule = linear_schedule(30)
    chain = LinearGaussianChain.reversal(schedule, data_variance=0.3, variance="posterior")
    terms = elbo_terms(chain, X0, form=2).consistency
    a, s2 = schedule.alpha_bars[2:].sqrt(), schedule.noise_variances[2:]
    gain = a * 0.3 / (a**2 * 0.3 + s2)  # x̂_0 = gain · x_t
    error = (X0[:, None] * (1 - gain * a)) ** 2 + gain**2 * s2  # E (x_0 - x̂_0)²
    torch.testing.assert_close(
        -terms, elbo_weights(schedule, predicts="x0")[2:] * error, rtol=1e-7, atol=1e-10
    )


def test_paths_are_the_forward_process():
    schedule, n = linear_schedule(30), 40_000
    paths = sample_paths(schedule, 1.5, n, generator=seeded())
    assert paths.shape == (n, 31)
    mean, var = schedule.alpha_bars.sqrt() * 1.5, schedule.noise_variances
    assert ((paths.mean(0) - mean).abs() <= 4.5 * (var / n).sqrt()).all()
    assert ((paths.var(0) - var).abs() <= 4.5 * var * (2 / n) ** 0.5).all()


def test_totals_add_all_terms_up():
    terms = ELBOTerms(torch.tensor([1.0]), torch.tensor([2.0]), torch.tensor([[3.0, 4.0]]))
    assert terms.total.tolist() == [10.0]


def test_bad_input_is_refused():
    chain = arbitrary(3)
    with pytest.raises(ValueError, match="`form` must be 1 or 2, got 3"):
        elbo_terms(chain, X0, form=3)
    with pytest.raises(ValueError, match="`form` must be 1 or 2"):
        elbo_log_ratios(chain, torch.zeros(1, 4), form=0)
    with pytest.raises(ValueError, match=r"`paths` must have shape \(n, 4\), got \(1, 3\)"):
        elbo_divergences(chain, torch.zeros(1, 3))
    with pytest.raises(ValueError, match="`x0` must be a vector"):
        elbo_terms(chain, X0[0], form=1)
    with pytest.raises(ValueError, match="`variance` must be exact or posterior, got 'beta'"):
        LinearGaussianChain.reversal(chain.schedule, data_variance=1.0, variance="beta")
    with pytest.raises(ValueError, match="`slopes` must have shape"):
        LinearGaussianChain(chain.schedule, torch.zeros(3), chain.variances)
    with pytest.raises(ValueError, match="`variances` and `prior_variance` must be positive"):
        LinearGaussianChain(chain.schedule, chain.slopes, 0 * chain.variances)
    with pytest.raises(TypeError, match="`generator` must be"):
        sample_paths(chain.schedule, 0.0, 3, generator=7)
