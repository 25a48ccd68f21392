"""What `course prove` has found out about the checks: one table, and a page for each lesson."""

from pathlib import Path

from course_lib.errors import CourseError
from course_tools.authoring import Lesson
from course_tools.proving import NEEDED_SHARE, Proof, proofs
from docs.pages import escaped, title_of

_INTRODUCTION = f"""\
# Proof that the checks check

Does a check accept every right answer, and refuse every wrong one? For each exercise
`course prove` hands in right answers written differently, wrong ones that each stand for a
misconception, and **mutants**: small changes of the reference solution, such as `<` for `<=`, which
the check has to notice. All are judged as submissions are, in the sandbox.

- *Right accepted*: all have to be.
- *Seeds passed*: right answers judged again with other inputs and initial weights; all have to.
- *Wrong refused*: all have to be, and the message has to name the symptom and a likely cause.
- *Mutants refused*: at least {NEEDED_SHARE:.0%}, without those that are *equivalent*: no mistakes,
  for a reason that is given.

This page is made from the kept verdicts whenever the site is built. A verdict counts only as long
as the exercise, the answer, the tests and the code below them are what they were.
"""
_TABLE_HEAD = """
| exercise | right accepted | seeds passed | wrong refused | mutants refused | equivalent |
|---|--:|--:|--:|--:|--:|
"""
_TOCTREE = """
```{{toctree}}
:hidden:

{names}
```
"""


def pages(lessons: list[Lesson], answers: Path, verdicts: Path) -> dict[str, str]:
    """Return name -> Markdown: `proof/index.md` and `proof/LESSON.md`.

    A lesson whose verdicts are missing or of another state of it gets no figures: its page says
    why.

    Args:
        lessons: all lessons.
        answers: the folder with `LESSON/EXERCISE/wrong_*.py`.
        verdicts: the folder that `course prove` writes.
    """
    found, overview = {}, [_INTRODUCTION]
    for lesson in lessons:
        heading = f"[{title_of(lesson)}]({lesson.name}.md)"
        try:
            proved = proofs(lesson, answers, verdicts)
        except CourseError as error:
            table, details = f"\nNot proved as it stands. {escaped(str(error))}\n", ""
        else:
            table = _TABLE_HEAD + "".join(_row(proof) for proof in proved)
            details = "".join(_details(proof, answers) for proof in proved)
        overview.append(f"\n## {heading}\n{table}")
        found[f"proof/{lesson.name}.md"] = (
            f"# Proof of {title_of(lesson)}\n\n"
            f"[The lesson](/solutions/{lesson.name}.ipynb) · [what the columns mean](index.md)\n"
            f"{table}{details}"
        )
    overview.append(_TOCTREE.format(names="\n".join(lesson.name for lesson in lessons)))
    return {"proof/index.md": "".join(overview), **found}


def _row(proof: Proof) -> str:
    return f"| {' | '.join([escaped(proof.exercise), *proof.figures().values()])} |\n"


def _details(proof: Proof, answers: Path) -> str:
    """Return what learners believe and are told, and which mutants stay, with the reasons."""
    folder = Path(answers) / proof.lesson / proof.exercise
    parts = [f"\n## {escaped(proof.exercise)}\n", "\nA learner believes, and is told:\n\n"]
    for name, message in proof.told.items():
        first = (folder / f"{name}.py").read_text(encoding="utf-8").partition("\n")[0]
        parts.append(_item(first.removeprefix("# Believed: "), message))
    if proof.declared:
        parts.append("\nMutants that are no mistakes:\n\n")
        parts += [_item(name, reason) for name, reason in proof.declared.items()]
    if proof.problems():
        parts.append("\nTo be mended:\n\n")
        parts += [f"- {escaped(line)}\n" for line in proof.problems()]
    return "".join(parts)


def _item(what: str, then: str) -> str:
    lines = "\\\n  ".join(escaped(line.strip()) for line in then.splitlines() if line.strip())
    return f"- *{escaped(what)}*\\\n  {lines}\n"
