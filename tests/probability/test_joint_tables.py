"""Marginals, conditionals and Bayes' rule agree with counting, with each other and with the rules they obey."""

from itertools import permutations

import numpy as np
import pytest
from runmath.probability import bayes_rule, conditional, log_bayes_rule, marginal
from scipy.special import log_softmax

SHAPES = [(1,), (2, 3), (3, 1, 2), (2, 2, 2, 3)]


def random_table(shape, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(np.prod(shape))).reshape(shape)


@pytest.mark.parametrize("axes", [0, 2, (0, 2), (2, 0), (1, 2, 0), (3, 1, 0), (0, 1, 2, 3)])
def test_a_marginal_is_the_sum_over_the_other_axes_in_the_order_asked_for(axes):
    P = random_table((2, 3, 4, 5))
    letters = "".join("abcd"[axis] for axis in np.atleast_1d(axes))
    np.testing.assert_allclose(marginal(P, axes), np.einsum(f"abcd->{letters}", P), rtol=1e-13)


def test_keeping_no_variable_leaves_the_total():
    assert marginal(random_table((2, 3)), ()) == pytest.approx(1)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_conditional_times_the_marginal_is_the_table(shape):
    P = random_table(shape)
    for known in range(len(shape)):
        others = tuple(axis for axis in range(len(shape)) if axis != known)
        given = conditional(P, known)
        np.testing.assert_allclose(given.sum(axis=others), 1, rtol=1e-13)
        np.testing.assert_allclose(given * P.sum(axis=others, keepdims=True), P, rtol=1e-13)


def test_a_conditional_is_what_counting_among_the_matching_outcomes_gives():
    counts = np.array([[[3, 1], [0, 2]], [[5, 0], [4, 1]]])
    given = conditional(counts / counts.sum(), (0, 2))
    assert given[1, 0, 0] == pytest.approx(5 / 9)
    assert given[0, 1, 1] == pytest.approx(2 / 3)


def test_what_is_given_an_impossible_value_is_undefined_and_the_rest_is_not():
    given = conditional([[0.5, 0.0], [0.5, 0.0]], 1)
    np.testing.assert_array_equal(given, [[0.5, np.nan], [0.5, np.nan]])


def test_the_chain_rule_holds_in_every_order():
    P = random_table((2, 3, 2, 2), seed=3)
    for order in permutations(range(4)):
        product = 1.0
        for k in range(4):
            known, rest = order[:k], sorted(order[: k + 1])
            table = marginal(P, rest)
            factor = conditional(table, [rest.index(axis) for axis in known])
            product = product * np.expand_dims(factor, tuple(set(range(4)) - set(rest)))
        np.testing.assert_allclose(product, P, rtol=1e-12)


def test_bayes_rule_is_the_conditional_of_the_joint_table():
    P = random_table((4, 3), seed=5)
    posterior = bayes_rule(marginal(P, 0), conditional(P, 0))
    np.testing.assert_allclose(posterior, conditional(P, 1), rtol=1e-13)
    np.testing.assert_allclose(bayes_rule(marginal(P, 0), conditional(P, 0)[:, 1]), posterior[:, 1])


def test_a_constant_factor_of_the_likelihood_does_not_matter():
    prior, likelihood = [0.2, 0.8], np.array([0.9, 0.3])
    np.testing.assert_allclose(bayes_rule(prior, 7 * likelihood), bayes_rule(prior, likelihood))


@pytest.mark.parametrize("size", [1e-323, 1e-200, 1e200, 1e308])
def test_a_likelihood_at_the_edge_of_the_range_loses_nothing(size):
    likelihood = np.array([size, size / 2, size])
    expected = bayes_rule([0.2, 0.3, 0.5], likelihood / size)
    np.testing.assert_allclose(bayes_rule([0.2, 0.3, 0.5], likelihood), expected, rtol=1e-14)


def test_an_excluded_reason_with_a_huge_likelihood_does_no_harm():
    np.testing.assert_allclose(bayes_rule([0, 0.5, 0.5], [1e300, 1e-323, 1e-323]), [0, 0.5, 0.5])


def test_logarithms_of_any_distance_are_taken():
    ours = log_bayes_rule(np.log([0.5, 0.5]), [1e308, -1e308])
    np.testing.assert_array_equal(ours, [0, -np.inf])


def test_two_observations_may_come_together_or_one_after_the_other():
    prior, first, second = np.array([0.2, 0.5, 0.3]), np.array([0.9, 0.3, 0.1]), np.array([0.2, 0.6, 0.5])
    np.testing.assert_allclose(
        bayes_rule(bayes_rule(prior, first), second), bayes_rule(prior, first * second), rtol=1e-14
    )


