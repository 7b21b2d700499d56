"""The inner loops of nearest neighbours and k-means, compiled by Numba.

Nothing else imports this module before a first use, because it loads Numba (0.3 s). The first use ever compiles for
about 3 s; as in `runmath.classic_ml.trees.kernels`, the machine code is kept on disk where that is possible.

A product of matrices gives the scores xᵀz of a whole block, and ½‖z‖² - xᵀz ranks the z by their distance from x.
It is fast, and cancels where points are close: so what could be nearest, up to the rounding error, is measured again
by the sum of squared differences.
"""

from __future__ import annotations

from runmath.classic_ml.trees.kernels import jit


@jit
def squared_distance(X, i, Z, t):
    """Return ‖x_i - z_t‖²; four sums, because an addition need not wait for that of another."""
    p = X.shape[1]
    whole = p - p % 4
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    for j in range(0, whole, 4):
        s0 += (X[i, j] - Z[t, j]) ** 2
        s1 += (X[i, j + 1] - Z[t, j + 1]) ** 2
        s2 += (X[i, j + 2] - Z[t, j + 2]) ** 2
        s3 += (X[i, j + 3] - Z[t, j + 3]) ** 2
    for j in range(whole, p):
        s0 += (X[i, j] - Z[t, j]) ** 2
    return (s0 + s1) + (s2 + s3)


@jit
def refine_neighbours(X, Z, scores, half_squares, lowest, first, distances, indices):
    """Insert the rows Z[first:] into the k nearest of each row of X, by squared distance, then by index.

    `scores` (rows, columns) holds xᵀz, `half_squares` ½‖z‖² of all z, and `lowest` ‖x‖² less the largest rounding
    error, all about another origin. Only where `lowest` + 2 (½‖z‖² - xᵀz) is below the worst distance so far, the
    distance is computed.
    """
    k = distances.shape[1]
    for i in range(X.shape[0]):
        worst = distances[i, k - 1]
        bar = (worst - lowest[i]) / 2
        for t in range(scores.shape[1]):
            if half_squares[first + t] - scores[i, t] >= bar:
                continue
            d = squared_distance(X, i, Z, first + t)
            if d >= worst:  # of equal distances the lower index, seen earlier, stays
                continue
            place = k - 1
            while place > 0 and distances[i, place - 1] > d:
                distances[i, place] = distances[i, place - 1]
                indices[i, place] = indices[i, place - 1]
                place -= 1
            distances[i, place], indices[i, place] = d, first + t
            worst = distances[i, k - 1]
            bar = (worst - lowest[i]) / 2


@jit
def choose_centres(X, scores, centres, half_squares, slack, labels, nearest, sums, counts):
    """Write the nearest centre of each row of X and its squared distance; add the row to its `sums` and `counts`.

    `scores` (rows, k) holds xᵀc and `half_squares` ½‖c‖²; centres whose ½‖c‖² - xᵀc is within the rounding error
    `slack` of the least are measured again. Of equal distances the first wins. Returns how many labels changed.
    """
    k, p = centres.shape
    changed = 0
    for i in range(X.shape[0]):
        best, least = 0, half_squares[0] - scores[i, 0]
        for c in range(1, k):
            value = half_squares[c] - scores[i, c]
            if value < least:
                best, least = c, value
        rivals = 0
        for c in range(k):
            rivals += half_squares[c] - scores[i, c] <= least + slack
        d = squared_distance(X, i, centres, best)
        if rivals > 1:
            for c in range(k):
                if c != best and half_squares[c] - scores[i, c] <= least + slack:
                    other = squared_distance(X, i, centres, c)
                    if other < d or (other == d and c < best):
                        best, d = c, other
        changed += labels[i] != best
        labels[i], nearest[i] = best, d
        counts[best] += 1
        for j in range(p):
            sums[best, j] += X[i, j]
    return changed


@jit
def lower_distances(X, rows, nearest, lowered):
    """Write min(nearest_i, ‖x_i - x_r‖²) for each r of `rows` (t,) into `lowered` (t, n)."""
    for t in range(rows.size):
        for i in range(X.shape[0]):
            lowered[t, i] = min(nearest[i], squared_distance(X, i, X, rows[t]))
