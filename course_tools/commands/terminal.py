"""What the commands print: lines, progress bars and tables."""

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from course_tools.grading.record import LEFT_UNANSWERED, QuestionRecord, Record, Verdict

if TYPE_CHECKING:
    from course_tools.grading.classroom import CollectReport
    from course_tools.grading.marking import RunOptions
    from course_tools.grading.results import ExportReport, LessonStatus
    from course_tools.proving import Proof

console = Console()


def say(text: str) -> None:
    """Print text verbatim: paths are neither wrapped nor coloured."""
    console.print(text, soft_wrap=True, highlight=False, markup=False)


def progress_bar() -> Progress:
    """Return a progress bar: how many are done, the time taken and the time left."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left:"),
        TimeRemainingColumn(),
        console=console,
    )


def advance(bar: Progress, task: TaskID, done: int, total: int) -> None:
    """Show on a progress bar how many are done."""
    bar.update(task, completed=done, total=total)


def say_collected(report: "CollectReport") -> None:
    """Report what was taken in; a problem ends the command with exit status 1."""
    say(str(report))
    if report.problems:
        raise typer.Exit(1)


def grade_with_bar(directory: Path, lesson: str, options: "RunOptions") -> None:
    """Grade a lesson's submissions with a progress bar, or lines in a log; print all marks."""
    from course_tools.grading.run import grade

    if options.sandbox == "none":
        say(
            "Warning: without a sandbox the submitted code runs with your rights. It can read your "
            "files, the hidden tests and other submissions, and use the network."
        )
    with progress_bar() as bar:
        task = bar.add_task(f"grading {lesson}", total=None)

        def show(done: int, total: int, student: str) -> None:
            bar.update(task, completed=done, total=total)
            if not console.is_terminal:  # a log has no moving bar
                say(f"{done} of {total} graded" + (f": {student}" if student else " before"))

        records = grade(directory, lesson, options=options, on_progress=show)
    console.print(marks_table(lesson, records))
    say(f"Verdicts and messages: {Path(directory) / 'ledger' / f'{lesson}.json'}")


def say_exported(output: Path, report: "ExportReport") -> None:
    """Report what was written; a problem ends the command with exit status 1."""
    say(f"{output}: {report.rows} rows.")
    for message in report.undecided:
        say(f"  NOT DECIDED: {message}")
    for message in report.problems:
        say(f"  PROBLEM: {message}")
    if report.problems:
        raise typer.Exit(1)


def proof_table(proofs: "list[Proof]") -> Table:
    """Return what is proved about each exercise, as a table."""
    table = Table(title="Right answers accepted, wrong ones refused, mutants killed")
    for name in ("lesson", "exercise"):
        table.add_column(name, overflow="fold")
    for name in ("right", "seeds", "wrong", "mutants", "equivalent"):
        table.add_column(name, justify="right")
    for proof in proofs:
        table.add_row(proof.lesson, proof.exercise, *proof.figures().values())
    return table


def status_table(directory: Path, statuses: "list[LessonStatus]") -> Table:
    """Return where each lesson stands, as a table; columns without any content are left out."""
    columns = {
        "released": [_released(status) for status in statuses],
        "to collect": [_count(status.to_collect) for status in statuses],
        "handed in": [str(status.submitted) for status in statuses],
        "graded": [str(status.graded) for status in statuses],
        "need a person": [str(status.need_person) for status in statuses],
        "late": [_count(status.late) for status in statuses],
        "late?": [_count(status.lateness_unknown) for status in statuses],
    }
    title = f"Class {escape(str(directory))}"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.collapse_padding, table.pad_edge = True, False
    table.add_column("lesson", no_wrap=True, max_width=16)
    shown = {name: cells for name, cells in columns.items() if any(cells)}
    for name in shown:
        table.add_column(name, justify="right", width=max(map(len, name.split())))
    table.add_column("next")
    for status, *cells in zip(statuses, *shown.values(), strict=True):
        table.add_row(escape(status.lesson), *cells, escape(status.next_step))
    return table


def _released(status: "LessonStatus") -> str:
    return "exchange" if status.in_exchange else ("yes" if status.released else "no")


def _count(number: int) -> str:
    return str(number) if number else ""


def marks_table(lesson: str, records: list[Record]) -> Table:
    """Return the marks of one lesson as a table: one row per student, one column per question.

    Names of exercises are long, so columns have numbers, and a legend below says what they are.
    """
    names = list(dict.fromkeys(name for record in records for name in record.by_question))
    legend = [f"{number}: {name}" for number, name in enumerate(names, 1)]
    legend.append("–: nobody has read it, or nothing is decided")
    table = Table(title=f"Marks of {lesson}", caption="\n".join(legend), caption_justify="left")
    table.add_column("student")
    for number in range(1, len(names) + 1):
        table.add_column(str(number), justify="right", no_wrap=True)
    table.add_column("total", justify="right", no_wrap=True)
    notes = [_note(record) for record in records]
    if any(notes):
        table.add_column("note")
    for record, note in zip(records, notes, strict=True):
        by_name = record.by_question
        cells = [record.student, *(_score(by_name.get(name)) for name in names), _score(record)]
        table.add_row(*map(escape, cells), *([escape(note)] if any(notes) else []))
    return table


def _score(record: QuestionRecord | Record | None) -> str:
    """Return the points of a question or of a whole submission."""
    if record is None or record.score is None:
        return "–"
    if isinstance(record, QuestionRecord) and record.message == LEFT_UNANSWERED:
        return "–"  # a written answer: nobody has read it, since there is nothing to read
    return f"{record.score:g}/{record.max_score:g}"


def _note(record: Record) -> str:
    """Return what is undecided and why, and what was odd about the file."""
    undecided = defaultdict(list)
    for question in record.questions:
        if question.score is None:
            verdict = "" if question.verdict is Verdict.NEEDS_HUMAN else f"{question.verdict}: "
            undecided[verdict + question.message].append(question.id)
    notes = [
        why if len(ids) == len(record.questions) else f"{', '.join(ids)}: {why}"
        for why, ids in undecided.items()
    ]
    return "\n".join(_shortened(note) for note in [*notes, *record.flags])


def _shortened(text: str, most: int = 160) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
