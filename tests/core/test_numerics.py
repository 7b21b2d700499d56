"""Relative errors are measured without overflow, and results and generators behave as promised."""

import subprocess
import sys

import numpy as np
import pytest
from runmath.core import (
    EPS,
    ConvergenceWarning,
    IterativeResult,
    as_rng,
    relative_error,
    warn_unless_converged,
)


def test_eps_is_the_distance_from_one_to_the_next_double():
    assert np.nextafter(1.0, 2.0) - 1.0 == EPS


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1.0, 1e200, 1e307])
def test_relative_error_does_not_depend_on_the_units(size):
    error = relative_error(size * np.array([3.0, 4.0]), size * np.array([3.0, 3.0]))
    assert error == pytest.approx(0.2, rel=1e-12)


def test_relative_error_is_symmetric_and_zero_on_equal_sides():
    x, y = np.random.default_rng(0).standard_normal((2, 4, 3))
    assert relative_error(x, y) == relative_error(y, x) > 0
    assert relative_error(x, x) == relative_error(0 * x, 0 * x) == relative_error(0, 0) == 0


def test_relative_error_against_a_given_scale():
    assert relative_error(1e-9, 0.0, scale=2.0) == pytest.approx(5e-10, rel=4 * EPS)
    assert relative_error(1e-9, 0.0) == 1.0


def test_relative_error_reads_complex_and_unsigned_numbers():
    assert relative_error([1j, 0], [-1j, 0]) == 2.0
    assert relative_error(np.uint8(1), np.uint8(2)) == 0.5


def test_relative_error_never_broadcasts():
    with pytest.raises(ValueError, match=r"`lhs` and `rhs` must have equal shapes, got \(2,\) and \(\)"):
        relative_error([1.0, 1.0], 1.0)
    with pytest.raises(ValueError, match="`scale` must be positive, got -1"):
        relative_error(1.0, 2.0, scale=-1)


def test_a_generator_is_passed_on_and_a_seed_makes_a_new_one():
    rng = np.random.default_rng(3)
    assert as_rng(rng) is rng
    assert as_rng(3).random() == as_rng(np.int64(3)).random() == np.random.default_rng(3).random()


def test_no_generator_comes_from_nothing_and_the_global_state_stays():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    as_rng(0).random(10)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002
    for rng in (None, True, 1.0, np.random.RandomState(0)):
        with pytest.raises(TypeError, match=r"`rng` must be a numpy\.random.Generator or an integer seed"):
            as_rng(rng)
    with pytest.raises(ValueError, match="`rng` must be a seed of at least 0, got -1"):
        as_rng(-1)


def test_not_converging_warns_and_converging_does_not():
    warn_unless_converged(True, "A method", "do more")
    with pytest.warns(ConvergenceWarning, match="A method did not converge; do more"):
        warn_unless_converged(False, "A method", "do more")


def test_results_are_frozen():
    result = IterativeResult(converged=True, n_iter=0, history=np.zeros(1))
    with pytest.raises(AttributeError):
        result.converged = False


def test_core_imports_nothing_but_numpy():
    command = "import sys, runmath.core; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    run = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert {"scipy", "sklearn", "torch", "matplotlib"}.isdisjoint(run.stdout.split())
