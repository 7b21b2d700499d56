"""A number and its unit stay on one line; code and formulas are left as they are."""

import sys
from pathlib import Path

import pytest
from docutils import nodes

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "_ext"))
import typography

NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("in 95 % of 20 cases", f"in 95{NBSP}% of 20 cases"),
        ("0.5 s, 3 MiB, 17 dB.", f"0.5{NBSP}s, 3{NBSP}MiB, 17{NBSP}dB."),
        ("12 samples and 3 minutes", "12 samples and 3 minutes"),
        ("all %", "all %"),
    ],
)
def test_a_number_is_kept_with_its_unit(text, kept):
    paragraph = nodes.paragraph("", "", nodes.Text(text), nodes.strong("", text), nodes.literal("", text))
    typography.keep_units(None, paragraph, "page")
    assert [child.astext() for child in paragraph] == [kept, kept, text]
