"""Reading the JSON files that grading keeps: each is validated whole before any of it is used.

A file that can't be right is refused with a message that names the file, the field and what to do.
It stays as it is: nothing is guessed, repaired or thrown away.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import msgspec

from course_lib.errors import CourseError

T = TypeVar("T")


class _Versioned(msgspec.Struct):
    schema: Annotated[int, msgspec.Meta(ge=1)]


@dataclass(frozen=True)
class StoredFile:
    """A JSON file, and a sentence that says what to do when it is damaged."""

    path: Path
    remedy: str

    def content(self, newest_schema: int | None = None) -> Any:
        """Return what the file holds, as plain data.

        Args:
            newest_schema: the newest version of the file's format that can be read; the file says
                in `schema` which one it has. None for a file without a version.

        Raises:
            FileNotFoundError: there is no such file.
            CourseError: it is not JSON, or a newer version of the course wrote it.
        """
        try:
            content = json.loads(self.path.read_bytes(), parse_constant=_refuse)
        except ValueError as error:
            raise self._damaged(str(error)) from error
        if newest_schema is not None:
            schema = self.typed(content, _Versioned).schema
            if schema > newest_schema:
                raise CourseError(
                    f"{self.path} was written by a newer version of the course: it has schema "
                    f"{schema}, and this version reads up to {newest_schema}. Update the course."
                )
        return content

    def typed(self, content: Any, kind: type[T], where: str = "") -> T:
        """Return plain data as a value of a type; `where` is its place in the file.

        Raises:
            CourseError: it doesn't fit the type.
        """
        try:
            return msgspec.convert(content, kind)
        except msgspec.ValidationError as error:
            what, _, place = str(error).partition(" - at `$")
            field = (where + place.rstrip("`")).lstrip(".")
            raise self._damaged(f"{field}: {what}" if field else what) from error

    def _damaged(self, what: str) -> CourseError:
        return CourseError(f"{self.path} is damaged ({what}). {self.remedy}")


def plain_data(value: Any) -> Any:
    """Return a typed value as what JSON knows: a record becomes a dict, an enumeration a string."""
    return msgspec.to_builtins(value)


def as_json(content: Any) -> str:
    """Return plain data as JSON that a person can read.

    Raises:
        ValueError: a number is not finite, which JSON can't express.
    """
    return json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a number that JSON knows")
