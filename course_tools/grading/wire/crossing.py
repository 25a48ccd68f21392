"""One conversation's values at one end: plain data, Keras objects, and references to the rest.

A value that is neither plain data (`packing`) nor a Keras object that can be rebuilt (`keras_wire`)
stays where it is. Its end lends it: the other end gets a reference, through which it can call the
object and read its attributes, and receives plain data again.
"""

import sys
from collections.abc import Callable
from typing import Any

from course_tools.grading.wire.packing import (
    MalformedError,
    NotPortableError,
    Packer,
    Unpacker,
)


class Crossing:
    """What this end has lent, and how it writes and reads messages.

    Args:
        side: a word for this end, different from the other's.
        make_reference: makes this end's reference to an object that the other end lends, from its
            description: a dict with `id`, `type` and `callable`.
        may_lend: tells whether this end lends such a value.
    """

    def __init__(
        self,
        side: str,
        make_reference: Callable[[dict], Any],
        may_lend: Callable[[Any], bool] = callable,
    ):
        self.lent: dict[int, Any] = {}
        self._side = side
        self._make_reference = make_reference
        self._may_lend = may_lend
        self._references: dict[int, Any] = {}
        self._keras: Any = None

    def write(self, value: Any) -> tuple[dict, bytes]:
        """Return a value as a JSON document and the bytes of its arrays.

        Raises:
            NotPortableError: it can't cross.
        """
        packer = Packer(self)
        node = packer.pack(value)
        updates = self._keras.take_updates(packer) if self._keras is not None else None
        return {"value": node, "keras": updates}, bytes(packer.blob)

    def read(self, document: dict, blob: bytes) -> Any:
        """Return the value that the other end wrote.

        Raises:
            MalformedError: it breaks the rules.
        """
        if not isinstance(document, dict) or "value" not in document:
            raise MalformedError("a message without a value")
        unpacker = Unpacker(blob, self)
        if document.get("keras"):
            self._keras_exchange().apply_updates(document["keras"], unpacker)
        return unpacker.unpack(document["value"])

    def fingerprint(self, value: Any) -> tuple[str, bytes] | None:
        """Return what differs once an argument's content has changed; None if it can't be told."""
        if type(value) not in (list, dict, set, tuple) and type(value).__name__ != "ndarray":
            return None
        packer = Packer(self)
        try:
            return repr(packer.pack(value)), bytes(packer.blob)
        except NotPortableError:
            return None

    # -- the codec of `packing`: values that are not plain data -------------------------------

    def encode(self, value: Any) -> dict:
        """Return the node of a Keras object, of a reference going home, or of an object to lend."""
        if isinstance(value, Reference):
            return {"$": "yours", "id": object.__getattribute__(value, "_description")["id"]}
        why = f"a {type(value).__name__}"
        if "keras" in sys.modules:
            try:
                node = self._keras_exchange().encode(value)
                if node is not None:
                    return node
            except NotPortableError as error:
                why = str(error)
        if not self._may_lend(value):
            raise NotPortableError(why)
        return {
            "$": "lent",
            "id": self._lend(value),
            "type": type(value).__name__[:80],
            "callable": callable(value),
        }

    def decode(self, node: dict) -> Any:
        """Return the value of what the other end's `encode` returned."""
        tag, number = node["$"], node.get("id")
        if tag == "keras":
            return self._keras_exchange().decode(node)
        if type(number) is not int:
            raise MalformedError(f"a node of unknown kind {tag!r:.40}")
        if tag == "yours":
            return self._lent_object(number)
        if tag == "lent":
            if number not in self._references:
                self._references[number] = self._make_reference(node)
            return self._references[number]
        raise MalformedError(f"a node of unknown kind {tag!r:.40}")

    def _lent_object(self, number: int) -> Any:
        if number not in self.lent:
            raise MalformedError("an object that was never lent")
        return self.lent[number]

    def _lend(self, value: Any) -> int:
        for number, known in self.lent.items():
            if known is value:
                return number
        self.lent[len(self.lent)] = value
        return len(self.lent) - 1

    def _keras_exchange(self) -> Any:
        if self._keras is None:
            # Importing Keras takes seconds, so it waits until a conversation needs it.
            from course_tools.grading.wire.keras_wire import KerasExchange

            self._keras = KerasExchange(self._side)
        return self._keras


class Reference:
    """This end's reference to an object of the other end."""

    def __init__(self, description: dict):
        object.__setattr__(self, "_description", description)
