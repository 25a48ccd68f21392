"""Collecting through nbgrader's exchange: receipts, and what a student can put there instead."""

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nbgrader.exchange import ExchangeFactory
from nbgrader.utils import notebook_hash
from tiny import LESSON, NO_TWICE, RIGHT, hand_in, release_of, submitted
from traitlets.config import Config

from course_tools.commands.sample_class import write_submission
from course_tools.grading.classroom import open_api, read_receipts
from course_tools.grading.classroom.exchange import TOLERANCE
from course_tools.grading.results import class_status, make_feedback
from course_tools.grading.run import grade

HOUR = timedelta(hours=1)


@pytest.fixture
def directory(fresh_class, tmp_path):
    """A class whose lesson was released to an exchange of its own."""
    directory = Path(shutil.copytree(fresh_class, tmp_path / "class"))
    config = directory / "nbgrader_config.py"
    config.write_text(config.read_text() + f"c.Exchange.root = {str(tmp_path / 'exchange')!r}\n")
    with open_api(directory) as api:
        assert api.release_assignment(LESSON)["success"]
    return directory


@pytest.fixture
def submit(directory, tmp_path):
    """Hand in as nbgrader does in a student's process; return the folder in the exchange."""

    def submit(student, answers=RIGHT, said=None):
        work = tmp_path / "students" / student
        write_submission(release_of(directory), answers, work / LESSON / f"{LESSON}.ipynb")
        config = Config()
        config.Exchange.root, config.Exchange.cache = str(tmp_path / "exchange"), str(work)
        config.Exchange.assignment_dir = str(work)
        config.CourseDirectory.update(course_id="class", student_id=student, assignment_id=LESSON)
        inbound = tmp_path / "exchange" / "class" / "inbound"
        before = set(inbound.iterdir())
        submitter = make(ExchangeFactory(config=config).Submit, config)
        if said is not None:
            submitter.set_timestamp = lambda: setattr(
                submitter, "timestamp", f"{said:%F %T.%f} UTC"
            )
        submitter.start()
        [folder] = set(inbound.iterdir()) - before
        return folder

    return submit


def make(kind, config):
    from nbgrader.auth import Authenticator
    from nbgrader.coursedir import CourseDirectory

    parts = {"coursedir": CourseDirectory, "authenticator": Authenticator}
    return kind(config=config, **{name: part(config=config) for name, part in parts.items()})


def collect(directory):
    """Press Formgrader's button; return whether it was a success, and what was said."""
    with open_api(directory) as api:
        result = api.collect(LESSON)
        return result["success"], result.get("log", "")


def in_class(directory):
    return sorted(path.parent.name for path in directory.glob(f"submitted/*/{LESSON}"))


def test_a_new_class_is_closed_to_other_accounts_of_the_machine(fresh_class):
    assert fresh_class.stat().st_mode & 0o077 == 0


def test_what_was_collected_has_a_receipt_with_the_time_that_both_sides_know(directory, submit):
    before = datetime.now(UTC)
    submit("ada")
    assert class_status(directory)[0].to_collect == 1
    assert collect(directory)[0]
    receipt = read_receipts(directory, LESSON)["ada"]
    assert before <= receipt.received <= receipt.collected <= datetime.now(UTC)
    assert class_status(directory)[0].to_collect == 0
    stamp = submitted(directory, "ada").with_name("timestamp.txt").read_text()
    assert stamp.startswith(f"{receipt.received:%Y-%m-%d %H:%M:%S}")
    assert submitted(directory, "ada").with_name("submission_secret.txt").is_file()


def test_a_time_that_the_machine_does_not_confirm_is_not_believed(directory, submit):
    before = datetime.now(UTC)
    folder = submit("ada", said=before - HOUR)
    long_ago = time.time() - 7200
    for path in (folder, *folder.iterdir()):
        os.utime(path, (long_ago, long_ago))
    done, log = collect(directory)
    receipt = read_receipts(directory, LESSON)["ada"]
    assert done and receipt.received is None and receipt.collected >= before - TOLERANCE
    assert "ada says" in log


