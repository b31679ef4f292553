"""The warm process: imports once what lectures use, and forks a child for each submission. Started by `worker`.

It never sees a task, a case or a cell: these go from the grader to the child through a pipe of their own, so nothing of
an earlier submission is in the memory that the next one gets a copy of. It imports, and does not compute: a child of a
process that has run large torch operations can hang. When the grader is gone, it ends, and its child with it.
"""

import ctypes
import gc
import importlib
import json
import linecache
import os
import pkgutil
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

import labkit.course.grade.cage.child as child
import labkit.course.grade.cage.sandbox as sandbox
from labkit.course.grade.keeper.watching import clear
from labkit.course.grade.limits import Limits

PR_SET_CHILD_SUBREAPER = 36
USED = """
torch torch.nn.functional torch.optim numpy numpy.random numpy.testing einops matplotlib.pyplot IPython.display
torch.fx.experimental.symbolic_shapes
""".split()  # the last one is what torch imports at its first gradient
ROOMS_NOT_ENTERED = ("labkit.course",)
PATIENCE = 0.5  # seconds for a child that has closed its pipe to end by itself


def main(descriptor: int) -> None:
    """Serve the grader at the other end of this socket until it is gone."""
    control = socket.socket(fileno=descriptor)
    limits, sandboxed = json.loads(control.recv(1 << 16))
    policy = None
    try:
        policy = sandbox.policy() if sandboxed else None
    except OSError as error:
        control.send(
            json.dumps({"unsupported": f"this machine cannot keep submissions in. It lacks: {error}"}).encode()
        )
        return
    warm_up()
    control.send(json.dumps({"ready": sandboxed}).encode())
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # who is left behind by a child comes to this process
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1 << 16, 3)
        if not message:
            return
        _raise_one(control, Path(message.decode()), tuple(descriptors), Limits(**limits), policy)


def warm_up() -> None:
    """Import what notebooks import: the libraries, and every room of labkit but the classroom."""
    for name in USED:
        _import_if_complete(name)
    package = importlib.import_module("labkit")
    for found in pkgutil.walk_packages(package.__path__, "labkit.", onerror=_raise):
        if not found.name.startswith(ROOMS_NOT_ENTERED):
            _import_if_complete(found.name)
    linecache.clearcache()
    gc.collect()
    gc.freeze()  # the collector does not touch, and so does not copy, what all children share


def _import_if_complete(name: str) -> None:
    """A room may rest on a library that is not installed: nobody can import it here, the learner neither."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("labkit"):
            raise


def _raise(name: str) -> None:
    if name not in ROOMS_NOT_ENTERED:
        raise ImportError(f"{name} cannot be imported")


def _raise_one(
    control: socket.socket, folder: Path, pipes: tuple[int, ...], limits: Limits, policy: sandbox.Policy | None
) -> None:
    """Fork a child, and wait for the grader's word that it is over."""
    pid = os.fork()
    if pid == 0:
        control.close()
        child.main(folder, pipes, limits, policy)
    for descriptor in pipes:
        os.close(descriptor)
    control.send(json.dumps({"pid": pid}).encode())
    word = control.recv(1 << 16)
    status = _end(pid, patient=word == b"ended")
    if not word:  # the grader was killed: nobody else will clear up
        clear(folder)
        sys.exit()
    control.send(json.dumps({"status": status}).encode())


def _end(pid: int, patient: bool) -> int:
    """How the child ended: its exit code, or minus the signal. After this, neither it nor what it started is left."""
    status, until = None, time.monotonic() + (PATIENCE if patient else 0.0)
    while status is None and time.monotonic() < until:
        done, code = os.waitpid(pid, os.WNOHANG)
        status = os.waitstatus_to_exitcode(code) if done else None
        time.sleep(0 if done else 0.001)
    if status is None:
        os.kill(pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    _clear_up()
    return status


def _clear_up() -> None:
    """End whatever a child has left behind. Only where there is no sandbox can there be anything."""
    until = time.monotonic() + 2.0
    while (left := _children()) and time.monotonic() < until:
        for other in left:
            os.kill(other, signal.SIGKILL)
        for other in left:
            os.waitpid(other, 0)


def _children() -> list[int]:
    """The processes whose parent is this one."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return []
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        fields = _stat(entry)
        if fields and int(fields[1]) == os.getpid():
            found.append(int(entry.parent.name))
    return found


def _stat(entry: Path) -> list[Any]:
    """State, parent and so on of a process; nothing if it has just ended."""
    try:
        return entry.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []


if __name__ == "__main__":
    main(int(sys.argv[1]))
