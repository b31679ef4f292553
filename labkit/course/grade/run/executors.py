"""Where submissions are graded: in this process, in several, or on a Dask cluster. The same marks everywhere.

Each process that grades keeps one warm worker. The function that they run is `perform`; what it takes and gives is
plain data, so any executor of `concurrent.futures` serves.
"""

import atexit
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch

from labkit.course.grade.errors import GradingError
from labkit.course.grade.keeper.worker import UnsupportedError, Worker
from labkit.course.grade.marks.grading import grade_for
from labkit.course.grade.marks.result import Result
from labkit.course.grade.run.processes import processes

PATIENCE = "20s"
ONE_AT_A_TIME = threading.Lock()  # a worker serves one submission, and the judge moves torch's global generators


@dataclass(frozen=True)
class Work:
    """One submission to grade, with all that another machine needs for it."""

    student: str
    identity: str
    hour: int
    cells: tuple[str, ...]
    content: str
    seed: int
    sandboxed: bool
    remark: str = ""


def perform(work: Work) -> Result:
    """Grade one submission with this process's warm worker. Raises UnsupportedError without a sandbox."""
    with ONE_AT_A_TIME:
        student, notebook = (work.student, work.identity), (work.cells, work.content)
        return grade_for(
            student, notebook, (work.hour, work.seed), warm(work.sandboxed), work.sandboxed, remark=work.remark
        )


@cache
def warm(sandboxed: bool) -> Worker:
    """The worker of this process, started when it is first needed. Raises UnsupportedError."""
    torch.set_num_threads(1)  # there is a process for each core, and the judge's tensors are small
    worker = Worker(sandboxed=sandboxed)
    worker.__enter__()
    atexit.register(worker.__exit__, None, None, None)
    return worker


class Here(Executor):
    """Runs what it is given at once, in this thread."""

    def submit(self, function: Callable, /, *args: Any, **kwargs: Any) -> Future:
        future: Future = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@contextmanager
def executor(address: str | None, workers: int) -> Iterator[tuple[Executor, int]]:
    """An executor, and how many submissions it grades at once. Raises GradingError for one that cannot be had."""
    if address is None:
        if workers == 1:
            yield Here(), 1
            return
        pool = ProcessPoolExecutor(workers, mp_context=processes())
        try:
            yield pool, workers
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
        return
    with _dask(address) as found:
        yield found


@contextmanager
def _dask(address: str) -> Iterator[tuple[Executor, int]]:
    scheme, found, rest = address.partition("://")
    if not found or scheme != "dask" or not rest:
        raise GradingError(f"--executor {address}: write dask://HOST:PORT, the address of a Dask scheduler")
    try:
        from distributed import Client
    except ImportError as error:
        raise GradingError('--executor dask://... needs Dask: pip install "labkit[grade]"') from error
    try:
        client = Client(f"tcp://{rest}", timeout=PATIENCE)
    except (OSError, TimeoutError, ValueError) as error:
        raise GradingError(f"no Dask scheduler answers at {rest}: {error}") from error
    with client:
        threads = client.nthreads()
        if not threads:
            raise GradingError(f"the Dask scheduler at {rest} has no workers: start some with `dask worker {rest}`")
        yield client.get_executor(pure=False, retries=1), len(threads)  # a process grades one at a time


def unsupported(error: UnsupportedError) -> GradingError:
    """What to say where a machine cannot keep submissions in."""
    return GradingError(
        f"student code cannot be isolated on this machine: {error}. To grade without isolation all the same, on a "
        "machine that you can throw away, add --unsandboxed; everything that comes out will say so"
    )
