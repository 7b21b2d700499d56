"""Dictionary learning: atoms of which few suffice to build each sample."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import (
    EPS,
    ConvergenceWarning,
    IterativeResult,
    as_integer,
    as_matrix,
    as_rng,
    as_tolerance,
    norm,
    warn_unless_converged,
)
from runmath.optimization.proximal import proximal_gradient
from runmath.optimization.proximal_maps import soft_threshold

INNER_TOL = 1e-3  # relative to alpha: far below what a round changes


@dataclass(frozen=True, kw_only=True, eq=False)
class DictionaryResult(IterativeResult):
    """A dictionary and the codes of the samples it was learnt from, X ≈ C D.

    Parameters
    ----------
    dictionary : ndarray of shape (n_atoms, n_features)
        D; no atom is longer than 1.
    codes : ndarray of shape (n_samples, n_atoms)
    objective : ndarray of shape (n_iter + 1,)
        ½‖X - C D‖² + alpha Σ|C_ij|, with the codes of the first dictionary, and after each round.
    history : ndarray of shape (n_iter + 1,)
        Relative decrease of the objective in every round; infinite before the first.
    """

    dictionary: np.ndarray
    codes: np.ndarray
    objective: np.ndarray


def sparse_code(
    X: ArrayLike,
    dictionary: ArrayLike,
    *,
    alpha: float,
    init: ArrayLike | None = None,
    tol: float = 1e-6,
    max_iter: int = 5_000,
) -> np.ndarray:
    """Return the codes C that minimise ½‖X - C D‖² + alpha Σ|C_ij|, by FISTA on all samples at once.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
    dictionary : array_like of shape (n_atoms, n_features)
    alpha : float
        Weight of the penalty, at least 0.
    init : array_like of shape (n_samples, n_atoms), optional
        Where to start; zero by default.
    tol : float
        Stops where no entry of the gradient mapping exceeds tol · alpha (tol, if alpha is 0).
    max_iter : int

    Returns
    -------
    ndarray of shape (n_samples, n_atoms)

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit or shapes do not agree.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` steps were not enough.

    Notes
    -----
    A step costs n_samples · n_atoms² multiplications, because D Dᵀ and X Dᵀ are formed once. Coordinate descent, as in
    scikit-learn, visits few coordinates where codes are very sparse, and is then faster for a single sample.
    Chapter: optimization/proximal-methods-2.

    References
    ----------
    .. [1] beck2009fast.

    Examples
    --------
    >>> sparse_code([[3.0, 0.5]], [[1.0, 0.0], [0.0, 1.0]], alpha=1.0)
    array([[2., 0.]])
    """
    X, D = as_matrix(X, "X"), as_matrix(dictionary, "dictionary")
    alpha, tol = _as_alpha(alpha), as_tolerance(tol, "tol")
    max_iter = as_integer(max_iter, "max_iter", low=0)
    if X.shape[1] != D.shape[1]:
        raise ValueError(f"`X` and `dictionary` must have equally many columns, got {X.shape} and {D.shape}")
    C = np.zeros((len(X), len(D))) if init is None else as_matrix(init, "init")
    if C.shape != (len(X), len(D)):
        raise ValueError(f"`init` must have the shape {(len(X), len(D))}, got {C.shape}")
    C, converged = _codes(X, D, alpha, C, tol, max_iter)
    warn_unless_converged(converged, "sparse_code", "raise `max_iter` or `tol`")
    return C


def _codes(
    X: np.ndarray, D: np.ndarray, alpha: float, C: np.ndarray, tol: float, max_iter: int
) -> tuple[np.ndarray, bool]:
    gram, target = D @ D.T, X @ D.T  # (n_atoms, n_atoms), (n_samples, n_atoms)
    L = float(np.linalg.eigvalsh(gram)[-1]) * (1 + len(D) * EPS)  # never below the largest eigenvalue
    if L <= 0:
        return np.zeros_like(C), True

    def step(Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        new = soft_threshold(Y - (Y @ gram - target) / L, alpha / L)
        return new, (Y - new) * L

    found = proximal_gradient(step, C, tol=tol * (alpha or 1.0), max_iter=max_iter)
    return found["x"], found["converged"]


def update_dictionary(
    X: ArrayLike, codes: ArrayLike, dictionary: ArrayLike, *, n_sweeps: int = 1
) -> np.ndarray:
    """Lower ‖X - C D‖² over dictionaries without long atoms, ‖d_j‖ ≤ 1, one atom after the other.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
    codes : array_like of shape (n_samples, n_atoms)
    dictionary : array_like of shape (n_atoms, n_features)
    n_sweeps : int
        How often all atoms are updated.

    Returns
    -------
    ndarray of shape (n_atoms, n_features)
        An atom that no sample uses stays as it is.

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit or shapes do not agree.

    Notes
    -----
    Each update is the exact minimum over one atom in the unit ball: that of the quadratic c‖d‖² is a ball, too, so that
    projecting is right. Chapter: optimization/proximal-methods-2.

    References
    ----------
    .. [1] mairal2010online, Algorithm 2.

    Examples
    --------
    >>> update_dictionary([[2.0, 0.0], [0.0, 1.0]], [[4.0, 0.0], [0.0, 0.5]], [[0.0, 1.0], [1.0, 0.0]])
    array([[0.5, 0. ],
           [0. , 1. ]])
    """
    X, C, D = as_matrix(X, "X"), as_matrix(codes, "codes"), as_matrix(dictionary, "dictionary")
    if len(X) != len(C) or C.shape[1] != len(D) or X.shape[1] != D.shape[1]:
        raise ValueError(
            f"`X`, `codes`, `dictionary` must have shapes (n, p), (n, k), (k, p), got {X.shape}, {C.shape}, {D.shape}"
        )
    A, B = C.T @ C, C.T @ X
    for _ in range(as_integer(n_sweeps, "n_sweeps")):
        for j in np.flatnonzero(np.diag(A) > 0):
            D[j] += (B[j] - A[j] @ D) / A[j, j]
            D[j] /= max(1.0, norm(D[j]))  # Alg. 2, equation (10)
    return D


def learn_dictionary(
    X: ArrayLike,
    init: ArrayLike | int,
    *,
    alpha: float,
    tol: float = 1e-4,
    max_iter: int = 100,
    code_steps: int = 50,
    rng: np.random.Generator | int = 0,
) -> DictionaryResult:
    """Minimise ½‖X - C D‖² + alpha Σ|C_ij| over codes and atoms with ‖d_j‖ ≤ 1, by turns.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
    init : array_like of shape (n_atoms, n_features), or int
        The first dictionary, or the number of atoms, which then are random samples of unit length.
    alpha : float
        Weight of the penalty, above 0.
    tol : float
        Stops where a round lowers the objective by less than this part of it.
    max_iter : int
        Most rounds of coding and updating.
    code_steps : int
        Most steps of FISTA in a round; codes that are not finished go on in the next one.
    rng : Generator or int
        Draws the first atoms, and replaces atoms that no sample uses by samples.

    Returns
    -------
    DictionaryResult

    Raises
    ------
    TypeError, ValueError
        If an argument is unfit.

    Warns
    -----
    ConvergenceWarning
        If `max_iter` rounds were not enough.

    Notes
    -----
    The problem is not convex in both unknowns together: the result depends on the start, and atoms are at best
    determined up to order and sign. The objective never rises but where a dead atom was replaced, which costs nothing
    either. Codes are warm-started. scikit-learn's mini-batch version is meant for more samples than fit a round.
    Chapter: optimization/proximal-methods-2.

    References
    ----------
    .. [1] mairal2010online.

    Examples
    --------
    >>> result = learn_dictionary([[2.0, 0.0], [0.0, 3.0]], [[1.0, 0.0], [0.0, 1.0]], alpha=1.0)
    >>> result.codes
    array([[1., 0.],
           [0., 2.]])
    """
    X, rng, alpha = as_matrix(X, "X"), as_rng(rng), _as_alpha(alpha)
    tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter")
    code_steps = as_integer(code_steps, "code_steps")
    if alpha == 0:
        raise ValueError("`alpha` must be above 0, got 0: without a penalty any basis is a solution")
    D = _first_atoms(X, init, rng)
    C, _ = _codes(X, D, alpha, np.zeros((len(X), len(D))), INNER_TOL, code_steps)
    objective, history = [_objective(X, C, D, alpha)], [np.inf]
    while history[-1] > tol and len(history) <= max_iter:
        D = update_dictionary(X, C, D)
        D = _replace_unused(X, C, D, rng)
        C, _ = _codes(X, D, alpha, C, INNER_TOL, code_steps)
        objective.append(_objective(X, C, D, alpha))
        history.append((objective[-2] - objective[-1]) / max(objective[-1], np.finfo(float).tiny))
    converged = bool(history[-1] <= tol)
    if not converged:
        warnings.warn(
            "learn_dictionary did not converge; raise `max_iter` or `tol`", ConvergenceWarning, stacklevel=2
        )
    return DictionaryResult(
        dictionary=D,
        codes=C,
        converged=converged,
        n_iter=len(history) - 1,
        history=np.array(history),
        objective=np.array(objective),
    )


def _first_atoms(X: np.ndarray, init: ArrayLike | int, rng: np.random.Generator) -> np.ndarray:
    if np.ndim(init):
        D = as_matrix(init, "init")
        if D.shape[1] != X.shape[1]:
            raise ValueError(f"`init` must have {X.shape[1]} columns, got shape {D.shape}")
        return D / np.maximum(1.0, np.linalg.norm(D, axis=1, keepdims=True))
    n_atoms = as_integer(init, "init")
    used = X[np.linalg.norm(X, axis=1) > 0]
    if not len(used):
        raise ValueError("`X` must hold a sample that is not zero, got none")
    D = used[rng.choice(len(used), n_atoms, replace=n_atoms > len(used))]
    return D / np.linalg.norm(D, axis=1, keepdims=True)


def _replace_unused(X: np.ndarray, C: np.ndarray, D: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Put random samples where an atom is used by none; the codes there are zero, so that nothing else changes."""
    for j in np.flatnonzero(~C.any(axis=0)):
        sample = X[rng.integers(len(X))]
        length = np.linalg.norm(sample)
        if length > 0:
            D[j] = sample / length
    return D


def _objective(X: np.ndarray, C: np.ndarray, D: np.ndarray, alpha: float) -> float:
    return 0.5 * float(np.sum((X - C @ D) ** 2)) + alpha * float(np.abs(C).sum())


def _as_alpha(alpha: float) -> float:
    if not isinstance(alpha, Real) or isinstance(alpha, bool):
        raise TypeError(f"`alpha` must be a real number, got {alpha!r}")
    if not 0 <= alpha < np.inf:
        raise ValueError(f"`alpha` must be at least 0 and finite, got {alpha}")
    return float(alpha)
