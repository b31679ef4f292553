"""The text of a lecture, parsed and checked: `solutions/NN_slug.py`, in jupytext's py:percent format.

    # %% [markdown] badges=true               the first cell: `# Title`; the launch badges go below the title
    # %% setup=true                           empty: becomes the set-up cell, and is the first code cell
    # %% tags=["parameters"]                  papermill's parameters
    # %% name="attend" exercise="transformer.attend"
                                              an exercise: `@exercise("transformer.attend")`, a stub, and the solution
                                              between `### BEGIN SOLUTION` and `### END SOLUTION`
    # %% checks="transformer.attend"          below it: `score("transformer.attend")`, graded with the exercise's points
    # %% tags=["solution-only"]               left out of the student notebook (and "student-only")
    # %% fold="Draw the two lattices"         source hidden, outputs shown: for what draws, helps or claims
    # %% result=true                          what it puts out depends on the profile (may stand beside fold)

Every part but the opening begins with its level-2 heading (see PARTS; words may follow after a colon or a dash).
A `name` is the cell's id, of letters, digits, `-` and `_`; without one the id comes from the cell's text.

A markdown cell that begins with `### Further: TITLE` opens a section that is folded and that the rest does without. It
reaches to the next markdown cell that begins with a heading of level 3 or less. A line `<!-- plan -->` in the first
cell becomes the plan of minutes. A bug hunt has, right above its solution, the wrong code that learners are given,
between `### BEGIN BUG` and `### END BUG`.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jupytext

from labkit.course.press.template import BuildError

PARTS = (
    "1. Opening",
    "2. The problem",
    "3. The architecture",
    "4. Why it works",
    "5. Build it",
    "6. Train it",
    "7. Look inside",
    "8. Strengths, weaknesses, cost",
    "9. In practice",
    "10. Responsibility",
    "11. Check yourself",
)
FILE = re.compile(r"(\d\d)_([a-z0-9_]+)\.py")
DELIMITER = re.compile(r"# %%(\s|$)")
BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
BUG, END_BUG = "### BEGIN BUG", "### END BUG"
FURTHER = re.compile(r"### Further: (.+)")
HEADING = re.compile(r"#{1,3} ")


@dataclass(frozen=True)
class Slip:
    """Something to put right in a source: where, what, and what to do."""

    path: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


class SourceError(BuildError):
    """A source that cannot be built, with everything that is to be put right."""

    def __init__(self, slips: list[Slip]):
        super().__init__("\n".join(str(slip) for slip in sorted(slips, key=lambda slip: slip.line)))
        self.slips = slips


@dataclass(frozen=True)
class Cell:
    """One cell of a source. `line` is where its text begins."""

    id: str
    kind: str  # code or markdown
    text: str
    line: int
    options: Mapping[str, Any]

    further: str = ""  # the title of the further section that it belongs to

    @property
    def tags(self) -> list[str]:
        """The cell's tags."""
        return [*self.options.get("tags", []), *(["result"] if self.options.get("result") else [])]

    @property
    def fold(self) -> str:
        """The title of a folded cell, else an empty string."""
        return str(self.options.get("fold") or "")

    @property
    def bug_hunt(self) -> bool:
        """Whether learners get wrong code to mend."""
        return BUG in self.text

    def lines(self, solved: bool) -> list[tuple[int, str]]:
        """What stands in a notebook, line by line, with the numbers in the source.

        In the place of the solution learners get nbgrader's stub, or the wrong code of a bug hunt.
        """
        found, inside = [(self.line, f"# @title {self.fold}")] if self.fold and self.kind == "code" else [], ""
        for number, line in enumerate(self.text.split("\n"), start=self.line):
            mark = line.strip()
            if mark in (END_BUG, END) and (mark == END_BUG or not solved):
                inside = ""
            elif mark == BUG or (mark == BEGIN and not solved):
                inside = mark
                stub = ("# YOUR CODE HERE", "raise NotImplementedError()")
                indent = line[: len(line) - len(line.lstrip())]
                found += [(number, indent + text) for text in stub if mark == BEGIN and not self.bug_hunt]
            elif not inside or (inside == BUG and not solved):
                found.append((number, line))
        return found

    def student_text(self) -> str:
        """The text that learners get."""
        return "\n".join(line for _, line in self.lines(solved=False))

    def solved_text(self) -> str:
        """The text with the solution, and without the wrong code of a bug hunt."""
        return "\n".join(line for _, line in self.lines(solved=True))


@dataclass(frozen=True)
class Lecture:
    """A parsed source."""

    path: Path
    hour: int
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """The file name without its ending, such as 07_transformer."""
        return self.path.stem


def parse(path: Path) -> Lecture:
    """Parse a source, without checking what it says. Raises SourceError for a file that is no lecture at all."""
    named = FILE.fullmatch(path.name)
    if not named:
        raise SourceError([Slip(path, 1, "a lecture is called NN_slug.py, such as 07_transformer.py: rename the file")])
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise SourceError([Slip(path, 1, f"this is not UTF-8 text ({error.reason}): save it as UTF-8")]) from error
    lines = text.split("\n")
    starts = [i for i, line in enumerate(lines) if DELIMITER.match(line)]
    raw = jupytext.reads(text, fmt="py:percent").cells
    if len(raw) != len(starts):
        what = f"{len(raw)} cells but {len(starts)} lines `# %%`: begin every cell, the first too, with one"
        raise SourceError([Slip(path, 1, what)])
    cells, seen, further = [], set(), ""
    for start, cell in zip(starts, raw, strict=True):
        options = {key: value for key, value in cell.metadata.items() if key != "lines_to_next_cell"}
        text = cell.source.rstrip()
        id = _id(options, cell.cell_type, text, seen)
        seen.add(id)
        if cell.cell_type == "markdown" and HEADING.match(text):
            opened = FURTHER.match(text)
            further = opened[1].strip() if opened else ""
        cells.append(Cell(id, cell.cell_type, text, _first_line(lines, start), options, further))
    return Lecture(path, int(named[1]), tuple(cells))


def _first_line(lines: list[str], start: int) -> int:
    """The number, counted from 1, of the first line with text after a delimiter; of the delimiter if there is none."""
    for i in range(start + 1, len(lines)):
        if DELIMITER.match(lines[i]):
            break
        if lines[i].strip():
            return i + 1
    return start + 1


def _id(options: Mapping[str, Any], kind: str, text: str, seen: set[str]) -> str:
    """The author's name, else one for what the cell is, else one from its text. Twice the same is for the checks."""
    name = options.get("name")
    for option, id in (("setup", "setup"), ("badges", "opening")):
        name = name or (id if options.get(option) else None)
    name = name or ("parameters" if "parameters" in options.get("tags", []) else None)
    name = name or str(options.get("exercise") or "").replace(".", "-")
    name = name or (f"{options['checks']}-checks".replace(".", "-") if options.get("checks") else None)
    if name:
        return str(name)
    stem, count = f"{kind}-{hashlib.sha256(text.encode()).hexdigest()[:10]}", 1
    while (id := stem if count == 1 else f"{stem}-{count}") in seen:
        count += 1
    return id


def is_lecture(path: Path) -> bool:
    """Whether a file is called like a lecture."""
    return bool(FILE.fullmatch(path.name))
