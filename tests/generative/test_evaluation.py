"""The measures of samples agree with their formulas, with other routes to them, and with cases on paper."""

import math

import numpy as np
import pytest
import scipy.linalg
import torch
from runmath.generative.evaluation import (
    assess,
    class_coverage,
    frechet_distance,
    mean_confidence,
    nearest_neighbours,
)
from torch import nn


def sample(n, d, seed):
    rng = np.random.default_rng(seed)
    return torch.from_numpy(
        rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + rng.standard_normal(d)
    )


@pytest.mark.parametrize("d", [1, 3, 20])
def test_the_frechet_distance_is_the_textbook_formula_with_scipys_matrix_root(d):
    a, b = sample(60, d, 1), sample(45, d, 2)
    cov_a, cov_b = (np.atleast_2d(np.cov(x.numpy().T)) for x in (a, b))
    cross = np.trace(scipy.linalg.sqrtm(cov_a @ cov_b)).real
    expected = (a.mean(0) - b.mean(0)).square().sum().item() + np.trace(cov_a + cov_b) - 2 * cross
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-9)


def test_it_is_the_squared_distance_of_two_gaussians_on_paper():
    a = torch.tensor([[-1.0], [1.0]]) * math.sqrt(0.5)  # variance 1
    assert frechet_distance(a, 3 * a + 4) == pytest.approx((1 - 3) ** 2 + 4**2, rel=1e-6)


def test_it_is_zero_for_equal_sets_symmetric_and_ignores_translations_and_rotations_of_both():
    a, b = sample(50, 6, 3), sample(40, 6, 4)
    value = frechet_distance(a, b)
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-10)
    assert frechet_distance(b, a) == pytest.approx(value, rel=1e-9)
    Q = torch.linalg.qr(sample(6, 6, 5)).Q
    assert frechet_distance(a @ Q + 2, b @ Q + 2) == pytest.approx(value, rel=1e-9)
    assert frechet_distance(3 * a, 3 * b) == pytest.approx(9 * value, rel=1e-9)


def test_it_bears_fewer_rows_than_columns_and_constant_features():
    few, many = sample(5, 12, 6), sample(40, 12, 7)
    assert 0 < frechet_distance(few, many) < math.inf
    assert frechet_distance(torch.ones(4, 2), torch.zeros(3, 2)) == pytest.approx(2)


def test_it_falls_towards_zero_as_one_over_n_for_equal_distributions():
    rng = np.random.default_rng(8)
    means = [
        np.mean(
            [frechet_distance(*torch.from_numpy(rng.standard_normal((2, n, 4))).unbind()) for _ in range(40)]
        )
        for n in (50, 200, 800)
    ]
    slopes = np.diff(np.log(means)) / math.log(4)
    assert (abs(slopes + 1) < 0.25).all()


def test_class_coverage_is_a_total_variation():
    assert class_coverage(torch.arange(10), 10) == pytest.approx(0)
    assert class_coverage(torch.full((7,), 3), 10) == pytest.approx(0.9)
    assert class_coverage(torch.tensor([0, 0, 1, 2]), 4) == pytest.approx((0.25 + 0.25) / 2)


def test_uniform_labels_are_as_far_from_uniform_as_the_docstring_says():
    rng = np.random.default_rng(9)
    n, C = 500, 10
    values = [class_coverage(torch.from_numpy(rng.integers(0, C, n)), C) for _ in range(400)]
    four_errors = 4 * np.std(values) / math.sqrt(len(values))
    assert abs(np.mean(values) - math.sqrt((C - 1) / (2 * math.pi * n))) < four_errors + 1e-3


def test_mean_confidence_is_one_over_the_number_of_classes_for_equal_logits_and_bears_huge_ones():
    assert mean_confidence(torch.full((3, 10), 7.0)) == pytest.approx(0.1)
    assert mean_confidence(torch.tensor([[1e4, 0.0], [0.0, -1e4]])) == 1.0
    logits = torch.tensor([[0.0, math.log(3)], [math.log(4), 0.0]])
    assert mean_confidence(logits) == pytest.approx((0.75 + 0.8) / 2, rel=1e-6)


