"""Which tests `make test` hands out together, and which it starts first."""

import pytest
from checkout import ROOT
from scheduling import APART, LONGEST, place, unit

FILES = {path.name: path.read_text(encoding="utf-8") for path in ROOT.glob("tests/**/test_*.py")}


@pytest.mark.parametrize("name", sorted({*APART, *LONGEST}))
def test_what_is_handed_out_by_name_is_there(name):
    found = [file for file, text in FILES.items() if file.startswith(name) or f"def {name}" in text]
    assert found, f"{name} has another name now: change it in tests/support/scheduling.py"


def test_the_tests_of_a_file_stay_together_and_long_ones_come_first():
    site = [f"tests/system/test_site.py::test_{name}" for name in ("links", "search")]
    proofs = [f"tests/lessons/test_proof.py::{APART[1]}[{name}]" for name in ("00", "01")]
    quick = "tests/lessons/test_proof.py::test_the_kept_verdicts"
    assert len({unit(each) for each in site}) == 1
    assert len({unit(each) for each in [*proofs, quick]}) == 3
    assert sorted([quick, *site, *proofs], key=place) == [*proofs, *site, quick]
