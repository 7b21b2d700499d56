"""ID3 and C4.5: hand-computed tables, brute force and scikit-learn's trees."""

import pickle

import numpy as np
import pytest
import sklearn.tree
from runmath.classic_ml import (
    C45Classifier,
    ID3Classifier,
    gain_ratio,
    information_gain,
    pessimistic_errors,
    prune_pessimistically,
    split_information,
)
from runmath.classic_ml.trees.multiway import Node
from runmath.classic_ml.trees.multiway_growth import Candidates, Rules, choose
from runmath.probability import entropy
from scipy.stats import binom
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_iris, load_wine
from sklearn.exceptions import NotFittedError
from sklearn.metrics import mutual_info_score

ESTIMATORS = [
    C45Classifier(),
    C45Classifier(criterion="gain", confidence=None, min_weight=1.0),
    ID3Classifier(),
]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)
SUNNY = [[2, 3], [4, 0], [3, 2]]  # outlook of Quinlan's fourteen days: sunny, overcast, rain against no, yes


def as_grown(**options):
    return C45Classifier(**({"criterion": "gain", "confidence": None, "min_weight": 1e-9} | options))


def noisy(seed, n=80, p=3, n_classes=2, digits=1):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)).round(digits)
    return X, ((X[:, 0] + rng.standard_normal(n)) > 0).astype(int) + rng.integers(0, n_classes - 1, n), rng


def answer_table(parts, y):
    return [[np.sum((parts == v) & (y == c)) for c in np.unique(y)] for v in np.unique(parts)]


# --- gains --------------------------------------------------------------------------------------------------------


def test_the_gains_of_the_weather_table_are_those_in_quinlans_books():
    table = [[3, 2], [0, 4], [2, 3]]  # outlook
    assert information_gain(table) == pytest.approx(0.2467498, abs=1e-7)
    assert split_information(table) == pytest.approx(1.5774063, abs=1e-7)
    assert gain_ratio(table) == pytest.approx(0.1564276, abs=1e-7)
    assert information_gain([[3, 4], [6, 1]]) == pytest.approx(0.1518355, abs=1e-7)  # humidity


@pytest.mark.parametrize("seed", range(10))
def test_gain_is_the_mutual_information_and_split_information_the_entropy_of_the_answers(seed):
    rng = np.random.default_rng(seed)
    parts, y = rng.integers(0, 5, 60), rng.integers(0, 3, 60)
    table = answer_table(parts, y)
    assert information_gain(table) == pytest.approx(mutual_info_score(parts, y) / np.log(2), rel=1e-10)
    assert split_information(table) == pytest.approx(entropy(np.bincount(parts) / 60, base=2), rel=1e-12)
    assert gain_ratio(table) == pytest.approx(information_gain(table) / split_information(table))


def test_one_answer_gains_nothing_and_does_not_divide_by_zero():
    assert information_gain([[3, 4]]) == split_information([[3, 4]]) == gain_ratio([[3, 4]]) == 0.0


@pytest.mark.parametrize("table", [[[1, -1]], [[0, 0]]])
def test_a_table_of_impossible_weights_is_refused(table):
    with pytest.raises(ValueError, match="`table` must hold non-negative numbers, not all zero"):
        information_gain(table)


# --- thresholds ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(12))
def test_the_first_question_has_the_largest_gain_of_all_by_brute_force(seed):
    X, y, _ = noisy(seed, n=40, n_classes=4)
    gains = {
        (j, t): information_gain(answer_table(X[:, j] <= t, y))
        for j in range(3)
        for t in np.unique(X[:, j])[:-1]
    }
    root = as_grown(max_depth=1).fit(X, y).tree_.nodes[0]
    chosen = information_gain(answer_table(X[:, root.feature] <= root.threshold, y))
    assert chosen == pytest.approx(max(gains.values()), rel=1e-9)
    assert root.threshold not in X[:, root.feature]


@pytest.mark.parametrize("load", [load_iris, load_wine, load_breast_cancer])
def test_without_its_novelties_c45_is_scikit_learns_entropy_tree(load):
    """The trees may differ in ties only: where the features agree, so does the weighted entropy that is left."""
    X, y = load(return_X_y=True)
    ours = as_grown().fit(X, y)
    theirs = sklearn.tree.DecisionTreeClassifier(criterion="entropy", random_state=0).fit(X, y)
    assert ours.tree_.n_leaves == theirs.get_n_leaves()
    assert ours.score(X, y) == theirs.score(X, y) == 1.0
    for depth in (1, 2, 3):
        a = as_grown(max_depth=depth).fit(X, y).predict_proba(X)
        b = theirs.set_params(max_depth=depth).fit(X, y).predict_proba(X)
        assert entropy(a).mean() == pytest.approx(entropy(b).mean(), rel=1e-9)


