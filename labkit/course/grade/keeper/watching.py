"""The grader's side of one child: feed it, read what it says, and end it when it goes beyond a limit."""

import os
import selectors
import stat
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import FileIO
from pathlib import Path
from types import TracebackType

from labkit.course.grade.limits import MEGABYTE, Limits
from labkit.course.grade.wire.channel import ChannelError, Frame, Reader

CHUNK = 1 << 20
GLANCE = 0.03  # seconds between two looks at the clock, the folder and the threads


@dataclass
class Watch:
    """One child, from the outside. `enough` takes each frame and says whether it was the last one expected."""

    limits: Limits
    task: bytes
    pid: int
    folder: Path
    take: Callable[[Frame], float]  # returns the seconds until the next frame must be there; none are left at 0
    seconds: float  # until the first
    until: float = float("inf")  # on the monotonic clock: the end of it all
    output: bytearray = field(default_factory=bytearray)

    def run(self, task: FileIO, results: FileIO, output: FileIO) -> str:
        """Until it is over. Returns why it was ended, or "" if it closed its pipe, or gave all that was asked."""
        for end in (task, results, output):
            os.set_blocking(end.fileno(), False)
        due, reader, left = time.monotonic() + self.seconds, Reader(self.limits.results), memoryview(self.task)
        with selectors.DefaultSelector() as ready:
            ready.register(results, selectors.EVENT_READ, "results")
            ready.register(output, selectors.EVENT_READ, "output")
            ready.register(task, selectors.EVENT_WRITE, "task")
            while True:
                for key, _ in ready.select(GLANCE):
                    if key.data == "task":
                        left = self._feed(task, left, ready)
                    elif key.data == "output":
                        self._listen(output, ready)
                    else:
                        wait, why = self._read(results, reader)
                        if why or wait == 0.0:
                            return "" if why == "closed" or wait == 0.0 else why
                        due = time.monotonic() + wait if wait > 0 else due
                why = self._beyond(due)
                if why:
                    return why

    def _feed(self, task: FileIO, left: memoryview, ready: selectors.BaseSelector) -> memoryview:
        try:
            left = left[task.write(left[: 1 << 16]) or 0 :]
        except BrokenPipeError:  # it ended before it had read all: its results will say so
            left = left[:0]
        if not left:
            ready.unregister(task)
            task.close()
        return left

    def _listen(self, output: FileIO, ready: selectors.BaseSelector) -> None:
        data = output.read(CHUNK) or b""
        self.output += data[: max(0, self.limits.output - len(self.output))]
        if not data:
            ready.unregister(output)

    def _read(self, results: FileIO, reader: Reader) -> tuple[float, str]:
        """Seconds until the next frame (-1: none was complete), and why this is the end."""
        wait = -1.0
        data = results.read(CHUNK) or b""
        try:
            for frame in reader.feed(data):
                wait = self.take(frame)
                if wait == 0.0:
                    return wait, ""
        except ChannelError as error:
            return wait, f"What it sent back could not be used: {error}."
        return wait, "" if data else "closed"

    def _beyond(self, due: float) -> str:
        now = time.monotonic()
        if now > self.until:
            return f"The whole submission took more than {self.limits.wall:g} seconds."
        if now > due:
            return "It did not finish in time and was ended."
        if _space(self.folder, self.limits.entries) > self.limits.disk:
            return f"It wrote more than {self.limits.disk // MEGABYTE} MB or {self.limits.entries} files."
        if _threads(self.pid) > self.limits.threads:
            return f"It started more than {self.limits.threads} threads."
        return ""

    def listen_to_the_end(self, output: FileIO) -> str:
        """What was printed, as text."""
        while data := output.read(CHUNK):  # None, should somebody still hold the other end
            self.output += data[: max(0, self.limits.output - len(self.output))]
        return self.output.decode("utf-8", "replace")


def _space(folder: Path, entries: int) -> float:
    """Bytes below a folder; without end if there are more files than allowed, or paths longer than can be told."""
    total, count, waiting = 0.0, 0, [str(folder)]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as inside:
                for entry in inside:
                    count += 1
                    if count > entries:
                        return float("inf")
                    information = entry.stat(follow_symlinks=False)
                    total += max(information.st_blocks * 512, 512)
                    if stat.S_ISDIR(information.st_mode):
                        waiting.append(entry.path)
        except FileNotFoundError:  # gone since
            continue
        except OSError:  # too long, or closed to us
            return float("inf")
    return total


def _threads(pid: int) -> int:
    try:
        return os.stat(f"/proc/{pid}/task").st_nlink - 2
    except OSError:  # it has just ended, or there is no /proc
        return 0


class Folder:
    """A new folder, gone afterwards whatever was made in it."""

    def __enter__(self) -> Path:
        self.path = Path(tempfile.mkdtemp(prefix=f"labkit-{os.getpid()}-"))
        return self.path

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        clear(self.path)


def clear(folder: Path) -> None:
    """Remove a folder, level by level: what lies deeper moves up first, so that no path and no call gets too deep."""
    count = 0
    while names := os.listdir(folder):
        for entry in (folder / name for name in names):
            if entry.is_symlink() or not entry.is_dir():
                entry.unlink()
                continue
            entry.chmod(0o700)
            for inner in (entry / name for name in os.listdir(entry)):
                if inner.is_dir() and not inner.is_symlink():
                    inner.chmod(0o700)  # a folder that moves is written to
                count += 1
                inner.rename(folder / f"moved-{count}-{os.urandom(4).hex()}")
            entry.rmdir()
    folder.rmdir()
