"""`python -m benchmarks.claims LESSON --seed N`: run a lesson whole, print its claims' numbers."""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from nbformat import NotebookNode, v4

from benchmarks import claims
from course_tools.authoring import execute, find_root, instructor_notebook, read_lesson


def notebook_with_claims(lesson: str, seed: int) -> NotebookNode:
    """Return the solved notebook, seeded otherwise, with a last cell that measures its claims."""
    source = find_root(claims.FOLDER) / "solutions" / f"{lesson}.py"
    notebook = instructor_notebook(read_lesson(source))
    notebook.cells.insert(0, v4.new_code_cell(claims.first_cell(seed)))
    return claims.with_claims(notebook, lesson)


def main() -> None:
    """Print {"claim": number} of a lesson's run, as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.claims")
    parser.add_argument("lesson")
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args()
    notebook = notebook_with_claims(chosen.lesson, chosen.seed)
    with tempfile.TemporaryDirectory() as folder:
        # Under another seed a check that fixes its own may refuse what another cell has trained.
        execute(notebook, Path(folder), allow_errors=True)
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    if notebook.cells[-1].outputs[0].output_type == "error":
        tracebacks = ["\n".join(o.traceback) for o in outputs if o.output_type == "error"]
        sys.exit("\n\n".join(tracebacks))
    print(json.dumps(claims.read_report(notebook.cells[-1].outputs[0].text)))


if __name__ == "__main__":
    main()
