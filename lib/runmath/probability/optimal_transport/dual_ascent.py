"""The dual problem of entropic transport: stages of falling regularisation, each by scaling and Newton's method."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from runmath.core import EPS
from runmath.probability.optimal_transport.newton import conjugate_gradients, factor_and_solve

FLUSH = 1e-200  # smaller entries of the kernel are 0: numbers near 1e-308 slow products down a hundredfold
ABSORB = 1e50  # scalings beyond move into the potentials; below, no entry that matters is flushed
COARSEST = 0.03  # of the range of M: at most from here the regularisation falls to its final value,
STAGE_FACTOR = 4.0  # by this factor each time (a power of two, so that the last stage has `reg` itself),
STAGE_TOL = 1e-7  # once the violation is at most so many ‖a‖ or 10 tol: mass left behind moves ever slower
WINDOW = 10  # plain steps that must gain
SLOW = 0.1  # this factor, or Newton's method takes over
FORCING = 0.1  # relative accuracy of Newton's direction, far from the solution
SHORTEST_STEP = 0.03  # of Newton's step; if even that gains nothing, the damping is raised
LEAST_DAMPING, DAMPING_AFTER_FAILURE = 1e-13, 1e-8
ROUNDING = 100 * EPS  # times ‖a‖: below this violation Newton's method has nothing to work with


@dataclass
class _Scaling:
    """The plan P = diag(a u) K diag(b v), its column sums exact, in one stage."""

    a: np.ndarray
    b: np.ndarray
    M: np.ndarray
    reg: float
    f: np.ndarray
    g: np.ndarray
    K: np.ndarray = field(init=False)
    u: np.ndarray = field(init=False)
    v: np.ndarray = field(init=False)
    rows: np.ndarray = field(init=False)  # row sums of P / a

    def __post_init__(self) -> None:
        self.absorb()
        if min(self.K.max(axis=0).min(), self.K.max(axis=1).min()) < FLUSH**0.5:
            self.f, self.g = tight_potentials(self.M, self.g)  # a row or column has nearly vanished
            self.absorb()
        self.move(*self.at(np.ones(len(self.a))))

    def absorb(self) -> None:
        """Compute K = exp((f_i + g_j - M_ij) / reg)."""
        exponents = np.add.outer(self.f, self.g)
        exponents -= self.M
        exponents /= self.reg
        lowest = np.log(FLUSH)
        tiny = exponents < lowest if exponents.min() < lowest else ()
        self.K = np.exp(exponents, out=exponents)
        if len(tiny):
            self.K[tiny] = 0

    def at(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return u, the v that makes the columns exact, and the row sums over a."""
        v = 1 / ((self.a * u) @ self.K)
        return u, v, u * (self.K @ (self.b * v))

    def move(self, u: np.ndarray, v: np.ndarray, rows: np.ndarray) -> None:
        """Go on from here; a large scaling is absorbed into the potentials."""
        self.u, self.v, self.rows = u, v, rows
        if max(u.max(), v.max(), 1 / u.min(), 1 / v.min()) > ABSORB:
            self.f, self.g = self.potentials()
            self.absorb()
            self.move(*self.at(np.ones(len(self.a))))

    def potentials(self) -> tuple[np.ndarray, np.ndarray]:
        """Return f and g with the scalings included."""
        return self.f + self.reg * np.log(self.u), self.g + self.reg * np.log(self.v)

    def violation(self, rows: np.ndarray) -> float:
        """Return ‖row sums - a‖₂."""
        return float(np.linalg.norm(self.a * (rows - 1)))

    def plan(self) -> np.ndarray:
        """Return P, in place of the kernel."""
        self.K *= (self.a * self.u)[:, None]
        self.K *= self.b * self.v
        return self.K


