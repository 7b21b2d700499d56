"""Losses: gradients by finite differences, best constants by search, leaf values by their definition."""

import numpy as np
import pytest
from runmath.classic_ml import AbsoluteError, LogisticLoss, SoftmaxLoss, SquaredError
from runmath.classic_ml.ensembles.losses import weighted_median
from scipy.optimize import minimize_scalar
from sklearn.metrics import log_loss

SCALAR = [SquaredError(), AbsoluteError(), LogisticLoss()]


def problem(loss, n=40, seed=0):
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, n) if isinstance(loss, LogisticLoss) else rng.standard_normal(n)
    return y, rng.standard_normal(n), rng.integers(1, 4, n).astype(float)


@pytest.mark.parametrize("loss", SCALAR, ids=lambda loss: type(loss).__name__)
def test_negative_gradient_equals_finite_differences(loss):
    y, raw, _ = problem(loss)
    h = 1e-5
    slopes = [
        (loss.value(y, raw + h * e) - loss.value(y, raw - h * e)) / (2 * h) * len(y) for e in np.eye(len(y))
    ]
    np.testing.assert_allclose(loss.negative_gradient(y, raw), -np.array(slopes), atol=1e-8)


def test_negative_gradient_of_the_softmax_loss_equals_finite_differences():
    rng = np.random.default_rng(0)
    loss, y, raw, h = SoftmaxLoss(n_classes=3), rng.integers(0, 3, 6), rng.standard_normal((6, 3)), 1e-5
    slopes = np.empty_like(raw)
    for index in np.ndindex(raw.shape):
        e = np.zeros_like(raw)
        e[index] = h
        slopes[index] = (loss.value(y, raw + e) - loss.value(y, raw - e)) / (2 * h) * len(y)
    np.testing.assert_allclose(loss.negative_gradient(y, raw), -slopes, atol=1e-8)


@pytest.mark.parametrize("loss", SCALAR, ids=lambda loss: type(loss).__name__)
@pytest.mark.parametrize("weighted", [False, True])
def test_init_is_the_best_constant(loss, weighted):
    y, _, w = problem(loss)
    w = w if weighted else None
    best = minimize_scalar(lambda c: loss.value(y, np.full(len(y), c), w), bounds=(-3, 3), method="bounded")
    assert loss.value(y, np.full(len(y), loss.init(y, w)), w) <= best.fun + 1e-15


@pytest.mark.parametrize("loss", [SquaredError(), AbsoluteError()], ids=lambda loss: type(loss).__name__)
def test_leaf_value_of_regression_losses_is_the_best_step(loss):
    y, raw, w = problem(loss)
    best = minimize_scalar(lambda c: loss.value(y, raw + c, w), bounds=(-5, 5), method="bounded")
    assert loss.value(y, raw + loss.leaf_value(y, raw, w), w) <= best.fun + 1e-15


def test_leaf_value_of_the_absolute_loss_is_the_median_residual_not_the_mean_sign():
    y, raw = np.array([1.0, 2.0, 10.0]), np.zeros(3)
    assert AbsoluteError().leaf_value(y, raw) == 2.0
    assert AbsoluteError().negative_gradient(y, raw).mean() == 1.0


def test_leaf_value_of_the_logistic_loss_is_one_newton_step():
    loss = LogisticLoss()
    y, raw, w = problem(loss)
    h = 1e-4
    f = [loss.value(y, raw + c, w) for c in (-h, 0.0, h)]
    newton = -((f[2] - f[0]) / (2 * h)) / ((f[2] - 2 * f[1] + f[0]) / h**2)
    assert loss.leaf_value(y, raw, w) == pytest.approx(newton, rel=1e-6)


@pytest.mark.parametrize("k", [0, 1, 2])
def test_leaf_value_of_the_softmax_loss_is_two_thirds_of_the_logistic_one(k):
    """Friedman's factor (K-1)/K, and the diagonal of the Hessian."""
    rng = np.random.default_rng(0)
    y, raw, w = rng.integers(0, 3, 30), rng.standard_normal((30, 3)), rng.integers(1, 4, 30).astype(float)
    others = np.logaddexp(raw[:, (k + 1) % 3], raw[:, (k + 2) % 3])
    one_against_rest = LogisticLoss().leaf_value((y == k).astype(int), raw[:, k] - others, w)
    ours = SoftmaxLoss(n_classes=3).leaf_value(y, raw, w, k=k)
    assert ours == pytest.approx(2 / 3 * one_against_rest, rel=1e-12)


def test_init_forgets_neither_the_mean_nor_the_median_nor_the_odds():
    y = np.array([0.0, 1.0, 8.0])
    assert SquaredError().init(y) == 3.0
    assert AbsoluteError().init(y) == 1.0
    assert LogisticLoss().init(np.array([1, 1, 1, 0])) == pytest.approx(np.log(3), rel=1e-15)
    np.testing.assert_allclose(
        SoftmaxLoss(n_classes=3).init(np.array([0, 1, 1, 2])), np.log([0.25, 0.5, 0.25])
    )


def test_classification_losses_equal_scikit_learns_log_loss():
    rng = np.random.default_rng(0)
    loss, y, raw, w = LogisticLoss(), rng.integers(0, 2, 50), rng.normal(size=50), rng.random(50)
    assert loss.value(y, raw, w) == pytest.approx(
        log_loss(y, loss.probabilities(raw), sample_weight=w), rel=1e-12
    )
    loss, y, raw = SoftmaxLoss(n_classes=4), rng.integers(0, 4, 50), rng.normal(size=(50, 4))
    assert loss.value(y, raw) == pytest.approx(log_loss(y, loss.probabilities(raw)), rel=1e-12)


def test_classification_losses_stay_finite_where_all_is_certain():
    y, raw = np.array([0, 1]), np.array([-1000.0, 1000.0])
    assert LogisticLoss().value(y, raw) == 0
    assert LogisticLoss().leaf_value(y, raw) == 0
    assert LogisticLoss().leaf_value(y, -raw) == 0  # both are wrong, and pull in opposite directions
    assert LogisticLoss().leaf_value(np.array([1, 1]), np.full(2, -1000.0)) == 20
    assert np.isfinite(LogisticLoss().init(np.array([1, 1])))
    p = SoftmaxLoss(n_classes=2).probabilities(np.array([[1000.0, -1000.0]]))
    np.testing.assert_array_equal(p, [[1.0, 0.0]])


@pytest.mark.parametrize("seed", range(20))
def test_the_weighted_median_is_the_median_of_repeated_values(seed):
    rng = np.random.default_rng(seed)
    x, w = rng.integers(0, 9, 7).astype(float), rng.integers(0, 4, 7).astype(float)
    w[0] += 1
    assert weighted_median(x, w) == np.median(np.repeat(x, w.astype(int)))
    assert weighted_median(x, w / 7) == np.median(np.repeat(x, w.astype(int)))
