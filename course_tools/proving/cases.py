"""The cases of a proof: every answer to every exercise of a lesson, ready to be judged."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from course_lib.errors import CourseError
from course_tools.authoring import Lesson, instructor_notebook
from course_tools.grading.marking import File, Submission, record_key
from course_tools.grading.notebooks import (
    NBGRADERS_RULES,
    LessonSource,
    checks_id,
    code_alone,
    course_files,
    grade_id,
    is_test,
    needed_cells,
    points_of,
    position_of,
    question_of,
)
from course_tools.proving.mutants import mutants

SEEDS = 20
# A wrong answer may never end; a right one is only slow.
WRONG_SECONDS, RIGHT_SECONDS = 60.0, 300.0
REFERENCE = "reference solution"
# The same for everybody, so that a proof can be repeated.
_SECRET = b"the proof's inputs"


@dataclass(frozen=True)
class Case:
    """An answer to an exercise, and what its verdict has to be.

    Attributes:
        kind: "right", "seed" (a right answer once more, under another seed), "wrong" or "mutant".
        name: unique within the exercise.
        submission: the lesson with this answer, in which this exercise alone is graded.
        key: a digest of all that its verdict depends on.
    """

    exercise: str
    kind: str
    name: str
    submission: Submission
    key: str

    @property
    def title(self) -> str:
        """What it is called among the kept verdicts of its lesson."""
        return f"{self.exercise}/{self.name}"


def solutions_of(lesson: Lesson) -> dict[str, str]:
    """Return exercise -> reference solution."""
    return {cell.exercise: cell.source for cell in lesson.cells if cell.role == "solution"}


def cases_of(lesson: Lesson, answers: Path) -> Iterator[Case]:
    """Yield the cases of a lesson, whose other answers lie in `answers/EXERCISE/`.

    Raises:
        CourseError: an exercise has no right or no wrong answers.
    """
    notebook = instructor_notebook(lesson)
    tests = {cell.exercise: cell.source for cell in lesson.cells if cell.role == "checks"}
    for exercise, solution in solutions_of(lesson).items():
        reference = {REFERENCE: solution}
        right = reference | _read_answers(answers / exercise, "right")
        repeated = right if _trains(solution, tests[exercise]) else reference
        by_kind = {
            "right": right,
            "seed": {
                f"{name}, seed {seed}": answer
                for name, answer in repeated.items()
                for seed in range(2, SEEDS + 1)
            },
            "wrong": _read_answers(answers / exercise, "wrong"),
            "mutant": {mutant.name: mutant.source for mutant in mutants(solution)},
        }
        for kind, named in by_kind.items():
            for name, answer in named.items():
                yield _case(lesson.name, notebook, exercise, kind, name, answer)


def _read_answers(folder: Path, kind: str) -> dict[str, str]:
    paths = sorted(folder.glob(f"{kind}_*.py"))
    if not paths:
        raise CourseError(
            f"{folder} needs right_*.py and wrong_*.py: answers that the checks of "
            f"{folder.name} have to accept, and to refuse."
        )
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def _trains(*sources: str) -> bool:
    """Return whether any of this code trains a model, so that its result depends on chance."""
    return any(re.search(r"\.(fit|train_on_batch|train_step)\(", source) for source in sources)


def _case(
    lesson: str, notebook: NotebookNode, exercise: str, kind: str, name: str, answer: str
) -> Case:
    """Return a case whose notebook holds what this answer needs, and nothing else."""
    handed_in = v4.new_notebook(
        cells=[
            _with_source(cell, answer) if grade_id(cell) == exercise else cell
            for cell in notebook.cells
        ]
    )
    test_id = checks_id(exercise)
    kept = [*needed_cells(handed_in, test_id), position_of(notebook, test_id)]
    source, submitted = (
        v4.new_notebook(cells=[_ungraded_unless_of(exercise, book.cells[p]) for p in kept])
        for book in (notebook, handed_in)
    )
    submission = Submission(
        lesson=lesson,
        student=f"{exercise}: {name}",
        source=LessonSource(nbformat.writes(source)),
        submitted=File(f"{lesson}.ipynb", nbformat.writes(submitted).encode()),
        secret=_SECRET,
        cell_seconds=RIGHT_SECONDS if kind in ("right", "seed") else WRONG_SECONDS,
    )
    modules = course_files(cell.source for cell in submitted.cells)
    key = _key(submission, source, submitted, modules.values())
    return Case(exercise, kind, name, submission, key)


def _key(
    submission: Submission, source: NotebookNode, submitted: NotebookNode, modules: Iterable[Path]
) -> str:
    """Return a digest of all that the verdict on a case depends on."""
    essence = replace(
        submission,
        source=LessonSource(_essence(source)),
        submitted=File(submission.submitted.name, _essence(submitted).encode()),
    )
    code = [code_alone(module.read_text(encoding="utf-8")) for module in modules]
    return hashlib.sha256("\0".join([record_key(essence), *code]).encode()).hexdigest()


def _essence(notebook: NotebookNode) -> str:
    """Return each cell's code alone, its points, and of a test also the part that learners get."""
    return json.dumps(
        [
            [
                grade_id(cell),
                points_of(cell),
                code_alone(cell.source),
                code_alone(NBGRADERS_RULES.released_text(cell)) if is_test(cell) else "",
            ]
            for cell in notebook.cells
        ]
    )


def _with_source(cell: NotebookNode, source: str) -> NotebookNode:
    return nbformat.from_dict(dict(cell) | {"source": source})


def _ungraded_unless_of(exercise: str, cell: NotebookNode) -> NotebookNode:
    """Return the cell; one of another exercise loses its metadata, as it is graded elsewhere."""
    if question_of(grade_id(cell)) == exercise:
        return cell
    return nbformat.from_dict(dict(cell) | {"metadata": {}})
