"""Counts over the results of a class: scores, how many passed each exercise, which slips many make."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from labkit.course.check.checking import PASSED
from labkit.course.grade.marks.handout import exercises_of
from labkit.course.grade.marks.result import Result


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
