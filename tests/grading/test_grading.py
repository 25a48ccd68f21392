"""From a released lesson to marks, with real nbgrader and real kernels on a tiny lesson."""

import csv
import fcntl
import json
import os
import re
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from checkout import ROOT
from tiny import (
    LESSON,
    NO_TWICE,
    RIGHT,
    export_folder,
    export_zip,
    files_of,
    graded,
    hand_in,
    ledger_file,
    release_of,
    scores,
    solution_file,
    submitted,
    tiny_lesson,
)

from course_lib.errors import CourseError
from course_tools.commands.sample_class import write_submission
from course_tools.grading import run as autograde
from course_tools.grading.classroom import (
    add_lesson,
    collect,
    incoming,
    init_class,
    lessons_of,
    open_api,
    read_ledger,
    read_record,
    resolve_lesson,
    student_id,
)
from course_tools.grading.classroom import directory as class_directory_module
from course_tools.grading.marking import RunOptions
from course_tools.grading.record import Status
from course_tools.grading.results import export_csv, make_feedback
from course_tools.grading.run import grade

# -- the class directory -------------------------------------------------------------------------


def test_init_releases_lessons_without_answers_and_hidden_tests(class_directory):
    text = release_of(class_directory).read_text()
    assert lessons_of(class_directory) == [LESSON]
    assert "return a + b" not in text and "add(2, 2)" not in text and "Because." not in text
    assert "assert add(1, 2) == 3" in text
    nbformat.validate(nbformat.read(release_of(class_directory), as_version=4))


def test_init_makes_a_whole_gradebook_even_when_the_tools_are_not_on_path(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")
    init_class(tmp_path / "class", [solution_file(tmp_path)], repository_root=None)
    with sqlite3.connect(tmp_path / "class" / "gradebook.db") as database:
        assert database.execute("select version_num from alembic_version").fetchone()[0]
        assert database.execute("select name from assignment").fetchall() == [(LESSON,)]
    assert os.environ["PATH"] == "/nonexistent"


def test_init_again_changes_nothing_and_keeps_edited_configuration(class_directory, tmp_path):
    hand_in(class_directory, ada=RIGHT)
    config = class_directory / "nbgrader_config.py"
    config.write_text(config.read_text() + "# edited\n")
    before = files_of(class_directory)
    init_class(class_directory, [solution_file(tmp_path)], repository_root=None)
    assert files_of(class_directory) == before


def test_init_takes_a_corrected_test_and_keeps_the_source_before_it(class_directory, tmp_path):
    hand_in(class_directory, ada=RIGHT)
    source = class_directory / "source" / LESSON / f"{LESSON}.ipynb"
    before, handed_in = source.read_bytes(), files_of(class_directory / "submitted")
    corrected = solution_file(tmp_path / "b2", notebook=tiny_lesson("assert twice(5) == 10"))
    init_class(class_directory, [corrected], repository_root=None)
    assert "twice(5)" in release_of(class_directory).read_text()
    [kept] = (class_directory / "replaced_sources" / LESSON).iterdir()
    assert kept.read_bytes() == before
    assert files_of(class_directory / "submitted") == handed_in


def test_init_keeps_a_lesson_whose_exercises_changed_after_submission(class_directory, tmp_path):
    hand_in(class_directory, ada=RIGHT)
    release = release_of(class_directory).read_bytes()
    extra = [graded("code", "more-checks", "assert True", 5, checks=True)]
    changed = solution_file(tmp_path / "b2", notebook=tiny_lesson(extra=extra))
    other = solution_file(tmp_path / "b2", "02_other", lesson_with("other"))
    with pytest.raises(CourseError, match="01_tiny has submissions.*added more-checks"):
        init_class(class_directory, [changed, other], repository_root=None)
    assert release_of(class_directory).read_bytes() == release
    assert release_of(class_directory, "02_other").is_file()  # the others are still updated


def lesson_with(*exercises):
    """Return a lesson that has these exercises only, and no learner's cells."""
    notebook = tiny_lesson()
    tests = [graded("code", f"{name}-checks", "assert True", 1, checks=True) for name in exercises]
    notebook.cells = [notebook.cells[0], *tests]
    return notebook


@pytest.mark.parametrize("inside", ["", "class", "deep/er/class"])
def test_student_data_never_lies_inside_the_repository(tmp_path, inside):
    root = tmp_path / "repository"
    root.mkdir()
    with pytest.raises(CourseError, match="inside the course's repository"):
        init_class(root / inside, [solution_file(tmp_path)], repository_root=root)
    link = tmp_path / "link"
    link.symlink_to(root)
    with pytest.raises(CourseError, match="inside the course's repository"):
        init_class(link / "class", [solution_file(tmp_path)], repository_root=root)
    assert not any(root.iterdir())


def test_init_refuses_a_place_that_will_not_do(tmp_path):
    solution = solution_file(tmp_path / "built")
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "cat.jpg").touch()
    with pytest.raises(CourseError, match="not empty and not a class directory"):
        init_class(tmp_path / "photos", [solution], repository_root=None)
    with pytest.raises(CourseError, match="is a file"):
        init_class(solution, [solution], repository_root=None)
    with pytest.raises(CourseError, match="rename the folder"):
        init_class(tmp_path / "class [2026]", [solution], repository_root=None)
    with pytest.raises(CourseError, match="course build"):
        init_class(tmp_path / "class", [], repository_root=None)
    with pytest.raises(CourseError, match="no notebook"):
        init_class(tmp_path / "class", [tmp_path / "missing.ipynb"], repository_root=None)
    assert not (tmp_path / "class").exists()


