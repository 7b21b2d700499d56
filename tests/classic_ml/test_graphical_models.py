"""Graphical models: each answer equals the sum over everything on a tiny instance, each sampler its distribution."""

import itertools

import numpy as np
import pytest
from runmath.classic_ml.graphical_models import (
    BayesNet,
    HiddenMarkov,
    Ising,
    LinearChainCRF,
    baum_welch,
    chain_marginals,
    log_backward,
    log_forward,
    topic_gibbs,
    viterbi,
)
from runmath.classic_ml.graphical_models.hidden_markov import _draw
from runmath.classic_ml.graphical_models.topics import _sweep
from runmath.core import ConvergenceWarning
from runmath.optimization import numerical_gradient
from scipy.special import gammaln, logsumexp


def all_scores(unary, pairwise):
    """Every label sequence with its score."""
    T, K = unary.shape
    for labels in itertools.product(range(K), repeat=T):
        y = np.array(labels)
        yield y, unary[np.arange(T), y].sum() + pairwise[y[:-1], y[1:]].sum()


@pytest.mark.parametrize(
    ("T", "K", "size"), [(1, 1, 1.0), (1, 3, 1.0), (5, 2, 1.0), (4, 3, 1.0), (4, 3, 400.0)]
)
def test_sums_and_maxima_over_a_chain_equal_those_over_all_sequences(T, K, size):
    rng = np.random.default_rng(T + K)
    unary, pairwise = size * rng.standard_normal((T, K)), size * rng.standard_normal((K, K))
    table = list(all_scores(unary, pairwise))
    scores = np.array([score for _, score in table])
    log_z = logsumexp(scores)
    p = np.exp(scores - log_z)
    single, double, found = chain_marginals(unary, pairwise)
    assert found == pytest.approx(log_z, rel=1e-12)
    expected = np.zeros((T, K))
    pairs = np.zeros((T - 1, K, K))
    for (y, _), weight in zip(table, p, strict=True):
        expected[np.arange(T), y] += weight
        pairs[np.arange(T - 1), y[:-1], y[1:]] += weight
    np.testing.assert_allclose(single, expected, atol=1e-11)
    np.testing.assert_allclose(double, pairs, atol=1e-11)
    labels, best = viterbi(unary, pairwise)
    assert best == pytest.approx(scores.max(), rel=1e-12)
    np.testing.assert_array_equal(labels, table[int(scores.argmax())][0])
    whole = logsumexp(log_forward(unary, pairwise) + log_backward(unary, pairwise), axis=1)
    np.testing.assert_allclose(whole, log_z, rtol=1e-12)


def test_of_tied_sequences_viterbi_takes_the_lowest_last_label():
    apart = [[-1.0, 0.0], [0.0, -1.0]]  # 01 and 10 tie
    assert viterbi(np.zeros((2, 2)), apart)[0].tolist() == [1, 0]


def test_forbidden_moves_are_never_taken():
    pairwise = np.array([[0.0, -np.inf], [-np.inf, 0.0]])
    single, double, _ = chain_marginals([[0.0, -np.inf], [0.0, 5.0]], pairwise)
    np.testing.assert_array_equal(single, [[1, 0], [1, 0]])
    np.testing.assert_array_equal(double, [[[1, 0], [0, 0]]])
    np.testing.assert_array_equal(viterbi([[0.0, -np.inf], [0.0, 5.0]], pairwise)[0], [0, 0])
    for method in (chain_marginals, viterbi):
        with pytest.raises(ValueError, match="no label sequence is possible"):
            method([[0.0, -np.inf], [-np.inf, 0.0]], pairwise)


@pytest.mark.parametrize(
    ("unary", "pairwise", "match"),
    [
        ([1.0], [[1.0]], "`unary` must have shape"),
        (np.zeros((0, 2)), np.zeros((2, 2)), "`unary` must have shape"),
        (np.zeros((3, 2)), np.zeros((3, 2)), "`pairwise` must have shape"),
        ([[np.nan]], [[0.0]], "`unary` must hold"),
        ([[0.0]], [[np.inf]], "`pairwise` must hold"),
    ],
)
def test_scores_that_do_not_fit_are_refused(unary, pairwise, match):
    for method in (log_forward, log_backward, chain_marginals, viterbi):
        with pytest.raises(ValueError, match=match):
            method(unary, pairwise)


# Hidden Markov models


def weather(rng, K=3, M=4):
    return HiddenMarkov(*(rng.dirichlet(np.ones(n), size) for n, size in ((K, None), (K, K), (M, K))))


