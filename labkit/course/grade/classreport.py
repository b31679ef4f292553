"""What an instructor learns of the class: how marks lie, how many passed each exercise, which slips many make."""

import html
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from labkit.course.checking import PASSED
from labkit.course.grade.classplots import plots
from labkit.course.grade.grading import exercises_of
from labkit.course.grade.intake import Line
from labkit.course.grade.names import for_markdown
from labkit.course.grade.pages import coded, page
from labkit.course.grade.result import UNSANDBOXED, Result
from labkit.course.grade.store import Run


@dataclass
class Class:
    """Counts over the results of an hour, taken one result at a time."""

    hour: int
    scores: list[float] = field(default_factory=list)
    max_score: float = 0.0
    statuses: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    points: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    slips: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, result: Result) -> None:
        """Count a result."""
        self.scores.append(result.score)
        self.max_score = result.max_score
        for mark in result.marks:
            self.statuses[mark.exercise][mark.status] += 1
            self.points[mark.exercise] += mark.points
            if mark.misconception:
                self.slips[mark.exercise, mark.misconception] += 1

    def exercises(self) -> list[list[str]]:
        """A row for each exercise: how many passed, are not yet right, did not attempt it, and the mean."""
        rows, count = [], len(self.scores)
        for exercise in exercises_of(self.hour):
            found = self.statuses[exercise.id]
            other = count - found[PASSED] - found["not attempted"] - found["missing"]
            mean = f"{self.points[exercise.id] / count:.2f} of {exercise.points:g}" if count else ""
            untried = found["not attempted"] + found["missing"]
            passed = f"{found[PASSED]} ({found[PASSED] / count:.0%})" if count else "0"
            rows.append([f"{exercise.title} ({exercise.id})", passed, str(other), str(untried), mean])
        return rows

    def summary(self) -> str:
        """The scores in a sentence."""
        if not self.scores:
            return "Nobody was graded."
        ordered = sorted(self.scores)
        middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        mean = sum(ordered) / len(ordered)
        return (
            f"{len(ordered)} graded; mean {mean:.2f}, median {middle:g}, lowest {ordered[0]:g}, "
            f"highest {ordered[-1]:g} of {self.max_score:g} points."
        )


HEADING = ["Exercise", "right", "not yet right", "not attempted", "mean points"]


def write_report(folder: Path, run: Run, results: Iterable[Result], lines: Sequence[Line]) -> dict[int, Class]:
    """Write report.html, report.md and their pictures, and give the counts for each hour."""
    classes = {hour: Class(hour) for hour in run.hours}
    for result in results:
        classes[result.hour].add(result)
    pictures = {hour: plots(folder / "report", found) for hour, found in classes.items() if found.scores}
    body = _sections(run, classes, pictures, lines)
    (folder / "report.html").write_text(page("Class report", "\n".join(map(_html, body))), encoding="utf-8")
    (folder / "report.md").write_text("\n\n".join(map(_markdown, body)) + "\n", encoding="utf-8")
    return classes


Block = tuple[str, object]  # what it is, and what is in it


def _sections(run: Run, classes: dict, pictures: dict[int, dict[str, str]], lines: Sequence[Line]) -> list[Block]:
    blocks: list[Block] = [("h1", "Class report")]
    blocks += [] if run.sandboxed else [("warning", f"{UNSANDBOXED}.")]
    made = f"Hidden cases from seed {run.seed}, the same for everyone (`--seed {run.seed}` repeats them); "
    blocks.append(("p", f"{made}labkit {run.version}."))
    for hour, found in classes.items():
        blocks += [("h2", f"Hour {hour}"), ("p", found.summary())]
        blocks += [("table", [HEADING, *found.exercises()])] if found.scores else []
        if found.slips:
            rows = [[exercise, slip, str(count)] for (exercise, slip), count in found.slips.most_common()]
            blocks += [("h3", "Misconceptions"), ("table", [["Exercise", "Slip", "students"], *rows])]
        blocks += [("picture", (f"report/{file}", text)) for file, text in pictures.get(hour, {}).items()]
    blocks.append(("h2", f"What needs a look ({len(lines)})"))
    blocks += [("list", [str(line) for line in lines])] if lines else [("p", "Nothing.")]
    return blocks


def _html(block: Block) -> str:
    kind, what = block
    if kind == "table":
        head, *rows = [[html.escape(text) for text in row] for row in what]
        top = "".join(f'<th scope="col">{text}</th>' for text in head)
        body = "".join(f"<tr>{''.join(f'<td>{text}</td>' for text in row)}</tr>" for row in rows)
        return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"
    if kind == "picture":
        return f'<p><img src="{html.escape(what[0])}" alt="{html.escape(what[1])}"></p>'
    if kind == "list":
        return f"<ul>{''.join(f'<li>{html.escape(text)}</li>' for text in what)}</ul>"
    if kind == "warning":
        return f'<p class="warning">{html.escape(what)}</p>'
    return f"<{kind}>{html.escape(what)}</{kind}>"


def _markdown(block: Block) -> str:
    kind, what = block
    if kind == "table":
        rows = [[for_markdown(text) for text in row] for row in what]
        rows.insert(1, ["---"] * len(rows[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)
    if kind == "picture":
        return f"![{for_markdown(what[1])}]({what[0]})"
    if kind == "list":
        return "\n".join(f"- {for_markdown(text)}" for text in what)
    if kind == "warning":
        return f"**{what}**"
    return {"h1": "# ", "h2": "## ", "h3": "### ", "p": ""}[kind] + coded(what)
