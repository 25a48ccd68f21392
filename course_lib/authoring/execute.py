"""Running a notebook headless in a fresh kernel, as the demonstration and the tests do."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from nbclient import NotebookClient
from nbformat import NotebookNode

from course_lib import progress


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
        allow_errors: go on after a cell that raised.
        timeout: seconds that one cell may take.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell raised and `allow_errors` is false.
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
    client.create_kernel_manager()
    client.km.kernel_spec.argv[0] = sys.executable
    # What runs by itself is nobody's progress.
    return client.execute(env=os.environ | {progress.VARIABLE: progress.OFF})
