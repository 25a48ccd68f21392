"""A whole lesson, run as it stands, and held to what its prose says."""

import json
import os
from pathlib import Path

from exercises import lesson_source
from graded import assert_clean

from benchmarks import claims, machines

# Where `make test-processors` finds what a machine has measured.
FOLDER = "COURSE_CLAIMS"


def is_kept(lesson_name):
    """Return whether the lesson as it is now has been run whole, and did what its prose says.

    On another machine, and where a lesson runs that nobody has kept, the answer is no.
    """
    if os.environ.get(machines.VARIABLE):
        return False
    run = claims.run_of_content(lesson_source(lesson_name))
    names = {each.name for each in claims.claims_of(lesson_name)}
    return run and names <= set(run.values) and not claims.broken(lesson_name, run.values)


def assert_true_to_its_words(executed, lesson_name):
    """An executed notebook has no error, nothing on stderr, and did what its prose says."""
    assert_clean(executed)
    measured = claims.read_report(executed.cells[-1].outputs[0].text)
    if folder := os.environ.get(FOLDER):
        (Path(folder) / f"{lesson_name}.json").write_text(json.dumps(measured))
    broken = claims.broken(lesson_name, measured)
    assert not broken, "\n".join(broken)
