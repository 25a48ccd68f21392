"""A learner on Colab: the notebook file alone, in an environment like Colab's.

What stands in for what: a Git repository made of this checkout for the course's address, so that
the first cell runs the very command that it would run there; an empty package `google.colab`,
loaded before the notebook begins, for Google's.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import nbformat
from checkout import ROOT
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from course_tools.authoring import instructor_notebook, read_lesson, student_notebook

COURSE = re.compile(r"(__editable__.*|pretrained_models_course-.*)")


def repository_of_checkout(folder):
    """Make a Git repository of the files as they are now, and return its address."""
    checkout_in(folder)
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.org"]
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "Course"]):
        subprocess.run(["git", *identity, *command], cwd=folder, check=True)
    return folder.as_uri()


def checkout_in(folder):
    """Copy what belongs to the repository, as it is now, to a new folder, and return that."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


def python_like_colab(folder, packages):
    """Make an environment without the course that sees the packages in the folder `packages`."""
    command = [sys.executable, "-m", "venv", "--without-pip", folder]
    subprocess.run(command, check=True)
    site_packages = next(folder.glob("lib/python*/site-packages"))
    shown = folder / "packages"
    shown.mkdir()
    for path in packages.iterdir():
        if not COURSE.fullmatch(path.name):
            (shown / path.name).symlink_to(path.resolve())
    (site_packages / "packages.pth").write_text(f"{shown}\n")
    load_google_colab(site_packages)
    return folder / "bin" / "python"


def load_google_colab(site_packages):
    """Put an empty `google.colab` there, imported when Python starts as Colab's launcher does."""
    colab = site_packages / "google" / "colab"
    colab.mkdir(parents=True)
    (colab / "__init__.py").touch()
    (site_packages / "zz_google_colab.pth").write_text("import google.colab\n")


def notebook_on_colab(name, repository, *, solved):
    """Return what Colab opens for a lesson: built for this repository."""
    notebook = instructor_notebook(read_lesson(ROOT / "solutions" / f"{name}.py"), repository)
    return notebook if solved else student_notebook(notebook)


class Session:
    """A notebook in a kernel that lives on, whose cells are run in any order."""

    def __init__(self, client, notebook):
        self._client, self.notebook = client, notebook

    @property
    def code(self):
        """The positions of the code cells."""
        return [i for i, cell in enumerate(self.notebook.cells) if cell.cell_type == "code"]

    @property
    def checks(self):
        """The positions of the check cells."""
        return [i for i in self.code if graded(self.notebook.cells[i])]

    def position(self, grade_id):
        """Return where the cell with this name in nbgrader's gradebook stands."""
        names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in self.notebook.cells]
        return names.index(grade_id)

    def run(self, position):
        """Run one cell and return what it prints; an error becomes its text."""
        cell = self.notebook.cells[position]
        try:
            self._client.execute_cell(cell, position)
        except CellExecutionError:
            return Failed(error_text(cell))
        return printed(cell)


class Failed(str):
    """The error that a cell ended in, as the learner sees it."""


@contextmanager
def session(python, notebook, folder, **variables):
    """Start a kernel of this Python in a folder that holds the notebook alone."""
    folder.mkdir()
    nbformat.write(notebook, folder / "lesson.ipynb")
    client = NotebookClient(
        notebook, timeout=1200, kernel_name="python3", store_widget_state=False,
        resources={"metadata": {"path": str(folder)}}, extra_arguments=["--log-level=ERROR"],
    )  # fmt: skip
    client.create_kernel_manager()
    client.km.kernel_spec.argv[0] = str(python)
    hidden = {"PYTHONPATH", "VIRTUAL_ENV"}
    env = {name: value for name, value in os.environ.items() if name not in hidden} | variables
    with client.setup_kernel(env=env):
        yield Session(client, notebook)


def graded(cell):
    """Tell whether this is a check cell."""
    return cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("grade", False)


def printed(cell):
    """Return what a cell wrote to standard output and error."""
    return "".join(o.text for o in cell.outputs if o.output_type == "stream")


def error_text(cell):
    """Return the traceback of a cell without colours."""
    error = next(o for o in cell.outputs if o.output_type == "error")
    return re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback))