def test_a_lesson_is_named_by_its_id_or_the_start_of_one(class_directory):
    add_lesson(class_directory, tiny_lesson(), "02_other")
    add_lesson(class_directory, tiny_lesson(), "02_other_long")
    assert resolve_lesson(class_directory, "01") == LESSON
    assert resolve_lesson(class_directory, "02_other") == "02_other"
    with pytest.raises(CourseError, match="More than one.*02_other, 02_other_long"):
        resolve_lesson(class_directory, "02")
    with pytest.raises(CourseError, match="no lesson '7'.*01_tiny"):
        resolve_lesson(class_directory, "7")
    with pytest.raises(CourseError, match="is not a lesson id"):
        add_lesson(class_directory, tiny_lesson(), "../escape")
    with pytest.raises(CourseError, match="course class init"):
        lessons_of(class_directory / "source")


def test_a_lesson_that_nbgrader_refuses_leaves_the_class_as_it_was(class_directory):
    again = graded("code", "add", "again = 1")
    again.id = "add-again"
    twice = tiny_lesson(extra=[again])
    with pytest.raises(CourseError, match="could not release 02_bad.*Duplicate.*release.log"):
        add_lesson(class_directory, twice, "02_bad")
    assert lessons_of(class_directory) == [LESSON]
    source = (class_directory / "source" / LESSON / f"{LESSON}.ipynb").read_bytes()
    with pytest.raises(CourseError, match="could not release 01_tiny"):
        add_lesson(class_directory, twice, LESSON)
    assert (class_directory / "source" / LESSON / f"{LESSON}.ipynb").read_bytes() == source
    assert release_of(class_directory).is_file()


LAYOUTS = {
    "ada/homework.ipynb": "ada",
    "ada/01_tiny/01_tiny.ipynb": "ada",
    "submitted/ada/01_tiny/01_tiny.ipynb": "ada",
    "ada/work/notebook.ipynb": "ada",
    "Ada (all right)/01_tiny.ipynb": "Ada (all right)",
    "Ada Li_12345_assignsubmission_file_/x.ipynb": "Ada Li",
    "Ada Li_12345_assignsubmission_file/x.ipynb": "Ada Li",
    "Ada Li_12345_assignsubmission_file_x.ipynb": "Ada Li",
    "liada_1234_5678_x.ipynb": "liada",
    "liada_LATE_1234_5678_x-2.ipynb": "liada",
    "ada.ipynb": "ada",
    "ada (1).ipynb": "ada",
    "ada_01_tiny.ipynb": "ada",
    "01_tiny_ada li (2).ipynb": "ada li",
    "李 娜/作业.ipynb": "李 娜",
    "Zoe\u0308.ipynb": "Zo\u00eb",
    "a+b/x.ipynb": "a-b",
    "ada\\x.ipynb": "ada",
}


@pytest.mark.parametrize(("path", "student"), list(LAYOUTS.items()))
def test_every_known_layout_names_its_student(plain_class, tmp_path, path, student):
    for number, export in enumerate((export_folder, export_zip)):
        if "\\" in path and export is export_folder:
            continue  # there it is a file name
        content = f"not JSON {number}".encode()
        report = collect(plain_class, "01", export(tmp_path, {path: content}))
        assert report.problems == []
        assert submitted(plain_class, student).read_bytes() == content


def test_a_wrapping_folder_is_seen_through(plain_class, tmp_path):
    files = {f"week one/{name}/x.ipynb": name.encode() for name in ("ada", "ben")}
    report = collect(plain_class, LESSON, export_zip(tmp_path, files, "week one.zip"))
    assert report.new == ["ada", "ben"]
    report = collect(plain_class, LESSON, export_zip(tmp_path, files, "renamed.zip"))
    assert "ambiguous, 2 notebooks" in report.problems[0]
    assert "give that folder" in report.problems[0]


