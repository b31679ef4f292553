import contextlib
import signal
import threading
import time

import pytest

from labkit.course.check.clock import TimeUp, WaitedUp, time_limit


def spin(seconds: float) -> None:
    """So many seconds of computing, however busy the machine is."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def test_a_loop_is_stopped_and_the_old_alarm_put_back():
    before, timer = signal.getsignal(signal.SIGALRM), signal.getitimer(signal.ITIMER_REAL)
    began = time.process_time()
    with pytest.raises(TimeUp), time_limit(0.2):
        spin(5)
    assert 0.15 < time.process_time() - began < 2
    assert signal.getsignal(signal.SIGALRM) is before
    left, interval = signal.getitimer(signal.ITIMER_REAL)
    assert left <= timer[0]  # pytest's own time limit, or none
    assert interval == timer[1]


def test_sleep_is_stopped_by_the_clock():
    with pytest.raises(WaitedUp), time_limit(5.0, wall=0.1):
        time.sleep(60)


def test_waiting_costs_no_processor_time():
    """A machine that is busy with other things leaves this process waiting: nothing of it counts."""
    with time_limit(0.1):
        time.sleep(0.4)


def test_a_short_limit_leaves_nothing_behind():
    """It rings while the context is entered or left as well; no TimeUp comes afterwards."""
    before = signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF)
    for i in range(300):
        with contextlib.suppress(TimeUp), time_limit(1e-6 * (i % 30 + 1), wall=1e-6 * (i % 7 + 1)):
            pass
        assert (signal.getsignal(signal.SIGALRM), signal.getsignal(signal.SIGPROF)) == before
        assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    spin(0.3)


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
    thread.join(timeout=60)
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

    def waits():
        with time_limit(5.0, wall=0.1):
            for _ in range(1000):
                time.sleep(0.01)

    assert in_thread(slow) == [TimeUp]
    assert in_thread(waits) == [WaitedUp]
    assert in_thread(quick) == ["done"]
