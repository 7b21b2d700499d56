"""Schedules: β, α and ᾱ belong together, and tables are read at the right step."""

import math

import pytest
import torch
from runmath.generative.diffusion import Schedule, cosine_schedule, linear_schedule

EPS = torch.finfo(torch.float64).eps
SCHEDULES = pytest.mark.parametrize(
    "schedule",
    [
        linear_schedule(1000),
        linear_schedule(50),
        cosine_schedule(1000),
        cosine_schedule(1),
        Schedule.from_betas([0.3]),
    ],
    ids=["linear-1000", "linear-50", "cosine-1000", "cosine-1", "one-step"],
)


@SCHEDULES
def test_alpha_bar_is_the_product_of_the_alphas(schedule):
    T = schedule.n_steps
    products = [math.prod(schedule.alphas[: t + 1].tolist()) for t in range(T + 1)]
    torch.testing.assert_close(
        schedule.alpha_bars, torch.tensor(products, dtype=torch.float64), rtol=4 * T * EPS, atol=0
    )


@SCHEDULES
def test_entry_zero_belongs_to_the_data(schedule):
    assert (schedule.betas[0], schedule.alphas[0], schedule.alpha_bars[0]) == (0, 1, 1)
    assert schedule.noise_variances[0] == 0
    assert math.copysign(1, schedule.noise_variances[0]) == 1
    assert schedule.snr[0] == math.inf


@SCHEDULES
def test_tables_are_float64_and_one_longer_than_the_chain(schedule):
    for table in (schedule.betas, schedule.alphas, schedule.alpha_bars, schedule.noise_variances):
        assert table.dtype == torch.float64
        assert table.shape == (schedule.n_steps + 1,)


@SCHEDULES
def test_signal_falls_and_noise_completes_it(schedule):
    assert (schedule.alpha_bars.diff() < 0).all()
    assert (schedule.snr.diff() < 0).all()
    torch.testing.assert_close(
        schedule.alpha_bars + schedule.noise_variances, torch.ones_like(schedule.betas)
    )


@SCHEDULES
def test_posterior_variance_is_below_beta_and_zero_at_the_first_step(schedule):
    variances = schedule.posterior_variances
    assert variances[1] == 0
    assert (variances[1:] < schedule.betas[1:]).all()
    assert (variances[2:] > 0).all()


def test_tiny_noise_keeps_its_digits():
    schedule = Schedule.from_betas([1e-18, 1e-18])
    assert schedule.noise_variances[2].item() == pytest.approx(2e-18, rel=1e-14)


def test_the_linear_schedule_is_that_of_ho_et_al():
    betas = linear_schedule(1000).betas
    torch.testing.assert_close(betas[1:], torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64))


@pytest.mark.parametrize("T", [100, 400, 4000])
def test_the_linear_schedule_leaves_about_the_same_signal_for_every_length(T):
    expected = math.log(linear_schedule(1000).alpha_bars[-1])
    assert math.log(linear_schedule(T).alpha_bars[-1]) == pytest.approx(expected, rel=0.1)


def test_the_cosine_schedule_follows_its_formula_until_it_is_cut():
    T, s = 200, 0.008
    t = torch.arange(T, dtype=torch.float64)
    f = torch.cos(torch.pi / 2 * (t / T + s) / (1 + s)) ** 2
    schedule = cosine_schedule(T)
    torch.testing.assert_close(schedule.alpha_bars[:-1], f / f[0], rtol=1e-10, atol=0)
    assert schedule.betas[-1] == 0.999


def test_a_table_is_read_for_every_row():
    schedule = linear_schedule(100)
    x = torch.zeros(3, 1, 4, 4)
    t = torch.tensor([1, 50, 100])
    entries = schedule.at(schedule.betas, t, x)
    assert entries.shape == (3, 1, 1, 1)
    assert entries.dtype == torch.float32
    torch.testing.assert_close(entries.flatten(), schedule.betas[t].float())
    assert schedule.at(schedule.betas, 50, x).shape == ()
    assert schedule.at(schedule.betas, t[:0], x[:0]).shape == (0, 1, 1, 1)


@pytest.mark.parametrize(
    ("t", "error", "match"),
    [
        (0, ValueError, "`t` must be between 1 and 100, got 0"),
        (101, ValueError, "`t` must be between 1 and 100, got 101"),
        (1.0, TypeError, "`t` must be an integer"),
        (torch.tensor([1.0, 2.0]), TypeError, "`t` must hold integers"),
        (torch.tensor([True, False]), TypeError, "`t` must hold integers"),
        (torch.tensor([1, 2, 3]), ValueError, "one step for each of 2 rows"),
        (torch.tensor(1), ValueError, "one step for each of 2 rows"),
        (torch.tensor([0, 5]), ValueError, "between 1 and 100, got 0 to 5"),
        (torch.tensor([5, 101]), ValueError, "between 1 and 100, got 5 to 101"),
    ],
)
def test_steps_outside_the_chain_are_refused(t, error, match):
    schedule = linear_schedule(100)
    with pytest.raises(error, match=match):
        schedule.at(schedule.betas, t, torch.zeros(2, 1))


@pytest.mark.parametrize("betas", [[0.0], [1.0], [0.1, -0.1], [float("nan")]])
def test_betas_must_be_proper_fractions(betas):
    with pytest.raises(ValueError, match="`betas` must lie strictly between 0 and 1"):
        Schedule.from_betas(betas)


@pytest.mark.parametrize("betas", [[], [[0.1]], 0.1])
def test_betas_must_be_a_vector(betas):
    with pytest.raises(ValueError, match="`betas` must be a vector"):
        Schedule.from_betas(betas)


def test_bad_options_are_refused():
    with pytest.raises(ValueError, match="`T` must be at least 1"):
        linear_schedule(0)
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        linear_schedule(20)
    with pytest.raises(TypeError, match="`T` must be an integer"):
        cosine_schedule(10.0)
    with pytest.raises(ValueError, match="`offset` must be at least 0"):
        cosine_schedule(10, offset=-0.1)
