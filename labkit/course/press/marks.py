"""Solutions and bug hunts in the source of a lecture: whether their marks are where they should be."""

from collections.abc import Iterator

from labkit.course.check.registry import all_exercises
from labkit.course.press.source import BEGIN, BUG, END, END_BUG, Cell

PAIRS = {BEGIN: END, BUG: END_BUG}
CALLED = {BEGIN: "solution", BUG: "bug"}


def marks(cell: Cell) -> Iterator[tuple[int, str]]:
    """Everything that is wrong with the marks of a cell, with the line of each."""
    found = [*_pairs(cell, BEGIN), *_pairs(cell, BUG)]
    yield from found
    if any(word in cell.text for word in (BEGIN, END, BUG, END_BUG)) and "exercise" not in cell.options:
        yield cell.line, "a solution stands in an exercise cell only: give the cell its `exercise`"
    if "exercise" not in cell.options:
        return
    if BEGIN not in cell.text and END not in cell.text:
        yield cell.line, f"an exercise has a solution between `{BEGIN}` and `{END}`: mark it"
    elif cell.bug_hunt and not found:
        yield from _bug(cell)
    known = all_exercises().get(cell.options["exercise"])
    if known is not None and known.bug_hunt != cell.bug_hunt:
        what = f"the wrong code between `{BUG}` and `{END_BUG}`" if known.bug_hunt else "`bug_hunt=True` in its module"
        yield cell.line, f"the exercise {known.id!r} is a bug hunt here or there, not both: add {what}"


def _pairs(cell: Cell, begin: str) -> Iterator[tuple[int, str]]:
    end, what, opened = PAIRS[begin], CALLED[begin], None
    for line, text in enumerate(cell.text.split("\n"), start=cell.line):
        begins, ends = (mark.removeprefix("### ") in text for mark in (begin, end))
        if (begins or ends) and text.strip() not in (begin, end):
            yield line, f"a {what} marker stands on a line of its own, as `{begin}` or `{end}`"
        if begins:
            if opened is not None:
                yield line, f"this {what} begins inside the one from line {opened}: end that one first"
            opened = line
        elif ends:
            if opened is None:
                yield line, f"a {what} ends here that has not begun: add `{begin}` above"
            opened = None
    if opened is not None:
        yield opened, f"this {what} does not end in its cell: add `{end}`"


def _bug(cell: Cell) -> Iterator[tuple[int, str]]:
    """The wrong code comes first, and the solution right below it."""
    rows = [line.strip() for line in cell.text.split("\n") if line.strip() in (BEGIN, END, BUG, END_BUG)]
    lines = cell.text.split("\n")
    at = next(i for i, line in enumerate(lines) if line.strip() == END_BUG)
    if rows != [BUG, END_BUG, BEGIN, END] or lines[at + 1].strip() != BEGIN:
        yield cell.line + at, f"the wrong code of a bug hunt stands right above its solution: `{END_BUG}`, `{BEGIN}`"
