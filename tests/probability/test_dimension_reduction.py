"""Principal components, scaling, Isomap and discriminants agree with scikit-learn and with their definitions."""

import subprocess
import sys

import numpy as np
import pytest
from runmath.core import ConvergenceWarning
from runmath.probability import dimension_reduction
from runmath.probability.dimension_reduction import (
    PCA,
    ClassicalMDS,
    Isomap,
    LinearDiscriminantAnalysis,
    MetricMDS,
    classical_scaling,
    geodesic_distances,
    pca_by_covariance,
    smacof,
    stress,
)
from scipy.optimize import check_grad, minimize
from scipy.spatial.distance import cdist, squareform
from scipy.special import softmax
from sklearn import decomposition, discriminant_analysis, manifold
from sklearn.datasets import load_wine, make_swiss_roll
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

ESTIMATORS = [PCA(), PCA(1), ClassicalMDS(), MetricMDS(), Isomap(), LinearDiscriminantAnalysis()]


def data(n=40, p=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, p)) @ rng.standard_normal((p, p)) + 10 * rng.standard_normal(p)


@pytest.mark.parametrize(("n", "p"), [(40, 6), (6, 40), (10, 10), (2, 3), (5, 1)])
def test_principal_components_equal_scikit_learns(n, p):
    X = data(n, p)
    ours = PCA().fit(X)
    theirs = decomposition.PCA(svd_solver="full").fit(X)
    k = min(n - 1, p)
    np.testing.assert_allclose(ours.explained_variance_[:k], theirs.explained_variance_[:k], rtol=1e-10)
    np.testing.assert_allclose(
        ours.explained_variance_ratio_, theirs.explained_variance_ratio_, rtol=1e-10, atol=1e-14
    )
    np.testing.assert_allclose(abs(ours.components_[:k] @ theirs.components_[:k].T), np.eye(k), atol=1e-9)
    np.testing.assert_allclose(ours.inverse_transform(ours.transform(X)), X, atol=1e-10 * abs(X).max())


def test_both_routes_agree_and_their_signs_do_not_depend_on_the_route():
    X = data()
    a, b = PCA(3).fit(X), pca_by_covariance(X, 3)
    np.testing.assert_allclose(a.components_, b.components, atol=1e-12)
    np.testing.assert_allclose(a.explained_variance_, b.variances, rtol=1e-12)
    assert b.total_variance == pytest.approx(X.var(axis=0, ddof=1).sum())


def test_the_covariance_route_loses_what_the_singular_values_keep():
    X = np.diag([1.0, 1e-9])[:, ::-1]
    X = np.vstack([X, -X])
    exact = 2 * 1e-18 / 3
    assert PCA().fit(X).explained_variance_[1] == pytest.approx(exact, rel=1e-6)
    Q = np.linalg.qr(np.random.default_rng(0).standard_normal((2, 2)))[0]
    assert PCA().fit(X @ Q).explained_variance_[1] == pytest.approx(exact, rel=1e-4)
    assert abs(pca_by_covariance(X @ Q, 2).variances[1] / exact - 1) > 0.9


def test_constant_data_have_no_variance():
    fitted = PCA().fit(np.ones((5, 3)))
    assert not fitted.explained_variance_.any()
    assert not fitted.explained_variance_ratio_.any()


def test_classical_scaling_recovers_points_and_is_principal_component_analysis():
    X = data(20, 3)
    Z, eigenvalues = classical_scaling(cdist(X, X), 3)
    np.testing.assert_allclose(cdist(Z, Z), cdist(X, X), atol=1e-9)
    np.testing.assert_allclose(abs(Z), abs(PCA().fit_transform(X)), atol=1e-8)
    np.testing.assert_allclose(eigenvalues[3:], 0, atol=1e-9)


def test_negative_eigenvalues_show_distances_that_no_points_have():
    D = np.full((4, 4), 2.0) - 2 * np.eye(4)
    D[0, 1:] = D[1:, 0] = 1.1  # shorter than the radius 2/√3 of the triangle's circumcircle
    _, eigenvalues = classical_scaling(D)
    assert eigenvalues[-1] < -0.05


def test_the_stress_of_smacof_never_rises_and_ends_at_a_stationary_point():
    rng = np.random.default_rng(1)
    D = squareform(rng.uniform(1, 2, 45))
    result = smacof(D, 2, rng=2, tol=1e-13, max_iter=20_000)
    assert (np.diff(result.history) <= 1e-12 * result.history[0]).all()
    assert result.stress == pytest.approx(stress(D, result.embedding), rel=1e-12)

    def objective(z):
        return stress(D, z.reshape(10, 2))

    polished = minimize(objective, result.embedding.ravel())
    assert polished.fun > result.stress * (1 - 1e-4)