def test_a_notebook_that_is_changed_in_the_exchange_loses_its_time(directory, submit, monkeypatch):
    submit("ada")
    monkeypatch.setattr("course_tools.grading.classroom.exchange.TOLERANCE", timedelta(0))
    collect(directory)
    assert read_receipts(directory, LESSON)["ada"].received is None


def test_a_newer_submission_replaces_the_earlier_one_which_is_kept(directory, submit):
    submit("ada", RIGHT | {"why": "First."})
    collect(directory)
    first = submitted(directory, "ada").read_bytes()
    submit("ada", RIGHT | {"why": "Second."})
    assert class_status(directory)[0].to_collect == 1
    collect(directory)
    assert b"Second." in submitted(directory, "ada").read_bytes()
    [kept] = directory.glob(f"superseded/ada/{LESSON}/*/{LESSON}.ipynb")
    assert kept.read_bytes() == first
    receipts = read_receipts(directory, LESSON)
    assert collect(directory)[0] and read_receipts(directory, LESSON) == receipts


def test_a_link_to_a_file_of_the_instructor_is_not_followed(directory, submit):
    source = directory / "source" / LESSON / f"{LESSON}.ipynb"
    folder = submit("mallory")
    (folder / f"{LESSON}.ipynb").unlink()
    (folder / f"{LESSON}.ipynb").symlink_to(source)
    submit("ada")
    done, log = collect(directory)
    assert not done and "mallory: 01_tiny.ipynb in it is a link" in log
    assert in_class(directory) == ["ada"] and "ada" in read_receipts(directory, LESSON)
    assert not list(directory.rglob("*.part"))
    assert class_status(directory)[0].to_collect == 1


@pytest.mark.parametrize("name", ["a+b+{}+2026-01-01 00:00:00 UTC+x", "eve+{}+garbage", "+{}+1+2"])
def test_a_folder_that_nbgrader_did_not_make_is_named_and_stops_nobody(directory, submit, name):
    submit("ada")
    odd = next((directory.parent / "exchange" / "class" / "inbound").iterdir()).parent
    (odd / name.format(LESSON)).mkdir()
    before = sorted(path for path in directory.iterdir())
    done, log = collect(directory)
    assert not done and name.format(LESSON) in log
    assert in_class(directory) == ["ada"]
    assert {path.name for path in directory.iterdir()} - {path.name for path in before} <= {
        "submitted",
        "receipts",
    }


def test_a_pipe_and_a_submission_that_is_too_large_are_refused(directory, submit):
    folder = submit("eve")
    os.mkfifo(folder / "pipe")
    with open(submit("mallory") / "large", "wb") as file:
        file.truncate(10**9)
    done, log = collect(directory)
    assert not done and "eve: " in log and "mallory: it has more than" in log
    assert in_class(directory) == []


def test_feedback_goes_to_those_who_can_fetch_it_and_the_others_are_named(directory, submit):
    submit("bob")
    (submit("eve") / "submission_secret.txt").write_bytes(b"\xff")
    collect(directory)
    hand_in(directory, ada=NO_TWICE)
    grade(directory, LESSON)
    make_feedback(directory, LESSON)
    with open_api(directory) as api:
        result = api.release_feedback(LESSON)
    assert result["success"] and f"feedback/ada/{LESSON}/{LESSON}.html" in result["log"]
    released = list((directory.parent / "exchange" / "class" / "feedback").iterdir())
    secret = submitted(directory, "bob").with_name("submission_secret.txt").read_text()
    name = f"{notebook_hash(secret=secret, notebook_id=LESSON)}.html"
    assert len(released) == 2 and name in {path.name for path in released}
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in released)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another account")
def test_a_submission_under_the_name_of_another_account_is_refused(directory, submit):
    genuine = submit("daemon")
    forged = submit("daemon", said=datetime.now(UTC) + HOUR)
    for path in (genuine, *genuine.iterdir()):
        shutil.chown(path, "daemon")
    shutil.chown(forged, "nobody")
    done, log = collect(directory)
    assert not done and "belongs to an account other than daemon's" in log
    assert in_class(directory) == ["daemon"]
    assert read_receipts(directory, LESSON)["daemon"].received is not None
