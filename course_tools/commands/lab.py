"""`course lab`: JupyterLab as a learner needs it.

The folder `jupyter` beside this file configures it: `labconfig/page_config.json` leaves out the
pop-up about Jupyter's news and nbgrader's tools for instructors. Validate stays, and with
`nbgrader_config.json` it gives a cell five minutes instead of thirty seconds. A slider is saved as
its figure (`saved_figures.py`), so lessons are told that they may show sliders. All this holds for
this one JupyterLab: the user's own settings stay as they are, and `jupyter lab` in a class
directory has all of nbgrader.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from course_lib import explore

FIRST_LESSON = "00_start_here.ipynb"


def run(folder: Path, options: Sequence[str] = ()) -> None:
    """Open JupyterLab on the first lesson in `folder`, and return when it is shut down.

    `options` are JupyterLab's own, such as `--no-browser`.
    """
    # Jupyter is slow to import, and reads this variable when it starts.
    before = os.environ.get("JUPYTER_CONFIG_PATH")
    ours = str(Path(__file__).with_name("jupyter"))
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([ours, *([before] if before else [])])
    os.environ.setdefault(explore.VARIABLE, explore.ON)
    from jupyterlab.labapp import main

    # In a container people are often root, which Jupyter refuses unless told otherwise.
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    main([f"--notebook-dir={folder}", str(folder / FIRST_LESSON), *as_root, *options])
