"""Cross-validation splitters that keep scikit-learn's contract."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_random_state

from runmath.classic_ml.evaluation._checks import as_labels
from runmath.core import as_integer


class KFold(BaseCrossValidator):
    """Split n samples into k folds, each of which is the test set once.

    Parameters
    ----------
    n_splits : int
        k, at least 2. The first n mod k folds have one sample more.
    shuffle : bool
        Draw the folds; otherwise they are runs of consecutive samples.
    random_state : int, RandomState or None
        Used where `shuffle` is set.

    Raises
    ------
    ValueError
        If `n_splits` is below 2 or, in `split`, above n; or `random_state` is given without `shuffle`.

    Notes
    -----
    The folds are those of `sklearn.model_selection.KFold` with the same arguments. Data in order of the classes
    must be shuffled. Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`stone1974cross`; :cite:t:`hastie2009elements`, section 7.10.

    Examples
    --------
    >>> [test.tolist() for _, test in KFold(2).split(np.zeros(5))]
    [[0, 1, 2], [3, 4]]
    """

    def __init__(self, n_splits: int = 5, *, shuffle: bool = False, random_state: object = None):
        self.n_splits = as_integer(n_splits, "n_splits", low=2)
        if random_state is not None and not shuffle:
            raise ValueError("`random_state` must be None where `shuffle` is False: nothing is drawn")
        self.shuffle = shuffle
        self.random_state = random_state

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds."""
        return self.n_splits

    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: object = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the row numbers for training and for testing, both ascending; `groups` is not used."""
        fold = self._fold_of(_n_samples(X), y)
        for k in range(self.n_splits):
            yield np.flatnonzero(fold != k), np.flatnonzero(fold == k)

    def _fold_of(self, n: int, y: ArrayLike | None) -> np.ndarray:
        """Return the number of the fold of each of n samples."""
        if self.n_splits > n:
            raise ValueError(f"`n_splits` must be at most the number of samples, {n}, got {self.n_splits}")
        order = np.arange(n)
        if self.shuffle:
            check_random_state(self.random_state).shuffle(order)
        sizes = np.full(self.n_splits, n // self.n_splits)
        sizes[: n % self.n_splits] += 1
        fold = np.empty(n, dtype=np.intp)
        fold[order] = np.repeat(np.arange(self.n_splits), sizes)
        return fold


class StratifiedKFold(KFold):
    """Split into k folds in which each class has its share, up to one sample.

    Parameters
    ----------
    n_splits, shuffle, random_state
        As in `KFold`; samples are drawn within each class.

    Raises
    ------
    ValueError
        As in `KFold`; in `split` also without `y`, or if every class has fewer than `n_splits` samples.

    Warns
    -----
    UserWarning
        If some class has fewer samples than there are folds.

    Notes
    -----
    The folds are those of `sklearn.model_selection.StratifiedKFold` with the same arguments.
    Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`kohavi1995study`.

    Examples
    --------
    >>> [test.tolist() for _, test in StratifiedKFold(2).split(np.zeros(6), [0, 0, 0, 0, 1, 1])]
    [[0, 1, 4], [2, 3, 5]]
    """

    def _fold_of(self, n: int, y: ArrayLike | None) -> np.ndarray:
        if y is None:
            raise ValueError("`y` must be given: the folds depend on the classes")
        _, first, code = np.unique(as_labels(y, "y", size=n), return_index=True, return_inverse=True)
        code = np.argsort(np.argsort(first))[code]  # classes in the order of their first appearance
        sizes = np.bincount(code)
        if self.n_splits > sizes.max():
            raise ValueError(
                f"`n_splits` must be at most the size of the largest class, {sizes.max()}, got {self.n_splits}"
            )
        if self.n_splits > sizes.min():
            warnings.warn(
                f"the smallest class has {sizes.min()} samples, fewer than {self.n_splits} folds",
                UserWarning,
                stacklevel=4,
            )
        dealt = np.sort(code)  # dealt out like cards: fold k gets cards k, k + n_splits, ...
        shares = [np.bincount(dealt[k :: self.n_splits], minlength=len(sizes)) for k in range(self.n_splits)]
        rng = check_random_state(self.random_state)
        fold = np.empty(n, dtype=np.intp)
        for c, share in enumerate(np.transpose(shares)):
            folds = np.repeat(np.arange(self.n_splits), share)
            if self.shuffle:
                rng.shuffle(folds)
            fold[code == c] = folds
        return fold


class LeaveOneOut(BaseCrossValidator):
    """Test on each sample once, training on all others.

    Raises
    ------
    ValueError
        In `split`, if there are fewer than 2 samples.

    Notes
    -----
    n fits. Nearly unbiased for the error of a model trained on n samples, where it is stable; on parities and
    balanced coin tosses it can be wrong by any amount. Chapter: classic-ml/evaluation-2.

    References
    ----------
    :cite:t:`stone1974cross`; :cite:t:`kohavi1995study`, section 3, for where it fails.

    Examples
    --------
    >>> [test.tolist() for _, test in LeaveOneOut().split(np.zeros(3))]
    [[0], [1], [2]]
    """

    def get_n_splits(self, X: ArrayLike, y: object = None, groups: object = None) -> int:
        """Return the number of samples."""
        return _n_samples(X)

    def split(
        self, X: ArrayLike, y: ArrayLike | None = None, groups: object = None
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield the row numbers for training and for testing."""
        n = _n_samples(X)
        if n < 2:
            raise ValueError(f"`X` must hold at least 2 samples to leave one out, got {n}")
        rows = np.arange(n)
        for i in range(n):
            yield np.delete(rows, i), rows[i : i + 1]


def _n_samples(X: ArrayLike) -> int:
    return X.shape[0] if hasattr(X, "shape") else len(X)
