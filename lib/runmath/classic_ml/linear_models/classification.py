"""Logistic regression for two classes and softmax regression for several."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from runmath.classic_ml.linear_models.likelihoods import Bernoulli, Categorical
from runmath.classic_ml.linear_models.preparation import as_above_zero, mean_rows
from runmath.classic_ml.linear_models.solvers import lbfgs, newton
from runmath.classic_ml.trees.checks import as_choice, new_data, training_data, weights
from runmath.core import as_integer, as_tolerance, warn_unless_converged

FEW = 200  # up to so many coefficients Newton's method is the faster one
SOLVERS = {"newton": newton, "lbfgs": lbfgs}


class _LinearClassifier(ClassifierMixin, BaseEstimator):
    """Finds the coefficients of largest penalised likelihood; subclasses say which likelihood."""

    def __init__(
        self,
        *,
        C: float = 1.0,
        fit_intercept: bool = True,
        solver: str = "auto",
        tol: float = 1e-6,
        max_iter: int = 1000,
    ) -> None:
        self.C = C
        self.fit_intercept = fit_intercept
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter

    def _fit(self, X: np.ndarray, codes: np.ndarray, w: np.ndarray) -> None:
        """Fit to X (n, p), class numbers (n,) and weights (n,)."""
        C, tol = as_above_zero(self.C, "C", infinite=True), as_tolerance(self.tol, "tol")
        max_iter = as_integer(self.max_iter, "max_iter")
        as_choice(self.solver, "solver", ("auto", *SOLVERS))
        if not w.all():
            X, codes, w = X[w > 0], codes[w > 0], w[w > 0]
        _check_classes(self.classes_, codes)
        K, likelihood = (1, Bernoulli) if self._binary else (len(self.classes_), Categorical)

        # Centring changes no probability and no penalty, only b; it makes the problem far better conditioned.
        mean = mean_rows(X, w) if self.fit_intercept else np.zeros(X.shape[1])
        varies = (mean != X).any(axis=0)
        A = np.ascontiguousarray((X if varies.all() else X[:, varies]) - mean[varies])
        f = likelihood(A, codes, w / w.sum(), 1 / (C * w.sum()), K, bool(self.fit_intercept))
        solver = self.solver
        if solver == "auto":
            solver = "newton" if f.shape[0] * f.shape[1] <= FEW else "lbfgs"
        theta, history = SOLVERS[solver](f, tol=tol, max_iter=max_iter)

        self.n_iter_ = max(1, len(history) - 1)
        self.coef_ = np.zeros((K, X.shape[1]))
        self.coef_[:, varies] = theta.reshape(f.shape)[:, : A.shape[1]]
        b = theta.reshape(f.shape)[:, -1] if self.fit_intercept else np.zeros(K)
        self.intercept_ = b - self.coef_ @ mean
        warn_unless_converged(
            history[-1] <= tol,
            f"{type(self).__name__} ({solver})",
            f"the gradient is {history[-1]:.1e}, above tol = {tol:.1e}; raise `max_iter`, scale the features "
            "to equal variance, or lower `C`",
        )
        warn_unless_converged(
            not (np.isinf(C) and f.separates(theta)),
            f"{type(self).__name__} with C = inf",
            "the likelihood has no maximum, because the fitted scores separate the classes and larger multiples "
            "of them are always better; use a finite `C`",
        )

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Return the most probable class of each row of X, (n, p)."""
        check_is_fitted(self)
        return self.classes_[self._log_odds(X).argmax(axis=1)]

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of each class for each row of X, (n, K)."""
        return softmax(self._log_odds(X), axis=1)

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """Return the scores (n, K), or for two classes the log-odds of the second, (n,)."""
        Z = self._log_odds(X)
        return Z if Z.shape[1] > 2 else Z[:, 1] - Z[:, 0]

    def _scores(self, X: ArrayLike) -> np.ndarray:
        check_is_fitted(self)
        return new_data(self, X) @ self.coef_.T + self.intercept_


def _check_classes(classes: np.ndarray, codes: np.ndarray) -> None:
    if len(classes) < 2:
        raise ValueError(f"`y` must hold at least 2 classes, got 1 class, {classes[0]!r}")
    missing = np.flatnonzero(np.bincount(codes, minlength=len(classes)) == 0)
    if missing.size:
        raise ValueError(
            f"`sample_weight` must be positive for a sample of every class, got zeros for {classes[missing[0]]!r}"
        )


class LogisticRegression(_LinearClassifier):
    """Minimise C Σ s_i log(1 + exp(∓(x_iᵀ w + b))) + ½ ‖w‖² over w and b, with - for the second class.

    Parameters
    ----------
    C : float
        Weight of the data against the penalty, above 0; `inf` for maximum likelihood without a penalty.
    fit_intercept : bool
        Without it b = 0.
    solver : {"auto", "newton", "lbfgs"}
        "auto" takes Newton's method for up to 200 coefficients.
    tol : float
        No entry of the gradient of the objective, divided by C Σ s_i, is to be larger than this.
    max_iter : int
        Iterations of the solver.

    Attributes
    ----------
    classes_ : ndarray of shape (2,)
    coef_ : ndarray of shape (1, p)
    intercept_ : ndarray of shape (1,)
    n_iter_ : int

    Raises
    ------
    TypeError, ValueError
        If an option is out of range, the data are not finite, or there are not two classes with a weight.

    Warns
    -----
    ConvergenceWarning
        If the tolerance is not reached; or if C is infinite and the fit separates the classes: there is no
        finite solution then. Classes that can be separated but for ties are not recognised.

    Notes
    -----
    A Newton step costs n p² operations, one of L-BFGS 4 n p. Columns are centred, which moves only b. Columns
    that depend on others are no difficulty. scikit-learn's class has more solvers, penalties and sparse data.
    Chapter: classic-ml/linear-models-2.

    References
    ----------
    .. [1] hastie2009elements, Section 4.4.
    .. [2] albert1984existence, on when there is a finite solution.

    Examples
    --------
    >>> model = LogisticRegression().fit([[-1], [0], [0], [1]], ["a", "a", "b", "b"])
    >>> model.predict([[-3], [3]]), model.predict_proba([[0]]).round(6)
    (array(['a', 'b'], dtype='<U1'), array([[0.5, 0.5]]))
    """

    _binary = True

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> LogisticRegression:
        """Fit to X of shape (n, p), labels y of shape (n,) and weights s of shape (n,)."""
        X, codes = training_data(self, X, y, classes=True)
        if len(self.classes_) > 2:
            raise ValueError(
                "Only binary classification is supported: `y` must hold 2 classes, got "
                f"{len(self.classes_)}; use SoftmaxRegression"
            )
        self._fit(X, codes, weights(sample_weight, X))
        return self

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """Return the probability of each class for each row of X, (n, 2)."""
        z = self._scores(X)
        return expit(np.hstack([-z, z]))

    def _log_odds(self, X: ArrayLike) -> np.ndarray:
        z = self._scores(X)
        return np.hstack([np.zeros_like(z), z])


class SoftmaxRegression(_LinearClassifier):
    """Minimise C Σ s_i (log Σ_k e^{z_ik} - z_{i y_i}) + ½ ‖W‖² with z_i = W x_i + b over W and b.

    Parameters
    ----------
    C, fit_intercept, solver, tol, max_iter
        As in `LogisticRegression`; Newton's method has K(p + 1) unknowns.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
    coef_ : ndarray of shape (K, p)
    intercept_ : ndarray of shape (K,)
        Of the solutions, which differ by a number added to all b_k, the one with the sum 0 for centred columns.
    n_iter_ : int

    Raises
    ------
    TypeError, ValueError
        As in `LogisticRegression`; two classes or more.

    Warns
    -----
    ConvergenceWarning
        As in `LogisticRegression`.

    Notes
    -----
    An evaluation of the objective and its gradient costs 4 n p K operations. For two classes the solution is
    that of `LogisticRegression` with C twice as large: w = w_2 - w_1 is shared by two vectors, so that the
    penalty is half as large. Chapter: classic-ml/linear-models-2.

    References
    ----------
    .. [1] hastie2009elements, Section 4.4.

    Examples
    --------
    >>> model = SoftmaxRegression().fit([[-1], [0], [1]], [0, 1, 2])
    >>> model.predict([[-3], [0], [3]]), model.predict_proba([[0]]).round(2)
    (array([0, 1, 2]), array([[0.32, 0.36, 0.32]]))
    """

    _binary = False

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> SoftmaxRegression:
        """Fit to X of shape (n, p), labels y of shape (n,) and weights s of shape (n,)."""
        X, codes = training_data(self, X, y, classes=True)
        self._fit(X, codes, weights(sample_weight, X))
        return self

    def _log_odds(self, X: ArrayLike) -> np.ndarray:
        return self._scores(X)
