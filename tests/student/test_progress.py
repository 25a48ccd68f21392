"""What a learner has done: told in notebooks, kept in one file, and never in anybody's way."""

import json
import multiprocessing
import os
import stat

import nbformat
import pytest
from commands import course

from course_lib import checks, progress
from course_lib.progress import Attempt, History
from course_tools.authoring import execute, read_lesson

PASS = 'with checks.exercise("{title}", lesson="{lesson}"):\n    pass'
FAIL = 'with checks.exercise("{title}", lesson="{lesson}"):\n    checks.fail("f() gave 3.")'


@pytest.fixture
def file(tmp_path, monkeypatch):
    path = tmp_path / "kept" / "progress.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    return path


@pytest.fixture
def in_a_notebook(monkeypatch):
    """This process stands for a kernel; `test_in_a_real_kernel` uses one."""
    monkeypatch.setattr(progress, "_in_a_notebook", lambda: True)


def attempt(lesson, title, passed):
    """Go through a check and return the line about progress."""
    if passed:
        with checks.exercise(title, lesson=lesson):
            pass
        return ""
    with pytest.raises(checks.CheckFailed) as caught:
        with checks.exercise(title, lesson=lesson):
            checks.fail("f() gave 3.")
    assert str(caught.value) == f"✗ {title}: f() gave 3."
    return caught.value.progress


def lines_of(cell):
    return [line for output in cell.outputs for line in output.get("traceback", [])] + [
        line for output in cell.outputs for line in output.get("text", "").splitlines()
    ]


def run_in_a_kernel(file, cells, tmp_path):
    first = (
        f"import os; os.environ['COURSE_PROGRESS'] = {str(file)!r}\nfrom course_lib import checks"
    )
    sources = [first, *cells]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in sources])
    return execute(notebook, tmp_path, allow_errors=True).cells[1:]


def test_in_a_real_kernel_each_check_says_what_is_done_and_what_is_next(file, tmp_path):
    cells = [
        PASS.format(title="Exercise 1", lesson="05"),
        FAIL.format(title="Exercise 2", lesson="05"),
        PASS.format(title="My exercise", lesson="40"),
        'with checks.exercise("Somebody\'s answer"):\n    pass',
        "from course_lib import progress\nprogress.show()",
    ]
    done, failed, own, unnamed, shown = run_in_a_kernel(file, cells, tmp_path)
    assert lines_of(done) == [
        "✓ Exercise 1: correct.",
        "Lesson 05: 1 of 6 exercises done; next: Exercise 2.",
    ]
    assert lines_of(failed) == [
        "✗ Exercise 2: f() gave 3.",
        "Lesson 05: 1 of 6 exercises done; next: Exercise 2.",
    ]
    assert failed.outputs[0].evalue == "✗ Exercise 2: f() gave 3."
    assert lines_of(own)[1] == "Lesson 40: exercises done so far: 1."
    assert lines_of(unnamed) == ["✓ Somebody's answer: correct."]
    table, following = shown.outputs
    assert "1 of 6" in table.data["text/plain"]
    assert following.text.startswith("Next: lesson 05, Exercise 2.")
    assert progress.read(file).attempts == (
        Attempt("05", "caffe_preprocess", True),
        Attempt("05", "build_classifier", False),
        Attempt("40", "My exercise", True),
    )


def test_a_lesson_that_runs_by_itself_is_nobodys_progress(file, tmp_path):
    cells = ["from course_lib import checks\n" + PASS.format(title="Exercise 1", lesson="05")]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    execute(notebook, tmp_path)
    assert lines_of(notebook.cells[0]) == ["✓ Exercise 1: correct."] and not file.exists()


def test_outside_a_notebook_nothing_is_noted_or_printed(file, capsys):
    attempt("05", "Exercise 1", passed=True)
    assert capsys.readouterr().out == "✓ Exercise 1: correct.\n"
    assert attempt("05", "Exercise 1", passed=False) == ""
    assert not file.exists()


def test_when_the_last_exercise_is_done_the_written_question_is_left(file, in_a_notebook, capsys):
    for number in range(1, 7):
        attempt("05", f"Exercise {number}", passed=True)
    assert capsys.readouterr().out.splitlines()[-1] == (
        "Lesson 05: all exercises are done. "
        "What is left is the written question, which no check can read."
    )


def test_done_stays_done(file, in_a_notebook):
    attempt("05", "Exercise 1", passed=True)
    assert attempt("05", "Exercise 1", passed=False) == (
        "Lesson 05: 1 of 6 exercises done; next: Exercise 2. "
        "Exercise 1 was right before and still counts as done."
    )


