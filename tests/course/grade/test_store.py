"""The store: nothing lost, nothing twice, several at once, and words for a full disk."""

import multiprocessing
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest

from labkit.course.grade.errors import GradingError
from labkit.course.grade.marks import store as stores
from labkit.course.grade.marks.result import Mark, Result
from labkit.course.grade.marks.store import Store

NOTE = {"title": "t", "paragraphs": ["p"], "mark": ["✓", "#fff", "right"], "heading": [], "rows": []}


def result(student: str = "alice", content: str = "c", points: float = 1.5, seed: int = 5) -> Result:
    mark = Mark("a.b", "A", points, 2.0, "not yet right", "a slip", NOTE)
    return Result(student, "17", 7, content, seed, True, 0.1, (mark,), "remark", "output ☃")


@pytest.fixture
def store(tmp_path: Path):
    with Store(tmp_path / "new" / "grades.sqlite") as store:
        yield store


def test_a_result_comes_back_as_it_was(store: Store):
    run = store.begin(5, [7, 2], "v", True)
    key = store.save(run, result())
    assert list(store.results([key, "unknown"])) == [result()]
    assert store.last() == run
    assert run.hours == (2, 7)
    store.finish(run, [key])
    assert store.listed(run) == [key]
    assert str(result().marks[0].words()) == "✓ t\n  p"


def test_a_key_depends_on_all_that_marks_depend_on(store: Store):
    runs = [store.begin(*asked) for asked in ((5, [7], "v", True), (6, [7], "v", True), (5, [7], "w", True),
                                              (5, [7], "v", False))]  # fmt: skip
    keys = {run.key("alice", 7, "c") for run in runs}
    keys |= {runs[0].key("bob", 7, "c"), runs[0].key("alice", 2, "c"), runs[0].key("alice", 7, "d")}
    assert len(keys) == 7
    assert store.begin(5, [7], "v", True).key("alice", 7, "c") in keys


def test_what_is_there_stays(store: Store):
    run = store.begin(5, [7], "v", True)
    key = store.save(run, result(points=1.0))
    assert store.save(run, result(points=2.0)) == key
    assert [found.score for found in store.results([key])] == [1.0]


def test_one_grader_at_a_time(store: Store):
    with Store(store.path) as other:
        run = store.begin(5, [7], "v", True)
        key = run.key("alice", 7, "c")
        assert [store.claim(key), store.claim(key), other.claim(key)] == ["mine", "mine", "taken"]
        other.release(key)
        assert other.claim(key) == "taken", "only its holder gives a claim back"
        store.release(key)
        assert other.claim(key) == "mine"
        other.save(run, result())
        assert [store.claim(key), other.claim(key)] == ["done", "done"]


def test_a_claim_runs_out_unless_it_is_renewed(store: Store, monkeypatch: pytest.MonkeyPatch):
    now = time.time()
    with Store(store.path) as other:
        assert store.claim("k") == "mine"
        monkeypatch.setattr(stores.time, "time", lambda: now + 100)
        store.renew()
        monkeypatch.setattr(stores.time, "time", lambda: now + 200)
        assert other.claim("k") == "taken"
        monkeypatch.setattr(stores.time, "time", lambda: now + 300)
        assert other.claim("k") == "mine"


def _claim_and_wait(path: Path, ready) -> None:
    store = Store(path)
    store.claim("k")
    store.begin(9, [7], "v", True)
    store.db.execute("BEGIN IMMEDIATE")
    store.db.execute("INSERT INTO claims VALUES ('half', 'x', 0)")
    ready.set()
    time.sleep(60)


def test_the_dead_hold_nothing_and_leave_nothing_half_done(store: Store):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_claim_and_wait, args=(store.path, ready))
    process.start()
    assert ready.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    assert store.last().seed == 9, "what was written before the end is kept"
    assert store.claim("k") == "mine", "its claim is free at once"
    assert store.db.execute("SELECT count(*) FROM claims WHERE key = 'half'").fetchone() == (0,)
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_the_living_on_another_machine_are_waited_for(store: Store, monkeypatch: pytest.MonkeyPatch):
    store.db.execute("INSERT INTO claims VALUES ('k', 'elsewhere:1:2:3', ?)", (time.time() + 60,))
    assert store.claim("k") == "taken"


def _save_many(path: Path, first: int) -> None:
    with Store(path) as store:
        run = store.begin(5, [7], "v", True)
        for number in range(first, first + 30):
            store.save(run, result(f"student {number}"))


def test_two_graders_on_one_store_do_not_corrupt_it(store: Store):
    context = multiprocessing.get_context("spawn")
    both = [context.Process(target=_save_many, args=(store.path, first)) for first in (0, 15)]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [process.exitcode for process in both] == [0, 0]
    assert store.db.execute("SELECT count(*) FROM results").fetchone() == (45,)
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def save_many(store: Store, run: stores.Run) -> None:
    for number in range(100):
        store.save(run, result(f"student {number} " + "x" * 3000))


def test_a_full_disk_is_said_and_loses_nothing(store: Store):
    run = store.begin(5, [7], "v", True)
    store.save(run, result("first"))
    pages = store.db.execute("PRAGMA page_count").fetchone()[0]
    store.db.execute(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(GradingError, match=r"full.*make room.*--resume"):
        save_many(store, run)
    store.db.execute("PRAGMA max_page_count = 100000")
    assert [found.student for found in store.results([run.key("first", 7, "c")])] == ["first"]
    assert store.db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_file_that_is_no_store_is_not_touched(tmp_path: Path):
    path = tmp_path / "grades.sqlite"
    path.write_bytes(b"my notes" * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        Store(path)
    assert path.read_bytes() == b"my notes" * 100
