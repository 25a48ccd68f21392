"""Proof that the graders grade: every right answer is accepted, every wrong one refused.

For each exercise of a lesson, judged in the sandbox like any submission:

- the reference solution and the right answers `ANSWERS/LESSON/EXERCISE/right_*.py` get full marks,
  the reference solution also with other inputs and initial weights, under `SEEDS` seeds; where
  something is trained, all right answers are run so often;
- the wrong answers `wrong_*.py` don't, and the learner is told why (`messages.py`);
- at least 95 % of the reference solution's mutants don't either (`mutants.py`). A mutant that is
  no mistake stands with its reason in `ANSWERS/LESSON/EXERCISE/equivalent.json`.

What came of each case is kept in `VERDICTS/LESSON.json` under a key, a digest of all that it
depends on: the cells that run, the tests, the modules of the package that they import (without
their docstrings), and the versions of Keras, TensorFlow and NumPy. A case whose key is the same is
not judged again.
"""

import ast
import hashlib
import re
from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from course_lib.errors import CourseError
from course_tools.authoring import Lesson, instructor_notebook
from course_tools.grading.marking import (
    File,
    RunOptions,
    Submission,
    mark_here,
    open_executor,
    record_key,
    result_of,
)
from course_tools.grading.notebooks import (
    LessonSource,
    checks_id,
    course_files,
    grade_id,
    needed_cells,
    position_of,
    question_of,
)
from course_tools.grading.record import Record
from course_tools.grading.sandbox import Limits
from course_tools.proving.messages import lead_of, shortcomings
from course_tools.proving.mutants import mutants
from course_tools.proving.proof_files import (
    KeptVerdict,
    read_equivalent,
    read_verdicts,
    write_verdicts,
)

NEEDED_SHARE = 0.95
SEEDS = 20
# A wrong answer may wait for ever; a right one is only slow.
WRONG_SECONDS, RIGHT_SECONDS = 60.0, 300.0
REFERENCE = "reference solution"
# What a run that is killed has judged since then is judged again.
_KEEP_EVERY = 50
# The same for everybody: what is proved must not depend on the day.
_SECRET = b"the proof's inputs"

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Case:
    """An answer to an exercise, and what it has to come to.

    Attributes:
        kind: "right", "seed" (a right answer once more, under another seed), "wrong" or "mutant".
        name: what it is called, unique within the exercise.
        submission: the lesson with this answer, in which this exercise alone is graded.
        key: a digest of all that its verdict depends on.
    """

    exercise: str
    kind: str
    name: str
    submission: Submission
    key: str


@dataclass
class Proof:
    """What the cases of one exercise came to; lists hold names of cases.

    Attributes:
        right, seeds: right answers, and how often they were run under other seeds.
        refused: right answers that were not accepted, with what the check said.
        unlucky: right answers that were not accepted under another seed, in the same form.
        accepted: wrong answers that got full marks.
        unclear: wrong answers whose message would not help a learner, with what it lacks.
        survived: mutants that got full marks and are not declared equivalent.
        undeclared: declarations of equivalence that no mutant, or only a dead one, belongs to.
        declared: the equivalent mutants, with the reason.
        told: wrong answers, with what the learner is told.
    """

    lesson: str
    exercise: str
    right: int = 0
    seeds: int = 0
    wrong: int = 0
    mutants: int = 0
    refused: list[str] = field(default_factory=list)
    unlucky: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    survived: list[str] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)

    @property
    def equivalent(self) -> int:
        """How many mutants are no mistakes."""
        return len(self.declared)

    @property
    def killed(self) -> int:
        """How many mutants that are mistakes were refused."""
        return self.mutants - self.equivalent - len(self.survived)

    @property
    def holds(self) -> bool:
        """Whether the exercise is proved."""
        enough = self.killed >= NEEDED_SHARE * (self.mutants - self.equivalent)
        return enough and not (
            self.refused or self.unlucky or self.accepted or self.unclear or self.undeclared
        )

    def figures(self) -> dict[str, str]:
        """Return the proof as a row of a table: how many of how many, by what was tried."""
        return {
            "right": f"{self.right - len(self.refused)}/{self.right}",
            "seeds": f"{self.seeds - len(self.unlucky)}/{self.seeds}",
            "wrong": f"{self.wrong - len(self.accepted)}/{self.wrong}",
            "mutants": f"{self.killed}/{self.mutants - self.equivalent}",
            "equivalent": str(self.equivalent),
        }

    def problems(self) -> list[str]:
        """Return what is to be looked at, as lines."""
        where = f"{self.lesson}/{self.exercise}"
        return [
            *(f"{where}: right answer refused: {each}" for each in self.refused),
            *(f"{where}: right answer refused by bad luck: {each}" for each in self.unlucky),
            *(f"{where}: wrong answer accepted: {each}" for each in self.accepted),
            *(f"{where}: message does not help: {each}" for each in self.unclear),
            *(f"{where}: mutant survived: {each}" for each in self.survived),
            *(f"{where}: equivalent.json names no survivor: {each}" for each in self.undeclared),
        ]


