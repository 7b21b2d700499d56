"""The normal distribution: density, samples, marginals and conditionals against SciPy, quadrature and regression."""

import numpy as np
import pytest
from runmath.probability import Gaussian
from scipy import stats
from scipy.integrate import quad


def random_gaussian(d, seed=0, condition=1e2):
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.standard_normal((d, d)))
    return Gaussian(rng.standard_normal(d), (Q * np.geomspace(1, condition, d)) @ Q.T)


@pytest.mark.parametrize("d", [1, 2, 5])
@pytest.mark.parametrize("condition", [1e0, 1e4, 1e8])
def test_the_density_equals_scipys(d, condition):
    ours = random_gaussian(d, 1, condition)
    x = ours.sample(20, rng=2)
    theirs = stats.multivariate_normal(ours.mean, ours.cov).logpdf(x)
    # solving with a matrix of condition c loses log10 c digits of the squared distance
    np.testing.assert_allclose(ours.log_pdf(x), theirs, rtol=1e-13 * condition, atol=1e-13 * condition)


def test_points_of_any_shape():
    pair = random_gaussian(2)
    x = pair.sample(6, rng=0).reshape(2, 3, 2)
    assert pair.log_pdf(x).shape == (2, 3)
    assert pair.log_pdf(x[0, 0]).shape == ()
    assert pair.log_pdf(x)[1, 2] == pytest.approx(float(pair.log_pdf(x[1, 2])))


def test_samples_have_the_mean_and_the_covariance():
    ours = random_gaussian(3, 3)
    n = 40_000
    X = ours.sample(n, rng=4)
    sd = np.sqrt(np.diag(ours.cov))
    assert (abs(X.mean(axis=0) - ours.mean) < 4.5 * sd / np.sqrt(n)).all()
    # Var of a sample covariance: (Σ_ii Σ_jj + Σ_ij²) / n
    error = np.sqrt((np.outer(sd**2, sd**2) + ours.cov**2) / n)
    assert (abs(np.cov(X.T) - ours.cov) < 4.5 * error).all()


def test_squared_distances_of_samples_are_chi_square():
    ours = random_gaussian(4, 5)
    X = ours.sample(5000, rng=6)
    log_peak = ours.log_pdf(ours.mean)
    assert stats.kstest(2 * (log_peak - ours.log_pdf(X)), stats.chi2(4).cdf).pvalue > 1e-3


def test_a_marginal_is_the_integral_of_the_density():
    pair = random_gaussian(2, 7)
    y = pair.mean[1] + 0.7
    integral = quad(lambda x: np.exp(pair.log_pdf([x, y])), -np.inf, np.inf, epsabs=1e-12)[0]
    assert integral == pytest.approx(float(np.exp(pair.marginal(1).log_pdf([y]))), rel=1e-8)


def test_marginals_come_in_the_order_asked_for():
    three = random_gaussian(3, 8)
    swapped = three.marginal([2, 0])
    np.testing.assert_array_equal(swapped.mean, three.mean[[2, 0]])
    np.testing.assert_array_equal(swapped.cov, three.cov[[2, 0]][:, [2, 0]])


@pytest.mark.parametrize(("d", "known"), [(2, [0]), (4, [3, 1]), (5, [0, 2, 4])])
def test_joint_density_is_marginal_times_conditional(d, known):
    ours = random_gaussian(d, 9)
    rest = [i for i in range(d) if i not in known]
    for x in ours.sample(10, rng=1):
        parts = ours.marginal(known).log_pdf(x[known]) + ours.condition(known, x[known]).log_pdf(x[rest])
        assert float(parts) == pytest.approx(float(ours.log_pdf(x)), rel=1e-11)


def test_the_order_of_the_known_variables_does_not_matter():
    ours = random_gaussian(4, 10)
    a, b = ours.condition([3, 0], [1.0, -2.0]), ours.condition([0, 3], [-2.0, 1.0])
    np.testing.assert_allclose(a.mean, b.mean, rtol=1e-12)
    np.testing.assert_allclose(a.cov, b.cov, rtol=1e-12)


