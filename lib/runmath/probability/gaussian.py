"""The normal distribution in any dimension, with its marginals and conditionals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from runmath.core import EPS, as_integer, as_matrix, as_rng, as_vector


@dataclass(frozen=True, eq=False)
class Gaussian:
    """The distribution N(μ, Σ), with density exp(-(x - μ)ᵀ Σ⁻¹ (x - μ) / 2) / √det(2π Σ) where Σ is invertible.

    Parameters
    ----------
    mean : array-like of shape (d,)
    cov : array-like of shape (d, d)
        Symmetric, with eigenvalues at least 0. A singular one describes variables of which some are linear
        functions of others; it can be sampled, but it has no density.

    Raises
    ------
    TypeError, ValueError
        If the shapes do not fit, an entry is not finite, or `cov` is not symmetric or has a negative eigenvalue
        (both beyond rounding).

    Notes
    -----
    One Cholesky factorisation, d³/3 operations, on construction; it is kept. How far an eigenvalue may be below 0 is
    measured against the largest one, so bring variables of very different units to one scale first.
    `scipy.stats.multivariate_normal` is the production version: it takes eigenvalues, gives singular distributions
    a density on their subspace, and has a distribution function. Chapter: probability/bayes-and-random-variables-3.

    References
    ----------
    :cite:t:`rasmussen2006gaussian`, appendix A.2; :cite:t:`bishop2006pattern`, section 2.3.

    Examples
    --------
    >>> pair = Gaussian([0.0, 1.0], [[4.0, 2.0], [2.0, 2.0]])
    >>> second = pair.condition(0, 2.0)
    >>> second.mean, second.cov
    (array([2.]), array([[1.]]))
    """

    mean: np.ndarray
    cov: np.ndarray

    def __post_init__(self) -> None:
        """Check both and keep copies that cannot be written to."""
        mean, cov = as_vector(self.mean, "mean"), as_matrix(self.cov, "cov", square=True)
        if len(cov) != len(mean):
            raise ValueError(f"`cov` must have {len(mean)} rows like `mean`, got {len(cov)}")
        if np.abs(cov - cov.T).max() > 1e-10 * np.abs(cov).max():  # rounding of a computed covariance is less
            raise ValueError("`cov` must be symmetric, got entries that differ from their mirror images")
        cov = (cov + cov.T) / 2
        mean.flags.writeable = cov.flags.writeable = False
        object.__setattr__(self, "mean", mean)
        object.__setattr__(self, "cov", cov)
        if self._cholesky is None:
            values = np.linalg.eigvalsh(cov)
            if values[0] < -10 * len(cov) * EPS * max(values[-1], 0):
                raise ValueError(f"`cov` must have eigenvalues of at least 0, got {values[0]:.3g}")

    @classmethod
    def fit(cls, X: ArrayLike, *, ddof: int = 1) -> Gaussian:
        """Return the normal distribution with the mean and covariance of the rows of X, with divisor n - ddof.

        Raises
        ------
        TypeError
            If `ddof` is not an integer.
        ValueError
            If it is negative, or there are not more than `ddof` rows.
        """
        X, ddof = as_matrix(X, "X"), as_integer(ddof, "ddof", low=0)
        if len(X) <= ddof:
            raise ValueError(f"`X` must have more than `ddof` = {ddof} rows, got {len(X)}")
        centred = X - X.mean(axis=0)
        return cls(X.mean(axis=0), centred.T @ centred / (len(X) - ddof))

    @cached_property
    def _cholesky(self) -> np.ndarray | None:
        """Lower triangular L with Σ = L Lᵀ; None where Σ is singular, up to rounding."""
        try:
            L = np.linalg.cholesky(self.cov)
        except np.linalg.LinAlgError:
            return None
        pivots = np.diag(L) ** 2  # conditional variances, each given the variables before it
        return L if (pivots > len(L) * EPS * np.diag(self.cov)).all() else None

    @cached_property
    def _root(self) -> np.ndarray:
        """A matrix R with Σ = R Rᵀ: the Cholesky factor, or one from eigenvalues where Σ is singular."""
        if self._cholesky is not None:
            return self._cholesky
        scaled, sd = _correlations(self.cov, np.diag(self.cov))
        values, vectors = np.linalg.eigh(scaled)
        return sd[:, None] * vectors * np.sqrt(np.maximum(values, 0))

    def log_pdf(self, x: ArrayLike) -> np.ndarray:
        """Return log N(x; μ, Σ) = -(‖L⁻¹ (x - μ)‖² + d log 2π) / 2 - Σ log L_ii at points of shape (..., d).

        Raises
        ------
        TypeError
            If the coordinates are not real numbers.
        ValueError
            If the points do not have d coordinates, or one is not finite, or the covariance is singular: then there
            is no density.
        """
        x = np.asarray(x)
        if x.size:
            x = as_vector(x.ravel(), "x").reshape(x.shape)
        d = len(self.mean)
        if x.ndim == 0 or x.shape[-1] != d:
            raise ValueError(f"`x` must have {d} coordinates along its last axis, got shape {x.shape}")
        L = self._cholesky
        if L is None:
            raise ValueError(
                "a normal distribution with a singular covariance has no density; take the marginal of fewer variables"
            )
        z = solve_triangular(L, (x - self.mean).reshape(-1, d).T, lower=True, check_finite=False)
        log_volume = np.log(np.diag(L)).sum() + d * np.log(2 * np.pi) / 2
        return (-np.einsum("ij,ij->j", z, z) / 2 - log_volume).reshape(x.shape[:-1])

    def sample(self, n: int, *, rng: np.random.Generator | int) -> np.ndarray:
        """Draw n points μ + L z with z standard normal, as rows: shape (n, d)."""
        rng, n = as_rng(rng), as_integer(n, "n")
        return self.mean + rng.standard_normal((n, len(self.mean))) @ self._root.T

    def marginal(self, indices: int | Sequence[int]) -> Gaussian:
        """Return the distribution of some of the variables, in the order given: a part of μ and of Σ."""
        kept = self._as_indices(indices)
        return Gaussian(self.mean[kept], self.cov[np.ix_(kept, kept)])

    def condition(self, indices: int | Sequence[int], values: ArrayLike) -> Gaussian:
        """Return the distribution of the other variables where those of `indices` (b) have the given values.

        With a for the others, it is N(μ_a + Σ_ab Σ_bb⁻¹ (x_b - μ_b), Σ_aa - Σ_ab Σ_bb⁻¹ Σ_ba).

        Parameters
        ----------
        indices : int or sequence of int
            The known variables; at least one must be left.
        values : float or array-like, one for each index

        Returns
        -------
        Gaussian
            Over the variables that are left, in their order.

        Raises
        ------
        TypeError, ValueError
            If an index does not exist or stands twice, the number of values differs, no variable is left, or the
            covariance of the known variables is singular.

        Notes
        -----
        By a Cholesky factor of Σ_bb and triangular solves, no inverse. What is negative in the result by rounding
        is set to zero.
        """
        b = self._as_indices(indices)
        values = as_vector(np.atleast_1d(values), "values", size=len(b))
        a = [i for i in range(len(self.mean)) if i not in set(b)]
        if not a:
            raise ValueError("`indices` must leave at least one variable, got all")
        L = self.marginal(b)._cholesky
        if L is None:
            raise ValueError(
                "the covariance of the known variables must be invertible; leave out the redundant ones"
            )
        W = solve_triangular(L, self.cov[np.ix_(b, a)], lower=True)  # L⁻¹ Σ_ba
        mean = self.mean[a] + W.T @ solve_triangular(L, values - self.mean[b], lower=True)
        prior = self.cov[np.ix_(a, a)]
        return Gaussian(mean, _nonnegative(prior - W.T @ W, np.diag(prior)))

    def affine(self, A: ArrayLike, b: ArrayLike | None = None) -> Gaussian:
        """Return the distribution of A x + b: N(A μ + b, A Σ Aᵀ), for A of shape (k, d) and b of shape (k,)."""
        A = as_matrix(A, "A")
        if A.shape[1] != len(self.mean):
            raise ValueError(f"`A` must have {len(self.mean)} columns, got {A.shape[1]}")
        shift = np.zeros(len(A)) if b is None else as_vector(b, "b", size=len(A))
        B = A @ self._root  # B Bᵀ has no negative eigenvalue, where A Σ Aᵀ may have one by rounding
        return Gaussian(A @ self.mean + shift, B @ B.T)

    def _as_indices(self, indices: int | Sequence[int]) -> list[int]:
        listed = [indices] if np.ndim(indices) == 0 else list(indices)
        checked = [as_integer(i, "indices", low=0, high=len(self.mean) - 1) for i in listed]
        if not checked or len(set(checked)) < len(checked):
            raise ValueError(f"`indices` must be one or more, each given once, got {checked}")
        return checked


def _correlations(cov: np.ndarray, variances: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return cov_ij / (s_i s_j) and the scales s = √variances, with 1 for a variance of 0."""
    sd = np.sqrt(np.abs(variances))
    sd[sd == 0] = 1
    return cov / sd[:, None] / sd, sd


def _nonnegative(cov: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Return a difference of covariances without the negative eigenvalues that rounding may leave.

    The rounding of entry i, j has the size of s_i s_j, with the `variances` s_i² before the subtraction: in these
    units it is the same for all variables, however different their own units are.
    """
    scaled, sd = _correlations((cov + cov.T) / 2, variances)
    values, vectors = np.linalg.eigh(scaled)
    noise = 10 * len(cov) * EPS * len(cov)  # the trace of a correlation matrix is its size
    if values[0] >= noise:
        return (cov + cov.T) / 2
    half = sd[:, None] * vectors * np.sqrt(np.where(values < noise, 0, values))
    return half @ half.T
