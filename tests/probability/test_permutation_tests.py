"""Permutation tests: all splits by brute force, valid p-values, SciPy's numbers."""

import math
from itertools import permutations

import numpy as np
import pytest
from runmath.probability import mean_difference, permutation_test
from scipy import stats


def test_all_splits_of_a_small_case_are_tried_once():
    x, y = np.array([3.0, 1.0, 4.5]), np.array([1.5, 9.0])
    result = permutation_test(x, y, rng=0)
    pooled = np.concatenate([x, y])
    every = [np.mean(p[:3]) - np.mean(p[3:]) for p in permutations(pooled)]  # each split 3! 2! times
    np.testing.assert_allclose(np.sort(np.repeat(result.null, 12)), np.sort(every), atol=1e-13)
    assert result.exact
    assert len(result.null) == math.comb(5, 2)


@pytest.mark.parametrize("alternative", ["two-sided", "less", "greater"])
@pytest.mark.parametrize("limit", [9999, 500])
def test_p_values_equal_scipys(alternative, limit):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(6), 0.8 + rng.standard_normal(5)
    if limit == 500:
        x = np.concatenate([x, x + 0.3])  # more splits than the limit: random ones
    ours = permutation_test(x, y, n_permutations=limit, alternative=alternative, rng=7)
    theirs = stats.permutation_test(
        (x, y), mean_difference, n_resamples=limit, alternative=alternative, vectorized=True,
        rng=np.random.default_rng(7),
    )  # fmt: skip
    assert ours.exact == (limit == 9999)
    assert ours.statistic == theirs.statistic
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-12)  # random splits, too, are the same


def test_random_splits_are_uniform():
    result = permutation_test(np.arange(4.0), 10.0 * np.arange(1, 4), n_permutations=34, rng=3)
    assert not result.exact  # 35 splits
    null = permutation_test(2.0 ** np.arange(3), 2.0 ** np.arange(3, 5), n_permutations=9, rng=0).null
    assert len(null) == 9
    many = np.concatenate(
        [
            permutation_test(2.0 ** np.arange(3), 2.0 ** np.arange(3, 5), n_permutations=9, rng=s).null
            for s in range(1000)
        ]
    )
    counts = np.unique(np.round(many, 9), return_counts=True)[1]
    assert len(counts) == 10
    assert stats.chisquare(counts).pvalue > 1e-4


def test_the_p_value_of_random_splits_counts_the_observed_labelling():
    x, y = np.arange(20.0), 100 + np.arange(20.0)
    result = permutation_test(x, y, n_permutations=99, alternative="less", rng=0)
    assert not (result.null <= result.statistic).any()
    assert result.p_value == 1 / 100


def test_labels_without_meaning_give_small_p_values_no_more_often_than_they_should():
    rng = np.random.default_rng(2)
    p = np.array(
        [permutation_test(rng.exponential(size=6), rng.exponential(size=9), n_permutations=99, rng=rng).p_value
         for _ in range(2000)]
    )  # fmt: skip
    for alpha in (0.02, 0.1, 0.5):
        assert (p <= alpha).mean() <= alpha + 4 * math.sqrt(alpha * (1 - alpha) / 2000)
    assert (p <= 0.1).mean() > 0.1 - 4 * math.sqrt(0.09 / 2000)  # and hardly less often


def test_any_statistic_may_be_used():
    def ratio_of_variances(x, y, axis):
        return np.var(x, axis=axis) / np.var(y, axis=axis)

    x, y = np.array([-9.0, 8.0, -7.0, 9.5, 4.0]), np.array([0.1, -0.2, 0.3, 0.15, -0.4])
    result = permutation_test(x, y, ratio_of_variances, alternative="greater", rng=0)
    assert result.p_value == 1 / math.comb(10, 5)


def test_equal_statistics_are_tied_in_spite_of_rounding():
    x, y = np.array([0.1, 0.2, 0.3]), np.array([0.3, 0.2, 0.1])
    assert permutation_test(x, y, rng=0).p_value == 1
    tenths = permutation_test([0.9, 0.7, 0.6], [0.5, 0.6, 0.9, 0.3], alternative="greater", rng=0)
    whole = permutation_test([9, 7, 6], [5, 6, 9, 3], alternative="greater", rng=0)
    assert tenths.p_value == whole.p_value == 8 / 35


def test_batches_do_not_change_the_result(monkeypatch):
    x, y = np.random.default_rng(0).standard_normal((2, 12))
    whole = permutation_test(x, y, n_permutations=100, rng=5)
    small = permutation_test(x[:4], y[:4], rng=5)
    monkeypatch.setattr(__import__("sys").modules[permutation_test.__module__], "BATCH", 24 * 7)
    np.testing.assert_array_equal(permutation_test(x, y, n_permutations=100, rng=5).null, whole.null)
    np.testing.assert_array_equal(permutation_test(x[:4], y[:4], rng=5).null, small.null)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: permutation_test([], [1.0], rng=0), "`x` must be a vector"),
        (lambda: permutation_test([1.0], [1.0], alternative="up", rng=0), "`alternative` must be one of"),
        (
            lambda: permutation_test([1.0], [1.0], n_permutations=0, rng=0),
            "`n_permutations` must be at least 1",
        ),
        (
            lambda: permutation_test([1.0], [1.0], lambda a, b, axis: a, rng=0),
            "vector with at least one|`statistic",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_generator_is_asked_for():
    with pytest.raises(TypeError, match="`rng` must be"):
        permutation_test([1.0, 2.0], [3.0], rng=None)


@pytest.mark.parametrize("offset", [100.0, 1e6, 1e9])
def test_a_large_offset_does_not_part_what_is_tied(offset):
    rng = np.random.default_rng(0)
    for _ in range(10):
        x, y = rng.integers(0, 6, 5), rng.integers(0, 6, 6)
        plain = permutation_test(x, y, rng=0).p_value
        assert permutation_test(0.1 * x + offset, 0.1 * y + offset, rng=0).p_value == plain
        assert permutation_test(1e-9 * x, 1e-9 * y, rng=0).p_value == plain


def test_unequal_variances_alone_are_found_if_the_sizes_differ():
    rng = np.random.default_rng(1)
    p = [
        permutation_test(
            4 * rng.standard_normal(10), rng.standard_normal(40), n_permutations=199, rng=k
        ).p_value
        for k in range(400)
    ]
    assert np.mean(np.array(p) <= 0.05) > 0.15
