"""The `course` command: each command is a thin wrapper of one function, each error a message."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from course_lib.errors import CourseError, advice_on
from course_lib.language import ENGLISH
from course_tools.commands.terminal import (
    advance,
    console,
    grade_with_bar,
    progress_bar,
    proof_table,
    say,
    say_collected,
    say_exported,
    status_table,
)

app = typer.Typer(
    help="Build, take and grade the course on pretrained models.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
class_app = typer.Typer(help="Set up a class and collect its submissions.", no_args_is_help=True)
app.add_typer(class_app, name="class")
INTERRUPTED = 130
# The modules that the extra `local` installs. Colab, where lessons run without it, has only some.
_LOCAL_MODULES = {
    *("IPython", "babel", "bs4", "ipykernel", "ipywidgets", "jinja2", "jupyterlab", "jupytext"),
    *("msgspec", "nbclient", "nbconvert", "nbformat", "nbgrader", "nh3", "packaging", "traitlets"),
}

ClassDirectory = Annotated[Path, typer.Argument(metavar="DIR", help="The class directory.")]
LessonName = Annotated[str, typer.Argument(metavar="LESSON", help="A lesson, such as 05.")]
Language = Annotated[
    str, typer.Option(help="The lessons' language, such as zh; what it lacks comes in English.")
]


@app.command()
def build(
    lessons: Annotated[list[str] | None, typer.Argument(help="Lessons, such as 05.")] = None,
    check: Annotated[bool, typer.Option(help="Write nothing; fail when a file is stale.")] = False,
) -> None:
    """Generate the notebooks in lessons/ and solutions/ from solutions/NN_slug.py."""
    from course_tools.authoring import build as build_notebooks
    from course_tools.authoring import find_root

    root = find_root(Path.cwd())
    changed = build_notebooks(root, check=check, only=lessons or ())
    for path in changed:
        say(f"{'stale' if check else 'built'}: {path.relative_to(root)}")
    if check and changed:
        raise CourseError("Generated notebooks are stale. Run `make build` and commit the result.")
    if not changed:
        say("All notebooks are up to date.")


@app.command()
def translate(
    language: Annotated[str, typer.Argument(help="The code of a language, such as zh.")],
    lessons: Annotated[list[str] | None, typer.Argument(help="Lessons, such as 05.")] = None,
) -> None:
    """Collect what is to be translated; without lessons, for those that are translated already."""
    from course_tools.authoring import find_root, find_sources
    from course_tools.authoring import translate as bring_up_to_date

    root = find_root(Path.cwd())
    begun = [path.stem for path in sorted((root / "solutions" / language).glob("*.po"))]
    wanted = lessons or begun
    sources = find_sources(root, wanted) if wanted else []
    for done in bring_up_to_date(root, language, sources):
        say(
            f"{done.path.relative_to(root)}: {done.messages} messages, {done.missing} not "
            f"translated, {done.fuzzy} to be looked at again (fuzzy)."
        )
    say("Translate the lines `msgstr`, then run `make build`.")


@app.command()
def start(
    folder: Annotated[Path, typer.Argument(help="Where your copies of the lessons go.")],
    language: Language = ENGLISH,
) -> None:
    """Copy the lessons to a folder of your own; files that exist there already are left alone."""
    from course_lib.plumbing import write_atomically
    from course_tools.authoring import find_root

    new = []
    translated, others = _notebooks(find_root(Path.cwd()) / "lessons", language)
    for lesson in sorted([*translated, *others], key=lambda path: path.name):
        copy = folder / lesson.name
        if not copy.exists():
            write_atomically(copy, lesson.read_bytes())
            new.append(copy.name)
    say(f"{folder}: {len(new)} new lessons. Your own work is never overwritten.")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where your copies of the lessons lie.")],
    language: Language = ENGLISH,
) -> None:
    """Open JupyterLab on your copies of the lessons; any other options go to JupyterLab."""
    from course_tools.commands.lab import run

    start(folder, language)
    run(folder, context.args)


@app.command()
def progress() -> None:
    """Show which exercises of each lesson are done, and what comes next."""
    from course_lib.progress import show

    show(console)


@app.command()
def doctor() -> None:
    """Show what is right and wrong with this machine, and how to put it right."""
    from course_tools.commands.doctor import RIGHT, WRONG, examine

    marks = {RIGHT: "[green]✓[/green]", WRONG: "[red]✗[/red]"}
    wrong = 0
    for finding in examine():
        mark = marks.get(finding.state, "[yellow]–[/yellow]")
        console.print(
            f"{mark} {finding.subject:<17} {escape(finding.fact)}", soft_wrap=True, highlight=False
        )
        for line in finding.remedy.splitlines():
            say(f"      {line.strip()}")
        wrong += finding.state == WRONG
    if wrong:
        raise CourseError(f"{wrong} to put right; the lines below each ✗ say how.")
    say("This machine is ready.")


@app.command()
def demo(
    folder: Annotated[Path | None, typer.Option(help="Where plots, notebook and marks go.")] = None,
) -> None:
    """Run the ResNet50 lesson headless, then grade a small sample class."""
    from course_tools.commands.demo import run

    run(folder, console)


@class_app.command("init")
def class_init(
    directory: ClassDirectory,
    language: Annotated[
        str | None,
        typer.Option(
            help="The lessons' language, such as zh; by default the class's own, or English.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Set up a class directory: configuration, sources and released lessons for nbgrader."""
    from course_tools.authoring import find_root
    from course_tools.grading.classroom import init_class, language_of

    root = find_root(Path.cwd())
    language = language or language_of(directory)
    solutions, others = _notebooks(root / "solutions", language)
    lessons = init_class(directory, [*solutions, *others], repository_root=root, language=language)
    say(f"{directory}: released {', '.join(lessons)}.")
    if others:
        names = ", ".join(path.stem for path in others)
        say(f"Not translated yet, and so in English with a note: {names}.")
    say(f"Hand out the notebooks in {directory / 'release'}.")


