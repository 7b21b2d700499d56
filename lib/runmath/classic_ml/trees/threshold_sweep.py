"""The sweep over all thresholds of the numerical features of a node, compiled by Numba."""

from __future__ import annotations

import numpy as np

from runmath.classic_ml.trees.kernels import TIE, jit, x_log_x


@jit
def sweep(X, order, features, y, w, n_classes, min_weight, gain, low, high, left_weight, known_weight):
    """Find for each numerical feature the cut with the largest gain; ties go to the lowest cut.

    X (features, n) holds all rows, order (features, rows) those of the node by ascending value, missing last.
    Of feature j are stored: gain[j], the weight of its known rows times their information gain, -1 where no cut
    leaves `min_weight` on both sides; the neighbouring values low[j] < high[j]; the weight up to low[j].
    """
    total, left = np.empty(n_classes), np.empty(n_classes)
    for j in features:
        x, rows = X[j], order[j]
        n = rows.size
        while n > 0 and np.isnan(x[rows[n - 1]]):
            n -= 1
        total[:] = 0.0
        for i in range(n):
            total[y[rows[i]]] += w[rows[i]]
        W = total.sum()
        known_weight[j], gain[j] = W, -1.0
        whole = x_log_x(W)
        for k in range(n_classes):
            whole -= x_log_x(total[k])
        left[:] = 0.0
        W_l, bar = 0.0, -1.0
        for i in range(n - 1):
            w_i = w[rows[i]]
            left[y[rows[i]]] += w_i
            W_l += w_i
            if x[rows[i]] == x[rows[i + 1]] or W_l < min_weight:
                continue
            W_r = W - W_l
            if W_r < min_weight:
                break
            value = whole - x_log_x(W_l) - x_log_x(W_r)
            for k in range(n_classes):
                value += x_log_x(left[k]) + x_log_x(max(total[k] - left[k], 0.0))
            if value > bar:
                gain[j], low[j], high[j], left_weight[j] = max(value, 0.0), x[rows[i]], x[rows[i + 1]], W_l
                bar = max(value, 0.0) + TIE * W
