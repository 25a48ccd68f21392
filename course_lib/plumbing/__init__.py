"""What the other modules need of the machine, and no lesson imports: files and downloads."""

from course_lib.plumbing.files import APPLICATION, cache_dir, sha256_of, write_atomically
from course_lib.plumbing.network import downloads_end_in_time

__all__ = ["APPLICATION", "cache_dir", "downloads_end_in_time", "sha256_of", "write_atomically"]
