"""`course doctor`: what is right and wrong with this machine, and what mends each.

A missing thing that only some need (a GPU, the sandbox of instructors, a lesson's data) is no
fault: it is said, with what it is for. Nothing is downloaded, and nothing is left behind.
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

from course_lib import assets, environment, files
from course_lib.errors import CourseError

RIGHT, REMARK, WRONG = "right", "remark", "wrong"
PACKAGE = "pretrained-models-course"
_FREE_BYTES = 2 * 2**30
_MEMORY_BYTES = 4 * 2**30


class Finding(NamedTuple):
    """What one look came to: what was looked at, RIGHT, REMARK or WRONG, the fact, the mend."""

    what: str
    state: str
    fact: str
    mend: str = ""


def examine() -> Iterator[Finding]:
    """Look at one thing after another, the slow ones last."""
    for look in (
        _system, _python, _packages, _assets, _data_packs, _cache, _disk, _memory, _notebook_server,
        _sandbox, _tensorflow,
    ):  # fmt: skip
        yield look()


def _system() -> Finding:
    system = environment.system()
    return Finding(
        "system", RIGHT, f"{system.name}. Learning: {system.learning}. Teaching: {system.teaching}"
    )


def _python() -> Finding:
    version = platform.python_version()
    if (3, 11) <= sys.version_info[:2] <= (3, 13):
        return Finding("Python", RIGHT, f"{version} in {sys.prefix}")
    return Finding(
        "Python", WRONG, f"{version}; the course needs 3.11, 3.12 or 3.13",
        "make clean, then make PYTHON=python3.12 lab    (without make: README, Install by hand)",
    )  # fmt: skip


def _packages() -> Finding:
    """Compare what is installed with the lower bounds that the course declares."""
    try:
        requirements = importlib.metadata.requires(PACKAGE) or []
    except importlib.metadata.PackageNotFoundError:
        return Finding(
            "packages", WRONG, "the course is not installed in this environment",
            "pip install --constraint constraints.txt --editable '.[local,solar]'",
        )  # fmt: skip
    bad = [problem for text in requirements if (problem := _requirement_problem(text))]
    if bad:
        return Finding(
            "packages", WRONG, "; ".join(bad),
            "pip install --constraint constraints.txt --editable '.[local,solar]'",
        )  # fmt: skip
    names = ["tensorflow", "keras", "numpy"]
    if not environment.on_colab():
        names += ["jupyterlab", "nbgrader"]
    named = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in names)
    return Finding("packages", RIGHT, named)


def _requirement_problem(text: str) -> str:
    """Return what is wrong with one requirement of the lessons or of the extra `local`.

    Colab has a notebook server of its own, so `local` is not looked at there.
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
        return f"{requirement.name} is {version}, and has to be {requirement.specifier}"
    return ""


def _assets() -> Finding:
    names = list(assets.manifest())
    try:
        size = sum(assets.path(name).stat().st_size for name in names)
    except CourseError as error:
        return Finding("weights and data", WRONG, *_split_advice(str(error)))
    return Finding(
        "weights and data", RIGHT, f"{len(names)} files that come along, {_size(size)}, unharmed"
    )


def _split_advice(text: str) -> tuple[str, str]:
    fact, _, mend = text.partition(" Restore it ")
    return fact, f"Restore it {mend}" if mend else ""


def _data_packs() -> Finding:
    if importlib.util.find_spec("elpv_dataset") is not None:
        return Finding("solar cells", RIGHT, "installed, for lesson 07")
    return Finding(
        "solar cells", REMARK, "not installed; lesson 07 needs them",
        "pip install elpv-dataset    (for non-commercial use)",
    )  # fmt: skip


def _cache() -> Finding:
    folder = files.cache_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            "cache", WRONG, f"{folder} can't be written ({error.strerror})",
            "name another folder: export COURSE_CACHE=/path/to/a/folder",
        )  # fmt: skip
    return Finding("cache", RIGHT, f"{folder}")


def _disk() -> Finding:
    folder = next(p for p in (files.cache_dir(), *files.cache_dir().parents) if p.exists())
    free = shutil.disk_usage(folder).free
    if free < _FREE_BYTES:
        return Finding(
            "disk", WRONG, f"{_size(free)} free in {folder}; {_size(_FREE_BYTES)} are needed",
            "free some space, or name another folder: export COURSE_CACHE=/path/to/a/folder",
        )  # fmt: skip
    return Finding("disk", RIGHT, f"{_size(free)} free")


def _memory() -> Finding:
    from course_tools.grading.capacity import usable_cores, usable_memory

    memory = usable_memory()
    if memory < _MEMORY_BYTES:
        return Finding(
            "memory", REMARK, f"{_size(memory)}; the lessons are made for {_size(_MEMORY_BYTES)}",
            "close other programs, and other notebooks (Kernel > Shut Down)",
        )  # fmt: skip
    return Finding("memory", RIGHT, f"{_size(memory)}, {usable_cores()} cores")


def _notebook_server() -> Finding:
    if environment.on_colab():
        return Finding("JupyterLab", RIGHT, "not needed: Colab has a notebook of its own")
    program = Path(sys.executable).with_name("jupyter-lab")
    if program.exists() or shutil.which("jupyter-lab"):
        return Finding("JupyterLab", RIGHT, f"{importlib.metadata.version('jupyterlab')}: make lab")
    return Finding(
        "JupyterLab", WRONG, "its program is missing", "pip install --force-reinstall jupyterlab"
    )


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
    except Exception as error:  # a broken installation fails in any way; each is the same finding
        text = re.sub(r"\s+", " ", str(error))[:300]
        return Finding(
            "TensorFlow", WRONG, f"can't be used ({type(error).__name__}: {text})",
            "pip install --force-reinstall --constraint constraints.txt tensorflow keras",
        )  # fmt: skip
    if result != 4 or keras.backend.backend() != "tensorflow":
        return Finding(
            "TensorFlow", WRONG, f"Keras computes with {keras.backend.backend()}",
            "export KERAS_BACKEND=tensorflow",
        )  # fmt: skip
    where = f"{len(devices)} GPU" if devices else "the CPU; no GPU was found, and none is needed"
    return Finding("TensorFlow", RIGHT, f"computes on {where}")


def _size(count: float) -> str:
    return f"{count / 2**30:.1f} GB" if count >= 2**30 else f"{count / 2**20:.0f} MB"
