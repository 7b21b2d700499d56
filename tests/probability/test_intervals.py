"""Intervals cover as often as they say; the bootstrap's equal SciPy's, resample by resample."""

import math

import numpy as np
import pytest
from runmath.probability import bootstrap_interval, t_interval
from scipy import stats

module = __import__("sys").modules[bootstrap_interval.__module__]


@pytest.mark.parametrize("n", [2, 3, 10, 30])
def test_t_intervals_of_normal_samples_cover_as_often_as_they_say(n):
    rng = np.random.default_rng(n)
    hits = 0
    for _ in range(3000):
        low, high = t_interval(5 + 3 * rng.standard_normal(n), confidence=0.9)
        hits += low <= 5 <= high
    assert hits / 3000 == pytest.approx(0.9, abs=4 * math.sqrt(0.09 / 3000))


def test_the_t_interval_is_scipys():
    x = np.random.default_rng(0).standard_normal(9)
    assert t_interval(x, confidence=0.8) == pytest.approx(
        stats.t.interval(0.8, 8, x.mean(), stats.sem(x)), rel=1e-12
    )


@pytest.mark.parametrize("kind", ["percentile", "basic", "bca"])
@pytest.mark.parametrize("statistic", [np.mean, np.median, np.std])
def test_from_the_same_generator_the_bootstrap_equals_scipys(kind, statistic):
    x = np.random.default_rng(1).exponential(size=25)
    ours = bootstrap_interval(x, statistic, kind=kind, n_resamples=999, confidence=0.9, rng=4)
    theirs = stats.bootstrap(
        (x,), statistic, n_resamples=999, method=kind, confidence_level=0.9, rng=np.random.default_rng(4)
    )
    assert ours == pytest.approx(tuple(theirs.confidence_interval), rel=1e-10)


def test_for_many_samples_all_kinds_approach_the_t_interval():
    x = np.random.default_rng(2).standard_normal(2000)
    expected = t_interval(x)
    for kind in ("percentile", "basic", "bca"):
        interval = bootstrap_interval(x, kind=kind, n_resamples=4000, rng=0)
        assert interval == pytest.approx(expected, abs=0.15 * x.std() / math.sqrt(2000))


def test_the_basic_interval_mirrors_the_percentile_interval_at_the_estimate():
    x = np.random.default_rng(3).exponential(size=12)
    low, high = bootstrap_interval(x, kind="percentile", rng=1)
    assert bootstrap_interval(x, kind="basic", rng=1) == pytest.approx(
        (2 * x.mean() - high, 2 * x.mean() - low)
    )


def test_bca_moves_with_a_monotone_map_of_the_statistic():
    def log_variance(x, axis):
        return np.log(np.var(x, axis=axis))

    x = np.random.default_rng(4).standard_normal(40)
    plain = bootstrap_interval(x, np.var, kind="percentile", rng=2, n_resamples=1999)
    mapped = bootstrap_interval(x, log_variance, kind="percentile", rng=2, n_resamples=1999)
    assert np.exp(mapped) == pytest.approx(plain, rel=1e-3)  # but for the interpolation of quantiles
    plain = bootstrap_interval(x, np.var, rng=2, n_resamples=1999)
    mapped = bootstrap_interval(x, log_variance, rng=2, n_resamples=1999)
    assert np.exp(mapped) == pytest.approx(plain, rel=0.03)  # and for the acceleration by a finite difference


def test_bca_covers_the_mean_of_skewed_data_better_than_the_other_kinds():
    rng = np.random.default_rng(5)
    hits = dict.fromkeys(("percentile", "basic", "bca"), 0)
    for repeat in range(800):
        x = rng.exponential(size=20)
        for kind in hits:
            low, high = bootstrap_interval(x, kind=kind, n_resamples=399, rng=repeat)
            hits[kind] += low <= 1 <= high
    assert 0.85 < hits["basic"] / 800 < hits["percentile"] / 800 < hits["bca"] / 800 < 0.95


def test_batches_do_not_change_the_result(monkeypatch):
    x = np.random.default_rng(6).exponential(size=10)
    whole = bootstrap_interval(x, n_resamples=999, rng=0)
    monkeypatch.setattr(module, "BATCH", 70)
    assert bootstrap_interval(x, n_resamples=999, rng=0) == whole


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bootstrap_interval([1.0], rng=0), "`x` must hold at least 2 values, got 1"),
        (lambda: bootstrap_interval([1.0, 2.0], kind="BCa", rng=0), "`kind` must be one of .* got 'BCa'"),
        (lambda: bootstrap_interval([1.0, 2.0], confidence=1.0, rng=0), "`confidence` must be between"),
        (lambda: bootstrap_interval([1.0, 2.0], n_resamples=0, rng=0), "`n_resamples` must be at least 1"),
        (lambda: bootstrap_interval([4.0, 4.0], rng=0), "must vary among the resamples"),
        (lambda: bootstrap_interval([1.0, 2.0], lambda x, axis: np.log(-x).sum(axis), rng=0), "finite"),
        (lambda: t_interval([1.0, 1.0]), "`x` must vary"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered in log")
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_statistic_of_the_wrong_shape_is_refused():
    with pytest.raises(ValueError, match=r"`statistic\(samples\)` must be a vector"):
        bootstrap_interval([1.0, 2.0], lambda x, axis: x.mean(), rng=0)


@pytest.mark.parametrize("scale", [2.0**-700, 2.0**-400, 2.0**400, 2.0**700])
def test_a_change_of_unit_changes_no_interval(scale):
    x = np.arange(10.0) ** 2
    for kind in ("percentile", "basic", "bca"):
        plain = bootstrap_interval(x, kind=kind, n_resamples=199, rng=0)
        scaled = bootstrap_interval(scale * x, kind=kind, n_resamples=199, rng=0)
        assert np.array(scaled) / scale == pytest.approx(plain, rel=1e-12)
