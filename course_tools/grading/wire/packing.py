"""Plain data between the judge and a learner's process: what may cross, and in which form.

One frame is 12 bytes of lengths (`!IQ`), a JSON document, and the bytes of its arrays one after
another. Nothing is ever unpickled: a receiver rebuilds numbers, text, containers and numeric arrays
by the rules below, and refuses the rest. What is not plain (Keras objects, functions, handles) is
left to an `ObjectCodec`.

Both ends use this module. If somebody tampers with the learner's end, the judge's end either finds
a frame that breaks the rules, and raises `MalformedError`, or gets a value, as from any answer.

Of classes, only records can be named: dataclasses and named tuples of `course_lib.LESSON_MODULES`,
the modules that lessons import. So a learner's process can make the judge import one of those, and
nothing else: neither the course's commands nor anything that is installed beside it.
"""

import importlib
import json
import math
import socket
import struct
import sys
import time
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import Any, Protocol

import numpy as np

import course_lib

MAX_FRAME_BYTES = 512 * 2**20
# A parsed document takes up to thirty times as many bytes.
MAX_JSON_BYTES = 16 * 2**20
MAX_INTEGER_BITS = 14_000
MAX_DEPTH = 64
MAX_ITEMS = 1_000_000
# Kinds of NumPy dtypes whose bytes mean the same everywhere: bool, integers, floats, text, times.
ARRAY_KINDS = "biufcSUmM"
_LENGTHS = struct.Struct("!IQ")
_SEQUENCES = {"tuple": tuple, "set": set, "frozenset": frozenset}


class MalformedError(Exception):
    """What arrived breaks the rules of this module."""


class NotPortableError(Exception):
    """A value that can't cross: it is not plain data, and the `ObjectCodec` doesn't know it."""


class ObjectCodec(Protocol):
    """Says how values that are not plain cross; each end of a conversation has one."""

    def encode(self, value: Any) -> dict | None:
        """Return a JSON object with the key `$`, or None for a value that it doesn't know."""

    def decode(self, node: dict) -> Any:
        """Return the value of what `encode` returned at the other end."""


