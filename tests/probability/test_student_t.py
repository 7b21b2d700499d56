"""Student's t agrees with SciPy, with its definition as a ratio, and is fitted by its likelihood."""

import numpy as np
import pytest
from runmath.core import ConvergenceWarning
from runmath.probability import StudentT
from scipy import stats


@pytest.mark.parametrize("df", [0.3, 1, 2.5, 30, 999, 1001, 1e6])
def test_density_distribution_and_quantiles_equal_scipys(df):
    ours, theirs = StudentT(df, 1.0, 2.0), stats.t(df, 1.0, 2.0)
    x = np.linspace(-20, 20, 81)
    np.testing.assert_allclose(ours.log_pdf(x), theirs.logpdf(x), rtol=1e-11)
    np.testing.assert_allclose(ours.cdf(x), theirs.cdf(x), rtol=1e-10)
    np.testing.assert_allclose(ours.sf(x), theirs.sf(x), rtol=1e-10)
    q = np.array([0.01, 0.5, 0.9])
    np.testing.assert_allclose(ours.quantile(q), theirs.ppf(q), rtol=1e-8, atol=1e-12)


def test_samples_follow_the_distribution():
    T = StudentT(2.5, 1.0, 2.0)
    assert stats.kstest(T.sample(5000, rng=0), T.cdf).pvalue > 1e-3


@pytest.mark.parametrize("df", [0.8, 3.0, 10.0])
def test_a_fit_is_as_likely_as_scipys(df):
    x = StudentT(df, -1.0, 3.0).sample(800, rng=2)
    ours = StudentT.fit(x)
    theirs = stats.t.logpdf(x, *stats.t.fit(x)).sum()
    assert ours.log_pdf(x).sum() >= theirs - 1e-3
    for step in (1e-3, -1e-3):
        for other in (
            StudentT(ours.df * (1 + step), ours.loc, ours.scale),
            StudentT(ours.df, ours.loc + step, ours.scale),
            StudentT(ours.df, ours.loc, ours.scale * (1 + step)),
        ):
            assert other.log_pdf(x).sum() < ours.log_pdf(x).sum() + 1e-9


def test_a_fit_moves_with_its_data():
    x = StudentT(3).sample(300, rng=4)
    plain, moved = StudentT.fit(x), StudentT.fit(5 + 2 * x)
    assert (moved.df, moved.loc, moved.scale) == pytest.approx(
        (plain.df, 5 + 2 * plain.loc, 2 * plain.scale), rel=1e-5
    )


def test_lighter_tails_than_normal_stop_at_the_largest_df():
    x = np.concatenate([np.full(50, -1.0), np.full(50, 1.0)])
    fit = StudentT.fit(x)
    assert fit.df == 1e4
    assert fit.scale == pytest.approx(1, rel=1e-3)


def test_stopping_early_is_a_warning():
    with pytest.warns(ConvergenceWarning, match="Student's t did not converge; raise `max_iter`"):
        StudentT.fit(StudentT(3).sample(100, rng=0), max_iter=1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: StudentT(0), "`df` must be positive and finite, got 0"),
        (lambda: StudentT(np.inf), "`df` must be"),
        (lambda: StudentT(1, 0, -1), "`scale` must be positive"),
        (lambda: StudentT(1, np.inf), "`loc` must be finite"),
        (lambda: StudentT.fit([1.0, 2.0]), "at least 3 values"),
        (lambda: StudentT.fit([1.0, 1.0, 1.0]), "values that differ"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("df", [0.5, 1, 3, 30, 1e4, 1e10])
def test_far_quantiles_and_tails_belong_together(df):
    T = StudentT(df)
    np.testing.assert_array_equal(T.quantile([0, 0.5, 1]), [-np.inf, 0, np.inf])
    for q in (1e-300, 1e-100, 1e-20, 1e-5, 0.3, 0.49999):
        x = float(T.quantile(q))
        assert T.quantile(1 - q) == pytest.approx(-x, rel=1e-6) or q < 1e-9
        if np.isfinite(x):  # else it exceeds the largest float
            assert float(T.cdf(x)) == pytest.approx(q, rel=1e-9)
            assert float(T.sf(-x)) == pytest.approx(q, rel=1e-9)
    assert np.isnan(T.quantile([-0.1, 1.1])).all()


def test_the_density_of_the_cauchy_distribution_is_known_at_any_distance():
    x = np.array([1e-200, 1e100, 1e200, -1e300])
    np.testing.assert_allclose(
        StudentT(1).log_pdf(x), [-np.log(np.pi), *(-np.log(np.pi) - 2 * np.log(abs(x[1:])))], rtol=1e-13
    )


@pytest.mark.parametrize("scale", [2.0**-700, 2.0**700])
def test_a_fit_in_another_unit_is_the_same(scale):
    x = StudentT(3).sample(200, rng=0)
    plain, scaled = StudentT.fit(x), StudentT.fit(scale * x)
    assert scaled.df == pytest.approx(plain.df, rel=1e-6)
    assert scaled.scale / scale == pytest.approx(plain.scale, rel=1e-6)


@pytest.mark.parametrize("x", [[0, 0, 1], [0] * 60 + list(range(1, 40))])
def test_an_unbounded_likelihood_is_named(x):
    with pytest.raises(ValueError, match="so many equal values"):
        StudentT.fit(x)
