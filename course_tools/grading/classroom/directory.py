"""A class directory: nbgrader's course directory with sources, released lessons and configuration.

    DIR/nbgrader_config.py                      written once; the instructor may edit it
    DIR/gradebook.db                            nbgrader's marks
    DIR/source/LESSON/LESSON.ipynb              instructor version, with answers and hidden tests
    DIR/release/LESSON/LESSON.ipynb             what students get
    DIR/submitted/STUDENT/LESSON/LESSON.ipynb   what students handed in (`collect`)
    DIR/superseded/STUDENT/LESSON/TIME/         what was handed in before that
    DIR/ledger/                                 verdicts and messages (`ledger.py`)
    DIR/secret                                  from which inputs of hidden tests are drawn
    DIR/autograded/STUDENT/LESSON/              marked notebooks, for Formgrader
    DIR/feedback/STUDENT/LESSON/LESSON.html     what learners get back (`feedback`)
    DIR/receipts/LESSON.json                    when submissions were received (`receipts`)
    DIR/logs/                                   what nbgrader logged
    DIR/replaced_sources/LESSON/TIME.ipynb      sources that `init_class` and `add_lesson` replaced

When a lesson changes after students handed it in, the new source is taken as long as its exercises
(cell ids) are the same, because the usual reason is a test that needed correcting; `course grade`
then grades by the new tests. If exercises were added or removed, marks of earlier submissions would
have no cell to belong to: the class keeps the version that was handed out, and the instructor is
told. The same goes for a lesson that the course has renumbered or divided: the class keeps the one
that it has, and does not get the same exercises a second time under another name.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat

from course_lib.errors import CourseError
from course_lib.language import ENGLISH, _, using
from course_lib.plumbing import write_atomically
from course_tools.grading.classroom.nbgrader_api import (
    CONFIG_NAME,
    create_gradebook,
    load_release_rules,
    logged_to,
    open_api,
)
from course_tools.grading.notebooks import (
    LINKS_TAG,
    LessonSource,
    grade_id,
    is_answer,
    is_graded,
    language_of_notebook,
    question_of,
    with_note,
)

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

_CONFIG = '''\
"""nbgrader's configuration for this class. It is yours to edit: the course never overwrites it."""
from pathlib import Path

from course_tools.grading import hooks

c = get_config()

c.CourseDirectory.root = str(Path(__file__).resolve().parent)
c.CourseDirectory.course_id = "{course_id}"

# Submissions are graded in a sandbox, and what learners wrote is shown safely, even by nbgrader's
# own commands and Formgrader. Whatever you set below this line takes precedence.
hooks.configure(c)

# Where students work on the same machine, lessons can be handed out and collected through
# nbgrader's exchange, a folder that everyone may write to. For the students, the same folder has to
# be set in `/etc/jupyter/nbgrader_config.py`.
# c.Exchange.root = "/srv/nbgrader/exchange"

# How many seconds one cell may take, and everything that one question needs; a question that is
# stopped is reported as such and has no score.
c.CourseGrading.cell_seconds = 300
c.CourseGrading.question_seconds = 900
# How much memory, in bytes, one question's processes may use together.
c.CourseGrading.memory_bytes = 3 * 2**30
# Files that learners may hand in beside the notebook, by lesson: {{"20_my_lesson": ["data.csv"]}}
c.CourseGrading.submitted_files = {{}}

