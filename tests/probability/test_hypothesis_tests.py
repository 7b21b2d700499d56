"""t-tests: SciPy's numbers from other formulas, exact levels in simulation, hard cases."""

import math

import numpy as np
import pytest
from runmath.probability import (
    paired_t_test,
    pooled_t_test,
    pooled_t_test_from_summary,
    t_test,
    welch_test,
    welch_test_from_summary,
)
from scipy import stats

SIZES = [(2, 2), (2, 9), (5, 5), (20, 3), (40, 60)]


def samples(m, n, seed=0, ratio=3.0):
    rng = np.random.default_rng(seed)
    return 2 + rng.standard_normal(m), 2.5 + ratio * rng.standard_normal(n)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
@pytest.mark.parametrize(("m", "n"), SIZES)
def test_every_t_test_equals_scipys(m, n, alternative):
    x, y = samples(m, n)
    pairs = [
        (
            t_test(x, 1.8, alternative=alternative, confidence=0.9),
            stats.ttest_1samp(x, 1.8, alternative=alternative),
        ),
        (
            welch_test(x, y, alternative=alternative, confidence=0.9),
            stats.ttest_ind(x, y, equal_var=False, alternative=alternative),
        ),
        (
            pooled_t_test(x, y, alternative=alternative, confidence=0.9),
            stats.ttest_ind(x, y, alternative=alternative),
        ),
    ]
    if m == n:
        pairs.append((paired_t_test(x, y, alternative=alternative, confidence=0.9),
                      stats.ttest_rel(x, y, alternative=alternative)))  # fmt: skip
    for ours, theirs in pairs:
        assert ours.statistic == pytest.approx(theirs.statistic, rel=1e-12)
        assert ours.df == pytest.approx(theirs.df, rel=1e-12)
        assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-11)
        assert ours.interval == pytest.approx(tuple(theirs.confidence_interval(0.9)), rel=1e-10)


def test_estimates_are_means_and_differences_of_means():
    x, y = samples(8, 8)
    assert t_test(x, 7.0).estimate == x.mean()
    assert paired_t_test(x, y).estimate == pytest.approx((x - y).mean(), rel=1e-14)
    for test in (welch_test, pooled_t_test):
        assert test(x, y).estimate == pytest.approx(x.mean() - y.mean(), rel=1e-14)


def test_two_groups_of_equal_values_shifted_by_one_give_the_p_value_of_a_paper_calculation():
    # n = 2 each, both standard deviations sqrt(2): t = -5 / sqrt(2), and Student's law with 2 degrees of
    # freedom has the tail 1/2 - t / (2 sqrt(2 + t^2))
    t = 5 / math.sqrt(2)
    result = welch_test([1.0, 3.0], [6.0, 8.0])
    assert result.statistic == pytest.approx(-t)
    assert result.p_value == pytest.approx(1 - t / math.sqrt(2 + t**2), rel=1e-12)


def test_the_interval_holds_the_values_that_the_test_does_not_reject():
    x, _ = samples(7, 2)
    for alternative in ("two-sided", "less", "greater"):
        for confidence in (0.5, 0.95, 0.999):
            interval = t_test(x, alternative=alternative, confidence=confidence).interval
            for end in interval:
                if math.isfinite(end):
                    p = t_test(x, end, alternative=alternative).p_value
                    assert p == pytest.approx(1 - confidence, rel=1e-9)


def test_one_sided_p_values_add_to_one_and_the_smaller_doubles_to_the_two_sided():
    x, y = samples(6, 9)
    for test in (
        lambda **o: t_test(x, 2.2, **o),
        lambda **o: welch_test(x, y, **o),
        lambda **o: pooled_t_test(x, y, **o),
    ):
        less, greater = test(alternative="less").p_value, test(alternative="greater").p_value
        assert less + greater == pytest.approx(1, rel=1e-13)
        assert test().p_value == pytest.approx(2 * min(less, greater), rel=1e-13)


