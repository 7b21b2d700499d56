"""Codes are scikit-learn's lasso, an update is the best atom, and both by turns follow scikit-learn's rounds."""

import warnings

import numpy as np
import pytest
import scipy.optimize
from runmath.core import ConvergenceWarning
from runmath.optimization import learn_dictionary, sparse_code, update_dictionary
from sklearn.decomposition import dict_learning, sparse_encode


def unit_rows(D):
    return D / np.linalg.norm(D, axis=1, keepdims=True)


def sparse_data(seed, n=300, p=16, k=20, s=2, noise=0.01):
    """Return samples of s atoms each, and the atoms."""
    rng = np.random.default_rng(seed)
    D, C = unit_rows(rng.standard_normal((k, p))), np.zeros((n, k))
    for row in C:
        row[rng.choice(k, s, replace=False)] = rng.choice([-1, 1], s) * rng.uniform(0.5, 1.5, s)
    return C @ D + noise * rng.standard_normal((n, p)), D


def objective(X, C, D, alpha):
    return 0.5 * np.sum((X - C @ D) ** 2) + alpha * abs(C).sum()


@pytest.mark.parametrize("alpha", [0.01, 0.1, 1.0])
def test_codes_are_those_of_scikit_learn(alpha):
    X, D = sparse_data(0)
    ours = sparse_code(X, D, alpha=alpha, tol=1e-8)
    theirs = sparse_encode(X, D, algorithm="lasso_lars", alpha=alpha)
    np.testing.assert_allclose(ours, theirs, atol=1e-6)
    assert ((ours != 0) == (abs(theirs) > 1e-9)).mean() > 0.999


def test_a_warm_start_reaches_the_same_codes():
    X, D = sparse_data(1)
    cold = sparse_code(X, D, alpha=0.1, tol=1e-8)
    warm = sparse_code(X, D, alpha=0.1, tol=1e-8, init=np.ones_like(cold))
    np.testing.assert_allclose(warm, cold, atol=1e-6)


def test_codes_without_penalty_are_least_squares():
    X, D = sparse_data(2, k=10)
    np.testing.assert_allclose(
        sparse_code(X, D, alpha=0, tol=1e-9, max_iter=50_000), X @ np.linalg.pinv(D), atol=1e-7
    )


def test_an_update_is_the_best_atom_in_the_unit_ball():
    X, D = sparse_data(3, n=30, p=4, k=3)
    C = np.random.default_rng(3).standard_normal((30, 3)) * 0.3
    new = update_dictionary(X, C, D)
    for j in range(3):
        others = np.vstack([new[:j], D[j:]])  # what the update of atom j saw

        def loss(d, j=j, others=others):
            return np.sum((X - C @ others + np.outer(C[:, j], others[j] - d)) ** 2)

        ball = {"type": "ineq", "fun": lambda d: 1 - d @ d, "jac": lambda d: -2 * d}
        best = scipy.optimize.minimize(
            loss, 0.5 * D[j], constraints=ball, method="SLSQP", options={"ftol": 1e-14}
        )
        assert loss(new[j]) <= best.fun * (1 + 1e-9)
        np.testing.assert_allclose(new[j], best.x, atol=1e-4)
    assert (np.linalg.norm(new, axis=1) <= 1 + 1e-14).all()


def test_many_sweeps_reach_least_squares_where_no_atom_is_long():
    X, D = sparse_data(4, n=50, p=6, k=4)
    C = 100 * np.random.default_rng(4).standard_normal((50, 4))
    np.testing.assert_allclose(update_dictionary(X, C, D, n_sweeps=300), np.linalg.pinv(C) @ X, atol=1e-12)


