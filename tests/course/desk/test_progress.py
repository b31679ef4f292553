import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from labkit.course.check.registry import all_exercises
from labkit.course.desk import progress
from labkit.course.desk.progress import done, home, record
from labkit.course.desk.standing import overview

ID = "transformer.attend"


@pytest.fixture(autouse=True)
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LABKIT_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LABKIT_PROGRESS", raising=False)
    monkeypatch.setattr(progress, "TROUBLE", [])
    return tmp_path / "home" / "progress.sqlite"


def test_what_is_noted_adds_up(store: Path):
    assert done() == {}
    assert not store.parent.exists(), "looking leaves no trace"
    record(ID, attempts=1, points=2.5)
    record(ID, hints=1)
    record(ID, attempts=1, passed=True, points=4.0)
    first = done()[ID].passed_at
    record(ID, attempts=1, passed=True, points=1.0)
    kept = done()[ID]
    assert (kept.attempts, kept.hints, kept.points) == (3, 1, 4.0)
    assert kept.passed_at == first, "the first success counts"


def test_nothing_is_kept_when_it_is_off(store: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LABKIT_PROGRESS", "off")
    record(ID, attempts=1)
    assert not store.parent.exists()


def test_two_kernels_at_once_lose_nothing():
    often = f"from labkit.course.desk.progress import record\nfor _ in range(25): record({ID!r}, attempts=1)"
    writers = [subprocess.Popen([sys.executable, "-c", often]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert done()[ID].attempts == 75


def test_a_damaged_store_is_put_aside_and_a_new_one_begun(store: Path, capsys: pytest.CaptureFixture):
    store.parent.mkdir()
    store.write_bytes(b"this is no database" * 100)
    record(ID, attempts=1)
    out = capsys.readouterr()
    assert "it was damaged, and is now beside it as progress.damaged" in out.out
    assert out.err == ""
    assert store.with_suffix(".damaged").read_bytes().startswith(b"this is no")
    record(ID, attempts=1)
    assert done()[ID].attempts == 1


def test_a_store_that_cannot_be_made_is_said_once(store: Path, capsys: pytest.CaptureFixture):
    store.parent.write_text("a file where the folder should be")
    record(ID, attempts=1)
    record(ID, attempts=1)
    out = capsys.readouterr().out
    assert out.count("Your progress is not being kept") == 1
    assert "All else works." in out


def test_a_store_that_cannot_be_written_is_said(
    store: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
):
    record(ID, attempts=1)

    def connect(path: Path, timeout: float) -> sqlite3.Connection:
        return sqlite3.Connection(f"file:{path}?mode=ro", uri=True)

    monkeypatch.setattr(progress.sqlite3, "connect", connect)
    record(ID, attempts=1)
    assert "readonly database" in capsys.readouterr().out
    assert done()[ID].attempts == 1


def test_home_is_where_the_system_keeps_such_things(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.delenv("LABKIT_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    assert home() == tmp_path / "labkit"
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "local"))
    assert home() == tmp_path / "local" / "labkit"


def test_the_overview_has_every_hour_and_every_exercise(monkeypatch: pytest.MonkeyPatch):
    record(ID, attempts=2, passed=True, points=4.0)
    record("transformer.positions")
    text = str(overview())
    lines = {line.split("  ")[-1] if not line.strip() else line for line in text.split("\n")}
    assert f"4 of {sum(exercise.points for exercise in all_exercises().values()):g} points" in text
    row = next(line for line in lines if "Scaled dot-product attention" in line)
    assert "passed on 20" in row
    assert "4 of 4" in row
    assert "opened" in next(line for line in lines if "Sinusoidal positions" in line)
    assert "not opened" in next(line for line in lines if "Several heads" in line)
    assert any(line.split()[:1] == ["7"] and "Attention and the Transformer" in line for line in lines)


def test_an_hour_without_exercises_is_shown_as_such(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("labkit.course.desk.standing.all_exercises", dict)
    row = next(line for line in str(overview()).split("\n") if line.split()[:1] == ["7"])
    assert "no exercises yet" in row


def test_a_locked_store_costs_a_learner_the_wait_only_once(store: Path, monkeypatch: pytest.MonkeyPatch):
    record(ID, attempts=1)
    waits = []
    connect = sqlite3.connect

    def watched(path, timeout):
        waits.append(timeout)
        return connect(path, timeout=0.01)

    with connect(store) as other:
        other.execute("BEGIN EXCLUSIVE")
        monkeypatch.setattr(sqlite3, "connect", watched)
        record(ID, attempts=1)
        record(ID, attempts=1)
    assert waits == [5.0, 0.1]


def test_a_user_without_a_home_is_told_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture):
    for name in ("LABKIT_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")

    def nobody():
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", nobody)
    record(ID, attempts=1)
    record(ID, attempts=1)
    assert capsys.readouterr().out.count("no home folder") == 1
