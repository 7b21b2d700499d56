"""Entropy and divergences obey their identities, agree with SciPy, and refuse what is no distribution."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runmath.probability import (
    cross_entropy,
    entropy,
    f_divergence,
    js_divergence,
    kl_divergence,
    mutual_information,
)
from runmath.testing import arrays
from scipy import stats
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import mutual_info_score

PAIRS = arrays("p: k probability, q: k probability", max_dim=12)
INFINITE = {"f_at_zero": 0.0, "slope_at_infinity": np.inf}


@given(PAIRS)
def test_entropy_and_divergences_equal_scipys(case):
    p, q = case["p"], case["q"]
    assert entropy(p) == pytest.approx(stats.entropy(p), abs=1e-14)
    assert kl_divergence(p, q) == pytest.approx(stats.entropy(p, q), abs=1e-14)
    assert js_divergence(p, q, base=2) == pytest.approx(jensenshannon(p, q, base=2) ** 2, abs=1e-14)


@given(PAIRS)
def test_cross_entropy_is_entropy_plus_divergence(case):
    p, q = case["p"], case["q"]
    assert cross_entropy(p, q) == pytest.approx(entropy(p) + kl_divergence(p, q))


@given(PAIRS, st.sampled_from([2.0, 10.0, 1.5]))
def test_a_base_divides_by_its_logarithm(case, base):
    p, q = case["p"], case["q"]
    for measure in (cross_entropy, kl_divergence, js_divergence):
        assert measure(p, q, base=base) == pytest.approx(measure(p, q) / np.log(base))
    assert entropy(p, base=base) == pytest.approx(entropy(p) / np.log(base))


@given(PAIRS)
def test_f_divergences_include_kullback_leibler_and_the_total_variation(case):
    p, q = case["p"], case["q"]
    assert f_divergence(p, q, lambda t: t * np.log(t), **INFINITE) == pytest.approx(kl_divergence(p, q))
    reverse = f_divergence(p, q, lambda t: -np.log(t), f_at_zero=np.inf, slope_at_infinity=0.0)
    assert reverse == pytest.approx(kl_divergence(q, p))
    halves = {"f_at_zero": 0.5, "slope_at_infinity": 0.5}
    variation = f_divergence(p, q, lambda t: abs(t - 1) / 2, **halves)
    assert variation == pytest.approx(abs(p - q).sum() / 2)


@given(arrays("p: k probability, q: l probability"))
def test_independent_variables_share_no_information(case):
    assert mutual_information(np.outer(case["p"], case["q"])) == pytest.approx(0, abs=1e-15)


def test_mutual_information_equals_scikit_learns_and_the_sum_of_entropies():
    counts = np.random.default_rng(0).integers(0, 9, (5, 7))
    joint = counts / counts.sum()
    assert mutual_information(joint) == pytest.approx(mutual_info_score(None, None, contingency=counts))
    margins = entropy(joint.sum(axis=0)) + entropy(joint.sum(axis=1))
    assert mutual_information(joint) == pytest.approx(margins - entropy(joint.ravel()))


@pytest.mark.parametrize("step", [1e-2, 9e-3, 1e-4, 1e-8, 1e-12])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_divergence_of_near_distributions_is_exact_to_rounding(step, sign):
    p = np.array([0.25, 0.75])
    q = p + sign * step * np.array([1, -1])
    with mpmath.workdps(60):
        exact = mpmath.fsum(
            mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / mpmath.mpf(b)) - mpmath.mpf(a) + mpmath.mpf(b)
            for a, b in zip(p.tolist(), q.tolist(), strict=True)
        )
    assert float(kl_divergence(p, q)) == pytest.approx(float(exact), rel=5e-14)


def test_divergences_are_never_negative_near_equality():
    rng = np.random.default_rng(1)
    p = rng.dirichlet(np.ones(50), 200)
    q = p * (1 + 1e-9 * rng.standard_normal(p.shape))
    q /= q.sum(axis=1, keepdims=True)
    assert (kl_divergence(p, q) >= 0).all()
    assert (js_divergence(p, q) >= 0).all()


def test_zeros_follow_the_conventions():
    assert entropy([0, 1]) == 0
    assert cross_entropy([0, 1], [0, 1]) == 0
    assert kl_divergence([0, 1], [0.5, 0.5]) == pytest.approx(np.log(2))
    assert kl_divergence([0.5, 0.5], [0, 1]) == np.inf
    assert cross_entropy([0.5, 0.5], [0, 1]) == np.inf
    assert js_divergence([0, 1], [1, 0]) == pytest.approx(np.log(2))
    assert f_divergence([0.5, 0.5, 0], [0, 0.5, 0.5], lambda t: t * np.log(t), **INFINITE) == np.inf
    tiny = 5e-324
    assert kl_divergence([tiny, 1.0], [0.5, 0.5]) == pytest.approx(np.log(2))
    assert kl_divergence([0.5, 0.5], [tiny, 1.0]) == pytest.approx(
        0.5 * (np.log(0.5) - np.log(tiny)) + 0.5 * np.log(0.5)
    )


def test_distributions_along_the_last_axis_are_treated_one_by_one():
    p = np.random.default_rng(2).dirichlet(np.ones(4), (3, 5))
    q = np.full(4, 0.25)
    assert entropy(p).shape == (3, 5)
    for measure in (cross_entropy, kl_divergence, js_divergence):
        each = [[measure(p[i, j], q) for j in range(5)] for i in range(3)]
        np.testing.assert_allclose(measure(p, q), each, rtol=1e-14)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: entropy([0.5, 0.6]), "`p` must sum to one, got 1.1; divide counts"),
        (lambda: entropy([1.5, -0.5]), "`p` must hold finite probabilities >= 0, got -0.5"),
        (lambda: entropy([np.nan, 1]), "`p` must hold finite"),
        (lambda: entropy([]), "`p` must hold at least one probability"),
        (lambda: entropy([1.0], base=1), "`base` must be a number above one, got 1"),
        (lambda: entropy([1.0], base=np.inf), "`base` must be"),
        (lambda: kl_divergence([1.0], [0.5, 0.5]), "same outcomes, got 1 and 2"),
        (lambda: js_divergence([0.5, 0.5], [0.5, 0.4]), "`q` must sum to one"),
        (
            lambda: f_divergence([1.0], [1.0], lambda t: t, **INFINITE),
            r"`f` must vanish at 1, got f\(1\) = 1.0",
        ),
        (lambda: mutual_information([0.5, 0.5]), "`joint` must be a matrix"),
        (lambda: mutual_information([[1.0, 1.0]]), "`joint` must sum to one"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_mutual_information_is_finite_where_the_product_of_the_margins_underflows():
    u = np.linspace(-30, 30, 241)
    joint = np.exp(-(u[:, None] ** 2 - 1.6 * np.outer(u, u) + u**2) / (1 - 0.8**2) / 2)
    joint /= joint.sum()
    assert (np.outer(joint.sum(axis=1), joint.sum(axis=0))[joint > 0] == 0).any()
    assert np.isclose(mutual_information(joint), -np.log(1 - 0.8**2) / 2, rtol=1e-9)


def test_a_certain_and_right_belief_costs_zero_and_not_minus_zero():
    assert not np.signbit(cross_entropy([1, 0], [1, 0]))