def test_guttmans_step_is_a_gradient_step():
    D = squareform(np.random.default_rng(3).uniform(1, 2, 10))
    Z = np.random.default_rng(4).standard_normal((5, 2))
    with pytest.warns(ConvergenceWarning):
        step = smacof(D, 2, start=Z - Z.mean(axis=0), tol=1e-300, max_iter=1).embedding

    def gradient(z):
        moved = z.reshape(5, 2)
        distances = cdist(moved, moved) + np.eye(5)
        weights = 1 - D / distances
        return 2 * (weights.sum(axis=1)[:, None] * moved - weights @ moved).ravel()

    assert check_grad(lambda z: stress(D, z.reshape(5, 2)), gradient, Z.ravel()) < 1e-5
    start = Z - Z.mean(axis=0)
    np.testing.assert_allclose(step, start - gradient(start.ravel()).reshape(5, 2) / (2 * 5), atol=1e-12)


def test_metric_scaling_is_at_least_as_good_as_classical_and_as_scikit_learns():
    D = squareform(np.random.default_rng(5).uniform(1, 2, 190))
    ours = MetricMDS(2, metric="precomputed", n_init=8, random_state=0).fit(D)
    assert ours.stress_ <= stress(D, classical_scaling(D)[0])
    theirs = manifold.MDS(2, metric="precomputed", n_init=8, init="random", random_state=0).fit(D)
    assert ours.stress_ <= 1.02 * stress(D, theirs.embedding_)


def test_geodesics_follow_the_data():
    angles = np.linspace(0, np.pi, 101)
    arc = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    D = geodesic_distances(arc, 2)
    assert D[0, -1] == pytest.approx(np.pi, rel=1e-3)
    np.testing.assert_allclose(D, D.T)


def test_isomap_equals_scikit_learns():
    X, _ = make_swiss_roll(400, random_state=0)
    ours = Isomap(2, n_neighbors=10).fit(X)
    theirs = manifold.Isomap(n_neighbors=10, n_components=2).fit(X)
    np.testing.assert_allclose(ours.dist_matrix_, theirs.dist_matrix_)
    np.testing.assert_allclose(abs(ours.embedding_), abs(theirs.embedding_), atol=1e-8)
    new = X[:7] + 0.1
    np.testing.assert_allclose(abs(ours.transform(new)), abs(theirs.transform(new)), atol=1e-8)
    np.testing.assert_allclose(ours.transform(X[:5]), ours.embedding_[:5], atol=0.5)


def test_coincident_points_are_neighbours():
    D = geodesic_distances([[0.0], [0.0], [0.0], [1.0]], 2)
    np.testing.assert_allclose(D[3], [1, 1, 1, 0])


def test_a_graph_in_parts_is_joined_with_a_warning():
    X = np.array([[0.0], [1.0], [10.0], [11.0]])
    with pytest.warns(UserWarning, match="leaves the graph in 2 parts"):
        D = geodesic_distances(X, 1)
    assert D[0, 3] == 11


def test_discriminants_equal_scikit_learns():
    X, y = load_wine(return_X_y=True)
    ours = LinearDiscriminantAnalysis().fit(X, y)
    theirs = discriminant_analysis.LinearDiscriminantAnalysis(solver="svd", tol=1e-10).fit(X, y)
    means = np.stack([X[y == k].mean(axis=0) for k in range(3)])
    residuals = X - means[y]
    inverse = np.linalg.inv(residuals.T @ residuals / (len(X) - 3))
    log_joint = (
        X @ inverse @ means.T - (means @ inverse * means).sum(axis=1) / 2 + np.log(np.bincount(y) / len(y))
    )
    np.testing.assert_allclose(ours.predict_proba(X), softmax(log_joint, axis=1), atol=1e-10)
    unbiased = np.sqrt((len(X) - 3) / len(X))  # scikit-learn divides the scatter by n, we by n - n_classes
    np.testing.assert_allclose(abs(ours.transform(X)), unbiased * abs(theirs.transform(X)), atol=1e-8)
    np.testing.assert_allclose(ours.explained_variance_ratio_, theirs.explained_variance_ratio_, rtol=1e-9)
    names = np.array(["a", "b", "c"])[y]
    assert (
        LinearDiscriminantAnalysis().fit(X, names).predict(X) == np.array(["a", "b", "c"])[ours.predict(X)]
    ).all()


def test_the_first_discriminant_maximises_the_ratio_of_scatters():
    X, y = load_wine(return_X_y=True)
    means = np.stack([X[y == k].mean(axis=0) for k in range(3)])
    residuals = X - means[y]
    between = means[y] - X.mean(axis=0)

    def ratio(e):
        return ((between @ e) ** 2).sum() / ((residuals @ e) ** 2).sum()

    best = LinearDiscriminantAnalysis(1).fit(X, y).scalings_[:, 0]
    rng = np.random.default_rng(0)
    assert all(ratio(best + 0.01 * abs(best) * rng.standard_normal(13)) < ratio(best) for _ in range(50))
    scores = LinearDiscriminantAnalysis().fit(X, y).transform(X)
    inside = scores - np.stack([scores[y == k].mean(axis=0) for k in range(3)])[y]
    np.testing.assert_allclose(inside.T @ inside / (len(X) - 3), np.eye(2), atol=1e-9)