def test_conditioning_at_once_and_one_by_one_agree():
    ours = random_gaussian(5, 11)
    at_once = ours.condition([1, 3], [0.5, -1.0])
    stepwise = ours.condition(3, -1.0).condition(1, 0.5)
    np.testing.assert_allclose(stepwise.mean, at_once.mean, rtol=1e-11)
    np.testing.assert_allclose(stepwise.cov, at_once.cov, rtol=1e-11, atol=1e-13)


def test_the_conditional_covariance_is_the_inverse_of_a_block_of_the_precision():
    ours = random_gaussian(5, 12)
    precision = np.linalg.inv(ours.cov)
    np.testing.assert_allclose(
        ours.condition([1, 4], [0.0, 0.0]).cov,
        np.linalg.inv(precision[np.ix_([0, 2, 3], [0, 2, 3])]),
        rtol=1e-11,
    )


def test_the_conditional_mean_is_least_squares():
    X = random_gaussian(3, 13).sample(50, rng=0)
    design = np.column_stack([np.ones(50), X[:, :2]])
    coefficients = np.linalg.lstsq(design, X[:, 2])[0]
    new = np.array([0.3, -0.8])
    assert Gaussian.fit(X).condition([0, 1], new).mean[0] == pytest.approx(coefficients @ [1, *new])


def test_fit_is_the_sample_mean_and_covariance():
    X = np.random.default_rng(14).standard_normal((30, 3))
    np.testing.assert_allclose(Gaussian.fit(X).cov, np.cov(X.T), rtol=1e-13)
    np.testing.assert_allclose(Gaussian.fit(X, ddof=0).cov, np.cov(X.T, ddof=0), rtol=1e-13)
    np.testing.assert_allclose(Gaussian.fit(X).mean, X.mean(axis=0))


def test_an_affine_map_has_the_density_of_the_new_variables():
    pair = random_gaussian(2, 15)
    A, b = np.array([[1.0, 2.0], [0.0, -3.0]]), np.array([1.0, 1.0])
    mapped = pair.affine(A, b)
    x = np.array([0.4, -0.2])
    assert mapped.log_pdf(A @ x + b) == pytest.approx(pair.log_pdf(x) - np.log(3))
    assert pair.affine([[1.0, 1.0]]).cov[0, 0] == pytest.approx(pair.cov.sum())


def test_a_singular_covariance_is_sampled_and_conditioned_but_has_no_density():
    line = Gaussian([1.0, 2.0], [[1.0, 2.0], [2.0, 4.0]])
    X = line.sample(100, rng=0)
    np.testing.assert_allclose(X[:, 1], 2 * X[:, 0], atol=1e-12)
    sure = line.condition(0, 3.0)
    np.testing.assert_allclose([sure.mean[0], sure.cov[0, 0]], [6.0, 0.0], atol=1e-14)
    with pytest.raises(ValueError, match="singular covariance has no density; take"):
        line.log_pdf([1.0, 2.0])


@pytest.mark.parametrize("seed", range(5))
def test_multiples_of_one_variable_are_known_when_it_is(seed):
    v = np.random.default_rng(seed).standard_normal(6)
    sure = Gaussian(np.zeros(6), np.outer(v, v)).condition(0, 1.0)
    np.testing.assert_allclose(sure.mean, v[1:] / v[0], rtol=1e-12)
    np.testing.assert_array_equal(sure.cov, np.zeros((5, 5)))


def test_what_is_nearly_known_keeps_a_covariance_without_negative_eigenvalues():
    t = np.linspace(0, 1, 40)
    cov = np.exp(-((t[:, None] - t) ** 2) * 8)  # numerically singular
    smooth = Gaussian(np.zeros(40), cov + 1e-10 * np.eye(40))
    left = smooth.condition(range(0, 40, 2), np.sin(t[::2]))
    assert np.linalg.eigvalsh(left.cov).min() > -1e-14
    assert abs(left.mean - np.sin(t[1::2])).max() < 1e-2


@pytest.mark.parametrize("unit", [1.0, 1e5, 1e10])
def test_the_units_of_one_variable_do_not_change_what_is_left_of_the_others(unit):
    cov = np.array([[1.0, 0.2, 0.1], [0.2, 1.0, 0.5], [0.1, 0.5, 1.0]])
    scale = np.array([unit, 1, 1])
    left = Gaussian(np.zeros(3), cov * np.outer(scale, scale)).condition(2, 1.0)
    expected = cov[:2, :2] - np.outer(cov[:2, 2], cov[2, :2])
    np.testing.assert_allclose(left.cov / np.outer(scale[:2], scale[:2]), expected, rtol=1e-14)


