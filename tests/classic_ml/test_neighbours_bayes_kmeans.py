"""Neighbours, naive Bayes and k-means: the definitions by brute force, and the results of scikit-learn."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sklearn.cluster
import sklearn.naive_bayes
import sklearn.neighbors
from runmath.classic_ml import (
    GaussianNB,
    KMeans,
    KNeighborsClassifier,
    MultinomialNB,
    kmeans_plus_plus,
    lloyd,
    nearest_neighbours,
)
from runmath.classic_ml.kmeans import _Partition
from runmath.core import ConvergenceWarning
from scipy.stats import multinomial, norm
from sklearn.base import clone
from sklearn.datasets import load_digits, make_blobs
from sklearn.exceptions import NotFittedError

ESTIMATORS = [
    KNeighborsClassifier(),
    KNeighborsClassifier(n_neighbors=3, weights="distance"),
    GaussianNB(),
    MultinomialNB(),
    KMeans(n_clusters=3),
    KMeans(n_clusters=3, init="random", n_init=3),
]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


@every_estimator
def test_fitting_twice_equals_fitting_once_and_the_input_is_not_changed(estimator):
    X, y = make_blobs(60, 3, random_state=0)
    X = np.abs(X)
    before = X.copy()
    model = clone(estimator)
    if isinstance(model, KMeans):
        model.set_params(random_state=3)
    once = model.fit(X, y).predict(X)
    model.fit(X[:30, :2], y[:30])
    np.testing.assert_array_equal(model.fit(X, y).predict(X), once)
    np.testing.assert_array_equal(X, before)
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (KNeighborsClassifier(0), ValueError, "`n_neighbors` must be at least 1, got 0"),
        (KNeighborsClassifier(2.0), TypeError, "`n_neighbors` must be an integer, got 2.0"),
        (KNeighborsClassifier(21), ValueError, "`n_neighbors` must be at most n_samples = 20, got 21"),
        (KNeighborsClassifier(weights="near"), ValueError, "`weights` must be one of 'uniform', 'distance'"),
        (GaussianNB(var_smoothing=-1), ValueError, "`var_smoothing` must be at least 0 and finite, got -1"),
        (GaussianNB(priors=[0.5, 0.6]), ValueError, "`priors` must be non-negative with sum 1"),
        (GaussianNB(priors=[1.5, -0.5]), ValueError, "`priors` must be non-negative with sum 1"),
        (MultinomialNB(priors=[1.0]), ValueError, "`priors` must be a vector of 2 entries, got 1"),
        (MultinomialNB(alpha=0), ValueError, "`alpha` must be above 0 and finite, got 0"),
        (KMeans(0), ValueError, "`n_clusters` must be at least 1, got 0"),
        (KMeans(21), ValueError, "`n_clusters` must be at most n_samples = 20, got 21"),
        (KMeans(2, init="best"), ValueError, r"`init` must be one of 'k-means\+\+', 'random', got 'best'"),
        (KMeans(2, init=[[0.0, 0.0]]), ValueError, r"`init` must be of shape \(2, 2\), got \(1, 2\)"),
        (KMeans(2, n_init=0), ValueError, "`n_init` must be at least 1, got 0"),
        (KMeans(2, tol=-1), ValueError, "`tol` must be at least 0 and below 1, got -1"),
    ],
    ids=repr,
)
def test_bad_parameters_are_named(estimator, error, message):
    X, y = np.abs(np.random.default_rng(0).standard_normal((20, 2))), np.arange(20) % 2
    with pytest.raises(error, match=message):
        estimator.fit(X, y)


def test_bad_arguments_of_the_functions_are_named():
    X = np.eye(3)
    with pytest.raises(ValueError, match="`k` must be between 1 and 3, got 4"):
        nearest_neighbours(X, X, 4)
    with pytest.raises(ValueError, match="`Z` must have the 3 columns of `X`, got 2"):
        nearest_neighbours(X, np.ones((3, 2)), 1)
    with pytest.raises(ValueError, match="`centers` must have the 3 columns of `X`, got 2"):
        lloyd(X, np.ones((2, 2)))
    with pytest.raises(ValueError, match="rows of `centers`` must be between 1 and 3, got 4"):
        lloyd(X, np.ones((4, 3)))
    with pytest.raises(ValueError, match="`n_clusters` must be between 1 and 3, got 4"):
        kmeans_plus_plus(X, 4, rng=0)
    with pytest.raises(ValueError, match="Negative values in data"):
        MultinomialNB().fit([[1.0], [-1.0]], [0, 1])


# --- neighbours -------------------------------------------------------------------------------------------------


def by_sorting(X, Z, k):
    squares = ((X[:, None] - Z) ** 2).sum(axis=2)
    order = np.argsort(squares, axis=1, kind="stable")[:, :k]
    return np.sqrt(np.take_along_axis(squares, order, axis=1)), order


@pytest.mark.parametrize(
    ("m", "n", "p", "k"), [(1, 1, 1, 1), (7, 5, 2, 5), (300, 1100, 3, 10), (40, 2100, 20, 1)]
)
def test_neighbours_are_the_first_of_all_distances_sorted(m, n, p, k):
    rng = np.random.default_rng(n)
    X, Z = rng.standard_normal((m, p)), rng.standard_normal((n, p))
    distances, indices = nearest_neighbours(X, Z, k)
    expected, order = by_sorting(X, Z, k)
    np.testing.assert_array_equal(indices, order)
    np.testing.assert_allclose(distances, expected, rtol=1e-14 * p)


def test_of_equal_distances_the_lower_index_comes_first():
    rng = np.random.default_rng(1)
    X, Z = rng.integers(0, 3, (50, 3)).astype(float), rng.integers(0, 3, (1500, 3)).astype(float)
    for shift in (0.0, 2.0**20):  # exact differences, far off the origin too
        np.testing.assert_array_equal(nearest_neighbours(X + shift, Z + shift, 9)[1], by_sorting(X, Z, 9)[1])


def test_close_points_far_from_the_origin_are_told_apart():
    """The expanded square of the distance would lose all its digits here."""
    Z = 1e8 + np.array([[0.0], [1.0], [2.0], [3.0]])
    distances, indices = nearest_neighbours([[1e8 + 2.25]], np.vstack([Z, [[-1e8]]]), 3)
    np.testing.assert_array_equal(indices, [[2, 3, 1]])
    np.testing.assert_array_equal(distances, [[0.25, 0.75, 1.25]])


def test_two_distant_groups_of_close_points_are_searched_exactly():
    """Products of matrices have errors of several units here, and squared distances are integers."""
    rng = np.random.default_rng(2)
    Z = rng.integers(0, 40, (400, 3)) + np.where(np.arange(400) % 2, 1e8, -1e8)[:, None]
    X = Z[:100] + rng.integers(0, 3, (100, 3))
    np.testing.assert_array_equal(nearest_neighbours(X, Z, 4)[1], by_sorting(X, Z, 4)[1])


@pytest.mark.parametrize("weights", ["uniform", "distance"])
@pytest.mark.parametrize("k", [1, 4, 15])
def test_votes_are_those_of_scikit_learn(weights, k):
    X, y = make_blobs(400, 3, cluster_std=4.0, random_state=0)
    theirs = sklearn.neighbors.KNeighborsClassifier(k, weights=weights, algorithm="brute").fit(
        X[:300], y[:300]
    )
    ours = KNeighborsClassifier(k, weights=weights).fit(X[:300], y[:300])
    np.testing.assert_allclose(ours.predict_proba(X[200:]), theirs.predict_proba(X[200:]), atol=1e-12)
    np.testing.assert_array_equal(ours.predict(X[200:]), theirs.predict(X[200:]))


def test_digits_are_classified_as_by_scikit_learn():
    X, y = load_digits(return_X_y=True)
    theirs = sklearn.neighbors.KNeighborsClassifier(1, algorithm="brute").fit(X[:900], y[:900])
    ours = KNeighborsClassifier(1).fit(X[:900], y[:900])
    np.testing.assert_array_equal(ours.predict(X[900:]), theirs.predict(X[900:]))
    assert ours.score(X[:900], y[:900]) == 1


def test_a_point_at_distance_zero_votes_alone_when_votes_are_weighted():
    model = KNeighborsClassifier(3, weights="distance").fit([[0.0], [0.1], [0.1]], [0, 1, 1])
    np.testing.assert_array_equal(model.predict_proba([[0.0]]), [[1, 0]])
    np.testing.assert_array_equal(
        KNeighborsClassifier(3).fit([[0.0], [0.1], [0.1]], [0, 1, 1]).predict([[0.0]]), [1]
    )


def test_all_points_as_neighbours_predict_the_largest_class():
    X, y = np.arange(7.0)[:, None], [2, 2, 2, 5, 5, 5, 5]
    np.testing.assert_array_equal(KNeighborsClassifier(7).fit(X, y).predict(X), 5)
    np.testing.assert_array_equal(KNeighborsClassifier(6).fit(X[1:], y[1:]).predict(X), [5] * 7)
    np.testing.assert_array_equal(KNeighborsClassifier(6).fit(X[:6], y[:6]).predict(X), [2] * 7)  # a tie


def test_parameters_set_after_fitting_are_checked_before_voting():
    model = KNeighborsClassifier(2).fit([[0.0], [1.0], [2.0]], [0, 0, 1])
    with pytest.raises(ValueError, match="`n_neighbors` must be at most n_samples = 3, got 4"):
        model.set_params(n_neighbors=4).predict([[2.0]])
    with pytest.raises(ValueError, match="`weights` must be one of 'uniform', 'distance', got 'near'"):
        model.set_params(n_neighbors=1, weights="near").predict([[2.0]])


# --- naive Bayes ------------------------------------------------------------------------------------------------


def test_gaussian_posterior_is_bayes_rule_with_normal_densities():
    X, y = make_blobs(90, 2, centers=3, cluster_std=3.0, random_state=2)
    model = GaussianNB(var_smoothing=0, priors=[0.2, 0.3, 0.5]).fit(X, y)
    joint = np.stack(
        [
            p * norm.pdf(X, X[y == c].mean(axis=0), X[y == c].std(axis=0)).prod(axis=1)
            for c, p in enumerate([0.2, 0.3, 0.5])
        ],
        axis=1,
    )
    np.testing.assert_allclose(model.predict_proba(X), joint / joint.sum(axis=1, keepdims=True), rtol=1e-11)


def test_gaussian_model_is_that_of_scikit_learn():
    X, y = load_digits(return_X_y=True)
    ours, theirs = GaussianNB().fit(X, y), sklearn.naive_bayes.GaussianNB().fit(X, y)
    np.testing.assert_allclose(ours.theta_, theirs.theta_, rtol=1e-13)
    np.testing.assert_allclose(ours.var_, theirs.var_, rtol=1e-10, atol=1e-16)
    np.testing.assert_allclose(ours.predict_log_proba(X), theirs.predict_log_proba(X), rtol=1e-6, atol=1e-6)


def test_a_constant_feature_is_named_without_smoothing_and_ignored_with_it():
    X, y = [[1.0, 0.0], [1.0, 1.0], [1.0, 4.0], [1.0, 5.0]], [0, 0, 1, 1]
    with pytest.raises(ValueError, match="`var_smoothing` must be above 0: feature 0 is constant in class"):
        GaussianNB(var_smoothing=0).fit(X, y)
    np.testing.assert_array_equal(GaussianNB().fit(X, y).predict(X), y)
    alone = GaussianNB().fit(np.ones((3, 2)), [0, 1, 1])
    np.testing.assert_allclose(alone.predict_proba([[1.0, 1.0], [7.0, 0.0]]), [[1 / 3, 2 / 3]] * 2)


@pytest.mark.parametrize("n", [3, 7, 11])
def test_the_mean_of_equal_numbers_is_that_number_though_their_sum_is_rounded(n):
    """The mean of equal 0.1 may be 0.1 (1 ± ε); with variances of that size, rounding would choose the class."""
    y = np.repeat([0, 1], [n, 2 * n])
    model = GaussianNB().fit(np.full((3 * n, 1), 0.1), y)
    np.testing.assert_allclose(model.predict_proba([[0.1], [5.0]]), [[1 / 3, 2 / 3]] * 2, rtol=1e-12)
    X = np.where(y, np.arange(3.0 * n), 0.1)[:, None]
    with pytest.raises(ValueError, match="feature 0 is constant in class"):
        GaussianNB(var_smoothing=0).fit(X, y)


def test_a_class_with_prior_zero_is_never_predicted():
    X, y = make_blobs(60, 2, centers=2, random_state=0)
    model = GaussianNB(priors=[0.0, 1.0]).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), [[0, 1]] * 60)


def test_multinomial_posterior_is_bayes_rule_in_fractions():
    X, y = np.array([[3, 0, 1], [1, 1, 0], [0, 4, 2]]), np.array([0, 0, 1])
    model = MultinomialNB(alpha=1.0).fit(X, y)
    theta = [
        [Fraction(5, 9), Fraction(2, 9), Fraction(2, 9)],
        [Fraction(1, 9), Fraction(5, 9), Fraction(3, 9)],
    ]
    for x in product(range(3), repeat=3):
        joint = [
            prior * t[0] ** x[0] * t[1] ** x[1] * t[2] ** x[2]
            for prior, t in zip((Fraction(2, 3), Fraction(1, 3)), theta, strict=True)
        ]
        np.testing.assert_allclose(model.predict_proba([x])[0, 0], float(joint[0] / sum(joint)), rtol=1e-13)
        if sum(x):  # the coefficient that is left out is the same for both
            pmf = [multinomial.pmf(x, sum(x), np.array(t, dtype=float)) for t in theta]
            assert np.isclose(pmf[0] * joint[1] * 2, pmf[1] * joint[0])


@pytest.mark.parametrize("alpha", [0.01, 1.0, 7.5])
def test_multinomial_model_is_that_of_scikit_learn(alpha):
    X, y = load_digits(return_X_y=True)
    ours, theirs = (
        MultinomialNB(alpha=alpha).fit(X, y),
        sklearn.naive_bayes.MultinomialNB(alpha=alpha).fit(X, y),
    )
    np.testing.assert_allclose(ours.feature_log_prob_, theirs.feature_log_prob_, rtol=1e-13)
    np.testing.assert_allclose(ours.predict_joint_log_proba(X), theirs.predict_joint_log_proba(X), rtol=1e-12)
    with pytest.raises(ValueError, match="Negative values in data"):
        ours.predict(-X)


# --- k-means ----------------------------------------------------------------------------------------------------


def inertia(X, centers):
    return ((X[:, None] - centers) ** 2).sum(axis=2).min(axis=1).sum()


@pytest.mark.parametrize(("n", "p", "k"), [(1, 1, 1), (50, 2, 3), (3000, 5, 8), (40, 3, 40)])
def test_lloyd_ends_where_scikit_learn_does(n, p, k):
    X = np.random.default_rng(n).standard_normal((n, p)) + 5.0
    start = X[:k]
    result = lloyd(X, start, tol=0)
    theirs = sklearn.cluster.KMeans(k, init=start, n_init=1, tol=0, algorithm="lloyd").fit(X)
    np.testing.assert_array_equal(result.labels, theirs.labels_)
    np.testing.assert_allclose(result.centers, theirs.cluster_centers_, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(result.inertia, inertia(X, result.centers), rtol=1e-12, atol=1e-20)
    assert result.n_iter == theirs.n_iter_


@pytest.mark.parametrize("seed", range(20))
def test_no_iteration_raises_the_inertia_and_the_end_is_a_fixed_point(seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((200, 3)) * rng.uniform(0.1, 10, 3)
    result = lloyd(X, rng.standard_normal((9, 3)) * 20, tol=0)  # most of these starts own no row
    assert (np.diff(result.history) <= 1e-12 * result.history[:-1]).all()
    assert result.converged
    assert result.history.shape == (result.n_iter + 1,)
    assert len(np.unique(result.labels)) == 9
    for c, center in enumerate(result.centers):
        np.testing.assert_allclose(center, X[result.labels == c].mean(axis=0), rtol=1e-9, atol=1e-12)
    gaps = np.linalg.norm(X[:, None] - result.centers, axis=2)
    np.testing.assert_array_equal(gaps.argmin(axis=1), result.labels)


def test_the_nearest_centre_is_exact_where_products_are_not_and_of_equals_the_first():
    rng = np.random.default_rng(4)
    X, centers = 1e8 + rng.integers(0, 20, (500, 2)), 1e8 + rng.integers(0, 20, (9, 2))
    partition = _Partition(X, 9)
    assert partition.assign(centers) == 500
    squares = ((X[:, None] - centers) ** 2).sum(axis=2)
    np.testing.assert_array_equal(partition.labels, squares.argmin(axis=1))
    np.testing.assert_array_equal(partition.nearest, squares.min(axis=1))


def test_the_row_that_fills_an_empty_cluster_leaves_its_own():
    with pytest.warns(ConvergenceWarning):
        result = lloyd([[0.0], [2.0], [10.0]], [[1.0], [100.0]], max_iter=1, tol=0)
    np.testing.assert_allclose(result.centers, [[1.0], [10.0]], rtol=1e-15)


def test_with_enough_starts_the_best_of_all_partitions_is_found():
    X = np.random.default_rng(5).standard_normal((9, 2))
    best = np.inf
    for labels in product(range(3), repeat=9):
        labels = np.array(labels)
        means = np.array(
            [X[labels == c].mean(axis=0) if (labels == c).any() else np.full(2, 1e9) for c in range(3)]
        )
        best = min(best, ((X - means[labels]) ** 2).sum())
    assert np.isclose(KMeans(3, n_init=50, tol=0, random_state=0).fit(X).inertia_, best, rtol=1e-12)


def test_fewer_different_rows_than_clusters_leave_clusters_empty_and_say_so():
    X = np.repeat([[0.0, 1.0], [2.0, 3.0]], 5, axis=0)
    with pytest.warns(UserWarning, match="only 2 different rows: 2 clusters are empty"):
        model = KMeans(4, random_state=0).fit(X)
    assert model.inertia_ == 0
    assert np.isfinite(model.cluster_centers_).all()


def test_a_cluster_that_is_empty_after_stopping_early_is_not_blamed_on_the_data():
    """The middle centre moves to 7, where both its rows leave it."""
    X, start = np.array([[4.0], [5.0], [9.1], [11.0]]), np.array([[0.0], [9.0], [12.0]])
    with (
        pytest.warns(ConvergenceWarning),
        pytest.warns(UserWarning, match="stopped early, raise max_iter or lower tol: 1 clusters are empty"),
    ):
        KMeans(3, init=start, max_iter=1, tol=0).fit(X)


def test_lloyd_may_stop_where_the_inertia_is_no_local_minimum():
    """The row 2 is equally near to both centres; the second could take it."""
    X, centers = np.array([[0.0], [2.0], [3.0]]), np.array([[1.0], [3.0]])
    result = lloyd(X, centers, tol=0)
    np.testing.assert_array_equal(result.centers, centers)
    for step in (0.1, 0.01, 0.001):
        assert inertia(X, centers - [[0.0], [step]]) < result.inertia


def test_predicting_needs_no_parameter_that_was_set_after_fitting():
    X, _ = make_blobs(60, 2, random_state=0)
    model = KMeans(4, random_state=0).fit(X)
    np.testing.assert_array_equal(model.set_params(n_clusters=2).predict(X), model.labels_)


def test_stopping_early_warns_and_the_labels_belong_to_the_centres():
    X = np.random.default_rng(0).standard_normal((500, 2))
    with pytest.warns(ConvergenceWarning, match="raise max_iter or tol"):
        result = lloyd(X, X[:12], max_iter=2, tol=0)
    assert not result.converged
    assert result.n_iter == 2
    gaps = np.linalg.norm(X[:, None] - result.centers, axis=2)
    np.testing.assert_array_equal(gaps.argmin(axis=1), result.labels)


def test_plus_plus_draws_each_row_with_its_share_of_the_squared_distances():
    X, n = np.array([[0.0], [1.0], [3.0], [3.0]]), 20_000
    rng = np.random.default_rng(0)
    counts = np.zeros((4, 4))
    for _ in range(n):
        first, second = kmeans_plus_plus(X, 2, rng=rng)
        counts[first, second] += 1
    squares = (X - X.T) ** 2
    expected = squares / squares.sum(axis=1, keepdims=True) / 4
    error = np.sqrt(expected * (1 - expected) / n)
    assert (np.abs(counts / n - expected) <= 4.5 * error).all()  # 0 where D = 0


def test_plus_plus_never_draws_a_row_twice_while_others_are_left():
    X = np.repeat(np.random.default_rng(3).standard_normal((6, 2)), 4, axis=0)
    for seed in range(50):
        chosen = kmeans_plus_plus(X, 6, n_trials=1 + seed % 3, rng=seed)
        assert len(set(chosen // 4)) == 6
    assert kmeans_plus_plus(np.ones((3, 1)), 3, rng=0).shape == (3,)


def test_more_candidates_lower_the_expected_inertia():
    X, _ = make_blobs(400, 2, centers=15, random_state=0)
    starts = [[inertia(X, X[kmeans_plus_plus(X, 15, n_trials=t, rng=s)]) for s in range(60)] for t in (1, 5)]
    plain, greedy = np.mean(starts, axis=1)
    assert greedy < 0.8 * plain


def test_transform_predict_and_score_agree():
    X, _ = make_blobs(200, 3, random_state=0)
    model = KMeans(4, tol=0, random_state=0).fit(X)
    np.testing.assert_array_equal(model.transform(X).argmin(axis=1), model.predict(X))
    np.testing.assert_array_equal(model.predict(X), model.labels_)
    np.testing.assert_allclose(model.score(X), -model.inertia_, rtol=1e-12)
    np.testing.assert_array_equal(model.predict(X[:1] + 0), model.labels_[:1])
