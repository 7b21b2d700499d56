"""The package is light to import; Numba comes with the first fit, and works without a place for its cache."""

import subprocess
import sys

import pytest
import runmath.classic_ml


def loaded_by(code):
    """Return the CPU seconds that code takes in a fresh interpreter, and the top-level modules it loads."""
    code = (
        f"import sys, time; start = time.process_time(); {code}; "
        "print(time.process_time() - start, *{name.partition('.')[0] for name in sys.modules})"
    )
    words = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    return float(words[0]), set(words[1:])


def test_the_package_alone_loads_nothing_and_takes_no_time():
    seconds, modules = min(
        (loaded_by("import runmath.classic_ml") for _ in range(3)), key=lambda pair: pair[0]
    )
    assert seconds < 0.1
    assert not modules & {"numpy", "sklearn", "numba"}


def test_the_estimators_load_scikit_learn_but_not_numba():
    _, modules = loaded_by("from runmath.classic_ml import RandomForestClassifier as F; F()")
    assert "sklearn" in modules
    assert not modules & {"numba", "torch", "matplotlib"}


def test_every_public_name_is_found_and_listed():
    for name in runmath.classic_ml.__all__:
        assert getattr(runmath.classic_ml, name).__name__ == name
        assert name in dir(runmath.classic_ml)
    with pytest.raises(AttributeError, match="no attribute 'RandomForrest'"):
        runmath.classic_ml.RandomForrest  # noqa: B018


def test_kernels_compile_where_numba_may_not_write(monkeypatch):
    from numba.core import caching
    from runmath.classic_ml.trees import kernels

    monkeypatch.setattr(caching.CacheImpl, "_locator_classes", [])
    with pytest.raises(RuntimeError, match="no locator available"):
        kernels.numba.njit(cache=True)(lambda x: x)
    assert kernels.jit(lambda x: x + 1)(1) == 2
