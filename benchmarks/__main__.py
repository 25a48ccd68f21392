"""`python -m benchmarks [NAME …]`: run the named benchmarks, or those that `make bench` runs."""

import importlib
import sys

from rich.console import Console

from course_lib import environment

# Name -> module of this package.
SPEED = {"import": "imports", "features": "features", "listing": "listing", "grading": "grading"}
# Not about speed: what the lessons claim about accuracy, over seeds and with intervals.
CLAIMS = {"labels": "labels", "pretraining": "pretraining", "delta": "delta", "heads": "heads",
          "tolerances": "tolerances"}  # fmt: skip
BENCHMARKS = SPEED | CLAIMS


def main() -> None:
    """Run the benchmarks named on the command line, or those of speed."""
    console = Console()
    chosen = sys.argv[1:] or list(SPEED)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        sys.exit(f"No benchmark {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.")
    environment.start()
    for name in chosen:
        console.rule(name)
        for line in importlib.import_module(f"benchmarks.{BENCHMARKS[name]}").run():
            console.print(line, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    main()
