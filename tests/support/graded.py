"""Looking at graded notebooks and marks."""

import nbformat

from course_tools.authoring import read_lesson


def points(root, lesson_name):
    """What each automatically graded exercise of a lesson is worth."""
    cells = read_lesson(root / "solutions" / f"{lesson_name}.py").cells
    return {cell.exercise: cell.points for cell in cells if cell.role == "checks"}


def read(notebook_path):
    return nbformat.read(notebook_path, as_version=4)


def assert_clean(executed):
    """An executed notebook holds no error and nothing on stderr."""
    for cell in executed.cells:
        for output in cell.get("outputs", []):
            assert output.output_type != "error", output
            assert output.get("name") != "stderr", output.text
