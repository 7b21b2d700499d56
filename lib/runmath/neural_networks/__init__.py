"""Layers and small networks, all of them `torch.nn.Module`."""

from runmath.neural_networks.blocks import PixelAttention, ResidualBlock
from runmath.neural_networks.classifier import DigitClassifier
from runmath.neural_networks.embedding import SinusoidalEmbedding
from runmath.neural_networks.mlp import MLP, TimeMLP
from runmath.neural_networks.unet import UNet
from runmath.neural_networks.weights import seeded, vector_to_weights, weights_to_vector

__all__ = [
    "MLP",
    "DigitClassifier",
    "PixelAttention",
    "ResidualBlock",
    "SinusoidalEmbedding",
    "TimeMLP",
    "UNet",
    "seeded",
    "vector_to_weights",
    "weights_to_vector",
]
