"""`make test-processors`: what depends on floating-point numbers, on processors unlike this one.

Whole lessons with what their prose claims, facts about Keras, results that ship, right answers and
their proof, the demonstration: everything marked `numbers`, once for each machine of
`benchmarks/machines.py`, each in processes of its own. Prints a table of tests and machines, and
what failed on which. With all machines this takes four to eight hours on two cores;
`python tests/support/processors.py --fast --machine oldest` takes two minutes.

`--keep` writes down what was found (`benchmarks/results/processors.json`), and each claim's number
on each machine (`claims_runs.json`, see `benchmarks/claims`).
"""

import argparse
import json
import re
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from exercises import lesson_source  # noqa: E402
from whole_lessons import FOLDER as CLAIMS  # noqa: E402

from benchmarks import claims, machines, results  # noqa: E402

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"


def main():
    options = arguments()
    by_machine = {}
    for machine in options.machines:
        if machine.missing:
            print(f"{machine.name}: not run, {machine.missing}.", flush=True)
            continue
        print(f"{machine.name} …", flush=True)
        start = time.monotonic()
        outcomes, measured = run(machine, options)
        by_machine[machine.name] = outcomes
        failed = sorted(test for test, outcome in outcomes.items() if outcome == FAILED)
        print(f"  {len(outcomes)} tests, {len(failed)} failed, {time.monotonic() - start:.0f} s")
        for test in failed:
            print(f"  FAILED {test}", flush=True)
        if options.keep:
            keep(machine, outcomes, measured)
    print("\n" + table(by_machine))
    return any(FAILED in outcomes.values() for outcomes in by_machine.values())


def arguments():
    parser = argparse.ArgumentParser(prog="processors.py", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--machine", action="append", metavar="NAME", help="one of them; again for more"
    )
    parser.add_argument("--fast", action="store_true", help="without what is marked slow")
    parser.add_argument("--keep", action="store_true", help="write down what was found")
    parser.add_argument("tests", nargs="*", help="what pytest takes: files, -- -k …")
    options = parser.parse_args()
    try:
        options.machines = machines.named(options.machine) if options.machine else machines.MACHINES
    except ValueError as error:
        parser.error(str(error))
    return options


def run(machine, options):
    """Return test -> outcome, and lesson -> claim -> number, as on a machine."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        expression = "numbers and not slow" if options.fast else "numbers"
        command = [
            sys.executable, "-m", "pytest", "-q", "-m", expression, f"--junitxml={report}",
            "--numprocesses", "2", "--dist", "loadfile", "--no-loadscope-reorder", *options.tests,
        ]  # fmt: skip
        log = Path(folder) / "log"
        with open(log, "w") as output:
            done = machine.run(
                command, stdout=output, stderr=output, cwd=ROOT, more={CLAIMS: folder}
            )
        if done.returncode not in (0, 1) or not report.is_file():
            sys.exit(f"{log.read_text()[-3000:]}\npytest ended with {done.returncode}.")
        if done.returncode == 1:
            print(log.read_text()[-6000:])
        measured = {
            path.stem: json.loads(path.read_text()) for path in Path(folder).glob("[0-9]*.json")
        }
        return outcomes_in(report), measured


def outcomes_in(report):
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = {child.tag for child in case}
        outcome = (
            FAILED if kinds & {"failure", "error"} else SKIPPED if "skipped" in kinds else PASSED
        )
        name = f"{case.get('classname').rpartition('.')[2]}::{case.get('name')}"
        # A test that fails and whose fixture fails after it is told twice.
        found[name] = FAILED if FAILED in (outcome, found.get(name)) else outcome
    return found


def row_of(test):
    """Return what a test is counted under: a whole lesson stands alone, others with their file."""
    lesson = re.search(r"(test_lessons|test_proof)::\w+\[(.+)\]", test)
    if lesson:
        return f"{'lesson' if lesson[1] == 'test_lessons' else 'proof of'} {lesson[2]}"
    return test.partition("::")[0].removeprefix("test_").replace("_", " ")


def table(by_machine):
    """Return rows of tests and columns of machines: how many passed, or how many of how many."""
    counts = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for machine, outcomes in by_machine.items():
        for test, outcome in outcomes.items():
            if outcome != SKIPPED:
                passed_and_all = counts[row_of(test)][machine]
                passed_and_all[0] += outcome == PASSED
                passed_and_all[1] += 1
    legend = [f"{number:>2} {machine}" for number, machine in enumerate(by_machine, 1)]
    lines = [*legend, "", f"{'':<34}" + "".join(f"{n:>8}" for n in range(1, len(by_machine) + 1))]
    for row in sorted(counts):
        cells = ""
        for machine in by_machine:
            passed, of = counts[row][machine]
            cell = "–" if not of else f"{passed}" if passed == of else f"{passed}/{of} ✗"
            cells += f"{cell:>8}"
        lines.append(f"{row:<34}{cells}")
    return "\n".join(lines)


def keep(machine, outcomes, measured):
    path = results.FOLDER / "processors.json"
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    of_here = found.setdefault(results.machine(), {})
    of_machine = of_here.setdefault(machine.name, {})
    for row in {row_of(test) for test in outcomes}:
        of_row = {test: each for test, each in outcomes.items() if row_of(test) == row}
        of_machine[row] = {
            "passed": sum(each == PASSED for each in of_row.values()),
            "failed": sorted(test for test, each in of_row.items() if each == FAILED),
        }
    results.write(path, found)
    for lesson, numbers in measured.items():
        source = lesson_source(lesson)
        code = claims.code_digest(source)
        # Only a run on this very machine says that the lesson needs no other one here.
        content = claims.content_key(source) if machine == machines.AS_IT_IS else ""
        claims.keep(lesson, [claims.Run(machine.name, 0, code, numbers, content)])


if __name__ == "__main__":
    sys.exit(main())
