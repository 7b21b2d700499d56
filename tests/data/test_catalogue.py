"""The bundled data are what the catalogue says, and a damaged file is noticed."""

import hashlib
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest
from runmath.data import CATALOGUE, catalogue, digits, mnist_subset, photograph, trained_weights


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_file_has_its_checksum_source_and_licence(key):
    dataset = CATALOGUE[key]
    content = files("runmath.data").joinpath("files", dataset.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == dataset.sha256
    assert dataset.source
    assert dataset.licence


def test_every_bundled_file_is_in_the_catalogue():
    bundled = {path.name for path in files("runmath.data").joinpath("files").iterdir()}
    assert bundled == {dataset.file for dataset in CATALOGUE.values()}


@pytest.mark.parametrize("key", CATALOGUE)
def test_every_file_holds_the_arrays_that_the_catalogue_names(key):
    arrays = catalogue._load(key)
    assert {name: array.shape for name, array in arrays.items()} == dict(CATALOGUE[key].arrays)
    assert {array.dtype for array in arrays.values()} == {np.dtype(CATALOGUE[key].dtype)}


@pytest.mark.parametrize("name", ["digits-classifier", "digits-diffusion"])
def test_weights_are_finite_single_precision_numbers_from_less_than_3_mb(name):
    weights = trained_weights(name)
    assert weights.dtype == np.float32
    assert np.isfinite(weights).all()
    assert files("runmath.data").joinpath("files", CATALOGUE[name].file).stat().st_size < 3e6


@pytest.mark.parametrize(("name", "shape"), [("portrait", (450, 333)), ("cat", (300, 451, 3))])
def test_photographs_are_grey_values_from_zero_to_one_with_full_contrast(name, shape):
    image = photograph(name)
    assert image.shape == shape
    assert image.dtype == np.float64
    assert 0 <= image.min() < 0.1
    assert 0.9 < image.max() <= 1


def test_mnist_has_500_digits_of_each_class_with_ink_in_the_middle():
    X, y = mnist_subset()
    assert X.shape == (5000, 28, 28)
    assert X.dtype == np.uint8
    assert X.max() == 255
    np.testing.assert_array_equal(y, np.repeat(np.arange(10), 500))
    assert X[:, 10:18, 10:18].mean() > 5 * X[:, :4].mean()


def test_digits_are_scikit_learns():
    X, y = digits()
    assert X.shape == (1797, 8, 8)
    assert set(y) == set(range(10))


@pytest.mark.parametrize(
    "load", [lambda: photograph("portrait"), lambda: mnist_subset()[0], lambda: digits()[0]]
)
def test_a_load_returns_a_fresh_array(load):
    first = load()
    first[:] = 0
    assert load().max() > 0


def test_a_damaged_file_is_refused(monkeypatch):
    damaged = replace(CATALOGUE["cat"], sha256="0" * 64)
    monkeypatch.setitem(catalogue.CATALOGUE, "cat", damaged)
    with pytest.raises(ValueError, match=r"cat\.npz is damaged; install runmath again"):
        photograph("cat")


def test_a_missing_file_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setitem(catalogue.CATALOGUE, "cat", replace(CATALOGUE["cat"], file="gone.npz"))
    with pytest.raises(ValueError, match=r"gone\.npz is missing; install runmath again"):
        photograph("cat")


def test_an_unknown_photograph_is_refused():
    with pytest.raises(ValueError, match="`name` must be 'portrait' or 'cat', got 'dog'"):
        photograph("dog")


@pytest.mark.parametrize("name", ["mnist", "nothing"])
def test_unknown_weights_are_refused(name):
    with pytest.raises(ValueError, match=r"`name` must be one of \['digits-.*'\], got"):
        trained_weights(name)
