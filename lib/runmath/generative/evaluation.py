"""How good samples are, seen through a classifier trained on real data, and whether they were memorised."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from runmath.core import as_integer


def frechet_distance(features_a: Tensor, features_b: Tensor) -> float:
    """Return ‖μ_a - μ_b‖² + tr(Σ_a + Σ_b - 2 (Σ_a^½ Σ_b Σ_a^½)^½), the squared distance of two Gaussians.

    Parameters
    ----------
    features_a, features_b : Tensor of shape (n_a, d), (n_b, d)
        At least two rows each; their means μ and covariances Σ (divisor n - 1) describe the Gaussians.

    Returns
    -------
    float
        The squared 2-Wasserstein distance between the two Gaussians; 0 if means and covariances agree.

    Raises
    ------
    ValueError
        If the shapes do not fit or a feature is not finite.

    Notes
    -----
    Zero does not mean that the distributions agree, only their first two moments. The estimate is biased
    upwards, the more the fewer rows there are: compare only distances from equally many rows, and beside the
    distance between two halves of real data. Cost: O((n_a + n_b) d² + d³), in float64. Σ_a^½ comes from the
    symmetric eigenproblem, so that no complex part appears as with a general matrix root of Σ_a Σ_b.

    References
    ----------
    .. [1] heusel2017gans, Section 3 and eq. (6). Chapter: generative/diffusion.

    Examples
    --------
    >>> a = torch.tensor([[0.0], [2.0]])
    >>> round(frechet_distance(a, a + 3), 12), round(frechet_distance(a, 2 * a - 1), 12)
    (9.0, 2.0)
    """
    a, b = _features(features_a, "features_a"), _features(features_b, "features_b")
    if a.shape[1] != b.shape[1]:
        raise ValueError(f"`features_b` must have the {a.shape[1]} columns of `features_a`, got {b.shape[1]}")
    cov_a, cov_b = torch.atleast_2d(torch.cov(a.T)), torch.atleast_2d(torch.cov(b.T))
    eigenvalues, Q = torch.linalg.eigh(cov_a)
    root_a = Q * eigenvalues.clamp(min=0).sqrt() @ Q.T
    cross = torch.linalg.eigvalsh(root_a @ cov_b @ root_a).clamp(min=0).sqrt().sum()
    shift = (a.mean(0) - b.mean(0)).square().sum()
    return max(0.0, (shift + cov_a.trace() + cov_b.trace() - 2 * cross).item())


def class_coverage(labels: Tensor, n_classes: int) -> float:
    """Return ½ Σ_c |p_c - 1/C|, the total variation between the frequencies of C classes and uniform ones.

    Parameters
    ----------
    labels : integer Tensor of shape (n,)
        From 0 to C - 1.
    n_classes : int
        C.

    Returns
    -------
    float
        From 0 (every class equally often) to 1 - 1/C (one class alone). Labels drawn uniformly have an
        expectation of about √((C - 1) / (2 π n)).

    Raises
    ------
    TypeError, ValueError
        If `labels` is empty, not a vector of integers or out of range.

    Notes
    -----
    Chapter: generative/diffusion.

    Examples
    --------
    >>> class_coverage(torch.tensor([0, 0, 0, 1]), 2)
    0.25
    """
    n_classes = as_integer(n_classes, "n_classes")
    if labels.is_floating_point() or labels.ndim != 1 or len(labels) == 0:
        raise ValueError(f"`labels` must be a vector of integers, got {labels.dtype} {tuple(labels.shape)}")
    if labels.min() < 0 or labels.max() >= n_classes:
        raise ValueError(
            f"`labels` must be between 0 and {n_classes - 1}, got {int(labels.min())} to {int(labels.max())}"
        )
    frequencies = torch.bincount(labels, minlength=n_classes).double() / len(labels)
    return 0.5 * (frequencies - 1 / n_classes).abs().sum().item()


def mean_confidence(logits: Tensor) -> float:
    """Return the mean over rows of the largest softmax probability.

    Parameters
    ----------
    logits : Tensor of shape (n, C)

    Returns
    -------
    float
        From 1/C to 1. Only as good as the classifier is calibrated: read it beside that of real data.

    Raises
    ------
    ValueError
        If `logits` is not a matrix with a row.

    Notes
    -----
    Chapter: generative/diffusion.

    Examples
    --------
    >>> mean_confidence(torch.tensor([[0.0, 0.0], [0.0, 1000.0]]))
    0.75
    """
    if logits.ndim != 2 or 0 in logits.shape:
        raise ValueError(f"`logits` must have shape (n, C) with n, C >= 1, got {tuple(logits.shape)}")
    return logits.double().softmax(dim=1).amax(dim=1).mean().item()


@dataclass(frozen=True, eq=False)
class Neighbours:
    """The nearest rows of the training data.

    Parameters
    ----------
    indices : integer Tensor of shape (n,)
        Which row of the training data is nearest.
    distances : Tensor of shape (n,)
        Its Euclidean distance.
    """

    indices: Tensor
    distances: Tensor


def nearest_neighbours(samples: Tensor, training: Tensor) -> Neighbours:
    """Return argmin_j ‖x_i - y_j‖ over the training data y for every sample x_i.

    Parameters
    ----------
    samples, training : Tensor of shape (n, ...), (m, ...)
        Equal shapes after the first axis.

    Returns
    -------
    Neighbours

    Raises
    ------
    ValueError
        If the shapes do not fit or there is no training data.

    Notes
    -----
    A sample much nearer to the training data than held-out data are was memorised. Euclidean distance between
    pixels sees copies, but not shifted ones. Cost: n m d; the differences are taken directly, since the expansion
    ‖x‖² + ‖y‖² - 2 x·y would lose the digits of small distances.

    Chapter: generative/diffusion.

    Examples
    --------
    >>> result = nearest_neighbours(torch.tensor([[0.0], [5.0]]), torch.tensor([[4.0], [1.0]]))
    >>> result.indices.tolist(), result.distances.tolist()
    ([1, 0], [1.0, 1.0])
    """
    if samples.shape[1:] != training.shape[1:] or len(training) == 0:
        raise ValueError(
            f"`samples` and `training` must have rows of equal shape, got {tuple(samples.shape)} and "
            f"{tuple(training.shape)}"
        )
    distances = torch.cdist(
        samples.flatten(1), training.flatten(1), compute_mode="donot_use_mm_for_euclid_dist"
    )
    nearest = distances.min(dim=1)
    return Neighbours(nearest.indices, nearest.values)


@dataclass(frozen=True)
class SampleQuality:
    """What a classifier says of samples.

    Parameters
    ----------
    confidence : float
        `mean_confidence`.
    coverage : float
        `class_coverage`: total variation of the recognised classes from uniform.
    frechet : float
        `frechet_distance` of the features from those of the reference.
    """

    confidence: float
    coverage: float
    frechet: float


@torch.no_grad()
def assess(samples: Tensor, classifier: nn.Module, reference: Tensor) -> SampleQuality:
    """Return confidence, class coverage and Fréchet distance of samples in the eyes of a classifier.

    Parameters
    ----------
    samples, reference : Tensor of shape (n, ...), (m, ...)
        Generated data, and the real data that they are compared with.
    classifier : Module
        Returns logits, and features by its method `features`; used in evaluation mode.

    Returns
    -------
    SampleQuality

    Notes
    -----
    Chapter: generative/diffusion.

    Examples
    --------
    >>> from runmath.neural_networks import DigitClassifier
    >>> assess(torch.zeros(2, 1, 28, 28), DigitClassifier(), torch.zeros(2, 1, 28, 28)).frechet
    0.0
    """
    was_training = classifier.training
    classifier.eval()
    logits = classifier(samples)
    frechet = frechet_distance(classifier.features(samples), classifier.features(reference))
    classifier.train(was_training)
    coverage = class_coverage(logits.argmax(dim=1), logits.shape[1])
    return SampleQuality(mean_confidence(logits), coverage, frechet)


def _features(value: Tensor, name: str) -> Tensor:
    if value.ndim != 2 or len(value) < 2:
        raise ValueError(f"`{name}` must have shape (n, d) with n >= 2, got {tuple(value.shape)}")
    if not value.isfinite().all():
        raise ValueError(f"`{name}` must be finite, got NaN or infinity")
    return value.detach().double()
