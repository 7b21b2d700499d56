"""Metrics against their definitions, pair counting and scikit-learn."""

import math
from fractions import Fraction

import numpy as np
import pytest
from runmath.classic_ml import evaluation as ev
from scipy.stats import mannwhitneyu
from sklearn import metrics as sk
from sklearn.calibration import calibration_curve as sk_calibration_curve


@pytest.fixture(params=range(6))
def tied(request):
    """Outcomes and scores with many ties."""
    rng = np.random.default_rng(request.param)
    y = rng.integers(0, 2, 60)
    y[:2] = [0, 1]
    return y, np.round(rng.random(60) + 0.3 * y, 1 if request.param % 2 else 6)


@pytest.mark.parametrize(
    "labels", [[0, 1], [-5, 0, 3], ["a", "b", "c"], [0.0, 2.0], [0, 10**9], [False, True]]
)
def test_confusion_matrix_agrees_with_scikit_learn_for_every_kind_of_label(labels):
    rng = np.random.default_rng(0)
    y, z = rng.choice(labels, (2, 50))
    np.testing.assert_array_equal(ev.confusion_matrix(y, z), sk.confusion_matrix(y, z))
    turned = labels[::-1]
    np.testing.assert_array_equal(
        ev.confusion_matrix(y, z, labels=turned), sk.confusion_matrix(y, z, labels=turned)
    )


def test_confusion_matrix_keeps_a_class_that_never_occurs_and_no_hole_between_labels():
    np.testing.assert_array_equal(ev.confusion_matrix([0, 2], [0, 2]), np.eye(2))
    np.testing.assert_array_equal(ev.confusion_matrix([0, 2], [0, 2], labels=[0, 1, 2]), np.diag([1, 0, 1]))


