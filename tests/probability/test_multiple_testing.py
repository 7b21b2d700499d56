"""Adjusted p-values: the step procedures literally, SciPy, and the promised error rates."""

import math

import numpy as np
import pytest
from runmath.probability import benjamini_hochberg, bonferroni, holm
from scipy import stats


def called_by_holm(p, alpha):
    """Step down: compare the smallest with alpha / m, the next with alpha / (m - 1), stop at the first failure."""
    called = set()
    for step, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        if p[i] * (len(p) - step) > alpha:
            break
        called.add(i)
    return called


def called_by_benjamini_hochberg(p, alpha):
    """Step up: the largest k with p_(k) <= k alpha / m, and all that are as small."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    k = max((k for k in range(1, len(p) + 1) if p[order[k - 1]] * len(p) <= k * alpha), default=0)
    return set(order[:k])


@pytest.mark.parametrize("m", [1, 2, 5, 40])
def test_adjusted_values_call_what_the_step_procedures_call(m):
    rng = np.random.default_rng(m)
    for _ in range(50):
        p = rng.random(m) ** rng.integers(1, 6)
        for alpha in (0.01, 0.05, 0.3):
            assert set(np.flatnonzero(holm(p) <= alpha)) == called_by_holm(p, alpha)
            assert set(np.flatnonzero(benjamini_hochberg(p) <= alpha)) == called_by_benjamini_hochberg(
                p, alpha
            )
            assert set(np.flatnonzero(bonferroni(p) <= alpha)) == set(np.flatnonzero(p <= alpha / m))


def test_benjamini_hochberg_equals_scipys():
    p = np.random.default_rng(0).random(100) ** 3
    np.testing.assert_allclose(benjamini_hochberg(p), stats.false_discovery_control(p), rtol=1e-14)


def test_each_method_is_at_least_as_generous_as_the_one_before():
    p = np.random.default_rng(1).random(30) ** 2
    assert (p <= benjamini_hochberg(p)).all()
    assert (benjamini_hochberg(p) <= holm(p)).all()
    assert (holm(p) <= bonferroni(p)).all()
    assert bonferroni(p).max() <= 1


def test_a_single_p_value_and_ties_and_ends():
    for adjust in (bonferroni, holm, benjamini_hochberg):
        assert adjust([0.3]).tolist() == [0.3]
        assert adjust([0.0, 1.0]).tolist() == [0.0, 1.0]
        p = np.array([0.02, 0.02, 0.5])
        assert adjust(p)[0] == adjust(p)[1]
        np.testing.assert_array_equal(p, [0.02, 0.02, 0.5])


def test_the_promised_error_rates_hold_in_simulation():
    rng = np.random.default_rng(2)
    any_false = {bonferroni: 0, holm: 0}
    shares = []
    for _ in range(3000):
        p = stats.norm.sf(rng.standard_normal(20) + np.where(np.arange(20) < 10, 0.0, 3.0))
        for adjust in any_false:
            any_false[adjust] += (adjust(p)[:10] <= 0.1).any()
        called = benjamini_hochberg(p) <= 0.1
        shares.append(called[:10].sum() / max(1, called.sum()))
    bound = 0.1 + 4 * math.sqrt(0.09 / 3000)
    assert any_false[bonferroni] <= any_false[holm] <= bound * 3000
    assert np.mean(shares) == pytest.approx(
        0.05, abs=4 * np.std(shares) / math.sqrt(3000)
    )  # alpha times a half


@pytest.mark.parametrize("adjust", [bonferroni, holm, benjamini_hochberg])
def test_bad_input_is_named(adjust):
    with pytest.raises(ValueError, match=r"between 0 and 1, got -0\.1 to 0\.5"):
        adjust([0.5, -0.1])
    with pytest.raises(ValueError, match="`p_values` must be between 0 and 1"):
        adjust([1.5])
    with pytest.raises(ValueError, match="`p_values` must be a vector"):
        adjust([])
