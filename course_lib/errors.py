"""The errors that the course raises on purpose, and what to say of those that a machine raises."""

import errno
import sqlite3
from collections.abc import Iterator

from course_lib.language import _, later

_FULL = later(
    "{place}: the disk is full. What was there before is unharmed. Free some space, then try again."
)
_FORBIDDEN = later(
    "{place}: no permission. Nothing was changed there. "
    "Name another folder, or ask the owner of this one for access."
)
_READ_ONLY = later(
    "{place}: this disk can only be read. Nothing was changed there. Name a folder on another disk."
)
_NO_MEMORY = later(
    "{place}: memory has run out. Close other programs and notebooks, then try again."
)
_ADVICE = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: _READ_ONLY,
    errno.ENOMEM: _NO_MEMORY,
}
_ADVICE_OF_SQLITE = {
    "database or disk is full": _FULL,
    "disk I/O error": _FULL,
    "attempt to write a readonly database": _FORBIDDEN,
    "unable to open database file": _FORBIDDEN,
}


class CourseError(Exception):
    """Something that the person at the keyboard can put right; the message says what and how."""


def advice_on(error: BaseException) -> str:
    """Return what has happened on this machine and what to do about it, or "" for other errors.

    A full disk, a missing permission and the like are nobody's mistake and no defect: wherever they
    turn up, the same sentences say what to do.
    """
    for each in _with_causes(error):
        if isinstance(each, MemoryError):
            return _(_NO_MEMORY).format(place=_("This command"))
        if isinstance(each, OSError) and each.errno in _ADVICE:
            place = each.filename2 or each.filename or _("Writing a file")
            return _(_ADVICE[each.errno]).format(place=place)
        if isinstance(each, sqlite3.OperationalError) and str(each) in _ADVICE_OF_SQLITE:
            return _(_ADVICE_OF_SQLITE[str(each)]).format(place=_("The gradebook"))
    return ""


def _with_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
