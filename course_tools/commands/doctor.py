"""`course doctor`: what is right and wrong with this machine, and how to put it right.

Something missing that only some people need (a GPU, the instructors' sandbox, a lesson's data) is
not a fault: it is reported, with what it is for. Nothing is downloaded, and nothing is left behind.
"""

import importlib.metadata
import importlib.util
import platform
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from course_lib import assets, environment
from course_lib.errors import CourseError
from course_lib.plumbing import cache_dir

RIGHT, REMARK, WRONG = "right", "remark", "wrong"
PACKAGE = "pretrained-models-course"
_INSTALL = "pip install --constraint constraints.txt --editable '.[local,solar]'"
_REINSTALL_TENSORFLOW = (
    "pip install --force-reinstall --constraint constraints.txt tensorflow keras"
)
_MOVE_CACHE = "export COURSE_CACHE=/path/to/a/folder"
_FREE_BYTES = 2 * 2**30
_MEMORY_BYTES = 4 * 2**30


class Finding(NamedTuple):
    """The result of one examination: its subject, RIGHT, REMARK or WRONG, the fact, the remedy."""

    subject: str
    state: str
    fact: str
    remedy: str = ""


def examine() -> Iterator[Finding]:
    """Examine one thing after another, the slow ones last."""
    yield _system()
    yield _python()
    yield _packages()
    yield _assets()
    yield _data_packs()
    yield _cache()
    yield _disk()
    yield _memory()
    yield _notebook_server()
    yield _sandbox()
    yield _tensorflow()


def _system() -> Finding:
    system = environment.system()
    return Finding(
        "system", RIGHT, f"{system.name}. Learning: {system.learning}. Teaching: {system.teaching}"
    )


def _python() -> Finding:
    version = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", RIGHT, f"{version} in {sys.prefix}")
    fact = f"{version}; the course needs 3.11, 3.12 or 3.13"
    remedy = (
        "make clean, then make PYTHON=python3.12 lab    (without make: README, Install by hand)"
    )
    return Finding("Python", WRONG, fact, remedy)


def _packages() -> Finding:
    """Compare what is installed with the lower bounds that the course declares."""
    try:
        requirements = importlib.metadata.requires(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        fact = "the course is not installed in this environment"
        return Finding("packages", WRONG, fact, _INSTALL)
    problems = [problem for text in requirements if (problem := _requirement_problem(text))]
    if problems:
        return Finding("packages", WRONG, "; ".join(problems), _INSTALL)
    names = ["tensorflow", "keras", "numpy"]
    if not environment.on_colab():
        names += ["jupyterlab", "nbgrader"]
    versions = [f"{name} {importlib.metadata.version(name)}" for name in names]
    return Finding("packages", RIGHT, ", ".join(versions))


def _requirement_problem(text: str) -> str:
    """Return what is wrong with one requirement of the lessons or of the extra `local`.

    Colab has a notebook server of its own, so `local` is not checked there.
    """
    from packaging.requirements import Requirement

    requirement = Requirement(text)
    extra = "" if environment.on_colab() else "local"
    if requirement.marker and not requirement.marker.evaluate({"extra": extra}):
        return ""
    try:
        version = importlib.metadata.version(requirement.name)
    except importlib.metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    if not requirement.specifier.contains(version, prereleases=True):
        return f"{requirement.name} is {version}, but has to be {requirement.specifier}"
    return ""


def _assets() -> Finding:
    names = list(assets.manifest())
    try:
        size = sum(assets.path(name).stat().st_size for name in names)
    except CourseError as error:
        return Finding("weights and data", WRONG, *_split_advice(str(error)))
    fact = f"{len(names)} files come with the course, {_size(size)}, all intact"
    return Finding("weights and data", RIGHT, fact)


def _split_advice(text: str) -> tuple[str, str]:
    fact, _, remedy = text.partition(" Restore it ")
    return fact, f"Restore it {remedy}" if remedy else ""


def _data_packs() -> Finding:
    if importlib.util.find_spec("elpv_dataset") is not None:
        return Finding("solar cells", RIGHT, "installed, for lesson 08")
    remedy = "pip install elpv-dataset    (for non-commercial use)"
    return Finding("solar cells", REMARK, "not installed; lesson 08 needs them", remedy)


def _cache() -> Finding:
    folder = cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        fact = f"{folder} can't be written to ({error.strerror})"
        return Finding("cache", WRONG, fact, f"name another folder: {_MOVE_CACHE}")
    return Finding("cache", RIGHT, f"{folder}")


def _disk() -> Finding:
    folder = next(p for p in (cache_dir(), *cache_dir().parents) if p.exists())
    free = shutil.disk_usage(folder).free
    if free < _FREE_BYTES:
        fact = f"{_size(free)} free in {folder}; {_size(_FREE_BYTES)} are needed"
        remedy = f"free some space, or name another folder: {_MOVE_CACHE}"
        return Finding("disk", WRONG, fact, remedy)
    return Finding("disk", RIGHT, f"{_size(free)} free")


def _memory() -> Finding:
    from course_tools.grading.capacity import usable_cores, usable_memory

    memory = usable_memory()
    if memory < _MEMORY_BYTES:
        fact = f"{_size(memory)}; the lessons are made for {_size(_MEMORY_BYTES)}"
        remedy = "close other programs, and other notebooks (Kernel > Shut Down)"
        return Finding("memory", REMARK, fact, remedy)
    return Finding("memory", RIGHT, f"{_size(memory)}, {usable_cores()} cores")


def _notebook_server() -> Finding:
    if environment.on_colab():
        return Finding("JupyterLab", RIGHT, "not needed: Colab has a notebook of its own")
    program = Path(sys.executable).with_name("jupyter-lab")
    if program.exists() or shutil.which("jupyter-lab"):
        return Finding("JupyterLab", RIGHT, f"{importlib.metadata.version('jupyterlab')}: make lab")
    remedy = "pip install --force-reinstall jupyterlab"
    return Finding("JupyterLab", WRONG, "its program is missing", remedy)


def _sandbox() -> Finding:
    from course_tools.grading.sandbox import require_bubblewrap

    try:
        require_bubblewrap()
    except CourseError as error:
        fact, *rest = str(error).splitlines()
        return Finding("sandbox", REMARK, f"{fact} Only instructors need it.", "\n".join(rest))
    return Finding("sandbox", RIGHT, "bubblewrap works: submissions can be graded")


def _tensorflow() -> Finding:
    try:
        with environment.native_messages_withheld():
            import keras
            import tensorflow as tf

            devices = tf.config.list_physical_devices("GPU")
            result = float(keras.ops.sum(keras.ops.ones((2, 2))))
    except Exception as error:  # a broken installation can fail in any way, with the same remedy
        text = re.sub(r"\s+", " ", str(error))[:300]
        fact = f"can't be used ({type(error).__name__}: {text})"
        return Finding("TensorFlow", WRONG, fact, _REINSTALL_TENSORFLOW)
    if result != 4 or keras.backend.backend() != "tensorflow":
        fact = f"Keras computes with {keras.backend.backend()}"
        return Finding("TensorFlow", WRONG, fact, "export KERAS_BACKEND=tensorflow")
    where = f"{len(devices)} GPU" if devices else "the CPU; no GPU was found, and none is needed"
    return Finding("TensorFlow", RIGHT, f"computes on {where}")


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
