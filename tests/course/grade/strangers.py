"""Submissions as the grader meets them: a worker, the hour's exercises, and what must be as it was afterwards."""

import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch

from labkit.course.check.checking import Report, judge
from labkit.course.check.registry import find
from labkit.course.grade.keeper.worker import Attempt, Task, Worker
from labkit.course.grade.limits import MEGABYTE, Limits

SMALL = Limits(
    memory=768 * MEGABYTE, cpu=10, wall=60.0, setup=2.5, file=4 * MEGABYTE, disk=8 * MEGABYTE, entries=100, threads=16,
    output=20_000, results=MEGABYTE, descriptors=32,
)  # fmt: skip
SECRET = "the-grades-of-the-whole-class"
ATTEND = "transformer.attend"
IMPORTS = "import torch\nfrom labkit.course.desk.exercise import exercise, hint, score\n"
TRIED = '''
def tried(name, action):
    """Say what came of it: the tests look for GOT."""
    try:
        print(name, "GOT", repr(action())[:300], flush=True)
    except BaseException as error:
        print(name, "REFUSED", type(error).__name__, error, flush=True)
'''
ZEROS = """
@exercise("transformer.attend")
def attend(query, key, value, mask=None):
    return torch.zeros_like(query), torch.zeros(*query.shape[:-1], key.shape[-2])
"""
RIGHT = """
@exercise("transformer.attend")
def attend(query, key, value, mask=None):
    scores = query @ key.transpose(-2, -1) / query.shape[-1] ** 0.5
    if mask is None:
        weights = scores.softmax(-1)
    else:
        weights = scores.masked_fill(~mask, float("-inf")).softmax(-1).masked_fill(~mask, 0.0)
    return weights @ value, weights
"""


@dataclass(frozen=True)
class Graded:
    """What a grader knows in the end."""

    attempts: dict[str, Attempt]
    reports: dict[str, Report]
    seconds: float

    @property
    def points(self) -> float:
        return sum(report.points for report in self.reports.values())

    @property
    def said(self) -> str:
        """Everything that the submission printed, and what the grader says of it."""
        return "\n".join(attempt.output + attempt.reason for attempt in self.attempts.values())


def task(*cells: str, ids: tuple[str, ...] = (ATTEND,), seed: int = 5, seconds: float | None = None, **more) -> Task:
    exercises = {id: find(id) for id in ids}
    cases = {id: exercise.cases(seed, torch.device("cpu")) for id, exercise in exercises.items()}
    return Task(cells, ids, cases, {id: seconds or exercise.seconds for id, exercise in exercises.items()}, **more)


def grade(worker: Worker, given: Task) -> Graded:
    """Run and judge, as the grader does."""
    start = time.perf_counter()
    attempts = worker.run(given)
    seconds = time.perf_counter() - start
    ran = {id: attempt for id, attempt in attempts.items() if attempt.status == "ran"}
    reports = {id: judge(find(id), given.cases[id], attempt.outcomes) for id, attempt in ran.items()}
    return Graded(attempts, reports, seconds)


@dataclass
class Surroundings:
    """A folder that everybody may write to, with a secret in it; the processes; the temporary folders."""

    folder: Path
    before: dict[str, tuple] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.chmod(0o777)
        (self.folder / "gradebook.db").write_text(SECRET)
        (self.folder / "gradebook.db").chmod(0o666)
        self.before = self.look()

    def look(self) -> dict[str, tuple]:
        """Every file here, its content, mode, owner and time; and what lies in the folder for temporary files."""
        found = {}
        for path in [self.folder, *sorted(self.folder.rglob("*"))]:
            facts = path.lstat()
            content = path.read_bytes() if path.is_file() else b""
            found[str(path)] = (content, facts.st_mode, facts.st_uid, facts.st_mtime_ns, os.listxattr(path))
        return found

    def check(self, worker: Worker) -> None:
        """Nothing has changed, nobody is left."""
        assert self.look() == self.before
        assert not children(worker.warm.process.pid), "a process is left"
        assert not folders(), "a temporary folder is left"


def folders() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob(f"labkit-{os.getpid()}-*"))


def children(pid: int) -> list[int]:
    """The processes that descend from this one, the ended ones included."""
    parents = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        mine = [child for child, other in parents.items() if other == parent]
        found, waiting = found + mine, waiting + mine
    return found
