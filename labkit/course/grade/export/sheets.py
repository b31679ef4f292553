"""Tables of other systems, as they come: with or without a byte order mark, with commas or semicolons."""

import csv
import io
from dataclasses import dataclass
from pathlib import Path

from labkit.course.grade.errors import GradingError
from labkit.course.grade.marks.result import Result

FIELD = 2**31 - 1  # letters in one field: a page of feedback has more than the 131,072 of csv's own limit


@dataclass
class Sheet:
    """A CSV file, in rows, and how it was written."""

    rows: list[list[str]]
    delimiter: str = ","
    mark: bool = False  # a byte order mark in front, which Excel wants

    @classmethod
    def read(cls, path: Path) -> "Sheet":
        """Read a file. Raises GradingError for one that is no such table."""
        data = path.read_bytes()
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise GradingError(f"{path} is not UTF-8 text: download it again, and do not open it in between") from error
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        csv.field_size_limit(FIELD)
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
        if not rows:
            raise GradingError(f"{path} is empty")
        width = len(rows[0])
        return cls([row + [""] * (width - len(row)) for row in rows], delimiter, data.startswith(b"\xef\xbb\xbf"))

    def write(self, path: Path) -> None:
        """Write it as it was read."""
        with path.open("w", encoding="utf-8-sig" if self.mark else "utf-8", newline="") as file:
            csv.writer(file, delimiter=self.delimiter, lineterminator="\r\n").writerows(self.rows)

    def column(self, *names: str) -> int | None:
        """Where a column of one of these names is, if there is one."""
        heads = [head.strip().casefold() for head in self.rows[0]]
        return next((heads.index(name.casefold()) for name in names if name.casefold() in heads), None)


def points_of(text: str) -> float | None:
    """A number of points, as tables write it, or None."""
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return found if 0 < found < float("inf") else None


def scaled(result: Result, most: str) -> str:
    """The score on a scale that ends at `most`, if that is a number."""
    top = points_of(most) or result.max_score
    return f"{result.score * top / (result.max_score or 1.0):.2f}"
