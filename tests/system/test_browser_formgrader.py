"""An instructor and two students in the browser: from Formgrader's release to marks for an LMS.

Everything is real: JupyterLab, Formgrader, nbgrader's exchange, the sandbox and the judge. Each
student has a home and a name in nbgrader of their own. nbgrader takes the name from the account;
this test, which makes no accounts, sets it instead. What follows from accounts and their rights is
tested in `test_exchange.py`.
"""

import csv
import os
import shutil
import subprocess
import sys

import nbformat
import pytest
from commands import course

pytest.importorskip("playwright", reason="playwright is missing; `make test` installs it")

from browser import browser_page, jupyter_server, screenshot

from course_tools.commands.sample_class import write_submission
from course_tools.grading.classroom import init_class, read_receipts, read_record
from course_tools.grading.results import class_status

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("bwrap"), reason="the sandbox needs bubblewrap"),
]

LESSON = "00_start_here"
CLASS = "formgrader_class"
ESSAY = "Forty photos of **cracked tiles**. It would have to know edges and textures."
# A check cell and a hint, both of which are folded in JupyterLab.
CHECK, HINT = "# @title ▶ Check: Count the parameters", "Scroll up to the layer"
COMMENT = "Good: you name what is shared. How many cracks are there per photo?"
RIGHT = "def dense_parameters(inputs, outputs):\n    return (inputs + 1) * outputs\n"
# With a test cell that was emptied besides, stock nbgrader gives full marks for it.
CHEAT = (
    "from course_lib import checks\n"
    "checks.close = lambda *anything, **more: None\n"
    "def dense_parameters(inputs, outputs):\n    return 0\n"
)