def test_a_numerical_feature_is_asked_again_below():
    X = np.arange(9.0)[:, None]
    y = (abs(X[:, 0] - 4) < 2).astype(int)
    tree = C45Classifier(confidence=None).fit(X, y).tree_
    asked = [node for node in tree.nodes if node.children]
    assert [node.feature for node in asked] == [0, 0]
    assert sorted(node.threshold for node in asked) == [2.5, 5.5]


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_thresholds_survive_extreme_units(scale):
    X, y, _ = noisy(0)
    usual, model = C45Classifier().fit(X, y), C45Classifier().fit(X * scale, y)
    np.testing.assert_allclose(model.predict_proba(X * scale), usual.predict_proba(X))


@pytest.mark.parametrize("seed", range(4))
def test_two_branches_of_every_question_have_the_least_weight(seed):
    X, y, _ = noisy(seed)
    tree = as_grown(min_weight=7.0).fit(X, y).tree_
    assert tree.n_leaves > 1
    assert min(node.counts.sum() for node in tree.nodes) >= 7


# --- the gain ratio and its guard ---------------------------------------------------------------------------------


def identity_and_two_features(n=16):
    y = np.repeat([0, 1], n // 2)
    good, noise = y.copy(), np.arange(n) % 2
    good[0] = 1  # one slip
    return np.stack([np.arange(n), good, noise], axis=1), y


def test_an_identity_column_wins_by_gain_and_loses_where_two_branches_need_two_rows():
    X, y = identity_and_two_features()
    options = {"categorical_features": [0, 1, 2], "confidence": None}
    for criterion in ("gain", "gain_ratio"):
        model = C45Classifier(criterion=criterion, **options)
        assert model.fit(X, y).tree_.nodes[0].feature == 1
        model.set_params(min_weight=1.0)
        assert model.fit(X, y).tree_.nodes[0].feature == (0 if criterion == "gain" else 1)


@pytest.mark.parametrize(
    ("gain", "split", "chosen"),
    [
        ([0.3, 0.2, 0.0], [1.0, 0.5, 0.1], 1),  # average 1/6
        ([0.5, 0.2, 0.1], [1.0, 0.1, 0.1], 0),  # the second has the largest ratio, and less than the average
        ([0.5, 0.2, -1.0], [1.0, 0.1, 0.1], 0),  # -1: no question, outside the average
        ([0.2, 0.2, 0.2], [1.0, 1.0, 1.0], 0),  # a tie
    ],
)
def test_the_ratio_decides_among_questions_of_at_least_average_gain(gain, split, chosen):
    candidates = Candidates(gain=np.array(gain), split_information=np.array(split), threshold=np.zeros(3))
    assert choose(candidates, Rules(criterion="gain_ratio", categorical=np.zeros(3, bool))) == chosen


def test_no_gain_makes_a_leaf_in_c45_and_not_in_id3():
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    assert as_grown().fit(X, y).tree_.n_leaves == 1
    assert ID3Classifier().fit(X, y).score(X, y) == 1.0


def test_costs_turn_the_choice_to_a_cheaper_feature():
    X, y, _ = noisy(3)
    X[:, 1] = X[:, 0] + 0.3 * X[:, 1]
    assert as_grown(max_depth=1).fit(X, y).tree_.nodes[0].feature == 0
    for costs, first in (([1, 1, 1], 0), ([50, 1, 1e6], 1)):
        assert as_grown(max_depth=1, costs=costs).fit(X, y).tree_.nodes[0].feature == first


# --- missing values -----------------------------------------------------------------------------------------------


def quinlans_case():
    """Fourteen days; the outlook of the first of those that are overcast is unknown (Quinlan 1993, section 3.3)."""
    table = [[2, 3], [3, 0], [3, 2]]  # outlook against yes, no, without the unknown day
    x = np.concatenate([np.full(sum(row), float(v)) for v, row in enumerate(table)] + [[np.nan]])
    y = np.concatenate([np.repeat([0, 1], row) for row in table] + [[0]])
    return x[:, None], y


def test_the_root_of_quinlans_case_with_an_unknown_outlook():
    X, y = quinlans_case()
    model = C45Classifier(categorical_features=[0], confidence=None).fit(X, y)
    root, *leaves = model.tree_.nodes
    np.testing.assert_allclose(root.shares, np.array([5, 3, 5]) / 13)
    expected = [[2 + 5 / 13, 3], [3 + 3 / 13, 0], [3 + 5 / 13, 2]]
    np.testing.assert_allclose([leaf.counts for leaf in leaves], expected)
    frequencies = np.array(expected) / np.sum(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba([[np.nan]])[0], root.shares @ frequencies)
    np.testing.assert_allclose(model.predict_proba([[7.0]]), model.predict_proba([[np.nan]]))


def test_gain_and_split_information_of_quinlans_case():
    from runmath.classic_ml.trees.multiway_growth import measure, value_table

    X, y = quinlans_case()
    tables = {0: value_table(X[:, 0], y, np.ones(14), 2)}
    node, rules = Node(counts=np.bincount(y)), Rules(criterion="gain", categorical=np.array([True]))
    found = measure(X.T, np.arange(14)[None], y, np.ones(14), tables, node, rules)
    assert found.gain[0] == pytest.approx(0.199, abs=5e-4)  # 13/14 · 0.214, as printed in the book
    assert found.split_information[0] == pytest.approx(1.809, abs=5e-4)


@pytest.mark.parametrize("seed", range(5))
def test_no_weight_is_lost_where_values_are_missing(seed):
    X, y, rng = noisy(seed, p=4)
    X[rng.random(X.shape) < 0.3] = np.nan
    tree = as_grown(max_depth=5).fit(X, y).tree_
    leaves = np.array([node.counts for node in tree.nodes if not node.children])
    np.testing.assert_allclose(leaves.sum(axis=0), np.bincount(y))
    for node in tree.nodes:
        if node.children:
            np.testing.assert_allclose(sum(tree.nodes[c].counts for c in node.children), node.counts)
    np.testing.assert_allclose(tree.predict(X).sum(axis=1), 1.0)


def test_a_column_without_any_value_is_never_asked():
    X, y, _ = noisy(1)
    X[:, 1] = np.nan
    tree = as_grown().fit(X, y).tree_
    assert {node.feature for node in tree.nodes} == {-1, 0, 2}
    X[:] = np.nan
    assert as_grown().fit(X, y).tree_.n_nodes == 1


# --- pruning ------------------------------------------------------------------------------------------------------


def test_pessimistic_errors_solve_the_binomial_equation():
    for E, N, confidence in ((0, 6, 0.25), (1, 16, 0.25), (3, 10, 0.1), (9, 10, 0.5)):
        U = pessimistic_errors(E, N, confidence=confidence) / N
        assert binom.cdf(E, N, U) == pytest.approx(confidence, rel=1e-9)
    assert pessimistic_errors(4, 4) == 4
    for confidence in (1e-17, 1e-300):  # 1 - confidence is 1
        exact = -np.expm1(np.log(confidence) / 10)
        np.testing.assert_allclose(pessimistic_errors(0, 10, confidence=confidence), 10 * exact, rtol=1e-12)


def test_pessimistic_errors_without_an_error_are_those_printed_by_quinlan():
    rates = pessimistic_errors([0, 0, 0], [6, 9, 1]) / [6, 9, 1]
    np.testing.assert_allclose(rates, [0.206, 0.143, 0.75], atol=5e-4)


@pytest.mark.parametrize("seed", range(6))
def test_pruning_gives_the_subtree_with_the_fewest_pessimistic_errors(seed):
    """By brute force over all subtrees that keep the root."""
    X, y, _ = noisy(seed, n=30)
    tree = as_grown(max_depth=3).fit(X, y).tree_

    def cost(k):
        counts = tree.nodes[k].counts
        return float(pessimistic_errors(counts.sum() - counts.max(), counts.sum()))

    def all_costs(k):
        choices = [0.0]
        for child in tree.nodes[k].children:
            choices = [a + b for a in choices for b in all_costs(child)]
        return [cost(k)] + (choices if tree.nodes[k].children else [])

    pruned = prune_pessimistically(tree)
    leaves = [node.counts for node in pruned.nodes if not node.children]
    total = sum(float(pessimistic_errors(c.sum() - c.max(), c.sum())) for c in leaves)
    assert total == pytest.approx(min(all_costs(0)), rel=1e-9)


def test_smaller_confidence_prunes_more():
    X, _, rng = noisy(0, n=200)
    y = rng.integers(0, 2, 200)
    leaves = [C45Classifier(confidence=c).fit(X, y).tree_.n_leaves for c in (None, 0.5, 0.25, 0.01)]
    assert leaves == sorted(leaves, reverse=True)
    assert leaves[0] > 4 * leaves[-1]


@pytest.mark.parametrize(("errors", "total"), [(-1, 3), (4, 3), (0, 0)])
def test_impossible_errors_are_refused(errors, total):
    with pytest.raises(ValueError, match="`errors` must lie between 0 and `total`"):
        pessimistic_errors(errors, total)
    with pytest.raises(ValueError, match="`confidence` must be between 0 and 1, got 1"):
        pessimistic_errors(0, 1, confidence=1)


# --- estimators ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_id3_is_c45_without_novelties_on_categories_where_some_question_gains(seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 3, (200, 4))
    y = (X[:, 0] == X[:, 1]) | (X[:, 2] == 2)
    a, b = ID3Classifier().fit(X, y), as_grown(categorical_features=range(4)).fit(X, y)
    assert [n.feature for n in a.tree_.nodes] == [n.feature for n in b.tree_.nodes]
    np.testing.assert_array_equal(a.predict(X), y)


def test_id3_shares_a_row_with_an_unseen_value_among_the_branches():
    model = ID3Classifier().fit([["a"], ["a"], ["a"], ["b"]], [0, 0, 0, 1])
    np.testing.assert_allclose(model.predict_proba([["c"], ["b"]]), [[0.75, 0.25], [0, 1]])


@pytest.mark.parametrize("seed", range(5))
def test_a_weight_of_two_is_two_rows_and_a_weight_of_zero_none(seed):
    X, y, rng = noisy(seed, digits=6)
    w = rng.integers(0, 3, len(y))
    a = C45Classifier().fit(X, y, sample_weight=w).predict_proba(X)
    b = C45Classifier().fit(np.repeat(X, w, axis=0), np.repeat(y, w)).predict_proba(X)
    np.testing.assert_allclose(a, b, rtol=1e-9)


def test_thousands_of_levels_are_no_obstacle():
    n = 3000
    X = np.arange(n, dtype=float)[:, None]
    model = as_grown().fit(X, np.arange(n) % 2)
    assert model.tree_.n_leaves == n
    assert model.score(X, np.arange(n) % 2) == 1.0


@every_estimator
def test_fitting_twice_equals_fitting_once_and_pickles_predict_the_same(estimator):
    X, y, _ = noisy(5)
    model = clone(estimator)
    once = model.fit(X, y).predict_proba(X)
    model.fit(X[:30, :2], y[:30])
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), once)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), once)
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