def test_other_lessons_and_stray_files_are_left_out(plain_class, tmp_path):
    files = {
        "ada/01_tiny.ipynb": b"1",
        "ada/scratch.ipynb": b"2",
        "ada/data.csv": b"3",
        "ada/02_other/02_other.ipynb": b"4",
        "ben/02_other.ipynb": b"5",
        "__MACOSX/ada/._01_tiny.ipynb": b"6",
        "ada/.ipynb_checkpoints/x.ipynb": b"7",
        "carl/work.zip": b"8",
        "README.txt": b"9",
    }
    report = collect(plain_class, LESSON, export_zip(tmp_path, files))
    assert report.new == ["ada"] and submitted(plain_class, "ada").read_bytes() == b"1"
    assert report.problems == ["carl: handed in no notebook, only work.zip."]
    ignored = " ".join(report.ignored)
    assert "ada/data.csv (no notebook)" in ignored and "README.txt (no notebook)" in ignored
    assert ignored.count("belongs to 02_other") == 2 and "ada/scratch.ipynb" in ignored
    assert not submitted(plain_class, "ben").exists()
    assert "NOT TAKEN: carl" in str(report) and "new: ada" in str(report)


@pytest.mark.parametrize(
    ("files", "taken"),
    [
        (["hw.ipynb", "hw (1).ipynb"], "hw (1).ipynb"),
        (["hw (2).ipynb", "hw (10).ipynb"], "hw (10).ipynb"),
        (["hw.ipynb", "final.ipynb"], None),
        (["a/hw.ipynb", "b/hw.ipynb"], None),
        (["01_tiny.ipynb", "final.ipynb"], "01_tiny.ipynb"),
    ],
)
def test_versions_of_one_file_count_by_number_anything_else_is_ambiguous(
    plain_class, tmp_path, files, taken
):
    export = export_zip(
        tmp_path, {f"ada/{name}": name.encode() for name in files} | {"ben/x.ipynb": b""}
    )
    report = collect(plain_class, LESSON, export)
    assert "ben" in report.new  # ambiguity of one stops nobody else
    if taken:
        assert submitted(plain_class, "ada").read_bytes() == taken.encode()
    else:
        assert "ada: ambiguous" in report.problems[0]
        assert not submitted(plain_class, "ada").exists()


def test_canvas_resubmissions_count_by_their_suffix(plain_class, tmp_path):
    files = {"liada_12_100_hw.ipynb": b"first", "liada_12_107_hw-1.ipynb": b"second"}
    collect(plain_class, LESSON, export_zip(tmp_path, files))
    assert submitted(plain_class, "liada").read_bytes() == b"second"


def test_versions_whose_times_contradict_their_numbers_are_ambiguous(plain_class, tmp_path):
    folder = export_folder(tmp_path, {"ada/hw.ipynb": b"edited last", "ada/hw (1).ipynb": b"copy"})
    os.utime(folder / "ada" / "hw (1).ipynb", (1.7e9, 1.7e9))
    assert "ambiguous" in collect(plain_class, LESSON, folder).problems[0]


def test_equal_notebooks_are_no_ambiguity(plain_class, tmp_path):
    folder = export_folder(tmp_path, {"ada/a.ipynb": b"same", "ada/b.ipynb": b"same"})
    assert collect(plain_class, LESSON, folder).problems == []


def test_two_names_with_one_id_are_both_reported(plain_class, tmp_path):
    files = {
        "a+b/x.ipynb": b"1",
        "a-b/x.ipynb": b"2",
        "carl.ipynb": b"3",
        "Kim_11_assignsubmission_file_/x.ipynb": b"4",
        "Kim_22_assignsubmission_file_/x.ipynb": b"5",
    }
    report = collect(plain_class, LESSON, export_zip(tmp_path, files))
    assert report.new == ["carl"]
    problems = " ".join(report.problems)
    assert "'a+b' and 'a-b' would both be called 'a-b'" in problems
    assert "'Kim 11' and 'Kim 22' would both be called 'Kim'" in problems


def test_a_notebook_without_a_name_is_reported(plain_class, tmp_path):
    report = collect(plain_class, LESSON, export_folder(tmp_path, {"01_tiny.ipynb": b"?"}))
    assert report.problems == ["01_tiny.ipynb: its name doesn't say whose it is."]


def test_collecting_again_changes_nothing_and_a_resubmission_keeps_the_earlier(
    plain_class, tmp_path
):
    export = export_zip(tmp_path, {"ada/x.ipynb": b"first"})
    collect(plain_class, LESSON, export)
    before = files_of(plain_class)
    assert collect(plain_class, LESSON, export).unchanged == ["ada"]
    assert files_of(plain_class) == before
    times = [submitted(plain_class, "ada").with_name("timestamp.txt").read_text()]
    report = collect(plain_class, LESSON, export_zip(tmp_path, {"ada/x.ipynb": b"second"}))
    times.append(submitted(plain_class, "ada").with_name("timestamp.txt").read_text())
    assert report.replaced == ["ada"]
    assert submitted(plain_class, "ada").read_bytes() == b"second"
    [kept] = (plain_class / "superseded" / "ada" / LESSON).iterdir()
    assert (kept / f"{LESSON}.ipynb").read_bytes() == b"first"
    assert (kept / "timestamp.txt").read_text() == times[0] != times[1]


