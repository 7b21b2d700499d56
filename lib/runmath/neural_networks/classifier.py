"""A small convolutional classifier of digits, whose features say how alike two sets of digits are."""

from __future__ import annotations

from torch import Tensor, nn

from runmath.neural_networks.blocks import group_norm


class DigitClassifier(nn.Module):
    """Map grey images of shape (B, 1, 28, 28) to the logits of ten classes, by way of 64 features.

    Three 3 × 3 convolutions with 32, 64 and 64 channels, each followed by group normalisation and a
    rectifier; maxima over 2 × 2 pixels after the first two, means over a 3 × 3 grid at the end; then two linear
    layers with the features between them.

    Parameters
    ----------
    dropout : float
        Part of the features that is set to zero in training.

    Raises
    ------
    ValueError
        In the forward pass, if the images do not have one channel of 28 × 28 pixels.

    Notes
    -----
    Confidence is the largest softmax probability. Chapter: generative/diffusion.

    Examples
    --------
    >>> import torch
    >>> DigitClassifier()(torch.zeros(3, 1, 28, 28)).shape
    torch.Size([3, 10])
    """

    def __init__(self, *, dropout: float = 0.3):
        super().__init__()
        self.body = nn.Sequential(
            *_convolution(1, 32),
            nn.MaxPool2d(2),  # 14 x 14
            *_convolution(32, 64),
            nn.MaxPool2d(2),  # 7 x 7
            *_convolution(64, 64),
            nn.AdaptiveAvgPool2d(3),
            nn.Flatten(),
            nn.Linear(9 * 64, 64),
            nn.ReLU(),
        )
        self.head = nn.Sequential(nn.Dropout(dropout), nn.Linear(64, 10))

    def features(self, x: Tensor) -> Tensor:
        """Return the 64 features (B, 64) of images (B, 1, 28, 28)."""
        if x.shape[1:] != (1, 28, 28):
            raise ValueError(f"`x` must have shape (B, 1, 28, 28), got {tuple(x.shape)}")
        return self.body(x)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits (B, 10) of images (B, 1, 28, 28)."""
        return self.head(self.features(x))


def _convolution(n_in: int, n_out: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(n_in, n_out, 3, padding=1), group_norm(n_out), nn.ReLU()
