"""What the lessons' prose claims: quoted as it stands, limited, measured, and able to fail.

Whether the claims hold on this machine is seen where whole lessons run (`test_lessons.py`,
`test_demo.py`).
"""

import dataclasses
import re
from types import SimpleNamespace

import pytest
from exercises import lesson_source

from benchmarks import claims

TEXT = "accuracy rises from epoch to epoch"
RISES = claims.claim(TEXT, least=0.1)(lambda lesson: lesson.last - lesson.first)


def words(text):
    return re.sub(r"\s+", " ", text)


def test_every_claim_quotes_the_lesson_as_it_stands(lesson_name):
    lesson = lesson_source(lesson_name)
    prose = [words(cell.source) for cell in lesson.cells if cell.kind == "markdown"]
    for claim in claims.claims_of(lesson_name):
        assert len(claim.says) >= 15, f"{claim.name} quotes too little to be found again"
        assert any(words(claim.says) in cell for cell in prose), f"no cell says “{claim.says}”"


def test_every_claim_was_measured_on_other_machines_and_under_other_seeds(lesson_name):
    """And had room there: a limit that any of them broke is no limit that learners keep."""
    kept = claims.kept(lesson_name)
    for claim in claims.claims_of(lesson_name):
        runs = [run for run in kept if claim.name in run.values]
        assert len({run.machine for run in runs if run.seed == 0}) >= 4, claim.name
        assert len({run.seed for run in runs}) >= 3, claim.name
        for run in runs:
            number = run.values[claim.name]
            assert claim.holds(number), f"{claim.name}: {number} on {run.machine}, seed {run.seed}"


def test_lessons_that_compute_have_claims():
    for name in ("01_pretrained_models", "05_resnet50_transfer_learning", "08_solar_cells"):
        assert len(claims.claims_of(name)) >= 5, name


def test_a_claim_holds_within_its_limits_and_never_for_nan():
    claim = claims.claim("x" * 20, least=0.1, most=0.3)(lambda lesson: 0)
    assert [claim.holds(number) for number in (0.09, 0.1, 0.3, 0.31)] == [False, True, True, False]
    assert not claim.holds(float("nan"))
    assert claim.limit == "at least 0.1 and at most 0.3"
    with pytest.raises(ValueError, match="needs a limit"):
        claims.claim("nothing is said")


def test_a_claim_that_a_run_contradicts_is_told_with_its_words(monkeypatch):
    monkeypatch.setattr(claims, "claims_of", lambda lesson: [RISES])
    measured = claims.measure("90_x", {"first": 0.5, "last": 0.55})
    [line] = claims.broken("90_x", measured)
    assert "0.05" in line and "at least 0.1" in line and TEXT in line
    assert claims.read_report(
        f"a word before\n{claims.report('90_x', {'first': 0, 'last': 1})}\n"
    ) == {RISES.name: 1.0}


def test_another_seed_moves_what_a_notebook_seeds_itself_with():
    names = {}
    code = "import keras, numpy as np\nkeras.utils.set_random_seed(0)\n" + (
        "drawn = [float(keras.random.normal(())), np.random.default_rng(0).random(),\n"
        "         np.random.default_rng().random()]\n"
        "same = np.random.default_rng(7)\n"
        "assert np.random.default_rng(same) is same"
    )
    import keras
    import numpy

    drawn = []
    for seed in (0, 1, 1):
        before = keras.utils.set_random_seed, numpy.random.default_rng
        exec(f"{claims.first_cell(seed)}\n{code}", names)
        keras.utils.set_random_seed, numpy.random.default_rng = before
        drawn.append(names["drawn"])
    assert drawn[1][:2] == drawn[2][:2] and drawn[1][2] != drawn[2][2]
    assert drawn[0][0] != drawn[1][0] and drawn[0][1] != drawn[1][1]


def test_a_kept_run_counts_until_anything_that_the_lesson_depends_on_changes(tmp_path, monkeypatch):
    path = tmp_path / "claims.json"
    lesson = lesson_source("00_start_here")
    key = claims.content_key(lesson)
    claims.keep(lesson.name, [claims.Run("as it is", 0, "code", {}, key)], path)
    assert claims.run_of_content(lesson, path).content == key

    code = next(cell for cell in lesson.cells if cell.kind == "code")
    prose = next(cell for cell in lesson.cells if cell.kind == "markdown")
    for cell, more, counts in (
        (code, "more = 1", True),
        (code, "# more", False),
        (prose, "more", False),
    ):
        cells = tuple(
            dataclasses.replace(each, source=f"{each.source}\n{more}") if each is cell else each
            for each in lesson.cells
        )
        changed = claims.content_key(dataclasses.replace(lesson, cells=cells))
        assert (changed != key) == counts, (cell, more)
    monkeypatch.setattr(claims.environment, "versions", lambda: {"keras": "4"})
    assert claims.run_of_content(lesson, path) is None


def test_runs_are_kept_once_for_each_machine_and_seed(tmp_path, monkeypatch):
    path = tmp_path / "claims.json"
    monkeypatch.setattr(claims, "claims_of", lambda lesson: [RISES])
    old, new, other = (
        claims.Run(machine, seed, "code", {RISES.name: value})
        for machine, seed, value in (("m", 0, 0.1), ("m", 0, 0.2), ("n", 0, 0.4))
    )
    claims.keep("90_x", [old], path)
    claims.keep("91_y", [old], path)
    claims.keep("90_x", [new, other, claims.Run("m", 1, "older", {RISES.name: 0.5})], path)
    kept = claims.kept("90_x", path)
    assert len(kept) == 3 and new in kept and claims.kept("91_y", path) == [old]
    lesson = SimpleNamespace(name="90_x", cells=())
    [line] = claims.lines(lesson, kept)
    assert "0.2 to 0.4 on 2 machines" in line and "0.5 to 0.5 on 1 other seeds" in line
    assert "before the lesson's code changed" in line