def test_samples_of_a_singular_covariance_in_different_units_have_its_variances():
    scale = np.array([1.0, 1e10, 1e5])
    root = scale[:, None] * np.array([[0.6, 0.8], [1.0, 0.0], [0.6, -0.8]])
    X = Gaussian(np.zeros(3), root @ root.T).sample(20_000, rng=0) / scale
    assert (abs(X.var(axis=0) - 1) < 4 * np.sqrt(2 / 20_000)).all()
    np.testing.assert_allclose(X[:, 0] + X[:, 2], 1.2 * X[:, 1], atol=1e-6)  # the root of rounding errors


@pytest.mark.parametrize("seed", range(20))
def test_a_combination_without_variance_is_an_affine_map_like_any_other(seed):
    root = np.random.default_rng(seed).standard_normal((5, 2))
    flat = np.linalg.svd(root)[0][:, -1:].T  # flat @ root = 0
    sure = Gaussian(np.zeros(5), root @ root.T).affine(flat)
    assert 0 <= sure.cov[0, 0] < 1e-13


def test_an_empty_batch_has_no_densities():
    assert Gaussian([0.0, 0.0], np.eye(2)).log_pdf(np.zeros((0, 2))).shape == (0,)


def test_arrays_are_copied_and_cannot_be_written_to():
    mean, cov = np.zeros(2), np.eye(2)
    ours = Gaussian(mean, cov)
    cov[0, 0] = 5
    assert ours.cov[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        ours.cov[0, 0] = 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: Gaussian([0.0], np.eye(2)), ValueError, "`cov` must have 1 rows like `mean`"),
        (lambda: Gaussian([0.0, 0.0], [[1.0, 0.5], [0.4, 1.0]]), ValueError, "`cov` must be symmetric"),
        (
            lambda: Gaussian([0.0, 0.0], [[1.0, 2.0], [2.0, 1.0]]),
            ValueError,
            "eigenvalues of at least 0, got -1",
        ),
        (lambda: Gaussian([0.0], [[-1.0]]), ValueError, "eigenvalues of at least 0"),
        (lambda: random_gaussian(2).log_pdf([1.0]), ValueError, "`x` must have 2 coordinates"),
        (lambda: random_gaussian(2).log_pdf(1.0), ValueError, "`x` must have 2 coordinates"),
        (lambda: random_gaussian(2).marginal([0, 0]), ValueError, "each given once"),
        (lambda: random_gaussian(2).marginal([]), ValueError, "one or more"),
        (lambda: random_gaussian(2).marginal(2), ValueError, "`indices` must be between 0 and 1, got 2"),
        (lambda: random_gaussian(2).condition([0, 1], [0, 0]), ValueError, "leave at least one variable"),
        (
            lambda: random_gaussian(2).condition(0, [0, 0]),
            ValueError,
            "`values` must be a vector of 1 entries",
        ),
        (
            lambda: Gaussian(np.zeros(3), np.ones((3, 3))).condition([0, 1], [1, 1]),
            ValueError,
            "be invertible",
        ),
        (lambda: random_gaussian(2).affine([[1.0]]), ValueError, "`A` must have 2 columns"),
        (lambda: random_gaussian(2).log_pdf([np.inf, 0]), ValueError, "`x` must be finite"),
        (lambda: random_gaussian(2).log_pdf(["a", "b"]), TypeError, "`x` must be an array of real numbers"),
        (lambda: random_gaussian(2).log_pdf([1j, 0]), TypeError, "`x` must be an array of real numbers"),
        (lambda: Gaussian.fit(np.eye(3), ddof=0.5), TypeError, "`ddof` must be an integer"),
        (lambda: Gaussian.fit(np.eye(3), ddof=-1), ValueError, "`ddof` must be at least 0"),
        (lambda: Gaussian.fit([[1.0, 2.0]]), ValueError, "`X` must have more than `ddof` = 1 rows, got 1"),
        (lambda: random_gaussian(2).sample(0, rng=0), ValueError, "`n` must be at least 1"),
        (lambda: random_gaussian(2).sample(3, rng=None), TypeError, "`rng` must be"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
