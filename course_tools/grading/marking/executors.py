"""Where submissions are marked: in worker processes here, or on the workers of a Dask cluster.

Both are executors of `concurrent.futures` that map `worker.mark_here`.
"""

import contextlib
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass

from course_lib.errors import CourseError
from course_tools.grading.capacity import usable_cores, usable_memory
from course_tools.grading.marking.marker import (
    Marked,
    Submission,
    mark_as_undecided,
    record_key,
)
from course_tools.grading.marking.worker import end_worker_processes
from course_tools.grading.sandbox import KINDS, require

# What a worker may need while it marks TensorFlow notebooks; the default number of jobs follows.
_BYTES_PER_JOB = 4 * 2**30


@dataclass(frozen=True)
class RunOptions:
    """Where and how to run the submissions of a lesson.

    Attributes:
        jobs: how many to run at a time in processes on this machine; as many as fit when None.
        dask: the address of a Dask scheduler whose workers mark instead.
        sandbox: "bubblewrap" or "none"; the class's setting when None.
        retry: run again what is finished but undecided: crashed, timed out, left to a person.
    """

    jobs: int | None = None
    dask: str | None = None
    sandbox: str | None = None
    retry: bool = False

    @property
    def sandbox_kind(self) -> str:
        """The kind of sandbox to use: unless one is named, the one that isolates."""
        return self.sandbox or KINDS[0]


def default_jobs() -> int:
    """Return how many submissions to mark at a time: as many as cores and memory allow."""
    return max(1, min(usable_cores(), usable_memory() // _BYTES_PER_JOB))


@contextlib.contextmanager
def open_executor(
    options: RunOptions, count: int, executor: Executor | None = None
) -> Iterator[tuple[Executor, int]]:
    """Yield an executor for `count` submissions, and how many to have under way in it at a time.

    Args:
        options: where to run.
        count: how many submissions there are.
        executor: the caller's own, which is used and left as it is.

    Raises:
        CourseError: the sandbox, the scheduler or its workers are missing.
    """
    if executor is not None:
        yield executor, 1
        return
    if options.dask:
        with _dask_executor(options.dask) as executor_and_window:
            yield executor_and_window
        return
    require(options.sandbox_kind)
    jobs = min(options.jobs or default_jobs(), count)
    if jobs < 1:
        raise CourseError(f"{options.jobs} jobs can't grade anything; give a number of at least 1.")
    threads = ThreadPoolExecutor(jobs)  # each thread waits for a process of its own
    try:
        yield threads, 2 * jobs
    finally:
        threads.shutdown(wait=False, cancel_futures=True)
        end_worker_processes()
        threads.shutdown()


@contextlib.contextmanager
def _dask_executor(address: str) -> Iterator[tuple[Executor, int]]:
    try:
        from distributed import Client
    except ImportError:
        raise CourseError(
            "Grading with Dask needs the extra `distributed`: "
            "pip install 'pretrained-models-course[distributed]'"
        ) from None
    try:
        client = Client(address, timeout=20)
    except (OSError, ValueError) as error:
        raise CourseError(f"There is no Dask scheduler at {address}: {error}.") from error
    with client:
        threads = sum(client.nthreads().values())
        if not threads:
            raise CourseError(
                f"The Dask scheduler at {address} has no workers. Start some with "
                f"`dask worker {address} --nthreads 1`."
            )
        # When a worker dies, Dask gives its tasks to another one.
        yield client.get_executor(pure=False), max(32, 4 * threads)


def result_of(future: Future, submission: Submission) -> Marked:
    """Return a marked submission; when its worker was lost, one whose record says so.

    Raises:
        CourseError: the run as a whole can't continue.
    """
    try:
        marked = future.result()
    except CourseError:
        raise
    except Exception as error:  # Dask's: workers that died again and again, or a lost scheduler
        if type(error).__name__ == "KilledWorker":
            return mark_as_undecided(submission, f"Every worker that marked it died ({error}).")
        raise CourseError(
            f"Grading stopped: {type(error).__name__}: {error}. What is finished is kept; "
            "run the same command again to continue."
        ) from error
    if marked.record.key != record_key(submission):
        raise CourseError(
            "A worker runs another version of the course or of Keras than this machine. "
            "Install the same versions on all machines (constraints.txt) and run it again."
        )
    return marked
