"""How long an hour takes, counted from its source: what is read, what is written, what is looked at.

The core path is everything but the further sections. An average learner reads PROSE words and CODE open lines of code
in a minute, spends the minutes that an exercise names on it, TASK minutes on each thing to find by hand in part 7, and
QUESTION minutes on each question in part 11.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from labkit.course.check.registry import all_exercises, find
from labkit.course.press.source import PARTS, Cell, Lecture, parse

PROSE, CODE = 150, 25
MINUTES = 60  # at most, for the core path
TASK, QUESTION = 1.0, 0.5
DISPLAYED = 10  # a displayed formula takes as long as so many words
PLAN = "<!-- plan -->"
HEADING = ("Part", "Words", "Lines", "Exercises", "Tasks", "Questions", "Minutes", "Plan")
DETAILS = re.compile(r"<details>.*?</details>", re.DOTALL)
FIRST = re.compile(r"^\d+\. ", re.MULTILINE)  # of each task; what follows until an empty line belongs to it
ITEM = re.compile(r"^\d+\. .*(?:\n(?!\s*\n).*)*", re.MULTILINE)
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
FORMULA = re.compile(r"\$\$.*?\$\$", re.DOTALL)
INLINE = re.compile(r"\$[^$]+\$")
NO_WORDS = re.compile(r"<[^>]*>|https?://\S+")
WORD = re.compile(r"\S*\w\S*")


@dataclass
class Count:
    """What a part, or a further section, asks of a learner."""

    title: str
    words: int = 0
    lines: int = 0  # open ones, of code
    exercises: list[str] = field(default_factory=list)
    tasks: int = 0
    questions: int = 0

    @property
    def minutes(self) -> float:
        """All of it together."""
        read = self.words / PROSE + self.lines / CODE + self.tasks * TASK + self.questions * QUESTION
        return read + sum(find(id).minutes for id in self.exercises)

    def row(self, plan: str = "") -> tuple[str, ...]:
        """For the table."""
        exercises = ", ".join(f"{find(id).minutes:g}" for id in self.exercises)
        counts = [str(count) if count else "" for count in (self.words, self.lines)]
        more = [str(count) if count else "" for count in (self.tasks, self.questions)]
        return self.title, *counts, exercises, *more, f"{self.minutes:.1f}", plan


@dataclass(frozen=True)
class Counted:
    """The parts of the core path, and the further sections."""

    core: list[Count]
    further: list[Count]

    @property
    def minutes(self) -> float:
        """Of the core path."""
        return sum(count.minutes for count in self.core)

    @property
    def lines(self) -> int:
        """Open lines of the core path."""
        return sum(count.lines for count in self.core)


def count(lecture: Lecture) -> Counted:
    """Count what learners get: stubs instead of solutions, and nothing that is for instructors only."""
    core, further = [Count(PARTS[0])], {}
    for cell in lecture.cells:
        if "solution-only" in cell.tags:
            continue
        if cell.further:
            mine = further.setdefault(cell.further, Count(cell.further))
            _add(mine, core[-1].title, cell, cell.text)
        elif cell.kind == "code":
            _add(core[-1], "", cell, "")
        else:
            for heading, text in _by_part(cell.text):
                if heading:
                    core.append(Count(heading))
                _add(core[-1], core[-1].title, cell, text)
    return Counted(core, list(further.values()))


def _by_part(text: str) -> Iterator[tuple[str, str]]:
    """The text of a cell, cut before the headings of parts; each piece with its heading, without `##`."""
    for piece in re.split(r"^(?=## \d)", text, flags=re.MULTILINE):
        heading = re.match(r"## (.+)", piece)
        if piece.strip():
            yield heading[1].strip() if heading else "", piece


def _add(mine: Count, part: str, cell: Cell, text: str) -> None:
    if cell.kind == "code":
        mine.lines += len(open_lines(cell))
        mine.exercises += [id for id in all_exercises() if id == cell.options.get("exercise")]
        return
    if part.startswith(PARTS[6]):
        mine.tasks += len(FIRST.findall(DETAILS.sub("", text)))
    if part.startswith(PARTS[10]):
        mine.questions += text.count("<details>")
    if part.startswith((PARTS[6], PARTS[10])):
        text = ITEM.sub("", DETAILS.sub("", text))
    mine.words += words(text)


def open_lines(cell: Cell) -> list[tuple[int, str]]:
    """The lines of code that learners see, with their numbers in the source: neither folded, empty nor made here."""
    if cell.kind != "code" or cell.fold or cell.options.get("setup") or "parameters" in cell.tags:
        return []
    return [(number, line) for number, line in cell.lines(solved=False) if line.strip()]


def words(text: str) -> int:
    """How many words a learner reads: a formula in a line is one word, a displayed one is DISPLAYED."""
    text = FORMULA.sub(" formula " * DISPLAYED, FENCED.sub("", text.replace(PLAN, "")))
    return len(WORD.findall(NO_WORDS.sub(" ", INLINE.sub("formula", text))))


def rounded(minutes: Iterable[float]) -> list[int]:
    """Whole minutes, at least one each, that add up to the rounded total where that leaves one for each."""
    minutes = list(minutes)
    whole = [max(1, int(value)) for value in minutes]
    while sum(whole) != max(round(sum(minutes)), len(whole)):
        less = sum(whole) < sum(minutes)
        gaps = [minutes[i] - whole[i] if less or whole[i] > 1 else float("inf") for i in range(len(whole))]
        whole[gaps.index(max(gaps) if less else min(gaps))] += 1 if less else -1
    return whole


def plan_table(lecture: Lecture) -> str:
    """What stands for `<!-- plan -->`: the minutes of each part, and what the further sections would take."""
    counted = count(lecture)
    whole = rounded(part.minutes for part in counted.core)
    rows = ["| | part | minutes |", "|---|---|---|"]
    for part, minutes in zip(counted.core, whole, strict=True):
        number, _, title = re.split(r"[:\u2013\u2014]", part.title)[0].strip().partition(". ")
        doing = f": {len(part.exercises)} exercise{'s' * (len(part.exercises) > 1)}" if part.exercises else ""
        rows.append(f"| {number} | {title}{doing} | {minutes} |")
    rows.append(f"| | together | {sum(whole)} |")
    if counted.further:
        more = round(sum(section.minutes for section in counted.further))
        one = "One section is" if len(counted.further) == 1 else f"{len(counted.further)} sections are"
        rows += ["", f"{one} headed *Further* and folded: about {more} minutes more, which nothing else needs."]
    return "\n".join(rows)


def report(lecture: Lecture) -> str:
    """The table that `labkit minutes` prints for an hour."""
    counted = count(lecture)
    plan = rounded(part.minutes for part in counted.core)
    rows = [part.row(str(minutes)) for part, minutes in zip(counted.core, plan, strict=True)]
    total = Count(f"{lecture.name}: core path", sum(part.words for part in counted.core), counted.lines)
    total.tasks, total.questions = (
        sum(getattr(part, name) for part in counted.core) for name in ("tasks", "questions")
    )
    total.exercises = [id for part in counted.core for id in part.exercises]
    return aligned([HEADING, *rows, total.row(str(sum(plan)))]) + _further(counted)


def _further(counted: Counted) -> str:
    if not counted.further:
        return ""
    return "\n\nNot counted:\n" + aligned([HEADING[:-1], *(section.row()[:-1] for section in counted.further)])


def aligned(rows: list[tuple[str, ...]]) -> str:
    """Rows as text: the first column to the left, numbers to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for first, *numbers in rows:
        cells = [first.ljust(widths[0]), *(text.rjust(width) for text, width in zip(numbers, widths[1:], strict=True))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def main(sources: Iterable[Path]) -> int:
    """Print the tables of these sources; 1 if a core path is too long."""
    over = False
    for source in sources:
        lecture = parse(source)
        print(report(lecture), end="\n\n")
        over |= count(lecture).minutes > MINUTES
    return int(over)
