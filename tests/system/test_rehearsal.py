"""A whole class handed in and graded, end to end: 60 submissions whose marks are known beforehand.

Each is a mixture of right, wrong and untouched answers to lesson 06, and of answers that crash,
never end, cheat or break the file. Every mark has to come out as it was known, in the ledger, in
nbgrader's gradebook and in the exported file.
"""

import csv
import json
import random
import shutil
import zipfile

import nbformat
import pytest
from commands import course
from exercises import sample_answers
from graded import points

from course_tools.commands.sample_class import write_submission
from course_tools.grading.classroom import init_class, open_api

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("bwrap"), reason="the sandbox needs bubblewrap"),
]

LESSON = "06_metrics"
SIZE = 60
# What an answer of each kind may come to: verdicts with the share of the points (None: undecided).
# An object of the learner's own kind is refused, or left to a person when a test looks into it.
OUTCOMES = {
    "right": {("graded", 1.0)},
    "wrong": {("graded", 0.0)},
    "untouched": {("graded", 0.0)},
    "ends": {("crashed", None)},
    "computes for ever": {("timeout", None)},
    "waits for ever": {("timeout", None)},
    "always equal": {("graded", 0.0), ("needs-human", None)},
    "no assertions": {("graded", 0.0)},
    "deleted": {("missing", None)},
}
CHEATS = {
    "ends": "import os\nos._exit(0)\n",
    "computes for ever": "while True:\n    pass\n",
    "waits for ever": "import threading\nthreading.Event().wait()\n",
    "always equal": (
        "class Equal(float):\n"
        "    def __eq__(self, other):\n        return True\n"
        "    def __ne__(self, other):\n        return False\n"
        "    __hash__ = float.__hash__\n"
        "def {name}(*args, **kwargs):\n    return Equal(7.25)\n"
    ),
    "no assertions": (
        "from unittest import mock\n"
        "mock.patch('course_lib.checks.close', lambda *a, **k: None).start()\n"
        "mock.patch('course_lib.checks.equal', lambda *a, **k: None).start()\n"
        "mock.patch('course_lib.checks.true', lambda *a, **k: None).start()\n"
        "mock.patch('numpy.testing.assert_allclose', lambda *a, **k: None).start()\n"
        "def {name}(*args, **kwargs):\n    return None\n"
    ),
}
# Each takes its whole limit, which is generous, so that a busy machine makes no other answer late.
HANGING, CELL_SECONDS = {"student11": "computes for ever", "student23": "waits for ever"}, 45
UNREADABLE = {"student07": b"", "student29": b"<<<<<<< HEAD\n{}\n=======", "student41": b"\xff\xfe"}


@pytest.fixture(scope="module")
def worth(root):
    return points(root, LESSON)


@pytest.fixture(scope="module")
def plan(worth):
    """What each student hands in: student -> exercise -> kind of answer."""
    draw = random.Random(2026)
    weights = [40, 30, 10, 4, 0, 0, 4, 4, 3]
    plan = {
        f"student{number:02}": dict(
            zip(worth, draw.choices(list(OUTCOMES), weights, k=len(worth)), strict=True)
        )
        for number in range(SIZE)
    }
    for (student, kind), exercise in zip(HANGING.items(), worth, strict=False):
        plan[student][exercise] = kind
    return plan


@pytest.fixture(scope="module")
def directory(root, worth, plan, tmp_path_factory):
    """The class, graded by the commands that an instructor types."""
    folder = tmp_path_factory.mktemp("rehearsal")
    directory = folder / "class"
    init_class(directory, [root / "solutions" / f"{LESSON}.ipynb"], repository_root=root)
    config = directory / "nbgrader_config.py"
    limit = "c.CourseGrading.cell_seconds = "
    config.write_text(config.read_text().replace(f"{limit}300", f"{limit}{CELL_SECONDS}"))
    export = folder / "export.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for student, content in handed_in(directory, plan, folder):
            archive.writestr(f"{student}/{LESSON}.ipynb", content)
    for command in (("class", "collect", directory, LESSON, export), ("grade", directory, LESSON)):
        done = course(*command)
        assert done.returncode == 0, done.stdout + done.stderr
    return directory


def handed_in(directory, plan, folder):
    """Yield (student, content of the file)."""
    draw = random.Random(6)
    release = directory / "release" / LESSON / f"{LESSON}.ipynb"
    for student, kinds in plan.items():
        if student in UNREADABLE:
            yield student, UNREADABLE[student]
            continue
        path = folder / "written" / f"{student}.ipynb"
        answers = {exercise: answer(exercise, kind, draw) for exercise, kind in kinds.items()}
        write_submission(release, {e: text for e, text in answers.items() if text}, path)
        notebook = nbformat.read(path, as_version=4)
        notebook.cells = [
            cell
            for cell in notebook.cells
            if kinds.get(cell.metadata.get("nbgrader", {}).get("grade_id")) != "deleted"
        ]
        yield student, nbformat.writes(notebook)


def answer(exercise, kind, draw):
    if kind in ("right", "wrong"):
        files = [p for lesson, e, p in sample_answers(kind) if (lesson, e) == (LESSON, exercise)]
        return draw.choice(files).read_text(encoding="utf-8")
    return CHEATS.get(kind, "").replace("{name}", exercise)


@pytest.fixture(scope="module")
def records(directory):
    ledger = json.loads((directory / "ledger" / f"{LESSON}.json").read_text(encoding="utf-8"))
    return {record["student"]: record for record in ledger["submissions"]}


def test_every_mark_of_the_class_is_the_one_that_was_known(records, plan, worth):
    assert set(records) == set(plan) and len(plan) == SIZE
    differing = []
    for student, kinds in plan.items():
        for question in records[student]["questions"]:
            if question["id"] not in worth:  # the written answer, which nobody has given
                continue
            allowed = {
                (verdict, None if share is None else share * worth[question["id"]])
                for verdict, share in OUTCOMES[kinds[question["id"]]]
            }
            if student in UNREADABLE:
                allowed = {("unreadable", None)}
            if (question["verdict"], question["score"]) not in allowed:
                differing.append((student, kinds[question["id"]], allowed, question))
    assert not differing


def test_gradebook_and_export_agree_with_the_ledger(directory, records, tmp_path):
    done = course("export", directory, "--output", tmp_path / "marks.csv")
    assert done.returncode == 0, done.stdout + done.stderr
    with open(tmp_path / "marks.csv", newline="", encoding="utf-8") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    with open_api(directory) as api, api.gradebook as gradebook:
        for student, record in records.items():
            scores = [question["score"] for question in record["questions"]]
            undecided, known = None in scores, sum(score or 0 for score in scores)
            submission = gradebook.find_submission(LESSON, student)
            assert (submission.score, submission.needs_manual_grade) == (known, undecided), student
            assert rows[student]["score"] == ("" if undecided else f"{known:g}"), rows[student]
            assert rows[student]["needs_manual_grade"] == ("yes" if undecided else "no")
