"""Grow and read decision trees on binned features: the loops, compiled by Numba.

Nothing else in the library imports this module before a first fit, because it loads Numba (0.3 s of CPU time,
0.2 s after scikit-learn). The first fit ever compiles for about 15 s; the machine code is kept beside this file
(or in Numba's cache directory, or, where neither can be written, for the life of the process), and the first
fit of later processes loads it in 0.25 s. All kernels lie in one file, because Numba sees no change in another.

A node is known by its sums, an array of columns: the number of rows n, then for regression W = Σw and S = Σwy,
for classification the weight of each class. A histogram holds the same columns for every bin of a feature.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numba
import numpy as np

SQUARED, GINI, ENTROPY = 0, 1, 2  # criteria
FEATURE, CUT, AFTER, LEFT, RIGHT, START, STOP, DEPTH, SLOT = range(9)  # the integers of a node
N_FIELDS = 9
MAX_DEPTH, MAX_LEAVES, MIN_LEAF, MAX_FEATURES, MAX_KEPT = range(5)  # the limits of a tree
LEAF = -1.0  # gain of a node that is not split
NO_SLOT = -1
TIE = 1e-10  # gains closer than this, relatively, are equal, and the first wins: rounding decides nothing
KEEP_ABOVE = 2  # times the number of bins: larger nodes keep their histograms for the subtraction
FEW_ROWS = 32  # up to here the filled bins of a node are sorted out, instead of looking at all


class Data(NamedTuple):
    """What a tree is grown on."""

    bins: np.ndarray  # (features, n) uint8
    y: np.ndarray  # (n,) targets, or class numbers as floats
    w: np.ndarray  # (n,) weights
    rows: np.ndarray  # (rows,) uint32, reordered so that every node is a slice
    kind: int
    limits: np.ndarray


class State(NamedTuple):
    """What growing a tree fills and uses."""

    nodes: np.ndarray  # (nodes, N_FIELDS)
    sums: np.ndarray  # (nodes, columns)
    gains: np.ndarray  # (nodes,)
    pool: np.ndarray  # (slots, features, bins, columns) kept histograms
    free: np.ndarray  # (1 + slots,) number of free slots, then the slots
    hist: np.ndarray  # (bins, columns) for features without a kept one; zeros between uses
    all_bins: np.ndarray  # (bins,) uint8: 0, 1, ...
    few_bins: np.ndarray  # (FEW_ROWS,) uint8
    left: np.ndarray  # (columns,) sums to the left of a cut
    y: np.ndarray  # (rows,) targets of the node last measured
    w: np.ndarray  # (rows,) its weights
    buffer: np.ndarray  # (rows,) uint32
    order: np.ndarray  # (features,) order in which they are tried
    random: np.ndarray  # (1,) uint64


def jit(function: Callable) -> Callable:
    """Compile without holding the interpreter's lock; keep the machine code on disk where that is possible."""
    try:
        return numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    except RuntimeError:  # no directory that Numba may write to
        return numba.njit(nogil=True, error_model="numpy")(function)


@jit
def best_cut(hist, filled, total, left, min_leaf, kind, tie):
    """Return the best gain over the cuts between neighbouring filled bins, and these two bins.

    The gain is W times the decrease of impurity. LEAF if no cut leaves `min_leaf` rows on both sides.
    """
    best, bar, cut, after, last = LEAF, 0.0, -1, -1, -1
    left[:] = 0.0
    for b in filled:
        if hist[b, 0] == 0:
            continue
        if left[0] >= min_leaf:
            if total[0] - left[0] < min_leaf:
                break
            value = squared_gain(left, total) if kind == SQUARED else class_gain(left, total, kind)
            if value >= bar:
                best, cut, after = value, last, b
                bar = next_bar(value, tie)
        for c in range(total.size):
            left[c] += hist[b, c]
        last = b
    return best, cut, after


@jit
def next_bar(best, tie):
    """Return what a gain must reach to count as larger than the best one."""
    return best + TIE * best + tie


@jit
def squared_gain(left, total):
    """Return W_L W_R / W (m_L - m_R)² = (S_L W - S W_L)² / (W_L W_R W), m = S / W; LEAF if a side is empty."""
    W, S, W_l = total[1], total[2], left[1]
    d = left[2] * W - S * W_l
    volume = W_l * (W - W_l) * W
    return d * d / volume if volume > 0 else LEAF


