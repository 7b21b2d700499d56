"""The two inner loops of support vector machines, compiled by Numba.

Nothing else imports this module before a first fit, because it loads Numba (0.3 s). The first fit ever compiles for
about 3 s; as in `runmath.classic_ml.trees.kernels`, the machine code is kept on disk where that is possible.

Both loops work on signed multipliers β_i = y_i α_i, which lie between `lower` and `upper`: 0 and C_i where y_i = 1,
-C_i and 0 where y_i = -1.
"""

from __future__ import annotations

import numpy as np

from runmath.classic_ml.trees.kernels import jit

FULL, CONVERGED, UNBOUNDED = 0, 1, 2  # why the loop of SMO returned
TAU = 1e-12  # relative curvature that replaces one that is not positive


@jit
def smo_steps(K, diagonal, beta, F, lower, upper, tol, gaps):
    """Move pairs of multipliers until max F over those that may fall ≤ min F over those that may rise, + tol.

    F = K β - y is the gradient of ½ β'Kβ - y'β. Each step raises β_i and lowers β_j by the same amount, so that the
    sum of β stays zero. `gaps` receives max F - min F before the first step and after each; returns the number of
    steps, and why the loop ended.
    """
    n = F.size
    i, steepest = -1, np.inf
    for t in range(n):
        if beta[t] < upper[t] and F[t] < steepest:
            steepest, i = F[t], t
    for step in range(gaps.size):
        # second-order choice of j: the largest decrease of the objective among all pairs with i
        j, best, highest, row, diagonal_i = -1, 0.0, -np.inf, K[i], diagonal[i]
        for t in range(n):
            if beta[t] > lower[t]:
                slope = F[t] - steepest
                highest = max(highest, F[t])
                if slope > 0:
                    curvature = diagonal_i + diagonal[t] - 2 * row[t]
                    least = TAU * (abs(diagonal_i) + abs(diagonal[t]))
                    decrease = slope * slope / (curvature if curvature > least else least)
                    if decrease > best:
                        best, j = decrease, t
        gaps[step] = highest - steepest
        if j < 0 or gaps[step] <= tol:
            return step, CONVERGED
        if step == gaps.size - 1:
            break
        curvature = diagonal[i] + diagonal[j] - 2 * K[i, j]
        least = TAU * (abs(diagonal[i]) + abs(diagonal[j]))
        room = min(upper[i] - beta[i], beta[j] - lower[j])
        move = (F[j] - F[i]) / (curvature if curvature > least else least)
        if curvature <= least and room == np.inf:
            return step, UNBOUNDED
        old_i, old_j = beta[i], beta[j]
        if move < room:
            beta[i] += move
            beta[j] -= move
        else:  # exactly onto the bounds, which decide who may move
            beta[i] = upper[i] if upper[i] - old_i <= room else old_i + room
            beta[j] = lower[j] if old_j - lower[j] <= room else old_j - room
        d_i, d_j = beta[i] - old_i, beta[j] - old_j
        row_i, row_j = K[i], K[j]
        i, steepest = -1, np.inf
        for t in range(n):
            F[t] += row_i[t] * d_i + row_j[t] * d_j
            if beta[t] < upper[t] and F[t] < steepest:
                steepest, i = F[t], t
    return gaps.size - 1, FULL


@jit
def coordinate_epoch(X, y, beta, w, upper, ridge, curvature, rows, count, bars):
    """Minimise the dual over one multiplier after the other, for rows[:count]; w = X'β is kept up to date.

    A row whose multiplier sits at a bound and pulls outwards by more than the extreme projected gradients of the last
    epoch, `bars`, leaves the first `count` rows. Returns the new count and the extreme projected gradients.
    """
    most, least, k = -np.inf, np.inf, 0
    while k < count:
        i = rows[k]
        x, alpha = X[i], y[i] * beta[i]
        f = 0.0
        for c in range(w.size):
            f += x[c] * w[c]
        G = y[i] * f - 1.0 + ridge[i] * alpha
        if (alpha <= 0.0 and bars[0] < G) or (alpha >= upper[i] and bars[1] > G):
            count -= 1
            rows[k], rows[count] = rows[count], i
            continue
        k += 1
        pull = G
        if alpha <= 0.0:
            pull = min(G, 0.0)
        if alpha >= upper[i]:
            pull = max(pull, 0.0)
        most, least = max(most, pull), min(least, pull)
        if pull != 0.0:
            new = alpha - G / curvature[i] if curvature[i] > 0 else upper[i]  # G = -1 where x = 0
            change = y[i] * min(max(new, 0.0), upper[i]) - beta[i]
            beta[i] += change
            for c in range(w.size):
                w[c] += change * x[c]
    return count, most, least
