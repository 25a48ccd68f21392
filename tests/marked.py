"""A class with real marks: restored, run in a sandbox, judged, kept in ledger and gradebook."""

import shutil

import nbformat

from course_lib.files import write_atomically
from course_lib.grading.ledger import write_record
from course_lib.grading.marking import Submission, mark
from course_lib.grading.sandbox import Sandbox

PRELOAD = ("numpy", "course_lib.checks", "course_lib.grading.inside.learner")


def mark_class(directory, lesson):
    """Mark every submission, and keep record, notebook and points where grading keeps them."""
    source = (directory / "source" / lesson / f"{lesson}.ipynb").read_text()
    with Sandbox("bubblewrap" if shutil.which("bwrap") else "none", preload=PRELOAD) as sandbox:
        for folder in sorted((directory / "submitted").glob(f"*/{lesson}")):
            student = folder.parent.name
            content = (folder / f"{lesson}.ipynb").read_bytes()
            marked = mark(Submission(lesson, student, source, content, b"secret"), sandbox)
            keep(directory, marked.record, marked.notebook or "")


def keep(directory, record, notebook=""):
    """Keep a record, its notebook and its points."""
    lesson, student = record["lesson"], record["student"]
    if notebook:
        write_atomically(marked_notebook(directory, lesson, student), notebook.encode())
        copy = directory / "autograded" / student / lesson / f"{lesson}.ipynb"
        write_atomically(copy, notebook.encode())
    scores = {each["id"]: each["score"] for each in record["questions"]}
    with open_gradebook(directory) as gradebook:
        gradebook.update_or_create_student(student)
        gradebook.update_or_create_submission(lesson, student)
        for grade in gradebook.find_submission_notebook(lesson, lesson, student).grades:
            grade.auto_score = scores[grade.name.removesuffix("-checks")]
            grade.needs_manual_grade = grade.auto_score is None
        gradebook.db.commit()
    write_record(directory, record)


def open_gradebook(directory):
    from nbgrader.api import Gradebook

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


def marked_notebook(directory, lesson, student):
    """Where the marked notebook lies that belongs to the record."""
    return directory / "ledger" / lesson / f"{student}.ipynb"


def notebook_of(directory, lesson, student):
    """The file that was handed in, and what it holds."""
    path = directory / "submitted" / student / lesson / f"{lesson}.ipynb"
    return path, nbformat.read(path, as_version=4)
