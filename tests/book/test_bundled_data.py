"""The page on data names every bundled file with its source and its licence."""

import sys
from pathlib import Path

from runmath.data.catalogue import CATALOGUE

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "_ext"))
import bundled_data


def test_every_bundled_file_is_listed_with_content_source_and_licence():
    text = bundled_data.DatasetsList.run(None)[0].astext()
    for entry in CATALOGUE.values():
        for said in (entry.file, entry.content[1:], entry.licence, f"{entry.arrays[0][1][0]:,}"):
            assert said.replace("`", "") in text


def test_what_stands_in_backticks_is_code():
    plain, code, rest = bundled_data.with_code("made by `make` alone")
    assert (plain.astext(), code.tagname, rest.astext()) == ("made by ", "literal", " alone")
