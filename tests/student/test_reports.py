"""The one-page report: complete, and made of what it is given."""

import dataclasses

import pytest

from course_lib.errors import CourseError
from course_lib.evaluation import Interval
from course_lib.reports import ModelReport, metric_table

REPORT = ModelReport(
    name="inspector",
    purpose="Finds things.",
    not_for=["Anything else."],
    data=["Ten photos."],
    results={"it": {"accuracy": (0.9, Interval(0.8, 0.95))}, "published": {"accuracy": 0.85}},
    decision=["Alarm from 0.5."],
    limits=["Ten photos are few."],
    licence="Free.",
)


def test_the_table_has_every_metric_and_leaves_gaps_where_nothing_is_known():
    table = metric_table(
        {"a": {"recall": (0.5, Interval(0.4, 0.6))}, "b": {"F1": 0.25, "recall": None}}, of="model"
    )
    assert table.splitlines() == [
        "| model | recall | F1 |",
        "| --- | --- | --- |",
        "| a | 0.500 [0.400, 0.600] | – |",
        "| b | – | 0.250 |",
    ]
    with pytest.raises(CourseError, match="nothing"):
        metric_table({})


def test_the_page_holds_all_that_was_given(tmp_path):
    page = REPORT.markdown()
    for text in (
        "# Model report: inspector",
        "Finds things.",
        "- Anything else.",
        "0.900",
        "Free.",
    ):
        assert text in page
    path = REPORT.write(tmp_path / "report.md")
    assert path.read_text(encoding="utf-8") == page
    assert len(page.splitlines()) < 60, "one page"


@pytest.mark.parametrize("part", ["purpose", "not_for", "limits", "licence", "results"])
def test_silence_is_refused(part):
    with pytest.raises(CourseError, match=part):
        dataclasses.replace(REPORT, **{part: type(getattr(REPORT, part))()}).markdown()
