"""Collecting and giving feedback through nbgrader's exchange, a folder on one machine.

`hooks.configure` puts it in place of nbgrader's own, for its commands and Formgrader's buttons.

A student's process puts a submission there, as `EXCHANGE/COURSE/inbound/STUDENT+LESSON+TIME+…`,
and remains its owner. So the time in the name, and everything inside, is only the student's claim.
What a student can't set back is the time at which the folder or a file in it last changed on the
machine (`ctime`): nothing was handed in later than that.

| the two times               | what the receipt says (see `receipts.py`)                     |
|-----------------------------|---------------------------------------------------------------|
| agree, within `TOLERANCE`   | received at the time in the name                              |
| don't                       | no time of receipt; `ctime` as the latest that it can be      |

Stock nbgrader follows links when it collects, so that a student could have any file of the
instructor's copied; it deletes what is replaced; and it stops at the first submission that it can't
copy. Here a submission with a link in it is refused, what is replaced goes to `DIR/superseded`, and
what can't be taken is reported once all others are. Stock nbgrader also stops releasing feedback at
the first learner who handed in some other way; here they are reported.
"""

import hashlib
import os
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from glob import glob
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import ignore_patterns, notebook_hash, temp_attrs

from course_lib.errors import CourseError
from course_lib.plumbing import write_atomically
from course_tools.grading.classroom.collecting import student_id
from course_tools.grading.classroom.directory import (
    read_submitted,
    submitted_notebook,
    utc_stamp,
)
from course_tools.grading.classroom.receipts import (
    Receipt,
    read_receipts,
    receipt_of_file,
    write_receipts,
)

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

TOLERANCE = timedelta(minutes=2)


class CollectFromExchange(ExchangeCollect):
    """nbgrader's `collect`: nbgrader decides which submissions count, the course takes them in."""

    def copy_files(self) -> None:
        """Take in what is new, each submission as a whole.

        Raises:
            ExchangeError: some submissions were not taken; all the others were.
        """
        directory, lesson = Path(self.coursedir.root), self.coursedir.assignment_id
        receipts = read_receipts(directory, lesson)
        records, refused = self.new_records(), []
        try:
            for record in records:
                student = record["username"]
                try:
                    receipt = self._take(record, self._place(record))
                except (OSError, CourseError) as error:
                    refused.append(f"{student}: {error}")
                    continue
                if receipt_of_file(receipts, student, receipt.sha256) is None:
                    receipts[student] = receipt
                self.log.info("Collected %s of %s.", lesson, student)
        finally:
            write_receipts(directory, lesson, receipts)
        taken = len(records) - len(refused)
        self.log.info("%s: %d new, %d not taken.", lesson, taken, len(refused))
        if refused:
            self.fail("\n".join([f"{lesson}: these were not taken.", *refused]))

    def new_records(self) -> list[dict]:
        """Return what `init_src` found and `submitted` doesn't contain yet, by student."""
        chosen = (record for record in self.src_records if self._is_new(record))
        return sorted(chosen, key=lambda record: record["username"])

    def _path_to_record(self, path: str) -> dict:
        # A forged entry must not block the submission of the student whose name it bears.
        if problem := self._problem(Path(path)):
            name = os.path.basename(path)
            about = {"username": name, "filename": name, "timestamp": datetime.min}
            return about | {"problem": problem}
        return super()._path_to_record(path)

    def _problem(self, folder: Path) -> str:
        """Return why a folder in the exchange can't be a submission, or ""."""
        try:
            student = super()._path_to_record(str(folder))["username"]
            if student_id(student) != student or folder.is_symlink() or not folder.is_dir():
                return "it is not a folder that nbgrader made."
        except (ValueError, OverflowError, CourseError) as error:
            return f"its name is not one that nbgrader gives: {error}"
        if self.check_owner and not _may_belong_to(folder, student):
            return (
                f"it belongs to an account other than {student}'s. If that is intended, set "
                "`c.ExchangeCollect.check_owner = False` in nbgrader_config.py."
            )
        return ""

    def _is_new(self, record: dict) -> bool:
        place = self._place(record)
        if not place.is_dir():
            return True
        existing = self.coursedir.get_existing_timestamp(str(place))
        newer = existing is None or record["timestamp"] > existing
        changed = record["timestamp"] != existing
        return (self.update and newer) or (self.before_duedate and changed)

    def _place(self, record: dict) -> Path:
        step, lesson = self.coursedir.submitted_directory, self.coursedir.assignment_id
        return Path(self.coursedir.format_path(step, record["username"], lesson))

    def _take(self, record: dict, place: Path) -> Receipt:
        """Copy a submission beside its place, move the earlier one away, and rename it."""
        if problem := record.get("problem"):
            raise CourseError(problem)
        folder = Path(self.inbound_path) / record["filename"]
        beside = place.parent / f".{place.name}.part"
        shutil.rmtree(beside, ignore_errors=True)  # of a run that was interrupted
        try:
            self._copy(folder, beside)
            latest = _latest_change(folder)  # read now, since its owner may still write to it
            stamp = f"{record['timestamp'].isoformat(' ')} UTC\n"
            (beside / "timestamp.txt").write_text(stamp, encoding="utf-8")
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
        if place.exists():
            root = Path(self.coursedir.root)
            keep = root / "superseded" / record["username"] / place.name / utc_stamp()
            keep.parent.mkdir(parents=True, exist_ok=True)
            os.rename(place, keep)
        os.rename(beside, place)
        return self._receipt(record, latest)

    def _copy(self, folder: Path, copy: Path) -> None:
        most = 1000 * self.coursedir.max_dir_size
        if self.get_size(folder) > most:
            raise CourseError(f"it has more than {most} bytes.")
        rules = self.coursedir
        ignored = ignore_patterns(rules.ignore, rules.include, rules.max_file_size, self.log)
        shutil.copytree(folder, copy, symlinks=True, ignore=ignored)
        for path in (copy, *copy.rglob("*")):
            if path.is_symlink():
                raise CourseError(f"{path.name} in it is a link, and was not followed.")
            # In the exchange a folder may be writable by all, or unreadable for the instructor.
            mode = 0o700 if path.is_dir() else 0o600
            path.chmod(mode | mode >> 3 if rules.groupshared else mode)

    def _receipt(self, record: dict, latest: datetime) -> Receipt:
        student, lesson = record["username"], self.coursedir.assignment_id
        claimed = record["timestamp"].replace(tzinfo=UTC)
        is_confirmed = abs(latest - claimed) <= TOLERANCE
        if not is_confirmed:
            self.log.warning(
                f"{student} says that {lesson} was handed in at {claimed:%Y-%m-%d %H:%M:%S} UTC; "
                f"the exchange last changed at {latest:%Y-%m-%d %H:%M:%S} UTC."
            )
        try:
            content = read_submitted(submitted_notebook(self.coursedir.root, lesson, student))
        except CourseError:
            content = b""  # as the record of a file that can't be graded says
        digest = hashlib.sha256(content).hexdigest()
        return Receipt(digest, min(latest, datetime.now(UTC)), claimed if is_confirmed else None)