def test_an_interrupted_collect_is_repaired_by_the_next(plain_class, tmp_path, monkeypatch):
    export = export_folder(tmp_path, {"ada/x.ipynb": b"new", "ben/x.ipynb": b"other"})
    with monkeypatch.context() as patch:
        patch.setattr(os, "rename", lambda *paths: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            collect(plain_class, LESSON, export)
    assert not submitted(plain_class, "ada").exists()
    collect(plain_class, LESSON, export)
    assert submitted(plain_class, "ada").read_bytes() == b"new"
    assert not list(plain_class.rglob("*.part"))


def test_a_zip_can_not_reach_outside(plain_class, tmp_path):
    path = tmp_path / "evil.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../evil.ipynb", "1")
        archive.writestr("ada/../../evil.ipynb", "2")
        archive.writestr("/tmp/evil.ipynb", "3")
        archive.writestr("C:\\evil.ipynb", "4")
        link = zipfile.ZipInfo("link.ipynb")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("ben.ipynb", "fine")
    before = set(tmp_path.rglob("*evil*"))
    report = collect(plain_class, LESSON, path)
    assert report.new == ["ben"] and len(report.problems) == 5
    assert set(tmp_path.rglob("*evil*")) == before
    assert [each.name for each in (plain_class / "submitted").iterdir()] == ["ben"]


def test_links_in_a_folder_are_refused(plain_class, tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "x.ipynb").write_text("secret")
    folder = export_folder(tmp_path, {"ben.ipynb": b"fine"})
    (folder / "ada.ipynb").symlink_to(tmp_path / "secret" / "x.ipynb")
    (folder / "carl").symlink_to(tmp_path / "secret")
    report = collect(plain_class, LESSON, folder)
    assert report.new == ["ben"] and len(report.problems) == 2


def test_zip_bombs_are_refused(plain_class, tmp_path, monkeypatch):
    export = export_zip(tmp_path, {"ada.ipynb": b"0" * 10_000, "ben.ipynb": b"1"})
    monkeypatch.setattr(incoming, "MAX_NOTEBOOK_BYTES", 5_000)
    report = collect(plain_class, LESSON, export)
    assert report.new == ["ben"] and "too large for a notebook" in report.problems[0]
    monkeypatch.setattr(incoming, "MAX_TOTAL_BYTES", 10_000)
    with pytest.raises(CourseError, match="when unpacked"):
        collect(plain_class, LESSON, export)
    monkeypatch.setattr(incoming, "MAX_ENTRIES", 1)
    with pytest.raises(CourseError, match="more than 1 files"):
        collect(plain_class, LESSON, export)


