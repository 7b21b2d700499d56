"""Moments of batches, merged, are the moments of all values."""

from fractions import Fraction

import numpy as np
import pytest
from runmath.probability import Moments, running_moments
from scipy import stats


def in_fractions(x):
    """Central moments without rounding."""
    exact = [Fraction(float(v)) for v in x]
    mean = sum(exact) / len(exact)
    return mean, [sum((v - mean) ** k for v in exact) / len(exact) for k in (2, 3, 4)]


def assert_moments_equal(a, b, rtol=1e-11):
    assert a.n == b.n
    scale = np.sqrt(b.M_2 / b.n)
    for name, power in (("mean", 1), ("M_2", 2), ("M_3", 3), ("M_4", 4)):
        size = scale**power * (b.n if power > 1 else 1) + (abs(b.mean) if power == 1 else 0)
        np.testing.assert_allclose((getattr(a, name) - getattr(b, name)) / size, 0, atol=rtol, err_msg=name)


@pytest.mark.parametrize("n", [1, 2, 3, 100, 8192, 8193, 30_000])
def test_moments_equal_scipys(n):
    x = np.random.default_rng(n).gamma(2.0, size=n)
    ours = Moments.of(x)
    assert (ours.n, ours.mean) == (n, pytest.approx(x.mean()))
    if n > 1:
        assert ours.variance() == pytest.approx(x.var(ddof=1))
        assert ours.variance(ddof=0) == pytest.approx(x.var())
        assert ours.skewness == pytest.approx(stats.skew(x), abs=1e-12)
        assert ours.excess_kurtosis == pytest.approx(stats.kurtosis(x), abs=1e-12)


@pytest.mark.parametrize("cuts", [[1], [1, 2, 3], [500], [7, 900], list(range(1, 1000))])
def test_batches_of_any_size_give_the_moments_of_all_values(cuts):
    x = np.random.default_rng(1).lognormal(size=1000)
    assert_moments_equal(running_moments(np.split(x, cuts)), Moments.of(x))


def test_merging_is_associative_and_commutative():
    rng = np.random.default_rng(2)
    a, b, c = (Moments.of(rng.exponential(size=n) + shift) for n, shift in ((3, 0), (50, 5), (1, -9)))
    assert_moments_equal((a + b) + c, a + (b + c))
    assert_moments_equal(a + b, b + a)


def test_merging_one_value_is_the_update_of_welford():
    x = np.random.default_rng(3).standard_normal(20)
    mean, M_2 = 0.0, 0.0
    for n, value in enumerate(x, start=1):
        step = value - mean
        mean += step / n
        M_2 += step * (value - mean)
        ours = running_moments(x[:n, None].ravel()[i : i + 1] for i in range(n))
        assert (ours.mean, ours.M_2) == (pytest.approx(mean), pytest.approx(M_2, abs=1e-14))


def test_columns_are_treated_apart():
    X = np.random.default_rng(4).gamma(1.0, size=(20_000, 3))
    both = running_moments([X[:11], X[11:]])
    for j in range(3):
        column = Moments.of(X[:, j])
        for name in ("mean", "skewness", "excess_kurtosis"):
            assert getattr(both, name)[j] == pytest.approx(getattr(column, name))
        assert both.variance()[j] == pytest.approx(column.variance())


@pytest.mark.parametrize("offset", [0.0, 1e4, 1e8])
def test_a_large_mean_costs_no_more_digits_than_the_data_have(offset):
    x = offset + np.random.default_rng(5).exponential(size=3000)
    mean, (m_2, m_3, m_4) = in_fractions(x)
    ours = running_moments(np.array_split(x, 10))
    # the stored means are rounded at offset * eps, which moves the standardised moments by no more than ten times that
    tol = 1e-13 + 10 * offset * np.finfo(float).eps
    assert ours.mean == pytest.approx(float(mean), rel=1e-15)
    assert ours.variance(ddof=0) == pytest.approx(float(m_2), rel=tol)
    assert ours.skewness == pytest.approx(float(m_3) / float(m_2) ** 1.5, rel=tol)
    assert ours.excess_kurtosis + 3 == pytest.approx(float(m_4) / float(m_2) ** 2, rel=tol)


@pytest.mark.parametrize("unit", [1e-70, 1e70])
def test_the_unit_does_not_change_skewness_and_kurtosis(unit):
    x = np.random.default_rng(6).gamma(2.0, size=100)
    assert Moments.of(unit * x).skewness == pytest.approx(stats.skew(x), rel=1e-12)
    assert Moments.of(unit * x).excess_kurtosis == pytest.approx(stats.kurtosis(x), rel=1e-12)


def test_constant_values_have_no_skewness():
    constant = Moments.of([3.0, 3.0, 3.0])
    assert (constant.mean, constant.variance()) == (3.0, 0.0)
    assert np.isnan([constant.skewness, constant.excess_kurtosis]).all()


def test_inputs_are_not_changed():
    x = np.array([1.0, 5.0, 2.0])
    Moments.of(x)
    np.testing.assert_array_equal(x, [1, 5, 2])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Moments.of(["a"]), TypeError, "`x` must be an array of real numbers"),
        (lambda: Moments.of([]), ValueError, "`x` must be a vector with at least one entry"),
        (lambda: Moments.of([1.0, np.nan]), ValueError, "`x` must be finite"),
        (lambda: Moments.of([1.0]).variance(), ValueError, "more than `ddof` = 1 values, got 1"),
        (lambda: running_moments([]), ValueError, "at least one batch"),
        (lambda: running_moments([[1.0], [[1.0, 2.0]]]), ValueError, "must be of values of one shape"),
        (lambda: Moments.of([1.0]).variance(ddof=np.nan), ValueError, "more than `ddof` = nan values"),
        (lambda: Moments.of(np.array([1.0, 2.0]) * 1e150), ValueError, "fourth powers below 1e308"),
        (lambda: Moments.of(np.eye(2) * 1e150), ValueError, "fourth powers below 1e308"),
        (lambda: Moments.of([1.7e308, 1.7e308]), ValueError, "fourth powers below 1e308"),
        (lambda: Moments.of([0.0]) + Moments.of([1e100]), ValueError, "fourth powers below 1e308"),
        (lambda: Moments.of([1.0]) + 1, TypeError, "unsupported operand"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