@every_estimator
def test_infinite_values_are_refused(estimator):
    X, y, _ = noisy(5)
    X[0, 0] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        clone(estimator).fit(X, y)


def test_id3_refuses_missing_values():
    with pytest.raises(ValueError, match="NaN"):
        ID3Classifier().fit([[0.0], [np.nan]], [0, 1])
    words = np.array([["sun"], ["rain"], [None]], dtype=object)
    with pytest.raises(ValueError, match="missing values, got None in row 2 of feature 0"):
        ID3Classifier().fit(words, [0, 1, 1])
    model = ID3Classifier().fit(words[:2], [0, 1])
    with pytest.raises(ValueError, match="missing values, got None in row 0 of feature 0"):
        model.predict(words[2:])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"criterion": "gini"}, ValueError, "`criterion` must be one of 'gain_ratio', 'gain', got 'gini'"),
        (
            {"categorical_features": [3]},
            ValueError,
            "`categorical_features` must hold numbers from 0 to 2, got 3",
        ),
        (
            {"categorical_features": [True, False, False]},
            TypeError,
            "`categorical_features` must hold numbers of columns, got True",
        ),
        (
            {"categorical_features": [0.5]},
            TypeError,
            "`categorical_features` must hold numbers of columns, got 0.5",
        ),
        ({"costs": [1, 2]}, ValueError, "`costs` must be a vector of 3 entries, got 2"),
        ({"costs": [1, 2, 0]}, ValueError, "`costs` must be positive, got 0"),
        ({"min_weight": 0}, ValueError, "`min_weight` must be above 0 and below inf, got 0"),
        ({"min_weight": "2"}, TypeError, "`min_weight` must be a real number, got '2'"),
        ({"confidence": 1.0}, ValueError, "`confidence` must be above 0 and below 1.0, got 1.0"),
        ({"max_depth": 0}, ValueError, "`max_depth` must be at least 1, got 0"),
    ],
)
def test_bad_parameters_are_named(options, error, message):
    X, y, _ = noisy(0)
    with pytest.raises(error, match=message):
        C45Classifier(**options).fit(X, y)


def test_the_tree_is_written_in_words():
    X, y = [["sun", "calm"], ["sun", "wind"], ["rain", "calm"]], ["out", "in", "in"]
    model = ID3Classifier().fit(X, y)
    assert model.tree_.to_text(["sky", "air"], model.classes_, model.categories_).splitlines() == [
        "[2 1]",
        "sky = rain: in [1 0]",
        "sky = sun [1 1]",
        "|  air = calm: out [0 1]",
        "|  air = wind: in [1 0]",
    ]
    assert (model.tree_.n_nodes, model.tree_.n_leaves, model.tree_.depth) == (5, 3, 2)