def test_damaged_encrypted_and_foreign_files_are_refused_clearly(plain_class, tmp_path):
    export = export_zip(tmp_path, {"ada.ipynb": os.urandom(4_000), "ben.ipynb": b"fine"})
    whole = export.read_bytes()
    export.write_bytes(whole[:500] + b"XXXX" + whole[504:])
    report = collect(plain_class, LESSON, export)
    assert report.new == ["ben"] and "damaged at ada.ipynb" in report.problems[0]
    export.write_bytes(whole[:3_000])
    with pytest.raises(CourseError, match="neither a folder nor a readable zip"):
        collect(plain_class, LESSON, export)
    encrypted = bytearray(whole)
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        encrypted[encrypted.index(signature) + offset] |= 1
    export.write_bytes(encrypted)
    with pytest.raises(CourseError, match="encrypted"):
        collect(plain_class, LESSON, export)
    with pytest.raises(CourseError, match="no folder or zip"):
        collect(plain_class, LESSON, tmp_path / "missing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="no notebook for 01_tiny"):
        collect(plain_class, LESSON, tmp_path / "empty")


@pytest.mark.parametrize("name", ["", "..", "  .", "x" * 200])
def test_a_name_that_leaves_no_id_is_refused(name):
    with pytest.raises(CourseError, match="student's name"):
        student_id(name)


def test_ids_hold_nothing_that_nbgrader_stumbles_over():
    assert student_id("  .a/b\\c+d*e?[f]\n g ") == "a-b-c-d-e--f- g"


# -- grading and export --------------------------------------------------------------------------


def test_from_a_zip_to_marks_in_a_file(class_directory, tmp_path):
    hand_out = release_of(class_directory)
    write_submission(hand_out, RIGHT, tmp_path / "in" / "Ada (all right).ipynb")
    write_submission(hand_out, NO_TWICE, tmp_path / "in" / "=Ben.ipynb")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as archive:
        for path in sorted((tmp_path / "in").iterdir()):
            archive.write(path, path.name)
    assert len(collect(class_directory, "01", tmp_path / "in.zip").new) == 2
    seen = []
    records = grade(class_directory, "01", on_progress=lambda *progress: seen.append(progress))
    assert [(each.student, each.score, each.max_score) for each in records] == [
        ("=Ben", 2, 6),
        ("Ada (all right)", 3, 6),
    ]
    assert scores(records[0]) == {"add": 2, "twice": 0, "why": None}
    assert all(each.status is Status.NEEDS_HUMAN and not each.flags for each in records)
    assert seen[0] == (0, 2, "") and [done for done, _, _ in seen] == [0, 1, 2]
    assert {student for _, _, student in seen[1:]} == {"=Ben", "Ada (all right)"}
    (class_directory / "submitted" / "Cleo" / LESSON).mkdir(parents=True)
    assert export_csv(class_directory, tmp_path / "marks.csv") == 3
    rows = list(csv.DictReader((tmp_path / "marks.csv").open(encoding="utf-8")))
    shown = [(row["student"], row["status"], row["score"], row["max_score"]) for row in rows]
    assert shown == [
        ("'=Ben", "graded", "2", "6"),
        ("Ada (all right)", "graded", "3", "6"),
        ("Cleo", "not graded", "", "6"),
    ]
    assert rows[0]["needs_manual_grade"] == "yes" and rows[0]["submitted_at"].endswith("Z")


@pytest.fixture(scope="module")
def bad_class(fresh_class, tmp_path_factory):
    """A class in which one submission is bad in each known way, and its marks."""
    directory = Path(shutil.copytree(fresh_class, tmp_path_factory.mktemp("bad") / "class"))
    config = directory / "nbgrader_config.py"
    limit = "c.CourseGrading.cell_seconds = "
    config.write_text(config.read_text().replace(f"{limit}300", f"{limit}3"))
    quiet = "import sys\ndef twice(a):\n    print('note', file=sys.stderr)\n    return 2 * a\n"
    hand_in(
        directory,
        right=RIGHT,
        untouched={},
        crash=RIGHT | {"twice": "import os\nos._exit(1)"},
        stderr=RIGHT | {"twice": quiet},
        slow=RIGHT | {"twice": "import time\ntime.sleep(60)"},
        twice=RIGHT,
        no_answer=RIGHT,
        no_checks=RIGHT,
        neither=RIGHT,
    )
    edit(directory, "twice", lambda cells: [*cells, {**cells[1], "id": "again"}])
    edit(directory, "no_answer", lambda cells: cells[:1] + cells[2:])
    edit(directory, "no_checks", lambda cells: cells[:2] + cells[3:])
    edit(directory, "neither", lambda cells: cells[:1] + cells[3:])
    for student, content in {
        "empty": b"",
        "conflict": b"<<<<<<< HEAD\n{}\n",
        "list": b"[1, 2]",
        "binary": b"\xff\xfe\x00",
    }.items():
        path = submitted(directory, student)
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    os.symlink(submitted(directory, "right"), place_for(directory, "link"))
    place_for(directory, "nothing")
    renamed = submitted(directory, "right").read_bytes()
    place_for(directory, "renamed").with_name(f"{LESSON} (1).ipynb").write_bytes(renamed)
    records = grade(directory, LESSON)
    return directory, {each.student: each for each in records}


def place_for(directory, student):
    path = submitted(directory, student)
    path.parent.mkdir(parents=True)
    return path


def edit(directory, student, change):
    path = submitted(directory, student)
    notebook = nbformat.read(path, as_version=4)
    notebook.cells = [nbformat.from_dict(cell) for cell in change(notebook.cells)]
    nbformat.write(notebook, path)


UNDECIDED = {"add": None, "twice": None, "why": None}
BAD = {  # student -> points of add and twice, and words of the record
    "right": (2, 1, "A person reads this answer."),
    "stderr": (2, 1, ""),
    "twice": (2, 1, "more than once"),
    "no_checks": (2, 1, "test cell had been deleted"),
    "renamed": (2, 1, ""),
    "crash": (2, None, "The process ended (exit 1)."),
    "slow": (2, None, "longer than 3 s"),
    "no_answer": (None, 1, "No answer was found"),
    "neither": (None, 1, "No answer was found"),
    "empty": (None, None, "The file is empty."),
    "conflict": (None, None, "merge conflict"),
    "list": (None, None, ""),
    "binary": (None, None, ""),
    "link": (None, None, "link"),
    "nothing": (None, None, "no notebook"),
}


@pytest.mark.parametrize("student", BAD)
def test_bad_submissions_stop_nobody_and_are_never_a_silent_zero(bad_class, student):
    _, records = bad_class
    add, twice, words = BAD[student]
    record = records[student]
    assert scores(record) == {"add": add, "twice": twice, "why": None}
    assert words in str(record)
    for question in record.questions:
        assert question.score is not None or question.message


def test_an_untouched_submission_is_graded_and_says_so(bad_class):
    _, records = bad_class
    assert records["untouched"].status is Status.GRADED and records["untouched"].score == 0
    assert records["untouched"].questions[-1].message == "Left unanswered."
    assert records["untouched"].questions[0].message


def test_a_class_with_stubs_and_marks_of_its_own(class_directory):
    """Untouched answers count as such, and what its release hides shows up nowhere."""
    with (class_directory / "nbgrader_config.py").open("a") as config:
        config.write(
            'c.ClearSolutions.code_stub = {"python": "# Now you.\\n..."}\n'
            'c.ClearSolutions.text_stub = "Write here."\n'
            'c.ClearHiddenTests.begin_test_delimeter = "SECRET"\n'
            'c.ClearHiddenTests.end_test_delimeter = "TOLD"\n'
        )
    lesson = tiny_lesson()
    hidden = lesson.cells[2].source.replace("BEGIN HIDDEN TESTS", "SECRET")
    lesson.cells[2].source = hidden.replace("END HIDDEN TESTS", "TOLD")
    add_lesson(class_directory, lesson, "02_own")
    release = release_of(class_directory, "02_own")
    assert "Now you." in release.read_text() and "add(2, 2)" not in release.read_text()
    for student, answers in {
        "eve": RIGHT | {"add": "def add(a, b):\n    return 3"},
        "zoe": {},
    }.items():
        write_submission(release, answers, submitted(class_directory, student, "02_own"))
    eve, zoe = grade(class_directory, "02_own")
    assert zoe.questions[-1].message == "Left unanswered." and zoe.status is Status.GRADED
    assert eve.questions[0].message == "A hidden test failed (AssertionError)."
    make_feedback(class_directory, "02_own")
    for student in ("eve", "zoe"):
        page = class_directory / "feedback" / student / "02_own" / "02_own.html"
        text = re.sub("<[^>]*>", "", page.read_text())
        assert "add(1, 2)" in text and "add(2, 2)" not in text


@pytest.mark.parametrize("memory", [2**20, 0], ids=["kept in memory", "too large to keep"])
def test_each_submission_is_read_once_while_memory_allows(class_directory, monkeypatch, memory):
    read = []

    def counted(path, *most_bytes):
        read.append(path.parent.parent.name)
        return class_directory_module.read_submitted(path, *most_bytes)

    monkeypatch.setattr(autograde, "read_submitted", counted)
    monkeypatch.setattr(autograde, "_MAX_BYTES_KEPT", memory)
    hand_in(class_directory, ada=RIGHT, ben=NO_TWICE)
    ada, ben = grade(class_directory, LESSON)
    assert (ada.score, ben.score) == (3, 2)
    assert sorted(read) == sorted(["ada", "ben"] * (1 if memory else 2))


def test_what_needs_a_person_shows_up_in_nbgraders_gradebook(bad_class):
    directory, records = bad_class
    with open_api(directory) as api, api.gradebook as gradebook:
        for student, record in records.items():
            submission = gradebook.find_submission(LESSON, student)
            waits = {
                g.name.removesuffix("-checks"): g.needs_manual_grade
                for notebook in submission.notebooks
                for g in notebook.grades
            }
            assert waits == {name: score is None for name, score in scores(record).items()}
            assert submission.score == (record.score or 0)
        comment = gradebook.find_comment("twice", LESSON, LESSON, "crash").comment
        assert comment == "The process ended (exit 1)."
        assert set(records) == api.get_autograded_students(LESSON)


def test_every_submission_has_a_notebook_that_nbgrader_can_show(bad_class):
    directory, records = bad_class
    for student in records:
        path = directory / "autograded" / student / LESSON / f"{LESSON}.ipynb"
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert path.read_text() == (directory / "ledger" / LESSON / f"{student}.ipynb").read_text()
    assert "The file is empty" in (directory / "ledger" / LESSON / "empty.ipynb").read_text()


def test_the_ledger_gathers_everybody(bad_class):
    directory, records = bad_class
    ledger = json.loads((directory / "ledger" / f"{LESSON}.json").read_text())
    assert ledger["schema"] == 1 and ledger["lesson"] == LESSON
    assert ledger["submissions"] == [
        json.loads(ledger_file(directory, student).read_text()) for student in sorted(records)
    ]
    assert {each.student: each for each in read_ledger(directory, LESSON)} == records


def test_grading_again_runs_nothing_and_changes_nothing(bad_class):
    directory, records = bad_class
    before = files_of(directory / "ledger") | files_of(directory / "autograded")
    again = grade(directory, LESSON, executor=NoExecutor())
    assert {each.student: each for each in again} == records
    assert files_of(directory / "ledger") | files_of(directory / "autograded") == before


class NoExecutor:
    """Fails when anything is to be run."""

    def submit(self, *_):
        raise AssertionError("a finished submission was run again")


def test_a_gradebook_that_was_lost_is_filled_again_from_the_ledger(bad_class, tmp_path):
    directory = Path(shutil.copytree(bad_class[0], tmp_path / "class"))
    with open_api(directory) as api, api.gradebook as gradebook:
        gradebook.remove_student("right")
    grade(directory, LESSON, students=["right"], executor=NoExecutor())
    with open_api(directory) as api, api.gradebook as gradebook:
        assert gradebook.find_submission(LESSON, "right").score == 3


def test_retry_runs_what_is_undecided_and_nothing_else(class_directory):
    marker = "import os\nprint(os.getpid())\nos._exit(1)"
    hand_in(class_directory, ada=RIGHT, dan=RIGHT | {"twice": marker})
    before = grade(class_directory, LESSON)
    dan_before = ledger_file(class_directory, "dan").stat().st_mtime_ns
    ada_before = ledger_file(class_directory, "ada").stat().st_mtime_ns
    again = grade(class_directory, LESSON, options=RunOptions(retry=True))
    assert [scores(each) for each in again] == [scores(each) for each in before]
    assert ledger_file(class_directory, "dan").stat().st_mtime_ns > dan_before
    assert ledger_file(class_directory, "ada").stat().st_mtime_ns == ada_before


def test_what_a_person_gave_survives_and_is_flagged_when_the_answer_changed(
    class_directory, tmp_path
):
    hand_in(class_directory, ada=RIGHT, ben=RIGHT)
    grade(class_directory, LESSON)
    with open_api(class_directory) as api, api.gradebook as gradebook:
        for student in ("ada", "ben"):
            grade_of_why = gradebook.find_grade("why", LESSON, LESSON, student)
            grade_of_why.manual_score, grade_of_why.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    hand_in(class_directory, ada=NO_TWICE | {"why": "Another reason."}, ben=NO_TWICE)
    ada, ben = grade(class_directory, LESSON)
    assert scores(ada) == scores(ben) == {"add": 2, "twice": 0, "why": None}
    with open_api(class_directory) as api, api.gradebook as gradebook:
        for student, flagged in (("ada", True), ("ben", False)):
            grade_of_why = gradebook.find_grade("why", LESSON, LESSON, student)
            assert (grade_of_why.score, grade_of_why.needs_manual_grade) == (2.5, flagged)


def test_a_resubmission_runs_only_what_changed_and_keeps_the_outputs(class_directory):
    printing = "print('hello')\n" + RIGHT["add"]
    hand_in(class_directory, ada=RIGHT | {"add": printing})
    [first] = grade(class_directory, LESSON)
    hand_in(class_directory, ada=NO_TWICE | {"add": printing})
    [second] = grade(class_directory, LESSON)
    assert first.questions[0] == second.questions[0]
    assert scores(second) == {"add": 2, "twice": 0, "why": None}
    marked = nbformat.read(class_directory / "ledger" / LESSON / "ada.ipynb", as_version=4)
    add = next(cell for cell in marked.cells if cell.source.startswith("print"))
    assert [output.text for output in add.outputs] == ["hello\n"]


def test_files_beside_the_notebook_count_by_name_only(fresh_class, tmp_path):
    directory = Path(shutil.copytree(fresh_class, tmp_path / "class"))
    config = directory / "nbgrader_config.py"
    files = "c.CourseGrading.submitted_files = "
    config.write_text(
        config.read_text().replace(f"{files}{{}}", f"{files}{{'{LESSON}': ['mine.txt']}}")
    )
    (directory / "source" / LESSON / "given.txt").write_text("3")
    reads = (
        "def add(a, b):\n    import os, numpy\n    assert numpy.pi > 3\n"
        "    assert sorted(os.listdir()) == ['given.txt', 'mine.txt']\n"
        "    return a + b + int(open('given.txt').read()) - int(open('mine.txt').read())"
    )
    hand_in(directory, ada=RIGHT | {"add": reads}, ben=RIGHT, eve=RIGHT)
    for name, text in {"mine.txt": "3", "numpy.py": "pi = 0", "course_lib.py": ""}.items():
        submitted(directory, "ada").with_name(name).write_text(text)
    os.symlink("/etc/passwd", submitted(directory, "eve").with_name("mine.txt"))
    ada, ben, eve = grade(directory, LESSON)
    assert scores(ada)["add"] == 2 and scores(ben)["add"] == 2
    assert scores(eve) == UNDECIDED and "is a link" in eve.questions[0].message


def test_fresh_inputs_come_from_a_secret_that_only_the_owner_can_read(class_directory):
    hand_in(class_directory, ada=RIGHT)
    grade(class_directory, LESSON)
    secret = class_directory / "secret"
    assert len(secret.read_bytes()) > 64 and stat.S_IMODE(secret.stat().st_mode) == 0o600
    before = secret.read_bytes()
    grade(class_directory, LESSON)
    assert secret.read_bytes() == before


def test_nothing_reaches_the_terminal(class_directory, capfd):
    hand_in(class_directory, ada=NO_TWICE | {"add": "raise ValueError('mine')"})
    capfd.readouterr()
    grade(class_directory, LESSON)
    assert capfd.readouterr() == ("", "")


def test_grading_and_export_refuse_clearly(class_directory, tmp_path):
    with pytest.raises(CourseError, match="Nobody has handed in 01_tiny"):
        grade(class_directory, "01")
    hand_in(class_directory, ada={})
    with pytest.raises(CourseError, match="Not handed in 01_tiny: zoe. Handed in: ada"):
        grade(class_directory, "01", students=["zoe"])
    with pytest.raises(CourseError, match="no lesson '05'"):
        grade(class_directory, "05")
    with pytest.raises(CourseError, match="not a class directory"):
        grade(tmp_path, "01")
    with pytest.raises(CourseError, match="not a class directory"):
        export_csv(tmp_path, tmp_path / "marks.csv")
    with pytest.raises(CourseError, match="no folder .*missing"):
        export_csv(class_directory, tmp_path / "missing" / "marks.csv")
    with pytest.raises(CourseError, match="is a folder"):
        export_csv(class_directory, tmp_path)
    with pytest.raises(CourseError, match="no answer cell subtract.*add, twice, why"):
        write_submission(release_of(class_directory), {"subtract": ""}, tmp_path / "x.ipynb")
    (class_directory / "nbgrader_config.py").write_text("c = (")
    with pytest.raises(CourseError, match="can't be read: SyntaxError"):
        grade(class_directory, "01")


def test_two_gradings_of_one_class_do_not_run_at_the_same_time(class_directory):
    hand_in(class_directory, ada=RIGHT)
    with open(class_directory / ".grading.lock", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(CourseError, match="Another grading"):
            grade(class_directory, LESSON)


def test_settings_that_there_are_not_are_refused(class_directory):
    hand_in(class_directory, ada=RIGHT)
    config = class_directory / "nbgrader_config.py"
    text = config.read_text()
    for line, words in [
        ("c.CourseGrading.cell_second = 3", "no setting c.CourseGrading.cell_second"),
        ("c.CourseGrading.cell_seconds = 0", "positive number"),
        ("c.CourseGrading.submitted_files = ['a']", "map a lesson's id"),
        ("c.CourseGrading.sandbox = 'docker'", "no sandbox 'docker'"),
    ]:
        config.write_text(f"{text}\n{line}\n")
        with pytest.raises(CourseError, match=words):
            grade(class_directory, LESSON)


def test_plain_nbgrader_goes_through_the_same_grading(class_directory):
    cheat = RIGHT | {"twice": "import os\nos._exit(0)"}
    hand_in(class_directory, ada=NO_TWICE, eve=cheat)
    place_for(class_directory, "empty").write_bytes(b"")
    command = [sys.executable, "-m", "nbgrader", "autograde", LESSON, "--create"]
    done = subprocess.run(command, cwd=class_directory, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    records = {s: read_record(class_directory, LESSON, s) for s in ("ada", "empty", "eve")}
    assert scores(records["ada"]) == {"add": 2, "twice": 0, "why": None}
    assert scores(records["eve"]) == {"add": 2, "twice": None, "why": None}
    assert records["empty"].status is Status.UNREADABLE
    again = {each.student: each for each in grade(class_directory, LESSON)}
    assert again == records, "course grade takes over what nbgrader has graded"
    with open_api(class_directory) as api, api.gradebook as gradebook:
        assert gradebook.find_submission(LESSON, "ada").score == 2
        assert gradebook.find_submission(LESSON, "empty").needs_manual_grade
        assert set(records) == api.get_autograded_students(LESSON)


def test_formgraders_button_grades_again_and_keeps_the_marks(class_directory):
    hand_in(class_directory, ada=NO_TWICE)
    before = grade(class_directory, LESSON)
    with open_api(class_directory) as api:
        result = api.autograde(LESSON, "ada", force=True, create=True)
    assert result["success"], result
    assert grade(class_directory, LESSON) == before
    path = class_directory / "autograded" / "ada" / LESSON / f"{LESSON}.ipynb"
    assert nbformat.read(path, as_version=4).cells


def test_the_command_line_starts_without_nbgrader():
    modules = "course_tools.commands, course_tools.grading.run, course_tools.grading.classroom"
    code = f"import sys, {modules}; sys.exit('nbgrader' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0
