"""Bins: at most 255 intervals of equal weight, whose cuts lie between neighbouring values."""

import numpy as np
import pytest
from runmath.classic_ml import Binner
from runmath.classic_ml.trees.binning import midpoint


def test_few_distinct_values_keep_a_bin_each():
    rng = np.random.default_rng(0)
    values = np.sort(rng.standard_normal(255))
    X = rng.permutation(np.repeat(values, 3))[:, None]
    binner = Binner().fit(X)
    np.testing.assert_array_equal(binner.lower_[0], values)
    np.testing.assert_array_equal(binner.upper_[0], values)
    np.testing.assert_array_equal(values[binner.transform(X)[:, 0]], X[:, 0])


@pytest.mark.parametrize(("n", "max_bins"), [(256, 255), (1000, 255), (1001, 10), (50, 2)])
def test_many_distinct_values_share_bins_of_equal_size(n, max_bins):
    X = np.random.default_rng(n).exponential(size=(n, 2))
    binner = Binner(max_bins=max_bins).fit(X)
    np.testing.assert_array_equal(binner.n_bins_, max_bins)
    for column in binner.transform(X).T:
        counts = np.bincount(column, minlength=max_bins)
        assert set(counts) <= {n // max_bins, n // max_bins + 1}


def test_a_heavy_value_takes_its_own_bins_worth_and_the_rest_stays_apart():
    X = np.append(np.zeros(900), np.arange(1, 101))[:, None]
    bins = Binner(max_bins=10).fit(X).transform(X)[:, 0]
    assert (bins[:900] == 0).all()
    assert bins[900:].min() == 1


def test_bins_are_ordered_as_the_values_and_new_values_go_to_the_nearest_side():
    rng = np.random.default_rng(1)
    x = rng.standard_normal(2000)
    binner = Binner().fit(x[:, None])
    new = np.sort(rng.normal(scale=3, size=500))
    bins = binner.transform(new[:, None])[:, 0].astype(int)
    assert (np.diff(bins) >= 0).all()
    assert (bins[0], bins[-1]) == (0, 254)
    for b in (0, 17, 253):
        edge = binner.threshold(np.array([0]), np.array([b]), np.array([b + 1]))[0]
        np.testing.assert_array_equal(bins <= b, new <= edge)


def test_weight_k_is_the_same_as_k_rows_and_weight_zero_as_none():
    rng = np.random.default_rng(2)
    X, w = rng.standard_normal((900, 3)), rng.integers(0, 4, 900)
    weighted, repeated = Binner(max_bins=32).fit(X, w), Binner(max_bins=32).fit(np.repeat(X, w, axis=0))
    np.testing.assert_array_equal(weighted.lower_, repeated.lower_)
    np.testing.assert_array_equal(weighted.upper_, repeated.upper_)


@pytest.mark.parametrize(
    ("low", "high"),
    [
        (1.0, np.nextafter(1.0, 2.0)),
        (1e308, 1.7e308),
        (-1.7e308, 1.7e308),
        (0.0, 5e-324),
        (-5e-324, 0.0),
        (-0.0, 1e-320),
    ],
)
def test_the_midpoint_separates_the_values_even_where_floats_end(low, high):
    t = midpoint(low, high)
    assert low <= t < high


def test_a_value_on_an_edge_goes_left():
    np.testing.assert_array_equal(Binner().fit([[0.0], [2.0]]).transform([[1.0]]), [[0]])
    neighbours = [[1.0], [np.nextafter(1.0, 2.0)]]  # no float lies between them: the edge is the first
    np.testing.assert_array_equal(Binner().fit(neighbours).transform(neighbours), [[0], [1]])


def test_constant_columns_and_single_rows_have_one_bin():
    binner = Binner().fit([[3.0, 1.0], [3.0, 2.0]])
    np.testing.assert_array_equal(binner.n_bins_, [1, 2])
    np.testing.assert_array_equal(binner.transform([[-9.0, 9.0]]), [[0, 1]])
    np.testing.assert_array_equal(Binner().fit([[7.0]]).n_bins_, [1])


@pytest.mark.parametrize("max_bins", [1, 256])
def test_bins_fit_into_a_byte(max_bins):
    with pytest.raises(ValueError, match=f"`max_bins` must be between 2 and 255, got {max_bins}"):
        Binner(max_bins=max_bins).fit([[1.0]])


def test_missing_values_are_refused():
    with pytest.raises(ValueError, match="`X` must be finite"):
        Binner().fit([[np.nan]])
