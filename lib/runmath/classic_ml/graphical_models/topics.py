"""Latent Dirichlet allocation: documents as mixtures of topics."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from runmath.core import as_integer, as_rng


@dataclass(frozen=True, eq=False)
class TopicModel:
    """What Gibbs sampling found.

    Parameters
    ----------
    topics : ndarray of shape (n_topics, n_words)
        p(word | topic), means over the sweeps that were kept.
    mixtures : ndarray of shape (n_documents, n_topics)
        p(topic | document).
    assignments : ndarray of int, shape (number of words in all documents,)
        The topic of each word after the last sweep; document by document, in each in the order of the columns.
    log_joint : ndarray of shape (n_sweeps,)
        log p(words, topics of the words) after each sweep, up to a constant.
    """

    topics: np.ndarray
    mixtures: np.ndarray
    assignments: np.ndarray
    log_joint: np.ndarray


def topic_gibbs(
    counts: ArrayLike,
    n_topics: int,
    *,
    alpha: float = 0.1,
    beta: float = 0.1,
    n_sweeps: int = 200,
    rng: np.random.Generator | int,
) -> TopicModel:
    """Sample the topic z of each word from p(z | words), with mixtures and topics integrated out.

    The model: topics ~ Dirichlet(beta), mixtures ~ Dirichlet(alpha); each word of a document draws a topic from the
    document's mixture, then itself from that topic.

    Parameters
    ----------
    counts : array-like of int, shape (n_documents, n_words)
    n_topics : int
    alpha, beta : float
        Positive; small values prefer few topics in a document, and few words in a topic.
    n_sweeps : int
        Of which the second half is averaged.
    rng : Generator or int

    Returns
    -------
    TopicModel

    Raises
    ------
    ValueError
        If the counts are no non-negative integers or there is no word, or alpha or beta is not positive.

    Notes
    -----
    A word of document d moves to topic k with probability ~ (n_dk + alpha) (n_kw + beta) / (n_k + n_words beta), the
    counts without itself. Topics have no order: two runs number them differently. One Python step for each word and
    sweep, `sklearn.decomposition.LatentDirichletAllocation` is faster and approximates.
    Chapter: classic-ml/generative-and-discriminative.

    References
    ----------
    :cite:t:`griffiths2004finding`, equation 5.

    Examples
    --------
    >>> topic_gibbs([[3, 0], [0, 3]], 2, n_sweeps=50, rng=0).mixtures.shape
    (2, 2)
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.dtype.kind not in "iu" or (counts < 0).any() or counts.sum() == 0:
        raise ValueError("`counts` must be a matrix of integers >= 0 with at least one word")
    for name, value in (("alpha", alpha), ("beta", beta)):
        if not 0 < value < np.inf:
            raise ValueError(f"`{name}` must be positive, got {value!r}")
    counts = counts.astype(np.int64)  # numpy.repeat takes no uint64
    K, n_sweeps = as_integer(n_topics, "n_topics"), as_integer(n_sweeps, "n_sweeps", low=2)
    rng = as_rng(rng)
    documents, words = (np.repeat(index, counts.ravel()) for index in np.indices(counts.shape).reshape(2, -1))
    z = rng.integers(K, size=len(words))
    in_document = np.zeros((len(counts), K))
    in_topic = np.zeros((counts.shape[1], K))  # words first: a row for each word
    np.add.at(in_document, (documents, z), 1)
    np.add.at(in_topic, (words, z), 1)
    topics, mixtures, log_joint = np.zeros((K, counts.shape[1])), np.zeros((len(counts), K)), []
    for sweep in range(n_sweeps):
        _sweep(documents, words, z, in_document, in_topic, alpha, beta, rng.random(len(words)))
        log_joint.append(_log_joint(in_document, in_topic, alpha, beta))
        if sweep >= n_sweeps // 2:
            topics += ((in_topic + beta) / (in_topic + beta).sum(axis=0)).T
            mixtures += (in_document + alpha) / (in_document + alpha).sum(axis=1, keepdims=True)
    kept = n_sweeps - n_sweeps // 2
    return TopicModel(topics / kept, mixtures / kept, z, np.array(log_joint))


def _sweep(
    documents: np.ndarray,
    words: np.ndarray,
    z: np.ndarray,
    in_document: np.ndarray,
    in_topic: np.ndarray,
    alpha: float,
    beta: float,
    u: np.ndarray,
) -> None:
    """Draw the topic of each word in turn, in place."""
    totals = in_topic.sum(axis=0)
    for i, (d, w) in enumerate(zip(documents.tolist(), words.tolist(), strict=True)):
        k = z[i]
        in_document[d, k] -= 1
        in_topic[w, k] -= 1
        totals[k] -= 1
        p = ((in_document[d] + alpha) * (in_topic[w] + beta) / (totals + len(in_topic) * beta)).cumsum()
        k = z[i] = p.searchsorted(u[i] * p[-1], side="right")
        in_document[d, k] += 1
        in_topic[w, k] += 1
        totals[k] += 1


def _log_joint(in_document: np.ndarray, in_topic: np.ndarray, alpha: float, beta: float) -> float:
    """Return log p(words, z) up to a constant, by the Dirichlet-multinomial formula."""
    from scipy.special import gammaln

    value = gammaln(in_document + alpha).sum() + gammaln(in_topic + beta).sum()
    return float(value - gammaln(in_topic.sum(axis=0) + len(in_topic) * beta).sum())