def test_likelihood_posterior_and_decoding_equal_the_sums_over_all_state_sequences():
    model, observed = weather(np.random.default_rng(0)), np.array([0, 3, 1, 1, 2])
    joint = {}
    for z in itertools.product(range(3), repeat=5):
        p = model.start[z[0]] * model.emission[z[0], observed[0]]
        for t in range(1, 5):
            p *= model.transition[z[t - 1], z[t]] * model.emission[z[t], observed[t]]
        joint[z] = p
    total = sum(joint.values())
    assert model.log_likelihood(observed) == pytest.approx(np.log(total), rel=1e-12)
    posterior = [[sum(p for z, p in joint.items() if z[t] == k) / total for k in range(3)] for t in range(5)]
    np.testing.assert_allclose(model.posterior(observed), posterior, atol=1e-12)
    assert tuple(model.decode(observed)) == max(joint, key=joint.get)


def test_likelihoods_of_all_sequences_sum_to_one():
    model = weather(np.random.default_rng(1), K=2, M=3)
    total = sum(np.exp(model.log_likelihood(list(x))) for x in itertools.product(range(3), repeat=4))
    assert total == pytest.approx(1)


def test_a_long_sequence_does_not_underflow():
    model = weather(np.random.default_rng(2))
    _, observed = model.sample(5000, rng=3)
    assert -10_000 < model.log_likelihood(observed) < -1000


def test_samples_have_the_frequencies_of_the_tables():
    model = weather(np.random.default_rng(4))
    states, symbols = model.sample(40_000, rng=5)
    for k in range(3):
        here = states[:-1] == k
        for row, seen in ((model.transition[k], states[1:][here]), (model.emission[k], symbols[:-1][here])):
            found = np.bincount(seen, minlength=len(row)) / len(seen)
            assert (abs(found - row) <= 4 * np.sqrt(row * (1 - row) / len(seen))).all()


def test_a_symbol_of_probability_zero_is_never_drawn():
    model = HiddenMarkov([0.0, 1.0], [[0.5, 0.5], [1.0, 0.0]], [[0.5, 0.5, 0.0], [0.0, 1.0, 0.0]])
    states, symbols = model.sample(3000, rng=6)
    assert states[0] == 1
    assert not ((states[:-1] == 1) & (states[1:] == 1)).any()
    assert set(symbols[states == 1]) == {1}
    assert symbols.max() == 1


def test_expectation_and_maximisation_never_lower_the_likelihood_and_find_the_model():
    truth = HiddenMarkov([0.5, 0.5], [[0.9, 0.1], [0.2, 0.8]], [[0.8, 0.15, 0.05], [0.1, 0.1, 0.8]])
    rng = np.random.default_rng(7)
    sequences = [truth.sample(300, rng=rng)[1] for _ in range(10)]
    start = HiddenMarkov([0.5, 0.5], [[0.6, 0.4], [0.4, 0.6]], [[0.5, 0.3, 0.2], [0.2, 0.3, 0.5]])
    result = baum_welch(sequences, start, tol=1e-6)
    assert result.converged
    assert (np.diff(result.history) > -1e-9).all()
    assert len(result.history) == result.n_iter + 1
    assert result.history[-1] == pytest.approx(sum(result.model.log_likelihood(s) for s in sequences))
    assert result.history[-1] > sum(truth.log_likelihood(s) for s in sequences)
    np.testing.assert_allclose(result.model.transition, truth.transition, atol=0.07)
    np.testing.assert_allclose(result.model.emission, truth.emission, atol=0.07)


def test_one_step_counts_with_the_posterior():
    start = weather(np.random.default_rng(19))
    sequences = [start.sample(7, rng=20)[1], start.sample(4, rng=21)[1]]
    with pytest.warns(ConvergenceWarning):
        model = baum_welch(sequences, start, max_iter=1, tol=0.0).model
    posteriors = [start.posterior(observed) for observed in sequences]
    np.testing.assert_allclose(model.start, np.mean([p[0] for p in posteriors], axis=0))
    shown = sum(p.T @ np.eye(4)[observed] for p, observed in zip(posteriors, sequences, strict=True))
    np.testing.assert_allclose(model.emission, shown / shown.sum(axis=1, keepdims=True))


def test_the_smallest_random_number_draws_nothing_impossible():
    assert _draw(np.array([0.0, 0.5, 1.0]), 0.0) == 1


