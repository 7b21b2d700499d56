"""What the tests of optimal transport share: POT as a reference, and measures with hard masses."""

import importlib
import warnings

import pytest


@pytest.fixture(scope="session")
def ot():
    """Return POT; it is told to leave other array libraries alone, and may warn while it loads."""
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        for backend in ("PYTORCH", "JAX", "CUPY", "TENSORFLOW"):
            patch.setenv(f"POT_BACKEND_DISABLE_{backend}", "1")
        warnings.simplefilter("ignore")
        return importlib.import_module("ot")


def draw_masses(rng, n, kind="rough"):
    """Draw masses of total 1: plain ones have zeros and repeat."""
    masses = rng.integers(0, 3, n).astype(float) if kind == "plain" else rng.random(n)
    masses[rng.integers(n)] += 1
    return masses / masses.sum()


def draw_points(rng, n, kind="rough"):
    """Draw n numbers: plain ones repeat."""
    return rng.integers(-3, 4, n).astype(float) if kind == "plain" else rng.standard_normal(n)


@pytest.fixture(params=["rough", "plain"])
def draw_line(request):
    """Return a function that draws two weighted samples on the line."""

    def draw(rng, m, n):
        kind = request.param
        x, y = draw_points(rng, m, kind), draw_points(rng, n, kind)
        return x, y, draw_masses(rng, m, kind), draw_masses(rng, n, kind)

    return draw
