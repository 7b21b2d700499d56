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
