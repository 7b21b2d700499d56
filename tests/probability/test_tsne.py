"""t-SNE: affinities have the perplexity asked for, forces are the gradient, the grid is near, the map is good."""

import numpy as np
import pytest
from runmath.probability import tsne
from runmath.probability.tsne import (
    TSNE,
    conditional_affinities,
    descend,
    exact_repulsion,
    grid_repulsion,
    joint_affinities,
    kl_and_gradient,
    neighbour_affinities,
    similarities,
)
from scipy.optimize import check_grad
from scipy.stats import entropy
from sklearn import manifold
from sklearn.datasets import load_digits


@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e8])
@pytest.mark.parametrize("perplexity", [1.5, 5.0, 30.0])
def test_rows_have_the_perplexity_asked_for_in_every_unit(scale, perplexity):
    X = np.random.default_rng(0).standard_normal((60, 4)) * scale
    squares = ((X[:, None] - X[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    P, sigma = conditional_affinities(squares, perplexity)
    np.testing.assert_allclose(np.exp(entropy(P, axis=1)), perplexity, rtol=1e-8)
    expected = np.exp(-squares / (2 * sigma[:, None] ** 2))
    np.testing.assert_allclose(P, expected / expected.sum(axis=1, keepdims=True), rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-200, 1e-170, 1e160, 1e300])
def test_affinities_and_maps_notice_neither_unit_nor_origin(scale):
    X = np.random.default_rng(8).standard_normal((30, 4))
    np.testing.assert_allclose(joint_affinities(X * scale, 5.0), joint_affinities(X, 5.0), atol=1e-12)
    sparse = neighbour_affinities(X * scale, 5.0).toarray()
    np.testing.assert_allclose(sparse, neighbour_affinities(X, 5.0).toarray(), atol=1e-12)
    maps = [TSNE(max_iter=20, random_state=0).fit_transform(Z) for Z in (X, X * 2.0**600)]
    np.testing.assert_array_equal(*maps)  # a power of two rounds nothing


def test_neighbours_are_found_far_from_the_origin():
    X = np.round(np.random.default_rng(9).standard_normal((300, 40)) * 2**20) / 2**20  # exact after the shift
    near, far = (neighbour_affinities(Z, 5.0).toarray() for Z in (X, X + 2.0**27))
    np.testing.assert_allclose(far, near, atol=1e-12)


@pytest.mark.parametrize(
    "squares", [[1e-20, 1.0, 2.0, 3.0], [0.0, 1e-9, 1e-9, 1e9], [1.0, 1.0 + 1e-12, 2.0, 2.0]]
)
@pytest.mark.parametrize("perplexity", [1.01, 2.0, 3.99])
def test_newton_finds_the_entropy_of_bisection_in_hard_rows(squares, perplexity):
    squares = np.array([squares])
    P, sigma = conditional_affinities(squares, perplexity)
    low, high = np.log(1e-16), np.log(1e16)
    for _ in range(100):
        middle = (low + high) / 2
        weights = np.exp(-(squares[0] - squares[0].min()) * np.exp(middle))
        low, high = (middle, high) if entropy(weights) > np.log(perplexity) else (low, middle)
    np.testing.assert_allclose(P[0], weights / weights.sum(), atol=1e-6)
    assert sigma[0] > 0


def test_coincident_neighbours_share_a_row_equally():
    P, _ = conditional_affinities([[0.0, 0.0, 0.0, 5.0]], 2.0)
    np.testing.assert_allclose(P, [[1 / 3, 1 / 3, 1 / 3, 0]], atol=1e-12)


def test_joint_affinities_are_a_symmetric_distribution_near_scikit_learns():
    X = np.random.default_rng(1).standard_normal((80, 3))
    P = joint_affinities(X, 10.0)
    np.testing.assert_allclose(P, P.T)
    assert P.sum() == pytest.approx(1)
    assert not P.diagonal().any()
    from scipy.spatial.distance import pdist, squareform
    from sklearn.manifold._t_sne import _joint_probabilities

    theirs = squareform(_joint_probabilities(squareform(pdist(X, "sqeuclidean")), 10.0, 0))
    np.testing.assert_allclose(P, theirs, atol=1e-6)


def test_all_neighbours_give_the_joint_affinities():
    X = np.random.default_rng(2).standard_normal((50, 3))
    sparse = neighbour_affinities(X, 10.0, n_neighbors=49)
    np.testing.assert_allclose(sparse.toarray(), joint_affinities(X, 10.0), atol=1e-12)
    assert neighbour_affinities(X, 10.0).sum() == pytest.approx(1)


def test_many_points_use_the_matrix_product_and_agree():
    X = np.random.default_rng(3).standard_normal((400, 80)) + 100
    few = joint_affinities(X[:300], 20.0)
    squares = ((X[:300, None] - X[None, :300]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    P, _ = conditional_affinities(squares, 20.0)
    np.testing.assert_allclose(few, (P + P.T) / 600, rtol=1e-7)
    assert X.size * len(X) > 1e7
    assert joint_affinities(X, 20.0).sum() == pytest.approx(1)


@pytest.mark.parametrize("d", [1, 2, 3])
def test_the_gradient_is_that_of_the_divergence(d):
    rng = np.random.default_rng(4)
    P = joint_affinities(rng.standard_normal((12, 5)), 4.0)
    Y = rng.standard_normal((12, d))

    def kl(y):
        return kl_and_gradient(P, y.reshape(12, d))[0]

    def gradient(y):
        return kl_and_gradient(P, y.reshape(12, d))[1].ravel()

    assert check_grad(kl, gradient, Y.ravel(), epsilon=1e-6) < 1e-6
    Q = similarities(Y)
    assert kl(Y.ravel()) == pytest.approx(entropy(P.ravel(), Q.ravel()))


def test_repulsion_is_the_part_of_the_gradient_that_q_brings():
    Y = np.random.default_rng(5).standard_normal((700, 2))
    force, total = exact_repulsion(Y)
    kernel = 1 / (1 + ((Y[:, None] - Y[None]) ** 2).sum(axis=2))
    np.fill_diagonal(kernel, 0)
    assert total == pytest.approx(kernel.sum())
    np.testing.assert_allclose(force, np.einsum("ij,ijk->ik", kernel**2, Y[:, None] - Y[None]), atol=1e-9)


@pytest.mark.parametrize("scale", [1e-4, 0.1, 1.0, 10.0, 40.0])
def test_the_grid_is_within_two_per_cent_at_every_size_of_the_map(scale):
    Y = np.random.default_rng(6).standard_normal((1000, 2)) * scale + 7
    exact, total = exact_repulsion(Y)
    force, near = grid_repulsion(Y)
    assert np.linalg.norm(force - exact) < 0.02 * np.linalg.norm(exact)
    assert near == pytest.approx(total, rel=0.02)


def test_coincident_points_do_not_repel():
    force, total = grid_repulsion(np.zeros((5, 2)))
    np.testing.assert_allclose(force, 0, atol=1e-5)
    assert total == pytest.approx(20, rel=1e-3)


def test_forces_are_the_same_far_from_the_origin():
    Y = np.round(np.random.default_rng(10).standard_normal((50, 2)) * 2**20) / 2**20
    np.testing.assert_allclose(exact_repulsion(Y + 2.0**30)[0], exact_repulsion(Y)[0], atol=1e-12)


def test_a_map_too_wide_to_keep_the_one_has_finite_forces():
    Y = np.vstack([np.random.default_rng(11).random((50, 2)), [[1e12, 0.0], [1e12, 1e-3]]])
    force, total = exact_repulsion(Y)
    assert np.isfinite(force).all()
    assert 0 <= total <= 52 * 51


def test_descent_goes_on_where_it_stopped():
    options = {"learning_rate": 0.1, "momentum": 0.5}
    start = np.array([[3.0, -1.0]])
    whole = descend(lambda y: y, start, n_iter=20, **options)
    half = descend(lambda y: y, start, n_iter=10, **options)
    rest = descend(lambda y: y, half[0], n_iter=10, velocity=half[1], gains=half[2], **options)
    np.testing.assert_array_equal(whole[0], rest[0])
    np.testing.assert_array_equal(start, [[3.0, -1.0]])


def same_class(Z, y):
    D = ((Z[:, None] - Z[None]) ** 2).sum(axis=2)
    np.fill_diagonal(D, np.inf)
    return (y[D.argmin(axis=1)] == y).mean()


def test_maps_of_digits_are_as_good_as_scikit_learns():
    X, y = load_digits(return_X_y=True)
    X, y = X[:500], y[:500]
    theirs = manifold.TSNE(random_state=0, init="pca", max_iter=500).fit(X)
    P = joint_affinities(X, 30.0)
    reference = kl_and_gradient(P, theirs.embedding_.astype(float))[0]
    for method in ("exact", "grid"):
        ours = TSNE(random_state=0, max_iter=500, method=method).fit(X)
        assert kl_and_gradient(P, ours.embedding_)[0] < reference + 0.03
        assert same_class(ours.embedding_, y) > same_class(theirs.embedding_, y) - 0.02
        used = P if method == "exact" else neighbour_affinities(X, 30.0).toarray()
        assert ours.kl_divergence_ == pytest.approx(kl_and_gradient(used, ours.embedding_)[0], rel=1e-9)


def test_the_same_seed_gives_the_same_map_and_three_dimensions_work():
    X = np.random.default_rng(7).standard_normal((40, 5))
    first, second = (TSNE(3, max_iter=50, random_state=1).fit_transform(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert first.shape == (40, 3)


def test_names_are_found_and_listed():
    assert "TSNE" in dir(tsne)
    with pytest.raises(AttributeError, match="no attribute 'TSNNE'"):
        tsne.TSNNE  # noqa: B018


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: conditional_affinities([[1.0, 2.0]], 2.0), "`perplexity` must be between 1 and 2"),
        (lambda: conditional_affinities([[1.0, np.inf, 2.0]], 2.5), "`perplexity` must be between 1 and 2"),
        (lambda: conditional_affinities([[-1.0, 2.0]], 1.5), "`squares` must be"),
        (lambda: kl_and_gradient(np.ones((2, 2)), np.ones((3, 1))), r"`P` must have shape \(3, 3\)"),
        (lambda: kl_and_gradient(np.full((2, 2), np.nan), np.ones((2, 1))), "`P` must"),
        (lambda: kl_and_gradient([[0.0, -1.0], [2.0, 0.0]], np.ones((2, 1))), "`P` must hold numbers >= 0"),
        (lambda: kl_and_gradient(np.eye(2) / 2, np.ones((2, 1))), "zeros on the diagonal"),
        (lambda: kl_and_gradient(np.eye(2), [1.0, 2.0]), "`Y` must be a matrix"),
        (lambda: similarities([[1.0, 2.0]]), "`Y` must hold at least two points, got 1"),
        (lambda: similarities([[np.nan], [1.0]]), "`Y` must"),
        (lambda: grid_repulsion(np.array([[0.0, 0.0], [1e4, 0.0]])), "`Y` must span at most 1434, got 10000"),
        (
            lambda: grid_repulsion(np.array([[0.0, np.nan], [1.0, 0.0]])),
            "`Y` must span at most 1434, got nan",
        ),
        (
            lambda: TSNE(learning_rate=1e12, max_iter=50).fit(np.random.default_rng(0).random((20, 3))),
            "the descent diverged with a step of 1e.12; take a smaller `learning_rate`",
        ),
        (lambda: TSNE(early_exaggeration=np.inf).fit(np.eye(9)), "`early_exaggeration` must be finite"),
        (lambda: TSNE(learning_rate=np.inf).fit(np.eye(9)), "`learning_rate` must be positive and finite"),
        (lambda: neighbour_affinities(np.eye(5), 2.0, n_neighbors=5), "`n_neighbors` must"),
        (lambda: TSNE(perplexity=1).fit(np.eye(9)), "`perplexity` must be above 1"),
        (
            lambda: TSNE(early_exaggeration=0.5).fit(np.eye(9)),
            "`early_exaggeration` must be finite and at least 1",
        ),
        (
            lambda: TSNE(learning_rate=0).fit(np.eye(9)),
            "`learning_rate` must be positive and finite, or 'auto'",
        ),
        (
            lambda: TSNE(learning_rate="fast").fit(np.eye(9)),
            "`learning_rate` must be positive and finite, or 'auto'",
        ),
        (lambda: TSNE(method="tree").fit(np.eye(9)), "`method` must be 'auto', 'exact' or 'grid'"),
        (lambda: TSNE(3, method="grid").fit(np.eye(9)), "maps in two dimensions, got n_components = 3"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
