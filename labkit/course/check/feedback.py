"""What a learner sees: rich in a notebook, plain elsewhere, the same words in both.

Nothing is said by color alone, colors are readable on light and dark pages, and tables have headings.
"""

import html
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from labkit.course.check.checking import NOT_ATTEMPTED, PASSED, Report, Verdict
from labkit.course.check.judging import Difference, text_of
from labkit.course.check.spec import Case

MARKS = {
    PASSED: ("✓", "#2e8b57", "right"),
    NOT_ATTEMPTED: ("○", "#7d7d7d", "open"),
    "hint": ("?", "#3b82c4", "hint"),
}
WHAT = {"shape": "", "dtype": ", dtype", "values": ", values", "gradients": ", the gradient of it"}
WRONG = ("✗", "#cc6a1c", "not right")


@dataclass(frozen=True)
class Note:
    """Something to show: a title behind a mark, paragraphs, and perhaps a table."""

    title: str
    paragraphs: Sequence[str] = ()
    mark: tuple[str, str, str] = MARKS["hint"]
    heading: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = field(default_factory=tuple)

    def __str__(self) -> str:
        table = [tuple(self.heading), *map(tuple, self.rows)] if self.rows else []
        widths = [max(len(cell) for cell in column) for column in zip(*table, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
        ]
        lines += [line for paragraph in self.paragraphs for line in paragraph.split("\n")]
        return "\n".join([f"{self.mark[0]} {self.title}", *(f"  {line}" for line in lines)])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": self.html()}

    def html(self) -> str:
        """The same for a notebook: takes its colors for text and background from the page."""
        symbol, color, word = self.mark
        body = "".join(f'<p style="margin:.35em 0">{_rich(p)}</p>' for p in self.paragraphs)
        icon = f'<span role="img" aria-label="{word}" style="color:{color};font-weight:bold">{symbol}</span>'
        style = f"border-left:4px solid {color};padding:.3em .9em;margin:.4em 0;line-height:1.45"
        head = f'<p style="margin:.2em 0">{icon} <b>{_rich(self.title)}</b></p>'
        return f'<div role="note" style="{style}">{head}{self._table()}{body}</div>'

    def _table(self) -> str:
        if not self.rows:
            return ""
        style = 'style="text-align:left;padding:.15em .9em .15em 0"'
        head = "".join(f'<th scope="col" {style}>{_rich(cell)}</th>' for cell in self.heading)
        rows = "".join(f"<tr>{''.join(f'<td {style}>{_rich(cell)}</td>' for cell in row)}</tr>" for row in self.rows)
        return f'<table style="margin:.3em 0"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _rich(text: str) -> str:
    """Escaped, with `code` between backticks and line breaks kept."""
    parts = html.escape(text).split("`")
    if len(parts) % 2 == 0:
        return "`".join(parts).replace("\n", "<br>")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts)).replace("\n", "<br>")


def show(note: Any) -> None:
    """Display in a notebook, print elsewhere."""
    if in_notebook():
        from IPython.display import display

        display(note)
        return
    try:
        print(note)
    except UnicodeEncodeError:  # a terminal that knows fewer signs
        print(str(note).encode(sys.stdout.encoding, "replace").decode(sys.stdout.encoding))


def in_notebook() -> bool:
    """Whether there is an IPython kernel to display in."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell is not None and hasattr(shell, "kernel")


def feedback(report: Report, name: str = "", hidden: bool = False) -> Note:
    """A report in words. `name` is the learner's function; `hidden` leaves out the case that failed (for grading)."""
    exercise = report.exercise
    title = f"{exercise.title} ({exercise.id}): "
    if report.status == PASSED:
        done = "; ".join(verdict.property.text for verdict in report.verdicts)
        return Note(f"{title}right, {points(report)}", [f"Checked: {done}."], MARKS[PASSED])
    instead = f"What follows uses labkit's own `{exercise.reference.split(':')[1]}` in its place."
    if report.status == NOT_ATTEMPTED:
        what = f"`{name}`" if name else "it"
        text = f"Write {what} in place of `raise NotImplementedError()`, and run the cell again."
        if exercise.bug_hunt:
            text = f"The bug is still in {what}. Find it, mend it, and run the cell again."
        plan = f"About {exercise.minutes} minutes, {exercise.points:g} points. Need a start? `hint({exercise.id!r})`"
        return Note(f"{title}not attempted yet", [text, plan, instead], MARKS[NOT_ATTEMPTED])
    rows = [(v.property.text, state(v), f"{v.earned:g} of {v.property.points:g}") for v in report.verdicts]
    lines = [] if hidden else failure_lines(report)
    if report.misconception is not None:
        lines.append(f"A slip that others make too: {report.misconception.name}. {report.misconception.message}")
    lines += [f"Another hint? `hint({exercise.id!r})`"] + ([] if hidden else [instead])
    return Note(f"{title}not yet right, {points(report)}", lines, WRONG, ("Your answer", "", "Points"), rows)


def state(verdict: Verdict) -> str:
    """Whether a property holds, in words; one that nothing has shown yet says so."""
    if verdict.passed:
        return "✓ yes"
    if verdict.waits:
        return "– counts once more is right"
    return "✗ not yet" if verdict.tried else "– not tried yet"


def points(report: Report) -> str:
    """The score in words, such as "1.5 of 4 points"."""
    return f"{report.points:g} of {report.exercise.points:g} points"


def failure_lines(report: Report) -> list[str]:
    """The most telling failure: the input, what was expected, what came."""
    if report.failure is None:
        return []
    case, difference = report.failure.case, report.failure.difference
    lines = [f"The first difference to look at, with this input ({case.name}):", *_inputs(case)] if case.args else []
    lines += _sentences(difference)
    if report.failure.printed.strip():
        lines.append(f"It printed: {report.failure.printed.strip()[:500]}")
    return lines


def _sentences(difference: Difference) -> list[str]:
    if difference.aspect == "error":
        return [difference.note]
    if difference.aspect == "inputs":
        return [f"It changes its input `{difference.what}`, which the caller still needs: a copy was handed in as "
                f"{difference.expected} and came back as {difference.got}."]  # fmt: skip
    what = WHAT[difference.aspect]
    told = f"`{difference.what}`{what}: expected {difference.expected}, got {difference.got}."
    return [told, difference.note] if difference.note else [told]


def _inputs(case: Case) -> list[str]:
    told = []
    for name, value in case.args.items():
        if isinstance(value, torch.Tensor):
            few = f" = {text_of(value.detach().cpu().numpy())}" if value.numel() <= 12 else ""
            told.append(f"`{name}` of shape {tuple(value.shape)}, {str(value.dtype).removeprefix('torch.')}{few}")
        else:
            told.append(f"`{name}` = {str(value)[:80]}")
    return ["\n".join(told)]
