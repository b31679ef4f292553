"""The grader's handle on the warm process (`nursery`): started once, and again should it be gone."""

import dataclasses
import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

from labkit.course.grade.errors import GradingError
from labkit.course.grade.limits import Limits

NURSERY = "from labkit.course.grade.keeper.nursery import main; main({})"
START = 600.0  # seconds for the imports, on a busy machine too; nothing that a submission does can make it wait
PASSED = ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "MPLCONFIGDIR", "TMPDIR")
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


class UnsupportedError(RuntimeError):
    """The kernel lacks a mechanism of the sandbox; the message says which."""


class Warm:
    """A process of its own, a fresh interpreter: nothing of the grader's memory is in it, nor of its environment."""

    def __init__(self, limits: Limits, sandboxed: bool):
        self.limits, self.sandboxed = limits, sandboxed
        self.process: subprocess.Popen | None = None
        self.control: socket.socket | None = None

    def start(self) -> None:
        """Raises UnsupportedError if it cannot lock its children in, GradingError if it does not start in time."""
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = [sys.executable, "-P", "-W", "ignore", "-c", NURSERY.format(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, env=_environment(), pass_fds=[theirs.fileno()]
            )
        self.control.settimeout(START)
        self.control.send(json.dumps([dataclasses.asdict(self.limits), self.sandboxed]).encode())
        try:
            answer = json.loads(self.control.recv(1 << 16) or b"{}")
        except TimeoutError as error:
            self.stop()
            text = f"the grading process did not start within {START:.0f} seconds: this machine is very busy"
            raise GradingError(f"{text}. Run again with --resume, or with fewer --workers") from error
        if "ready" not in answer:
            self.stop()
            raise UnsupportedError(answer.get("unsupported", "the warm process ended while it started"))

    def stop(self) -> None:
        """It ends when its grader is gone."""
        if self.control is not None:
            self.control.close()
        if self.process is not None:
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = self.control = None

    def fork(self, folder: Path, pipes: tuple[int, int, int]) -> int:
        """A child in this folder, with these pipes. Returns its number. Raises RuntimeError if that cannot be had."""
        for _ in range(2):
            if self.control is None:
                self.start()
            answer = self._say(str(folder).encode(), pipes)
            if "pid" in answer:
                return answer["pid"]
            self.stop()  # it is gone, for what reason ever: a new one
        raise RuntimeError("the warm process cannot fork: is the machine out of memory or of processes?")

    def end(self, ended: bool) -> int | None:
        """End the child: soon if it has `ended` by itself, else now. Its exit code, or minus its signal, if known."""
        answer = self._say(b"ended" if ended else b"kill")
        if "status" not in answer:
            self.stop()
        return answer.get("status")

    def _say(self, message: bytes, descriptors: tuple[int, ...] = ()) -> dict:
        try:
            socket.send_fds(self.control, [message], descriptors)
        except (BrokenPipeError, ConnectionResetError):
            return {}
        return self._hear()

    def _hear(self) -> dict:
        try:
            return json.loads(self.control.recv(1 << 16) or b"{}")
        except (ConnectionResetError, TimeoutError):
            return {}


def _environment() -> dict[str, str]:
    """What the warm process is told: where packages and caches are. No secret of the grader's."""
    passed = {name: os.environ[name] for name in PASSED if name in os.environ}
    spec = importlib.util.find_spec("labkit")
    own = {"PYTHONPATH": str(Path(spec.submodule_search_locations[0]).parent), "PYTHONUTF8": "1"}
    return passed | own | {"MPLBACKEND": "agg", "CUDA_VISIBLE_DEVICES": ""} | ONE_THREAD