def test_swapping_the_samples_flips_the_signs_alone():
    x, y = samples(6, 9)
    for test in (welch_test, pooled_t_test):
        a, b = test(x, y), test(y, x)
        assert a.estimate == -b.estimate
        assert (a.statistic, a.p_value, a.df) == pytest.approx((-b.statistic, b.p_value, b.df), rel=1e-13)


@pytest.mark.parametrize("e", [-600, -300, 300, 600])
def test_a_change_of_unit_changes_nothing_and_no_square_overflows(e):
    x, y = samples(6, 9)
    for test in (welch_test, pooled_t_test):
        plain, scaled = test(x, y), test(np.ldexp(x, e), np.ldexp(y, e))
        assert scaled.statistic == pytest.approx(plain.statistic, rel=1e-14)
        assert scaled.df == pytest.approx(plain.df, rel=1e-14)
    assert t_test(np.ldexp(x, e)).statistic == pytest.approx(t_test(x).statistic, rel=1e-14)


def test_a_large_offset_does_not_spoil_the_variance():
    x = np.array([1.0, 2.0, 4.0, 7.0])
    assert t_test(x + 2.0**40, 2.0**40).statistic == pytest.approx(t_test(x).statistic, rel=1e-14)


def test_tiny_p_values_keep_their_digits():
    assert t_test(np.array([1.0, 2.0, 3.0]) + 1e6, alternative="greater").p_value == pytest.approx(
        1 / (2 * (math.sqrt(3) * 1000002) ** 2),
        rel=1e-10,  # the tail of 2 degrees of freedom
    )


def test_welch_degrees_lie_between_those_of_the_smaller_sample_and_of_both():
    rng = np.random.default_rng(3)
    for _ in range(200):
        n1, n2 = rng.integers(2, 30, 2).tolist()
        s1, s2 = np.exp(rng.uniform(-3, 3, 2))
        df = welch_test_from_summary(0.0, s1, n1, 0.0, s2, n2).df
        assert min(n1, n2) - 1 <= df * (1 + 1e-12)
        assert df <= (n1 + n2 - 2) * (1 + 1e-12)
    assert welch_test_from_summary(0, 1.5, 12, 0, 1.5, 12).df == pytest.approx(22, rel=1e-14)
    assert welch_test_from_summary(0, 0.0, 5, 0, 1.0, 9).df == 8


def test_samples_and_their_summaries_give_the_same():
    x, y = samples(6, 9)
    summary = x.mean(), x.std(ddof=1), 6, y.mean(), y.std(ddof=1), 9
    for test, short in ((welch_test, welch_test_from_summary), (pooled_t_test, pooled_t_test_from_summary)):
        assert test(x, y).statistic == pytest.approx(short(*summary).statistic, rel=1e-13)
        assert test(x, y).df == pytest.approx(short(*summary).df, rel=1e-13)
        theirs = stats.ttest_ind_from_stats(*summary, equal_var=test is pooled_t_test)
        assert short(*summary).p_value == pytest.approx(theirs.pvalue, rel=1e-11)


def false_positives(test, draw, n=4000, seed=0):
    rng = np.random.default_rng(seed)
    return np.mean([test(*draw(rng)).p_value <= 0.05 for _ in range(n)])


MARGIN = 4 * math.sqrt(0.05 * 0.95 / 4000)


def test_under_the_null_hypothesis_five_per_cent_of_p_values_are_below_five_per_cent():
    assert false_positives(t_test, lambda g: (g.standard_normal(4),)) == pytest.approx(0.05, abs=MARGIN)
    normal = lambda g: (g.standard_normal(4), g.standard_normal(9))  # noqa: E731
    assert false_positives(pooled_t_test, normal) == pytest.approx(0.05, abs=MARGIN)


def test_with_unequal_variances_welch_keeps_the_level_and_the_pooled_test_does_not():
    def draw(g):
        return 3 * g.standard_normal(8), g.standard_normal(32)

    assert false_positives(welch_test, draw) == pytest.approx(0.05, abs=MARGIN + 0.005)
    assert false_positives(pooled_t_test, draw) > 0.2


