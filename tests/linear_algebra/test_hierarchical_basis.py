"""The hierarchical basis: its functions, its transposes, and what it does to the condition number."""

import numpy as np
import pytest
from runmath.core import EPS
from runmath.linear_algebra import (
    Poisson,
    conjugate_gradients,
    hierarchical_diagonal,
    hierarchical_preconditioner,
    hierarchical_to_nodal,
    hierarchical_to_nodal_transposed,
    nodal_to_hierarchical,
    nodal_to_hierarchical_transposed,
)
from runmath.testing import adjoint_gap

SHAPES = [(1,), (3,), (15,), (1, 1), (3, 3), (15, 15)]


def columns(f, shape):
    """The matrix of a linear map on grid functions."""
    return np.column_stack([f(e.reshape(shape)).ravel() for e in np.eye(int(np.prod(shape)))])


def stiffness(problem):
    S = columns(hierarchical_to_nodal, problem.shape)
    return S.T @ problem.to_sparse().toarray() @ S


def condition(problem):
    """The condition number of D^-1/2 Sᵀ A S D^-1/2."""
    scale = np.sqrt(hierarchical_diagonal(problem).ravel())
    values = np.linalg.eigvalsh(stiffness(problem) / np.outer(scale, scale))
    return values[-1] / values[0]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_basis_functions_are_hats_as_wide_as_their_level(shape):
    S = columns(hierarchical_to_nodal, shape)
    index = np.indices(shape) + 1
    for column, p in zip(S.T, np.ndindex(shape), strict=True):
        p = np.array(p) + 1
        s = int(np.gcd.reduce([*p, 2**20]))  # the power of two in both indices
        hats = [np.maximum(0, 1 - np.abs(i - i_0) / s) for i, i_0 in zip(index, p, strict=True)]
        np.testing.assert_array_equal(column, np.prod(hats, axis=0).ravel())


@pytest.mark.parametrize("shape", SHAPES)
def test_the_two_directions_invert_each_other(shape):
    v = np.random.default_rng(0).standard_normal(shape)
    there_and_back = [
        nodal_to_hierarchical(hierarchical_to_nodal(v)),
        hierarchical_to_nodal(nodal_to_hierarchical(v)),
        hierarchical_to_nodal_transposed(nodal_to_hierarchical_transposed(v)),
        nodal_to_hierarchical_transposed(hierarchical_to_nodal_transposed(v)),
    ]
    for w in there_and_back:
        np.testing.assert_allclose(w, v, atol=64 * EPS * v.size)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_transposes_are_adjoint(shape):
    pairs = [
        (hierarchical_to_nodal, hierarchical_to_nodal_transposed),
        (nodal_to_hierarchical, nodal_to_hierarchical_transposed),
    ]
    for forward, adjoint in pairs:
        assert adjoint_gap(forward, adjoint, shape, shape, rng=1) <= 64 * EPS


def test_coefficients_of_a_smooth_function_fall_by_four_a_level():
    n = 255
    x = np.arange(1, n + 1) / (n + 1)
    c = nodal_to_hierarchical(x * (1 - x))
    for s in (1, 2, 4, 64):
        h = s / (n + 1)
        np.testing.assert_allclose(c[s - 1 :: 2 * s], h**2, rtol=1e-9)  # -u'' h² / 2


@pytest.mark.parametrize("n", [1, 3, 15, 63])
def test_on_a_line_the_stiffness_matrix_becomes_diagonal(n):
    problem = Poisson((n,), 0.0, (2.0,))
    B = stiffness(problem)
    np.testing.assert_allclose(B, np.diag(np.diag(B)), atol=64 * EPS * problem.diagonal * n)
    assert condition(problem) == pytest.approx(1, abs=1e-10)
    f = np.random.default_rng(2).standard_normal(n)
    expected = problem.solve(f)
    np.testing.assert_allclose(hierarchical_preconditioner(problem)(f), expected, rtol=1e-9)
    assert (
        conjugate_gradients(problem.apply, f, preconditioner=hierarchical_preconditioner(problem)).n_iter == 1
    )


@pytest.mark.parametrize("problem", [Poisson((7,), 5.0), Poisson((7, 7), 3.0, (1.0, 4.0)), Poisson((1, 1))])
def test_the_diagonal_is_in_closed_form(problem):
    D = hierarchical_diagonal(problem)
    np.testing.assert_allclose(D.ravel(), np.diag(stiffness(problem)), rtol=1e-13)


def test_in_the_plane_the_condition_grows_as_the_square_of_the_number_of_levels():
    levels = np.arange(2, 6)
    root = np.sqrt([condition(Poisson((2**k - 1,) * 2)) for k in levels])
    plain = [np.ptp(np.log(Poisson((2**k - 1,) * 2).eigenvalues())) for k in levels]
    steps = np.diff(root)
    assert (steps > 0).all()
    assert steps.max() <= 0.71  # √κ grows by a bounded amount a level: κ = O(log² 1/h)
    assert np.diff(plain).min() >= 0.95 * np.log(4)  # while that of A grows by 4, as 1/h²


def test_preconditioned_steps_grow_by_a_constant_a_level():
    counts, plain = [], []
    for n in (15, 31, 63, 127):
        problem = Poisson((n, n))
        x, y = problem.grid()
        B = hierarchical_preconditioner(problem)
        counts.append(conjugate_gradients(problem.apply, np.exp(x * y), preconditioner=B).n_iter)
        plain.append(conjugate_gradients(problem.apply, np.exp(x * y)).n_iter)
    assert max(np.diff(counts)) <= 10
    assert plain[-1] >= 1.9 * plain[-2] >= 3.6 * plain[-3]
    assert plain[-1] > 7 * counts[-1]


def test_the_preconditioner_is_symmetric_and_positive_definite():
    problem = Poisson((7, 7), 2.0)
    B = columns(hierarchical_preconditioner(problem), problem.shape)
    np.testing.assert_allclose(B, B.T, atol=1e-15)
    assert np.linalg.eigvalsh(B).min() > 0


def test_inputs_are_not_changed():
    v = np.ones((3, 3))
    for f in (hierarchical_to_nodal, nodal_to_hierarchical, hierarchical_to_nodal_transposed):
        f(v)
    nodal_to_hierarchical_transposed(v), hierarchical_preconditioner(Poisson((3, 3)))(v)
    np.testing.assert_array_equal(v, np.ones((3, 3)))


@pytest.mark.parametrize("shape", [(2,), (6,), (3, 7), (5, 5)])
def test_other_shapes_are_refused(shape):
    for f in (hierarchical_to_nodal, nodal_to_hierarchical, hierarchical_to_nodal_transposed):
        with pytest.raises(ValueError, match=r"must have shape \(2\^k - 1,\) or \(2\^k - 1, 2\^k - 1\), got"):
            f(np.ones(shape))
    with pytest.raises(ValueError, match=r"`problem\.shape` must have shape"):
        hierarchical_preconditioner(Poisson(shape))
