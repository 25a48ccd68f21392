"""Every lesson's claims under other seeds, and their kept spread over machines beside the limits.

A lesson is run whole under each seed; what is kept for the lesson's code as it is now is not run
again. All lessons under two seeds take about twenty minutes on two cores. The numbers on other
machines come from `make test-processors`.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from benchmarks import claims, machines
from course_tools.authoring import Lesson, find_root, find_sources, read_lesson

SEEDS = (1, 2)
AT_A_TIME = 2


def run() -> list[str]:
    """Measure what is missing, keep it, and return a line for each claim."""
    root = find_root(claims.FOLDER)
    lessons = [read_lesson(source) for source in find_sources(root, ())]
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        for lesson, run in pool.map(lambda missing: (missing[0], _measure(*missing)),
                                    _missing(lessons)):  # fmt: skip
            claims.keep(lesson.name, [run])
    return [line for each in lessons for line in claims.lines(each, claims.kept(each.name))]


def _missing(lessons: list[Lesson]) -> Iterator[tuple[Lesson, int]]:
    for lesson in lessons:
        names = {each.name for each in claims.claims_of(lesson.name)}
        code = claims.code_digest(lesson)
        measured = {
            run.seed
            for run in claims.kept(lesson.name)
            if run.code == code and names <= set(run.values)
        }
        yield from ((lesson, seed) for seed in SEEDS if names and seed not in measured)


def _measure(lesson: Lesson, seed: int) -> claims.Run:
    machine = machines.AS_IT_IS
    values = machine.measure("benchmarks.claims", lesson.name, "--seed", str(seed))
    return claims.Run(machine.name, seed, claims.code_digest(lesson), values)
