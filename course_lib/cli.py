"""The `course` command: each command is a thin door to one function, an error one message."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from course_lib.errors import CourseError

app = typer.Typer(
    help="Build, take and grade the course on pretrained models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
class_app = typer.Typer(help="Set up a class and collect its submissions.", no_args_is_help=True)
app.add_typer(class_app, name="class")
console = Console()

ClassDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="The class directory.")]
LessonName = Annotated[str, typer.Argument(metavar="LESSON", help="A lesson, such as 05.")]


def say(text: str) -> None:
    """Print text as it is: paths are neither broken nor coloured."""
    console.print(text, soft_wrap=True, highlight=False, markup=False)


@app.command()
def build(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lessons, such as 05.")] = None,
    check: Annotated[bool, typer.Option(help="Write nothing; fail when a file is stale.")] = False,
) -> None:
    """Generate the notebooks in lessons/ and solutions/ from solutions/NN_slug.py."""
    from course_lib.authoring.build import build as build_notebooks
    from course_lib.authoring.build import find_root

    root = find_root(Path.cwd())
    changed = build_notebooks(root, check=check, only=lessons or ())
    for path in changed:
        say(f"{'stale' if check else 'built'}: {path.relative_to(root)}")
    if check and changed:
        raise CourseError("Generated notebooks are stale. Run `make build` and commit the result.")
    if not changed:
        say("All notebooks are up to date.")


@app.command()
def start(
    folder: Annotated[Path, typer.Argument(help="Where your copies of the lessons go.")],
) -> None:
    """Copy the lessons to a folder of your own; files that are there already stay as they are."""
    from course_lib.authoring.build import find_root
    from course_lib.files import write_atomically

    new = []
    for lesson in sorted((find_root(Path.cwd()) / "lessons").glob("*.ipynb")):
        copy = folder / lesson.name
        if not copy.exists():
            write_atomically(copy, lesson.read_bytes())
            new.append(copy.name)
    say(f"{folder}: {len(new)} new lessons. Your own work is never overwritten.")


@app.command()
def demo(
    folder: Annotated[Path | None, typer.Option(help="Where plots, notebook and marks go.")] = None,
) -> None:
    """Run the ResNet50 lesson headless, then grade a small sample class."""
    from course_lib.demo import run

    run(folder, console)


@class_app.command("init")
def class_init(directory: ClassDirectory) -> None:
    """Make a class directory: configuration, sources and released lessons for nbgrader."""
    from course_lib.authoring.build import find_root
    from course_lib.grading.class_directory import init_class

    root = find_root(Path.cwd())
    solutions = sorted((root / "solutions").glob("[0-9][0-9]_*.ipynb"))
    lessons = init_class(directory, solutions, repository_root=root)
    say(f"{directory}: released {', '.join(lessons)}.")
    say(f"Hand out the notebooks in {directory / 'release'}.")


@class_app.command("add")
def class_add(
    directory: ClassDirectory,
    source: Annotated[Path, typer.Argument(metavar="FILE.py", help="A lesson's source.")],
) -> None:
    """Add a lesson of your own, written in the same format as the course's."""
    from course_lib.authoring.notebooks import instructor_notebook
    from course_lib.authoring.source import read_lesson
    from course_lib.grading.class_directory import add_lesson

    lesson = read_lesson(source)
    add_lesson(directory, instructor_notebook(lesson), lesson.name)
    say(f"{directory}: released {lesson.name}.")


@class_app.command("collect")
def class_collect(
    directory: ClassDirectory,
    lesson: LessonName,
    path: Annotated[Path, typer.Argument(help="A folder or a zip, as an LMS exports it.")],
    received: Annotated[
        str | None,
        typer.Option(help="When all of it was handed in: now, or like 2026-12-01T23:59+01:00."),
    ] = None,
    receipts: Annotated[
        Path | None,
        typer.Option(help="A CSV file with the columns student and received."),
    ] = None,
) -> None:
    """Take in submissions. What is replaced is kept, and nothing is taken that is ambiguous."""
    from course_lib.grading.class_directory import resolve_lesson
    from course_lib.grading.collect import collect
    from course_lib.grading.receipts import read_receipt_list, received_time

    report = collect(
        directory,
        resolve_lesson(directory, lesson),
        path,
        received=received_time(received) if received else None,
        received_by=read_receipt_list(receipts) if receipts else {},
    )
    say(str(report))
    if report.problems:
        raise typer.Exit(1)


