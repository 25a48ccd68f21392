"""The machine that a notebook runs on: starting TensorFlow quietly, and saying what is there."""

import importlib.metadata
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

PACKAGES = ("tensorflow", "keras", "numpy", "scikit-learn", "matplotlib", "nbgrader")


def start() -> None:
    """Import TensorFlow and Keras without their start-up messages, and print one line instead.

    The line names the versions and where the numbers will be computed. Should the import fail, the
    messages are shown, and the exception goes on.
    """
    with native_messages_withheld():
        import keras
        import tensorflow as tf

        devices = tf.config.list_physical_devices("GPU")
        tf.constant(0) + 1  # the first operation: here TensorFlow looks for a GPU and complains
    # Remarks such as "5 out of the last 9 calls triggered retracing" are for authors of libraries,
    # and on standard error they would cost a check cell its points in plain nbgrader.
    tf.get_logger().setLevel("ERROR")
    where = f"{len(devices)} GPU" if devices else f"the CPU ({os.cpu_count()} cores)"
    print(f"TensorFlow {tf.__version__} with Keras {keras.__version__} computes on {where}.")


def versions() -> dict[str, str]:
    """Return Python's version and those of the packages that the course relies on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
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
