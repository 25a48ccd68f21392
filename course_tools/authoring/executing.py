"""Running a notebook headless in a fresh kernel, as the demonstration and the tests do."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode

from course_lib import progress
from course_lib.errors import CourseError


def execute(
    notebook: NotebookNode,
    folder: Path,
    *,
    on_cell: Callable[[NotebookNode, int], None] | None = None,
    allow_errors: bool = False,
    timeout: int = 600,
) -> NotebookNode:
    """Run all cells in place and return the notebook.

    Args:
        notebook: its code cells receive their outputs.
        folder: the kernel's working directory.
        on_cell: called with each code cell and its index as soon as it has run.
        allow_errors: carry on after a cell that raised.
        timeout: seconds that one cell may take.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised and `allow_errors` is false.
        CourseError: the kernel's process ended prematurely.
    """

    def report(cell: NotebookNode, cell_index: int, execute_reply: dict) -> None:
        if on_cell:
            on_cell(cell, cell_index)

    client = NotebookClient(
        notebook,
        timeout=timeout,
        kernel_name="python3",
        allow_errors=allow_errors,
        resources={"metadata": {"path": str(folder)}},
        on_cell_executed=report,
        extra_arguments=["--log-level=ERROR"],
    )
    # The kernel of this very environment, wherever the notebook's own metadata points.
    manager: Any = client.create_kernel_manager()
    manager.kernel_spec.argv[0] = sys.executable
    return _run(client)


def _run(client: NotebookClient) -> NotebookNode:
    # A headless run is nobody's progress.
    variables = os.environ | {progress.VARIABLE: progress.OFF}
    # What the kernel's process writes to stderr is shown only if it fails.
    with tempfile.TemporaryFile() as kernel_log:
        try:
            return client.execute(env=variables, stderr=kernel_log)
        except CellExecutionError:
            raise
        except (Exception, asyncio.CancelledError) as error:
            # On Ctrl-C nbclient ends its kernel, and then stumbles over the missing one.
            if hasattr(client, "_async_cleanup_kernel_future"):
                raise KeyboardInterrupt from error
            kernel_log.seek(0)
            sys.stderr.write(kernel_log.read().decode(errors="replace"))
            if not isinstance(error, DeadKernelError):
                raise
            raise CourseError(
                "The notebook's process has ended, most likely because memory ran out. Close other "
                "programs and notebooks, then try again."
            ) from error