def test_a_state_that_is_never_visited_keeps_its_rows():
    start = HiddenMarkov([1.0, 0.0], [[1.0, 0.0], [0.3, 0.7]], [[0.5, 0.5], [0.9, 0.1]])
    model = baum_welch([[0, 1, 1]], start).model
    np.testing.assert_allclose(model.transition[1], [0.3, 0.7])
    np.testing.assert_allclose(model.emission, [[1 / 3, 2 / 3], [0.9, 0.1]])


def test_equal_rows_of_emissions_stay_equal_only_where_states_are_as_probable_at_every_time():
    moves, rows = [[0.9, 0.1], [0.1, 0.9]], [[0.5, 0.5], [0.5, 0.5]]
    sequence = [0, 0, 0, 0, 1, 1, 1, 1]
    settled = baum_welch([sequence], HiddenMarkov([0.5, 0.5], moves, rows)).model
    np.testing.assert_allclose(settled.emission[0], settled.emission[1])
    moving = baum_welch([sequence], HiddenMarkov([1.0, 0.0], moves, rows), tol=1e-4).model
    assert moving.emission[0, 0] > 0.99
    assert moving.emission[1, 1] > 0.99


def test_too_few_steps_warn():
    start = weather(np.random.default_rng(8))
    with pytest.warns(ConvergenceWarning, match="max_iter"):
        assert not baum_welch([[0, 1, 2, 3, 0, 0]], start, max_iter=1, tol=0.0).converged


@pytest.mark.parametrize(
    ("tables", "match"),
    [
        (([0.5, 0.6], np.eye(2), np.eye(2)), "`start` must hold"),
        (([0.5, 0.5], np.ones((2, 2)), np.eye(2)), "`transition` must hold"),
        (([0.5, 0.5], np.eye(2), [[1.5, -0.5], [0, 1]]), "`emission` must hold"),
        (([0.5, 0.5], np.eye(3), np.eye(2)), "`transition` must have shape"),
        (([0.5, 0.5], np.eye(2), np.eye(3)), "`emission` 2 rows"),
    ],
)
def test_tables_that_are_no_distributions_are_refused(tables, match):
    with pytest.raises(ValueError, match=match):
        HiddenMarkov(*tables)


def test_symbols_outside_the_alphabet_are_refused():
    model = weather(np.random.default_rng(9))
    for bad in ([4], [-1], [0.5], [], [[0]]):
        with pytest.raises(ValueError, match="`observed`"):
            model.decode(bad)
    with pytest.raises(ValueError, match="`sequences`"):
        baum_welch([], model)


# Bayesian networks


def alarm():
    return BayesNet(
        {
            "burglary": ((), [0.99, 0.01]),
            "quake": ((), [0.98, 0.02]),
            "alarm": (("burglary", "quake"), [[[0.999, 0.001], [0.7, 0.3]], [[0.06, 0.94], [0.05, 0.95]]]),
            "call": (("alarm",), [[0.95, 0.05, 0.0], [0.1, 0.6, 0.3]]),
        }
    )


def test_queries_equal_sums_of_the_joint_table():
    net = alarm()
    joint = net.joint()
    assert joint.shape == (2, 2, 2, 3)
    assert joint.sum() == pytest.approx(1)
    for b, q, a, c in itertools.product(range(2), range(2), range(2), range(3)):
        tables = [table for _, table in net.tables.values()]
        assert joint[b, q, a, c] == pytest.approx(
            tables[0][b] * tables[1][q] * tables[2][b, q, a] * tables[3][a, c]
        )
    expected = joint[:, :, :, 1].sum(axis=2).T
    np.testing.assert_allclose(net.query(["quake", "burglary"], {"call": 1}), expected / expected.sum())


def test_seeing_one_cause_explains_the_other_away():
    net = alarm()
    rung = net.query(["burglary"], {"alarm": 1})[1]
    assert net.query(["burglary"], {"alarm": 1, "quake": 1})[1] < rung
    np.testing.assert_allclose(net.query(["burglary"], {"quake": 1}), net.query(["burglary"]))


def test_samples_of_a_network_have_the_frequencies_of_the_joint_table():
    net = alarm()
    drawn = net.sample(200_000, rng=0)
    found = np.zeros((2, 2, 2, 3))
    np.add.at(found, tuple(drawn.T), 1 / len(drawn))
    p = net.joint()
    assert (abs(found - p) <= 4 * np.sqrt(p * (1 - p) / len(drawn))).all()