@jit
def class_gain(left, total, kind):
    """Return the Gini gain W_L W_R / W ‖p_L - p_R‖², or the information gain W H - W_L H_L - W_R H_R in bits."""
    W_l, W_r = 0.0, 0.0
    for c in range(1, total.size):
        W_l += left[c]
        W_r += total[c] - left[c]
    if W_l <= 0 or W_r <= 0:
        return LEAF
    if kind == GINI:
        W, value = W_l + W_r, 0.0
        for c in range(1, total.size):
            d = left[c] * W - total[c] * W_l
            value += d * d
        return value / (W_l * W_r * W)
    value = x_log_x(W_l + W_r) - x_log_x(W_l) - x_log_x(W_r)
    for c in range(1, total.size):
        value += x_log_x(left[c]) + x_log_x(total[c] - left[c]) - x_log_x(total[c])
    return max(value, 0.0)


@jit
def x_log_x(x):
    """Return x log₂ x, continued by 0."""
    return x * np.log2(x) if x > 0 else 0.0


@jit
def fill(hist, column, rows, y, w, kind):
    """Add the rows of a node to the histogram of one feature."""
    if kind == SQUARED:
        for i in range(rows.size):
            b = column[rows[i]]
            hist[b, 0] += 1.0
            hist[b, 1] += w[i]
            hist[b, 2] += w[i] * y[i]
    else:
        for i in range(rows.size):
            b = column[rows[i]]
            hist[b, 0] += 1.0
            hist[b, 1 + np.uint32(y[i])] += w[i]


@jit
def filled_bins(column, rows, filled):
    """Put the bins of a few rows into `filled` in ascending order, each once; return how many there are."""
    m = 0
    for i in range(rows.size):
        b, j = column[rows[i]], m
        while j > 0 and filled[j - 1] > b:
            j -= 1
        if j > 0 and filled[j - 1] == b:
            continue
        for k in range(m, j, -1):
            filled[k] = filled[k - 1]
        filled[j] = b
        m += 1
    return m


@jit
def measure(node, data, state):
    """Gather the targets and weights of a node, add them up, and tell whether the node may be split."""
    start, stop, depth = state.nodes[node, START], state.nodes[node, STOP], state.nodes[node, DEPTH]
    rows, y, w, sums = data.rows[start:stop], state.y, state.w, state.sums[node]
    all_y, all_w, squared = data.y, data.w, data.kind == SQUARED
    lowest, highest, W, S = np.inf, -np.inf, 0.0, 0.0
    sums[:] = 0.0
    for i in range(rows.size):
        y_i, w_i = all_y[rows[i]], all_w[rows[i]]
        y[i], w[i] = y_i, w_i
        lowest, highest = min(lowest, y_i), max(highest, y_i)
        if squared:
            W += w_i
            S += w_i * y_i
        else:
            sums[1 + np.uint32(y_i)] += w_i
    if squared:
        sums[1], sums[2] = W, S
    sums[0] = rows.size
    state.gains[node] = LEAF
    return lowest < highest and depth < data.limits[MAX_DEPTH] and rows.size >= 2 * data.limits[MIN_LEAF]


@jit
def search(node, data, state):
    """Find the best split of a node, over all features or, where `max_features` are wanted, a random choice.

    As in scikit-learn the choice goes on past `max_features` until it has found a possible split.
    """
    rows = data.rows[state.nodes[node, START] : state.nodes[node, STOP]]
    slot, total, order = state.nodes[node, SLOT], state.sums[node], state.order
    n_features, max_features = data.bins.shape[0], data.limits[MAX_FEATURES]
    tie = (1e-12 if data.kind == ENTROPY else 1e-24) * total[1:].max()  # squares of errors of 1e-12
    best, bar = LEAF, 0.0
    for k in range(n_features):
        if k >= max_features and best != LEAF:
            break
        if max_features < n_features:  # Fisher-Yates, one step
            j = k + draw(state.random, n_features - k)
            order[k], order[j] = order[j], order[k]
        f = order[k]
        if slot != NO_SLOT:
            hist, filled = state.pool[slot, f], state.all_bins
        else:
            hist, filled = new_histogram(f, rows, data, state)
        value, cut, after = best_cut(hist, filled, total, state.left, data.limits[MIN_LEAF], data.kind, tie)
        if value >= bar:
            best, bar = value, next_bar(value, tie)
            state.nodes[node, FEATURE], state.nodes[node, CUT], state.nodes[node, AFTER] = f, cut, after
        if slot == NO_SLOT:
            clear(hist, filled)
    state.gains[node] = best
    if slot != NO_SLOT and (best == LEAF or rows.size <= KEEP_ABOVE * state.all_bins.size):
        release(node, state)


