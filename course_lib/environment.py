"""The machine that a notebook runs on: starting TensorFlow quietly, saying what works there.

What works on which system stands in `SYSTEMS` alone: `course doctor` quotes it, and a test compares
it with the README's table.
"""

import importlib.metadata
import importlib.util
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from course_lib.fonts import FONTS, fit_to_language
from course_lib.language import _, current, set_for_notebook

PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "matplotlib")


class System(NamedTuple):
    """A kind of machine, and what works there for learners and for teachers."""

    name: str
    learning: str
    teaching: str


SYSTEMS = {
    "linux": System(
        "Linux",
        "everything",
        "everything; grading in the sandbox needs bubblewrap (`apt install bubblewrap`)",
    ),
    "darwin": System(
        "macOS",
        "everything on Apple silicon; there is no current TensorFlow for Intel Macs",
        "everything but the sandbox: grade in a Linux container, or without one (`--sandbox none`)",
    ),
    "win32": System(
        "Windows",
        "everything; type the commands of *Install by hand*, since `make` is missing",
        "everything but grading: grade in WSL, which is Linux",
    ),
    "colab": System(
        "Colab",
        "every lesson with its checks; the first cell installs what is needed",
        "nothing: a class needs a machine that keeps its files",
    ),
}


def on_colab() -> bool:
    """Return whether this runs on Google Colab, in a notebook or in a terminal there."""
    if "google.colab" in sys.modules:
        return True
    try:
        return importlib.util.find_spec("google.colab") is not None
    except ModuleNotFoundError:  # no package of Google's at all
        return False


def system() -> System:
    """Return what works on this machine; an unknown Unix is taken for Linux."""
    return SYSTEMS["colab"] if on_colab() else SYSTEMS.get(sys.platform, SYSTEMS["linux"])


def start(language: str = "") -> None:
    """Import TensorFlow and Keras without their start-up messages, and print one line instead.

    The line names the versions and where the numbers will be computed. Should the import fail, the
    messages are shown, and the exception goes on.

    Args:
        language: what this notebook is written in, such as "zh"; `course build` puts it in.
    """
    set_for_notebook(language)
    if current() in FONTS:  # in English, Matplotlib need not be loaded for that
        fit_to_language()
    with native_messages_withheld():
        import joblib
        import keras
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
        # Recent graphics cards would round the inputs of products to 10 bits, a thousandth, which
        # is more than what separates a right answer from a wrong one. On a CPU it changes nothing.
        tf.config.experimental.enable_tensor_float_32_execution(False)
        tf.constant(0) + 1  # the first operation: here TensorFlow looks for a GPU and complains
    # Remarks such as "5 out of the last 9 calls triggered retracing" are for authors of libraries,
    # and on standard error they would cost a check cell its points in plain nbgrader.
    tf.get_logger().setLevel("ERROR")
    # Not `os.cpu_count`: a container or a scheduler may allow fewer cores than the machine has.
    if devices:
        where = _("{count} GPU").format(count=len(devices))
    else:
        where = _("the CPU ({count} cores)").format(count=joblib.cpu_count())
    sentence = _("TensorFlow {tensorflow} with Keras {keras} computes on {where}.")
    print(sentence.format(tensorflow=tf.__version__, keras=keras.__version__, where=where))


def versions() -> dict[str, str]:
    """Return Python's version and those of the packages that the course relies on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = _("not installed")
    return found


@contextmanager
def native_messages_withheld() -> Iterator[None]:
    """Keep what native code writes to standard error, and show it only if the block fails.

    TensorFlow's C++ parts log before their log level can be set, which no variable prevents; in a
    notebook that is a red wall above the first line a learner sees.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    sys.stderr.flush()
    saved = os.dup(2)
    with tempfile.TemporaryFile() as log:
        os.dup2(log.fileno(), 2)
        try:
            yield
        except BaseException:
            os.dup2(saved, 2)
            log.seek(0)
            sys.stderr.write(log.read().decode(errors="replace"))
            raise
        finally:
            os.dup2(saved, 2)
            os.close(saved)