class Channel:
    """Frames over a connected stream socket, each within a deadline."""

    def __init__(self, connection: socket.socket):
        self._socket = connection

    def send(self, message: Any, blob: bytes = b"", timeout: float | None = None) -> None:
        """Send one frame.

        Raises:
            NotPortableError: it is larger than the other end would read; nothing was sent.
            TimeoutError: the other end did not read it within `timeout` seconds.
            ConnectionError: the other end is gone.
        """
        text = json.dumps(message).encode()
        if len(text) > MAX_JSON_BYTES or len(blob) > MAX_FRAME_BYTES:
            raise NotPortableError(f"{(len(text) + len(blob)) / 2**20:.0f} MiB of data")
        self._socket.settimeout(timeout)
        self._socket.sendall(_LENGTHS.pack(len(text), len(blob)) + text)
        if blob:
            self._socket.sendall(blob)

    def receive(self, timeout: float | None = None) -> tuple[Any, bytes]:
        """Return (JSON document, bytes of its arrays) of the next frame.

        Raises:
            TimeoutError: it did not arrive completely within `timeout` seconds.
            ConnectionError: the other end is gone.
            MalformedError: it is too large, or not JSON.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        length, blob_length = _LENGTHS.unpack(self._read(_LENGTHS.size, deadline))
        if length > MAX_JSON_BYTES or blob_length > MAX_FRAME_BYTES:
            raise MalformedError(f"a message of {(length + blob_length) / 2**20:.0f} MiB")
        text = self._read(length, deadline)
        blob = self._read(blob_length, deadline)
        try:
            return json.loads(text), blob
        except (ValueError, RecursionError) as error:
            raise MalformedError(f"a message that is not JSON ({error!r:.100})") from None

    def _read(self, length: int, deadline: float | None) -> bytes:
        received = bytearray()
        while len(received) < length:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                self._socket.settimeout(left)
            else:
                self._socket.settimeout(None)
            chunk = self._socket.recv(min(length - len(received), 2**20))
            if not chunk:
                raise ConnectionResetError("the other end is gone")
            received += chunk
        return bytes(received)


class Packer:
    """Turns values into JSON nodes, and gathers the bytes of arrays in `blob`."""

    def __init__(self, codec: ObjectCodec | None = None):
        self.blob = bytearray()
        self._codec = codec
        self._items = 0
        self._characters = 0

    def pack(self, value: Any, depth: int = 0) -> Any:
        """Return the JSON node of a value.

        Raises:
            NotPortableError: it can't cross, or is too deep, too large or contains itself.
        """
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise NotPortableError("a value that contains itself, or is too deep or too large")
        kind = type(value)
        if kind in (int, str):
            self._check_text(value)
        if value is None or kind in (bool, int, str):
            return value
        if kind is float:
            return value if math.isfinite(value) else {"$": "float", "v": repr(value)}
        if kind is list:
            return [self.pack(item, depth + 1) for item in value]
        if kind in (tuple, set, frozenset):
            return {"$": kind.__name__, "v": [self.pack(item, depth + 1) for item in value]}
        if kind is dict or (isinstance(value, dict) and kind.__module__ == "collections"):
            pairs = [
                [self.pack(k, depth + 1), self.pack(v, depth + 1)] for k, v in dict.items(value)
            ]
            return {"$": "dict", "v": pairs}
        if isinstance(value, np.ndarray | np.generic):
            return self._pack_array(value, depth)
        for builtin in (int, float, str):
            if isinstance(value, builtin):  # of a class that may claim to equal everything
                return self.pack(builtin.__getnewargs__(value)[0], depth)  # type: ignore[arg-type]
        return self._pack_other(value, kind, depth)

    def _pack_other(self, value: Any, kind: type, depth: int) -> Any:
        if kind in (bytes, bytearray):
            return {"$": "bytes", "at": self._store(bytes(value)), "n": len(value)}
        if kind is complex:
            return {"$": "complex", "v": [repr(value.real), repr(value.imag)]}
        if kind in (range, slice):
            return {
                "$": kind.__name__,
                "v": [self.pack(getattr(value, k), depth + 1) for k in ("start", "stop", "step")],
            }
        if isinstance(value, np.dtype):
            return {"$": "dtype", "v": value.str}
        if _is_record(kind):
            return {
                "$": "record",
                "of": f"{kind.__module__}:{kind.__qualname__}",
                "v": [self.pack(item, depth + 1) for item in _record_values(value)],
            }
        if _is_tensor(kind):
            return {"$": "tensor", "v": self._pack_array(np.asarray(value), depth)}
        node = self._codec.encode(value) if self._codec else None
        if node is None:
            raise NotPortableError(f"a {kind.__name__}")
        return node

    def _pack_array(self, value: np.ndarray | np.generic, depth: int) -> dict:
        if isinstance(value, np.ma.MaskedArray):
            raise NotPortableError("a masked array")
        tag = "scalar" if isinstance(value, np.generic) else "array"
        if value.dtype.kind == "O" and tag == "array":
            items = [self.pack(item, depth + 1) for item in value.ravel().tolist()]
            return {"$": "objects", "shape": list(value.shape), "v": items}
        if value.dtype.kind not in ARRAY_KINDS:
            raise NotPortableError(f"an array of {value.dtype}")
        self._check_room(value.nbytes)
        content = np.ascontiguousarray(value).tobytes()
        return {
            "$": tag,
            "dtype": value.dtype.str,
            "shape": list(np.shape(value)),
            "at": self._store(content),
            "n": len(content),
        }

    def _check_text(self, value: int | str) -> None:
        """Count characters, and refuse integers with more digits than Python reads or prints."""
        if type(value) is int and value.bit_length() > MAX_INTEGER_BITS:
            raise NotPortableError(f"an integer of {value.bit_length()} bits")
        self._characters += len(value) if type(value) is str else 0
        if self._characters > MAX_JSON_BYTES:
            raise NotPortableError(f"more than {MAX_JSON_BYTES} characters")

    def _check_room(self, size: int) -> None:
        if len(self.blob) + size > MAX_FRAME_BYTES:
            raise NotPortableError(f"more than {MAX_FRAME_BYTES / 2**20:.0f} MiB of data")

    def _store(self, content: bytes) -> int:
        self._check_room(len(content))
        position = len(self.blob)
        self.blob += content
        return position


class Unpacker:
    """Turns JSON nodes back into values, believing none of them."""

    def __init__(self, blob: bytes, codec: ObjectCodec | None = None):
        self._blob = blob
        self._codec = codec
        self._items = 0

    def unpack(self, node: Any, depth: int = 0) -> Any:
        """Return the value of a JSON node.

        Raises:
            MalformedError: no rule of this module makes such a node.
        """
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise MalformedError("a value that is too deep or too large")
        if node is None or type(node) in (bool, int, float, str):
            return node
        if type(node) is list:
            return [self.unpack(item, depth + 1) for item in node]
        try:
            return self._unpack_tagged(node, depth)
        except (MalformedError, MemoryError):
            raise
        except Exception as error:  # constructors of records raise what they like
            raise MalformedError(f"a node that can't be read ({error!r:.100})") from None

    def _unpack_tagged(self, node: dict, depth: int) -> Any:
        tag = node["$"]
        if tag in _SEQUENCES:
            return _SEQUENCES[tag](self.unpack(item, depth + 1) for item in node["v"])
        if tag == "dict":
            return {self.unpack(k, depth + 1): self.unpack(v, depth + 1) for k, v in node["v"]}
        if tag in ("array", "scalar"):
            array = self._unpack_array(node)
            return array[()] if tag == "scalar" else array
        if tag == "objects":
            array = np.empty(len(node["v"]), dtype=object)
            for position, item in enumerate(node["v"]):
                array[position] = self.unpack(item, depth + 1)
            return array.reshape(node["shape"])
        simple: dict[str, Callable[[], Any]] = {
            "float": lambda: float(node["v"]),
            "bytes": lambda: self._slice_of_blob(node),
            "complex": lambda: complex(*map(float, node["v"])),
            "range": lambda: range(*node["v"]),
            "slice": lambda: slice(*node["v"]),
            "dtype": lambda: _checked_dtype(node["v"]),
            "record": lambda: self._unpack_record(node, depth),
            "tensor": lambda: _as_tensor(self._unpack_array(node["v"])),
        }
        if tag in simple:
            return simple[tag]()
        if self._codec is None:
            raise MalformedError(f"a node of unknown kind {tag!r:.40}")
        return self._codec.decode(node)

    def _unpack_array(self, node: dict) -> np.ndarray:
        dtype, shape = _checked_dtype(node["dtype"]), node["shape"]
        if not all(type(length) is int and length >= 0 for length in shape):
            raise MalformedError("an array with an impossible shape")
        content = self._slice_of_blob(node)
        if dtype.itemsize == 0 or math.prod(shape) * dtype.itemsize != len(content):
            raise MalformedError("an array whose bytes don't fit its shape")
        array = np.frombuffer(content, dtype).reshape(shape).copy()
        # Bytes that NumPy never writes, and that it isn't made to read.
        if dtype.kind == "b" and (array.view(np.uint8) > 1).any():
            raise MalformedError("booleans that are neither true nor false")
        if dtype.kind == "U" and array.size and _code_points(array).max() > sys.maxunicode:
            raise MalformedError("characters that don't exist")
        return array

    def _slice_of_blob(self, node: dict) -> bytes:
        start, length = node["at"], node["n"]
        if type(start) is not int or type(length) is not int or start < 0 or length < 0:
            raise MalformedError("bytes at an impossible place")
        if start + length > len(self._blob):
            raise MalformedError("bytes that did not arrive")
        return self._blob[start : start + length]

    def _unpack_record(self, node: dict, depth: int) -> Any:
        kind = _record_type(node["of"])
        values = [self.unpack(item, depth + 1) for item in node["v"]]
        if len(values) != len(_record_fields(kind)):
            raise MalformedError("a record with other fields")
        return kind(*values)


def _code_points(array: np.ndarray) -> np.ndarray:
    points = array.ravel().view(np.uint32)
    return points if array.dtype.isnative else points.byteswap()


def _checked_dtype(text: Any) -> np.dtype:
    if not isinstance(text, str):
        raise MalformedError("a dtype that is not text")
    dtype = np.dtype(text)
    if dtype.kind not in ARRAY_KINDS or dtype.fields:
        raise MalformedError(f"an array of {dtype}")
    return dtype


def _is_tensor(kind: type) -> bool:
    """Tell whether values of a type are tensors or Keras variables with numbers in them."""
    package = kind.__module__.split(".")[0]
    return package in ("tensorflow", "keras") and hasattr(kind, "numpy")


def _as_tensor(array: np.ndarray) -> Any:
    import keras  # slow, so only when a tensor does cross

    return keras.ops.convert_to_tensor(array)


def _is_record(kind: type) -> bool:
    """Tell whether a type is a dataclass or named tuple that lessons use, such as an interval."""
    return _is_lesson_module(kind.__module__) and (
        is_dataclass(kind) or (issubclass(kind, tuple) and hasattr(kind, "_fields"))
    )


def _is_lesson_module(module_name: str) -> bool:
    package, _, name = module_name.partition(".")
    return package == course_lib.__name__ and name in course_lib.LESSON_MODULES


def _record_fields(kind: Any) -> list[str]:
    return [field.name for field in fields(kind)] if is_dataclass(kind) else list(kind._fields)


def _record_values(value: Any) -> list[Any]:
    return [getattr(value, name) for name in _record_fields(type(value))]


def _record_type(name: Any) -> type:
    """Return the record type of a name that the other end gave, of a module that lessons import."""
    module_name, _, type_name = str(name).partition(":")
    if not _is_lesson_module(module_name) or not type_name.isidentifier():
        raise MalformedError(f"a record of unknown kind {name!r:.60}")
    try:
        kind = getattr(importlib.import_module(module_name), type_name, None)
    except ImportError:
        kind = None
    if not isinstance(kind, type) or not _is_record(kind):
        raise MalformedError(f"a record of unknown kind {name!r:.60}")
    return kind
