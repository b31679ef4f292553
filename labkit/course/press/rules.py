"""What a lecture must keep to: an hour is an hour, and what stands open teaches. Each rule names lines and remedies.

An exercise's minutes are in proportion to what a learner writes: START for reading the task, LINE for each line of its
solution, IDEA for each property of its values that is checked; to be within a factor of FACTOR of what it says.
"""

import ast
import re
from collections.abc import Callable, Iterator

from labkit.course.check.registry import all_exercises
from labkit.course.press.minutes import MINUTES, PLAN, count, open_lines
from labkit.course.press.source import BEGIN, END, FURTHER, Cell, Lecture

OPEN, EXERCISE = 150, 10  # open lines of code in the core path; minutes of one exercise there
WIDE, STUB = 96, 88  # columns of an open line, and of one in an exercise
START, LINE, IDEA, FACTOR = 2.0, 0.6, 0.5, 1.5
SOLUTION = re.compile(rf"{BEGIN}\n(.*?){END}", re.DOTALL)


def an_hour(lecture: Lecture) -> Iterator[tuple[int, str]]:
    """The core path takes an hour at most, and the plan in the opening is counted."""
    counted = count(lecture)
    if round(counted.minutes, 1) > MINUTES:
        what = f"the core path takes {counted.minutes:.1f} minutes, and an hour has {MINUTES}: see `labkit minutes"
        yield 1, f"{what} {lecture.hour}`, shorten, or make sections `### Further: ...`"
    first = lecture.cells[0] if lecture.cells else None
    if first is not None and first.text.split("\n").count(PLAN) != 1:
        yield first.line, f"the opening has one line `{PLAN}`, which the build fills in: add it"


def open_code(lecture: Lecture) -> Iterator[tuple[int, str]]:
    """There are not too many open lines in the core path."""
    total = 0
    for cell in lecture.cells:
        if cell.further or "solution-only" in cell.tags:
            continue
        for number, _ in open_lines(cell):
            total += 1
            if total == OPEN + 1:
                whole = count(lecture).lines
                what = f"here end the {OPEN} lines of code that may stand open in the core path, and there are {whole}"
                yield number, f"{what}: fold the cells that draw or help"


def wide(lecture: Lecture) -> Iterator[tuple[int, str]]:
    """Open lines are not cut on a laptop's screen."""
    for cell in lecture.cells:
        limit = STUB if "exercise" in cell.options else WIDE
        for number, line in open_lines(cell):
            if len(line) > limit:
                where = "in a stub" if "exercise" in cell.options else "in an open cell"
                yield number, f"this line has {len(line)} columns, and {limit} are seen {where}: break it"


def claims(lecture: Lecture) -> Iterator[tuple[int, str]]:
    """Cells with claims are folded."""
    for cell in lecture.cells:
        if cell.kind == "code" and not cell.fold and _claims(cell):
            yield cell.line, 'a cell with a claim is folded: `# %% fold="What it claims"`'


def _claims(cell: Cell) -> bool:
    if "claim" not in cell.text:
        return False
    code = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in cell.solved_text().split("\n"))
    try:
        nodes = list(ast.walk(ast.parse(code)))
    except SyntaxError:  # proofreading tells it
        return False
    return any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == "claim" for node in nodes)


def exercises(lecture: Lecture) -> Iterator[tuple[int, str]]:
    """Exercises are short in the core path, and their minutes honest everywhere."""
    known = all_exercises()
    for cell in lecture.cells:
        asked = known.get(cell.options.get("exercise"))
        if asked is None:
            continue
        if asked.minutes > EXERCISE and not cell.further:
            what = f"{asked.id!r} takes {asked.minutes} minutes, and {EXERCISE} are allowed in the core path"
            yield cell.line, f"{what}: split it, give half of it, or make it further"
        lines, ideas = solution_lines(cell), sum(part.aspect == "values" for part in asked.properties)
        about = START + LINE * lines + IDEA * ideas
        if not about / FACTOR <= asked.minutes <= about * FACTOR:
            what = f"{asked.id!r} says {asked.minutes} minutes for {lines} lines and {ideas} ideas, which is about"
            yield cell.line, f"{what} {about:.1f}: between {about / FACTOR:.1f} and {about * FACTOR:.1f} will do"


def solution_lines(cell: Cell) -> int:
    """How many lines of code stand between the solution's marks, without comments."""
    inside = SOLUTION.search(cell.text)
    lines = inside[1].split("\n") if inside else []
    return sum(bool(line.strip()) and not line.lstrip().startswith("#") for line in lines)


def further(lecture: Lecture) -> Iterator[tuple[int, str]]:
    """Further sections begin and end where JupyterLab folds and unfolds: at the first line of a cell."""
    for cell in lecture.cells:
        if cell.kind != "markdown":
            continue
        fenced = False
        for number, line in enumerate(cell.text.split("\n")[1:], start=cell.line + 1):
            fenced ^= line.startswith("```")
            if not fenced and (FURTHER.match(line) or (cell.further and re.match(r"#{1,3} ", line))):
                yield number, f"`{line.strip()}` begins or ends a further section, so it begins a cell: split the cell"


RULES: tuple[Callable[[Lecture], Iterator[tuple[int, str]]], ...] = (
    an_hour,
    open_code,
    wide,
    claims,
    exercises,
    further,
)
