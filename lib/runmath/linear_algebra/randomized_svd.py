"""The leading singular triplets of a large matrix, from its action on a few random vectors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import qr

from runmath.core import as_integer, as_matrix, as_rng, times_power_of_two, unit_scaled
from runmath.linear_algebra.svd import svd


@dataclass(frozen=True, eq=False)
class LowRankSVD:
    """The k leading terms of a singular value decomposition, approximately.

    Parameters
    ----------
    U : ndarray of shape (m, k)
        Orthonormal columns.
    s : ndarray of shape (k,)
        Descending; none exceeds the singular value it approximates, up to rounding.
    Vt : ndarray of shape (k, n)
        Orthonormal rows.
    """

    U: np.ndarray
    s: np.ndarray
    Vt: np.ndarray


def randomized_svd(
    A: ArrayLike,
    rank: int,
    *,
    rng: np.random.Generator | int,
    n_oversamples: int = 10,
    n_power_iterations: int = 2,
) -> LowRankSVD:
    """Compute A ≈ U diag(s) Vt with k terms from an orthonormal basis of the range of A Ω, Ω random.

    Parameters
    ----------
    A : array_like of shape (m, n)
    rank : int
        The number k of terms, from 1 to min(m, n).
    rng : Generator or int
        Draws the Gaussian test matrix Ω.
    n_oversamples : int
        Columns of Ω beyond k.
    n_power_iterations : int
        Products with A Aᵀ that sharpen the basis where the singular values fall slowly.

    Returns
    -------
    LowRankSVD

    Raises
    ------
    TypeError, ValueError
        If `A` is not a finite real matrix or a number is out of range.
    OverflowError
        If the largest singular value exceeds the largest float64.

    Notes
    -----
    With ℓ = k + n_oversamples columns the cost is 2 (q + 1) products of A with ℓ vectors, O(m n ℓ q), and
    O((m + n) ℓ²) besides, instead of O(m n min(m, n)). With no power iteration and k, n_oversamples ≥ 2 the
    expected squared Frobenius error is at most 1 + k / (n_oversamples - 1) times that of the best approximation
    of rank k: the proof in [1]_ bounds the error of a matrix of rank k with columns in the range of A Ω, and
    none such is closer to A than the result.

    Chapter: linear-algebra/svd-2.

    References
    ----------
    .. [1] halko2011finding, Algorithms 4.4 and 5.1, Theorem 10.5.

    Examples
    --------
    >>> randomized_svd([[3, 0], [0, 0]], 1, rng=0).s
    array([3.])
    """
    A, e = unit_scaled(as_matrix(A, "A"))
    k = as_integer(rank, "rank", high=min(A.shape))
    n_columns = min(k + as_integer(n_oversamples, "n_oversamples", low=0), *A.shape)
    Q = _range_basis(A, n_columns, as_integer(n_power_iterations, "n_power_iterations", low=0), as_rng(rng))
    # Alg. 5.1: B = Qᵀ A is small on one side; its transpose is factored first, so that the SVD is ℓ by ℓ
    Q_2, R = qr(A.T @ Q, mode="economic")  # Bᵀ = Q₂ R, so A ≈ Q Rᵀ Q₂ᵀ
    core = svd(R.T)
    s = times_power_of_two(core.s[:k], e, "the largest singular value")
    return LowRankSVD(Q @ core.U[:, :k], s, core.Vt[:k] @ Q_2.T)


def _range_basis(
    A: np.ndarray, n_columns: int, n_power_iterations: int, rng: np.random.Generator
) -> np.ndarray:
    """Return an orthonormal basis (m, ℓ) that captures most of the range of A."""
    Q, _ = qr(A @ rng.standard_normal((A.shape[1], n_columns)), mode="economic")  # Alg. 4.4, lines 1-3
    for _ in range(n_power_iterations):  # lines 4-8; orthonormalised at each half step, or rounding would win
        Q, _ = qr(A.T @ Q, mode="economic")
        Q, _ = qr(A @ Q, mode="economic")
    return Q
