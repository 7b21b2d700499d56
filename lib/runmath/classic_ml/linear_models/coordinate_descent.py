"""Coordinate descent for the lasso on a Gram matrix, compiled by Numba.

Nothing else imports this module before a first fit, because it loads Numba. The first fit ever compiles for a
second; the machine code is kept on disk where that is possible.
"""

from __future__ import annotations

import numpy as np

from runmath.classic_ml.trees.kernels import jit


@jit
def sweep(G, q, w, penalty, n_sweeps):
    """Minimise ½ wᵀ G w - cᵀ w + penalty ‖w‖₁ by sweeps over the coordinates, in place.

    G is (k, k) and symmetric, w is (k,), and q = c - G w, (k,), is kept up to date. Returns the largest change
    of √G_jj w_j in the last sweep, which is 0 where nothing moved.
    """
    k = len(w)
    moved = 0.0
    for _ in range(n_sweeps):
        moved = 0.0
        for j in range(k):
            if G[j, j] <= 0.0:  # a constant column
                continue
            old = w[j]
            t = q[j] + G[j, j] * old  # x_jᵀ of the residual without feature j
            new = np.sign(t) * max(abs(t) - penalty, 0.0) / G[j, j]
            if new != old:
                w[j] = new
                step = new - old
                for i in range(k):
                    q[i] -= step * G[j, i]
                moved = max(moved, abs(step) * np.sqrt(G[j, j]))
        if moved == 0.0:
            break
    return moved
