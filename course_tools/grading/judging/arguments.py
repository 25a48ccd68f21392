"""What an answer changed in the arguments of a call, carried over to the objects of the test."""

import operator
from typing import Any

import numpy as np


def are_call_arguments(value: Any) -> bool:
    """Tell whether a value is the arguments of a call: a list, and a dict by name."""
    return (
        type(value) is list
        and [type(item) for item in value] == [list, dict]
        and all(type(name) is str for name in value[1])
    )


class ReadOnlyError(Exception):
    """An answer changes an array of the tests that is read-only."""


def _replace_content(argument: Any, content: Any) -> None:
    """Make a list, dict, set or array hold what the learner's call left in it, of the same kind.

    What is nested in it stays the same object where possible, since the test may hold that as well.
    """
    kind = _mutable_kind(argument)
    if kind is np.ndarray:
        if not argument.flags.writeable:
            raise ReadOnlyError
        argument[...] = content
    elif kind is list:
        alike = len(argument) == len(content)
        argument[:] = map(update_in_place, argument, content) if alike else content
    elif kind is dict and argument.keys() == content.keys():
        for key, item in content.items():
            argument[key] = update_in_place(argument[key], item)
    else:
        argument.clear()
        argument.update(content)


def update_in_place(old: Any, new: Any) -> Any:
    """Make `old` hold what `new` holds, and return it; return `new` where that is impossible."""
    kind = _mutable_kind(old)
    if kind is not None and isinstance(new, kind):
        if kind is np.ndarray and (old.shape, old.dtype) != (new.shape, new.dtype):
            return new
        if kind is not np.ndarray or old.tobytes() != new.tobytes():
            _replace_content(old, new)
        return old
    if type(old) is type(new) is tuple and len(old) == len(new):
        items = tuple(map(update_in_place, old, new))
        return old if all(map(operator.is_, items, old)) else items
    return new


def _mutable_kind(value: Any) -> Any:
    """Return array, list, dict or set, or None for a value of another kind."""
    return next((kind for kind in (np.ndarray, list, dict, set) if isinstance(value, kind)), None)
