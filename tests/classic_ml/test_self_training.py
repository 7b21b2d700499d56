"""Self-training: scikit-learn's results, and rounds that can be followed on paper."""

import numpy as np
import pytest
import sklearn.semi_supervised
from runmath.classic_ml import (
    GaussianNB,
    KNeighborsClassifier,
    LinearSVC,
    SelfTrainingClassifier,
    SoftmaxRegression,
)
from sklearn.base import clone
from sklearn.datasets import make_blobs, make_moons
from sklearn.exceptions import NotFittedError

ESTIMATORS = [SelfTrainingClassifier(), SelfTrainingClassifier(GaussianNB(), threshold=0.9, max_iter=None)]
every_estimator = pytest.mark.parametrize("estimator", ESTIMATORS, ids=repr)


def few_labels(n_labels=6, seed=0, centers=3):
    X, y = make_blobs(90, 2, centers=centers, cluster_std=2.5, random_state=seed)
    kept = np.concatenate([np.flatnonzero(y == c)[: n_labels // centers] for c in range(centers)])
    marked = np.full(len(y), -1)
    marked[kept] = y[kept]
    return X, y, marked


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("threshold", [0.0, 0.6, 0.9, 0.999])
@pytest.mark.parametrize("max_iter", [1, 3, None])
def test_every_round_is_that_of_scikit_learn(seed, threshold, max_iter):
    X, _, y = few_labels(seed=seed)
    options = {"threshold": threshold, "max_iter": max_iter}
    model = SelfTrainingClassifier(GaussianNB(var_smoothing=0.1), **options).fit(X, y)
    reference = sklearn.semi_supervised.SelfTrainingClassifier(GaussianNB(var_smoothing=0.1), **options)
    reference.fit(X, y)
    np.testing.assert_array_equal(model.transduction_, reference.transduction_)
    np.testing.assert_array_equal(model.labelled_iter_, reference.labeled_iter_)
    np.testing.assert_array_equal(model.predict_proba(X), reference.predict_proba(X))
    assert model.n_iter_ == 1 + model.labelled_iter_.max()


def test_labels_walk_along_a_line_one_neighbour_a_round():
    """Row 2 is near a label at once, row 3 only when row 2 has one, row 4 when row 3 has."""
    X = np.array([[0.0], [1.0], [2.0], [3.0], [4.0], [20.0], [21.0]])
    y = np.array([0, 0, -1, -1, -1, 1, 1])

    class Near(KNeighborsClassifier):
        """Sure only where the nearest labelled row is at most 1 away."""

        def predict_proba(self, X):
            p = super().predict_proba(X)
            far = self.kneighbors(X)[0][:, 0] > 1
            return np.where(far[:, None], 0.5, p)

    model = SelfTrainingClassifier(Near(1), threshold=0.75, max_iter=None).fit(X, y)
    np.testing.assert_array_equal(model.labelled_iter_, [0, 0, 1, 2, 3, 0, 0])
    np.testing.assert_array_equal(model.transduction_, [0, 0, 0, 0, 0, 1, 1])
    two = clone(model).set_params(max_iter=2).fit(X, y)
    np.testing.assert_array_equal(two.labelled_iter_, [0, 0, 1, 2, -1, 0, 0])
    assert two.transduction_[4] == -1
    assert (model.n_iter_, two.n_iter_) == (4, 3)


@pytest.mark.parametrize("change", [{"max_iter": 0}, {"threshold": 1 - 1e-16}])
def test_without_a_round_it_is_the_model_of_the_labelled_rows(change):
    X, _, y = few_labels()
    base = SoftmaxRegression(C=1.0)
    alone = clone(base).fit(X[y >= 0], y[y >= 0])
    model = SelfTrainingClassifier(base, **change).fit(X, y)
    np.testing.assert_array_equal(model.predict_proba(X), alone.predict_proba(X))
    np.testing.assert_array_equal(model.transduction_, y)


def test_given_labels_are_never_changed_and_all_rows_get_one_at_threshold_zero():
    X, _, y = few_labels(seed=3)
    model = SelfTrainingClassifier(threshold=0.0).fit(X, y)
    np.testing.assert_array_equal(model.transduction_[y >= 0], y[y >= 0])
    assert (model.transduction_ >= 0).all()
    assert model.n_iter_ == 2


def test_any_mark_can_mean_no_label():
    X, _, y = few_labels()
    names_of = np.array(["red", "green", "blue", ""])
    by_name = SelfTrainingClassifier(unlabelled="").fit(X, names_of[y])
    by_number = SelfTrainingClassifier().fit(X, y)
    np.testing.assert_array_equal(by_name.labelled_iter_, by_number.labelled_iter_)
    np.testing.assert_array_equal(by_name.transduction_, names_of[by_number.transduction_])
    assert set(by_name.classes_) == {"red", "green", "blue"}
    minus = SelfTrainingClassifier(unlabelled=None).fit(*make_moons(20, random_state=0))
    assert minus.n_iter_ == 1


@every_estimator
def test_fitting_twice_equals_fitting_once_and_the_input_is_not_changed(estimator):
    X, _, y = few_labels(n_labels=9)
    X_before, y_before = X.copy(), y.copy()
    model = clone(estimator)
    once = model.fit(X, y).predict_proba(X)
    model.fit(X[:, :1], np.abs(y))
    np.testing.assert_array_equal(model.fit(X, y).predict_proba(X), once)
    np.testing.assert_array_equal(X, X_before)
    np.testing.assert_array_equal(y, y_before)
    with pytest.raises(NotFittedError):
        clone(model).predict(X)


@pytest.mark.parametrize(
    ("estimator", "error", "message"),
    [
        (
            SelfTrainingClassifier(threshold=1),
            ValueError,
            "`threshold` must be at least 0 and below 1, got 1",
        ),
        (SelfTrainingClassifier(threshold=-0.1), ValueError, "`threshold` must be at least 0 and below 1"),
        (
            SelfTrainingClassifier(threshold="high"),
            TypeError,
            "`threshold` must be a real number, got 'high'",
        ),
        (SelfTrainingClassifier(max_iter=-1), ValueError, "`max_iter` must be at least 0, got -1"),
        (SelfTrainingClassifier(max_iter=2.5), TypeError, "`max_iter` must be an integer, got 2.5"),
        (SelfTrainingClassifier(LinearSVC()), TypeError, "`estimator` must have predict_proba"),
    ],
    ids=repr,
)
def test_bad_parameters_are_named(estimator, error, message):
    X, _, y = few_labels()
    with pytest.raises(error, match=message):
        estimator.fit(X, y)


def test_a_target_without_any_label_is_refused():
    with pytest.raises(ValueError, match="`y` must hold at least one label, got -1 in all 3 rows"):
        SelfTrainingClassifier().fit(np.zeros((3, 1)), [-1, -1, -1])