def test_rounds_follow_scikit_learn():
    X, _ = sparse_data(5)
    init = unit_rows(np.random.default_rng(5).standard_normal((20, 16)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = learn_dictionary(X, init, alpha=0.1, max_iter=8, tol=0, code_steps=2000)
        _, D, errors = dict_learning(
            X, n_components=20, alpha=0.1, max_iter=8, tol=0, method="cd",
            dict_init=init.copy(), code_init=np.zeros((300, 20)),
        )  # fmt: skip
    assert len(errors) == 8
    # scikit-learn measures with the codes from before the update of the dictionary
    assert (ours.objective[1:] <= np.array(errors) * (1 + 1e-6)).all()
    np.testing.assert_allclose(ours.dictionary, D, atol=0.01)


def test_atoms_are_found_again_up_to_order_and_sign():
    X, D = sparse_data(6, n=600)
    result = learn_dictionary(X, 20, alpha=0.1, rng=1)
    likeness = abs(unit_rows(D) @ unit_rows(result.dictionary).T).max(axis=1)
    assert (likeness > 0.98).all()


def test_the_objective_never_rises_and_the_result_is_consistent():
    X, _ = sparse_data(7)
    result = learn_dictionary(X, 25, alpha=0.1, tol=1e-3, rng=0)
    assert result.converged
    assert (np.diff(result.objective) <= 1e-9 * result.objective[0]).all()
    assert result.objective.shape == result.history.shape == (result.n_iter + 1,)
    assert result.history[-1] <= 1e-3 < result.history[-2]
    assert result.objective[-1] == pytest.approx(
        objective(X, result.codes, result.dictionary, 0.1), rel=1e-12
    )
    assert (np.linalg.norm(result.dictionary, axis=1) <= 1 + 1e-14).all()
    again = learn_dictionary(X, 25, alpha=0.1, tol=1e-3, rng=0)
    np.testing.assert_array_equal(again.dictionary, result.dictionary)


def test_an_atom_that_no_sample_uses_becomes_a_sample():
    result = learn_dictionary(5 * np.eye(3), np.diag([1.0, 1.0, 0.0]), alpha=0.1)
    np.testing.assert_allclose(np.linalg.norm(result.dictionary, axis=1), 1, rtol=1e-12)


def test_few_steps_of_coding_a_round_end_as_low_as_many():
    X, _ = sparse_data(9)
    few, many = (learn_dictionary(X, 20, alpha=0.1, code_steps=n, max_iter=300) for n in (10, 1000))
    assert few.objective[-1] < many.objective[-1] * 1.05


def test_hard_cases():
    assert learn_dictionary([[2.0]], 1, alpha=0.5).codes == pytest.approx(1.5, rel=1e-3)
    with_zero = learn_dictionary([[0.0, 0.0], [1.0, 2.0]], 3, alpha=0.1)
    assert (with_zero.codes[0] == 0).all()
    silent = learn_dictionary(np.eye(3), 2, alpha=5.0)  # the penalty exceeds every sample
    assert not silent.codes.any()
    assert silent.converged
    assert not sparse_code(np.eye(2), np.zeros((3, 2)), alpha=0.1).any()
    np.testing.assert_array_equal(update_dictionary([[1.0, 0.0]], [[1e-160, 0.0]], np.eye(2)), np.eye(2))
    X = np.eye(3)
    learn_dictionary(X, X, alpha=0.1)
    assert (np.eye(3) == X).all()


def test_what_cannot_work_says_so():
    with pytest.raises(ValueError, match="`alpha` must be above 0"):
        learn_dictionary(np.eye(3), 2, alpha=0)
    with pytest.raises(ValueError, match="`alpha` must be at least 0 and finite, got -1"):
        sparse_code(np.eye(3), np.eye(3), alpha=-1)
    with pytest.raises(TypeError, match="`alpha` must be a real number, got '1'"):
        sparse_code(np.eye(3), np.eye(3), alpha="1")
    with pytest.raises(ValueError, match="equally many columns"):
        sparse_code(np.eye(3), np.eye(2), alpha=1)
    with pytest.raises(ValueError, match="`init` must have the shape \\(3, 3\\)"):
        sparse_code(np.eye(3), np.eye(3), alpha=1, init=np.eye(2))
    with pytest.raises(ValueError, match="must have shapes \\(n, p\\)"):
        update_dictionary(np.eye(3), np.eye(3), np.eye(2))
    with pytest.raises(ValueError, match="`init` must have 3 columns"):
        learn_dictionary(np.eye(3), np.eye(2), alpha=1)
    with pytest.raises(ValueError, match="a sample that is not zero"):
        learn_dictionary(np.zeros((2, 2)), 1, alpha=1)
    with pytest.warns(ConvergenceWarning, match="learn_dictionary did not converge"):
        learn_dictionary(sparse_data(8)[0], 20, alpha=0.1, max_iter=1, tol=0)
    with pytest.warns(ConvergenceWarning, match="sparse_code did not converge"):
        sparse_code(*sparse_data(8), alpha=0.1, max_iter=1)
