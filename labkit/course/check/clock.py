"""Stopping code that does not stop by itself: by the processor time it takes, and by the clock if it only waits."""

import ctypes
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

AGAIN = 0.1  # seconds until it rings once more: a bare `except` may swallow the first
PATIENCE = 10.0  # wall seconds for each second of processor time: the machine may be busy
LEAST = 20.0  # wall seconds at the least


class TimeUp(BaseException):
    """The time is up. No Exception, so that `except Exception` in an answer does not swallow it."""

    waited = False  # whether it was the clock: little was computed


class WaitedUp(TimeUp):
    """The time is up by the clock, although the processor time is not."""

    waited = True


@contextmanager
def time_limit(seconds: float, wall: float | None = None) -> Iterator[None]:
    """Raise TimeUp in the code of this context after `seconds` of processor time, WaitedUp after `wall` seconds.

    `wall` is ten times as long unless it is given, and at least 20 s, so that a busy machine costs nobody anything.
    In the main thread of a Unix process, where notebook cells run, by a signal. Elsewhere (Windows, other threads) by
    an asynchronous exception, which arrives at the next line of Python: one long call into C is then waited for. Code
    that catches everything, TimeUp included, in an endless loop is beyond this: interrupt the kernel. (Graders run
    answers in a process that can be killed.)
    """
    wall = max(PATIENCE * seconds, LEAST) if wall is None else wall
    main = threading.current_thread() is threading.main_thread()
    with _alarm(seconds, wall) if main and hasattr(signal, "setitimer") else _injection(seconds, wall):
        yield


@contextmanager
def _alarm(seconds: float, wall: float) -> Iterator[None]:
    armed = [False]  # what rings before the timers are set, or after the end, is nobody's

    def ring(number: int, frame: object) -> None:
        if armed[0]:
            raise TimeUp if number == signal.SIGPROF else WaitedUp

    handlers = {number: signal.signal(number, ring) for number in (signal.SIGPROF, signal.SIGALRM)}
    timers: dict[int, tuple[float, float]] = {}
    began = time.monotonic()
    try:
        timers[signal.ITIMER_REAL] = signal.setitimer(signal.ITIMER_REAL, wall, AGAIN)
        timers[signal.ITIMER_PROF] = signal.setitimer(signal.ITIMER_PROF, seconds, AGAIN)
        armed[0] = True
        yield
    finally:
        try:
            armed[0] = False
        finally:
            _put_back(handlers, timers, time.monotonic() - began)


def _put_back(handlers: dict, timers: dict[int, tuple[float, float]], passed: float) -> None:
    """The old timers, less the time that has passed on the clock, and the old handlers."""
    for timer, (left, interval) in timers.items():
        spent = passed if timer == signal.ITIMER_REAL else 0.0
        signal.setitimer(timer, max(left - spent, 0.001) if left else 0.0, interval)
    for number, handler in handlers.items():
        signal.signal(number, handler)


@contextmanager
def _injection(seconds: float, wall: float) -> Iterator[None]:
    thread, over, lock = threading.get_ident(), threading.Event(), threading.Lock()
    computed, began = time.process_time(), time.monotonic()

    def watch() -> None:
        while not over.wait(0.02):
            late = time.process_time() - computed > seconds
            if not late and time.monotonic() - began <= wall:
                continue
            with lock:
                if not over.is_set():
                    kind = TimeUp if late else WaitedUp
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(kind))
            return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        with lock:
            over.set()
