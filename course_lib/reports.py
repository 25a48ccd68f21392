"""A model's report on one page, after the model cards of Mitchell and others (2019).

The numbers are handed over by the run that made them; nothing is typed into the page by hand.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from course_lib.errors import CourseError
from course_lib.evaluation import Interval
from course_lib.language import _
from course_lib.plumbing import write_atomically

Measured = tuple[float, Interval]


def metric_table(rows: Mapping[str, Mapping[str, Measured | float | None]], *, of: str = "") -> str:
    """Return a Markdown table: one row per name, one column per metric.

    Args:
        rows: name -> metric -> value, or (value, its interval), or None where it is unknown.
        of: heading of the first column.

    Raises:
        CourseError: no rows, or rows without metrics.
    """
    columns = list(dict.fromkeys(metric for values in rows.values() for metric in values))
    if not columns:
        raise CourseError(
            _("There is nothing to put into the table: give names with their metrics.")
        )
    lines = [[of, *columns], ["---"] * (1 + len(columns))]
    lines += [[name, *(_cell(values.get(m)) for m in columns)] for name, values in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: Measured | float | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, tuple):
        return f"{value[0]:.3f} {value[1]}"
    return f"{value:.3f}"


@dataclass(frozen=True)
class ModelReport:
    """What somebody has to know who is to use a model and was not there when it was made.

    Attributes:
        name: of the model.
        purpose: what it is for, in a sentence or two.
        not_for: uses that it was not made or tested for, one sentence each.
        data: what it was trained and tested on, one sentence each.
        results: name -> metric -> (value, interval), on cells or photos it was not trained on.
        slices: the same for parts of the test data.
        decision: how scores become decisions, and what follows from that, one sentence each.
        limits: what is known to be weak or unknown, one sentence each.
        licence: terms of the model and its data.
    """

    name: str
    purpose: str
    not_for: Sequence[str]
    data: Sequence[str]
    results: Mapping[str, Mapping[str, Measured | float | None]]
    decision: Sequence[str]
    limits: Sequence[str]
    licence: str
    slices: Mapping[str, Mapping[str, Measured | float | None]] = field(default_factory=dict)

    def markdown(self) -> str:
        """Return the page.

        Raises:
            CourseError: a part that a reader relies on is empty.
        """
        for part in ("purpose", "not_for", "data", "results", "decision", "limits", "licence"):
            if not getattr(self, part):
                problem = _(
                    "The report says nothing under {part}. A reader takes silence for 'no "
                    "problem here'; if nothing is known, say that."
                )
                raise CourseError(problem.format(part=repr(part)))
        blocks = [_("# Model report: {name}").format(name=self.name), self.purpose]
        blocks += [_("## Not for"), _listed(self.not_for), _("## Data"), _listed(self.data)]
        blocks += [_("## Results"), metric_table(self.results, of=_("model"))]
        if self.slices:
            blocks += [metric_table(self.slices, of=_("part"))]
        blocks += [_("## Decision"), _listed(self.decision), _("## Limits"), _listed(self.limits)]
        return "\n\n".join([*blocks, _("## Licence"), self.licence]) + "\n"

    def write(self, path: Path | str) -> Path:
        """Write the page as a Markdown file and return its path."""
        write_atomically(Path(path), self.markdown().encode())
        return Path(path)


def _listed(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)
