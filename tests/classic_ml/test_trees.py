"""Decision trees: the best split by definition, and scikit-learn's exact trees where binning loses nothing."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from runmath.classic_ml import BinnedData, DecisionTreeClassifier, DecisionTreeRegressor, Limits, grow_tree
from runmath.classic_ml.trees import tree as tree_module
from runmath.core import EPS
from sklearn import tree as reference
from sklearn.datasets import make_classification, make_friedman1


def impurity(y, w, criterion):
    """Return the impurity of a node by its definition."""
    if criterion == "squared_error":
        return np.average((y - np.average(y, weights=w)) ** 2, weights=w)
    p = np.array([w[y == c].sum() for c in np.unique(y)]) / w.sum()
    return 1 - np.sum(p**2) if criterion == "gini" else -np.sum(p * np.log2(p))


def best_decrease(X, y, w, criterion, min_leaf=1):
    """Return the largest decrease of impurity over all features and all cuts, by definition; None without a cut."""
    decreases = []
    for x in X.T:
        for low, high in pairwise(np.unique(x)):
            left = x <= (low + high) / 2
            if min(left.sum(), (~left).sum()) < min_leaf:
                continue
            parts = [impurity(y[side], w[side], criterion) * w[side].sum() for side in (left, ~left)]
            decreases.append(impurity(y, w, criterion) - sum(parts) / w.sum())
    return max(decreases, default=None)


@given(st.data())
@pytest.mark.parametrize("criterion", ["squared_error", "gini", "entropy"])
def test_the_root_split_is_the_best_of_all_by_brute_force(criterion, data):
    n, n_features = data.draw(st.integers(1, 9)), data.draw(st.integers(1, 3))
    integers = st.integers(0, 3)
    X = np.array(data.draw(st.lists(integers, min_size=n * n_features, max_size=n * n_features)), float)
    X = X.reshape(n, n_features)
    y = np.array(data.draw(st.lists(st.integers(0, 2), min_size=n, max_size=n)))
    w = np.array(data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)), float)
    min_leaf = data.draw(st.integers(1, 3))
    n_classes = 0 if criterion == "squared_error" else 3
    limits = Limits(max_depth=1, min_samples_leaf=min_leaf)
    tree = grow_tree(
        BinnedData.of(X, w), y, sample_weight=w, criterion=criterion, n_classes=n_classes, limits=limits
    )
    best = best_decrease(X, y, w, criterion, min_leaf)
    if best is None or len(np.unique(y)) == 1:
        assert tree.n_nodes == 1
        return
    assert tree.n_nodes == 3
    assert tree.impurity_decrease[0] == pytest.approx(best, abs=20 * n * EPS)
    left = X[:, tree.feature[0]] <= tree.threshold[0]
    np.testing.assert_array_equal(tree.n_samples, [n, left.sum(), (~left).sum()])
    for node, side in ((1, left), (2, ~left)):
        means = np.average(np.eye(3)[y[side]] if n_classes else y[side][:, None], axis=0, weights=w[side])
        np.testing.assert_allclose(tree.value[node], means, rtol=0, atol=20 * n * EPS)


def slow_tree(X, y, limit, depth=0):
    """Return the predictions on the training rows of a tree grown by definition, for squared error."""
    if depth == limit or y.min() == y.max():
        return np.full(len(y), y.mean())
    best = (-1.0, None)
    for x in X.T:
        order = np.argsort(x, kind="stable")
        n, S = np.arange(1, len(y)), np.cumsum(y[order])[:-1]
        gain = (S - n * y.mean()) ** 2 / (n * (len(y) - n))
        gain[x[order][1:] == x[order][:-1]] = -1
        k = int(gain.argmax())
        if gain[k] > best[0] * (1 + 1e-9):
            best = (gain[k], x <= x[order][k])
    out = np.empty(len(y))
    for side in (best[1], ~best[1]):
        out[side] = slow_tree(X[side], y[side], limit, depth + 1)
    return out


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_a_tree_with_subtracted_histograms_is_the_tree_by_definition(depth):
    rng = np.random.default_rng(depth)
    X = rng.integers(0, 60, (3000, 4)).astype(float)  # far more rows than bins: nodes keep their histograms
    y = np.sin(X[:, 0] / 9) + X[:, 1] * X[:, 2] / 900 + 0.3 * rng.standard_normal(3000)
    ours = DecisionTreeRegressor(max_depth=depth).fit(X, y).predict(X)
    np.testing.assert_allclose(ours, slow_tree(X, y, depth), rtol=1e-11)


@pytest.mark.parametrize("limits", [Limits(), Limits(max_leaf_nodes=40), Limits(max_depth=7)], ids=str)
@pytest.mark.parametrize("kept", [0, 30_000, 2**25])
def test_subtraction_changes_no_tree(monkeypatch, limits, kept):
    """With room for no histogram, for four, for all: the same tree."""
    X, y = make_friedman1(6000, 10, noise=1.0, random_state=0)
    data = BinnedData.of(X)
    expected = grow_tree(data, y, limits=limits)
    monkeypatch.setattr(tree_module, "MAX_KEPT", kept)
    tree = grow_tree(data, y, limits=limits)
    np.testing.assert_array_equal(tree.feature, expected.feature)
    np.testing.assert_array_equal(tree.threshold, expected.threshold)


def classes(n, n_classes, seed=0):
    X, y = make_classification(n, 8, n_informative=5, n_classes=n_classes, flip_y=0.1, random_state=seed)
    return X.astype(np.float32).astype(float), y  # scikit-learn's trees compare in single precision


@pytest.mark.parametrize("criterion", ["gini", "entropy"])
@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("options", [{"max_depth": 3}, {"max_leaf_nodes": 6}], ids=str)
def test_classification_trees_equal_scikit_learns_exact_ones(criterion, n_classes, options):
    """Down to nodes of some size: in small ones different cuts have equal counts, and ties are broken at will."""
    X, y = classes(250, n_classes)
    ours = DecisionTreeClassifier(criterion=criterion, **options).fit(X, y)
    theirs = reference.DecisionTreeClassifier(criterion=criterion, random_state=0, **options).fit(X, y)
    children = [theirs.tree_.children_left[0], theirs.tree_.children_right[0]]
    left_over = np.average(theirs.tree_.impurity[children], weights=theirs.tree_.n_node_samples[children])
    root = theirs.tree_.impurity[0] - left_over
    assert ours.tree_.impurity_decrease[0] == pytest.approx(root, abs=1e-14)
    X_new = np.vstack([X, classes(2000, n_classes, seed=1)[0]])
    np.testing.assert_allclose(ours.predict_proba(X_new), theirs.predict_proba(X_new), atol=1e-14)
    np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_, atol=1e-13)
    assert (ours.get_depth(), ours.get_n_leaves()) == (theirs.get_depth(), theirs.get_n_leaves())


@pytest.mark.parametrize(
    "options", [{"min_samples_leaf": 5}, {"max_leaf_nodes": 20}, {"max_depth": 4}], ids=str
)
def test_regression_trees_equal_scikit_learns_exact_ones(options):
    X, y = make_friedman1(250, 6, noise=1.0, random_state=0)
    X = X.astype(np.float32).astype(float)
    w = np.random.default_rng(0).integers(1, 4, len(y))
    ours = DecisionTreeRegressor(**options).fit(X, y, w)
    theirs = reference.DecisionTreeRegressor(random_state=0, **options).fit(X, y, w)
    X_new = np.vstack([X, np.random.default_rng(1).random((2000, 6))]).astype(np.float32)
    np.testing.assert_allclose(ours.predict(X_new), theirs.predict(X_new), rtol=1e-13)
    np.testing.assert_allclose(ours.feature_importances_, theirs.feature_importances_, atol=1e-13)


def test_full_trees_learn_distinct_rows_by_heart():
    X, y = classes(1000, 3)
    model = DecisionTreeClassifier().fit(X, y)
    assert model.score(X, y) == 1.0
    X, y = make_friedman1(255, 5, random_state=0)
    np.testing.assert_allclose(DecisionTreeRegressor().fit(X, y).predict(X), y, rtol=1e-13)


def test_xor_is_learnt_although_no_first_split_gains_anything():
    X, y = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), np.array([0, 1, 1, 0])
    model = DecisionTreeClassifier().fit(X, y)
    assert model.tree_.impurity_decrease[0] == 0
    np.testing.assert_array_equal(model.predict(X), y)


def test_equal_rows_with_unequal_targets_stay_in_one_leaf():
    model = DecisionTreeRegressor().fit(np.ones((4, 2)), [0.0, 1.0, 2.0, 5.0])
    assert model.get_n_leaves() == 1
    assert model.predict([[7.0, -7.0]]) == [2.0]
    np.testing.assert_array_equal(model.feature_importances_, [0.0, 0.0])


@pytest.mark.parametrize("scale", [1e-150, 1e-9, 1.0, 1e9, 1e150])
@pytest.mark.parametrize("offset", [0.0, 1e6])
def test_scaling_and_shifting_the_target_scales_and_shifts_the_tree(scale, offset):
    X, y = make_friedman1(700, 5, noise=1.0, random_state=0)
    y = np.round(y * 2**10) / 2**10  # few digits, so that adding 1e6 loses none
    plain = DecisionTreeRegressor(max_depth=5).fit(X, y)
    scaled = DecisionTreeRegressor(max_depth=5).fit(X, scale * (y + offset))
    np.testing.assert_array_equal(scaled.tree_.feature, plain.tree_.feature)
    np.testing.assert_array_equal(scaled.tree_.threshold, plain.tree_.threshold)
    np.testing.assert_allclose(scaled.predict(X), scale * (plain.predict(X) + offset), rtol=1e-12)


@pytest.mark.parametrize(
    "model", [DecisionTreeClassifier(min_samples_leaf=7), DecisionTreeRegressor(min_samples_leaf=7)]
)
def test_every_leaf_holds_min_samples_leaf_rows(model):
    X, y = classes(2000, 2)
    model.fit(X, y)
    assert np.bincount(model.apply(X))[model.tree_.feature < 0].min() >= 7
    np.testing.assert_array_equal(
        model.tree_.n_samples[model.apply(X)], np.bincount(model.apply(X))[model.apply(X)]
    )


@pytest.mark.parametrize("n_classes", [2, 3])
def test_weight_k_is_the_same_as_k_rows_and_weight_zero_as_none(n_classes):
    X, y = classes(900, n_classes)
    w = np.random.default_rng(0).integers(0, 4, len(y))
    for model in (DecisionTreeClassifier(max_depth=6), DecisionTreeRegressor(max_depth=6)):
        weighted = model.fit(X, y, w).predict(X)
        repeated = model.fit(np.repeat(X, w, axis=0), np.repeat(y, w)).predict(X)
        np.testing.assert_allclose(weighted, repeated, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1e200])
def test_only_the_proportions_of_weights_matter(scale):
    X, y = classes(300, 3)
    w = np.random.default_rng(0).integers(1, 4, len(y)).astype(float)
    for model in (DecisionTreeClassifier(max_depth=5), DecisionTreeRegressor(max_depth=5)):
        expected = model.fit(X, y, w).predict(X)
        np.testing.assert_allclose(model.fit(X, y, scale * w).predict(X), expected, rtol=1e-12, atol=1e-12)


def test_impurity_decreases_add_up_to_the_training_error_removed():
    X, y = make_friedman1(1000, 5, noise=1.0, random_state=0)
    model = DecisionTreeRegressor(max_leaf_nodes=12).fit(X, y)
    left_over = np.mean((y - model.predict(X)) ** 2)
    assert model.tree_.impurity_decrease.sum() == pytest.approx(y.var() - left_over, rel=1e-12)
    assert model.feature_importances_.sum() == pytest.approx(1, abs=8 * EPS)
    assert model.get_n_leaves() == 12


def test_random_features_depend_on_the_seed_alone_and_reach_every_feature():
    X, y = classes(600, 2)
    trees = [DecisionTreeClassifier(max_features=1, random_state=seed).fit(X, y) for seed in (0, 0, 1)]
    np.testing.assert_array_equal(trees[0].tree_.feature, trees[1].tree_.feature)
    assert trees[0].tree_.feature[:9].tolist() != trees[2].tree_.feature[:9].tolist()
    roots = [
        DecisionTreeClassifier(max_features=1, max_depth=1, random_state=seed).fit(X, y).tree_.feature[0]
        for seed in range(400)
    ]
    counts = np.bincount(roots, minlength=8)
    assert np.abs(counts - 50).max() < 4 * np.sqrt(400 / 8 * 7 / 8)  # uniform, within four standard errors


def test_the_search_goes_on_past_max_features_until_a_split_is_possible():
    X = np.hstack([np.zeros((4, 9)), [[0], [1], [2], [3]]])
    for seed in range(20):
        model = DecisionTreeRegressor(max_features=1, random_state=seed).fit(X, [0, 1, 2, 3])
        assert model.get_n_leaves() == 4


def test_apply_names_the_leaf_that_predict_answers_with():
    X, y = make_friedman1(500, 5, random_state=0)
    model = DecisionTreeRegressor(max_depth=4).fit(X, y)
    leaves = model.apply(X)
    assert (model.tree_.feature[leaves] == -1).all()
    np.testing.assert_array_equal(model.tree_.value[leaves, 0], model.predict(X))
    inner = model.tree_.feature >= 0
    np.testing.assert_array_equal(model.tree_.right[inner], model.tree_.left[inner] + 1)


def test_inputs_are_not_changed():
    X, y = make_friedman1(300, 5, random_state=0)
    X_before, y_before, w = X.copy(), y.copy(), np.ones(300)
    DecisionTreeRegressor().fit(X, y, w).predict(X)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)
    np.testing.assert_array_equal(w, 1)