def _notebooks(folder: Path, language: str) -> tuple[list[Path], list[Path]]:
    """Return the notebooks of `lessons/` or `solutions/` in a language, and in English the others.

    Raises:
        CourseError: no lesson is translated to it.
    """
    from course_tools.authoring import languages

    lessons = "[0-9][0-9]_*.ipynb"
    english = sorted(folder.glob(lessons))
    if language == ENGLISH:
        return english, []
    found = sorted((folder / language).glob(lessons))
    if not found:
        there_are = ", ".join([ENGLISH, *languages(folder.parent)])
        raise CourseError(f"No lesson is translated to {language!r}. Languages are: {there_are}.")
    names = {path.name for path in found}
    return found, [path for path in english if path.name not in names]


@class_app.command("add")
def class_add(
    directory: ClassDirectory,
    source: Annotated[Path, typer.Argument(metavar="FILE.py", help="A lesson's source.")],
) -> None:
    """Add a lesson of your own, written in the same format as the course's."""
    from course_tools.authoring import instructor_notebook, read_lesson
    from course_tools.grading.classroom import add_lesson

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
        typer.Option(
            help="When all of it was handed in: now, or a time such as 2026-12-01T23:59+01:00."
        ),
    ] = None,
    receipts: Annotated[
        Path | None,
        typer.Option(help="A CSV file with the columns student and received."),
    ] = None,
) -> None:
    """Take in submissions. What is replaced is kept, and nothing ambiguous is taken."""
    from course_tools.grading.classroom import (
        collect,
        read_receipt_list,
        received_time,
        resolve_lesson,
    )

    report = collect(
        directory,
        resolve_lesson(directory, lesson),
        path,
        received=received_time(received) if received else None,
        received_by=read_receipt_list(receipts) if receipts else {},
    )
    say_collected(report)


@class_app.command("due")
def class_due(
    directory: ClassDirectory,
    lesson: LessonName,
    when: Annotated[str, typer.Argument(help="A time such as 2026-12-01T23:59+01:00, or none.")],
) -> None:
    """Set a lesson's due date, or remove it."""
    from course_tools.grading.classroom import parse_time, set_due_date

    due = None if when.strip().lower() == "none" else parse_time(when)
    name = set_due_date(directory, lesson, due)
    say(f"{name}: due {due:%Y-%m-%d %H:%M:%S} UTC." if due else f"{name}: no due date.")


