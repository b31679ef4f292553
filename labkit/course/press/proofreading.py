"""What may be wrong with the source of a lecture: every slip with its line, all of them at once."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from labkit.course.check.registry import all_exercises
from labkit.course.press.marks import marks
from labkit.course.press.rules import RULES
from labkit.course.press.source import PARTS, Cell, Lecture, Slip, SourceError, parse

OPTIONS = {"name", "exercise", "checks", "setup", "badges", "tags", "fold", "result"}
NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")


def read(path: Path) -> Lecture:
    """Parse and check a source. Raises SourceError with everything that is to be put right."""
    lecture = parse(path)
    slips = [Slip(path, line, what) for line, what in _slips(lecture)]
    if slips:
        raise SourceError(slips)
    return lecture


def _slips(lecture: Lecture) -> Iterator[tuple[int, str]]:
    yield from _opening(lecture)
    yield from _parts(lecture)
    yield from _names(lecture)
    yield from _pairs(lecture)
    for cell in lecture.cells:
        yield from _options(cell)
        yield from marks(cell)
        yield from _syntax(cell)
    for rule in RULES:
        yield from rule(lecture)


def _opening(lecture: Lecture) -> Iterator[tuple[int, str]]:
    first = lecture.cells[0] if lecture.cells else Cell("", "", "", 1, {})
    if first.kind != "markdown" or not first.options.get("badges") or not first.text.startswith("# "):
        yield first.line, "the first cell is the title: `# %% [markdown] badges=true`, then `# # Title`"
    setups = [cell for cell in lecture.cells if cell.options.get("setup")]
    codes = [cell for cell in lecture.cells if cell.kind == "code"]
    if len(setups) != 1 or codes[0] is not setups[0]:
        yield codes[0].line if codes else 1, "the first code cell, and no other, is the set-up cell: `# %% setup=true`"
    for cell in setups:
        if cell.text:
            yield cell.line, "the set-up cell is written by the build: leave it empty"
    parameters = [cell for cell in lecture.cells if "parameters" in cell.tags]
    if len(parameters) != 1:
        line = parameters[1].line if parameters else 1
        yield line, f'one cell holds papermill\'s parameters, not {len(parameters)}: `# %% tags=["parameters"]`'


def _parts(lecture: Lecture) -> Iterator[tuple[int, str]]:
    due = list(PARTS[1:])
    for cell in lecture.cells:
        for offset, heading in _headings(cell):
            part = next(
                (part for part in PARTS if re.match(rf"{re.escape(part)}\s*($|[:\u2013\u2014-])", heading)), None
            )
            if part is None:
                yield cell.line + offset, f"`## {heading}` is none of the eleven parts: use `###` below them"
            elif part in due:
                for missing in due[: due.index(part)]:
                    yield cell.line + offset, f"the part `## {missing}` is missing before `## {part}`: add it"
                due = due[due.index(part) + 1 :]
            elif part != PARTS[0]:
                yield cell.line + offset, f"`## {part}` comes twice or too late: keep the order of the eleven parts"
    for missing in due:
        yield lecture.cells[-1].line if lecture.cells else 1, f"the part `## {missing}` is missing at the end: add it"


def _headings(cell: Cell) -> Iterator[tuple[int, str]]:
    fenced = False
    for offset, line in enumerate(cell.text.split("\n") if cell.kind == "markdown" else []):
        fenced ^= line.startswith("```")
        if line.startswith("## ") and not fenced:
            yield offset, line[3:].strip()


def _names(lecture: Lecture) -> Iterator[tuple[int, str]]:
    first: dict[str, int] = {}
    for cell in lecture.cells:
        if not NAME.fullmatch(cell.id):
            yield cell.line, f"the name {cell.id!r} will not do: up to 64 letters, digits, `-` and `_`"
        elif cell.id in first:
            yield cell.line, f"the name {cell.id!r} is taken by the cell in line {first[cell.id]}: choose another"
        first.setdefault(cell.id, cell.line)


def _pairs(lecture: Lecture) -> Iterator[tuple[int, str]]:
    known = all_exercises()
    asked: dict[str, Cell] = {}
    checked: dict[str, Cell] = {}
    for cell in lecture.cells:
        for option, seen, call in (("exercise", asked, "@exercise"), ("checks", checked, "score")):
            id = cell.options.get(option)
            if id is None:
                continue
            if id not in known:
                yield cell.line, f"there is no exercise {id!r}: one of {', '.join(known)}"
            elif known[id].hour != lecture.hour:
                yield cell.line, f"{id!r} belongs to hour {known[id].hour}, not {lecture.hour}: take it out"
            if id in seen:
                yield cell.line, f"`{option}={id!r}` stands already in line {seen[id].line}: once is enough"
            if f'{call}("{id}")' not in cell.text:
                yield cell.line, f'a cell with `{option}="{id}"` calls `{call}("{id}")`: add it'
            seen.setdefault(id, cell)
    for id in asked.keys() - checked.keys():
        yield asked[id].line, f'the exercise {id!r} has no checks: add a cell `# %% checks="{id}"` below it'
    for id in checked.keys() - asked.keys():
        yield checked[id].line, f'checks for {id!r}, but no cell `# %% exercise="{id}"`: add it above'
    for id in checked.keys() & asked.keys():
        if checked[id].line < asked[id].line:
            yield checked[id].line, f"the checks of {id!r} come before the exercise: move them below it"


def _options(cell: Cell) -> Iterator[tuple[int, str]]:
    for option in cell.options.keys() - OPTIONS:
        known = ", ".join(sorted(OPTIONS))
        yield cell.line, f'`{option}` is no option of a cell: there are {known}, written as option="value"'
    if cell.kind != "code" and cell.options.keys() & {"exercise", "checks", "setup", "fold", "result"}:
        yield cell.line, "exercises, checks, set-up, folds and results are code cells: take out the [markdown]"
    if cell.options.keys() & {"exercise", "setup"} and "fold" in cell.options:
        yield cell.line, "an exercise or the set-up cell is never folded: take out the `fold`"
    if "fold" in cell.options and not (isinstance(cell.options["fold"], str) and cell.fold.strip()):
        yield cell.line, 'a folded cell has a title: fold="Draw the two lattices"'
    if cell.fold and cell.text.lstrip().startswith("%%"):
        yield cell.line, "a cell magic stands in the first line, where a folded cell has its title: take one out"
    if cell.options.keys() & {"exercise", "checks", "setup"} and "result" in cell.options:
        yield cell.line, "what learners write themselves is no result: take out `result`"
    if cell.options.get("result", True) is not True:
        yield cell.line, "`result` is true where it stands: result=true"
    if {"exercise", "checks"} <= cell.options.keys():
        yield cell.line, "a cell is an exercise or its checks, not both: split it"


def _syntax(cell: Cell) -> Iterator[tuple[int, str]]:
    if cell.kind != "code":
        return
    for solved, whose in ((True, "code"), (False, "student's code")):
        lines = cell.lines(solved)
        try:
            ast.parse("\n".join("" if line.lstrip().startswith(("%", "!")) else line for _, line in lines))
        except SyntaxError as error:
            number, _ = lines[min(error.lineno or 1, len(lines)) - 1]
            yield number, f"the {whose} is not valid Python: {error.msg}"
            return
