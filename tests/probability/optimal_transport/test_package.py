"""The package is light to load and offers one name for each thing."""

import subprocess
import sys

import runmath.probability
from runmath.probability import optimal_transport

CODE = """
import sys, time
start = time.process_time()
import runmath.probability
print(time.process_time() - start, *{name for name in sys.modules if name in (
    "torch", "matplotlib", "scipy.optimize", "scipy.stats", "scipy.spatial", "numba")})
"""


def test_the_package_loads_in_less_than_half_a_second_and_leaves_what_is_heavy():
    runs = [
        subprocess.run(
            [sys.executable, "-c", CODE], capture_output=True, text=True, check=True
        ).stdout.split()
        for _ in range(3)
    ]
    assert min(float(run[0]) for run in runs) < 0.5
    assert runs[0][1:] == []


def test_everything_is_offered_by_the_part_as_well():
    assert set(optimal_transport.__all__) <= set(runmath.probability.__all__)
    for name in optimal_transport.__all__:
        assert getattr(runmath.probability, name) is getattr(optimal_transport, name)
        assert getattr(optimal_transport, name).__doc__
