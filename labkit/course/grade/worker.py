"""Running strangers' notebooks: a warm process that forks a sandboxed child for each submission.

with Worker() as worker:
    attempts = worker.run(Task(cells, ids, cases, seconds))   # an Attempt for each exercise
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from labkit.course.grade.limits import Limits
from labkit.course.running import Outcome
from labkit.course.spec import Case

RAN, MISSING, NOT_ATTEMPTED, FAILED, DIED = "ran", "missing", "not attempted", "failed", "died"


class UnsupportedError(RuntimeError):
    """The kernel lacks a mechanism of the sandbox; the message says which."""


@dataclass(frozen=True)
class Task:
    """What one submission needs, as plain data. No expected values.

    `references` says where the implementation that would be the answer stands ("package.module:name"); what is not
    named is looked up in the registry. While the submission runs, none of them can be called, except those of `lent`:
    there the reference takes the place of the learner's own, as in the notebook of a learner who has not solved that
    exercise. (For a second try at an exercise that builds on one that is not right.) An exercise is never both asked
    for and lent.
    """

    cells: tuple[str, ...]  # code, in the order of the notebook
    exercises: tuple[str, ...]  # ids, in the order in which they are run
    cases: Mapping[str, list[Case]]
    seconds: Mapping[str, float]
    references: Mapping[str, str] = field(default_factory=dict)
    lent: tuple[str, ...] = ()


@dataclass(frozen=True)
class Attempt:
    """What came of one exercise. `status` is "ran", or else `reason` says in a sentence what happened.

    "missing": nothing there defines it. "not attempted": the stub as it was. "failed": its cell has an error.
    "died": the process was killed or ended itself, or what it sent is no result.
    """

    status: str
    outcomes: list[Outcome] = field(default_factory=list)
    reason: str = ""
    output: str = ""  # what the submission printed, capped


class Worker:
    """A warm process, started once, that runs submissions one after the other. Not for several threads at once."""

    def __init__(self, limits: Limits | None = None, sandboxed: bool = True):
        self.limits, self.sandboxed = limits or Limits(), sandboxed

    def __enter__(self) -> "Worker":
        """Raises UnsupportedError where the kernel cannot keep a submission in."""
        return self

    def __exit__(self, *exception: object) -> None:
        pass

    def run(self, task: Task) -> dict[str, Attempt]:
        """An attempt for each exercise of the task. Nothing that a submission does makes this raise."""
        raise NotImplementedError
