"""A learner goes back: what a cell takes from cells above means the same whenever it runs again.

A name that two cells bind to different things is a trap in a notebook. Who runs the later one, goes
back and runs a cell in between gets another result, without any message. `test_colab.py` and
`versions.py` run lessons again in any order; here is what makes that come out right.
"""

from course_tools.authoring import read_lesson
from course_tools.grading.notebooks.effects import effects_of


def test_a_name_that_is_taken_from_another_cell_is_bound_by_that_cell_only(root, lesson_name):
    cells = code_cells(root, lesson_name)
    for position, cell in enumerate(cells):
        for name in taken_from_others(cell):
            sources = [i for i, other in enumerate(cells) if name in other.binds and i != position]
            imported = {cells[i].import_statements.get(name) for i in sources} - {None}
            if len(imported) == 1 and all(name in cells[i].imports for i in sources):
                continue
            assert len(sources) <= 1, (
                f"{name} is bound by {len(sources)} cells and used in another one:\n{cell.text}"
            )


def test_no_cell_gives_a_new_value_to_what_it_takes_from_another(root, lesson_name):
    """`x = x / 255` in a cell of its own divides twice when it runs twice."""
    cells = code_cells(root, lesson_name)
    for cell in cells:
        elsewhere = {name for other in cells if other is not cell for name in other.binds}
        assert not cell.reads & cell.binds & elsewhere, cell.text


def code_cells(root, lesson_name):
    cells = read_lesson(root / "solutions" / f"{lesson_name}.py").cells
    return [effects_of(cell.source) for cell in cells if cell.kind == "code"]


def taken_from_others(cell):
    return (cell.reads | cell.reads_later) - cell.binds