def test_a_prior_of_zero_stays_zero():
    np.testing.assert_array_equal(bayes_rule([0, 0.5, 0.5], [1, 0.5, 0]), [0, 1, 0])


def test_logarithms_give_the_same_posterior():
    prior, likelihood = random_table((5,)), np.random.default_rng(1).random((5, 3))
    ours = log_bayes_rule(np.log(prior), np.log(likelihood))
    np.testing.assert_allclose(np.exp(ours), bayes_rule(prior, likelihood), rtol=1e-13)
    reference = log_softmax(np.log(prior)[:, None] + np.log(likelihood), axis=0)
    np.testing.assert_allclose(ours, reference, rtol=1e-13, atol=1e-15)


def test_logarithms_survive_where_products_underflow():
    log_likelihood = np.array([-5000.0, -5000.0 - np.log(3)])
    np.testing.assert_allclose(np.exp(log_bayes_rule(np.log([0.5, 0.5]), log_likelihood)), [0.75, 0.25])
    with pytest.raises(ValueError, match="use `log_bayes_rule`"):
        bayes_rule([0.5, 0.5], np.exp(log_likelihood))


def test_logarithms_take_an_excluded_reason():
    np.testing.assert_array_equal(
        log_bayes_rule([-np.inf, np.log(0.5), np.log(0.5)], [0.0, 0.0, -np.inf]), [-np.inf, 0.0, -np.inf]
    )


def test_inputs_are_not_changed():
    prior, likelihood = np.array([0.5, 0.5]), np.array([1.0, 3.0])
    bayes_rule(prior, likelihood)
    log_bayes_rule(np.log(prior), likelihood)
    np.testing.assert_array_equal([prior, likelihood], [[0.5, 0.5], [1, 3]])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: marginal([0.5, 0.6], 0), ValueError, "`table` must be at least 0 and sum to 1"),
        (lambda: marginal([1.5, -0.5], 0), ValueError, "got minimum -0.5"),
        (lambda: marginal(1.0, 0), ValueError, "`table` must have one axis or more"),
        (lambda: marginal([0.5, 0.5], 1), ValueError, "`axis` must be between 0 and 0, got 1"),
        (lambda: marginal([[0.5], [0.5]], (0, 0)), ValueError, "every axis must be given once"),
        (lambda: conditional([0.5, 0.5], 0.0), TypeError, "`axis` must be an integer"),
        (lambda: bayes_rule([0.5, 0.5], [1, 2, 3]), ValueError, "one row for each entry of `prior`"),
        (lambda: bayes_rule([0.5, 0.5], [1, -1]), ValueError, "`likelihood` must be at least 0"),
        (lambda: bayes_rule([0.5, 0.4], [1, 1]), ValueError, "`prior` must be"),
        (lambda: bayes_rule([0, 1], [1, 0]), ValueError, "an impossible observation"),
        (lambda: bayes_rule([0.5, 0.5], [[1, 0], [1, 0]]), ValueError, "an impossible observation"),
        (lambda: log_bayes_rule([0.0], [np.nan]), ValueError, "`log_likelihood` must be below infinity"),
        (lambda: log_bayes_rule([0.5, 0.5], [0, 0]), ValueError, r"`exp\(log_prior\)` must be"),
        (lambda: log_bayes_rule([0.0], [0, 0]), ValueError, "one row for each entry of `log_prior`"),
        (lambda: log_bayes_rule([0.0], [-np.inf]), ValueError, "an impossible observation"),
        (lambda: log_bayes_rule([[0.0, -np.inf]], [0, 0]), ValueError, "`log_prior`, a vector"),
        (lambda: log_bayes_rule([800.0], [0]), ValueError, r"`exp\(log_prior\)` must be"),
        (lambda: log_bayes_rule(["a"], [0]), TypeError, "`log_prior` must be an array of real numbers"),
        (lambda: log_bayes_rule([0.0], [1j]), TypeError, "`log_likelihood` must be an array of real numbers"),
        (lambda: log_bayes_rule([0.0], np.zeros((1, 0))), ValueError, "`log_likelihood` must have one row"),
        (lambda: bayes_rule([1.0], np.zeros((1, 0))), ValueError, "`likelihood` must have one row"),
        (
            lambda: bayes_rule([0.5, 0.5], [np.nan, 1]),
            ValueError,
            "`likelihood` must be at least 0 and finite",
        ),
        (lambda: marginal([[0.5], [0.25, 0.25]], 0), TypeError, "`table` must be an array of real numbers"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