class Student:
    """Somebody with a home, a JupyterLab and a name in nbgrader of their own."""

    def __init__(self, name, folder):
        self.name, self.private, self.work = name, folder / name, folder / name / "work"
        self.notebook = self.work / LESSON / f"{LESSON}.ipynb"
        self.work.mkdir(parents=True)
        (self.private / "config").mkdir()
        (self.private / "config" / "nbgrader_config.py").write_text(
            "c = get_config()\n"
            f"c.Exchange.root = {str(folder / 'exchange')!r}\n"
            f"c.CourseDirectory.student_id = {name!r}\n"
        )

    def nbgrader(self, command):
        environment = os.environ | {
            "HOME": str(self.private),
            "JUPYTER_CONFIG_DIR": str(self.private / "config"),
            "JUPYTER_DATA_DIR": str(self.private / "data"),
        }
        done = subprocess.run(
            [sys.executable, "-m", "nbgrader", command, LESSON, f"--course={CLASS}"],
            cwd=self.work,
            env=environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr


@pytest.fixture
def place(tmp_path, root):
    """A class with one lesson that names its exchange, as its configuration says how."""
    exchange = tmp_path / "exchange"
    exchange.mkdir()
    exchange.chmod(0o777)
    init_class(tmp_path / CLASS, [root / "solutions" / f"{LESSON}.ipynb"], repository_root=root)
    config = tmp_path / CLASS / "nbgrader_config.py"
    proposed = '# c.Exchange.root = "/srv/nbgrader/exchange"'
    assert proposed in config.read_text()
    config.write_text(config.read_text().replace(proposed, f"c.Exchange.root = {str(exchange)!r}"))
    return tmp_path


def lab(folder):
    """What starts a JupyterLab in a folder, which is the folder that it shows."""
    as_root = ["--allow-root"] if os.geteuid() == 0 else []
    return [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}", *as_root]


def test_a_lesson_goes_through_formgrader_and_the_exchange(place):
    directory, ada, bob = place / CLASS, Student("ada", place), Student("bob", place)
    with (
        jupyter_server(lab(directory), place / "teacher", cwd=directory) as office,
        jupyter_server(lab(ada.work), ada.private, cwd=ada.work) as desk,
        browser_page() as page,
    ):
        her_page = page.context.browser.new_page(viewport=page.viewport_size)
        try:
            choose(page, office, "Formgrader")
            frame = page.frame_locator("iframe[src*='formgrader']")
            press(frame, LESSON, "release")
            assert next_step(directory) == "Wait for students."
            hand_in_by_the_assignment_list(ada, her_page, desk)
            hand_in_a_cheat(bob)
            assert next_step(directory) == "Collect it."
            collect_and_autograde(page, frame, directory)
            assert next_step(directory) == "Formgrader: 1 written"
            grade_by_hand(page, frame)
            assert next_step(directory) == "course feedback DIR 00"
            frame.get_by_role("link", name="Manage Assignments").click()
            press(frame, LESSON, "generate-feedback")
            press(frame, LESSON, "release-feedback")
            assert next_step(directory) == "course export DIR"
            read_feedback_in_the_assignment_list(ada, her_page, desk)
        except BaseException:
            screenshot(page, "failed_instructor")
            screenshot(her_page, "failed_student")
            raise
    bob.nbgrader("fetch_feedback")
    [page_of_bob] = bob.work.glob(f"{LESSON}/feedback/*/{LESSON}.html")
    assert COMMENT not in page_of_bob.read_text() and "0 of 3" in page_of_bob.read_text()
    assert exported(directory) == {"17": 2.5, "18": 0.0}


def next_step(directory):
    [status] = class_status(directory)
    return status.next_step


def choose(page, server, item):
    """Open JupyterLab and choose an item of nbgrader's menu."""
    page.goto(server.address("lab"))
    page.get_by_role("menubar").get_by_text("Nbgrader", exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text(item, exact=True).click()


def press(frame, row, button):
    """Press a button in a row of Formgrader's table, and return what the message says."""
    place = frame.locator("#main-table tr", has_text=row).locator(f".{button} a")
    place.click()
    message = frame.locator(".modal-content")
    message.wait_for()
    said = message.inner_text()
    assert "Success" in said, said
    message.get_by_role("button", name="OK").click()
    message.wait_for(state="detached")
    frame.locator("#main-table tr", has_text=row).wait_for()
    return said


def answer(path, code, essay=""):
    """Write answers into a notebook as a learner would; no essay leaves the question as it is."""
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in nbformat.read(path, as_version=4).cells
        if "nbgrader" in cell.metadata
    }
    written = cells["expectation"].source.replace("YOUR ANSWER HERE", essay or "YOUR ANSWER HERE")
    write_submission(path, {"dense_parameters": code, "expectation": written}, path)


def hand_in_by_the_assignment_list(student, page, server):
    choose(page, server, "Assignment List")
    page.get_by_role("button", name="Fetch", exact=True).click()
    page.get_by_role("button", name="Submit", exact=True).wait_for()
    answer(student.notebook, RIGHT, ESSAY)
    page.get_by_role("button", name="Submit", exact=True).click()
    page.get_by_role("button", name="Fetch Feedback").wait_for()
    screenshot(page, "assignment_list_submitted")


def hand_in_a_cheat(student):
    student.nbgrader("fetch_assignment")
    answer(student.notebook, CHEAT)
    notebook = nbformat.read(student.notebook, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "dense_parameters-checks":
            cell.source = "assert True"
    nbformat.write(notebook, student.notebook)
    student.nbgrader("submit")


def collect_and_autograde(page, frame, directory):
    """The buttons go through the receipts, the sandbox and the judge; cheating is of no use."""
    press(frame, LESSON, "collect")
    screenshot(page, "formgrader_collected")
    receipts = read_receipts(directory, LESSON)
    assert receipts["ada"].received and receipts["bob"].received
    frame.locator("#main-table tr", has_text=LESSON).locator(".num-submissions a").click()
    said = {student: press(frame, student, "autograde") for student in ("ada", "bob")}
    screenshot(page, "formgrader_autograded")
    ada, bob = (read_record(directory, LESSON, student) for student in ("ada", "bob"))
    assert [each.verdict for each in ada.questions] == ["graded", "needs-human"]
    assert (ada.score, ada.flags) == (2.0, ())
    assert [each.verdict for each in bob.questions] == ["graded", "graded"]
    assert bob.score == 0.0
    [flag] = bob.flags
    assert "the test cell had been changed" in flag
    assert f"bob: {flag}" in said["bob"] and "[WARNING]" not in said["ada"]


def grade_by_hand(page, frame):
    """Give points and a comment to the one written answer that waits, as Formgrader asks for it."""
    frame.get_by_role("link", name="Manual Grading").click()
    frame.get_by_role("link", name=LESSON).click()
    frame.get_by_role("link", name=LESSON).last.click()
    waits = frame.locator("#main-table tr", has=frame.locator(".needs-manual-grade .glyphicon-ok"))
    waits.locator(".name a.name-hidden").click()
    comment, score = frame.locator("#expectation-comment"), frame.locator("input#expectation")
    comment.wait_for()
    check = frame.locator(".code_cell, .nbgrader_cell", has_text=CHECK).last
    check.get_by_text("dense_parameters(inputs, outputs)").first.scroll_into_view_if_needed()
    screenshot(page, "formgrader_check")
    frame.get_by_text("Forty photos of").wait_for()
    score.fill("0.5")
    comment.fill(COMMENT)
    with page.expect_response(lambda response: "/formgrader/api/comment/" in response.url):
        comment.blur()
    frame.locator("input#expectation:not(.needs_manual_grade)").wait_for()
    screenshot(page, "formgrader_manual_grading")
    frame.get_by_role("link", name="Manual Grading").click()


def read_feedback_in_the_assignment_list(student, page, server):
    page.get_by_role("button", name="Fetch Feedback").click()
    page.get_by_text("view feedback").wait_for()
    screenshot(page, "assignment_list_feedback")
    [html] = student.work.glob(f"{LESSON}/feedback/*/{LESSON}.html")
    page.get_by_text("view feedback").click()
    page.locator(".jp-DirListing-item", has_text=html.name).dblclick()
    shown = page.frame_locator(".jp-HTMLViewer iframe")
    shown.get_by_text(COMMENT).first.wait_for()
    screenshot(page, "feedback_of_ada")
    text = shown.locator("body").inner_text()
    assert "2.5 of 3" in text and "2_098_176" not in text
    assert CHECK in text and HINT not in text, "the check can be read, the hint is folded"
    shown.get_by_text("Hint 1").click()
    assert HINT in shown.locator("body").inner_text()
    screenshot(page, "feedback_check")


def exported(directory):
    """Return the marks in what Canvas imports, by Canvas's numbers of the students."""
    roster, marks = directory.parent / "roster.csv", directory.parent / "marks.csv"
    roster.write_text(
        f"Student,ID,SIS User ID,SIS Login ID,Section,{LESSON} (501)\n"
        "    Points Possible,,,,,3\n"
        '"Lovelace, Ada",17,,ada,A,\n"Martin, Bob",18,,bob,A,\n'
    )
    done = course("export", directory, "--format", "canvas", "--roster", roster, "--output", marks)
    assert done.returncode == 0, done.stdout + done.stderr
    with open(marks, newline="") as file:
        return {
            row["ID"]: float(row[f"{LESSON} (501)"]) for row in csv.DictReader(file) if row["ID"]
        }
