"""The learning rate rises linearly and falls as half a cosine."""

import math

import pytest
import torch
from runmath.training import warmup_cosine


def rates(n_steps, n_warmup, peak=0.3):
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=peak)
    scheduler = warmup_cosine(optimizer, n_steps=n_steps, n_warmup=n_warmup)
    seen = []
    for _ in range(n_steps):
        seen.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return seen, optimizer.param_groups[0]["lr"]


@pytest.mark.parametrize(("n_steps", "n_warmup"), [(20, 5), (20, 0), (1, 0), (2, 1)])
def test_each_rate_is_the_formula(n_steps, n_warmup):
    seen, after = rates(n_steps, n_warmup)
    expected = [
        0.3 * (k + 1) / n_warmup
        if k < n_warmup
        else 0.15 * (1 + math.cos(math.pi * (k - n_warmup) / (n_steps - n_warmup)))
        for k in range(n_steps)
    ]
    assert seen == pytest.approx(expected, abs=1e-15)
    assert after == pytest.approx(0, abs=1e-15)


def test_the_rate_peaks_at_the_end_of_the_warm_up_and_stays_at_zero_after_the_last_step():
    seen, _ = rates(30, 10)
    assert max(seen) == seen[9] == seen[10] == 0.3
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = warmup_cosine(optimizer, n_steps=3, n_warmup=0)
    for _ in range(6):
        optimizer.step()
        scheduler.step()
    assert scheduler.get_last_lr() == [pytest.approx(0, abs=1e-15)]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"n_steps": 0, "n_warmup": 0}, "`n_steps` must be at least 1"),
        ({"n_steps": 5, "n_warmup": 5}, "`n_warmup` must be between 0 and 4, got 5"),
        ({"n_steps": 5, "n_warmup": -1}, "`n_warmup` must be between 0 and 4, got -1"),
    ],
)
def test_bad_numbers_of_steps_are_refused(options, match):
    with pytest.raises(ValueError, match=match):
        warmup_cosine(torch.optim.SGD([torch.zeros(1)], lr=1.0), **options)
