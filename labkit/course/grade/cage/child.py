"""What happens in the forked process: lock in, take the task, take the references away, run, answer, end."""

import io
import os
import sys
from pathlib import Path

import torch

import labkit.course.grade.cage.answers as answers
import labkit.course.grade.cage.hiding as hiding
import labkit.course.grade.cage.sandbox as sandbox
import labkit.course.grade.cage.standins as standins
import labkit.course.grade.cage.trash as trash
import labkit.course.grade.wire.channel as channel
import labkit.course.grade.wire.outcomes as outcomes
import labkit.course.grade.wire.parcel as parcel
from labkit.course.check.clock import TimeUp
from labkit.course.check.running import run_all
from labkit.course.grade.limits import Limits
from labkit.course.grade.paper.cells import parse_all

CHUNK = 1 << 16


def main(folder: Path, pipes: tuple[int, int, int], limits: Limits, policy: sandbox.Policy | None) -> None:
    """Never returns. `pipes` are the descriptors of the task, of the results, and of what is printed."""
    code = 1
    try:
        task, results, _ = pipes
        _in_place(pipes)
        sandbox.enter(folder, [task, results], limits, policy)
        _serve(task, results, limits)
        code = 0
    except BaseException as error:  # whatever it is, it is told, and the process ends here, not as the worker
        os.write(2, f"{type(error).__name__}: {error}\n".encode(errors="replace"))
    finally:
        try:
            sys.stdout.flush()
        finally:
            os._exit(code)


def _in_place(pipes: tuple[int, int, int]) -> None:
    """Standard input from nowhere, standard output and error into the pipe for what is printed."""
    null = os.open(os.devnull, os.O_RDWR)
    for source, place in ((null, 0), (pipes[2], 1), (pipes[2], 2)):
        os.dup2(source, place)
    for name, descriptor in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        file = io.FileIO(descriptor, "w" if descriptor else "r", closefd=False)
        stream = io.TextIOWrapper(file, "utf-8", "replace", write_through=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def _serve(task: int, results: int, limits: Limits) -> None:
    frame = _receive(task)
    if frame is None:  # a trial of the sandbox
        _send(results, channel.write({"inside": True}, []))
        return
    torch.set_num_threads(1)
    given = parcel.unpack(frame)
    register = standins.Register()
    register.lent = {id: hiding.resolve(address) for id, address in given.lent.items()}
    extra = standins.install(register)
    trash.install()
    hiding.hide(given.hidden)
    hiding.close_the_door()
    cells = parse_all(given.cells)
    for job in given.jobs:
        found = answers.find(cells, job, given, register, extra, limits.setup)
        _send(results, _answer(job, found, limits))


def _answer(job: parcel.Job, found: answers.Found, limits: Limits) -> bytes:
    told = {"id": job.id, "status": found.status, "reason": found.reason, "outcomes": [], "needs": found.needs}
    if found.status != "ran":
        return channel.write(told, [])
    try:
        came = run_all(found.answer, job.cases, torch.device("cpu"), job.seconds, wall=2 * job.seconds)
    except TimeUp:  # it rang once more on the way out
        return channel.write(told | {"status": "failed", "reason": "It did not finish in time."}, [])
    told["outcomes"], arrays = outcomes.write_outcomes(came, limits.results // max(1, 2 * len(came)))
    return channel.write(told, arrays)


def _receive(descriptor: int) -> channel.Frame | None:
    reader, frames = channel.Reader(1 << 31, depth=100), []
    while data := os.read(descriptor, CHUNK):
        frames += reader.feed(data)
    os.close(descriptor)
    return frames[0] if frames else None


def _send(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view[:CHUNK]) :]
