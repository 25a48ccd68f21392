"""`python -m benchmarks [--keep] [NAME …]`: run the named benchmarks, or those of `make bench`.

`--keep` also writes what was found to `benchmarks/results/NAME.json`, which the site shows.
"""

import argparse
import importlib

from rich.console import Console

from benchmarks import results
from course_lib import environment

# Name -> module of this package.
SPEED = {"import": "imports", "features": "features", "listing": "listing", "grading": "grading"}
# Not about speed: what the lessons claim about accuracy, over seeds and with intervals.
CLAIMS = {
    "labels": "labels",
    "codes": "codes",
    "pretraining": "pretraining",
    "delta": "delta",
    "heads": "heads",
    "collapse": "collapse",
    "tolerances": "tolerances",
    "claims": "claims.seeds",
    "spread": "spread",
}
BENCHMARKS = SPEED | CLAIMS


def main() -> None:
    """Run the benchmarks named on the command line, or those of speed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHMARKS))
    parser.add_argument("--keep", action="store_true", help="write the results down for the site")
    chosen = parser.parse_args()
    if unknown := [name for name in chosen.names if name not in BENCHMARKS]:
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}")
    console = Console()
    environment.start()
    for name in chosen.names or SPEED:
        console.rule(name)
        lines = importlib.import_module(f"benchmarks.{BENCHMARKS[name]}").run()
        for line in lines:
            console.print(line, highlight=False, soft_wrap=True)
        if chosen.keep:
            results.keep(name, lines)


if __name__ == "__main__":
    main()
