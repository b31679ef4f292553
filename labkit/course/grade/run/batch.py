"""Grading a class: every submission once, through an executor, into the store. Never more than a few in memory."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, field

from labkit.course.grade.errors import GradingError
from labkit.course.grade.intake.intake import Item, Line
from labkit.course.grade.keeper.worker import UnsupportedError
from labkit.course.grade.marks.store import LEASE, Run, Store
from labkit.course.grade.paper.submission import UnreadableError, read
from labkit.course.grade.run.executors import Work, perform, unsupported

AHEAD = 2  # submissions waiting for each that is being graded
STALLED = 900.0  # seconds without any result
PATIENCE = 1.0  # seconds between two looks at what another grader has


@dataclass
class Batch:
    """A run over a class. `tell(done, total)` hears of each step."""

    store: Store
    run: Run
    executor: Executor
    width: int
    tell: Callable[[int, int], None] = lambda done, total: None
    keys: dict[tuple[str, int], str] = field(default_factory=dict)  # what each student's result is called
    lines: list[Line] = field(default_factory=list)
    graded: int = 0
    found: int = 0
    _going: dict[Future, tuple[Item, str]] = field(default_factory=dict)
    _renewed: float = 0.0
    _claimed: set[str] = field(default_factory=set)

    def go(self, items: Iterable[Item]) -> None:
        """Grade what is not graded yet. Raises GradingError where it cannot go on; what was done is kept."""
        waiting = list(items)
        self.total = len(waiting)
        try:
            while waiting or self._going:
                later = [item for item in waiting if not self._start(item)]
                self._collect(until=0)
                waiting = later
                if waiting:
                    time.sleep(PATIENCE)
        finally:  # a run that cannot go on keeps nobody waiting for what it had begun
            for key in self._claimed:
                self.store.release(key)

    def _start(self, item: Item) -> bool:
        """Begin with a submission, or note that it is done. False: another grader has it now."""
        try:
            notebook = read(item.path, item.member)
        except (UnreadableError, OSError, ValueError) as error:
            self._failed(item, f"it could be read before, and no more: {error}")
            return True
        key = self.run.key(item.student, item.hour, notebook.content)
        claim = self.store.claim(key)
        if claim == "taken":
            return False
        self.keys[item.student, item.hour] = key
        if claim == "done":
            self.found += 1
            self._step()
            return True
        self._claimed.add(key)
        asked = (item.hour, notebook.cells, notebook.content, self.run.seed, self.run.sandboxed, item.note)
        try:
            future = self.executor.submit(perform, Work(item.student, item.identity, *asked))
        except BrokenExecutor as error:
            raise _broken(error) from error
        self._going[future] = (item, key)
        self._collect(until=AHEAD * self.width - 1)
        return True

    def _collect(self, until: int) -> None:
        """Save what has come back, until no more than so many are under way."""
        heard = time.monotonic()
        while len(self._going) > until:
            ready, _ = wait(self._going, timeout=LEASE / 4, return_when=FIRST_COMPLETED)
            if time.monotonic() - self._renewed > LEASE / 4:
                self.store.renew()
                self._renewed = time.monotonic()
            if not ready and time.monotonic() - heard > STALLED:
                text = f"nothing has come back for {STALLED / 60:.0f} minutes: are the workers still there?"
                raise GradingError(f"{text} Run again with --resume; what was graded before is kept")
            for future in ready:
                heard = time.monotonic()
                self._take(future, *self._going.pop(future))

    def _take(self, future: Future, item: Item, key: str) -> None:
        error = future.exception()
        if error is None:
            self.store.save(self.run, future.result())
            self._claimed.discard(key)
            self.graded += 1
            self._step()
            return
        if isinstance(error, UnsupportedError):
            raise unsupported(error) from error
        if isinstance(error, BrokenExecutor):
            raise _broken(error) from error
        if isinstance(error, GradingError):
            raise error
        self.store.release(key)
        self._claimed.discard(key)
        del self.keys[item.student, item.hour]
        self._failed(item, f"the grader itself failed on it, and no mark was given ({type(error).__name__}: {error})")

    def _failed(self, item: Item, text: str) -> None:
        self.lines.append(Line(item.student, item.path.name, text))
        self._step()

    def _step(self) -> None:
        self.tell(self.graded + self.found + len(self.lines), self.total)


def _broken(error: BrokenExecutor) -> GradingError:
    return GradingError(
        f"a grading process was ended from outside, for want of memory perhaps ({error}): run again with --resume, "
        "and with fewer --workers; what was graded before is kept"
    )
