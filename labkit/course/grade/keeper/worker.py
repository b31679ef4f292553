"""Running strangers' notebooks: a warm process that forks a sandboxed child for each submission.

with Worker() as worker:
    attempts = worker.run(Task(cells, ids, cases, seconds))   # an Attempt for each exercise
"""

import os
import signal
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from io import FileIO
from typing import Any

import labkit.course.grade.wire.channel as channel
from labkit.course.check.registry import find
from labkit.course.check.running import Outcome
from labkit.course.check.spec import Case
from labkit.course.grade.keeper.warm import UnsupportedError, Warm
from labkit.course.grade.keeper.watching import Folder, Watch
from labkit.course.grade.limits import Limits
from labkit.course.grade.wire.outcomes import clean, read_outcomes
from labkit.course.grade.wire.parcel import Job, Parcel, pack

RAN, MISSING, NOT_ATTEMPTED, FAILED, DIED = "ran", "missing", "not attempted", "failed", "died"
MARGIN = 1.0  # seconds between the limit that an answer is told, and the one at which its process is ended
TRIAL = 120.0
ANSWERED = {"id", "status", "reason", "outcomes", "needs"}


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
    names: Mapping[str, str] = field(default_factory=dict)  # what the stubs are called, should a decorator be missing
    imports: Mapping[str, str] = field(default_factory=dict)  # what the lecture's cells import, should they be missing
    hidden: tuple[str, ...] = ()  # addresses of what else in labkit would be an answer, out of reach like references


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
    needs: tuple[str, ...] = ()  # the other exercises that it builds on


class Worker:
    """A warm process, started once, that runs submissions one after the other. Not for several threads at once."""

    def __init__(self, limits: Limits | None = None, sandboxed: bool = True):
        self.limits, self.sandboxed = limits or Limits(), sandboxed
        self.warm = Warm(self.limits, sandboxed)

    def __enter__(self) -> "Worker":
        """Raises UnsupportedError where the kernel cannot keep a submission in."""
        self.warm.start()
        trial = Visit(self, None, (), time.monotonic() + TRIAL)
        try:
            trial.go()
        finally:
            if not trial.inside:
                self.warm.stop()
        if not trial.inside:
            raise UnsupportedError(f"this machine cannot keep submissions in. It lacks: {trial.output.strip()[-300:]}")
        return self

    def __exit__(self, *exception: object) -> None:
        self.warm.stop()

    def run(self, task: Task) -> dict[str, Attempt]:
        """An attempt for each exercise of the task. Nothing that a submission does makes this raise."""
        references = {id: task.references.get(id) or find(id).reference for id in (*task.exercises, *task.lent)}
        attempts: dict[str, Attempt] = {}
        until = time.monotonic() + self.limits.wall
        while left := tuple(id for id in task.exercises if id not in attempts):
            visit = Visit(self, _parcel(task, left, references), left, until)
            why = visit.go()
            attempts |= visit.attempts
            if not visit.attempts:  # it died of the first: the next ones get a child of their own
                attempts[left[0]] = Attempt(DIED, [], why, visit.output)
            # what died after others had been answered is tried again alone: what they left behind may be to blame
        return attempts


class Visit:
    """One child, from the fork to its end, and what it has answered by then."""

    def __init__(self, worker: Worker, parcel: Parcel | None, ids: tuple[str, ...], until: float):
        self.worker, self.parcel, self.ids, self.until = worker, parcel, ids, until
        self.attempts: dict[str, Attempt] = {}
        self.inside, self.output = False, ""

    def go(self) -> str:
        """Returns why it ended before it had answered everything."""
        task = b"" if self.parcel is None else channel.write(*pack(self.parcel))
        (take, feed), (read, give), (listen, say) = os.pipe(), os.pipe(), os.pipe()
        with FileIO(feed, "w") as feeding, FileIO(read) as results, FileIO(listen) as output, Folder() as folder:
            try:
                pid = self.worker.warm.fork(folder, (take, give, say))
            finally:
                for descriptor in (take, give, say):
                    os.close(descriptor)
            watch = Watch(self.worker.limits, task, pid, folder, self._take, self._seconds(), self.until)
            why = ""
            try:
                why = watch.run(feeding, results, output)
            finally:
                status = self.worker.warm.end(ended=not why)
            self.output = clean(watch.listen_to_the_end(output))
        self.attempts = {id: replace(a, output=self.output) for id, a in self.attempts.items()}
        return why or _ending(status)

    def _seconds(self) -> float:
        """Until the next answer must be there; 0 when there is none to wait for."""
        if self.parcel is None:
            return 0.0 if self.inside else TRIAL
        if len(self.attempts) == len(self.ids):
            return 0.0
        return 2 * (self.parcel.jobs[len(self.attempts)].seconds + self.worker.limits.setup) + MARGIN

    def _take(self, frame: channel.Frame) -> float:
        """One answer, in its turn. Raises ChannelError for anything else."""
        told = frame.document
        if self.parcel is None:
            self.inside = told == {"inside": True}
            return self._seconds()
        job = self.parcel.jobs[len(self.attempts)]
        if not isinstance(told, dict) or set(told) != ANSWERED or told["id"] != job.id:
            raise channel.ChannelError("an answer to something that was not asked")
        self.attempts[job.id] = _attempt(told, frame, job, self.parcel)
        return self._seconds()


def _attempt(told: dict[str, Any], frame: channel.Frame, job: Job, parcel: Parcel) -> Attempt:
    if told["status"] not in (RAN, MISSING, NOT_ATTEMPTED, FAILED) or not isinstance(told["reason"], str):
        raise channel.ChannelError("an answer of another form")
    if not isinstance(told["needs"], list) or not all(type(id) is str and id in parcel.names for id in told["needs"]):
        raise channel.ChannelError("an answer that builds on what there is not")
    needs = tuple(told["needs"])
    if told["status"] != RAN:
        return Attempt(told["status"], [], clean(told["reason"][:500]), needs=needs)
    return Attempt(RAN, read_outcomes(told["outcomes"], frame, len(job.cases)), needs=needs)


def _ending(status: int | None) -> str:
    if status is not None and status < 0:
        return f"Its process was ended by the system ({signal.Signals(-status).name}): a crash, or a limit."
    return "Its process ended before it had answered."


def _parcel(task: Task, ids: tuple[str, ...], references: Mapping[str, str]) -> Parcel:
    names = {id: _names(task, id, references) for id in dict.fromkeys((*task.names, *task.exercises))}
    jobs = tuple(Job(id, _names(task, id, references), task.cases[id], task.seconds[id]) for id in ids)
    hidden = (*(references[id] for id in task.exercises), *task.hidden)
    lent = {id: references[id] for id in task.lent}
    return Parcel(task.cells, jobs, hidden, lent, names, dict(task.imports))


def _names(task: Task, id: str, references: Mapping[str, str]) -> tuple[str, ...]:
    """What an answer may be called: like the stub, like the exercise, or like labkit's own."""
    own = [task.names[id]] if id in task.names else []
    more = [references[id].rpartition(":")[2]] if id in references else []
    return tuple(dict.fromkeys((*own, id.rpartition(".")[2], *more)))
