"""Student's t-distribution with location and scale."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainccinv, betaincinv, betaln, digamma, stdtr

from runmath.core import (
    EPS,
    as_integer,
    as_rng,
    as_tolerance,
    as_vector,
    norm,
    unit_scaled,
    warn_unless_converged,
)

DF_RANGE = 0.05, 1e4  # of a fit: beyond it the data cannot tell the distribution from its limits
LOG_TAIL = -40.0  # where df / (df + t^2) is below exp of it, the tail is a power of t


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
        r = np.abs(z) / math.sqrt(self.df)
        near, far = np.minimum(r, 1.0), np.maximum(r, 1.0)
        log_bracket = np.log1p((near / far) ** 2) + 2 * np.log(far)  # log(1 + r^2); no square overflows
        return constant - math.log(self.scale) - half * log_bracket

    def cdf(self, x: ArrayLike) -> np.ndarray:
        """Return P(X <= x) at points of any shape."""
        return _lower(self.df, (np.asarray(x, dtype=float) - self.loc) / self.scale)

    def sf(self, x: ArrayLike) -> np.ndarray:
        """Return P(X > x), with small relative error in the tail."""
        return _lower(self.df, (self.loc - np.asarray(x, dtype=float)) / self.scale)

    def quantile(self, q: ArrayLike) -> np.ndarray:
        """Return x with P(X <= x) = q, -inf and inf for q = 0 and 1; NaN for q outside of [0, 1]."""
        q, a = np.asarray(q, dtype=float), self.df / 2
        beyond = 2 * np.minimum(q, 1 - q)  # P(|T| > t) = I_w(a, 1/2), w = df / (df + t^2)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            log_w = (np.log(beyond * a) + betaln(a, 0.5)) / a  # up to a factor 1 + O(w)
            near = np.sqrt(self.df * betainccinv(0.5, a, beyond) / betaincinv(a, 0.5, beyond))
            t = np.where(log_w < LOG_TAIL, np.exp((math.log(self.df) - log_w) / 2), near)
        return self.loc + self.scale * np.where(q < 0.5, -t, t)

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
            If there are too few values or all are equal; or if so many are equal that the likelihood grows without
            bound as the scale vanishes, and the iteration goes there.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` iterations were not enough.

        Notes
        -----
        The ECME algorithm: given weights w = (df + 1) / (df + z^2), loc and scale are weighted moments; then df
        maximises the likelihood itself, within [0.05, 10000]. The likelihood never falls. With many equal values
        it has no maximum; what is returned is then the local one that the iteration finds.

        References
        ----------
        :cite:t:`liu1995ml`, section 3.
        """
        x = as_vector(x, "x")
        tol, max_iter = as_tolerance(tol, "tol"), as_integer(max_iter, "max_iter")
        if len(x) < 3 or np.ptp(x) == 0:
            raise ValueError(f"`x` must hold at least 3 values that differ, got {len(x)} values")
        centre = float(np.median(x))
        x, e = unit_scaled(x - centre)
        low, loc, high = np.quantile(x, [0.25, 0.5, 0.75])
        df, scale = 4.0, float(high - low) / 1.5 or norm(x - x.mean()) / math.sqrt(len(x))
        least = EPS * np.diff(np.unique(x)).min()
        for _ in range(max_iter):
            before = df, loc, scale
            weights = (df + 1) / (df + ((x - loc) / scale) ** 2)
            loc = float(weights @ x / weights.sum())
            scale = norm(np.sqrt(weights / len(x)) * (x - loc))
            if scale <= least:
                raise ValueError("`x` must not hold so many equal values: its likelihood grows without bound")
            df = _best_df(((x - loc) / scale) ** 2)
            change = max(abs(df / before[0] - 1), abs(loc - before[1]) / scale, abs(scale / before[2] - 1))
            if change <= tol:
                break
        warn_unless_converged(change <= tol, "the fit of Student's t", "raise `max_iter` or `tol`")
        return cls(df, centre + math.ldexp(loc, e), math.ldexp(scale, e))


def _lower(df: float, t: np.ndarray) -> np.ndarray:
    """Return P(T <= t)."""
    a, far = df / 2, t < -math.exp(-LOG_TAIL / 2) * math.sqrt(df)
    with np.errstate(divide="ignore", invalid="ignore"):
        log_w = np.where(far, math.log(df) - 2 * np.log(np.abs(t)), 0.0)
        power = np.exp(a * log_w - math.log(2 * a) - betaln(a, 0.5))  # the square of t would overflow
    return np.where(far, power, stdtr(df, t))[()]


def _log_gamma_ratio(x: float) -> float:
    """Return log(Gamma(x + 1/2) / Gamma(x)); large logarithms of Gamma would cancel."""
    if x > 500:  # asymptotic series; the next term is below 1e-16
        return math.log(x) / 2 - 1 / (8 * x) + (1 / x) ** 3 / 192
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
