"""Means of draws come with honest errors, whatever the size of the batches."""

import numpy as np
import pytest
from runmath.probability import MonteCarloEstimate, control_variate, monte_carlo
from runmath.probability import monte_carlo as function
from scipy import stats

module = __import__("sys").modules[function.__module__]


def normal(rng, m):
    return rng.standard_normal(m)


def test_estimate_and_error_equal_numpys(monkeypatch):
    monkeypatch.setattr(module, "BATCH", 7)
    for n in (1, 2, 7, 8, 50):
        drawn = np.random.default_rng(3)
        x = np.concatenate([drawn.standard_normal(min(7, n - k)) for k in range(0, n, 7)])
        result = monte_carlo(np.exp, normal, n, rng=3)
        assert result.estimate == pytest.approx(np.exp(x).mean(), rel=1e-14)
        assert result.n == n
        if n > 1:
            assert result.standard_error == pytest.approx(stats.sem(np.exp(x)), rel=1e-13)
    assert np.isnan(monte_carlo(np.exp, normal, 1, rng=3).standard_error)


def test_a_large_offset_does_not_spoil_the_error(monkeypatch):
    monkeypatch.setattr(module, "BATCH", 1000)
    plain = monte_carlo(lambda x: x, normal, 5000, rng=0).standard_error
    assert monte_carlo(lambda x: x + 1e9, normal, 5000, rng=0).standard_error == pytest.approx(
        plain, rel=1e-6
    )


def test_the_error_falls_like_the_root_of_n():
    sizes = np.array([100, 1000, 10_000])
    errors = [
        np.std([monte_carlo(np.cos, normal, n, rng=seed).estimate for seed in range(300)]) for n in sizes
    ]
    slope = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.04)  # each deviation is known to 1/sqrt(600) = 4 %


def test_intervals_cover_the_truth_as_often_as_they_say():
    low, high = np.transpose(
        [monte_carlo(np.cos, normal, 400, rng=seed).interval(0.9) for seed in range(2000)]
    )
    covered = ((low < np.exp(-0.5)) & (np.exp(-0.5) < high)).mean()
    assert covered == pytest.approx(0.9, abs=4 * np.sqrt(0.09 / 2000))


def test_draws_may_have_any_shape():
    result = monte_carlo(lambda x: x.sum(axis=(1, 2)), lambda rng, m: np.ones((m, 2, 3)), 10, rng=0)
    assert result == MonteCarloEstimate(6.0, 0.0, 10)


def test_a_control_removes_what_it_explains():
    rng = np.random.default_rng(0)
    estimates = []
    for _ in range(1000):
        u = rng.random(200)
        estimates.append((control_variate(np.exp(u), u, 0.5).estimate, np.exp(u).mean()))
    controlled, plain = np.transpose(estimates)
    r2 = stats.pearsonr(np.exp(u), u)[0] ** 2
    assert controlled.var() / plain.var() == pytest.approx(1 - r2, rel=0.3)
    assert abs(controlled.mean() - (np.e - 1)) < 4 * controlled.std() / np.sqrt(1000)


def test_the_error_with_a_control_is_that_of_the_regressions_intercept():
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((2, 30))
    design = np.stack([np.ones(30), x - x.mean()], axis=1)
    residual = y - design @ np.linalg.lstsq(design, y)[0]
    result = control_variate(y, x, x.mean())
    assert result.estimate == pytest.approx(y.mean())
    assert result.standard_error == pytest.approx(np.sqrt(residual @ residual / 28 / 30))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: monte_carlo(np.cos, normal, 0, rng=0), "`n` must be"),
        (
            lambda: monte_carlo(np.cos, lambda rng, m: np.ones(m + 1), 5, rng=0),
            "`sampler` must return 5 draws",
        ),
        (lambda: monte_carlo(lambda x: x[:2], normal, 5, rng=0), r"`f\(draws\)` must"),
        (
            lambda: monte_carlo(lambda x: x / 0 * np.nan, lambda rng, m: np.ones(m) * np.nan, 5, rng=0),
            "finite",
        ),
        (
            lambda: MonteCarloEstimate(0.0, 1.0, 5).interval(1.0),
            "`confidence` must be between 0 and 1, got 1.0",
        ),
        (lambda: control_variate([1.0, 2.0], [1.0, 2.0], 0.0), "at least 3 draws"),
        (lambda: control_variate([1.0, 2.0, 3.0], [1.0, 2.0], 0.0), "`control` must"),
        (lambda: control_variate([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], 0.0), "`control` must vary"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message), np.errstate(all="ignore"):
        call()


@pytest.mark.parametrize("scale", [2.0**-700, 2.0**700])
def test_a_change_of_unit_changes_no_estimate(scale):
    plain = monte_carlo(np.exp, normal, 1000, rng=0)
    scaled = monte_carlo(lambda x: scale * np.exp(x), normal, 1000, rng=0)
    assert scaled.estimate / scale == pytest.approx(plain.estimate, rel=1e-13)
    assert scaled.standard_error / scale == pytest.approx(plain.standard_error, rel=1e-13)
    values, control = np.array([1.0, 2.0, 3.0, 5.0]), np.array([1.0, 2.0, 4.0, 3.0])
    plain = control_variate(values, control, 2.0)
    assert control_variate(values, scale * control, scale * 2.0) == plain
    scaled = control_variate(scale * values, control, 2.0)
    assert scaled.estimate / scale == pytest.approx(plain.estimate, rel=1e-13)
    assert scaled.standard_error / scale == pytest.approx(plain.standard_error, rel=1e-13)


def test_a_control_of_equal_values_and_an_unknown_mean_are_refused():
    values = np.arange(7.0)
    with pytest.raises(ValueError, match="`control` must vary"):
        control_variate(values, np.full(7, 0.1), 0.5)  # whose mean is not 0.1 but its neighbour
    with pytest.raises(ValueError, match="`control_mean` must be finite"):
        control_variate(values, values**2, np.nan)
