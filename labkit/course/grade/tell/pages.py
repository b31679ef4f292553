"""What a student gets: one page, as HTML and as Markdown, in the words that the notebook would have used."""

import html
from collections.abc import Sequence
from pathlib import Path

from labkit.course.check.feedback import Note
from labkit.course.grade.intake.names import file_name, for_markdown
from labkit.course.grade.marks.result import UNSANDBOXED, Result

STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } th, td { text-align: left; padding: .15em .9em .15em 0 }
td.number, th.number { text-align: right } code { font-size: .95em } img { max-width: 100%; background: white }
.warning { border: 2px solid #c04f00; padding: .5em 1em; font-weight: bold }
"""


def page(title: str, body: str) -> str:
    """A whole HTML page that needs nothing else. `title` is text, `body` is HTML."""
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{html.escape(title)}</title>'
    )
    return (
        f'<!doctype html>\n<html lang="en"><head>{head}<style>{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n'
    )


def write_feedback(folder: Path, results: Sequence[Result]) -> None:
    """Write the page of one student on all hours, as HTML and Markdown."""
    name = file_name(results[0].student)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.html").write_text(as_html(results), encoding="utf-8")
    (folder / f"{name}.md").write_text(as_markdown(results), encoding="utf-8")


def as_html(results: Sequence[Result]) -> str:
    """The page of one student."""
    student = results[0].student
    parts = [f"<h1>Feedback for {html.escape(student)}</h1>"]
    for result in results:
        parts.append(f"<h2>Hour {result.hour}: {result.score:g} of {result.max_score:g} points</h2>")
        if not result.sandboxed:
            parts.append(f'<p class="warning">{html.escape(UNSANDBOXED)}.</p>')
        parts += [f"<p>About the file: {html.escape(result.remark)}.</p>"] if result.remark else []
        parts += [mark.words().html() for mark in result.marks]
    return page(f"Feedback for {student}", "\n".join(parts))


def as_markdown(results: Sequence[Result]) -> str:
    """The same, to be sent by mail or pasted."""
    lines = [f"# Feedback for {for_markdown(results[0].student)}"]
    for result in results:
        lines.append(f"## Hour {result.hour}: {result.score:g} of {result.max_score:g} points")
        lines += [] if result.sandboxed else [f"**{UNSANDBOXED}.**"]
        lines += [f"About the file: {for_markdown(result.remark)}."] if result.remark else []
        for mark in result.marks:
            lines += _in_markdown(mark.words())
    return "\n\n".join(lines) + "\n"


def _in_markdown(note: Note) -> list[str]:
    lines = [f"### {note.mark[0]} {coded(note.title)}"]
    if note.rows:
        table = [note.heading, ["---"] * len(note.heading), *note.rows]
        lines.append("\n".join("| " + " | ".join(map(_in_table, row)) + " |" for row in table))
    return lines + [coded(text) for text in note.paragraphs]


def _in_table(text: str) -> str:
    return text if text == "---" else for_markdown(text) or " "


def coded(text: str) -> str:
    """Text with `code` between backticks left as code, and the rest made harmless."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return for_markdown(text)
    inside = [part.replace("\n", " ") for part in parts]
    return "".join(f"`{part}`" if i % 2 else for_markdown(part) for i, part in enumerate(inside))
