"""Convolution equals its definition, its matrix and SciPy, and its adjoints are transposes whatever the boundary."""

from itertools import product

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
from runmath.core import EPS
from runmath.linear_algebra import Convolution, convolve
from runmath.linear_algebra import convolution as module
from runmath.testing import adjoint_gap

BOUNDARIES = ("zero", "periodic", "reflect")
CASES = [  # (shape, kernel shape): one point, kernels wider than the grid, taps beyond and below the switch to FFT
    ((1,), (1,)),
    ((1,), (5,)),
    ((2,), (3,)),
    ((4,), (3,)),
    ((5,), (17,)),
    ((40,), (81,)),
    ((97,), (9,)),
    ((1, 1), (3, 3)),
    ((1, 6), (3, 1)),
    ((4, 7), (1, 5)),
    ((6, 5), (3, 3)),
    ((5, 4), (11, 9)),
    ((23, 17), (9, 11)),
]
everywhere = pytest.mark.parametrize("boundary", BOUNDARIES)
in_all_cases = pytest.mark.parametrize(("shape", "kernel_shape"), CASES)


def make(shape, kernel_shape, boundary):
    rng = np.random.default_rng(np.prod(shape) + np.prod(kernel_shape))
    return Convolution(rng.standard_normal(kernel_shape), shape, boundary), rng


def tolerance(K, *grids):
    """Forward error of a dot product, or of an FFT: a few ε times the norms."""
    return 20 * EPS * np.linalg.norm(K.kernel) * np.prod([np.linalg.norm(grid) for grid in grids]) * 4


def sample(x, index, boundary):
    """The value at any index, inside or outside, by the definition of the boundary."""
    place = []
    for i, n in zip(index, x.shape, strict=True):
        if boundary == "zero" and not 0 <= i < n:
            return 0.0
        while boundary == "periodic" and not 0 <= i < n:
            i += n if i < 0 else -n
        while boundary == "reflect" and not 0 <= i < n:
            i = -1 - i if i < 0 else 2 * n - 1 - i
        place.append(i)
    return x[tuple(place)]