def test_two_classes_give_log_odds_and_columns_may_be_constant():
    X, y = load_wine(return_X_y=True)
    X, y = X[y < 2].copy(), y[y < 2]
    X[:, 3] = 7.0
    fitted = LinearDiscriminantAnalysis().fit(X, y)
    p = fitted.predict_proba(X)
    np.testing.assert_allclose(fitted.decision_function(X), np.log(p[:, 1] / p[:, 0]), rtol=1e-6, atol=1e-6)
    assert fitted.transform(X).shape == (len(X), 1)


def test_estimators_work_in_a_pipeline_and_a_search():
    X, y = load_wine(return_X_y=True)
    model = make_pipeline(PCA(), LinearDiscriminantAnalysis())
    search = GridSearchCV(model, {"pca__n_components": [2, 5]}, cv=3).fit(X, y)
    assert search.best_score_ > 0.8


def test_importing_the_package_loads_no_scikit_learn():
    code = "import sys, runmath.probability as p; assert 'sklearn' not in sys.modules; p.PCA()"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_every_public_name_is_found_and_listed():
    for name in dimension_reduction.__all__:
        assert getattr(dimension_reduction, name).__name__ == name
        assert name in dir(dimension_reduction)
    with pytest.raises(AttributeError, match="no attribute 'PCAA'"):
        dimension_reduction.PCAA  # noqa: B018


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: PCA(7).fit(data()), "`n_components` must be"),
        (lambda: PCA(2).fit(data()).inverse_transform(np.ones((2, 3))), "`Z` must have 2 columns, got 3"),
        (lambda: pca_by_covariance([[1.0, 2.0]], 1), "at least 2 samples, got 1"),
        (lambda: classical_scaling([[0.0, 1.0], [2.0, 0.0]]), "`D` must be symmetric"),
        (lambda: classical_scaling([[1.0, 1.0], [1.0, 0.0]]), "`D` must be zero on the diagonal, got 1.0"),
        (lambda: classical_scaling([[0.0, -1.0], [-1.0, 0.0]]), "`D` must hold distances >= 0, got -1.0"),
        (lambda: classical_scaling(np.zeros((2, 2)), 3), "`n_components` must be"),
        (lambda: stress(np.zeros((2, 2)), np.zeros((3, 1))), "`embedding` must have 2 rows, got 3"),
        (lambda: smacof(np.zeros((2, 2)), 1, start=np.zeros((2, 2))), r"`start` must have shape \(2, 1\)"),
        (lambda: ClassicalMDS(metric="cosine").fit(data()), "`metric` must be 'euclidean' or 'precomputed'"),
        (lambda: geodesic_distances([[0.0], [1.0]], 2), "`n_neighbors` must be"),
        (lambda: LinearDiscriminantAnalysis().fit(data(), np.zeros(40)), "at least 2 classes, got 1 class"),
        (lambda: LinearDiscriminantAnalysis(3).fit(data(), np.arange(40) % 3), "`n_components` must be"),
        (
            lambda: LinearDiscriminantAnalysis().fit([[0.0], [1.0]], [0, 1]),
            "more samples than classes, got 2",
        ),
        (
            lambda: LinearDiscriminantAnalysis().fit([[0.0], [0.0], [1.0], [1.0]], [0, 0, 1, 1]),
            "`X` must vary within at least one class",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("method", ["transform", "inverse_transform"])
def test_unfitted_use_raises(method):
    with pytest.raises(NotFittedError):
        getattr(PCA(), method)([[1.0]])


@pytest.mark.parametrize("size", [1e-200, 1e-3, 1e3, 1e200])
def test_shares_and_maps_scale_with_the_data(size):
    X = np.random.default_rng(0).standard_normal((30, 3))
    D, y = cdist(X, X), X[:, 0] + X[:, 1] > 0
    with np.errstate(over="ignore"):
        shares = PCA().fit(X * size).explained_variance_ratio_
    np.testing.assert_allclose(shares, PCA().fit(X).explained_variance_ratio_, rtol=1e-12)
    plain, scaled = classical_scaling(D, 2)[0], classical_scaling(D * size, 2)[0]
    np.testing.assert_allclose(abs(scaled / size), abs(plain), rtol=1e-9, atol=1e-12)
    by_lda = LinearDiscriminantAnalysis().fit(X * size, y).predict_proba(X * size)
    np.testing.assert_allclose(by_lda, LinearDiscriminantAnalysis().fit(X, y).predict_proba(X), rtol=1e-8)


def test_rounding_of_a_constant_column_is_no_discriminant():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        X, y = rng.standard_normal((40, 2)), np.arange(40) % 3
        padded = np.column_stack([X, np.full(40, rng.uniform(-100, 100))])
        ours = LinearDiscriminantAnalysis().fit(padded, y).predict_proba(padded)
        np.testing.assert_allclose(
            ours, LinearDiscriminantAnalysis().fit(X, y).predict_proba(X), rtol=1e-9, atol=1e-12
        )


def test_points_that_coincide_in_the_start_are_moved_apart():
    D = 1.0 - np.eye(3)
    assert smacof(D, 2, start=[[0, 0], [0, 0], [1, 0]]).stress < 1e-5
    assert smacof(D, 2, start=np.zeros((3, 2))).stress < 1e-5