def test_the_file_grows_only_by_what_is_new(file, in_a_notebook):
    for _ in range(3):
        attempt("05", "Exercise 1", passed=True)
    assert len(file.read_text().split("\n")) == 2
    assert stat.S_ISREG(file.stat().st_mode) and json.loads(file.read_text())["at"]


def note_many(path, lesson):
    progress._in_a_notebook = lambda: True
    os.environ[progress.VARIABLE] = path
    for number in range(50):
        progress.note(lesson, f"Task {number}", passed=True)


def test_two_notebooks_at_once_lose_nothing(file):
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=note_many, args=(str(file), lesson)) for lesson in ("40", "41")
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    history = progress.read(file)
    assert (len(history.done("40")), len(history.done("41")), history.damaged) == (50, 50, 0)


@pytest.mark.parametrize(
    "damage", [b"\xff\xfe\x00", b'{"lesson": "05", "exer', b"[]", b"[" * 100_000, b'{"lesson": 5}']
)
def test_damaged_lines_are_named_and_cost_nothing_else(file, in_a_notebook, capsys, damage):
    attempt("05", "Exercise 1", passed=True)
    with file.open("ab") as stream:
        stream.write(b"\n" + damage)
    attempt("05", "Exercise 2", passed=True)
    *_, line = capsys.readouterr().out.splitlines()
    assert line.startswith("Lesson 05: 2 of 6 exercises done; next: Exercise 3. Lines of ")
    assert line.count(str(file)) == 1 and "left out: 1." in line
    assert progress.read(file).done("05") == ["caffe_preprocess", "build_classifier"]


@pytest.mark.parametrize("place", ["a directory", "below a file"])
def test_a_file_that_cannot_be_used_is_one_line_and_the_check_works(
    tmp_path, monkeypatch, in_a_notebook, capsys, place
):
    (tmp_path / "plain").touch()
    path = tmp_path if place == "a directory" else tmp_path / "plain" / "progress.jsonl"
    monkeypatch.setenv(progress.VARIABLE, str(path))
    attempt("05", "Exercise 1", passed=True)
    correct, line = capsys.readouterr().out.splitlines()
    assert correct == "✓ Exercise 1: correct."
    assert line.startswith(f"Your progress can't be kept in {path} (") and "COURSE_PROGRESS" in line
    assert attempt("05", "Exercise 1", passed=False) == line
    progress.show()
    assert capsys.readouterr().out == f"{line}\n"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a full disk is played by /dev/full")
def test_a_full_disk_is_one_line(monkeypatch, in_a_notebook, capsys):
    monkeypatch.setattr(progress, "read", lambda file: History())
    monkeypatch.setenv(progress.VARIABLE, "/dev/full")
    attempt("05", "Exercise 1", passed=True)
    assert "No space left on device" in capsys.readouterr().out.splitlines()[1]


def test_progress_can_be_switched_off(monkeypatch, in_a_notebook, capsys):
    monkeypatch.setenv(progress.VARIABLE, progress.OFF)
    attempt("05", "Exercise 1", passed=True)
    assert capsys.readouterr().out == "✓ Exercise 1: correct.\n"
    progress.show()
    assert progress.NOT_KEPT in " ".join(capsys.readouterr().out.split())


def test_what_is_next_is_in_the_lesson_worked_on_last():
    assert History().next() == ("00", "Count the parameters")
    begun = History((Attempt("05", "caffe_preprocess", True), Attempt("40", "Mine", True)))
    assert begun.next() == ("05", "Exercise 2")
    everything = [
        Attempt(number, name, True)
        for number, outline in progress.outlines().items()
        for name in outline.exercises
    ]
    assert History(tuple(everything)).next() is None
    assert History(tuple(everything[1:])).next() == ("00", "Count the parameters")