def prove(
    lesson: Lesson,
    answers: Path,
    verdicts: Path,
    *,
    everything: bool = False,
    again: Callable[[Case], bool] = lambda case: False,
    options: RunOptions = RunOptions(),  # noqa: B008 (frozen)
    on_progress: Progress = lambda done, total: None,
) -> list[Proof]:
    """Judge the cases of a lesson whose verdicts aren't known, keep them, and return the proofs.

    Args:
        lesson: the lesson.
        answers: the folder with `LESSON/EXERCISE/right_*.py` and `wrong_*.py`.
        verdicts: the folder with `LESSON.json`, which is made or brought up to date.
        everything: judge also what is known.
        again: which of the known cases to judge all the same.
        options: where to run.
        on_progress: called with (cases judged, cases to judge).

    Raises:
        CourseError: an exercise has no answers, a file is damaged, or the sandbox is missing.
    """
    cases = list(_cases(lesson, Path(answers) / lesson.name))
    path = Path(verdicts) / f"{lesson.name}.json"
    known = read_verdicts(path)
    to_judge = [case for case in cases if everything or again(case) or not _is_judged(case, known)]
    titles = {_title(case) for case in cases}

    def keep() -> None:
        write_verdicts(path, {title: each for title, each in known.items() if title in titles})

    try:
        for done, (case, verdict) in enumerate(_judge_all(to_judge, options), 1):
            known[_title(case)] = verdict
            on_progress(done, len(to_judge))
            if done % _KEEP_EVERY == 0:
                keep()
    finally:  # what an interrupted run has found out is kept
        keep()
    return proofs(lesson, answers, verdicts)


def proofs(lesson: Lesson, answers: Path, verdicts: Path) -> list[Proof]:
    """Return what the kept verdicts of a lesson come to, exercise by exercise.

    Raises:
        CourseError: a case has no verdict, or one of another version of the exercise.
    """
    known = read_verdicts(Path(verdicts) / f"{lesson.name}.json")
    solutions = _solutions(lesson)
    found: dict[str, Proof] = {}
    for case in _cases(lesson, Path(answers) / lesson.name):
        proof = found.setdefault(case.exercise, Proof(lesson.name, case.exercise))
        if not _is_judged(case, known):
            raise CourseError(
                f"{lesson.name}: {_title(case)} has changed since it was proved. "
                f"Run `course prove {lesson.name}`."
            )
        _count(proof, case, known[_title(case)], solutions[case.exercise])
    for proof in found.values():
        declared = read_equivalent(Path(answers) / lesson.name / proof.exercise)
        _take_declared_away(proof, declared)
    return list(found.values())


def _count(proof: Proof, case: Case, verdict: KeptVerdict, solution: str) -> None:
    refusal = f"{case.name}: {lead_of(verdict.message)}"
    if case.kind == "mutant":
        proof.mutants += 1
        proof.survived += [case.name] * verdict.accepted
    elif case.kind == "wrong":
        proof.wrong += 1
        proof.told[case.name] = verdict.message
        if verdict.accepted:
            proof.accepted.append(case.name)
        elif missing := shortcomings(verdict.message, solution):
            proof.unclear.append(f"{case.name}: {'; '.join(missing)}")
    elif case.kind == "seed":
        proof.seeds += 1
        proof.unlucky += [refusal] * (not verdict.accepted)
    else:
        proof.right += 1
        proof.refused += [refusal] * (not verdict.accepted)


def _take_declared_away(proof: Proof, declared: dict[str, str]) -> None:
    proof.undeclared = sorted(set(declared) - set(proof.survived))
    proof.survived = [name for name in proof.survived if name not in declared]
    proof.declared = {
        name: reason for name, reason in declared.items() if name not in proof.undeclared
    }


# -- the cases -------------------------------------------------------------------------------------


def _solutions(lesson: Lesson) -> dict[str, str]:
    return {cell.exercise: cell.source for cell in lesson.cells if cell.word == "solution"}


