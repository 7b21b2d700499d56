"""First-order optimisers on torch's contract: what `torch.optim` does, in a form one can read."""

from runmath.training.optimizers.adadelta import AdaDelta
from runmath.training.optimizers.adagrad import AdaGrad
from runmath.training.optimizers.adam import Adam, AdamW
from runmath.training.optimizers.base import FirstOrderOptimizer
from runmath.training.optimizers.rmsprop import RMSprop
from runmath.training.optimizers.sgd import SGD

__all__ = ["SGD", "AdaDelta", "AdaGrad", "Adam", "AdamW", "FirstOrderOptimizer", "RMSprop"]
