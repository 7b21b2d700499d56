"""Intervals for metrics: published values, SciPy's, and measured coverage."""

import numpy as np
import pytest
from runmath.classic_ml import evaluation as ev
from scipy.stats import binom, binomtest


@pytest.mark.parametrize(("kind", "name"), [("wilson", "wilson"), ("exact", "exact")])
def test_intervals_for_a_share_are_scipys(kind, name):
    for n in (1, 5, 40, 1000):
        for k in {0, 1, n // 3, n}:
            theirs = binomtest(k, n).proportion_ci(0.9, method=name)
            ours = ev.proportion_interval(k, n, kind=kind, confidence=0.9)
            assert ours == pytest.approx((theirs.low, theirs.high), rel=1e-10, abs=1e-14)


def coverage(kind, n, p):
    """Return the probability that the interval contains p, summed over all counts."""
    held = [low <= p <= high for low, high in (ev.proportion_interval(k, n, kind=kind) for k in range(n + 1))]
    return binom.pmf(np.arange(n + 1), n, p)[held].sum()


@pytest.mark.parametrize("p", [0.5, 0.8, 0.9, 0.95])
def test_coverage_of_a_share_is_that_of_theory(p):
    """Exact, by summation: Clopper-Pearson never below 95 %, Wald below Wilson, Wilson near 95 %."""
    for n in (10, 30, 100):
        assert coverage("exact", n, p) >= 0.95
        assert abs(coverage("wilson", n, p) - 0.95) < 0.05
        assert coverage("wald", n, p) <= coverage("wilson", n, p) + 0.01


def test_wald_has_length_zero_at_the_ends_and_leaves_the_unit_interval():
    assert ev.proportion_interval(10, 10, kind="wald") == (1.0, 1.0)
    assert ev.proportion_interval(9, 10, kind="wald")[1] > 1
    q, half = 0.3, 1.959963984540054 * np.sqrt(0.3 * 0.7 / 10)
    assert ev.proportion_interval(3, 10, kind="wald") == pytest.approx((q - half, q + half), rel=1e-13)


def test_proportion_interval_refuses_bad_input():
    with pytest.raises(ValueError, match="`successes` must be between 0 and 5, got 6"):
        ev.proportion_interval(6, 5)
    with pytest.raises(ValueError, match="`kind` must be one of"):
        ev.proportion_interval(1, 5, kind="jeffreys")
    with pytest.raises(ValueError, match="`confidence` must be between 0 and 1, got 1"):
        ev.proportion_interval(1, 5, confidence=1)


def test_bootstrap_interval_of_accuracy_is_the_binomial_one():
    """The bootstrap distribution of right answers is Binomial(n, k / n): its quantiles are known."""
    y, z = np.zeros(50, int), np.repeat([0, 1], [40, 10])
    low, high = ev.metric_interval(lambda a, b: np.mean(a == b), y, z, n_resamples=20000, rng=0)
    assert (low, high) == pytest.approx(binom.ppf([0.025, 0.975], 50, 0.8) / 50, abs=0.02 + 1e-12)


def test_bootstrap_keeps_pairs_together():
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 30)
    assert ev.metric_interval(lambda a, b: float((a == b).all()), y, y, n_resamples=50, rng=0) == (1.0, 1.0)
    with pytest.raises(ValueError, match="`y_pred` must hold 3 labels"):
        ev.metric_interval(lambda a, b: 0.0, [0, 1, 1], [0, 1], rng=0)


def test_delongs_variance_is_the_variance_over_placements_counted_by_pairs():
    rng = np.random.default_rng(1)
    y = rng.integers(0, 2, 50)
    s = np.round(rng.standard_normal(50) + y, 1)
    wins = (s[y == 1][:, None] > s[y == 0]) + 0.5 * (s[y == 1][:, None] == s[y == 0])
    variance = sum(wins.mean(axis=1 - a).var(ddof=1) / wins.shape[a] for a in (0, 1))
    estimate = ev.auc_interval(y, s)
    assert estimate.value == pytest.approx(ev.auc(y, s), rel=1e-13)
    assert estimate.standard_error == pytest.approx(np.sqrt(variance), rel=1e-12)
    plain = ev.auc_interval(y, s, logit=False).interval
    assert sum(plain) / 2 == pytest.approx(estimate.value, rel=1e-12)
    assert (plain[1] - plain[0]) / 2 == pytest.approx(1.959963984540054 * np.sqrt(variance), rel=1e-12)
    a, odds = estimate.value, np.log(np.divide(estimate.interval, np.subtract(1, estimate.interval)))
    assert odds.mean() == pytest.approx(np.log(a / (1 - a)), rel=1e-12)
    assert np.diff(odds)[0] == pytest.approx(
        2 * 1.959963984540054 * np.sqrt(variance) / (a * (1 - a)), rel=1e-12
    )


def normal_case(rng, m=40, shift=1.0):
    y = np.repeat([1, 0], m)
    return y, rng.standard_normal(2 * m) + shift * y, rng.standard_normal(2 * m) + shift * y


def test_delongs_interval_covers_the_true_auc_and_the_true_difference():
    """For unit normal scores shifted by d the true AUC is Phi(d / sqrt 2)."""
    rng, runs, true = np.random.default_rng(2), 1000, 0.7602499389065233
    held = np.zeros(3)
    for _ in range(runs):
        y, s, t = normal_case(rng)
        intervals = [ev.auc_interval(y, s).interval, ev.auc_interval(y, s, logit=False).interval]
        held[:2] += [low <= true <= high for low, high in intervals]
        low, high = ev.auc_difference(y, s, t).interval
        held[2] += low <= 0 <= high
    assert (np.abs(held / runs - 0.95) < 4 * np.sqrt(0.95 * 0.05 / runs) + 0.01).all()  # 0.01: asymptotic


def test_delong_on_perfect_order_and_equal_scores():
    assert ev.auc_interval([0, 0, 1, 1], [1, 2, 3, 4]).interval == (1.0, 1.0)
    same = ev.auc_difference([0, 0, 1, 1], [1, 3, 2, 4], [10, 30, 20, 40])
    assert (same.value, same.standard_error) == (0, 0)
    low, high = ev.auc_interval([0, 0, 0, 1, 1, 1], [1, 2, 4, 3, 5, 6]).interval
    assert 0 < low < high < 1
    with pytest.raises(ValueError, match="at least two of each class"):
        ev.auc_interval([0, 1, 1], [1.0, 2.0, 3.0])
