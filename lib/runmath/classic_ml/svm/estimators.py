"""Support vector machines as scikit-learn estimators."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from runmath.classic_ml.svm.dual import DualSolution, as_bounds, is_symmetric, maximise
from runmath.classic_ml.svm.linear_dual import LinearDualSolution, solve_linear_dual
from runmath.classic_ml.trees.checks import N_SEEDS, as_choice, random_state
from runmath.core import as_integer, as_tolerance, warn_unless_converged
from runmath.probability.kernels import RBF, Kernel

KernelFunction = Callable[[np.ndarray, np.ndarray], np.ndarray]


class _Machine(ClassifierMixin, BaseEstimator):
    """What both machines share: reading the data, and predicting from the decision function."""

    def _read(self, X: ArrayLike, y: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return X as float64 (n, p) and the number (n,) of each label in `classes_`."""
        X, y = validate_data(self, X, y, dtype=float, order="C")
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"`y` must hold at least 2 classes, got 1 class: {self.classes_[0]!r}")
        return X, codes

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the class (n_samples,) of each row of X."""
        scores = self.decision_function(X)
        return self.classes_[(scores > 0).astype(int) if scores.ndim == 1 else scores.argmax(axis=1)]


class KernelSVC(_Machine):
    """Separate classes by f(x) = Σ_i α_i y_i k(x_i, x) - b, which minimises ½ ‖w‖² + C Σ_i max(0, 1 - y_i f(x_i)).

    Parameters
    ----------
    C : float
        Weight of the violated margins, positive; infinite for a hard margin.
    kernel : Kernel, callable or None
        A kernel of `runmath.probability`, or a function of two matrices that returns k(x_i, z_j). None is the RBF
        kernel of length ℓ = √(p v / 2), with p features and the variance v of all entries of X.
    tol : float
        Largest violation of the optimality conditions.
    max_iter : int
        Most steps for each pair of classes.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    kernel_ : Kernel or callable
        The kernel used.
    machines_ : list of DualSolution
        One for each pair of classes, (0, 1), (0, 2), ..., (1, 2), ...; the first class of a pair has the label -1.
    support_ : ndarray of shape (n_support,)
        Rows of the training data with a positive multiplier in some machine, in ascending order.
    support_vectors_ : ndarray of shape (n_support, n_features)
    dual_coef_ : ndarray of shape (n_machines, n_support)
        α_i y_i.
    intercept_ : ndarray of shape (n_machines,)
        -b.
    n_iter_ : int
        Most steps that a machine took.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    Several classes are separated pair by pair and vote. Each machine keeps the matrix of the kernel for its two
    classes, 8 n² bytes; `sklearn.svm.SVC` (LIBSVM) computes single rows and keeps some of them, takes sparse data,
    weights of rows and of classes, and estimates probabilities. Scale the features first. If the kernel is not
    positive semi-definite, the result may be a local solution.

    Chapter: classic-ml/support-vector-machines-2.

    References
    ----------
    .. [1] cortes1995support.
    .. [2] fan2005working.

    Examples
    --------
    >>> from runmath.probability import Polynomial
    >>> X, y = [[0, 0], [1, 1], [0, 1], [1, 0]], ["same", "same", "other", "other"]
    >>> machine = KernelSVC(C=10.0, kernel=Polynomial(2)).fit(X, y)
    >>> machine.predict(X), machine.support_
    (array(['same', 'same', 'other', 'other'], dtype='<U5'), array([0, 1, 2, 3]))
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        kernel: Kernel | KernelFunction | None = None,
        tol: float = 1e-3,
        max_iter: int = 1_000_000,
    ) -> None:
        self.C = C
        self.kernel = kernel
        self.tol = tol
        self.max_iter = max_iter

    def fit(self, X: ArrayLike, y: ArrayLike) -> KernelSVC:
        """Train one machine for each pair of classes on X (n_samples, n_features) and labels y (n_samples,)."""
        if self.kernel is not None and not callable(self.kernel):
            raise TypeError(
                f"`kernel` must be a kernel, a function of two matrices or None, got {self.kernel!r}"
            )
        tol, max_iter = as_tolerance(self.tol, "tol"), as_integer(self.max_iter, "max_iter")
        X, codes = self._read(X, y)
        self.kernel_ = self.kernel or RBF(_scale(X))
        self.machines_: list[DualSolution] = []
        coefficients = []
        for first, second in combinations(range(len(self.classes_)), 2):
            rows = np.flatnonzero((codes == first) | (codes == second))
            labels = np.where(codes[rows] == second, 1.0, -1.0)
            machine = maximise(self._gram(X[rows]), labels, as_bounds(self.C, labels), tol, max_iter)
            self.machines_.append(machine)
            coefficients.append(np.zeros(len(X)))
            coefficients[-1][rows] = machine.alpha * labels
        converged = all(machine.converged for machine in self.machines_)
        warn_unless_converged(converged, "KernelSVC", "scale the features, lower C, or raise max_iter")
        self.support_ = np.flatnonzero(np.any(coefficients, axis=0))
        self.support_vectors_ = X[self.support_]
        self.dual_coef_ = np.array(coefficients)[:, self.support_]
        self.intercept_ = np.array([-machine.offset for machine in self.machines_])
        self.n_iter_ = max(machine.n_iter for machine in self.machines_)
        return self

    def _gram(self, X: np.ndarray) -> np.ndarray:
        """Return k(x_i, x_j), checked to be a finite matrix of its shape."""
        K = self.kernel_(X) if isinstance(self.kernel_, Kernel) else self.kernel_(X, X)
        K = np.ascontiguousarray(K, dtype=float)
        if K.shape != (len(X), len(X)) or not np.isfinite(K).all():
            raise ValueError(
                f"`kernel` must return a finite matrix of shape {(len(X), len(X))}, got {K.shape}"
            )
        if not isinstance(self.kernel_, Kernel) and not is_symmetric(K):
            raise ValueError("`kernel` must be symmetric, got k(x_i, x_j) that differs from k(x_j, x_i)")
        return K

    def _pairwise_decisions(self, X: ArrayLike) -> np.ndarray:
        """Return f(x) (n_samples, n_machines) of every machine."""
        check_is_fitted(self)
        X = validate_data(self, X, dtype=float, order="C", reset=False)
        if not self.support_.size:
            return np.tile(self.intercept_, (len(X), 1))
        return self.kernel_(X, self.support_vectors_) @ self.dual_coef_.T + self.intercept_

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return f(x) (n_samples,), positive for `classes_[1]`, or votes (n_samples, n_classes).

        With more than two classes, each machine votes for one of its two; sums of the f(x), squeezed into ±1/3,
        decide where votes tie.
        """
        f = self._pairwise_decisions(X)
        return f[:, 0] if f.shape[1] == 1 else votes(f, len(self.classes_))


def _scale(X: np.ndarray) -> float:
    """Return ℓ = √(p v / 2), for which exp(-‖x - z‖² / (2ℓ²)) has the default width of scikit-learn."""
    v = X.var()
    return float(np.sqrt(X.shape[1] * v / 2)) if v > 0 else 1.0


def votes(f: np.ndarray, n_classes: int) -> np.ndarray:
    """Return the votes (n, n_classes) of the machines f (n, n_classes (n_classes - 1) / 2), ties broken by their sums.

    Examples
    --------
    >>> votes(np.array([[-1.0, -1.0, 2.0]]), 3).argmax(axis=1)  # 0 beats 1, 0 beats 2, 2 beats 1
    array([0])
    """
    count, sums = np.zeros((2, len(f), n_classes))
    for column, (first, second) in zip(f.T, combinations(range(n_classes), 2), strict=True):
        count[:, first] += column <= 0
        count[:, second] += column > 0
        sums[:, first] -= column
        sums[:, second] += column
    return count + sums / (3 * (np.abs(sums) + 1))


class LinearSVC(_Machine):
    """Separate classes by f(x) = w'x + c s, which minimises ½ (‖w‖² + c²) + C Σ_i max(0, 1 - y_i f(x_i)).

    Parameters
    ----------
    C : float
        Weight of the violated margins, positive and finite.
    loss : {"hinge", "squared_hinge"}
        Whether the violations are squared.
    intercept_scaling : float
        The number s, at least 0: the larger, the less is the intercept c s penalised; 0 for none.
    tol, max_iter
        As for `solve_linear_dual`.
    random_state : int, RandomState or None
        Draws the order of the rows.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
    machines_ : list of LinearDualSolution
        The machine of the second class, or one for each class against the others.
    coef_ : ndarray of shape (n_machines, n_features)
        The vectors w.
    intercept_ : ndarray of shape (n_machines,)
        The numbers c s.
    n_iter_ : int
        Most epochs that a machine took.
    n_features_in_, feature_names_in_
        As in scikit-learn.

    Notes
    -----
    The intercept is penalised, as in LIBLINEAR (`sklearn.svm.LinearSVC`), because the dual then has no equality
    constraint; centre the data, or raise `intercept_scaling`. Several classes are each separated from the rest.
    For wide or sparse data use LIBLINEAR.

    Chapter: classic-ml/support-vector-machines.

    References
    ----------
    .. [1] hsieh2008dual.

    Examples
    --------
    >>> LinearSVC(C=10.0).fit([[-1.0], [-2.0], [1.0], [2.0]], ["a", "a", "b", "b"]).predict([[-0.5], [0.5]])
    array(['a', 'b'], dtype='<U1')
    """

    def __init__(
        self,
        *,
        C: float = 1.0,
        loss: str = "hinge",
        intercept_scaling: float = 1.0,
        tol: float = 1e-3,
        max_iter: int = 10_000,
        random_state: Any = None,
    ) -> None:
        self.C = C
        self.loss = loss
        self.intercept_scaling = intercept_scaling
        self.tol = tol
        self.max_iter = max_iter
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> LinearSVC:
        """Train one machine, or one for each of several classes, on X (n_samples, n_features), y (n_samples,)."""
        loss = as_choice(self.loss, "loss", ("hinge", "squared_hinge"))
        s = _as_scaling(self.intercept_scaling)
        X, codes = self._read(X, y)
        X = np.hstack([X, np.full((len(X), 1), s)])
        rng = np.random.default_rng(random_state(self.random_state).randint(N_SEEDS))
        self.machines_: list[LinearDualSolution] = [
            solve_linear_dual(
                X,
                np.where(codes == k, 1.0, -1.0),
                C=self.C,
                squared=loss == "squared_hinge",
                tol=self.tol,
                max_iter=self.max_iter,
                rng=rng,
            )
            for k in range(len(self.classes_))[len(self.classes_) == 2 :]
        ]
        w = np.array([machine.w for machine in self.machines_])
        self.coef_, self.intercept_ = w[:, :-1], s * w[:, -1]
        self.n_iter_ = max(machine.n_iter for machine in self.machines_)
        return self

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return f(x) (n_samples,), positive for `classes_[1]`, or one column for each of several classes."""
        check_is_fitted(self)
        f = validate_data(self, X, dtype=float, order="C", reset=False) @ self.coef_.T + self.intercept_
        return f[:, 0] if len(self.machines_) == 1 else f


def _as_scaling(value: Any) -> float:
    """Return a finite real number of at least 0."""
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"`intercept_scaling` must be a real number, got {value!r}")
    if not 0 <= value < np.inf:
        raise ValueError(f"`intercept_scaling` must be at least 0 and finite, got {value}")
    return float(value)
