"""What comes out of grading one submission: plain data, which can be written down and read back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from labkit.course.check.feedback import Note

UNSANDBOXED = "NOT SANDBOXED: student code ran without isolation, so these marks cannot be vouched for"


@dataclass(frozen=True)
class Mark:
    """One exercise of a submission: its points, and what there is to say to the student."""

    exercise: str
    title: str
    points: float
    max_points: float
    status: str
    misconception: str
    note: Mapping[str, Any]  # the fields of a Note, as lists

    def words(self) -> Note:
        """What the student reads."""
        return Note(**dict(self.note) | {"mark": tuple(self.note["mark"])})


@dataclass(frozen=True)
class Result:
    """A graded submission. `output` is what its cells printed: for instructors, it may hold what is hidden."""

    student: str
    identity: str
    hour: int
    content: str
    seed: int
    sandboxed: bool
    seconds: float
    marks: tuple[Mark, ...]
    remark: str = ""
    output: str = ""

    @property
    def score(self) -> float:
        """The points of all exercises."""
        return float(sum(mark.points for mark in self.marks))

    @property
    def max_score(self) -> float:
        """The points that there were to earn."""
        return float(sum(mark.max_points for mark in self.marks))

    def as_json(self) -> str:
        """The result as text."""
        return json.dumps(asdict(self), ensure_ascii=True)

    @classmethod
    def from_json(cls, text: str) -> "Result":
        """The result that a text holds."""
        found = json.loads(text)
        return cls(**found | {"marks": tuple(Mark(**mark) for mark in found["marks"])})
