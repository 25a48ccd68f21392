"""The one place where nbgrader is opened, with its tools on PATH and its log off the terminal.

Everything else in this package gets nbgrader through `open_api`. nbgrader is slow to import, so it
is imported only when a class directory is opened.
"""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from course_lib.errors import CourseError
from course_tools.grading.notebooks import ReleaseRules

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import Config

CONFIG_NAME = "nbgrader_config.py"
# Loggers that nbgrader and its dependencies use besides the one that they are given. Without a
# handler Python prints their warnings to the terminal.
_OTHER_LOGGERS = ("traitlets", "tornado.application", "asyncio")


@contextmanager
def open_api(directory: Path) -> Iterator["NbGraderAPI"]:
    """Open nbgrader on a class directory, with the directory's own configuration.

    While it is open nothing that nbgrader logs reaches the terminal; `logged_to` keeps it.

    Raises:
        CourseError: the configuration can't be read, or nbgrader can't open the gradebook.
    """
    with _tools_on_path(), warnings.catch_warnings(), _silenced():
        warnings.simplefilter("ignore")
        from nbgrader.apps import NbGraderAPI

        config = load_config(directory)
        # A logger outside the tree of loggers, so that no handler of the program sees its records.
        log = logging.Logger("course.nbgrader", logging.INFO)
        log.addHandler(logging.NullHandler())
        yield NbGraderAPI(config=config, log=log)


@contextmanager
def logged_to(api: "NbGraderAPI", path: Path) -> Iterator[list[BaseException]]:
    """Write what nbgrader logs to `path`, and collect the exceptions that it logs and swallows.

    nbgrader catches what goes wrong with one submission and reports it as text only. Its log calls
    are inside the `except` clauses, so a handler sees the exception itself.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    to_file = logging.FileHandler(path, mode="w", encoding="utf-8")
    to_file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    caught = _CaughtErrors(logging.ERROR)
    api.log.addHandler(to_file)
    api.log.addHandler(caught)
    try:
        yield caught.errors
    finally:
        api.log.removeHandler(to_file)
        api.log.removeHandler(caught)
        to_file.close()


class _CaughtErrors(logging.Handler):
    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.errors: list[BaseException] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = sys.exc_info()[1]
        if error is not None and error not in self.errors:
            self.errors.append(error)


def create_gradebook(directory: Path, course_id: str) -> None:
    """Create the empty gradebook of a class, all of it or nothing; an existing one is left alone.

    nbgrader makes the tables first and then runs `alembic` to record their version. If that failed
    in place, it would leave a gradebook without a version, which `nbgrader db upgrade` can't read.
    """
    path = directory / "gradebook.db"
    if path.exists():
        return
    beside = directory / ".gradebook.db.part"
    beside.unlink(missing_ok=True)
    with _tools_on_path(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from nbgrader.api import Gradebook

        try:
            Gradebook(f"sqlite:///{beside.resolve()}", course_id).close()
        except Exception as error:
            beside.unlink(missing_ok=True)
            raise CourseError(
                f"nbgrader could not create the gradebook in {directory}: {error}. "
                "Is this environment complete? Install the course again (`make test` does it)."
            ) from error
    os.replace(beside, path)


def load_config(directory: Path) -> "Config":
    """Return the traitlets configuration of a class directory.

    Raises:
        CourseError: the file can't be read.
    """
    from traitlets.config import PyFileConfigLoader

    path = directory.resolve() / CONFIG_NAME
    try:
        config = PyFileConfigLoader(str(path)).load_config()
    except Exception as error:  # the file is Python that an instructor may edit
        raise CourseError(f"{path} can't be read: {error!r}. Correct it and try again.") from error
    config.CourseDirectory.root = str(directory.resolve())
    return config


def load_release_rules(directory: Path) -> ReleaseRules:
    """Return the rules by which nbgrader, as configured, releases the lessons of a class.

    Raises:
        CourseError: the configuration can't be read, or nbgrader can't work with it.
    """
    config = load_config(directory)
    with warnings.catch_warnings(), _silenced():
        warnings.simplefilter("ignore")
        from nbgrader.preprocessors import ClearHiddenTests, ClearMarkScheme, ClearSolutions

        try:
            solutions, tests = ClearSolutions(config=config), ClearHiddenTests(config=config)
            schemes = ClearMarkScheme(config=config)
            code_stub = solutions.code_stub["python"]
        except Exception as error:  # traitlets raises errors of many types
            raise CourseError(
                f"{directory / CONFIG_NAME}: nbgrader can't work with the settings of "
                f"ClearSolutions, ClearHiddenTests or ClearMarkScheme: {error!r}. Correct them."
            ) from error
    return ReleaseRules(
        code_stub,
        solutions.text_stub,
        (solutions.begin_solution_delimeter, solutions.end_solution_delimeter),
        (tests.begin_test_delimeter, tests.end_test_delimeter),
        (schemes.begin_mark_scheme_delimeter, schemes.end_mark_scheme_delimeter),
    )


@contextmanager
def _tools_on_path() -> Iterator[None]:
    # nbgrader runs `alembic` by name; in an environment that is not activated it is beside Python,
    # not on PATH.
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


@contextmanager
def _silenced() -> Iterator[None]:
    handler = logging.NullHandler()
    loggers = [logging.getLogger(name) for name in _OTHER_LOGGERS]
    state = [(logger, logger.propagate, logger.level) for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, propagate, level in state:
            logger.removeHandler(handler)
            logger.propagate = propagate
            logger.setLevel(level)
