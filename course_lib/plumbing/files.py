"""Small file helpers: where the cache lies, nothing half-written, checking by hash."""

import hashlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import platformdirs

APPLICATION = "pretrained-models-course"


def cache_dir() -> Path:
    """Return where things lie that can be made again: `$COURSE_CACHE` or the user's cache."""
    configured = os.environ.get("COURSE_CACHE")
    return Path(configured) if configured else Path(platformdirs.user_cache_dir(APPLICATION))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file as 64 hexadecimal digits."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_atomically(
    path: Path, content: bytes | Callable[[BinaryIO], None], *, mode: int = 0o666
) -> None:
    """Write `path` beside its place and rename it there, so that readers see all of it or nothing.

    `content` is the bytes, or a function that writes them into the open binary file. When it
    raises, or the process is interrupted, whatever stood at `path` before is still there. `mode`:
    the file's permissions, less those that the user's mask takes away.

    Raises:
        OSError: the disk is full, the folder may not be written, …; its `filename` is `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write_beside_and_rename(path, content, mode)
    except OSError as error:
        # Otherwise it names the file beside it, or none: a full disk doesn't say where.
        error.filename, error.filename2 = str(path), None
        raise


def _write_beside_and_rename(
    path: Path, content: bytes | Callable[[BinaryIO], None], mode: int
) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".part", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            if callable(content):
                content(file)
            else:
                file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode & ~_umask())
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    # The only way to read the mask is to set it; mkstemp alone would leave the file private.
    mask = os.umask(0)
    os.umask(mask)
    return mask