@jit
def clear(hist, filled):
    """Set the bins of a histogram to zero."""
    for b in filled:
        for c in range(hist.shape[1]):
            hist[b, c] = 0.0


@jit
def new_histogram(f, rows, data, state):
    """Build the histogram of a feature for the node last measured; return it and the bins to look at."""
    fill(state.hist, data.bins[f], rows, state.y, state.w, data.kind)
    if rows.size > FEW_ROWS:
        return state.hist, state.all_bins
    return state.hist, state.few_bins[: filled_bins(data.bins[f], rows, state.few_bins)]


@jit
def draw(random, n):
    """Return a random integer below n and advance the state (splitmix64; its bias n / 2⁶⁴ is nothing)."""
    random[0] += np.uint64(0x9E3779B97F4A7C15)
    z = random[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.int64((z ^ (z >> np.uint64(31))) % np.uint64(n))


@jit
def keep_histograms(node, data, state):
    """Build the histograms of the node last measured in a free slot; tell whether there was one."""
    if state.free[0] == 0:
        return False
    slot = state.free[state.free[0]]
    state.free[0] -= 1
    state.nodes[node, SLOT] = slot
    state.pool[slot] = 0.0
    rows = data.rows[state.nodes[node, START] : state.nodes[node, STOP]]
    for f in range(data.bins.shape[0]):
        fill(state.pool[slot, f], data.bins[f], rows, state.y, state.w, data.kind)
    return True


@jit
def release(node, state):
    """Give the slot of a node back."""
    state.free[0] += 1
    state.free[state.free[0]] = state.nodes[node, SLOT]
    state.nodes[node, SLOT] = NO_SLOT


@jit
def partition(node, data, state):
    """Reorder the rows of a node, keeping their order on each side; return where the right side begins."""
    nodes, rows, buffer = state.nodes, data.rows, state.buffer
    start, stop, cut = nodes[node, START], nodes[node, STOP], nodes[node, CUT]
    column = data.bins[nodes[node, FEATURE]]
    k, m = start, 0
    for i in range(start, stop):
        r = rows[i]
        goes_left = column[r] <= cut
        rows[k], buffer[m] = r, r  # both, without a branch: the next row overwrites the wrong one
        k += goes_left
        m += not goes_left
    rows[k:stop] = buffer[:m]
    return k


@jit
def split(node, left, data, state):
    """Split a node into the nodes `left` and `left` + 1 and find their best splits; return the larger one."""
    nodes = state.nodes
    middle = partition(node, data, state)
    nodes[node, LEFT], nodes[node, RIGHT] = left, left + 1
    nodes[left, START], nodes[left, STOP] = nodes[node, START], middle
    nodes[left + 1, START], nodes[left + 1, STOP] = middle, nodes[node, STOP]
    nodes[left : left + 2, DEPTH] = nodes[node, DEPTH] + 1
    large = left if 2 * middle >= nodes[node, START] + nodes[node, STOP] else left + 1
    small = 2 * left + 1 - large
    slot = nodes[node, SLOT]
    large_open = measure(large, data, state)
    if slot == NO_SLOT and large_open:
        search(large, data, state)
    small_open = measure(small, data, state)
    if slot != NO_SLOT and (large_open or small_open) and keep_histograms(small, data, state):
        subtract(state.pool[slot], state.pool[nodes[small, SLOT]])  # large = node - small
        nodes[large, SLOT], nodes[node, SLOT] = slot, NO_SLOT
    if small_open:
        search(small, data, state)
    elif nodes[small, SLOT] != NO_SLOT:
        release(small, state)
    if slot != NO_SLOT and large_open:
        if nodes[large, SLOT] == NO_SLOT:
            measure(large, data, state)
        search(large, data, state)
    elif nodes[large, SLOT] != NO_SLOT:
        release(large, state)
    if nodes[node, SLOT] != NO_SLOT:
        release(node, state)
    return large


@jit
def subtract(whole, part):
    """Subtract in place."""
    for f in range(whole.shape[0]):
        for b in range(whole.shape[1]):
            for c in range(whole.shape[2]):
                whole[f, b, c] -= part[f, b, c]


@jit
def new_state(data, n_bins, n_columns, max_leaves, seed):
    """Return an empty tree and the room to grow it in."""
    n_features, n = data.bins.shape[0], data.rows.size
    n_slots = 0
    if data.limits[MAX_FEATURES] == n_features and n > KEEP_ABOVE * n_bins:
        depth_first = 2 + int(np.log2(n))  # the smaller child is split first: open nodes halve in size
        n_slots = min(depth_first if max_leaves == n else max_leaves + 1, 2 + n // (KEEP_ABOVE * n_bins))
        n_slots = min(n_slots, data.limits[MAX_KEPT] // (n_features * n_bins * n_columns))
    n_nodes = 2 * max_leaves - 1
    free = np.arange(-1, n_slots)
    free[0] = n_slots
    return State(
        np.full((n_nodes, N_FIELDS), -1, np.int32),
        np.zeros((n_nodes, n_columns)),
        np.full(n_nodes, LEAF),
        np.empty((n_slots, n_features, n_bins, n_columns)),
        free,
        np.zeros((n_bins, n_columns)),
        np.arange(n_bins).astype(np.uint8),
        np.empty(FEW_ROWS, np.uint8),
        np.empty(n_columns),
        np.empty(n),
        np.empty(n),
        np.empty(n, np.uint32),
        np.arange(n_features),
        np.array([seed], np.uint64),
    )


@jit
def grow(bins, n_bins, y, w, rows, kind, n_columns, limits, seed):
    """Grow a tree, the node of largest gain first where the number of leaves is limited, else depth first.

    Returns the integers (nodes, N_FIELDS), sums (nodes, columns) and gains (nodes,) of the nodes, root first.
    """
    data = Data(bins, y, w, rows, kind, limits)
    max_leaves = min(limits[MAX_LEAVES], rows.size)
    best_first = max_leaves < rows.size
    state = new_state(data, n_bins, n_columns, max_leaves, seed)
    state.nodes[0, START], state.nodes[0, STOP], state.nodes[0, DEPTH] = 0, rows.size, 0
    if measure(0, data, state):
        keep_histograms(0, data, state)
        search(0, data, state)
    frontier = np.zeros(max_leaves + 1, np.int64)  # nodes that can be split, the root first
    n_frontier, n_nodes = int(state.gains[0] != LEAF), 1
    while n_frontier > 0 and n_nodes < 2 * max_leaves - 1:
        k = n_frontier - 1
        if best_first:
            for j in range(n_frontier):
                if state.gains[frontier[j]] > state.gains[frontier[k]]:
                    k = j
        node = frontier[k]
        n_frontier -= 1
        frontier[k] = frontier[n_frontier]
        large = split(node, n_nodes, data, state)
        for child in (large, 2 * n_nodes + 1 - large):
            if state.gains[child] != LEAF:
                frontier[n_frontier] = child
                n_frontier += 1
        n_nodes += 2
    return state.nodes[:n_nodes], state.sums[:n_nodes], state.gains[:n_nodes]


@jit
def find_leaf(x, feature, threshold, left):
    """Return the leaf that x (features,) falls into; a right child comes straight after the left one."""
    node = np.int64(0)
    while feature[node] >= 0:
        node = np.int64(left[node]) + (x[feature[node]] > threshold[node])  # without a branch
    return node


@jit
def find_leaves(X, feature, threshold, left):
    """Return for each row of X (n, features) the leaf it falls into."""
    leaves = np.empty(X.shape[0], np.int32)
    for i in range(X.shape[0]):
        leaves[i] = find_leaf(X[i], feature, threshold, left)
    return leaves


@jit
def add_values(X, feature, threshold, left, value, out):
    """Add the value (nodes, k) of its leaf to each row of `out` (n, k)."""
    for i in range(X.shape[0]):
        leaf = find_leaf(X[i], feature, threshold, left)
        for c in range(out.shape[1]):
            out[i, c] += value[leaf, c]
