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
    record_key,
    unfinished,
)
from course_tools.grading.marking.worker import end_all
from course_tools.grading.sandbox import KINDS, require

# What a worker may take while it marks TensorFlow notebooks, for the number of jobs by default.
_BYTES_PER_JOB = 4 * 2**30


@dataclass(frozen=True)
class How:
    """How to run the submissions of a lesson.

    Attributes:
        jobs: how many at a time, in processes here; as many as fit when None.
        dask: the address of a Dask scheduler whose workers mark instead.
        sandbox: "bubblewrap" or "none"; what the class's settings say when None.
        retry: run again what is finished but undecided: crashed, timed out, left to a person.
    """

    jobs: int | None = None
    dask: str | None = None
    sandbox: str | None = None
    retry: bool = False

    @property
    def kind(self) -> str:
        """The kind of sandbox: where none is named, the one with walls."""
        return self.sandbox or KINDS[0]


def default_jobs() -> int:
    """Return how many submissions to mark at a time: as many as cores and memory allow."""
    return max(1, min(usable_cores(), usable_memory() // _BYTES_PER_JOB))


@contextlib.contextmanager
def open_executor(
    how: How, count: int, given: Executor | None = None
) -> Iterator[tuple[Executor, int]]:
    """Yield what runs `count` submissions, and how many to give it at a time.

    Args:
        how: where to run.
        count: how many submissions there are.
        given: an executor of the caller's, used as it is.

    Raises:
        CourseError: the sandbox, the scheduler or its workers are missing.
    """
    if given is not None:
        yield given, 1
        return
    if how.dask:
        with _dask_executor(how.dask) as found:
            yield found
        return
    require(how.kind)
    jobs = min(how.jobs or default_jobs(), count)
    if jobs < 1:
        raise CourseError(f"{how.jobs} jobs can't grade anything; give a number from 1 on.")
    executor = ThreadPoolExecutor(jobs)  # each thread waits for a process of its own
    try:
        yield executor, 2 * jobs
    finally:
        executor.shutdown(wait=False, cancel_futures=True)
        end_all()
        executor.shutdown()


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
        # Tasks of a worker that dies go to another one, by Dask's own rules.
        yield client.get_executor(pure=False), max(32, 4 * threads)


def result_of(future: Future, submission: Submission) -> Marked:
    """Return what came of a submission; when its worker was lost, a record that says so.

    Raises:
        CourseError: the run as a whole can't go on.
    """
    try:
        marked = future.result()
    except CourseError:
        raise
    except Exception as error:  # of Dask: workers that died again and again, or a lost scheduler
        if type(error).__name__ == "KilledWorker":
            return unfinished(submission, f"Every worker that marked it died ({error}).")
        raise CourseError(
            f"Grading stopped: {type(error).__name__}: {error}. What is finished is kept; "
            "run the same command again to go on."
        ) from error
    if marked.record.key != record_key(submission):
        raise CourseError(
            "A worker runs another version of the course or of Keras than this machine. "
            "Install the same versions on all machines (constraints.txt) and run it again."
        )
    return marked