def test_a_title_may_change_and_another_exercise_may_take_its_number(
    file, in_a_notebook, capsys, monkeypatch
):
    attempt("05", "Exercise 1", passed=True)
    lesson = progress.outlines()["05"]
    new = {"guess": "Exercise 1", "caffe_preprocess": "练习 2", "build_classifier": "Exercise 3"}
    changed = {"05": {"title": lesson.title, "exercises": new, "written": lesson.written}}
    monkeypatch.setattr(progress, "_lessons", lambda: changed)
    monkeypatch.setattr(progress, "_outlines_in", progress._outlines_in.__wrapped__)  # no cache
    assert progress.read(file).left("05") == ["Exercise 1", "Exercise 3"]
    assert attempt("05", "练习 2", passed=False) == (
        "Lesson 05: 1 of 3 exercises done; next: Exercise 1. "
        "练习 2 was right before and still counts as done."
    )
    # So may they in a file of the time when exercises were noted by their titles.
    old = {"lesson": "05", "exercise": "Exercise 2", "passed": True, "at": "2026-01-01T00:00+00:00"}
    first = {"lesson": "00", "exercise": "Count the parameters", "passed": True}
    file.write_text(f"\n{json.dumps(old)}\n{json.dumps(first)}")
    assert progress.read(file).attempts == (
        Attempt("05", "build_classifier", True),
        Attempt("00", "dense_parameters", True),
    )
    assert progress.read(file).left("05") == ["Exercise 1", "练习 2"]


OLD_LESSONS = {  # what lessons 06 to 08 held before 06 was divided in two
    "06": ("confusion", "precision_and_recall", "f1_averages", "cheapest_threshold")
    + ("leaked", "f1_difference_interval"),
    "07": ("labels_and_weights", "stratified_split", "balanced_weights", "day_at_the_plant")
    + ("heat_map",),
    "08": ("latency", "knn_accuracy", "pareto_front", "labels_needed", "as_good_as_best", "choose"),
}


@pytest.mark.parametrize("by_title", [True, False], ids=["noted by title", "noted by name"])
def test_what_was_done_in_a_lesson_that_has_another_number_now_stays_done(
    file, in_a_notebook, by_title
):
    file.parent.mkdir()
    for lesson, names in OLD_LESSONS.items():
        for number, name in enumerate(names, 1):
            exercise = f"Exercise {number}" if by_title else name
            progress.append(file, {"lesson": lesson, "exercise": exercise, "passed": True})
    history = progress.read(file)
    assert history.damaged == 0
    assert history.left("06") == history.left("08") == []
    assert history.left("07") == ["Exercise 1"]  # is new
    assert history.done("09") == list(OLD_LESSONS["08"])
    # A check of today names the lesson of today.
    attempt("07", "Exercise 1", passed=False)
    assert progress.read(file).attempts[-1] == Attempt("07", "expected_calibration_error", False)


def test_a_notebook_from_before_the_lessons_were_renumbered_is_told_by_what_it_defines(
    file, tmp_path
):
    cells = [
        "def labels_and_weights(): ...\n" + PASS.format(title="Exercise 1", lesson="07"),
        "def leaked(): ...\n" + PASS.format(title="Exercise 5", lesson="06"),
        "def expected_calibration_error(): ...\n" + PASS.format(title="Exercise 1", lesson="07"),
    ]
    solar, of_two_lessons, today = run_in_a_kernel(file, cells, tmp_path)
    assert lines_of(solar)[1] == "Lesson 08: 1 of 5 exercises done; next: Exercise 2."
    assert lines_of(of_two_lessons)[1] == "Lesson 07: 1 of 3 exercises done; next: Exercise 1."
    assert lines_of(today)[1] == "Lesson 07: 2 of 3 exercises done; next: Exercise 2."


def test_a_number_that_the_course_took_over_keeps_what_only_somebody_elses_lesson_has(
    file, in_a_notebook
):
    attempt("07", "Mine", passed=True)
    attempt("40", "heat_map", passed=True)
    assert progress.read(file).attempts == (
        Attempt("07", "Mine", True),
        Attempt("40", "heat_map", True),
    )


def test_no_two_lessons_share_the_name_of_an_exercise():
    names = [name for outline in progress.outlines().values() for name in outline.exercises]
    assert len(names) == len(set(names))


def test_the_command_says_it_of_all_lessons(file, in_a_notebook):
    attempt("05", "Exercise 1", passed=True)
    attempt("40", "Mine", passed=True)
    done = course("progress")
    assert done.returncode == 0, done.stderr
    row = next(line for line in done.stdout.splitlines() if "05 ·" in line)
    assert "1 of 6" in row and "Exercise 2" in row
    assert "Next: lesson 05, Exercise 2." in done.stdout
    assert f"Kept in {file}; nothing" in done.stdout


def test_every_graded_exercise_of_the_course_is_told(root, lesson_name):
    cells = read_lesson(root / "solutions" / f"{lesson_name}.py").cells
    outline = progress.outlines()[lesson_name[:2]]
    assert list(outline.exercises) == [cell.exercise for cell in cells if cell.role == "checks"]
    assert outline.title.startswith(lesson_name[:2])
