"""What `import course_lib` costs beyond starting Python."""

import statistics
import subprocess
import sys

from benchmarks.timing import seconds

GOAL = 0.2


def run() -> list[str]:
    """Time `import course_lib` in fresh interpreters, against interpreters that import nothing."""

    def interpreter(code: str) -> float:
        return seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True))

    pairs = [(interpreter("import course_lib"), interpreter("pass")) for _ in range(9)]
    cost = statistics.median(with_import - bare for with_import, bare in pairs)
    return [f"import course_lib: {cost * 1000:.1f} ms beyond a bare interpreter (goal: < {GOAL} s)"]
