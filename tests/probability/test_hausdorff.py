"""The Hausdorff distance equals its definition by brute force, and SciPy's."""

import numpy as np
import pytest
from runmath.probability import hausdorff
from scipy.spatial.distance import cdist, directed_hausdorff


def sets(m, n, p, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((m, p)), 2 * rng.standard_normal((n, p)) + 0.5


@pytest.mark.parametrize(("m", "n", "p"), [(1, 1, 1), (7, 5, 1), (40, 30, 2), (20, 25, 6), (1, 9, 3)])
def test_both_parts_equal_brute_force_and_scipy(m, n, p):
    X, Y = sets(m, n, p)
    D = cdist(X, Y)
    result = hausdorff(X, Y)
    assert result.forward == pytest.approx(D.min(axis=1).max(), rel=1e-14)
    assert result.backward == pytest.approx(D.min(axis=0).max(), rel=1e-14)
    assert result.distance == max(result.forward, result.backward)
    assert result.forward == pytest.approx(directed_hausdorff(X, Y)[0], rel=1e-14)
    assert D[result.forward_pair] == pytest.approx(result.forward, rel=1e-14)
    assert D[result.backward_pair] == pytest.approx(result.backward, rel=1e-14)


def test_the_outer_maximum_makes_it_symmetric():
    X, Y = sets(12, 9, 2)
    there, back = hausdorff(X, Y), hausdorff(Y, X)
    assert there.distance == back.distance
    assert (there.forward, there.backward) == (back.backward, back.forward)
    assert there.forward_pair == back.backward_pair[::-1]


def test_a_subset_has_the_directed_distance_zero():
    X, _ = sets(10, 1, 2)
    result = hausdorff(X[:4], X)
    assert result.forward == 0 < result.backward
    assert hausdorff(X, X[::-1]).distance == 0


def test_a_partial_distance_is_an_order_statistic():
    X, Y = sets(10, 8, 2)
    D = cdist(X, Y)
    result = hausdorff(X, Y, quantile=0.5)
    assert result.forward == pytest.approx(np.sort(D.min(axis=1))[4], rel=1e-14)
    assert result.backward == pytest.approx(np.sort(D.min(axis=0))[3], rel=1e-14)
    assert hausdorff(X, Y, quantile=1.0) == hausdorff(X, Y)
    assert hausdorff(X, Y, quantile=1e-9).forward == pytest.approx(D.min(), rel=1e-14)


def test_one_outlier_moves_it_and_not_the_partial_distance():
    X, _ = sets(100, 1, 2)
    Y = np.vstack([X + 0.01, [[50.0, 0.0]]])
    assert hausdorff(X, Y).distance > 40
    assert hausdorff(X, Y, quantile=0.95).distance < 0.02


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="`Y` must have 2 columns as `X` has, got 3"):
        hausdorff(np.ones((2, 2)), np.ones((2, 3)))
    with pytest.raises(ValueError, match="`X` must be a matrix with at least one row"):
        hausdorff(np.ones((0, 2)), np.ones((2, 2)))
    for quantile in (0.0, 1.1):
        with pytest.raises(ValueError, match="`quantile` must be above 0 and at most 1"):
            hausdorff([[0.0]], [[0.0]], quantile=quantile)


@pytest.mark.parametrize("percent", range(1, 101))
def test_a_quantile_that_rounds_up_is_still_the_smallest_value_of_its_share(percent):
    places = np.arange(1.0, 101.0)[:, None]
    assert hausdorff(places, [[0.0]], quantile=percent / 100).forward == percent


@pytest.mark.parametrize("exponent", [-700, 700])
def test_no_square_overflows_or_underflows(exponent):
    X, Y = sets(7, 5, 2)
    scaled = hausdorff(np.ldexp(X, exponent), np.ldexp(Y, exponent))
    assert scaled.distance == np.ldexp(hausdorff(X, Y).distance, exponent)