def _cases(lesson: Lesson, answers: Path) -> Iterator[Case]:
    notebook = instructor_notebook(lesson)
    tests = {cell.exercise: cell.source for cell in lesson.cells if cell.word == "checks"}
    for exercise, solution in _solutions(lesson).items():
        right, wrong = (_given(answers / exercise, kind) for kind in ("right", "wrong"))
        right = {REFERENCE: solution} | right
        luck = right if _trains(solution, tests[exercise]) else {REFERENCE: solution}
        seeded = {
            f"{name}, seed {seed}": answer
            for name, answer in luck.items()
            for seed in range(2, SEEDS + 1)
        }
        changed = {mutant.name: mutant.source for mutant in mutants(solution)}
        for kind, given in (
            ("right", right), ("seed", seeded), ("wrong", wrong), ("mutant", changed),
        ):  # fmt: skip
            for name, answer in given.items():
                yield _case(lesson.name, notebook, exercise, kind, name, answer)


def _given(folder: Path, kind: str) -> dict[str, str]:
    paths = sorted(folder.glob(f"{kind}_*.py"))
    if not paths:
        raise CourseError(
            f"{folder} needs right_*.py and wrong_*.py: answers that the checks of "
            f"{folder.name} have to accept, and to refuse."
        )
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def _trains(*sources: str) -> bool:
    """Say whether some code trains a model, so that what comes of it depends on luck."""
    return any(re.search(r"\.(fit|train_on_batch|train_step)\(", source) for source in sources)


def _case(
    lesson: str, notebook: NotebookNode, exercise: str, kind: str, name: str, answer: str
) -> Case:
    """Return a case in which the notebook holds what this answer needs, and nothing else."""
    handed_in = v4.new_notebook(
        cells=[
            _with(cell, answer) if grade_id(cell) == exercise else cell for cell in notebook.cells
        ]
    )
    test_id = checks_id(exercise)
    kept = [*needed_cells(handed_in, test_id), position_of(notebook, test_id)]
    source, submitted = (
        v4.new_notebook(cells=[_plain(book.cells[p], exercise) for p in kept])
        for book in (notebook, handed_in)
    )
    submission = Submission(
        lesson, f"{exercise}: {name}", LessonSource(nbformat.writes(source)),
        File(f"{lesson}.ipynb", nbformat.writes(submitted).encode()), _SECRET,
        cell_seconds=RIGHT_SECONDS if kind in ("right", "seed") else WRONG_SECONDS,
    )  # fmt: skip
    files = course_files(cell.source for cell in submitted.cells)
    parts = [record_key(submission), *map(code_of, files.values())]
    return Case(
        exercise, kind, name, submission, hashlib.sha256("\0".join(parts).encode()).hexdigest()
    )


def code_of(module: Path) -> str:
    """Return the text of a module without its docstrings: no verdict depends on them."""
    text = module.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and ast.get_docstring(node, clean=False) is not None:
                for number in range(first.lineno - 1, first.end_lineno or first.lineno):
                    lines[number] = ""
    return "".join(lines)


def _with(cell: NotebookNode, source: str) -> NotebookNode:
    return nbformat.from_dict(dict(cell) | {"source": source})


def _plain(cell: NotebookNode, exercise: str) -> NotebookNode:
    """Return the cell; other exercises' cells are graded elsewhere, and plain ones here."""
    if question_of(grade_id(cell)) == exercise:
        return cell
    return nbformat.from_dict(dict(cell) | {"metadata": {}})


def _title(case: Case) -> str:
    return f"{case.exercise}/{case.name}"


# -- judging ---------------------------------------------------------------------------------------


def _judge_all(cases: list[Case], options: RunOptions) -> Iterator[tuple[Case, KeptVerdict]]:
    if not cases:
        return
    with open_executor(options, len(cases)) as (executor, _):
        kind, limits = options.sandbox_kind, Limits()
        running = {
            executor.submit(mark_here, case.submission, kind, limits): case for case in cases
        }
        for future in as_completed(running):
            case = running[future]
            yield case, _verdict(case, result_of(future, case.submission).record)


def _verdict(case: Case, record: Record) -> KeptVerdict:
    [question] = record.questions
    return KeptVerdict(
        key=case.key,
        accepted=question.score == question.max_score,
        verdict=question.verdict,
        message=question.message,
    )


def _is_judged(case: Case, known: dict[str, KeptVerdict]) -> bool:
    verdict = known.get(_title(case))
    return verdict is not None and verdict.key == case.key
