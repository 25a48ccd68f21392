"""The files of an export, from a folder or a zip, as entries; nothing is unpacked to disk.

Entries of a zip that point outside it (absolute paths, `..`) and links are refused one by one.
Limits on the number of entries and on their uncompressed size keep a zip bomb from filling memory
or disk.
"""

import os
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path, PurePosixPath

from course_lib.errors import CourseError

MAX_ENTRIES = 50_000
MAX_TOTAL_BYTES = 8 * 2**30
MAX_NOTEBOOK_BYTES = 200 * 2**20
_BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError)


@dataclass(frozen=True)
class Entry:
    """One file of an export: its path as folder and file names, its time in UTC, its content.

    `read` raises `CourseError` when the file is damaged, too large or not readable.
    """

    parts: tuple[str, ...]
    modified: datetime | None
    read: Callable[[], bytes]

    @property
    def path(self) -> str:
        """The path inside the export, for messages."""
        return "/".join(self.parts)


@contextmanager
def open_export(path: Path) -> Iterator[tuple[list[Entry], list[str]]]:
    """Open a folder or a zip; yield its files, and messages about what was refused.

    Raises:
        CourseError: there is no such folder or zip, or it is damaged as a whole, encrypted or too
            large.
    """
    if path.is_dir():
        yield _folder_entries(path)
    elif path.is_file() and zipfile.is_zipfile(path):
        try:
            with zipfile.ZipFile(path) as archive:
                yield _zip_entries(archive)
        except zipfile.BadZipFile as error:
            raise CourseError(_damaged(path, error)) from error
    elif path.is_file():
        raise CourseError(
            f"{path} is neither a folder nor a readable zip (damaged, or another kind of file). "
            "Export it again from the LMS, or unpack it and give the folder."
        )
    else:
        raise CourseError(f"There is no folder or zip {path}.")


def plausible_time(moment: datetime | None) -> datetime | None:
    """Return `moment`; None if it is absent, in the future, or older than any submission can be.

    A zip without times says 1980; a computer whose clock is wrong may say 2099.
    """
    if moment is None or not 2000 <= moment.year < 9000:
        return None
    return moment if moment <= datetime.now(UTC) + timedelta(minutes=5) else None


def _folder_entries(folder: Path) -> tuple[list[Entry], list[str]]:
    entries, refused = [], []
    for parent, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(
            [*names, *(name for name in folders if Path(parent, name).is_symlink())]
        ):
            path = Path(parent, name)
            shown = path.relative_to(folder).parts
            if not stat.S_ISREG(path.lstat().st_mode):
                refused.append(
                    f"{'/'.join(shown)}: refused, because it is a link or not a regular file."
                )
                continue
            modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            entries.append(Entry(shown, modified, partial(_read_file, path)))
            if len(entries) > MAX_ENTRIES:
                raise CourseError(
                    f"{folder} holds more than {MAX_ENTRIES} files: is it the right one?"
                )
    return entries, refused


def _read_file(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_NOTEBOOK_BYTES:
            raise CourseError(_too_large(str(path)))
        return path.read_bytes()
    except OSError as error:
        raise CourseError(f"{path} can't be read: {error.strerror}.") from error


def _zip_entries(archive: zipfile.ZipFile) -> tuple[list[Entry], list[str]]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    name = archive.filename
    if len(infos) > MAX_ENTRIES or sum(info.file_size for info in infos) > MAX_TOTAL_BYTES:
        raise CourseError(
            f"{name} holds more than {MAX_ENTRIES} files or {MAX_TOTAL_BYTES / 2**30:.0f} GiB "
            "when unpacked. Export one lesson at a time."
        )
    entries, refused = [], []
    for info in infos:
        shown = _zip_name(info)
        if reason := _refusal(info, shown):
            refused.append(f"{shown}: refused, because {reason}.")
            continue
        if info.flag_bits & 1:
            raise CourseError(f"{name} is encrypted. Unpack it and give the folder.")
        parts = PurePosixPath(shown).parts
        entries.append(Entry(parts, _zip_time(info), partial(_read_zipped, archive, info)))
    return entries, refused


def _refusal(info: zipfile.ZipInfo, shown: str) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "it is a link or not a regular file"
    if shown.startswith("/") or shown[1:2] == ":":
        return "its path is absolute"
    return "its path leads out of the zip" if ".." in PurePosixPath(shown).parts else ""


def _zip_name(info: zipfile.ZipInfo) -> str:
    """Return the entry's name; some programs write UTF-8 without declaring it, or backslashes."""
    name = info.orig_filename if "\0" not in info.orig_filename else info.filename
    if not info.flag_bits & 0x800:
        with suppress(UnicodeError):  # then zipfile's reading is right
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/")


def _zip_time(info: zipfile.ZipInfo) -> datetime | None:
    try:
        return datetime(*info.date_time).astimezone(UTC)  # a zip stores local time
    except (ValueError, OverflowError, OSError):
        return None


def _read_zipped(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    # The size that a zip declares can be false, so the limit applies to what comes out.
    try:
        with archive.open(info) as file:
            content = file.read(MAX_NOTEBOOK_BYTES + 1)
    except _BROKEN_ZIP as error:
        raise CourseError(_damaged(archive.filename, error, info.filename)) from error
    if len(content) > MAX_NOTEBOOK_BYTES:
        raise CourseError(_too_large(info.filename))
    return content


def _damaged(path: Path | str | None, error: Exception, entry: str = "") -> str:
    where = f" at {entry}" if entry else ""
    return f"{path} is damaged{where} ({error}). Export it again from the LMS."


def _too_large(name: str) -> str:
    return (
        f"{name} is larger than {MAX_NOTEBOOK_BYTES / 2**20:.0f} MiB, too large for a notebook. "
        "Remove it from the export and collect again."
    )