@everywhere
@in_all_cases
def test_convolution_is_the_sum_of_its_definition(shape, kernel_shape, boundary):
    K, rng = make(shape, kernel_shape, boundary)
    x = rng.standard_normal(shape)
    z = np.zeros(shape)
    for i in np.ndindex(shape):
        for tap in product(*map(range, kernel_shape)):
            shifted = [a - (t - side // 2) for a, t, side in zip(i, tap, kernel_shape, strict=True)]
            z[i] += K.kernel[tap] * sample(x, shifted, boundary)
    np.testing.assert_allclose(K.apply(x), z, atol=tolerance(K, x), rtol=0)
    np.testing.assert_array_equal(convolve(x, K.kernel, boundary=boundary), K.apply(x))


@pytest.mark.parametrize(
    ("boundary", "mode"), [("zero", "constant"), ("periodic", "wrap"), ("reflect", "reflect")]
)
@pytest.mark.parametrize(
    ("shape", "kernel_shape"), [((50,), (5,)), ((90,), (79,)), ((30, 21), (5, 3)), ((25, 40), (13, 9))]
)
def test_convolution_equals_that_of_scipy_ndimage(shape, kernel_shape, boundary, mode):
    K, rng = make(shape, kernel_shape, boundary)
    x = rng.standard_normal(shape)
    theirs = scipy.ndimage.convolve(x, K.kernel, mode=mode)
    np.testing.assert_allclose(K.apply(x), theirs, atol=tolerance(K, x), rtol=0)


@pytest.mark.parametrize("shape", [(12,), (9, 11)])
def test_zero_boundary_is_the_middle_of_the_full_convolution(shape):
    K, rng = make(shape, (5,) * len(shape), "zero")
    x = rng.standard_normal(shape)
    theirs = scipy.signal.convolve(x, K.kernel, mode="same", method="direct")
    np.testing.assert_allclose(K.apply(x), theirs, atol=tolerance(K, x), rtol=0)


def test_the_table_of_three_taps_and_four_points_for_every_boundary():
    expected = {
        "zero": [[2, 1, 0, 0], [3, 2, 1, 0], [0, 3, 2, 1], [0, 0, 3, 2]],
        "periodic": [[2, 1, 0, 3], [3, 2, 1, 0], [0, 3, 2, 1], [1, 0, 3, 2]],
        "reflect": [[5, 1, 0, 0], [3, 2, 1, 0], [0, 3, 2, 1], [0, 0, 3, 3]],
    }
    for boundary, matrix in expected.items():
        np.testing.assert_array_equal(Convolution([1, 2, 3], (4,), boundary).to_matrix().toarray(), matrix)


@everywhere
@in_all_cases
def test_the_sparse_matrix_does_the_same_and_its_transpose_is_the_adjoint(shape, kernel_shape, boundary):
    K, rng = make(shape, kernel_shape, boundary)
    x = rng.standard_normal(shape)
    matrix = K.to_matrix()
    np.testing.assert_allclose(K.apply(x).ravel(), matrix @ x.ravel(), atol=tolerance(K, x), rtol=0)
    folded = 1 if boundary == "zero" else 9  # where ghosts of a wide kernel pile up on a few samples
    np.testing.assert_allclose(
        K.adjoint(x).ravel(), matrix.T @ x.ravel(), atol=folded * tolerance(K, x), rtol=0
    )


def test_zero_weights_leave_no_entries_in_the_sparse_matrix():
    K = Convolution([[0, 0, 5], [0, 0, 0], [0, 7, 0]], (4, 5), "periodic").to_matrix()
    assert K.nnz == 2 * 20
    x = np.random.default_rng(0).standard_normal((4, 5))
    np.testing.assert_allclose(
        K @ x.ravel(), scipy.ndimage.convolve(x, [[0, 0, 5], [0, 0, 0], [0, 7, 0]], mode="wrap").ravel()
    )


@everywhere
@in_all_cases
def test_the_adjoint_test_holds(shape, kernel_shape, boundary):
    K, rng = make(shape, kernel_shape, boundary)
    assert adjoint_gap(K.apply, K.adjoint, shape, shape, rng=rng) < 100 * EPS


@everywhere
@in_all_cases
def test_the_derivative_by_the_kernel_passes_the_adjoint_test(shape, kernel_shape, boundary):
    K, rng = make(shape, kernel_shape, boundary)
    x = rng.standard_normal(shape)
    gap = adjoint_gap(
        lambda d: K.kernel_jvp(x, d), lambda w: K.kernel_vjp(x, w), kernel_shape, shape, rng=rng
    )
    assert gap < 100 * EPS


@everywhere
def test_the_kernel_gradient_is_that_of_a_least_squares_loss_by_differences(boundary):
    K, rng = make((6, 7), (3, 5), boundary)
    x, target = rng.standard_normal((2, 6, 7))

    def loss(theta):
        return 0.5 * np.sum((convolve(x, theta, boundary=boundary) - target) ** 2)

    gradient = K.kernel_vjp(x, K.apply(x) - target)
    for tap in np.ndindex(3, 5):
        step = np.zeros((3, 5))
        step[tap] = 1e-3  # central differences of a quadratic have no truncation error
        slope = (loss(K.kernel + step) - loss(K.kernel - step)) / 2e-3
        assert slope == pytest.approx(gradient[tap], abs=1e-9)


@pytest.mark.parametrize("kernel_shape", [(5,), (3, 7)])
def test_the_three_ways_of_summing_agree(monkeypatch, kernel_shape):
    shape = (40, 30)[: len(kernel_shape)]
    K, rng = make(shape, kernel_shape, "reflect")
    x, w = rng.standard_normal((2, *shape))
    by_sums = K.apply(x), K.adjoint(x), K.kernel_vjp(x, w)
    monkeypatch.setattr(module, "BLOCK", 50)
    in_blocks = K.apply(x), K.adjoint(x), K.kernel_vjp(x, w)
    monkeypatch.setattr(module, "DIRECT_TAPS", 0)
    by_transforms = K.apply(x), K.adjoint(x), K.kernel_vjp(x, w)
    for one, two, three in zip(by_sums, in_blocks, by_transforms, strict=True):
        np.testing.assert_array_equal(one, two)
        np.testing.assert_allclose(one, three, atol=tolerance(K, x) * (1 + np.linalg.norm(w)), rtol=0)


def test_sums_of_copies_keep_the_digits_of_small_entries():
    x = np.ones(50)
    x[40:] = 1e-30
    z = convolve(x, [0.25, 0.5, 0.25])
    np.testing.assert_allclose(z[42:48], 1e-30, rtol=8 * EPS)


def test_a_delta_returns_the_kernel_and_not_its_mirror_image():
    for boundary in BOUNDARIES:
        np.testing.assert_array_equal(
            convolve([0, 0, 1, 0, 0], [1, 2, 3], boundary=boundary), [0, 1, 2, 3, 0]
        )
    delta = np.zeros((5, 5))
    delta[2, 2] = 1
    kernel = np.arange(9.0).reshape(3, 3)
    np.testing.assert_array_equal(convolve(delta, kernel)[1:4, 1:4], kernel)


@pytest.mark.parametrize("boundary", ["periodic", "reflect"])
def test_a_kernel_of_sum_one_leaves_a_constant_alone(boundary):
    kernel = np.array([[1, 2, 4], [2, 1, 3], [5, 6, 8]]) / 32
    np.testing.assert_allclose(convolve(np.full((4, 6), 7.0), kernel, boundary=boundary), 7.0, rtol=20 * EPS)


def test_inputs_are_left_alone_and_the_kernel_cannot_be_changed():
    x, theta = np.ones(4), np.ones(3)
    K = Convolution(theta, (4,), "reflect")
    K.apply(x), K.adjoint(x), K.kernel_vjp(x, x)
    theta[0] = 9
    assert x.tolist() == [1] * 4
    assert K.kernel.tolist() == [1] * 3
    with pytest.raises(ValueError, match="read-only"):
        K.kernel[0] = 2


@pytest.mark.parametrize(
    ("signal", "kernel", "boundary", "message"),
    [
        ([1, 2], [1, 2], "zero", r"`kernel` must have odd sides.*got shape \(2,\)"),
        ([1, 2], [[1]], "zero", r"`kernel` must have as many dimensions as the signal \(1\), got 2"),
        ([1, 2], [1], "mirror", r"`boundary` must be one of .* got 'mirror'"),
        ([1, np.nan], [1], "zero", "`signal` must be finite"),
        ([[[1.0]]], [1], "zero", "`signal` must be a matrix"),
        ([], [1], "zero", "`signal` must be a vector with at least one entry"),
        ([1], [np.inf], "zero", "`kernel` must be finite"),
    ],
)
def test_bad_input_is_refused(signal, kernel, boundary, message):
    with pytest.raises(ValueError, match=message):
        convolve(signal, kernel, boundary=boundary)


def test_grids_of_another_shape_are_refused():
    K = Convolution([1, 2, 3], (4,), "zero")
    for call in (
        K.apply,
        K.adjoint,
        lambda x: K.kernel_vjp(x, np.ones(4)),
        lambda x: K.kernel_jvp(x, K.kernel),
    ):
        with pytest.raises(ValueError, match=r"must have the shape \(4,\) of the grid, got \(5,\)"):
            call(np.ones(5))
    with pytest.raises(ValueError, match=r"`dkernel` must have the kernel's shape \(3,\), got \(5,\)"):
        K.kernel_jvp(np.ones(4), np.ones(5))
    with pytest.raises(ValueError, match=r"`shape` must be \(n,\) or \(rows, columns\)"):
        Convolution([1], (2, 2, 2), "zero")
    with pytest.raises(TypeError, match="`signal` must be an array of real numbers"):
        convolve([1j, 2], [1])
