"""Which cells to run before a test cell: a backward slice of the notebook by names.

`needed_cells` starts from the answer that a test cell belongs to and from the names that the test
cell uses, and walks back to every earlier cell that binds or changes one of them, and from there to
what those cells need. The unit is the cell. If in doubt, a cell is included: an extra cell costs
time, a missing one costs a learner points. The rules beyond reading and writing names:

- A name that a function looks up when it is called may be bound by any cell before the test cell.
- A cell that *changes* a name (`changes.py`) counts like one that binds it.
- Functions, classes and imported modules change only by assignment to their attributes. So calls on
  modules (`np.random.seed(0)`, `keras.utils.set_random_seed(0)`, `plt.style.use(…)`) bring no cell
  in; they run when their cell is needed for another reason.
- A cell that may bind anything, or all that its text mentions (`effects.py`), comes in for that.
- A cell with a syntax error binds nothing and is left out, unless it is the answer itself.

Test cells never run before another test cell, so a name that only they bind is bound by nobody.
"""

import builtins
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from nbformat import NotebookNode

from course_tools.grading.notebooks.cells import (
    grade_id,
    is_answer,
    is_test,
    position_of,
    question_of,
)
from course_tools.grading.notebooks.changes import Changes
from course_tools.grading.notebooks.effects import MAX_CODE, Effects, effects_of

_MAX_ALL_CODE = 500_000  # characters of a notebook; beyond that the limit for a cell is the next
_MAX_CODE_OF_MANY = 2_000
_SHOWING_MODULES = ("matplotlib", "seaborn", "course_lib.plots", "course_lib.checks", "pprint")


def needed_cells(notebook: NotebookNode, checks_id: str) -> list[int]:
    """Return the indices, ascending, of the code cells to run before a test cell.

    Args:
        notebook: a restored notebook; nbgrader's metadata tells answers from tests.
        checks_id: the `grade_id` of the test cell.

    Raises:
        CourseError: no cell has this id.
    """
    end = position_of(notebook, checks_id)
    codes = {
        index: cell.source
        for index, cell in enumerate(notebook.cells[:end])
        if cell.cell_type == "code" and not is_test(cell)
    }
    longest = MAX_CODE if sum(map(len, codes.values())) <= _MAX_ALL_CODE else _MAX_CODE_OF_MANY
    # `effects_of` is cached, and the slice writes into its copies.
    candidates = {i: replace(effects_of(source, longest)) for i, source in codes.items()}
    answers = [index for index in answers_of(notebook, end) if index in candidates]
    return _Slicer(candidates, end).needed(answers, effects_of(notebook.cells[end].source))


def answers_of(notebook: NotebookNode, end: int) -> list[int]:
    """Return the answers to a test: the cell of its name, or those since the previous test."""
    name = question_of(grade_id(notebook.cells[end]))
    above = [index for index in range(end) if is_answer(notebook.cells[index])]
    named = [index for index in above if grade_id(notebook.cells[index]) == name]
    previous = max((i for i in range(end) if is_test(notebook.cells[i])), default=-1)
    return named or [index for index in above if index > previous]


class _Slicer:
    """Slices a notebook backward, by the effects of its cells before position `end`."""

    def __init__(self, cells: "dict[int, Effects]", end: int):
        self.cells = cells
        self.end = end
        self.aliases: dict[str, set[str]] = defaultdict(set)
        self.only_defined: dict[str, bool] = {}  # whether def, class and import alone bind it
        self.origins: dict[str, set[str]] = defaultdict(set)
        for cell in cells.values():
            for name, aliased in cell.aliases.items():
                self.aliases[name] |= aliased
            for name in cell.binds:
                self.only_defined[name] = (
                    self.only_defined.get(name, True) and name in cell.only_defined
                )
            for name, origin in cell.imports.items():
                self.origins[name].add(origin)
        self._add_what_calls_change()

    def _add_what_calls_change(self) -> None:
        """Add to each cell what the functions of the notebook change that it calls."""
        functions: dict[str, list[Changes]] = defaultdict(list)
        for cell in self.cells.values():
            for name, changes in cell.functions:
                functions[name].append(changes)
        for cell in self.cells.values():
            waiting, known = list(cell.calls), set()
            while waiting:
                name = waiting.pop()
                for changes in functions.get(name, ()) if name not in known else ():
                    cell.assigned_parts = cell.assigned_parts | changes.assigned_parts
                    cell.changed = cell.changed | changes.changed
                    cell.handed_over = cell.handed_over | changes.handed_over
                    waiting += changes.calls
                known.add(name)

    def needed(self, answers: list[int], test: "Effects") -> list[int]:
        """Return the indices of the cells that the answers and the test need, and the answers."""
        chosen: set[int] = set()
        used = test.reads | (test.reads_later - test.binds)
        known = {name for name in used if not hasattr(builtins, name)}
        wanted = [(name, self.end, name in test.reads_later) for name in known]
        waiting, seen = list(answers), set(wanted)
        while waiting or wanted:
            while waiting:
                index = waiting.pop()
                if index in chosen:
                    continue
                chosen.add(index)
                cell = self.cells[index]
                needs = [(name, index, False) for name in cell.reads]
                needs += [(name, self.end, True) for name in cell.reads_later]
                wanted += [need for need in needs if need not in seen]
                seen.update(needs)
            if wanted:
                waiting += self._providers(*wanted.pop())
        return sorted(chosen)

    def _providers(self, name: str, before: int, any_time: bool) -> Iterator[int]:
        """Yield the cells that bind or change a name, back to the one that surely binds it."""
        earlier = [index for index in sorted(self.cells, reverse=True) if index < before]
        importers = [index for index in earlier if name in self.cells[index].binds]
        if any_time and self._is_one_import(name, importers):
            # Several cells import the same module: the first will do, and is most likely short.
            earlier = [i for i in earlier if i not in importers[:-1]]
        for index in earlier:
            cell = self.cells[index]
            if name in cell.binds or cell.may_bind(name) or self._changes(cell, name):
                yield index
            if name in cell.always_bound and not any_time:
                return

    def _is_one_import(self, name: str, binders: list[int]) -> bool:
        return len(self.origins[name]) == 1 and all(name in self.cells[i].imports for i in binders)

    def _changes(self, cell: "Effects", name: str) -> bool:
        if name in cell.assigned_parts:
            return True
        if self.only_defined.get(name, False):
            return False
        handed = {given for function, given in cell.handed_over if not self._only_shows(function)}
        return name in self._with_aliased(cell.assigned_parts | cell.changed | handed)

    def _only_shows(self, function: str) -> bool:
        """Tell whether a function, or the object of a method, comes from a plotting module."""
        return any(
            f"{origin}.".startswith(f"{module}.")
            for whole in self._with_aliased([function])
            for origin in self.origins.get(whole, ())
            for module in _SHOWING_MODULES
        )

    def _with_aliased(self, names: Iterable[str]) -> set[str]:
        """Return names, and the names of the objects that they may be a part of."""
        found: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self.aliases.get(name, ())
        return found