def test_a_chain_of_forty_variables_is_answered_without_its_joint_table():
    step = [[0.9, 0.1], [0.2, 0.8]]
    tables = {"v0": ((), [0.5, 0.5])} | {f"v{i}": ((f"v{i - 1}",), step) for i in range(1, 40)}
    expected = np.array([0.5, 0.5]) @ np.linalg.matrix_power(np.array(step), 39)
    np.testing.assert_allclose(BayesNet(tables).query(["v39"]), expected)


@pytest.mark.parametrize(
    ("tables", "match"),
    [
        ({}, "1 to 52"),
        ({"a": (("b",), [[1.0]])}, "must come before"),
        ({"a": ((), [0.5, 0.6])}, "must be distributions"),
        ({"a": ((), [0.5, 0.5]), "b": (("a",), [[1.0, 0.0]])}, "must have shape"),
        ({"a": ((), 1.0)}, "must have shape"),
    ],
)
def test_networks_that_do_not_fit_are_refused(tables, match):
    with pytest.raises(ValueError, match=match):
        BayesNet(tables)


def test_parents_given_as_text_are_refused():
    with pytest.raises(TypeError, match="parents of 'wet' must be a tuple of names, got 'r'"):
        BayesNet({"r": ((), [0.8, 0.2]), "wet": ("r", [[0.9, 0.1], [0.2, 0.8]])})


def test_much_evidence_of_small_probability_does_not_underflow():
    leaves = {f"leaf{i}": (("root",), [[1 - 1e-8, 1e-8], [1 - 1.1e-8, 1.1e-8]]) for i in range(45)}
    net = BayesNet({"root": ((), [0.5, 0.5]), **leaves})  # p(evidence) is about 1e-360
    odds = 1.1**45
    np.testing.assert_allclose(
        net.query(["root"], dict.fromkeys(leaves, 1)), [1 / (1 + odds), odds / (1 + odds)]
    )


def test_queries_that_do_not_fit_are_refused():
    net = alarm()
    with pytest.raises(ValueError, match="no variable 'rain'"):
        net.query(["rain"])
    with pytest.raises(ValueError, match="different variables"):
        net.query(["alarm", "alarm"])
    with pytest.raises(ValueError, match="different variables"):
        net.query(["alarm"], {"alarm": 1})
    with pytest.raises(ValueError, match="evidence"):
        net.query(["alarm"], {"call": 3})
    with pytest.raises(ValueError, match="probability zero"):
        net.query(["quake"], {"call": 2, "alarm": 0})


# Ising model


def test_the_log_weight_and_the_pull_equal_sums_over_neighbours():
    rng = np.random.default_rng(10)
    model = Ising(rng.standard_normal((3, 4)), coupling=0.7)
    x = rng.choice([-1.0, 1.0], (3, 4))
    bonds = [((i, j), (i + 1, j)) for i in range(2) for j in range(4)]
    bonds += [((i, j), (i, j + 1)) for i in range(3) for j in range(3)]
    expected = 0.7 * sum(x[a] * x[b] for a, b in bonds) + (model.field * x).sum()
    assert model.log_weight(x) == pytest.approx(expected)
    for site in np.ndindex(3, 4):
        flipped = x.copy()
        flipped[site] = -1
        up = x.copy()
        up[site] = 1
        assert 2 * model.pull(x)[site] == pytest.approx(model.log_weight(up) - model.log_weight(flipped))


@pytest.mark.parametrize("coupling", [-0.3, 0.0, 0.4])
def test_gibbs_sampling_has_the_means_of_the_exact_sum(coupling):
    model = Ising(np.random.default_rng(11).normal(0, 0.5, (3, 3)), coupling=coupling)
    chain = model.gibbs(22_000, rng=12)[2000:].astype(float)
    blocks = chain.reshape(100, 200, 3, 3).mean(axis=1)
    error = blocks.std(axis=0, ddof=1) / 10
    assert (abs(chain.mean(axis=0) - model.exact_mean()) <= 4.5 * error).all()


def test_a_strong_field_and_a_start_are_obeyed():
    up = Ising(np.full((2, 2), 50.0), coupling=1.0)
    assert (up.gibbs(3, start=-np.ones((2, 2)), rng=0)[0] == 1).all()
    np.testing.assert_allclose(up.exact_mean(), 1)


