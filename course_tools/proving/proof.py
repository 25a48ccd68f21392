"""Proof that the graders grade: every right answer is accepted, every wrong one refused.

For each exercise of a lesson, judged in the sandbox like any submission:

- the reference solution and the right answers `ANSWERS/LESSON/EXERCISE/right_*.py` get full marks,
  the reference solution under `cases.SEEDS` seeds, each with other inputs and initial weights;
  where something is trained, all right answers are run that often;
- the wrong answers `wrong_*.py` don't, and the learner is told why (`message_rules.py`);
- the first two hints of the exercise don't quote the solution either;
- at least 95 % of the reference solution's mutants don't either (`mutants.py`). A mutant that is
  not a mistake is listed, with the reason, in `ANSWERS/LESSON/EXERCISE/equivalent.json`.

The verdict on each case is kept in `VERDICTS/LESSON.json` under a key, a digest of all that it
depends on: the cells that run, the tests and their points, the modules of the package that they
import, and the versions of Keras, TensorFlow and NumPy. Comments, docstrings and layout don't
count. A case whose key is the same is not judged again.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import as_completed
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.errors import CourseError
from course_tools.authoring import Lesson, hints_of
from course_tools.grading.marking import (
    RunOptions,
    mark_here,
    open_executor,
    result_of,
)
from course_tools.grading.record import Record
from course_tools.grading.sandbox import Limits
from course_tools.proving.cases import Case, cases_of, solutions_of
from course_tools.proving.message_rules import first_line, shortcomings, telling_hints
from course_tools.proving.proof_files import (
    KeptVerdict,
    read_equivalent,
    read_verdicts,
    write_verdicts,
)

NEEDED_SHARE = 0.95
# After so many cases the verdicts are written; a run that is killed loses only those since then.
_KEEP_EVERY = 50

Progress = Callable[[int, int], None]


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
    cases = list(cases_of(lesson, Path(answers) / lesson.name))
    path = Path(verdicts) / f"{lesson.name}.json"
    known = read_verdicts(path)
    to_judge = [
        case for case in cases if everything or rejudge(case) or not _is_judged(case, known)
    ]
    titles = {case.title for case in cases}

    def keep() -> None:
        write_verdicts(path, {title: each for title, each in known.items() if title in titles})

    try:
        for done, (case, verdict) in enumerate(_judge_all(to_judge, options), 1):
            known[case.title] = verdict
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
    solutions = solutions_of(lesson)
    found: dict[str, Proof] = {}
    for case in cases_of(lesson, Path(answers) / lesson.name):
        proof = found.setdefault(case.exercise, Proof(lesson.name, case.exercise))
        if not _is_judged(case, known):
            raise CourseError(
                f"{lesson.name}: {case.title} has changed since it was proved. "
                f"Run `course prove {lesson.name}`."
            )
        _add_verdict(proof, case, known[case.title], solutions[case.exercise])
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
    verdict = known.get(case.title)
    return verdict is not None and verdict.key == case.key
