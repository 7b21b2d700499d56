"""Stable distributions: closed forms, an independent inversion, tails, sums, samples, and fits."""

import mpmath
import numpy as np
import pytest
from runmath.probability import Stable
from scipy import stats
from scipy.special import gamma

CASES = [
    (1.5, 0),
    (1.5, 1),
    (1.8, -1),
    (0.5, 0.8),
    (0.7, -0.4),
    (1.0, 0.5),
    (1.0, -1),
    (1.02, 0.5),
    (1.999, 0.9),
    (2.0, 0),
]


def inverted_pdf(S, z):
    """Return the density by integrating the characteristic function over short panels."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    edges, last = [0.0], 40 ** (1 / S.alpha)
    while edges[-1] < last:
        edges.append(edges[-1] + min(max(edges[-1] / 2, 1e-6), 2 * np.pi / max(abs(z), 0.3)))
    a, b = np.array(edges[:-1])[:, None], np.array(edges[1:])[:, None]
    t = (a + b) / 2 + (b - a) / 2 * nodes
    values = (np.exp(-1j * t * z) * S.characteristic_function(t)).real
    return ((b - a) / 2 * weights * values).sum() / np.pi


@pytest.mark.parametrize(("alpha", "beta"), CASES)
def test_the_density_inverts_the_characteristic_function(alpha, beta):
    S = Stable(alpha, beta)
    zeta = -beta * np.tan(np.pi * alpha / 2) if alpha not in (1, 2) else 0.3
    for z in (-8, -1, 0, 0.2, 2.0, 20, zeta, zeta - 1e-9, zeta + 1e-4):
        assert S.pdf(z) == pytest.approx(inverted_pdf(S, z), abs=2e-13)


@pytest.mark.parametrize(("alpha", "beta"), [(0.2, 0.1), (0.3, 0.2), (0.5, -0.5), (0.7, 0.9)])
@pytest.mark.parametrize("x", [0.5, 3.0, 1e3])
def test_below_one_the_density_is_the_convergent_series(alpha, beta, x):
    with mpmath.workdps(30):
        skew = beta * mpmath.tan(mpmath.pi * alpha / 2)
        rho = (1 + 2 / (mpmath.pi * alpha) * mpmath.atan(skew)) / 2
        unit = (1 + skew**2) ** (1 / (2 * mpmath.mpf(alpha)))
        y = mpmath.mpf(x) / unit
        series = mpmath.nsum(
            lambda k: (
                (-1) ** (int(k) + 1)
                * mpmath.gamma(k * alpha + 1)
                / mpmath.factorial(k)
                * mpmath.sin(k * mpmath.pi * alpha * rho)
                * y ** (-k * alpha)
            ),
            [1, mpmath.inf],
            method="d",
        )
        exact = float(series / (mpmath.pi * y) / unit)
    assert float(Stable(alpha, beta, parametrisation="S1").pdf(x)) == pytest.approx(exact, rel=1e-13)


def test_normal_cauchy_and_levy_are_closed_forms():
    x = np.linspace(-5, 5, 41)
    np.testing.assert_allclose(
        Stable(2, 0.3, 1.5, 1).pdf(x), stats.norm(1, 1.5 * np.sqrt(2)).pdf(x), rtol=1e-13
    )
    np.testing.assert_allclose(
        Stable(2, 0.3, 1.5, 1).cdf(x), stats.norm(1, 1.5 * np.sqrt(2)).cdf(x), rtol=1e-12
    )
    np.testing.assert_allclose(Stable(1, 0, 2, 1).pdf(x), stats.cauchy(1, 2).pdf(x), rtol=1e-13)
    np.testing.assert_allclose(Stable(1, 0, 2, 1).cdf(x), stats.cauchy(1, 2).cdf(x), rtol=1e-13)
    levy = Stable(0.5, 1, 2, 1, "S1")
    np.testing.assert_allclose(levy.pdf(x), stats.levy(1, 2).pdf(x), rtol=1e-11, atol=1e-300)
    np.testing.assert_allclose(levy.cdf(x), stats.levy(1, 2).cdf(x), rtol=1e-11, atol=1e-300)


def test_scipy_agrees(monkeypatch):
    monkeypatch.setattr(stats.levy_stable, "parameterization", "S1")
    x = np.array([-3.0, 0.4, 5.0])
    for alpha, beta in ((1.5, 0.5), (0.8, -0.3)):
        ours = Stable(alpha, beta, 2, 1, "S1")
        np.testing.assert_allclose(ours.pdf(x), stats.levy_stable.pdf(x, alpha, beta, 1, 2), rtol=1e-6)


@pytest.mark.parametrize(("alpha", "beta"), CASES)
def test_distribution_and_survival_function_sum_to_one_and_rise_with_the_density(alpha, beta):
    S = Stable(alpha, beta, 1.3, -0.4)
    x = np.linspace(-6.03, 7, 30)
    np.testing.assert_allclose(S.cdf(x) + S.sf(x), 1, rtol=1e-13)
    slope = (S.cdf(x + 1e-5) - S.cdf(x - 1e-5)) / 2e-5
    np.testing.assert_allclose(slope, S.pdf(x), rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize(("alpha", "beta"), [(1.5, 0.5), (0.7, -0.4), (1.0, 0.5), (1.0, -0.9), (1.9, 1)])
def test_tails_keep_their_relative_precision(alpha, beta):
    x = np.array([1e8, 1e12]) if alpha >= 1 else np.array([1e12, 1e18])
    constant = gamma(alpha) * np.sin(np.pi * alpha / 2) / np.pi
    np.testing.assert_allclose(Stable(alpha, beta).sf(x) * x**alpha, (1 + beta) * constant, rtol=2e-5)
    np.testing.assert_allclose(Stable(alpha, -beta).cdf(-x) * x**alpha, (1 + beta) * constant, rtol=2e-5)


def test_s0_is_continuous_in_alpha_at_one_and_s1_is_not():
    x = np.array([-3.0, 0, 2, 10])
    exact = Stable(1, 0.5).cdf(x)
    for step in (1e-3, 1e-5, -1e-5, 1e-9):
        slope = abs(Stable(1 + step, 0.5).cdf(x) - exact).max() / abs(step)
        assert slope == pytest.approx(0.1738, abs=2e-3)
    assert abs(Stable(1 + 1e-3, 0.5, parametrisation="S1").cdf(x) - exact).max() > 0.3


@pytest.mark.parametrize("alpha", [0.6, 1.0, 1.4])
def test_parametrisations_are_the_same_distribution(alpha):
    first = Stable(alpha, 0.7, 2.5, 1.0, "S1")
    second = first.to("S0")
    t = np.array([-2.0, -0.3, 0.0, 0.5, 3])
    u = 2.5 * abs(t)
    with np.errstate(divide="ignore", invalid="ignore"):
        at_one = np.where(u > 0, -2 / np.pi * np.log(abs(t)), 0)
        skew = at_one if alpha == 1 else np.tan(np.pi * alpha / 2)
    by_definition = np.exp(-(u**alpha) * (1 - 0.7j * np.sign(t) * skew) + 1j * t)
    np.testing.assert_allclose(first.characteristic_function(t), by_definition, rtol=1e-12)
    np.testing.assert_allclose(second.characteristic_function(t), by_definition, rtol=1e-12)
    back = second.to("S1")
    assert (back.loc, back.parametrisation) == (pytest.approx(1.0), "S1")


@pytest.mark.parametrize(("alpha", "beta"), CASES)
@pytest.mark.parametrize("parametrisation", ["S0", "S1"])
def test_samples_follow_the_distribution(alpha, beta, parametrisation):
    S = Stable(alpha, beta, 2.0, 3.0, parametrisation)
    assert stats.kstest(S.sample(1000, rng=1), S.cdf).pvalue > 1e-3


@pytest.mark.parametrize(("alpha", "beta"), [(1.5, 0.5), (1.0, 0.5), (0.7, -0.5), (1.8, 0)])
def test_a_fit_finds_the_parameters(alpha, beta):
    true = Stable(alpha, beta, 2.0, 3.0)
    fits = [Stable.fit(true.sample(5000, rng=seed)) for seed in range(20)]
    for name, tolerance in (("alpha", 0.02), ("beta", 0.05), ("scale", 0.05), ("loc", 0.1)):
        values = [getattr(fit, name) for fit in fits]
        assert np.mean(values) == pytest.approx(getattr(true, name), abs=tolerance)
        assert np.std(values) < 4 * tolerance


def test_a_fit_of_normal_data_is_nearly_normal():
    fit = Stable.fit(np.random.default_rng(0).standard_normal(20_000))
    assert fit.alpha > 1.97
    assert fit.scale == pytest.approx(1 / np.sqrt(2), rel=0.02)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Stable(0), r"`alpha` must be in \(0, 2\], got 0"),
        (lambda: Stable(2.1), "`alpha` must be"),
        (lambda: Stable(1.5, 1.1), r"`beta` must be in \[-1, 1\], got 1.1"),
        (lambda: Stable(1.5, 0, 0), "`scale` must be positive"),
        (lambda: Stable(1.5, 0, 1, np.nan), "`loc` must be finite"),
        (lambda: Stable(1.5, 0, 1, 0, "A"), "`parametrisation` must be 'S0' or 'S1', got 'A'"),
        (lambda: Stable(1.5).to("B"), "`parametrisation` must be"),
        (lambda: Stable(1.5).sample(0, rng=0), "`n` must"),
        (lambda: Stable.fit(np.arange(5)), "at least 10 values, got 5"),
        (lambda: Stable.fit([0.0] * 9 + [1.0]), "quartiles are equal"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("delta", [0.0, 1e-15, -1e-13, 1e-10, 1e-8, -1e-7, 1e-5])
def test_samples_and_characteristic_function_are_continuous_at_alpha_one(delta):
    S, one = Stable(1 + delta, 0.8, 2.0, 0.5), Stable(1, 0.8, 2.0, 0.5)
    t = np.array([0.1, 0.5, 2.0])
    near = 20 * abs(delta) + 1e-14
    np.testing.assert_allclose(S.characteristic_function(t), one.characteristic_function(t), atol=near)
    x, y = S.sample(500, rng=0), one.sample(500, rng=0)
    assert np.median(np.abs(x / y - 1)) < 20 * abs(delta) + 1e-7


@pytest.mark.parametrize(
    "S", [Stable(1.5, 0.5), Stable(0.5, 1), Stable(0.1, 0.3), Stable(1), Stable(1, 0.5), Stable(2)]
)
def test_infinite_and_missing_points(S):
    x = np.array([np.nan, -np.inf, np.inf, -1e300, 1e300])
    np.testing.assert_array_equal(S.pdf(x)[:3], [np.nan, 0, 0])
    np.testing.assert_array_equal(S.cdf(x)[:3], [np.nan, 0, 1])
    np.testing.assert_array_equal(S.sf(x)[:3], [np.nan, 1, 0])
    assert (S.cdf(x[3:]) >= 0).all()


def test_a_fit_with_a_clipped_skewness_has_the_location_that_goes_with_it():
    x = np.random.default_rng(0).exponential(size=5000)
    fitted = Stable.fit(x)
    assert fitted.beta == 1
    unit = np.subtract(*np.quantile(x, [0.75, 0.25])) / 2
    t = np.linspace(0.1, 1.0, 10) / unit
    phi = np.exp(1j * np.outer(t, x - np.median(x))).mean(axis=1)

    def misfit(loc):
        moved = Stable(fitted.alpha, 1.0, fitted.scale, loc - np.median(x))
        return ((np.angle(phi) - np.angle(moved.characteristic_function(t))) ** 2).sum()

    assert misfit(fitted.loc) < min(misfit(fitted.loc - 0.005), misfit(fitted.loc + 0.005))
