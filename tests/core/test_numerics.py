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
    norm,
    relative_error,
    times_power_of_two,
    unit_scaled,
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


@pytest.mark.parametrize("scale", [-1.0, 0.0, np.inf, np.nan])
def test_a_scale_must_be_positive_and_finite(scale):
    with pytest.raises(ValueError, match="`scale` must be positive and finite, got"):
        relative_error(1.0, 2.0, scale=scale)


@pytest.mark.parametrize(
    ("lhs", "rhs", "scale", "expected"),
    [
        (1e300, 2e300, 1e-300, np.inf),  # the quotient itself is beyond the largest float
        (1e-300, 2e-300, 1e300, 0.0),
        (1e200, 2e200, 1e-100, 1e300),
        (1e-200, 2e-200, 1e-310, 1e110),
        (1e308, -1e308, 1e308, 2.0),
        ([1e300, 3e-20], [1e300, 1e-20], 1e-20, 2.0),  # what differs is small beside what does not
        (1.7e308 + 1.7e308j, 0.0, None, 1.0),
    ],
)
def test_no_scale_is_too_large_or_too_small(lhs, rhs, scale, expected):
    assert relative_error(lhs, rhs, scale) == pytest.approx(expected, rel=1e-12)


def test_sides_that_are_not_finite_have_no_relative_error():
    assert np.isnan(relative_error(np.inf, 1.0))
    assert np.isnan(relative_error([1.0, np.nan], [1.0, 2.0]))


@pytest.mark.parametrize("size", [2.0**-1070, 2.0**-600, 1.0, 2.0**600, 2.0**1020])
def test_a_norm_is_exact_in_every_unit(size):
    assert norm(size * np.array([[3.0, 0.0], [0.0, -4.0]])) == 5 * size
    assert norm([3j * size, 4 * size]) == 5 * size


def test_the_norm_of_nothing_is_zero_and_that_of_nan_is_nan():
    assert norm([]) == norm([0, 0]) == 0
    assert norm([1.0, -np.inf]) == np.inf
    assert np.isnan(norm([1.0, np.nan]))


def test_a_norm_beyond_the_largest_float_is_an_error_with_a_remedy():
    with pytest.raises(OverflowError, match="the norm exceeds the largest float64; scale the input"):
        norm([1.7e308, 1.7e308])


@pytest.mark.parametrize("size", [5e-324, 1e-200, 3.0, 1.7e308])
def test_scaling_to_unit_size_and_back_is_exact(size):
    x, e = unit_scaled(np.array([-size, 0.0]))
    assert 0.5 <= np.abs(x).max() < 1
    np.testing.assert_array_equal(times_power_of_two(x, e, "x"), [-size, 0.0])
    assert unit_scaled(np.zeros(2))[1] == 0


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


def test_relative_error_compares_complex_with_real_numbers():
    assert relative_error([[1 + 0j, 2]], [[1.0, 2.0]]) == 0
    assert relative_error([1.0, 0.0], [1.0, 1j]) == pytest.approx(np.sqrt(0.5))
