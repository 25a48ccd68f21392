"""Grading a TensorFlow lesson: nbgrader's own autograde against the course's, as whole commands.

Both grade the same submissions, the sample class of the demonstration, in copies of one class
directory. The lower limit is what the notebooks themselves compute: the cells that the answers
need, and the tests, run in this process, where everything is imported already.
"""

import contextlib
import io
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import nbformat

from benchmarks.timing import seconds
from course_lib import checks
from course_tools.authoring import find_root
from course_tools.commands.sample_class import LESSON, SAMPLE_CLASS, write_sample_submissions
from course_tools.grading.classroom import collect, init_class, read_ledger, read_source
from course_tools.grading.notebooks import grade_id, is_test, needed_cells, restore

GOAL = 5
_COURSE = [sys.executable, "-c", "from course_tools.commands import main; main()"]
_STOCK_CONFIG = """
from pathlib import Path
c = get_config()
c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.Execute.timeout = 300
c.Execute.startup_timeout = 120
c.Execute.kernel_name = "python3"
"""


def run() -> list[str]:
    """Grade the sample class in each way and return a line for each."""
    count = len(SAMPLE_CLASS)
    with tempfile.TemporaryDirectory() as name:
        original = _sample_class(Path(name))
        one = _copy(original, "one_job")
        stock = _copy(original, "stock")
        (stock / "nbgrader_config.py").write_text(_STOCK_CONFIG)
        ours = _command([*_COURSE, "grade", one, LESSON, "--jobs", "1"])
        theirs = _command(
            [sys.executable, "-m", "nbgrader", "autograde", LESSON, "--create"], stock
        )
        two = _command([*_COURSE, "grade", _copy(original, "two_jobs"), LESSON, "--jobs", "2"])
        limit = seconds(lambda: _compute(one))
        memory = statistics.median(record.peak_memory_bytes for record in read_ledger(one, LESSON))
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return [
        f"nbgrader autograde:             {theirs / count:5.1f} s per submission",
        f"course grade, one job:          {ours / count:5.1f} s per submission, "
        f"ratio {theirs / ours:.1f}x (goal: at least {GOAL}x)",
        f"course grade, two jobs:         {two / count:5.1f} s per submission, "
        f"{ours / two:.2f}x one job",
        f"the notebooks' own compute:     {limit / count:5.1f} s per submission, "
        f"so one job takes {ours / limit:.2f} times the limit",
        f"peak memory of a submission: {memory / 1e6:.0f} MB beside the warm process (median); "
        f"the largest process of all runs, nbgrader's kernels included: {largest / 1e6:.0f} MB",
    ]


def _sample_class(folder: Path) -> Path:
    root = find_root(Path.cwd())
    directory = folder / "class"
    init_class(directory, [root / "solutions" / f"{LESSON}.ipynb"], repository_root=root)
    write_sample_submissions(root, directory, folder / "handed_in")
    collect(directory, LESSON, folder / "handed_in")
    return directory


def _copy(original: Path, name: str) -> Path:
    return Path(shutil.copytree(original, original.with_name(name)))


def _command(command: list, directory: Path | None = None) -> float:
    def start() -> None:
        subprocess.run(list(map(str, command)), cwd=directory, check=True, capture_output=True)

    return seconds(start)


def _compute(directory: Path) -> None:
    """Run the cells and tests behind the verdicts, and nothing else; wrong answers raise."""
    source = read_source(directory, LESSON)
    for student in SAMPLE_CLASS:
        submission = directory / "submitted" / student / LESSON / f"{LESSON}.ipynb"
        notebook = restore(source, submission.read_bytes()).notebook
        for cells, tests in _questions(notebook):
            names: dict = {"__name__": "__main__"}
            with checks.fresh_from(0), contextlib.redirect_stdout(io.StringIO()):
                try:
                    for text in [*cells, tests]:
                        exec(compile(text, "<cell>", "exec"), names)
                except Exception:  # a wrong answer may raise anything; its time counts as well
                    continue


def _questions(notebook: nbformat.NotebookNode) -> Iterator[tuple[list[str], str]]:
    for cell in notebook.cells:
        if is_test(cell):
            positions = needed_cells(notebook, grade_id(cell))
            yield [notebook.cells[position].source for position in positions], cell.source