# The late penalty: a share of the score for each day begun after the due date, which
# `course class due` sets, up to a maximum. There is none until you change the first number.
c.CourseGrading.late_penalty_per_day = 0.0
c.CourseGrading.late_penalty_grace_minutes = 10
c.CourseGrading.late_penalty_maximum = 1.0
'''


def init_class(
    directory: Path,
    solutions: Iterable[Path],
    *,
    repository_root: Path | None,
    language: str = ENGLISH,
) -> list[str]:
    """Make a class directory, or bring the lessons of an existing one up to date.

    Submissions and marks of an existing class are never touched.

    Args:
        directory: a new or empty folder, or a class directory.
        solutions: built instructor notebooks, `NN_slug.ipynb`; the stem becomes the lesson's id.
        repository_root: the course's checkout, which must not contain `directory`.
        language: the code of the class's language; a lesson in another one says so at its top.

    Returns:
        The ids of the lessons that were asked for, sorted.

    Raises:
        CourseError: the folder can't be used, or a lesson can't be released. Lessons that changed
            too much since students handed them in, and lessons whose exercises the class has under
            another name, are named after all others were released.
    """
    directory, solutions = Path(directory), sorted(Path(path) for path in solutions)
    _check_place(directory, repository_root)
    if not solutions:
        raise CourseError("There is no built lesson to release. Run `course build` first.")
    notebooks = {
        path.stem: _with_note(_without_links(_read_notebook(path)), language) for path in solutions
    }
    # It holds solutions, marks and the secret, and other accounts on the machine may be students.
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    course_id = re.sub(r"\W+", "_", directory.resolve().name, flags=re.ASCII).strip("_") or "course"
    if not (directory / CONFIG_NAME).exists():
        write_atomically(directory / CONFIG_NAME, _CONFIG.format(course_id=course_id).encode())
    create_gradebook(directory, course_id)
    held = _held_by_others(directory, notebooks)
    problems = _release_all(
        directory, {name: each for name, each in notebooks.items() if name not in held}
    )
    problems += [_explain_held(directory, lesson, *by) for lesson, by in sorted(held.items())]
    if problems:
        raise CourseError("\n".join(problems))
    return sorted(notebooks)


def add_lesson(directory: Path, notebook: nbformat.NotebookNode, lesson: str) -> None:
    """Add one instructor notebook to a class, or update it, and release it.

    Raises:
        CourseError: DIR is not a class directory, the id is invalid, or nbgrader refuses it.
    """
    require_class(directory)
    if problems := _release_all(Path(directory), {lesson: notebook}):
        raise CourseError("\n".join(problems))


def lessons_of(directory: Path) -> list[str]:
    """Return the ids of a class's lessons, sorted."""
    require_class(directory)
    notebooks = Path(directory).glob("source/*/*.ipynb")
    return sorted(path.stem for path in notebooks if path.stem == path.parent.name)


def language_of(directory: Path) -> str:
    """Return the language of a class's lessons, as far as translated; English without a class."""
    notebooks = map(_read_notebook, sorted(Path(directory).glob("source/*/*.ipynb")))
    found = map(language_of_notebook, notebooks)
    return next((code for code in found if code != ENGLISH), ENGLISH)


def resolve_lesson(directory: Path, text: str) -> str:
    """Return the id of the lesson that `text` names: the id itself or the start of exactly one id.

    Raises:
        CourseError: DIR is not a class directory; no lesson, or more than one, begins like that.
    """
    lessons = lessons_of(directory)
    found = (
        [text] if text in lessons else [name for name in lessons if text and name.startswith(text)]
    )
    if len(found) == 1:
        return found[0]
    problem = "More than one lesson begins with" if found else "There is no lesson"
    there_are = ", ".join(found or lessons) or "none"
    raise CourseError(f"{problem} {text!r} in {directory}. There are: {there_are}.")


def require_class(directory: Path) -> None:
    """Raise `CourseError` unless `directory` is a class directory."""
    if not (Path(directory) / CONFIG_NAME).is_file():
        raise CourseError(
            f"{directory} is not a class directory (it has no {CONFIG_NAME}). "
            f"Make one with `course class init {directory}`."
        )


def read_source(directory: Path, lesson: str) -> LessonSource:
    """Return the instructor's notebook of a class's lesson.

    Raises:
        CourseError: it or the class's configuration can't be read.
    """
    path, _ = _paths(Path(directory), lesson)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(f"{path} can't be read: {error}. Release the lesson again.") from error
    return LessonSource(text, load_release_rules(Path(directory)))


def students_with(directory: Path, lesson: str) -> list[str]:
    """Return the ids of the students who have handed in a lesson, sorted."""
    return sorted(
        path.parent.name
        for path in Path(directory).glob(f"submitted/*/{lesson}")
        if path.is_dir() and not path.parent.name.startswith(".")
    )


def submitted_notebook(directory: Path, lesson: str, student: str) -> Path:
    """Return the file that a student handed in; one that was renamed counts if it is the only one.

    Raises:
        CourseError: there is none, or it isn't clear which one counts.
    """
    place = Path(directory) / "submitted" / student / lesson
    exact = place / f"{lesson}.ipynb"
    found = [exact] if exact.exists() else sorted(place.glob("*.ipynb"))
    if len(found) == 1:
        return found[0]
    what = ", ".join(path.name for path in found) or "no notebook"
    raise CourseError(f"There is {what} in {place}; there has to be exactly one notebook.")


def read_submitted(path: Path, most_bytes: int | None = None) -> bytes:
    """Return the content of a submitted file; a link, which could point anywhere, is refused.

    Raises:
        CourseError: it is not a regular file, too large, or can't be read.
    """
    if path.is_symlink() or not path.is_file():
        raise CourseError(f"{path} is a link or not a regular file, and was not read.")
    if most_bytes is not None and path.stat().st_size > most_bytes:
        raise CourseError(f"{path} has more than {most_bytes} bytes, and was not read.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}.") from error


def utc_stamp() -> str:
    """Return the current time as a name that sorts by time, such as `20260131T120000.000000Z`."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")


def _check_place(directory: Path, repository_root: Path | None) -> None:
    place = directory.resolve()
    if repository_root is not None and place.is_relative_to(Path(repository_root).resolve()):
        raise CourseError(
            f"{directory} lies inside the course's repository, where student data could be "
            "committed by mistake. Choose a folder outside it."
        )
    if re.search(r"[*?\[\]%]", str(place)):  # nbgrader reads paths as patterns and addresses
        raise CourseError(
            f"nbgrader can't work in {place}: rename the folder without * ? [ ] or %."
        )
    if directory.exists() and not directory.is_dir():
        raise CourseError(f"{directory} is a file. Name a folder for the class.")
    if directory.is_dir() and any(directory.iterdir()) and not (directory / CONFIG_NAME).is_file():
        raise CourseError(
            f"{directory} is not empty and not a class directory. Name a new or an empty folder."
        )


def _read_notebook(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except FileNotFoundError:
        raise CourseError(f"There is no notebook {path}. Run `course build` first.") from None
    except nbformat.reader.NotJSONError:
        raise CourseError(f"{path} is not a notebook. Run `course build` again.") from None


def _release_all(directory: Path, notebooks: dict[str, nbformat.NotebookNode]) -> list[str]:
    """Release the lessons that have changed, and return why some of them were not."""
    changed = {}
    refused = []
    for lesson, notebook in notebooks.items():
        if not re.fullmatch(r"\w[\w.-]*", lesson):
            raise CourseError(f"{lesson!r} is not a lesson id: use only letters, digits, _ and -.")
        content = nbformat.writes(notebook).encode("utf-8")
        source, release = _paths(directory, lesson)
        if release.is_file() and source.is_file() and source.read_bytes() == content:
            continue
        refused += _changed_exercises(directory, lesson, notebook)
        changed[lesson] = content
    kept = {lesson for lesson, _ in refused}
    to_release = {lesson: content for lesson, content in changed.items() if lesson not in kept}
    if to_release:
        with open_api(directory) as api:
            for lesson, content in to_release.items():
                _release(api, directory, lesson, content)
    return [_explain(lesson, cells) for lesson, cells in refused]


def _release(api: "NbGraderAPI", directory: Path, lesson: str, content: bytes) -> None:
    source, release = _paths(directory, lesson)
    before = source.read_bytes() if source.is_file() else None
    write_atomically(source, content)
    log = directory / "logs" / f"{lesson}.release.log"
    with logged_to(api, log) as errors:
        result = api.generate_assignment(lesson)
    if result["success"] and release.is_file():
        if before is not None and before != content:
            keep = directory / "replaced_sources" / lesson / f"{utc_stamp()}.ipynb"
            write_atomically(keep, before)
        return
    if before is None:
        source.unlink()
    else:
        write_atomically(source, before)
        api.generate_assignment(lesson)
    reason = f": {errors[0]}" if errors else ""
    raise CourseError(f"nbgrader could not release {lesson}{reason}. Its log is {log}.")


def _paths(directory: Path, lesson: str) -> tuple[Path, Path]:
    name = Path(lesson) / f"{lesson}.ipynb"
    return directory / "source" / name, directory / "release" / name


def _changed_exercises(
    directory: Path, lesson: str, notebook: nbformat.NotebookNode
) -> list[tuple[str, str]]:
    """Return `[(lesson, changes)]` if submissions rule out the new version, otherwise `[]`."""
    source, _ = _paths(directory, lesson)
    if not source.is_file() or not students_with(directory, lesson):
        return []
    old, new = _exercises(_read_notebook(source)), _exercises(notebook)
    changes = [f"added {name}" for name in new if name not in old]
    changes += [f"removed {name}" for name in old if name not in new]
    return [(lesson, ", ".join(changes))] if changes else []


def _held_by_others(
    directory: Path, notebooks: dict[str, nbformat.NotebookNode]
) -> dict[str, tuple[str, list[str]]]:
    """Return lessons of which the class has half of the exercises, or more, under another name.

    Each is mapped to the class's lesson and the ids of the cells that the two share.
    """
    own = {}
    for lesson in lessons_of(directory):
        new = notebooks.get(lesson)
        if new is None or _changed_exercises(directory, lesson, new):
            new = _read_notebook(_paths(directory, lesson)[0])
        own[lesson] = set(_exercises(new))
    held = {}
    for lesson in notebooks.keys() - own.keys():
        wanted = _exercises(notebooks[lesson])
        for other, others in own.items():
            if 2 * len(shared := [name for name in wanted if name in others]) >= len(wanted) > 0:
                held[lesson] = other, shared
    return held


def _without_links(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Remove the links to the course's own lessons and answers on Colab; a class has its own."""
    kept = [cell for cell in notebook.cells if LINKS_TAG not in cell.metadata.get("tags", [])]
    notebook.cells = kept
    return notebook


def _with_note(notebook: nbformat.NotebookNode, language: str) -> nbformat.NotebookNode:
    """Say below the title that a lesson is in another language than its class."""
    if language_of_notebook(notebook) != language:
        with using(language):
            note = _("*(This lesson is not translated yet.)*")
        notebook.cells[0].source = with_note(notebook.cells[0].source, note)
    return notebook


def _exercises(notebook: nbformat.NotebookNode) -> list[str]:
    """Return the ids of the answer and test cells, in notebook order."""
    return [grade_id(cell) for cell in notebook.cells if is_graded(cell) or is_answer(cell)]


def _explain(lesson: str, changes: str) -> str:
    return (
        f"{lesson} has submissions, and its exercises have changed ({changes}). The class keeps "
        "the version that was handed out. To use the new one, add it under another name or start a "
        "new class."
    )


def _explain_held(directory: Path, lesson: str, other: str, cells: list[str]) -> str:
    exercises = dict.fromkeys(map(question_of, cells))
    return (
        f"{lesson} was not added: since before the lessons were renumbered, the class has its "
        f"exercises ({', '.join(exercises)}) in {other}, and it goes on with that. To have "
        f"{lesson} beside it, run `course class add {directory} solutions/{lesson}.py`."
    )
