"""A class with real marks: restored, run in a sandbox, judged, kept in ledger and gradebook."""

import shutil

import nbformat
from nbgrader.api import Gradebook

from course_lib.grading.ledger import read_record, write_record
from course_lib.grading.marking import Submission, mark
from course_lib.grading.sandbox import Sandbox

PRELOAD = ("numpy", "course_lib.checks", "course_lib.grading.inside.learner")


def open_sandbox():
    return Sandbox("bubblewrap" if shutil.which("bwrap") else "none", preload=PRELOAD)


def open_gradebook(directory):
    return Gradebook(f"sqlite:///{directory}/gradebook.db")


def mark_class(directory, lesson, sandbox):
    """Mark every submission, and keep record, notebook and points where grading keeps them."""
    source = (directory / "source" / lesson / f"{lesson}.ipynb").read_text()
    for folder in sorted((directory / "submitted").glob(f"*/{lesson}")):
        student = folder.parent.name
        content = (folder / f"{lesson}.ipynb").read_bytes()
        marked = mark(Submission(lesson, student, source, content, b"secret"), sandbox)
        if marked.notebook is not None:
            place = directory / "autograded" / student / lesson / f"{lesson}.ipynb"
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(marked.notebook)
        enter(directory, marked.record)
        write_record(directory, marked.record)


def enter(directory, record):
    """Enter a record's points in the gradebook."""
    lesson, student = record["lesson"], record["student"]
    scores = {each["id"]: each["score"] for each in record["questions"]}
    with open_gradebook(directory) as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(lesson, student)
        for grade in gradebook.find_submission_notebook(lesson, lesson, student).grades:
            grade.auto_score = scores[grade.name.removesuffix("-checks")]
            grade.needs_manual_grade = grade.auto_score is None
        gradebook.db.commit()


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


def change_record(directory, lesson, student, **changes):
    write_record(directory, read_record(directory, lesson, student) | changes)


def notebook_of(directory, lesson, student):
    path = directory / "submitted" / student / lesson / f"{lesson}.ipynb"
    return path, nbformat.read(path, as_version=4)
