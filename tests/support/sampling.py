"""What is too much for every run is sampled, another part of it for every commit.

A red run can be repeated: the sample follows from the commit alone, pytest's header names it, and
COURSE_SAMPLE=NAME draws that of another commit.
"""

import functools
import os
import subprocess
import zlib
from pathlib import Path

VARIABLE = "COURSE_SAMPLE"


@functools.cache
def sample_name() -> str:
    """Return what the samples are drawn by: the commit, where this is a checkout."""
    if chosen := os.environ.get(VARIABLE):
        return chosen
    command = ["git", "rev-parse", "--short=12", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parent)
    except FileNotFoundError:
        return "no commit"
    return done.stdout.strip() or "no commit"


def is_drawn(name: str, one_in: int) -> bool:
    """Return whether something is in this commit's sample, as one of so many things is."""
    return zlib.crc32(f"{sample_name()} {name}".encode()) % one_in == 0


def drawn_from(things):
    """Return one of several things."""
    return things[zlib.crc32(sample_name().encode()) % len(things)]
