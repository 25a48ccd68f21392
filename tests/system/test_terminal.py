"""Tables on a screen of usual width."""

import io

from rich.console import Console

from course_tools.commands.terminal import marks_table
from course_tools.grading.record import (
    LEFT_UNANSWERED,
    QuestionRecord,
    Record,
    Status,
    Verdict,
)


def question(name, score, message="", of=2.0):
    verdict = Verdict.NEEDS_HUMAN if score is None else Verdict.GRADED
    return QuestionRecord(
        id=name, verdict=verdict, score=score, max_score=of, message=message, key=None
    )


def record(student, *questions):
    decided = [each.score for each in questions if each.score is not None]
    return Record(
        lesson="05", student=student, status=Status.NEEDS_HUMAN, score=sum(decided),
        max_score=7.0, flags=(), submission_sha256="", source_sha256="", key="", seconds=1.0,
        peak_memory_bytes=0, questions=questions,
    )  # fmt: skip


def test_marks_have_numbered_columns_and_a_legend_and_unread_answers_no_points():
    names = ["caffe_preprocess_for_resnet50", "repair_the_listing"]
    records = [
        record("Ada", question(names[0], 2.0), question(names[1], 0.0),
               question("why", None, "A person reads this answer.", 3)),
        record("Cleo", question(names[0], 0.0), question(names[1], 0.0),
               question("why", 0.0, LEFT_UNANSWERED, 3)),
    ]  # fmt: skip
    console = Console(width=80, record=True, file=io.StringIO())
    console.print(marks_table("05", records))
    shown = console.export_text()
    rows = [line.replace("│", " ").split() for line in shown.splitlines()]
    (ada,) = (row for row in rows if row[:1] == ["Ada"])
    (cleo,) = (row for row in rows if row[:1] == ["Cleo"])
    assert ada[1:5] == ["2/2", "0/2", "–", "2/7"]
    assert cleo[1:5] == ["0/2", "0/2", "–", "0/7"]
    for number, name in enumerate([*names, "why"], 1):
        assert f"{number}: {name}" in shown
    assert "–: nobody has read it" in shown
