"""Time, memory and size of the notebooks, measured against their budgets.

Each notebook runs in a kernel of its own, as a learner's would, with as many threads as the machine gives it. Memory is
the largest resident total of the kernel and all its children, looked at twenty times a second.
"""

import os
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from labkit.course.press.build import Course
from labkit.course.press.execution import client_for, stored
from labkit.course.press.template import BuildError

HEADING = ("Notebook", "Profile", "Seconds", "Budget", "Memory, MB", "Budget", "File, KB", "Budget", "")
MEMORY, SIZE = 1500.0, 600.0  # MB, KB
SECONDS = {"solution": 60.0, "student": 15.0}
BETWEEN = ("<!-- budgets -->", "<!-- /budgets -->")


@dataclass(frozen=True)
class Measured:
    """One run of a notebook: wall seconds with the kernel's start, peak MB, KB of the file."""

    name: str
    kind: str  # solution or student
    profile: str
    seconds: float
    megabytes: float
    kilobytes: float

    @property
    def within(self) -> bool:
        """Whether all budgets are kept."""
        return self.seconds <= SECONDS[self.kind] and self.megabytes <= MEMORY and self.kilobytes <= SIZE

    def row(self) -> tuple[str, ...]:
        """The figures, for the table."""
        return (
            *(f"{self.name} ({self.kind})", self.profile, f"{self.seconds:.1f}", f"{SECONDS[self.kind]:.0f}"),
            *(f"{self.megabytes:.0f}", f"{MEMORY:.0f}", f"{self.kilobytes:.0f}", f"{SIZE:.0f}"),
            "ok" if self.within else "over budget",
        )


def main(hours: list[int], profile: str | None = None, readme: Path | None = None) -> int:
    """Measure, print the table, write it into `readme`; 1 if a budget is broken. Raises BuildError."""
    course, measured = Course.here(), []
    for source in course.sources(hours):
        solution, student = course.solution_path(source.stem), course.student_path(source.stem)
        measured.append(measure(solution, "solution", profile or "standard"))
        measured.append(measure(student, "student", profile or "quick"))
    print(table(measured))
    if readme is not None:
        write_between(readme, table(measured))
    return 0 if all(run.within for run in measured) else 1


def measure(path: Path, kind: str, profile: str) -> Measured:
    """Run one notebook and watch it. Raises BuildError if it is not there or a cell fails."""
    notebook = stored(path, profile=profile)
    inline = "module://matplotlib_inline.backend_inline"
    environment = os.environ | {"LABKIT_PROFILE": profile, "LABKIT_PROGRESS": "off", "MPLBACKEND": inline}
    with client_for(notebook) as client, Watch(client) as watch:
        began = time.perf_counter()
        try:
            client.execute(env=environment)
        except CellExecutionError as error:
            raise BuildError(f"{path}: a cell raises {error.ename}: {error.evalue}") from error
        seconds = time.perf_counter() - began
    return Measured(path.stem, kind, profile, seconds, watch.peak / 1e6, path.stat().st_size / 1000)


class Watch:
    """Follows the memory of a client's kernel, from another thread, while it runs."""

    def __init__(self, client: NotebookClient):
        self.client, self.peak, self.over = client, 0, threading.Event()
        self.thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> "Watch":
        self.thread.start()
        return self

    def __exit__(self, *problem: object) -> None:
        self.over.set()
        self.thread.join()

    def _follow(self) -> None:
        while not self.over.wait(0.05):
            provisioner = getattr(self.client.km, "provisioner", None)
            if getattr(provisioner, "pid", None):
                self.peak = max(self.peak, resident(provisioner.pid))


def resident(pid: int) -> int:
    """Bytes in memory of a process and its children; 0 once it is gone."""
    total = 0
    try:
        root = psutil.Process(pid)
        for process in [root, *root.children(recursive=True)]:
            total += process.memory_info().rss
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return total
    return total


def table(measured: list[Measured]) -> str:
    """A Markdown table that reads well on a terminal too."""
    rows = [HEADING, *(run.row() for run in measured)]
    widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(HEADING))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def write_between(readme: Path, text: str) -> None:
    """Replace what stands between the file's two markers. Raises BuildError where they are not."""
    whole = readme.read_text(encoding="utf-8")
    begin, end = BETWEEN
    if whole.count(begin) != 1 or whole.count(end) != 1 or whole.index(begin) > whole.index(end):
        raise BuildError(f"{readme}: put {begin} and {end} around the place of the table, once each")
    before, rest = whole.split(begin)
    readme.write_text(f"{before}{begin}\n{text}\n{end}{rest.split(end)[1]}", encoding="utf-8")