def test_fields_and_starts_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="`field`"):
        Ising([1.0], coupling=1.0)
    with pytest.raises(ValueError, match="`coupling`"):
        Ising([[1.0]], coupling=np.nan)
    with pytest.raises(ValueError, match="`start`"):
        Ising([[1.0, 1.0]], coupling=1.0).gibbs(2, start=[[1.0, 0.0]], rng=0)
    with pytest.raises(ValueError, match="at most 20"):
        Ising(np.zeros((5, 5)), coupling=1.0).exact_mean()


# Topics


def exact_topic_pairs(words, documents, K, alpha, beta, n_words):
    """P(z_i = z_j | words) for every pair of words, by the sum over all assignments."""
    weights, same = [], []
    for z in itertools.product(range(K), repeat=len(words)):
        z = np.array(z)
        D, W = np.zeros((max(documents) + 1, K)), np.zeros((n_words, K))
        np.add.at(D, (documents, z), 1)
        np.add.at(W, (words, z), 1)
        weights.append(
            gammaln(D + alpha).sum() + gammaln(W + beta).sum() - gammaln(W.sum(axis=0) + n_words * beta).sum()
        )
        same.append(z[:, None] == z)
    p = np.exp(np.array(weights) - logsumexp(weights))
    return np.tensordot(p, np.array(same, dtype=float), axes=1)


def test_topic_sampling_has_the_distribution_of_the_sum_over_all_assignments():
    counts, alpha, beta = np.array([[2, 1, 0], [0, 1, 2]]), 0.5, 0.4
    documents, words = np.array([0, 0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 2, 2])
    p = exact_topic_pairs(words, documents, 2, alpha, beta, 3)
    rng, n_runs = np.random.default_rng(13), 2000
    found = np.zeros((6, 6))
    for _ in range(n_runs):  # each a chain of its own, which has forgotten its start after 20 sweeps
        z = topic_gibbs(counts, 2, alpha=alpha, beta=beta, n_sweeps=20, rng=rng).assignments
        found += (z[:, None] == z) / n_runs
    assert (abs(found - p) <= 4 * np.sqrt(p * (1 - p) / n_runs) + 1e-12).all()


def test_a_word_moves_to_a_topic_with_the_probability_of_the_formula():
    """The word counts in its own totals before it moves; the border in u tells p(first topic) to 1e-9."""
    alpha, beta = 0.3, 0.2
    in_document, in_topic = np.array([[3.0, 1.0]]), np.array([[2.0, 1.0], [4.0, 0.0], [1.0, 3.0]])
    without = np.array([2.0, 1.0]) + alpha, np.array([1.0, 1.0]) + beta, np.array([6.0, 4.0]) + 3 * beta
    p = without[0] * without[1] / without[2]
    border = p[0] / p.sum()
    for u, expected in ((border - 1e-9, 0), (border + 1e-9, 1)):
        z, D, W = np.array([0]), in_document.copy(), in_topic.copy()
        _sweep(np.array([0]), np.array([0]), z, D, W, alpha, beta, np.array([u]))
        assert z[0] == expected
        assert D.tolist() == [[3 - expected, 1 + expected]]
        assert W[0].tolist() == [2 - expected, 1 + expected]


def test_topics_of_documents_in_two_languages_are_the_languages():
    rng = np.random.default_rng(14)
    counts = np.zeros((20, 12), dtype=int)
    for d in range(20):
        language = rng.integers(6, size=30) + 6 * (d % 2)
        np.add.at(counts[d], language, 1)
    model = topic_gibbs(counts, 2, n_sweeps=60, rng=15)
    np.testing.assert_allclose(model.topics.sum(axis=1), 1)
    np.testing.assert_allclose(model.mixtures.sum(axis=1), 1)
    strongest = model.mixtures.argmax(axis=1)
    assert len(set(strongest[::2])) == len(set(strongest[1::2])) == 1
    assert strongest[0] != strongest[1]
    assert model.topics[strongest[0], :6].sum() > 0.95
    assert model.log_joint[-1] > model.log_joint[0]


def test_the_type_of_the_counts_does_not_matter():
    counts = np.array([[3, 0], [1, 2]])
    drawn = [
        topic_gibbs(counts.astype(t), 2, n_sweeps=4, rng=0).assignments
        for t in (np.int64, np.uint64, np.uint8)
    ]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    np.testing.assert_array_equal(drawn[0], drawn[2])


def test_one_topic_is_the_smoothed_frequency():
    model = topic_gibbs([[3, 1], [0, 4]], 1, beta=0.5, n_sweeps=4, rng=0)
    np.testing.assert_allclose(model.topics, [[3.5 / 9, 5.5 / 9]])
    np.testing.assert_allclose(model.mixtures, 1)


