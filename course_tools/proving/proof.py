"""Proof that the graders grade: every right answer is accepted, every wrong one refused.

For each exercise of a lesson, judged in the sandbox like any submission:

- the reference solution and the right answers `ANSWERS/LESSON/EXERCISE/right_*.py` get full marks,
  the reference solution under `SEEDS` seeds, each with other inputs and initial weights; where
  something is trained, all right answers are run that often;
- the wrong answers `wrong_*.py` don't, and the learner is told why (`message_rules.py`);
- the first two hints of the exercise don't quote the solution either;
- at least 95 % of the reference solution's mutants don't either (`mutants.py`). A mutant that is
  not a mistake is listed, with the reason, in `ANSWERS/LESSON/EXERCISE/equivalent.json`.

The verdict on each case is kept in `VERDICTS/LESSON.json` under a key, a digest of all that it
depends on: the cells that run, the tests and their points, the modules of the package that they
import, and the versions of Keras, TensorFlow and NumPy. Comments, docstrings and layout don't
count. A case whose key is the same is not judged again.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from course_lib.errors import CourseError
from course_tools.authoring import Lesson, hints_of, instructor_notebook
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
from course_tools.grading.record import Record
from course_tools.grading.sandbox import Limits
from course_tools.proving.message_rules import first_line, shortcomings, telling_hints
from course_tools.proving.mutants import mutants
from course_tools.proving.proof_files import (
    KeptVerdict,
    read_equivalent,
    read_verdicts,
    write_verdicts,
)

NEEDED_SHARE = 0.95
SEEDS = 20
# A wrong answer may never end; a right one is only slow.
WRONG_SECONDS, RIGHT_SECONDS = 60.0, 300.0
REFERENCE = "reference solution"
# After so many cases the verdicts are written; a run that is killed loses only those since then.
_KEEP_EVERY = 50
# The same for everybody, so that a proof can be repeated.
_SECRET = b"the proof's inputs"

Progress = Callable[[int, int], None]


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


@dataclass
class Proof:
    """What the verdicts on one exercise amount to; lists hold names of cases.

    Attributes:
        right, seeds: right answers, and how often they were run under other seeds.
        refused: right answers that were not accepted, with what the check said.
        unlucky: right answers that were not accepted under another seed, in the same form.
        accepted: wrong answers that got full marks.
        unclear: wrong answers whose message would not help a learner, with what it lacks.
        survived: mutants that got full marks and are not declared equivalent.
        undeclared: declarations of equivalence that fit no mutant, or only one that was killed.
        telling: hints that give a piece of the solution away.
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
    telling: list[str] = field(default_factory=list)
    declared: dict[str, str] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)

    @property
    def equivalent(self) -> int:
        """How many mutants are not mistakes."""
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
            self.refused
            or self.unlucky
            or self.accepted
            or self.unclear
            or self.undeclared
            or self.telling
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
        """Return what an author has to look into, as lines."""
        where = f"{self.lesson}/{self.exercise}"
        return [
            *(f"{where}: right answer refused: {case}" for case in self.refused),
            *(f"{where}: right answer refused by bad luck: {case}" for case in self.unlucky),
            *(f"{where}: wrong answer accepted: {case}" for case in self.accepted),
            *(f"{where}: message does not help: {case}" for case in self.unclear),
            *(f"{where}: mutant survived: {case}" for case in self.survived),
            *(f"{where}: equivalent.json names no survivor: {case}" for case in self.undeclared),
            *(f"{where}: {hint}" for hint in self.telling),
        ]


def prove(
    lesson: Lesson,
    answers: Path,
    verdicts: Path,
    *,
    everything: bool = False,
    rejudge: Callable[[Case], bool] = lambda case: False,
    options: RunOptions = RunOptions(),  # noqa: B008 (frozen)
    on_progress: Progress = lambda done, total: None,
) -> list[Proof]:
    """Judge the cases of a lesson whose verdicts aren't known, keep them, and return the proofs.

    Args:
        lesson: the lesson.
        answers: the folder with `LESSON/EXERCISE/right_*.py` and `wrong_*.py`.
        verdicts: the folder with `LESSON.json`, which is made or brought up to date.
        everything: judge all cases, even those whose verdict is known.
        rejudge: says of a case whose verdict is known whether to judge it all the same.
        options: where to run.
        on_progress: called with (cases judged, cases to judge).

    Raises:
        CourseError: an exercise has no answers, a file is damaged, or the sandbox is missing.
    """
    cases = list(_cases(lesson, Path(answers) / lesson.name))
    path = Path(verdicts) / f"{lesson.name}.json"
    known = read_verdicts(path)
    to_judge = [
        case for case in cases if everything or rejudge(case) or not _is_judged(case, known)
    ]
    titles = {_title(case) for case in cases}

    def keep() -> None:
        write_verdicts(path, {title: each for title, each in known.items() if title in titles})

    try:
        for done, (case, verdict) in enumerate(_judge_all(to_judge, options), 1):
            known[_title(case)] = verdict
            on_progress(done, len(to_judge))
            if done % _KEEP_EVERY == 0:
                keep()
    finally:  # an interrupted run keeps its verdicts, too
        keep()
    return proofs(lesson, answers, verdicts)


def proofs(lesson: Lesson, answers: Path, verdicts: Path) -> list[Proof]:
    """Return what the kept verdicts of a lesson amount to, exercise by exercise.

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
        _add_verdict(proof, case, known[_title(case)], solutions[case.exercise])
    hints = {cell.exercise: hints_of(cell) for cell in lesson.cells if cell.role == "hints"}
    for proof in found.values():
        proof.telling = telling_hints(hints.get(proof.exercise, []), solutions[proof.exercise])
        declared = read_equivalent(Path(answers) / lesson.name / proof.exercise)
        _set_declared_apart(proof, declared)
    return list(found.values())


def _add_verdict(proof: Proof, case: Case, verdict: KeptVerdict, solution: str) -> None:
    refusal = f"{case.name}: {first_line(verdict.message)}"
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


def _set_declared_apart(proof: Proof, declared: dict[str, str]) -> None:
    proof.undeclared = sorted(set(declared) - set(proof.survived))
    proof.survived = [name for name in proof.survived if name not in declared]
    proof.declared = {
        name: reason for name, reason in declared.items() if name not in proof.undeclared
    }


# -- the cases -------------------------------------------------------------------------------------


def _solutions(lesson: Lesson) -> dict[str, str]:
    return {cell.exercise: cell.source for cell in lesson.cells if cell.role == "solution"}


def _cases(lesson: Lesson, answers: Path) -> Iterator[Case]:
    notebook = instructor_notebook(lesson)
    tests = {cell.exercise: cell.source for cell in lesson.cells if cell.role == "checks"}
    for exercise, solution in _solutions(lesson).items():
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
