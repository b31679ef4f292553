"""What a lecture says: `@exercise("transformer.attend")` above the learner's code, `hint()`, `score("...")`."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any, TypeVar

from labkit.course.check.checking import NOT_ATTEMPTED, Report, check, not_an_answer, not_attempted
from labkit.course.check.feedback import MARKS, Note, feedback, in_notebook, points, show
from labkit.course.check.own import calls_own
from labkit.course.check.problems import OWN
from labkit.course.check.registry import all_exercises, find
from labkit.course.check.spec import Exercise
from labkit.course.desk.progress import record
from labkit.train.device import device

Answer = TypeVar("Answer")


@dataclass
class Session:
    """What has happened since the kernel started."""

    answers: dict[str, Any] = field(default_factory=dict)
    reports: dict[str, Report] = field(default_factory=dict)
    hints: dict[str, int] = field(default_factory=dict)
    last: str = ""
    scored: set[str] = field(default_factory=set)  # whose score cell has run


SESSION = Session()


def exercise(id: str) -> Callable[[Answer], Answer]:
    """Check what is defined below, show what came out, and hand it back; or labkit's own where it is not yet right.

    Raises UnknownExerciseError for an id that does not exist, and nothing because of an answer.
    """
    asked = find(id)

    def checked(answer: Answer) -> Answer:
        SESSION.answers[id], SESSION.last = answer, id
        report = _checked(asked, answer)
        SESSION.reports[id] = report
        record(id, attempts=int(report.status != NOT_ATTEMPTED), passed=report.passed, points=report.points)
        show(feedback(report, answer.__name__ if isinstance(answer, FunctionType | type) else ""))
        _refresh(id, report)
        return answer if report.passed else asked.answer

    return checked


def hint(id: str | None = None) -> None:
    """Show one more hint for an exercise: the one named, or the last one that ran."""
    id = id or SESSION.last
    if not id:
        show(Note("Run the cell of an exercise first, or name one", ['For example: `hint("transformer.attend")`']))
        return
    asked, given = find(id), SESSION.hints.get(id, 0)
    if given >= len(asked.hints):
        text = "There are no more hints. Look again at the failing case, change one thing, and run the cell again."
        show(Note(f"{asked.title}: all {given} hints given", [*asked.hints, text]))
        return
    SESSION.hints[id] = given + 1
    record(id, hints=1)
    left = len(asked.hints) - given - 1
    more = f"{left} more: `hint({id!r})`" if left else "This was the last one."
    show(Note(f"{asked.title}: hint {given + 1} of {len(asked.hints)}", [asked.hints[given], more]))


class Points(float):
    """A score. As text it is a plain number, which nbgrader reads; in a notebook it says of how many."""

    total: float

    def __new__(cls, earned: float, total: float) -> "Points":
        """`earned` of `total`."""
        self = super().__new__(cls, earned)
        self.total = total
        return self

    def note(self) -> Note:
        """The score in words."""
        mark = MARKS["passed"] if self == self.total else MARKS[NOT_ATTEMPTED]
        return Note(f"{self:g} of {self.total:g} points", mark=mark)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        words = "" if in_notebook() else self.note().html()  # in a notebook `score` shows them, where they stay true
        return {"text/plain": repr(float(self)), "text/html": words}


def score(id: str) -> Points:
    """Check the answer of this session again, on fresh cases, and give its points; 0.0 if there is none.

    What is shown below the cell follows later attempts at the exercise, so that it does not go on saying 0.
    """
    report = rechecked(id)
    found = Points(report.points, report.exercise.points)
    if in_notebook():
        from IPython.display import display

        SESSION.scored.add(id)
        display(found.note(), display_id=f"labkit-score-{id}")
    return found


def _refresh(id: str, report: Report) -> None:
    """Bring what an earlier `score` cell of this exercise shows up to date."""
    if id in SESSION.scored and in_notebook():
        from IPython.display import update_display

        update_display(Points(report.points, report.exercise.points).note(), display_id=f"labkit-score-{id}")


def rechecked(id: str) -> Report:
    """The report on this session's answer to an exercise, on cases it has not seen."""
    asked = find(id)
    if id not in SESSION.answers:
        return not_attempted(asked)
    return _checked(asked, SESSION.answers[id])


def _checked(asked: Exercise, answer: Any) -> Report:
    """The report on fresh cases. Labkit's own implementation is not an answer, here as in grading."""
    seed = fresh_seed()
    report = check(asked, answer, seed, device())
    if report.passed and calls_own(asked, answer, asked.cases(seed, device())[0], device()):
        return not_an_answer(report, OWN)
    return report


def fresh_seed() -> int:
    """A seed that nobody knows, and that moves no global generator."""
    return int.from_bytes(os.urandom(4), "big")


def standing(hour: int | None = None) -> Note:
    """The exercises of an hour, and how far this session has come with each."""
    rows, earned, total = [], 0.0, 0.0
    for id, asked in all_exercises().items():
        if hour is None or asked.hour == hour:
            report = SESSION.reports.get(id) or Report(asked, NOT_ATTEMPTED)
            earned, total = earned + report.points, total + asked.points
            rows.append((asked.title, report.status, points(report)))
    mark = MARKS["passed"] if rows and earned == total else MARKS[NOT_ATTEMPTED]
    return Note(f"{earned:g} of {total:g} points", (), mark, ("Exercise", "Status", "Points"), rows)