@pytest.mark.parametrize(
    ("counts", "options", "match"),
    [
        ([[1.5]], {}, "`counts`"),
        ([[-1]], {}, "`counts`"),
        ([[0]], {}, "`counts`"),
        ([[1]], {"alpha": 0.0}, "`alpha`"),
        ([[1]], {"beta": np.nan}, "`beta`"),
    ],
)
def test_counts_and_weights_that_do_not_fit_are_refused(counts, options, match):
    with pytest.raises(ValueError, match=match):
        topic_gibbs(counts, 2, rng=0, **options)


# Conditional random fields


def sequences(rng, n=6):
    X = [rng.standard_normal((rng.integers(1, 6), 2)) for _ in range(n)]
    return X, [rng.integers(3, size=len(x)) for x in X]


def test_the_fitted_field_is_a_minimum_of_the_penalised_loss_by_brute_force():
    X, y = sequences(np.random.default_rng(16))
    y[0][0], y[1][0], y[2][0] = 0, 1, 2
    model = LinearChainCRF(alpha=0.3, tol=1e-9).fit(X, y)

    def loss(theta):
        A, B = theta[:6].reshape(2, 3), theta[6:].reshape(3, 3)
        value = 0.15 * theta @ theta
        for x, z in zip(X, y, strict=True):
            table = {tuple(labels): score for labels, score in all_scores(x @ A, B)}
            value += logsumexp(list(table.values())) - table[tuple(z)]
        return value

    theta = np.concatenate([model.emission_.ravel(), model.transition_.ravel()])
    assert model.loss_ == pytest.approx(loss(theta), rel=1e-10)
    np.testing.assert_allclose(numerical_gradient(loss, theta), 0, atol=1e-6)


def test_one_position_sequences_are_softmax_regression():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(17)
    x, z = rng.standard_normal((80, 2)), rng.integers(3, size=80)
    model = LinearChainCRF(alpha=0.5, tol=1e-9).fit(list(x[:, None]), list(z[:, None]))
    theirs = LogisticRegression(C=2.0, fit_intercept=False, tol=1e-10, max_iter=1000).fit(x, z)
    np.testing.assert_allclose(
        np.concatenate(model.predict_proba(list(x[:, None]))), theirs.predict_proba(x), atol=1e-5
    )
    np.testing.assert_allclose(model.transition_, 0, atol=1e-12)


def test_neighbours_help_where_a_position_alone_is_ambiguous():
    truth = HiddenMarkov([0.5, 0.5], [[0.95, 0.05], [0.05, 0.95]], [[0.7, 0.3], [0.3, 0.7]])
    rng = np.random.default_rng(18)
    pairs = [truth.sample(60, rng=rng) for _ in range(200)]
    X, y = [np.eye(2)[symbols] for _, symbols in pairs], [states for states, _ in pairs]
    model = LinearChainCRF(alpha=0.1).fit(X[:25], y[:25])
    right = np.mean(np.concatenate(model.predict(X[25:])) == np.concatenate(y[25:]))
    alone = np.mean(np.concatenate([x.argmax(axis=1) for x in X[25:]]) == np.concatenate(y[25:]))
    best = np.mean([(truth.decode(x) == z).mean() for z, x in pairs[25:]])
    assert right > alone + 0.05
    assert right > best - 0.02


def test_sequences_that_do_not_fit_are_refused():
    good, labels = [np.ones((2, 1))], [[0, 1]]
    for X, y, match in (
        ([], [], "`X` must hold sequences"),
        ([np.ones(2)], labels, "`X` must hold sequences"),
        ([np.ones((2, 1)), np.ones((2, 2))], [[0, 1], [0, 1]], "one width"),
        ([np.full((2, 1), np.nan)], labels, "finite"),
        (good, [[0]], "equal lengths"),
        (good, [[[0], [1]]], "`y` must hold vectors of labels"),
        (good, [[0, np.nan]], "`y` must hold .* none of them NaN"),
    ):
        with pytest.raises(ValueError, match=match):
            LinearChainCRF().fit(X, y)
    with pytest.raises(ValueError, match="`alpha`"):
        LinearChainCRF(alpha=0.0).fit(good, labels)
    with pytest.raises(ValueError, match="1 features"):
        LinearChainCRF().fit(good, labels).predict([np.ones((2, 3))])