def test_confusion_matrix_refuses_bad_labels():
    with pytest.raises(ValueError, match="`y_pred` must hold 2 labels, one for each sample, got 3"):
        ev.confusion_matrix([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match=r"`labels` must name every class that occurs, got none for \[1\]"):
        ev.confusion_matrix([0, 1], [0, 0], labels=[0])
    with pytest.raises(ValueError, match="`labels` must name each class once"):
        ev.confusion_matrix([0, 1], [0, 0], labels=[0, 1, 1])
    with pytest.raises(ValueError, match="`y_true` must be a vector with at least one label"):
        ev.confusion_matrix([], [])
    with pytest.raises(ValueError, match="`y_true` must not hold NaN"):
        ev.confusion_matrix([math.nan], [1.0])
    with pytest.raises(ValueError, match="`y_true` must not hold NaN"):
        ev.confusion_matrix(np.array([math.nan, 1], dtype=object), [1, 1])
    with pytest.raises(ValueError, match="must both hold text or both numbers, got <U1 and int64"):
        ev.confusion_matrix(["1", "0"], [1, 0])


@pytest.mark.parametrize(
    ("true", "predicted"),
    [
        (np.arange(-100, 101, dtype=np.int8),) * 2,  # the range is no int8
        (np.arange(2**64 - 3, 2**64, dtype=np.uint64),) * 2,  # beyond int64
        (np.array([2**53, 2**53 + 1]), np.array([2**53, 2**53 + 1], dtype=np.uint64)),  # equal as floats
    ],
)
def test_confusion_matrix_tells_all_labels_apart_whatever_their_type(true, predicted):
    k = len(true)
    C = ev.confusion_matrix(np.tile(true, 3), np.tile(predicted, 3))
    np.testing.assert_array_equal(C, 3 * np.eye(k))


@pytest.mark.parametrize("seed", range(5))
def test_ratios_of_the_four_counts_agree_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    y = rng.random(80) < 0.3
    z = np.where(rng.random(80) < 0.2, ~y, y)
    c = ev.binary_counts(y, z, positive=True)
    pairs = [
        (c.accuracy, sk.accuracy_score(y, z)),
        (c.precision, sk.precision_score(y, z)),
        (c.recall, sk.recall_score(y, z)),
        (c.specificity, sk.recall_score(y, z, pos_label=False)),
        (c.npv, sk.precision_score(y, z, pos_label=False)),
        (c.balanced_accuracy, sk.balanced_accuracy_score(y, z)),
        (c.iou, sk.jaccard_score(y, z)),
        (c.dice, sk.f1_score(y, z)),
        (c.matthews, sk.matthews_corrcoef(y, z)),
        (c.f_score(2), sk.fbeta_score(y, z, beta=2)),
        (c.f_score(0), c.precision),
        (c.prevalence, y.mean()),
    ]
    for ours, theirs in pairs:
        assert ours == pytest.approx(theirs, rel=1e-13)


def test_what_the_data_do_not_answer_is_nan():
    nothing_found = ev.BinaryCounts(tp=0, fn=3, fp=0, tn=5)
    assert math.isnan(nothing_found.precision)
    assert nothing_found.recall == nothing_found.f_score() == nothing_found.iou == 0
    no_positives = ev.BinaryCounts(tp=0, fn=0, fp=0, tn=5)
    for value in (no_positives.recall, no_positives.f_score(), no_positives.iou, no_positives.matthews):
        assert math.isnan(value)
    assert no_positives.specificity == no_positives.npv == no_positives.accuracy == 1


def test_matthews_correlation_does_not_overflow():
    counts = ev.BinaryCounts(*(np.int64(10**6 * k) for k in (4, 1, 2, 3)))
    assert counts.matthews == pytest.approx(ev.BinaryCounts(4, 1, 2, 3).matthews, rel=1e-14)


def test_ratios_depend_on_the_shares_of_the_counts_alone_whatever_their_type():
    names = ("accuracy", "precision", "recall", "specificity", "npv", "prevalence", "iou", "dice", "matthews")
    small = ev.BinaryCounts(4, 1, 2, 3)
    for counts in (np.array([200, 50, 100, 150], dtype=np.uint8), 0.1 * np.array([4.0, 1.0, 2.0, 3.0])):
        for name in names:
            other = getattr(ev.BinaryCounts(*counts), name)
            assert other == pytest.approx(getattr(small, name), rel=1e-14), name


def test_f_score_goes_from_precision_to_recall():
    counts = ev.BinaryCounts(4, 1, 2, 3)
    assert counts.f_score(0) == counts.precision
    assert counts.f_score(1e200) == counts.recall
    betas = (1e-3, 0.5, 1.0, 1.0 + 1e-12, np.int64(3), 1e3)
    for beta in betas:
        b2 = beta**2
        assert counts.f_score(beta) == pytest.approx((1 + b2) * 4 / ((1 + b2) * 4 + b2 + 2), rel=1e-14)


@pytest.mark.parametrize("count", [-1, -0.5, math.nan, math.inf])
def test_binary_counts_refuse_what_is_no_count(count):
    with pytest.raises(ValueError, match="`fp` must be a finite count of at least 0, got"):
        ev.BinaryCounts(1, 1, count, 1)


def test_binary_counts_refuse_a_positive_that_is_no_label():
    with pytest.raises(ValueError, match="`positive` must be one of the labels, got 1"):
        ev.binary_counts(["ill", "well"], ["ill", "ill"])
    with pytest.raises(ValueError, match="`beta` must be at least 0 and finite, got -1"):
        ev.BinaryCounts(1, 1, 1, 1).f_score(-1)
    assert ev.binary_counts(["ill", "well"], ["ill", "ill"], positive="ill") == ev.BinaryCounts(1, 0, 1, 0)


def test_predictive_values_are_those_of_the_expected_counts():
    s, c, p = np.random.default_rng(0).random((3, 20))
    ppv, npv = ev.predictive_values(s, c, p)
    for i in range(20):
        table = ev.BinaryCounts(s[i] * p[i], (1 - s[i]) * p[i], (1 - c[i]) * (1 - p[i]), c[i] * (1 - p[i]))
        assert (ppv[i], npv[i]) == pytest.approx((table.precision, table.npv), rel=1e-13)
    assert np.isnan(ev.predictive_values(0.0, 1.0, 0.5)[0])
    with pytest.raises(ValueError, match="`prevalence` must lie between 0 and 1"):
        ev.predictive_values(0.9, 0.9, 1.5)


@pytest.mark.parametrize("kind", ["macro", "micro", "weighted"])
def test_averages_over_classes_agree_with_scikit_learn(kind):
    rng = np.random.default_rng(1)
    y = rng.choice(4, 100, p=[0.6, 0.2, 0.1, 0.1])
    z = np.where(rng.random(100) < 0.3, rng.integers(0, 3, 100), y)
    z[z == 3] = 0  # class 3 is never predicted
    scores = ev.class_scores(ev.confusion_matrix(y, z))
    names = ("precision", "recall", "f1")
    theirs = sk.precision_recall_fscore_support(y, z, average=kind, zero_division=0)[:3]
    for name, value in zip(names, theirs, strict=True):
        assert scores.average(kind, name) == pytest.approx(value, rel=1e-13)
    if kind == "micro":
        assert scores.average("micro") == pytest.approx(np.mean(y == z), rel=1e-13)


def test_class_scores_refuse_what_is_no_table_of_counts():
    with pytest.raises(ValueError, match="`C` must hold counts"):
        ev.class_scores([[1, -1], [0, 0]])
    with pytest.raises(ValueError, match="`C` must hold counts"):
        ev.class_scores(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="`kind` must be one of"):
        ev.class_scores(np.eye(2)).average("mean")
    with pytest.raises(ValueError, match="`name` must be"):
        ev.class_scores(np.eye(2)).average("macro", "accuracy")


@pytest.mark.parametrize("k", range(1, 5))
def test_top_k_error_is_one_minus_scikit_learns_accuracy_without_ties(k):
    rng = np.random.default_rng(2)
    y, score = rng.integers(0, 5, 40), rng.random((40, 5))
    y[:5] = range(5)
    assert ev.top_k_error(y, score, k=k) == pytest.approx(
        1 - sk.top_k_accuracy_score(y, score, k=k), abs=1e-14
    )


def test_top_k_error_of_a_constant_score_is_chance_and_names_select_columns():
    assert ev.top_k_error([4, 4, 4], np.ones((3, 5)), k=2) == pytest.approx(3 / 5, rel=1e-14)
    assert ev.top_k_error([4, 0], np.eye(5)[:2], k=5) == 0
    assert ev.top_k_error(["b"], [[0.1, 0.9]], labels=["a", "b"]) == 0
    with pytest.raises(ValueError, match="`k` must be between 1 and 5, got 6"):
        ev.top_k_error([0], np.ones((1, 5)), k=6)
    with pytest.raises(ValueError, match="`y_true` must hold only labels"):
        ev.top_k_error([5], np.ones((1, 5)))
    with pytest.raises(ValueError, match="`score` must have 1 rows"):
        ev.top_k_error([0], np.ones((2, 5)))
    with pytest.raises(ValueError, match="`labels` must name the 5 columns"):
        ev.top_k_error([0], np.ones((1, 5)), labels=[0, 1])


def test_roc_curve_agrees_with_scikit_learn(tied):
    ours, theirs = ev.roc_curve(*tied), sk.roc_curve(*tied, drop_intermediate=False)
    for a, b in zip((ours.fpr, ours.tpr, ours.thresholds), theirs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_auc_is_the_rounded_fraction_of_ordered_pairs(tied):
    y, s = tied
    above, below = s[y == 1][:, None], s[y == 0]
    twice = 2 * int((above > below).sum()) + int((above == below).sum())
    assert ev.auc(y, s) == float(Fraction(twice, 2 * above.size * below.size))
    assert ev.auc(y, s) == pytest.approx(sk.roc_auc_score(y, s), rel=1e-14)
    U = mannwhitneyu(above.ravel(), below).statistic
    assert ev.auc(y, s) == pytest.approx(U / (above.size * below.size), rel=1e-14)
    curve = ev.roc_curve(y, s)
    assert ev.auc(y, s) == pytest.approx(np.trapezoid(curve.tpr, curve.fpr), rel=1e-13)


def test_auc_sees_only_the_order(tied):
    y, s = tied
    assert ev.auc(y, np.exp(3 * s)) == ev.auc(y, s)
    assert ev.auc(1 - y, s) == pytest.approx(1 - ev.auc(y, s), rel=1e-14)
    assert ev.auc(y, np.zeros(len(y))) == 0.5
    assert ev.auc(y, y) == 1


def test_precision_recall_curve_and_average_precision_agree_with_scikit_learn(tied):
    precision, recall, thresholds = sk.precision_recall_curve(*tied)
    ours = ev.precision_recall_curve(*tied)
    np.testing.assert_allclose(ours.precision, precision[-2::-1], rtol=1e-15)
    np.testing.assert_allclose(ours.recall, recall[-2::-1], rtol=1e-15)
    np.testing.assert_array_equal(ours.thresholds, thresholds[::-1])
    assert ev.average_precision(*tied) == pytest.approx(sk.average_precision_score(*tied), rel=1e-13)


@pytest.mark.parametrize("function", [ev.roc_curve, ev.auc, ev.precision_recall_curve, ev.auc_interval])
def test_ranking_refuses_bad_outcomes(function):
    with pytest.raises(ValueError, match=r"`y_true` must hold only 0 and 1, got \[-1, 1\]"):
        function([-1, 1], [0.1, 0.2])
    with pytest.raises(ValueError, match=r"`y_true` must hold (both classes|at least one 1)"):
        function([0, 0], [0.1, 0.2])
    with pytest.raises(ValueError, match="`score` must be a vector of 2 entries, got 3"):
        function([0, 1], [0.1, 0.2, 0.3])
    with pytest.raises(ValueError, match="`score` must be finite"):
        function([0, 1], [0.1, np.nan])


@pytest.mark.parametrize("bins", ["uniform", "quantile"])
def test_calibration_curve_agrees_with_scikit_learn(bins):
    rng = np.random.default_rng(3)
    p = rng.random(300)
    y = (rng.random(300) < p**2).astype(int)
    frequency, forecast = sk_calibration_curve(y, p, n_bins=7, strategy=bins)
    ours = ev.calibration_curve(y, p, n_bins=7, bins=bins)
    np.testing.assert_allclose(ours.frequency, frequency, rtol=1e-13)
    np.testing.assert_allclose(ours.forecast, forecast, rtol=1e-13)
    assert ours.count.sum() == 300
    assert ours.error == pytest.approx(sum(ours.count * abs(frequency - forecast)) / 300, rel=1e-12)


def test_empty_bins_are_left_out_and_edges_belong_below():
    curve = ev.calibration_curve([0, 1, 1], [0.0, 0.5, 1.0], n_bins=4)
    assert curve.count.tolist() == [1, 1, 1]
    assert ev.calibration_curve([0, 1], [0.0, 0.5], n_bins=2).count.tolist() == [2]


def test_brier_score_and_log_loss_agree_with_scikit_learn():
    rng = np.random.default_rng(4)
    p = rng.uniform(0.01, 0.99, 100)
    y = (rng.random(100) < p).astype(int)
    assert ev.brier_score(y, p) == pytest.approx(sk.brier_score_loss(y, p), rel=1e-13)
    assert ev.log_loss(y, p) == pytest.approx(sk.log_loss(y, p), rel=1e-13)
    assert ev.log_loss([1], [0.0]) == math.inf
    assert ev.log_loss([1, 0], [1.0, 0.0]) == 0


@pytest.mark.parametrize("seed", range(4))
def test_the_parts_of_the_brier_score_add_up(seed):
    rng = np.random.default_rng(seed)
    p = rng.integers(0, 6, 80) / 5
    y = (rng.random(80) < 0.2 + 0.5 * p).astype(int)
    parts = ev.brier_parts(y, p)
    assert parts.reliability - parts.resolution + parts.uncertainty == pytest.approx(
        ev.brier_score(y, p), rel=1e-13
    )


def test_forecasts_must_be_probabilities():
    for function in (ev.brier_score, ev.brier_parts, ev.log_loss, ev.calibration_curve):
        with pytest.raises(
            ValueError, match=r"`probability` must lie between 0 and 1, got values from 0\.5 to 1\.5"
        ):
            function([0, 1], [0.5, 1.5])
    with pytest.raises(ValueError, match="`bins` must be 'uniform' or 'quantile', got 'equal'"):
        ev.calibration_curve([0, 1], [0.5, 0.5], bins="equal")
