"""The weights and data that come with the course, each checked against `manifest.json` before use.

What every file is, who made it, under which licence and how it was produced: `PROVENANCE.md` here.
"""

import functools
import hashlib
import json
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.language import _
from course_lib.plumbing import sha256_of, write_atomically

FOLDER = Path(__file__).parent
MANIFEST = FOLDER / "manifest.json"

_NOT_ASSETS = {"__init__.py", "manifest.json", "PROVENANCE.md"}


class AssetError(CourseError):
    """A file that the course ships is missing, damaged or unknown."""


def manifest() -> dict[str, dict[str, int | str]]:
    """Return name -> {"bytes": size, "sha256": 64 hexadecimal digits} for every shipped asset.

    Raises AssetError when `manifest.json` itself is missing or no longer readable.
    """
    try:
        return json.loads(MANIFEST.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssetError(_restore_advice(MANIFEST, _("it cannot be read"))) from error


def path(name: str) -> Path:
    """Return the path of the asset `name` after checking its size and SHA-256 against the manifest.

    Raises AssetError, which says how to put it right, when the file is unknown, missing or damaged.
    """
    entries = manifest()
    if name not in entries:
        known = ", ".join(sorted(entries))
        problem = _("There is no asset called {name!r}. The course ships: {known}.")
        raise AssetError(problem.format(name=name, known=known))
    file = FOLDER / name
    try:
        status = file.stat()
    except OSError as error:
        raise AssetError(_restore_advice(file, _("it is missing"))) from error
    # Hashing a file again is only needed when it was touched since the last look.
    if _sha256(file, status.st_mtime_ns, status.st_size) != entries[name]["sha256"]:
        trouble = _("it is damaged (its SHA-256 is not the recorded one)")
        raise AssetError(_restore_advice(file, trouble))
    return file


@functools.cache
def _sha256(file: Path, _modified_ns: int, _size: int) -> str:
    return sha256_of(file)


def _restore_advice(file: Path, trouble: str) -> str:
    advice = _(
        "The course file {file} can't be used: {trouble}. Restore it with `git checkout -- {name}` "
        "in its folder, or reinstall the course package (`pip install --force-reinstall --no-deps "
        ".` in the repository)."
    )
    return advice.format(file=file, trouble=trouble, name=file.name)


def refresh_manifest() -> None:
    """Rewrite `manifest.json` from the files in the folder; the scripts that make them call it."""
    entries = {}
    for file in sorted(FOLDER.iterdir()):
        if file.is_file() and file.name not in _NOT_ASSETS and not file.name.startswith("."):
            content = file.read_bytes()
            entries[file.name] = {
                "bytes": len(content),
                "sha256": hashlib.sha256(content).hexdigest(),
            }
    write_atomically(MANIFEST, (json.dumps(entries, indent=2) + "\n").encode())
