"""What one child of a sandbox may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one child, with everything that it starts, may use at most."""

    memory_bytes: int = 3 * 2**30
    """All processes together, shared memory included; and each process's private memory."""
    processes: int = 128
    """Processes and threads."""
    file_bytes: int = 64 * 2**20
    """One file."""
    disk_bytes: int = 256 * 2**20
    """The private temporary space in all."""
    cpu_seconds: int = 900
    """Processor seconds of one process."""
