"""What a person does to a class that is graded, and looking at it."""

import nbformat
from nbgrader.api import Gradebook


def open_gradebook(directory):
    return Gradebook(f"sqlite:///{directory}/gradebook.db")


def give(directory, lesson, student, question, score=None, comment=None):
    """Do what a person does in Formgrader."""
    with open_gradebook(directory) as gradebook:
        if score is not None:
            grade = gradebook.find_grade(question, lesson, lesson, student)
            grade.manual_score, grade.needs_manual_grade = score, False
        if comment is not None:
            name = question.removesuffix("-checks")
            gradebook.find_comment(name, lesson, lesson, student).manual_comment = comment
        gradebook.db.commit()


def notebook_of(directory, lesson, student):
    path = directory / "submitted" / student / lesson / f"{lesson}.ipynb"
    return path, nbformat.read(path, as_version=4)
