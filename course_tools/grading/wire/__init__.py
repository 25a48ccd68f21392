"""What passes between the judge and a learner's process, and in which form.

Both ends import it, so it imports nothing of either; and Keras only once a conversation needs it.
"""

from course_tools.grading.wire.crossing import Crossing, Reference
from course_tools.grading.wire.packing import (
    Channel,
    MalformedError,
    NotPortableError,
    Packer,
    Unpacker,
)
from course_tools.grading.wire.protocol import MAX_TEXT, METHODS, describe, rebuild

__all__ = [
    "Channel",
    "Crossing",
    "MAX_TEXT",
    "METHODS",
    "MalformedError",
    "NotPortableError",
    "Packer",
    "Reference",
    "Unpacker",
    "describe",
    "rebuild",
]