def solve_dual(
    a: np.ndarray, b: np.ndarray, M: np.ndarray, reg: float, tol: float, max_iter: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[float]]:
    """Maximise Σ a_i f_i + Σ b_j g_j - reg Σ a_i b_j exp((f_i + g_j - M_ij) / reg) for positive masses.

    Parameters
    ----------
    a, b : ndarray of shape (m,), (n,)
        Positive, of total 1.
    M : ndarray of shape (m, n)
    reg, tol : float
    max_iter : int

    Returns
    -------
    f, g : ndarray of shape (m,), (n,)
    plan : ndarray of shape (m, n)
        Its columns are exact.
    history : list of float
        ‖row sums - a‖₂ before each step and at the end.

    Examples
    --------
    >>> f, g, plan, _ = solve_dual(np.ones(1), np.ones(1), np.array([[3.0]]), 0.1, 1e-9, 9)
    >>> f + g, plan
    (array([3.]), array([[1.]]))
    """
    f, g = tight_potentials(M, np.zeros(len(b)))
    coarser = np.log(max(COARSEST * np.ptp(M) / reg, 1)) / np.log(STAGE_FACTOR)
    stage_reg = reg * STAGE_FACTOR ** int(coarser)
    history: list[float] = []
    while True:
        last = stage_reg == reg
        state = _Scaling(a, b, M, stage_reg, f, g)
        goal = tol if last else max(10 * tol, STAGE_TOL * float(np.linalg.norm(a)))
        _run_stage(state, goal, max_iter, history)
        if last:
            return *state.potentials(), state.plan(), history
        state.u = (
            state.u / state.rows
        )  # no row may be left behind: its entries are taken to the power STAGE_FACTOR
        f, g = state.potentials()
        stage_reg /= STAGE_FACTOR


def tight_potentials(M: np.ndarray, g: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return f, g with f_i + g_j ≤ M_ij, and equality somewhere in every row and in every column.

    Examples
    --------
    >>> tight_potentials(np.array([[3.0, 5.0], [4.0, 8.0]]), np.zeros(2))
    (array([3., 4.]), array([0., 2.]))
    """
    f = (M - g).min(axis=1)
    return f, (M - f[:, None]).min(axis=0)


def _run_stage(state: _Scaling, goal: float, max_iter: int, history: list[float]) -> None:
    """Take plain steps while they are fast, then Newton's, until the violation is at most `goal`."""
    newton, plain_steps = _Newton(state), 0
    history.append(state.violation(state.rows))
    while history[-1] > goal and len(history) <= max_iter:
        slow = plain_steps >= WINDOW and history[-1] > SLOW * history[-1 - WINDOW]
        if (newton.active or slow) and newton.step(history[-1], goal):
            pass
        else:
            state.move(*state.at(state.u / state.rows))
            plain_steps += 1
        history.append(state.violation(state.rows))


@dataclass
class _Newton:
    """Damped Newton steps in f, with g the best for each f."""

    state: _Scaling
    active: bool = False
    dense: bool = False
    damping: float = LEAST_DAMPING

    def step(self, violation: float, goal: float) -> bool:
        """Take a step that raises the dual function enough; return False where there is none."""
        state, size = self.state, float(np.linalg.norm(self.state.a))
        if violation <= ROUNDING * size:
            return False
        self.active = True
        gradient = state.a * (1 - state.rows)
        accuracy = max(min(FORCING, (violation / size) ** 0.5), 0.3 * goal / violation)
        delta = self._direction(gradient, accuracy)
        t = 1.0 if delta is not None else 0.0
        while t > SHORTEST_STEP:
            trial = self._try(t * delta, t * (gradient @ delta), violation)
            if trial is not None:
                state.move(*trial)
                self._adapt(t)
                return True
            t /= 3
        self.damping = max(100 * self.damping, DAMPING_AFTER_FAILURE)
        return False

    def _direction(self, gradient: np.ndarray, accuracy: float) -> np.ndarray | None:
        state = self.state
        R = state.K * (state.a * state.u)[:, None]
        R *= np.sqrt(state.b) * state.v
        rows = state.a * state.rows
        if not self.dense:
            delta = conjugate_gradients(R, rows, gradient, damping=self.damping, accuracy=accuracy)
            if delta is not None:
                return delta
            self.dense = True
        try:
            return factor_and_solve(R, rows, gradient, damping=self.damping)
        except np.linalg.LinAlgError:
            return None

    def _try(
        self, delta: np.ndarray, slope: float, violation: float
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
        """Return the scaling after the step δ if it gains enough; the dual function never falls, so none recurs."""
        state, longest = self.state, float(np.abs(delta).max())
        if longest > np.log(ABSORB):
            return None
        u, v, rows = state.at(state.u * np.exp(delta))
        if slope > 1e3 * ROUNDING * longest:
            gain = state.a @ delta + state.b @ np.log(v / state.v)
            enough = gain >= 1e-3 * slope  # Armijo's rule
        else:  # the gain is lost in rounding, the gradient is not
            enough = state.violation(rows) <= violation / 2
        return (u, v, rows) if enough else None

    def _adapt(self, t: float) -> None:
        """Lower the damping after a full step, raise it after a short one."""
        if t == 1:
            self.damping = max(self.damping / 100, LEAST_DAMPING)
        elif t < 0.1:
            self.damping = max(10 * self.damping, DAMPING_AFTER_FAILURE)
