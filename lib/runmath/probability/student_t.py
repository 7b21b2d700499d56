"""Student's t-distribution with location and scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, digamma, stdtr, stdtrit

from runmath.core import as_integer, as_rng, as_tolerance, as_vector, warn_unless_converged

DF_RANGE = 0.05, 1e4  # of a fit: beyond it the data cannot tell the distribution from its limits


@dataclass(frozen=True)
class StudentT:
    """Student's t: the density falls like |x|^-(df + 1).

    Its density is G((df + 1)/2) / (sqrt(pi df) G(df/2) scale) (1 + z^2 / df)^-((df + 1)/2), z = (x - loc) / scale.

    Parameters
    ----------
    df : float
        Degrees of freedom > 0; 1 is the Cauchy distribution, infinity would be the normal one.
    loc, scale : float
        Centre, and scale > 0 (for df > 2 the variance is scale^2 df / (df - 2)).

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Notes
    -----
    Moments of order k exist for k < df alone. `scipy.stats.t` is the production version; its `fit` maximises the
    likelihood by a general optimiser. Chapter: probability/heavy-tails.

    Examples
    --------
    >>> round(float(StudentT(1).cdf(1)), 12)
    0.75
    """

    df: float
    loc: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Check the parameters."""
        for name in ("df", "scale"):
            if not 0 < getattr(self, name) < math.inf:
                raise ValueError(f"`{name}` must be positive and finite, got {getattr(self, name)!r}")
        if not math.isfinite(self.loc):
            raise ValueError(f"`loc` must be finite, got {self.loc!r}")

    def log_pdf(self, x: ArrayLike) -> np.ndarray:
        """Return the logarithm of the density at points of any shape."""
        z = (np.asarray(x, dtype=float) - self.loc) / self.scale
        half = (self.df + 1) / 2
        constant = _log_gamma_ratio(self.df / 2) - math.log(math.pi * self.df) / 2
        return constant - math.log(self.scale) - half * np.log1p(z**2 / self.df)

    def cdf(self, x: ArrayLike) -> np.ndarray:
        """Return P(X <= x) at points of any shape."""
        return stdtr(self.df, (np.asarray(x, dtype=float) - self.loc) / self.scale)

    def sf(self, x: ArrayLike) -> np.ndarray:
        """Return P(X > x), with small relative error in the tail."""
        return stdtr(self.df, (self.loc - np.asarray(x, dtype=float)) / self.scale)

    def quantile(self, q: ArrayLike) -> np.ndarray:
        """Return x with P(X <= x) = q."""
        return self.loc + self.scale * stdtrit(self.df, np.asarray(q, dtype=float))

    def sample(self, n: int, *, rng: np.random.Generator | int) -> np.ndarray:
        """Draw n values as Z / sqrt(C / df), Z standard normal and C chi-square with df degrees of freedom."""
        rng, n = as_rng(rng), as_integer(n, "n")
        return self.loc + self.scale * rng.standard_normal(n) / np.sqrt(rng.chisquare(self.df, n) / self.df)

    @classmethod
    def fit(cls, x: ArrayLike, *, tol: float = 1e-8, max_iter: int = 2000) -> StudentT:
        """Fit all three parameters by maximum likelihood.

        Parameters
        ----------
        x : array-like of shape (n,)
            At least 3 values, not all equal.
        tol : float
            Relative change of the three parameters at which to stop.
        max_iter : int
            Iterations at most.

        Returns
        -------
        StudentT

        Raises
        ------
        ValueError
            If there are too few values or all are equal.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` iterations were not enough.

        Notes
        -----
        The ECME algorithm: given weights w = (df + 1) / (df + z^2), loc and scale are weighted moments; then df
        maximises the likelihood itself, within [0.05, 10000]. The likelihood never falls.

        References
        ----------
        :cite:t:`liu1995ml`, section 3.
        """
        x = as_vector(x, "x")
        tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter")
        if len(x) < 3 or np.ptp(x) == 0:
            raise ValueError(f"`x` must hold at least 3 values that differ, got {len(x)} values")
        low, loc, high = np.quantile(x, [0.25, 0.5, 0.75])
        df, scale = 4.0, float(high - low) / 1.5 or float(x.std())
        for _ in range(max_iter):
            before = df, loc, scale
            weights = (df + 1) / (df + ((x - loc) / scale) ** 2)
            loc = float(weights @ x / weights.sum())
            scale = math.sqrt(weights @ (x - loc) ** 2 / len(x))
            df = _best_df(((x - loc) / scale) ** 2)
            change = max(abs(df / before[0] - 1), abs(loc - before[1]) / scale, abs(scale / before[2] - 1))
            if change <= tol:
                break
        warn_unless_converged(change <= tol, "the fit of Student's t", "raise `max_iter` or `tol`")
        return cls(df, loc, scale)


def _log_gamma_ratio(x: float) -> float:
    """Return log(Gamma(x + 1/2) / Gamma(x)); large logarithms of Gamma would cancel."""
    if x > 500:  # asymptotic series; the next term is below 1e-16
        return math.log(x) / 2 - 1 / (8 * x) + 1 / (192 * x**3)
    return math.log(math.pi) / 2 - float(betaln(0.5, x))


def _best_df(squares: np.ndarray) -> float:
    """Return the df of largest likelihood for standardised squares z^2."""
    from scipy.optimize import brentq  # takes long to import

    def slope(log_df: float) -> float:  # of the mean log-likelihood, by df
        df = math.exp(log_df)
        direct = digamma((df + 1) / 2) - digamma(df / 2) - 1 / df
        return direct - np.mean(np.log1p(squares / df) - (df + 1) / df * squares / (df + squares))

    low, high = (math.log(df) for df in DF_RANGE)
    if slope(low) <= 0:
        return DF_RANGE[0]
    if slope(high) >= 0:
        return DF_RANGE[1]
    return math.exp(brentq(slope, low, high, xtol=1e-12))