def test_nearest_neighbours_are_those_of_a_double_loop():
    x, y = sample(12, 6, 10).reshape(12, 2, 3), sample(30, 6, 11).reshape(30, 2, 3)
    result = nearest_neighbours(x, y)
    for i in range(12):
        distances = [(x[i] - other).square().sum().sqrt().item() for other in y]
        assert result.indices[i] == int(np.argmin(distances))
        assert result.distances[i].item() == pytest.approx(min(distances), rel=1e-12)


def test_a_copy_is_found_at_distance_exactly_zero_and_a_tiny_change_is_not_lost():
    training = 100 + torch.randn(50, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    changed = training.clone()
    changed[:, 0, 0, 0] += 1e-3
    assert not nearest_neighbours(training[7:9], training).distances.any()
    assert nearest_neighbours(training[7:9], training).indices.tolist() == [7, 8]
    torch.testing.assert_close(
        nearest_neighbours(changed, training).distances, torch.full((50,), 1e-3), rtol=0.05, atol=0
    )


class Halves(nn.Module):
    """Two classes: the sign of the first feature; dropout shows which mode is used."""

    def __init__(self):
        super().__init__()
        self.dropout = nn.Dropout(0.5)

    def features(self, x):
        return self.dropout(x)

    def forward(self, x):
        return torch.stack([self.features(x)[:, 0], -self.features(x)[:, 0]], dim=1)


def test_assess_gathers_the_three_measures_in_evaluation_mode_and_puts_the_mode_back():
    classifier, x, reference = Halves(), sample(40, 3, 12), sample(30, 3, 13)
    quality = assess(x, classifier, reference)
    assert classifier.training
    classifier.eval()
    assert quality.confidence == mean_confidence(classifier(x))
    assert quality.coverage == class_coverage((x[:, 0] < 0).long(), 2)
    assert quality.frechet == frechet_distance(x, reference)


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (
            lambda: frechet_distance(torch.zeros(1, 2), torch.zeros(3, 2)),
            r"`features_a` must have shape \(n, d\)",
        ),
        (
            lambda: frechet_distance(torch.zeros(3, 2), torch.zeros(3)),
            r"`features_b` must have shape \(n, d\)",
        ),
        (
            lambda: frechet_distance(torch.zeros(3, 2), torch.zeros(3, 1)),
            "`features_b` must have the 2 columns",
        ),
        (
            lambda: frechet_distance(torch.zeros(3, 2), torch.tensor([[0.0, 1.0], [math.nan, 0.0]])),
            "`features_b` must be finite, got NaN or infinity",
        ),
        (lambda: class_coverage(torch.zeros(3), 2), "`labels` must be a vector of integers"),
        (
            lambda: class_coverage(torch.zeros(0, dtype=torch.long), 2),
            "`labels` must be a vector of integers",
        ),
        (lambda: class_coverage(torch.tensor([0, 2]), 2), "`labels` must be between 0 and 1, got 0 to 2"),
        (lambda: class_coverage(torch.tensor([0]), 0), "`n_classes` must be at least 1"),
        (lambda: mean_confidence(torch.zeros(3)), r"`logits` must have shape \(n, C\)"),
        (lambda: mean_confidence(torch.zeros(0, 3)), r"`logits` must have shape \(n, C\)"),
        (lambda: nearest_neighbours(torch.zeros(2, 3), torch.zeros(2, 4)), "rows of equal shape"),
        (lambda: nearest_neighbours(torch.zeros(2, 3), torch.zeros(0, 3)), "rows of equal shape"),
    ],
)
def test_bad_input_is_refused(call, match):
    with pytest.raises(ValueError, match=match):
        call()