@class_app.command("due")
def class_due(
    directory: ClassDirectory,
    lesson: LessonName,
    when: Annotated[str, typer.Argument(help="Like 2026-12-01T23:59+01:00, or none.")],
) -> None:
    """Set a lesson's due date, or remove it."""
    from course_lib.grading.lateness import set_due_date
    from course_lib.grading.receipts import parse_time

    due = None if when.strip().lower() == "none" else parse_time(when)
    name = set_due_date(directory, lesson, due)
    say(f"{name}: due {due:%Y-%m-%d %H:%M:%S} UTC." if due else f"{name}: no due date.")


@app.command()
def grade(directory: ClassDirectory, lesson: LessonName) -> None:
    """Grade every submission of a lesson and print the marks."""
    from course_lib.grading.autograde import grade as grade_lesson
    from course_lib.grading.class_directory import resolve_lesson

    name = resolve_lesson(directory, lesson)
    with Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        console=console,
    ) as bar:  # fmt: skip
        task = bar.add_task(f"grading {name}", total=None)

        def show(done: int, total: int, student: str) -> None:
            bar.update(task, completed=done, total=total, description=f"grading {student}")
            if not console.is_terminal:  # a log has no moving bar
                say(f"{done} of {total} graded: {student}")

        marks = grade_lesson(directory, name, on_progress=show)
    console.print(marks_table(name, marks))
    if any(mark.status != "graded" for mark in marks):
        raise typer.Exit(1)


@app.command()
def feedback(directory: ClassDirectory, lesson: LessonName) -> None:
    """Write a page of feedback for everyone whose submission is graded."""
    from course_lib.grading.feedback import make_feedback

    report = make_feedback(directory, lesson)
    say(f"{report.lesson}: {len(report.written)} pages in {directory / 'feedback'}.")
    for problem in report.problems:
        say(f"  NO PAGE: {problem}")
    if report.problems:
        raise typer.Exit(1)


@app.command()
def export(
    directory: ClassDirectory,
    output: Annotated[Path, typer.Option(help="The file to write.")],
    format: Annotated[str, typer.Option(help="csv, canvas or moodle")] = "csv",
    roster: Annotated[
        Path | None, typer.Option(help="An export of the LMS's gradebook, whose ids are kept.")
    ] = None,
) -> None:
    """Write the marks of all lessons to a file: csv for people, canvas or moodle to import."""
    from course_lib.grading.export import export_marks

    report = export_marks(directory, output, format, roster)
    say(f"{output}: {report.rows} rows.")
    for message in report.undecided:
        say(f"  NOT DECIDED: {message}")
    for message in report.problems:
        say(f"  PROBLEM: {message}")
    if report.problems:
        raise typer.Exit(1)


def marks_table(lesson: str, marks: list) -> Table:
    """Return the marks of one lesson as a table: one row per student, one column per question."""
    questions = list(dict.fromkeys(q.name for mark in marks for q in mark.questions))
    table = Table(title=f"Marks of {lesson}")
    table.add_column("student")
    for name in questions:
        table.add_column(name, justify="right", overflow="fold")
    table.add_column("total", justify="right", no_wrap=True)
    notes = [_note(mark) for mark in marks]
    if any(notes):
        table.add_column("note")
    for mark, note in zip(marks, notes, strict=True):
        scores = {q.name: q for q in mark.questions}
        total = "–" if mark.score is None else f"{mark.score:g}/{mark.max_score:g}"
        cells = [mark.student, *(_score(scores.get(name)) for name in questions), total]
        table.add_row(*cells, *([note] if any(notes) else []))
    return table


def _score(question: object) -> str:
    if question is None or question.score is None:
        return "–"
    return f"{question.score:g}/{question.max_score:g}"


def _note(mark: object) -> str:
    parts = [mark.status] if mark.status != "graded" else []
    parts += [mark.message] if mark.message else []
    parts += ["a written answer waits for a person"] if mark.needs_manual and not parts else []
    return ": ".join(parts)


def main() -> None:
    """Run the command line; a `CourseError` becomes a message and exit status 1."""
    try:
        app()
    except CourseError as error:
        print(f"course: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        print("course: interrupted.", file=sys.stderr)
        sys.exit(130)
