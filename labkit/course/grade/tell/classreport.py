"""What an instructor learns of the class: how marks lie, how many passed each exercise, which slips many make."""

import html
from collections.abc import Iterable, Sequence
from pathlib import Path

from labkit.course.grade.intake.intake import Line
from labkit.course.grade.intake.names import for_markdown
from labkit.course.grade.marks.result import UNSANDBOXED, Result
from labkit.course.grade.marks.store import Run
from labkit.course.grade.tell.classplots import plots
from labkit.course.grade.tell.pages import coded, page
from labkit.course.grade.tell.tally import Class

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