def test_inputs_are_not_changed():
    x, y = samples(4, 4)
    before = x.copy(), y.copy()
    paired_t_test(x, y), welch_test(x, y), pooled_t_test(x, y)
    np.testing.assert_array_equal((x, y), before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: t_test([1.0]), "`x` must hold at least 2 values, got 1"),
        (lambda: t_test([0.1, 0.1, 0.1]), "`x` must vary"),
        (lambda: t_test([1.0, 2.0], math.nan), "`mu` must be finite"),
        (lambda: t_test([1.0, np.inf]), "`x` must be finite"),
        (lambda: t_test([1.0, 2.0], alternative="both"), "`alternative` must be one of .* got 'both'"),
        (lambda: t_test([1.0, 2.0], confidence=95), "`confidence` must be between 0 and 1, got 95"),
        (lambda: paired_t_test([1.0, 2.0], [1.0]), "`y` must be a vector of 2 entries"),
        (lambda: paired_t_test([1.1, 2.1], [1.1, 2.1]), "`x` - `y` must vary"),
        (lambda: welch_test([1.0, 2.0], [1.0]), "`y` must hold at least 2 values"),
        (lambda: welch_test([0.1] * 3, [0.3] * 3), "at least one sample must vary"),
        (lambda: pooled_t_test([0.1] * 3, [0.3] * 3), "at least one sample must vary"),
        (lambda: welch_test_from_summary(0, -1.0, 3, 0, 1.0, 3), "`sd1` must be finite and at least 0"),
        (lambda: welch_test_from_summary(0, 1.0, 3, 0, 1.0, 1), "`n2` must be at least 2, got 1"),
        (lambda: pooled_t_test_from_summary(np.nan, 1.0, 3, 0, 1.0, 3), "`mean1` must be finite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_values_near_the_largest_float_have_a_mean():
    near = np.array([1.5, 1.6, 1.7]) * 1e308
    assert t_test(near).statistic == pytest.approx(t_test([1.5, 1.6, 1.7]).statistic, rel=1e-12)
    assert t_test([1e308, -1e308, 5e307]).p_value == pytest.approx(t_test([1, -1, 0.5]).p_value, rel=1e-12)


def test_sizes_and_deviations_of_short_types_do_not_overflow_or_lose_digits():
    short = 1.0, np.float32(1.1), np.uint8(200), 2.0, np.float32(1.2), np.uint8(100)
    long = tuple(
        float(v) if isinstance(v, np.float32) else int(v) if k in (2, 5) else v for k, v in enumerate(short)
    )
    assert pooled_t_test_from_summary(*short) == pooled_t_test_from_summary(*long)
    assert welch_test_from_summary(*short) == welch_test_from_summary(*long)


def test_intervals_of_high_confidence_keep_their_digits():
    # with 2 degrees of freedom, P(|T| > c) = 1 - c / sqrt(2 + c^2); s / sqrt(3) = 1 / sqrt(3)
    q = 101 * 2.0**-53  # 1 - q is exact, 1 - q / 2 is not
    c = math.sqrt(2) * (1 - q) / math.sqrt(q * (2 - q))
    low, high = t_test([1.0, 2.0, 3.0], confidence=1 - q).interval
    assert (high - low) / 2 == pytest.approx(c / math.sqrt(3), rel=1e-9)
    assert high + low == pytest.approx(4, abs=1e-9 * high)


def test_for_a_few_values_against_many_of_equal_variance_welch_has_less_power():
    rng = np.random.default_rng(0)
    x, y = 1.8 + rng.standard_normal((4000, 3)), rng.standard_normal((4000, 30))
    found = [
        np.mean([test(a, b).p_value <= 0.05 for a, b in zip(x, y, strict=True)])
        for test in (pooled_t_test, welch_test)
    ]
    assert found[0] > 0.75
    assert found[1] < 0.55
