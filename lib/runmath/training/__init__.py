"""The one training loop of the book, and what it needs: batches, schedules, averages, checkpoints."""

from runmath.training.batches import ShuffledBatches
from runmath.training.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from runmath.training.ema import ExponentialMovingAverage
from runmath.training.loop import TrainingResult, fit
from runmath.training.progress import progress_bar
from runmath.training.schedules import warmup_cosine

__all__ = [
    "Checkpoint",
    "ExponentialMovingAverage",
    "ShuffledBatches",
    "TrainingResult",
    "fit",
    "load_checkpoint",
    "progress_bar",
    "save_checkpoint",
    "warmup_cosine",
]
