"""Neighbourhood components: the gradient is that of the score, and scikit-learn finds the same map."""

import warnings

import numpy as np
import pytest
from runmath.core import ConvergenceWarning
from runmath.probability import NeighbourhoodComponents, leave_one_out_score
from scipy.optimize import check_grad
from sklearn.datasets import load_wine
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KNeighborsClassifier, NeighborhoodComponentsAnalysis
from sklearn.preprocessing import StandardScaler


def data(n=30, p=4, n_classes=3, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, n_classes, n)
    return rng.standard_normal((n, p)) + y[:, None] * np.eye(p)[0], y


def by_definition(A, X, y):
    """The score by loops over the definition."""
    total = 0.0
    for i in range(len(X)):
        weights = [np.exp(-(np.linalg.norm(A @ (X[i] - X[k])) ** 2)) for k in range(len(X)) if k != i]
        same = [y[k] == y[i] for k in range(len(X)) if k != i]
        total += np.dot(weights, same) / sum(weights)
    return total


@pytest.mark.parametrize("k", [1, 2, 4])
def test_the_score_is_its_definition(k):
    X, y = data()
    y = np.sort(y)
    A = np.random.default_rng(1).standard_normal((k, 4))
    assert leave_one_out_score(A, X, y)[0] == pytest.approx(by_definition(A, X, y), rel=1e-12)


@pytest.mark.parametrize("k", [1, 3])
def test_the_gradient_is_the_derivative_of_the_score(k):
    X, y = data()
    y, a = np.sort(y), np.random.default_rng(2).standard_normal(k * 4)

    def score(a):
        return leave_one_out_score(a.reshape(k, 4), X, y)[0]

    def gradient(a):
        return leave_one_out_score(a.reshape(k, 4), X, y)[1].ravel()

    def wrong(a):
        return gradient(a) * (1 + 5e-4)

    size = np.linalg.norm(gradient(a))
    assert check_grad(score, gradient, a) < 1e-5 * size
    assert check_grad(score, wrong, a) > 1e-4 * size  # the check rejects an error of 0.05 %


@pytest.mark.parametrize("n_components", [None, 2])
def test_scikit_learn_takes_the_same_steps(n_components):
    X, y = load_wine(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    with pytest.warns(ConvergenceWarning, match="NeighbourhoodComponents did not converge"):
        ours = NeighbourhoodComponents(n_components, max_iter=4).fit(X, y)
    theirs = NeighborhoodComponentsAnalysis(n_components, init="identity", max_iter=4).fit(X, y)
    np.testing.assert_allclose(ours.components_, theirs.components_, atol=1e-8)
    assert not ours.converged_


def test_the_order_of_samples_and_the_names_of_classes_do_not_matter():
    X, y = data(40)
    rng = np.random.default_rng(3)
    shuffle = rng.permutation(40)
    names = np.array(["c", "a", "b"])
    first = NeighbourhoodComponents(2, max_iter=500).fit(X, y)
    second = NeighbourhoodComponents(2, max_iter=500).fit(X[shuffle] + 100, names[y[shuffle]])
    assert second.score_ == pytest.approx(first.score_, rel=1e-5)


def test_a_noisy_feature_loses_its_weight():
    rng = np.random.default_rng(4)
    y = np.arange(400) % 2
    X = np.column_stack([y + 0.2 * rng.standard_normal(400), 10 * rng.standard_normal(400)])
    fitted = NeighbourhoodComponents(max_iter=500).fit(X[:200], y[:200])
    M = fitted.metric_
    assert M[0, 0] > 10 * M[1, 1]
    np.testing.assert_allclose(M, fitted.components_.T @ fitted.components_)
    raw = KNeighborsClassifier(1).fit(X[:200], y[:200]).score(X[200:], y[200:])
    learnt = KNeighborsClassifier(1).fit(fitted.transform(X[:200]), y[:200])
    assert learnt.score(fitted.transform(X[200:]), y[200:]) > raw + 0.03


def test_the_score_rises_with_more_steps_and_fitting_twice_changes_nothing():
    X, y = data(40)
    scores = []
    for max_iter in (1, 5, 20):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            model = NeighbourhoodComponents(max_iter=max_iter).fit(X, y)
            again = model.components_.copy()
            np.testing.assert_array_equal(model.fit(X, y).components_, again)
        scores.append(model.score_)
    assert scores == sorted(scores)


def test_a_single_member_of_a_class_and_a_single_class_are_no_trouble():
    X, _ = data(12)
    alone = NeighbourhoodComponents(1, max_iter=500).fit(X, np.append(np.zeros(11), 1))
    assert np.isfinite(alone.components_).all()
    assert NeighbourhoodComponents(max_iter=500).fit(X, np.zeros(12)).score_ == pytest.approx(1.0)


def test_far_points_do_not_overflow():
    X, y = data(20)
    A = 1e4 * np.eye(4)
    score, gradient = leave_one_out_score(A, X, np.sort(y))
    assert 0 <= score <= 20
    assert np.isfinite(gradient).all()


def test_bad_input_is_named():
    X, y = data(10)
    with pytest.raises(ValueError, match="`n_components` must be between 1 and 4, got 5"):
        NeighbourhoodComponents(5).fit(X, y)
    with pytest.raises(ValueError, match=r"`init` must be of shape \(2, 4\), got \(2, 3\)"):
        NeighbourhoodComponents(2, init=np.ones((2, 3))).fit(X, y)
    with pytest.raises(ValueError, match="`init` must be 'identity', 'pca' or an array"):
        NeighbourhoodComponents(init="lda").fit(X, y)
    with pytest.raises(ValueError, match="`max_iter` must be at least 1"):
        NeighbourhoodComponents(max_iter=0).fit(X, y)
    with pytest.raises(NotFittedError):
        NeighbourhoodComponents().transform(X)


def test_labels_of_any_ordered_kind_give_the_same_score():
    X, y = data()
    X, y = X[np.argsort(y)], np.sort(y)
    expected = leave_one_out_score(np.eye(4), X, y)
    for labels in (y.astype(np.uint8), np.array(["a", "b", "c"])[y], y - 5.5):
        score, gradient = leave_one_out_score(np.eye(4), X, labels)
        assert score == expected[0]
        np.testing.assert_array_equal(gradient, expected[1])
    with pytest.raises(ValueError, match="`y` must be in ascending order"):
        leave_one_out_score(np.eye(4), X, y[::-1])
