"""A claim must hold and a myth must fall; each must say so to the reader and raise otherwise."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from runmath.claims import (
    ClaimRefutedError,
    MythNotRefutedError,
    at_most,
    claim,
    equal,
    judge,
    less,
    myth,
)
from runmath.claims.render import COLOURS, html, text
from runmath.claims.verdict import MIME
from runmath.testing import arrays, assume


def traces(A, B):
    return np.trace(A @ B), np.trace(B @ A)


SQUARES = arrays("A: n n, B: n n")


def test_a_true_claim_holds_on_all_cases_and_reports_its_largest_error():
    verdict = judge("claim", "tr(AB) = tr(BA)", traces, given=arrays("A: m n, B: n m"))
    assert verdict.cases == 200
    assert 0 < verdict.error < 1e-10
    assert "200 random cases, largest relative error" in verdict.summary


def test_a_false_claim_is_rejected_with_the_smallest_case():
    with pytest.raises(ClaimRefutedError, match=r"A = \[\[0, 0\], \[0, 1\]\], B = \[\[0, 0\], \[1, 0\]\]"):
        claim("AB = BA", lambda A, B: (A @ B, B @ A), given=SQUARES)


def test_a_claim_that_fails_on_one_case_in_hundred_is_rejected():
    with pytest.raises(ClaimRefutedError, match="n = 77"):
        claim("n is not 77", lambda n: n != 77, given=st.integers(0, 99))


def test_none_is_a_case_like_any_other():
    with pytest.raises(ClaimRefutedError, match="x = None"):
        claim("x is something", lambda x: x is not None, given=st.none() | st.integers())
    assert judge("myth", "x is something", lambda x: x is not None, given=st.none()).counterexample == {
        "x": None
    }


def test_a_claim_off_by_five_hundredths_of_a_percent_is_rejected():
    with pytest.raises(ClaimRefutedError):
        claim("x = 1.0005 x", lambda x: (x, 1.0005 * x), given=arrays("x: n"))


def test_a_false_myth_is_refuted_by_the_smallest_counterexample():
    verdict = judge("myth", "AB = BA", lambda A, B: (A @ B, B @ A), given=SQUARES)
    np.testing.assert_array_equal(verdict.counterexample["A"], [[0, 0], [0, 1]])
    np.testing.assert_array_equal(verdict.counterexample["B"], [[0, 0], [1, 0]])
    lhs, relation, rhs = verdict.sides
    np.testing.assert_array_equal(lhs, [[0, 0], [1, 0]])
    np.testing.assert_array_equal(rhs, np.zeros((2, 2)))
    assert relation == "="


def test_a_true_myth_is_rejected():
    with pytest.raises(MythNotRefutedError, match="holds on 2000 random cases"):
        myth("tr(AB) = tr(BA)", traces, given=SQUARES)


def test_the_counterexample_is_readable_where_a_readable_one_exists():
    """Hypothesis alone stops at random numbers here: replaced by small integers they would be zero, and no case."""
    verdict = judge("myth", "det A ≥ 0", lambda A: bool(np.linalg.det(A) > -1e-9), given=arrays("A: n n"))
    np.testing.assert_array_equal(verdict.counterexample["A"], [[-1]])


def test_a_counterexample_is_found_where_no_readable_one_exists():
    verdict = judge("myth", "x is an integer", lambda x: x == round(x), given=arrays("x:"))
    assert verdict.counterexample["x"] % 1 > 0


def test_a_test_that_changes_its_arguments_does_not_change_what_is_shown():
    def spoil(x):
        x[:] = 99
        return False

    verdict = judge("myth", "x is nice", spoil, given=arrays("x: 2"))
    np.testing.assert_array_equal(verdict.counterexample["x"], [0, 0])


def test_rounding_does_not_refute_a_myth():
    with pytest.raises(MythNotRefutedError):
        myth("0.1 n + 0.2 n = 0.3 n", lambda n: (0.1 * n + 0.2 * n, 0.3 * n), given=st.integers(1, 99))


def test_a_statement_without_variables_is_evaluated_once():
    assert judge("claim", "2 + 2 = 4", lambda: (2 + 2, 4)).summary == "holds exactly: 4 = 4"
    assert judge("myth", "2 + 2 = 5", lambda: (2 + 2, 5)).summary == "refuted: 4 ≠ 5"
    with pytest.raises(ClaimRefutedError, match="4 ≠ 5"):
        judge("claim", "2 + 2 = 5", lambda: (2 + 2, 5))
    with pytest.raises(MythNotRefutedError, match="its only case"):
        judge("myth", "2 + 2 = 4", lambda: (2 + 2, 4))


@pytest.mark.parametrize("worthless", [np.nan, np.inf])
def test_sides_that_are_not_finite_never_satisfy_a_claim(worthless):
    with pytest.raises(ClaimRefutedError):
        judge("claim", "x = 1", lambda: (worthless, 1.0))
    with pytest.raises(ClaimRefutedError):
        judge("claim", "NaN = NaN", lambda: (np.nan, np.nan))
    with pytest.raises(ClaimRefutedError):
        judge("claim", "x ≤ 1", lambda: at_most(worthless, 1.0))


def test_sides_of_different_shape_are_not_equal():
    with pytest.raises(ClaimRefutedError):
        judge("claim", "a vector is its column", lambda: (np.ones(3), np.ones((3, 1))))


def test_all_comparisons_of_a_list_must_hold():
    with pytest.raises(ClaimRefutedError, match="3 ≥ 2"):
        judge("claim", "1 < 2 and 3 < 2", lambda: [less(1, 2), less(3, 2)])
    assert judge("claim", "1 = 1 = 1", lambda: (1.0, 1.0, 1.0)).error == 0
    with pytest.raises(ClaimRefutedError):
        judge("claim", "1 = 1 = 2", lambda: (1.0, 1.0, 2.0))


def test_a_strict_inequality_excludes_equality_and_a_weak_one_includes_it():
    assert at_most(2, 2).holds
    assert not less(2, 2).holds
    assert less(2, 2).clearly_fails


@pytest.mark.parametrize("rtol", [-1e-3, 1.0, np.inf, np.nan])
@pytest.mark.parametrize("compare", [equal, at_most])
def test_a_tolerance_that_lets_anything_pass_is_refused(compare, rtol):
    with pytest.raises(ValueError, match="`rtol` must be at least 0 and below 1"):
        compare(1.0, 2.0, rtol=rtol)


def test_the_scale_decides_how_a_difference_counts():
    assert not equal(1e-12, 0.0).holds
    assert equal(1e-12, 0.0, scale=1.0).holds


def test_an_outcome_that_asserts_nothing_is_an_error():
    for outcome in (None, 3.0, [], (1,)):
        with pytest.raises(TypeError, match="must return a bool"):
            judge("claim", "nothing", lambda outcome=outcome: outcome)


def test_an_exception_in_the_test_is_not_a_refutation():
    with pytest.raises(ZeroDivisionError):
        myth("1/n = n", lambda n: (1 / n, n), given=st.just(0))


def test_a_claim_whose_condition_no_case_meets_is_an_error():
    with pytest.raises(Unsatisfiable):
        claim("x = x for impossible x", lambda x: assume(False) and (x, x), given=arrays("x: n"))


def test_bad_arguments_are_refused():
    with pytest.raises(ValueError, match="`kind` must be"):
        judge("lemma", "1 = 1", lambda: True)
    for nothing in (" ", None, 5):
        with pytest.raises(ValueError, match="`statement` must say"):
            judge("claim", nothing, lambda: True)
    with pytest.raises(TypeError, match="`test` must take the 1 values"):
        judge("claim", "x = y", lambda x, y: True, given=st.integers())


def test_the_same_statement_draws_the_same_cases_whatever_else_is_loaded(tmp_path):
    """A fresh process, with a local module full of constants loaded, sees the cases that this one sees."""
    (tmp_path / "constants_here.py").write_text(
        "A, B, C = 2, -1, 7\n" + "D = [" + ", ".join(map(str, range(99))) + "]"
    )
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "if sys.argv[2] == 'with': import constants_here\n"
        "from hypothesis.strategies import integers, lists\n"
        "from runmath.claims.search import smallest_failure\n"
        "seen = []\n"
        "smallest_failure(lists(integers(-99, 99)), lambda v: seen.append(v), cases=60, seed=5)\n"
        "print(seen)"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", script, str(tmp_path), mode], capture_output=True, text=True, check=True
        ).stdout
        for mode in ("with", "without")
    ]
    assert runs[0] == runs[1]
    assert len(runs[0]) > 60


def test_the_html_escapes_the_statement_and_typesets_the_counterexample():
    verdict = judge("myth", "A < B & C", lambda A: (A, 2 * A), given=arrays("A: 2 2"))
    page = html(verdict)
    assert "A &lt; B &amp; C" in page
    assert "<mtable>" in page
    assert f'id="{verdict.slug}"' in page
    assert "<script" not in page
    assert "<style" not in page


def test_the_mime_bundle_carries_the_record_from_which_the_claims_page_is_made():
    verdict = judge("claim", "1 = 1", lambda: (1, 1))
    bundle = verdict._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", MIME}
    assert bundle[MIME]["statement"] == "1 = 1"
    assert bundle[MIME]["slug"] in bundle["text/html"]


def test_sides_too_large_to_read_are_not_shown():
    assert judge("claim", "0 = 0", lambda: (np.zeros(99), np.zeros(99))).summary == "holds exactly"


def test_complex_numbers_and_signed_zeros_are_legible():
    verdict = judge("myth", "z is real", lambda z: (z, z.conjugate()), given=st.just(1 - 0.5j))
    assert verdict.summary == "refuted by z = 1 − 0.5i: 1 − 0.5i ≠ 1 + 0.5i"
    assert "<mn>0 + 1i</mn>" in html(judge("claim", "i = i", lambda: (np.array([1j]), np.array([1j]))))
    assert text([-0.0, 0.0]) == "[0, 0]"
    assert text(None) == "None"


def test_one_case_is_no_plural():
    assert judge("claim", "x = 1", lambda x: (x, 1), given=st.just(1)).summary == "holds on 1 case, exactly"


def test_an_inequality_that_holds_reports_its_sides_and_no_error():
    assert judge("claim", "1 ≤ 2", lambda: at_most(1, 2)).summary == "holds: 1 ≤ 2"


def test_the_boxes_of_the_landing_page_say_what_the_code_says():
    page = " ".join((Path(__file__).parents[2] / "intro.md").read_text(encoding="utf8").split())
    held, error = judge("claim", "tr(AB) = tr(BA)", traces, given=arrays("A: m n, B: n m")).summary.rsplit(
        " ", 1
    )
    assert held in page
    assert float(error) < 1e-14  # its digits depend on the machine
    refuted = judge("myth", "AB = BA", lambda A, B: (A @ B, B @ A), given=SQUARES).summary
    case, sides = refuted.split(": ")
    assert case in page
    assert sides.replace("≠", "and") in page


def test_distinct_statements_have_distinct_anchors():
    slugs = {
        judge("claim", text, lambda: True).slug for text in ("‖A‖ ≥ 0", "‖B‖ ≥ 0", "tr A = tr Aᵀ", "det A")
    }
    assert len(slugs) == 4
    assert all(slug.replace("-", "").isalnum() and slug.isascii() for slug in slugs)


def test_the_marks_have_contrast_three_on_white_and_on_black():
    def luminance(colour):
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    for colour in COLOURS.values():
        for background in ("#ffffff", "#121212"):
            low, high = sorted([luminance(colour), luminance(background)])
            assert (high + 0.05) / (low + 0.05) >= 3


def test_outside_a_notebook_the_verdict_is_printed(capsys):
    claim("1 = 1", lambda: (1, 1))
    assert capsys.readouterr().out.startswith("claim: 1 = 1\n  holds exactly: 1 = 1")
