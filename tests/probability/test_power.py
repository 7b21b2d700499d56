"""Power: simulation, another formula by quadrature, published sample sizes."""

import math

import numpy as np
import pytest
from runmath.probability import power_of_t_test, sample_size
from scipy import integrate, stats


def power_by_quadrature(effect, n, alpha, n_samples):
    """P(|Z + delta| > c S), with S the independent ratio of the estimated to the true deviation."""
    df, delta = n_samples * (n - 1), effect * math.sqrt(n / n_samples)
    c = stats.t.isf(alpha / 2, df)

    def integrand(s):
        density = stats.chi.pdf(s * math.sqrt(df), df) * math.sqrt(df)
        return density * (stats.norm.sf(c * s - delta) + stats.norm.cdf(-c * s - delta))

    return integrate.quad(integrand, 0, 12, points=[1], epsabs=1e-12, limit=200)[0]


@pytest.mark.parametrize("n_samples", [1, 2])
@pytest.mark.parametrize(("effect", "n"), [(0.5, 64), (-0.5, 64), (0.0, 5), (1.0, 2), (0.1, 900), (3.0, 4)])
def test_power_equals_the_integral_over_the_estimated_deviation(effect, n, n_samples):
    for alpha in (0.05, 0.001):
        expected = power_by_quadrature(effect, n, alpha, n_samples)
        assert power_of_t_test(effect, n, alpha=alpha, n_samples=n_samples) == pytest.approx(
            expected, abs=1e-9
        )


@pytest.mark.parametrize("n_samples", [1, 2])
def test_power_is_the_share_of_rejections(n_samples):
    rng = np.random.default_rng(n_samples)
    x = 0.7 + rng.standard_normal((20_000, 15))
    if n_samples == 1:
        p = stats.ttest_1samp(x, 0, axis=1)
    else:
        p = stats.ttest_ind(x, rng.standard_normal((20_000, 15)), axis=1)
    for alternative, statistic in (
        ("two-sided", abs(p.statistic)),
        ("greater", p.statistic),
        ("less", -p.statistic),
    ):
        tail = 0.025 if alternative == "two-sided" else 0.05
        share = (statistic >= stats.t.isf(tail, n_samples * 14)).mean()
        power = power_of_t_test(0.7, 15, n_samples=n_samples, alternative=alternative)
        assert share == pytest.approx(power, abs=4 * math.sqrt(0.25 / 20_000))


def test_without_an_effect_the_power_is_alpha():
    for alternative in ("two-sided", "less", "greater"):
        for alpha in (0.2, 0.05, 1e-4):
            assert power_of_t_test(0, 7, alpha=alpha, alternative=alternative) == pytest.approx(
                alpha, rel=1e-9
            )


def test_sides_are_mirror_images():
    assert power_of_t_test(0.4, 9, alternative="less") == power_of_t_test(-0.4, 9, alternative="greater")
    assert power_of_t_test(0.4, 9) == pytest.approx(power_of_t_test(-0.4, 9), rel=1e-12)


def test_sample_sizes_are_those_of_the_tables():
    # R's power.t.test, before rounding up: 393.4, 63.8 and 25.5 for two samples; 198.2, 33.4 and 14.3 for one
    assert [sample_size(d) for d in (0.2, 0.5, 0.8)] == [394, 64, 26]
    assert [sample_size(d, n_samples=1) for d in (0.2, 0.5, 0.8)] == [199, 34, 15]


@pytest.mark.parametrize("power", [0.3, 0.8, 0.99])
@pytest.mark.parametrize("effect", [0.15, 0.6, 2.5, 40.0])
def test_the_sample_size_suffices_and_one_less_does_not(effect, power):
    for options in ({}, {"n_samples": 1, "alternative": "greater"}, {"alpha": 0.01}):
        n = sample_size(effect, power=power, **options)
        assert power_of_t_test(effect, n, **options) >= power
        assert n == 2 or power_of_t_test(effect, n - 1, **options) < power


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: power_of_t_test(math.inf, 5), "`effect` must be finite"),
        (lambda: power_of_t_test(0.5, 1), "`n` must be at least 2"),
        (lambda: power_of_t_test(0.5, 5, alpha=0), "`alpha` must be between 0 and 1"),
        (lambda: power_of_t_test(0.5, 5, n_samples=3), "`n_samples` must be 1 or 2, got 3"),
        (lambda: power_of_t_test(0.5, 5, alternative="one-sided"), "`alternative` must be one of"),
        (lambda: sample_size(0.5, power=0.04), "`power` must be above `alpha` = 0.05"),
        (lambda: sample_size(0.5, power=1.0), "`power` must be above"),
        (lambda: sample_size(0.0), "`effect` must be large enough"),
        (lambda: sample_size(0.5, alternative="less"), "`effect` must be large enough"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("alpha", [1e-300, 1e-20, 0.5, 1 - 1e-12])
@pytest.mark.parametrize("n", [2, 10, 10**8])
def test_without_an_effect_the_power_is_any_alpha(alpha, n):
    for n_samples in (1, 2):
        for alternative in ("two-sided", "less", "greater"):
            power = power_of_t_test(0, n, alpha=alpha, n_samples=n_samples, alternative=alternative)
            assert power == pytest.approx(alpha, rel=1e-9)
