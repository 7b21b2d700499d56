"""Splitters: partitions, scikit-learn's folds, and its tools accept them."""

import numpy as np
import pytest
from runmath.classic_ml import KFold, LeaveOneOut, StratifiedKFold
from sklearn import model_selection as sk
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression


def same_splits(ours, theirs, X, y=None):
    pairs = list(zip(ours.split(X, y), theirs.split(X, y), strict=True))
    assert len(pairs) == ours.get_n_splits(X)
    for (train, test), (train_, test_) in pairs:
        np.testing.assert_array_equal(train, train_)
        np.testing.assert_array_equal(test, test_)


@pytest.mark.parametrize("n", [5, 7, 23])
@pytest.mark.parametrize("options", [{}, {"shuffle": True, "random_state": 3}])
def test_folds_are_scikit_learns(n, options):
    X = np.zeros((n, 2))
    for k in (2, 3, 5):
        same_splits(KFold(k, **options), sk.KFold(k, **options), X)
    y = np.array(list("babacab" * n))
    for k in (2, 4):
        same_splits(StratifiedKFold(k, **options), sk.StratifiedKFold(k, **options), np.zeros(len(y)), y)
    same_splits(LeaveOneOut(), sk.LeaveOneOut(), X)


@pytest.mark.parametrize("splitter", [KFold(4, shuffle=True, random_state=0), KFold(3), LeaveOneOut()])
def test_each_sample_is_tested_exactly_once(splitter):
    X, tested = np.zeros(13), np.zeros(13, int)
    for train, test in splitter.split(X):
        assert np.intersect1d(train, test).size == 0
        assert len(train) + len(test) == 13
        tested[test] += 1
    assert (tested == 1).all()


def test_strata_have_their_share_in_each_fold():
    y = np.random.default_rng(0).choice(3, 100, p=[0.6, 0.3, 0.1])
    for _, test in StratifiedKFold(5, shuffle=True, random_state=0).split(y, y):
        assert (np.abs(np.bincount(y[test], minlength=3) - np.bincount(y) / 5) < 1).all()


def test_the_tools_of_scikit_learn_accept_the_splitters():
    X, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=500)
    for ours, theirs in ((KFold, sk.KFold), (StratifiedKFold, sk.StratifiedKFold)):
        options = {"shuffle": True, "random_state": 0}
        np.testing.assert_array_equal(
            sk.cross_val_score(model, X, y, cv=ours(3, **options)),
            sk.cross_val_score(model, X, y, cv=theirs(3, **options)),
        )
    search = sk.GridSearchCV(model, {"C": [0.1, 1]}, cv=StratifiedKFold(3)).fit(X, y)
    assert search.n_splits_ == 3
    assert repr(KFold(3)) == "KFold(n_splits=3, random_state=None, shuffle=False)"


def test_splitting_twice_gives_the_same_folds_for_a_seed():
    cv = KFold(3, shuffle=True, random_state=1)
    first, second = ([test.tolist() for _, test in cv.split(np.zeros(9))] for _ in range(2))
    assert first == second


def test_splitters_refuse_bad_input():
    with pytest.raises(ValueError, match="`n_splits` must be at least 2, got 1"):
        KFold(1)
    with pytest.raises(TypeError, match=r"`n_splits` must be an integer, got 2\.5"):
        KFold(2.5)
    with pytest.raises(ValueError, match="`random_state` must be None where `shuffle` is False"):
        KFold(2, random_state=0)
    with pytest.raises(ValueError, match="`n_splits` must be at most the number of samples, 2, got 3"):
        next(KFold(3).split(np.zeros(2)))
    with pytest.raises(ValueError, match="`X` must hold at least 2 samples to leave one out, got 1"):
        next(LeaveOneOut().split(np.zeros(1)))
    with pytest.raises(ValueError, match="`y` must be given"):
        next(StratifiedKFold(2).split(np.zeros(4)))
    with pytest.raises(
        ValueError, match="`n_splits` must be at most the size of the largest class, 2, got 3"
    ):
        next(StratifiedKFold(3).split(np.zeros(4), [0, 0, 1, 1]))
    with pytest.raises(ValueError, match="`y` must hold 4 labels"):
        next(StratifiedKFold(2).split(np.zeros(4), [0, 1]))
    with pytest.warns(UserWarning, match="the smallest class has 1 samples, fewer than 2 folds"):
        next(StratifiedKFold(2).split(np.zeros(4), [0, 0, 0, 1]))