@class_app.command("status")
def class_status(directory: ClassDirectory) -> None:
    """Show by lesson how many are handed in, graded and waiting for a person, and what is next."""
    from course_tools.grading.results import class_status as read_status

    console.print(status_table(directory, read_status(directory)))


@app.command()
def grade(
    directory: ClassDirectory,
    lesson: LessonName,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Submissions at a time; by default as many as fit.")
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="A Dask scheduler whose workers do the marking."),
    ] = None,
    sandbox: Annotated[
        str | None,
        typer.Option(help="bubblewrap, or none: submitted code then runs with your rights."),
    ] = None,
    retry: Annotated[
        bool, typer.Option(help="Run again what crashed, timed out or was left undecided.")
    ] = False,
) -> None:
    """Grade every submission of a lesson that isn't finished yet, and print all marks."""
    from course_tools.grading.classroom import resolve_lesson
    from course_tools.grading.marking import RunOptions

    options = RunOptions(jobs=jobs, dask=dask, sandbox=sandbox, retry=retry)
    grade_with_bar(directory, resolve_lesson(directory, lesson), options)


@app.command()
def prove(
    lessons: Annotated[
        list[str] | None, typer.Argument(help="Lessons, such as 05, or files of your own.")
    ] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Judge every answer, even those whose verdict is known.")
    ] = False,
    answers: Annotated[
        Path | None, typer.Option(help="The folder with LESSON/EXERCISE/right_*.py and wrong_*.py.")
    ] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Answers at a time.")] = None,
) -> None:
    """Prove that the checks accept every right answer and refuse wrong ones and mutants."""
    from course_tools.authoring import find_root, find_sources, read_lesson
    from course_tools.grading.marking import RunOptions
    from course_tools.proving import prove as prove_lesson

    root = find_root(Path.cwd())
    answers = answers or root / "answers"
    proofs = []
    for path in find_sources(root, lessons or ()):
        with progress_bar() as bar:
            task = bar.add_task(f"proving {path.stem}", total=None)
            proofs += prove_lesson(
                read_lesson(path),
                answers,
                answers / "verdicts",
                everything=everything,
                options=RunOptions(jobs=jobs),
                on_progress=partial(advance, bar, task),
            )
    console.print(proof_table(proofs))
    for proof in proofs:
        for line in proof.problems():
            say(line)
    if not all(proof.holds for proof in proofs):
        raise typer.Exit(1)


@app.command()
def feedback(directory: ClassDirectory, lesson: LessonName) -> None:
    """Write a page of feedback for everyone whose submission is graded."""
    from course_tools.grading.results import make_feedback

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
    from course_tools.grading.results import export_marks

    say_exported(output, export_marks(directory, output, format, roster))


def _advice(error: Exception) -> str:
    """Return what to do about an error that is not a defect of the course; "" if it is one."""
    if isinstance(error, ModuleNotFoundError):
        module = (error.name or "").partition(".")[0]
        return _missing_local(module) if module in _LOCAL_MODULES else ""
    return advice_on(error)


def _missing_local(module: str) -> str:
    from course_lib.environment import on_colab, system

    if on_colab():
        here = system()
        return (
            f"This command does not work on Colab. Learning: {here.learning}. "
            f"Teaching: {here.teaching}."
        )
    return (
        f"This command needs {module}, which is not installed here. In the course's folder, type\n"
        "  pip install --constraint constraints.txt --editable '.[local,solar]'"
    )


def main() -> None:
    """Run the command line; an error that the user can put right becomes a message and status 1."""
    try:
        app()
    except CourseError as error:
        print(f"course: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception as error:
        if not (advice := _advice(error)):
            raise
        print(f"course: {advice}", file=sys.stderr)
        sys.exit(1)
    except SystemExit as stop:
        if stop.code == INTERRUPTED:  # Typer turns Ctrl-C into this without a word
            print("course: interrupted.", file=sys.stderr)
        raise
