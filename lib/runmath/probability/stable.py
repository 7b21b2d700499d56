"""Alpha-stable distributions: density, distribution function, sampling and fitting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, ndtr
from scipy.special import gamma as gamma_function

from runmath.core import as_integer, as_rng, as_vector

NODES, WEIGHTS = np.polynomial.legendre.leggauss(32)
LEVELS = (
    -40.0,
    -30.0,
    -20.0,
    -12.0,
    -6.0,
    -2.5,
    1.5,
    2.5,
    3.7,
)  # cuts where log g passes; exp(-exp(3.7)) is 0
STEPS = (1.0, 3.0, 7.0, 15.0, 40.0)  # further cuts, on the side where g stays near its least value
FARTHEST, LARGEST = 700.0, 709.0  # exp of them is still a finite number, and exp of minus them above zero
TOO_NEAR_ONE = 1e-8  # here the formula of `sample` loses as much to rounding as the one for alpha = 1 is off
NEAR_ONE = 1e-4  # the error of the interpolation is of order NEAR_ONE cubed
BISECTIONS = 42  # halvings of the range from -700 to 700: to 1e-10, for log g may be steep


@dataclass(frozen=True)
class Stable:
    """The alpha-stable distribution S(alpha, beta, scale, loc).

    Its characteristic function for alpha other than 1 and t > 0 is
    exp(-(scale t)^alpha (1 - i beta tan(pi alpha / 2)) + i loc t) in parametrisation S1. In S0 the location is
    loc_0 = loc_1 + beta scale tan(pi alpha / 2), which makes the distribution continuous in alpha at 1.

    Parameters
    ----------
    alpha : float
        Stability index in (0, 2]: 2 is normal with variance 2 scale^2; smaller is heavier-tailed.
    beta : float
        Skewness in [-1, 1]; 0 is symmetric. Without effect for alpha = 2.
    scale, loc : float
        Scale > 0, and location.
    parametrisation : {"S0", "S1"}
        Of :cite:t:`nolan2020univariate`, definitions 1.4 and 1.5.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Notes
    -----
    Density and distribution function are integrals over an angle (theorem 3.3 there), here by Gauss-Legendre rules
    between the places where the exponent passes fixed levels; both tails keep their relative precision, about
    1e-12 for alpha >= 0.2. `scipy.stats.levy_stable` integrates point
    by point, adaptively, and takes about five times as long. Chapter: probability/heavy-tails.

    Examples
    --------
    >>> round(float(Stable(1, 0).cdf(1)), 12)
    0.75
    """

    alpha: float
    beta: float = 0.0
    scale: float = 1.0
    loc: float = 0.0
    parametrisation: str = "S0"

    def __post_init__(self) -> None:
        """Check the parameters."""
        if not 0 < self.alpha <= 2:
            raise ValueError(f"`alpha` must be in (0, 2], got {self.alpha!r}")
        if not -1 <= self.beta <= 1:
            raise ValueError(f"`beta` must be in [-1, 1], got {self.beta!r}")
        if not 0 < self.scale < np.inf:
            raise ValueError(f"`scale` must be positive and finite, got {self.scale!r}")
        if not np.isfinite(self.loc):
            raise ValueError(f"`loc` must be finite, got {self.loc!r}")
        if self.parametrisation not in ("S0", "S1"):
            raise ValueError(f"`parametrisation` must be 'S0' or 'S1', got {self.parametrisation!r}")

    def to(self, parametrisation: str) -> Stable:
        """Return the same distribution in the other parametrisation (or in its own)."""
        target = Stable(self.alpha, self.beta, self.scale, self.loc, parametrisation)
        sign = {("S1", "S0"): 1, ("S0", "S1"): -1}.get((self.parametrisation, parametrisation), 0)
        return Stable(
            self.alpha, self.beta, self.scale, self.loc + sign * self._shift(), target.parametrisation
        )

    def characteristic_function(self, t: ArrayLike) -> np.ndarray:
        """Return E exp(i t X) for t of any shape."""
        t = np.asarray(t, dtype=float)
        u = np.abs(self.scale * t)
        with np.errstate(divide="ignore", invalid="ignore"):
            if self.alpha == 1:
                skew = np.where(u > 0, -2 / np.pi * u * np.log(u), 0.0)
            else:  # u^alpha - u cancels near alpha = 1
                power = np.where(u > 0, u * np.expm1((self.alpha - 1) * np.log(u)), 0.0)
                skew = _tangent(self.alpha) * power
        phase = self.to("S0").loc * t + self.beta * np.sign(t) * skew
        return np.exp(-(u**self.alpha) + 1j * phase)

    def pdf(self, x: ArrayLike) -> np.ndarray:
        """Return the density at points of any shape."""
        return self._both(x)[0] / self.scale

    def cdf(self, x: ArrayLike) -> np.ndarray:
        """Return P(X <= x) at points of any shape."""
        return self._both(x)[1]

    def sf(self, x: ArrayLike) -> np.ndarray:
        """Return P(X > x) at points of any shape, with small relative error in the tail."""
        mirrored = self.to("S0")
        return Stable(self.alpha, -self.beta, self.scale, -mirrored.loc).cdf(-np.asarray(x, dtype=float))

    def sample(self, n: int, *, rng: np.random.Generator | int) -> np.ndarray:
        """Draw n values by the method of :cite:t:`chambers1976method`.

        Parameters
        ----------
        n : int
        rng : Generator or int

        Returns
        -------
        ndarray of shape (n,)
        """
        rng = as_rng(rng)
        n = as_integer(n, "n")
        angle = np.pi * (rng.random(n) - 0.5)
        waiting = rng.standard_exponential(n)
        alpha, beta = self.alpha, self.beta
        if abs(alpha - 1) < TOO_NEAR_ONE:
            reach = np.pi / 2 + beta * angle
            x = reach * np.tan(angle) - beta * np.log(np.pi / 2 * waiting * np.cos(angle) / reach)
            return self.to("S0").loc + self.scale * 2 / np.pi * x
        skew = beta * _tangent(alpha)
        start = np.arctan(skew) / alpha
        x = np.sin(alpha * (start + angle)) * (np.hypot(1, skew) / np.cos(angle)) ** (1 / alpha)
        x *= (np.cos(alpha * start + (alpha - 1) * angle) / waiting) ** ((1 - alpha) / alpha)
        return self.to("S1").loc + self.scale * x

    @classmethod
    def fit(cls, x: ArrayLike) -> Stable:
        """Fit all four parameters to the empirical characteristic function of a sample.

        Parameters
        ----------
        x : array-like of shape (n,)
            At least 10 values, more than half of them different.

        Returns
        -------
        Stable
            In parametrisation S0.

        Raises
        ------
        ValueError
            If there are too few values, or the middle half of them are equal.

        Notes
        -----
        For t > 0 log(-log |phi(t)|) is a straight line in log t with slope alpha, and the phase of phi is linear in
        beta and loc. Both lines are fitted by least squares after median and quartiles were scaled away. Errors
        are of order 1 / sqrt(n); maximum likelihood is somewhat more precise and far slower.

        References
        ----------
        :cite:t:`koutrouvelis1980regression`.
        """
        x = as_vector(x, "x")
        if len(x) < 10:
            raise ValueError(f"`x` must hold at least 10 values, got {len(x)}")
        low, middle, high = np.quantile(x, [0.25, 0.5, 0.75])
        if high <= low:
            raise ValueError("`x` must vary: its quartiles are equal")
        unit = (high - low) / 2
        t = np.linspace(0.1, 1.0, 10)
        phi = np.exp(1j * np.outer(t, (x - middle) / unit)).mean(axis=1)
        slope, intercept = np.polyfit(np.log(t), np.log(-np.log(np.abs(phi))), 1)
        alpha = float(np.clip(slope, 0.1, 2.0))
        scale = float(np.exp(intercept / alpha))
        u = scale * t
        skew = -2 / np.pi * u * np.log(u) if abs(alpha - 1) < 1e-6 else _tangent(alpha) * (u**alpha - u)
        columns = np.stack([skew, t], axis=1)
        phase = np.unwrap(np.angle(phi))
        beta = float(np.linalg.lstsq(columns, phase, rcond=None)[0][0])
        beta = float(np.clip(beta, -1, 1)) if alpha < 1.99 else 0.0
        loc = float(t @ (phase - beta * skew) / (t @ t))  # the best one for that beta
        return cls(alpha, beta, float(scale * unit), float(middle + loc * unit))

    def _shift(self) -> float:
        """Return loc_0 - loc_1."""
        if self.alpha == 1:
            return self.beta * self.scale * 2 / np.pi * np.log(self.scale)
        return self.beta * self.scale * _tangent(self.alpha) if self.alpha < 2 else 0.0

    def _both(self, x: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
        """Return density and distribution function of the standardised variable at x."""
        z = (np.asarray(x, dtype=float) - self.to("S0").loc) / self.scale
        flat = z.reshape(-1)
        if self.alpha == 2:
            with np.errstate(over="ignore"):
                pdf = np.exp(-(flat**2) / 4)
            pdf, cdf = pdf / np.sqrt(4 * np.pi), ndtr(flat / np.sqrt(2))
        elif abs(self.alpha - 1) < NEAR_ONE:  # the formulas for alpha other than 1 cancel here: interpolate
            t = (self.alpha - 1) / NEAR_ONE
            low, high = (np.array(_general(flat, 1 + d, self.beta)) for d in (-NEAR_ONE, NEAR_ONE))
            middle = np.array(_one(flat, self.beta))
            pdf, cdf = t * (t - 1) / 2 * low + (1 - t) * (1 + t) * middle + t * (t + 1) / 2 * high
        else:
            pdf, cdf = _general(flat, self.alpha, self.beta)
        infinite = np.isinf(z)
        pdf, cdf = pdf.reshape(z.shape), np.clip(cdf, 0.0, 1.0).reshape(z.shape)
        return np.where(infinite, 0.0, pdf)[()], np.where(infinite, (z > 0) * 1.0, cdf)[()]


def _tangent(alpha: float) -> float:
    """Return tan(pi alpha / 2); near its pole alpha - 1 is exact, but the product with pi is not."""
    return float(-1 / np.tan(np.pi / 2 * (alpha - 1)) if 0.5 < alpha < 1.5 else np.tan(np.pi / 2 * alpha))


def _general(z: np.ndarray, alpha: float, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """Nolan, theorem 3.3, alpha other than 1 (S0)."""
    zeta = -beta * _tangent(alpha)
    pdf, cdf = np.full((2, len(z)), np.nan)
    for side in (1, -1):
        here = side * (z - zeta) > 0
        start = np.arctan(side * beta * _tangent(alpha)) / alpha  # theta_0
        pdf[here], tail = _above(np.abs(z[here] - zeta), alpha, start)
        cdf[here] = 1 - tail if side == 1 else tail
    at = z == zeta
    start = np.arctan(beta * _tangent(alpha)) / alpha
    pdf[at] = gamma_function(1 + 1 / alpha) * np.cos(start) / (np.pi * (1 + zeta**2) ** (1 / (2 * alpha)))
    cdf[at] = (np.pi / 2 - start) / np.pi
    return pdf, cdf


def _above(distance: np.ndarray, alpha: float, start: float) -> tuple[np.ndarray, np.ndarray]:
    """Return density and survival function at a distance above zeta."""
    power = alpha / (alpha - 1)
    log_distance = power * np.log(distance)[:, None]
    constant = np.log(np.cos(alpha * start)) / (alpha - 1)
    length = max(np.pi / 2 + start, 0.0)
    # sines of small angles: what an angle lacks to 0, pi/2 or pi is computed before the distance is added
    lack_start, lack_pi = max(np.pi / 2 - start, 0.0), max(np.pi - alpha * length, 0.0)
    lack_end = max(np.pi / 2 - alpha * start - (alpha - 1) * np.pi / 2, 0.0)

    def log_g(u: np.ndarray, w: np.ndarray) -> np.ndarray:
        # theta = u - theta_0 = pi/2 - w
        cosine = np.log(np.where(u < w, np.sin(lack_start + u), np.sin(w)))
        sine = np.log(np.where(u < w, np.sin(alpha * u), np.sin(lack_pi + alpha * w)))
        last = np.log(
            np.where(u < w, np.sin(lack_start - (alpha - 1) * u), np.sin(lack_end + (alpha - 1) * w))
        )
        return constant + power * (cosine - sine) + last - cosine + log_distance

    share, rest, density = _integrals(log_g, length, alpha < 1, len(distance))
    pdf = alpha / (np.pi * abs(alpha - 1) * distance) * density
    # alpha > 1: 1 - F = share / pi; alpha < 1: F = F(zeta) + share / pi, so that 1 - F is the rest of the angle
    return pdf, (share if alpha > 1 else rest) / np.pi


def _one(z: np.ndarray, beta: float) -> tuple[np.ndarray, np.ndarray]:
    """Nolan, theorem 3.3, alpha = 1 (S0)."""
    if beta == 0:  # P(X <= z) = arctan2(1, -z) / pi keeps its relative precision in the left tail
        with np.errstate(over="ignore"):
            pdf = 1 / (np.pi * (1 + z**2))
        return pdf, np.arctan2(1, -z) / np.pi
    mirrored, z, beta = beta < 0, z * np.sign(beta), abs(beta)
    shift = (np.pi * z / (2 * beta))[:, None]

    def log_g(u: np.ndarray, w: np.ndarray) -> np.ndarray:
        reach = (1 - beta) * np.pi / 2 + beta * u  # pi/2 + beta theta
        tangent = np.where(u < w, -1 / np.tan(u), 1 / np.tan(w))
        return np.log(2 / np.pi * reach / np.sin(np.minimum(u, w))) + reach * tangent / beta - shift

    share, rest, density = _integrals(log_g, np.pi, True, len(z))
    return density / (2 * beta), (rest if mirrored else share) / np.pi


def _integrals(
    log_g: Callable[[np.ndarray, np.ndarray], np.ndarray], length: float, rising: bool, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the integrals of exp(-g), 1 - exp(-g) and g exp(-g) over an angle, for n functions g at once.

    log g is monotone in the angle and takes its distances u and w = length - u from both ends. These are
    length / (1 + exp(-+s)) for a real s, so that both are exact near their ends. Between the places where
    log g passes fixed levels the integrands are smooth in s.
    """
    if length == 0 or n == 0:
        return np.zeros(n), np.zeros(n), np.zeros(n)

    def value(s: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            return log_g(length * expit(s), length * expit(-s))

    side = 1.0 if rising else -1.0
    least = np.exp(
        np.minimum(value(np.full((n, 1), -side * FARTHEST)), LARGEST)
    )  # g at the end where it is least

    def passes(level: float) -> np.ndarray:
        """Return s where g exceeds its least value by exp(level), by bisection."""
        target = np.log(least + np.exp(level))
        a, b = np.full((n, 1), -FARTHEST), np.full((n, 1), FARTHEST)
        for _ in range(BISECTIONS):
            middle = (a + b) / 2
            before = (value(middle) < target) == rising
            a, b = np.where(before, middle, a), np.where(before, b, middle)
        return (a + b) / 2

    centre = passes(0.0)
    cuts = [passes(level) for level in LEVELS] + [centre - side * step for step in (0, *STEPS)]
    cuts = np.sort(np.clip(np.concatenate(cuts, axis=1), -FARTHEST, FARTHEST), axis=1)
    share, rest, density = np.zeros((3, n))
    for a, b in zip(cuts.T[:-1, :, None], cuts.T[1:, :, None], strict=True):
        s = (a + b) / 2 + (b - a) / 2 * NODES
        g = np.exp(np.minimum(value(s), LARGEST))
        weights = (b - a) / 2 * WEIGHTS * length * expit(s) * expit(-s)
        share += (weights * np.exp(-g)).sum(axis=1)
        rest -= (weights * np.expm1(-g)).sum(axis=1)
        density += (weights * g * np.exp(-g)).sum(axis=1)
    # outside the cuts g is its least value, or so large that exp(-g) is 0
    ends = length * expit(cuts[:, 0]), length * expit(-cuts[:, -1])
    near, far = ends if rising else ends[::-1]
    least = least[:, 0]
    share += near * np.exp(-least)
    rest += far - near * np.expm1(-least)
    density += near * least * np.exp(-least)
    return share, rest, density