class ReleaseFeedback(ExchangeReleaseFeedback):
    """nbgrader's `release_feedback`, for a class in which some hand in by other means."""

    def copy_files(self) -> None:
        """Copy each page to a name that only its learner can know."""
        without = []
        for page in sorted(Path(path) for path in glob(f"{self.src_path}/*.html")):
            secret = page.with_name("submission_secret.txt")
            if not secret.is_file():
                without.append(str(page))
                continue
            # A learner who replaced nbgrader's secret there will not find the page.
            name = notebook_hash(secret=secret.read_text(errors="replace"), notebook_id=page.stem)
            released = Path(self.dest_path) / f"{name}.html"
            write_atomically(released, page.read_bytes())
            released.chmod(0o644)  # whatever the instructor's umask, learners have to read it
            self.log.info("Released %s.", page)
        if without:
            self.log.warning(
                "Not handed in through the exchange, so please pass these on by other means:\n%s",
                "\n".join(without),
            )


def count_to_collect(api: "NbGraderAPI", lessons: Iterable[str]) -> dict[str, int]:
    """Return how many submissions to each lesson are in the exchange and not collected yet."""
    if not api.exchange_is_functional:
        return {}
    counts = {}
    for lesson in lessons:
        with temp_attrs(api.coursedir, assignment_id=lesson):
            collector = api.exchange.Collect(
                coursedir=api.coursedir, authenticator=api.authenticator, parent=api
            )
            inbound = Path(collector.root) / api.coursedir.course_id / "inbound"
            if not isinstance(collector, CollectFromExchange) or not inbound.is_dir():
                continue
            collector.update = True
            collector.init_src()
            counts[lesson] = len(collector.new_records())
    return counts


def _latest_change(folder: Path) -> datetime:
    seconds = max(path.lstat().st_ctime for path in (folder, *folder.rglob("*")))
    return datetime.fromtimestamp(seconds, UTC)


def _may_belong_to(folder: Path, student: str) -> bool:
    """Return whether a folder can be a student's; an id without an account here tells nothing."""
    import pwd  # missing on Windows, which has no exchange

    try:
        return pwd.getpwnam(student).pw_uid == folder.stat().st_uid
    except KeyError:
        return True
