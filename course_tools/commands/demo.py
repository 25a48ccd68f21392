"""`course demo`: the main job in one command, from real photos to marks in a gradebook."""

import base64
import re
import tempfile
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.authoring import execute, find_root
from course_tools.commands.sample_class import LESSON, write_sample_submissions
from course_tools.commands.terminal import grade_with_bar, say_collected, say_exported


def run(folder: Path | None, console: Console) -> None:
    """Run lesson 05 with its solutions, then release it and grade four submissions.

    Figures, the executed notebook, the class directory and the marks go into `folder`, or when it
    is None into a new temporary folder.
    """
    root = find_root(Path.cwd())
    folder = folder or Path(tempfile.mkdtemp(prefix="course-demo-"))
    folder.mkdir(parents=True, exist_ok=True)
    console.rule("1 of 2: the ResNet50 lesson, from photos to an evaluated classifier")
    run_lesson(root / "solutions" / f"{LESSON}.ipynb", folder, console)
    console.rule("2 of 2: a class of four hands in the lesson")
    grade_sample_class(root, folder, console)
    console.rule("done")
    console.print(
        f"Figures, the executed notebook and the marks lie in {folder}\n"
        "What to type next:\n"
        "  make lab     take the course: JupyterLab opens on lesson 00\n"
        "  make bench   see what the feature cache saves\n"
        "  .venv/bin/course --help     set up and grade a class of your own",
        highlight=False,
    )


def run_lesson(notebook_path: Path, folder: Path, console: Console) -> None:
    """Execute a notebook; print headings and text as they appear, save its figures as PNG files."""
    notebook = nbformat.read(notebook_path, as_version=4)
    headings = _headings(notebook)
    shown = ""
    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("starting a kernel")

        def show(cell: NotebookNode, index: int) -> None:
            nonlocal shown
            if headings[index] != shown:
                shown = headings[index]
                console.print(f"\n[bold]{shown}[/bold]")
            _print_text(cell, console)
            for number, image in enumerate(_images(cell)):
                path = folder / "figures" / f"{index:03}_{number}_{_slug(shown)}.png"
                write_atomically(path, image)
                console.print(f"  figure: {path}", highlight=False, soft_wrap=True)
            progress.update(task, description=f"cell {index + 1} of {len(notebook.cells)}")

        execute(notebook, folder, on_cell=show)
    write_atomically(folder / notebook_path.name, nbformat.writes(notebook).encode())


def grade_sample_class(root: Path, folder: Path, console: Console) -> None:
    """Release lesson 05 to a new class, hand in sample answers, grade them, export the marks."""
    from course_tools.grading.classroom import collect, init_class
    from course_tools.grading.marking import RunOptions
    from course_tools.grading.results import export_marks

    class_directory = folder / "class"
    init_class(class_directory, [root / "solutions" / f"{LESSON}.ipynb"], repository_root=root)
    console.print(
        "Ada has everything right, Ben some of it; Cleo left it untouched; Dan has it all wrong."
    )
    write_sample_submissions(root, class_directory, folder / "handed_in")
    say_collected(collect(class_directory, LESSON, folder / "handed_in"))
    grade_with_bar(class_directory, LESSON, RunOptions(sandbox=_sandbox(console)))
    marks = folder / "marks.csv"
    say_exported(marks, export_marks(class_directory, marks))


def _sandbox(console: Console) -> str:
    """Return bubblewrap where it works; these answers are our own, and can run without it."""
    from course_tools.grading.sandbox import require

    try:
        require("bubblewrap")
    except CourseError as error:
        console.print(f"{error}\nThe sample answers are harmless; they run without it.")
        return "none"
    return "bubblewrap"


def _headings(notebook: NotebookNode) -> list[str]:
    """Return, for each cell, the heading that it stands under."""
    current, headings = "", []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            found = re.findall(r"^#+ +(.+)$", cell.source, re.MULTILINE)
            current = found[-1] if found else current
        headings.append(current)
    return headings


def _print_text(cell: NotebookNode, console: Console) -> None:
    for output in cell.outputs:
        text = output.get("text") or output.get("data", {}).get("text/plain", "")
        if "image/png" in output.get("data", {}):
            continue
        for line in text.splitlines():
            line = re.sub(r"\x1b\[[0-9;]*m|\x08", "", line).split("\r")[-1].rstrip()
            if line and not re.search(r"━|^Epoch \d+/\d+$", line):  # progress of a training
                console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


def _images(cell: NotebookNode) -> list[bytes]:
    encoded = [output.get("data", {}).get("image/png") for output in cell.outputs]
    return [base64.b64decode(image) for image in encoded if image]


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:50]
