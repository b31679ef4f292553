import signal
import threading
import time

import pytest

from labkit.course.check.clock import TimeUp, time_limit


def spin(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def test_a_loop_is_stopped_and_the_old_alarm_put_back():
    before, timer = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    began = time.perf_counter()
    with pytest.raises(TimeUp), time_limit(0.2):
        spin(5)
    assert time.perf_counter() - began < 2
    assert signal.getsignal(signal.SIGALRM) is before
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    assert left <= timer[0]  # pytest's own time limit, or none
    assert interval == timer[1]


def test_sleep_is_stopped():
    began = time.perf_counter()
    with pytest.raises(TimeUp), time_limit(0.1):
        time.sleep(5)
    assert time.perf_counter() - began < 2


def test_what_is_in_time_goes_on():
    with time_limit(0.1):
        pass
    time.sleep(0.15)


def test_except_exception_does_not_swallow_it():
    def stubborn():
        while True:
            try:
                spin(0.01)
            except Exception:
                continue

    with pytest.raises(TimeUp), time_limit(0.1):
        stubborn()


def in_thread(work) -> list:
    found = []

    def run():
        try:
            work()
            found.append("done")
        except TimeUp as error:
            found.append(type(error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(timeout=10)
    assert not thread.is_alive()
    return found


def test_in_other_threads_too():
    def slow():
        with time_limit(0.1):
            spin(5)

    def quick():
        with time_limit(0.1):
            pass
        spin(0.3)

    assert in_thread(slow) == [TimeUp]
    assert in_thread(quick) == ["done"]
