"""Marks as tables: `grades.csv`, and what stands on the terminal at the end."""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path

from labkit.course.grade.intake.names import cell
from labkit.course.grade.marks.result import UNSANDBOXED, Result

SHOWN = 60  # rows on a terminal
LABEL = "isolation"


def write_csv(path: Path, results: Iterable[Result], ids: list[str], without: Iterable[tuple[str, int]]) -> None:
    """Write `grades.csv`: student, hour, score, max_score, then the exercises. Who has no mark has empty cells."""
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer, labelled = csv.writer(file), False
        for count, result in enumerate(results):
            if count == 0:
                labelled = not result.sandboxed
                writer.writerow(["student", "hour", "score", "max_score", *ids, *[LABEL] * labelled])
            points = {mark.exercise: f"{mark.points:g}" for mark in result.marks}
            row = [cell(result.student), result.hour, f"{result.score:g}", f"{result.max_score:g}"]
            writer.writerow([*row, *(points.get(id, "") for id in ids), *[UNSANDBOXED] * labelled])
        if file.tell() == 0:
            writer.writerow(["student", "hour", "score", "max_score", *ids])
        for student, hour in without:
            writer.writerow([cell(student), hour, "", "", *[""] * (len(ids) + labelled)])
    part.replace(path)


def on_terminal(results: Iterable[Result], ids: list[str]) -> str:
    """The marks as text, the first of them where there are many."""
    short = [id.partition(".")[2] or id for id in ids]
    rows, more = [], 0
    for result in results:
        if len(rows) < SHOWN:
            points = {mark.exercise: f"{mark.points:g}" for mark in result.marks}
            score = f"{result.score:g} of {result.max_score:g}"
            rows.append([result.student[:40], str(result.hour), score, *(points.get(id, "") for id in ids)])
        else:
            more += 1
    text = "\n".join(_aligned([["student", "hour", "score", *short], *rows]))
    return text + (f"\n... and {more} more, in grades.csv" if more else "")


def _aligned(rows: list[list[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        yield "  ".join(cells).rstrip()


def as_csv(rows: list[list[str]], delimiter: str = ",") -> str:
    """Rows as the text of a CSV file."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
