"""The benchmark of tolerances: what it notes of a check's comparisons."""

import numpy as np
import pytest
from exercises import ANSWERS, lesson_source

from benchmarks import tolerances
from course_lib import checks
from course_tools.authoring import Cell, Lesson


def test_right_answers_lie_inside_and_wrong_ones_outside(monkeypatch):
    monkeypatch.setattr(tolerances, "SEEDS", 2)
    lesson = lesson_source("00_start_here")
    [cell] = [cell for cell in lesson.cells if cell.role == "checks"]
    wrong = sorted((ANSWERS / lesson.name / cell.exercise).glob("wrong_*.py"))
    elsewhere = tolerances.Elsewhere(machines=3, used=0.25)
    [line] = tolerances._report(lesson, cell, wrong, elsewhere)
    assert line.startswith("00/dense_parameters: ")
    assert "use at most 0, 0.25 on 3 other machines;" in line
    assert float(line.split("off by ")[1].split(" of one")[0]) > 1


def test_limits_of_a_check_are_noted_with_the_values_on_either_side():
    tests = (
        "from course_lib import checks\nwith checks.exercise('E'):\n"
        "    checks.true(0.2 < spread() < 0.9 and bool((values() > 0).all()), 'symptom', 'cause')"
    )
    lesson = lesson_source("00_start_here")
    solution = "import numpy as np\nspread = lambda: 0.5\nvalues = lambda: np.ones(3)"
    cells = (
        Cell("code", solution, 1, "solution", "spread"),
        Cell("code", tests, 9, "checks", "spread", 1),
    )
    measured = tolerances._Measured(Lesson(lesson.name, cells), cells[1])
    measured.meet_reference(0)
    with pytest.raises(checks.CheckFailed):
        measured.meet(solution.replace("0.5", "0.95"), 0)
    below, above = measured.limits.values()
    assert (below.right, above.right, above.wrong) == ([0.5], [0.5], [0.95])
    assert np.isclose(checks.close.__kwdefaults__["rtol"], 1e-5), "what the benchmark takes"
