"""Graphical models, small enough to be checked by sums over everything."""

from runmath.classic_ml.graphical_models.bayes_net import BayesNet
from runmath.classic_ml.graphical_models.chains import chain_marginals, log_backward, log_forward, viterbi
from runmath.classic_ml.graphical_models.conditional_random_field import LinearChainCRF
from runmath.classic_ml.graphical_models.hidden_markov import BaumWelchResult, HiddenMarkov, baum_welch
from runmath.classic_ml.graphical_models.ising import Ising
from runmath.classic_ml.graphical_models.topics import TopicModel, topic_gibbs

__all__ = [
    "BaumWelchResult",
    "BayesNet",
    "HiddenMarkov",
    "Ising",
    "LinearChainCRF",
    "TopicModel",
    "baum_welch",
    "chain_marginals",
    "log_backward",
    "log_forward",
    "topic_gibbs",
    "viterbi",
]
