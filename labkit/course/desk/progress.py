"""What a learner has done, kept on this machine and sent nowhere.

An SQLite file under LABKIT_HOME, else the user's data folder. Two kernels may write at once. LABKIT_PROGRESS=off
keeps nothing. A store that cannot be used never stops a notebook: it says so once.
"""

import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

COLUMNS = """
    exercise TEXT PRIMARY KEY, attempts INTEGER NOT NULL DEFAULT 0, hints INTEGER NOT NULL DEFAULT 0,
    points REAL NOT NULL DEFAULT 0, passed_at REAL, first_at REAL NOT NULL, last_at REAL NOT NULL
"""
WRITE = """
    INSERT INTO done (exercise, attempts, hints, points, passed_at, first_at, last_at)
    VALUES (:id, :attempts, :hints, :points, :passed_at, :now, :now)
    ON CONFLICT (exercise) DO UPDATE SET attempts = attempts + :attempts, hints = hints + :hints,
    points = max(points, :points), passed_at = coalesce(passed_at, :passed_at), last_at = :now
"""
WAITS = 5.0, 0.1  # seconds for another kernel to finish writing; after it did not once, a learner waits no more
TROUBLE: list[str] = []  # what has been said about the store in this process


@dataclass(frozen=True)
class Done:
    """What was done on one exercise. Times are seconds since 1970."""

    exercise: str
    attempts: int
    hints: int
    points: float
    passed_at: float | None
    first_at: float
    last_at: float


def home() -> Path:
    """The folder of the store: LABKIT_HOME, else where the system keeps a user's data."""
    if os.environ.get("LABKIT_HOME"):
        return Path(os.environ["LABKIT_HOME"]).expanduser()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or _user() / "AppData" / "Local") / "labkit"
    if sys.platform == "darwin":
        return _user() / "Library" / "Application Support" / "labkit"
    return Path(os.environ.get("XDG_DATA_HOME") or _user() / ".local" / "share") / "labkit"


def _user() -> Path:
    """The user's own folder. Raises OSError where there is none, as for an unknown user in a container."""
    try:
        return Path.home()
    except RuntimeError as error:
        raise OSError("this user has no home folder; LABKIT_HOME names another") from error


def record(id: str, attempts: int = 0, hints: int = 0, passed: bool = False, points: float = 0.0) -> None:
    """Add to what is noted on an exercise. Says once, in plain words, if the store cannot be used."""
    if os.environ.get("LABKIT_PROGRESS") == "off":
        return
    now = time.time()
    row = {"id": id, "attempts": attempts, "hints": hints, "points": points, "now": now}
    try:
        with _store(write=True) as store:
            store.execute(WRITE, row | {"passed_at": now if passed else None})
    except (OSError, sqlite3.Error) as error:
        _say_once(f"Your progress is not being kept: its store cannot be used ({error}). All else works.")


def done() -> dict[str, Done]:
    """Everything noted so far, by exercise. Raises OSError or sqlite3.Error for a store that cannot be read."""
    if not (home() / "progress.sqlite").exists():
        return {}
    with _store(write=False) as store:
        rows = store.execute("SELECT exercise, attempts, hints, points, passed_at, first_at, last_at FROM done")
        return {row[0]: Done(*row) for row in rows}


@contextmanager
def _store(write: bool) -> Iterator[sqlite3.Connection]:
    """One transaction on the store. A file that is no database is put aside, and a new one begun."""
    folder = home()
    path = folder / "progress.sqlite"
    if write:
        folder.mkdir(parents=True, exist_ok=True)
    store = sqlite3.connect(path, timeout=WAITS[bool(TROUBLE)])
    try:
        if write:
            store.execute(f"CREATE TABLE IF NOT EXISTS done ({COLUMNS})")
        yield store
        store.commit()
    except sqlite3.DatabaseError as error:
        if write and "not a database" in str(error):
            os.replace(path, path.with_suffix(".damaged"))
            raise sqlite3.DatabaseError(f"it was damaged, and is now beside it as {path.stem}.damaged") from error
        raise
    finally:
        store.close()


def _say_once(text: str) -> None:
    if text not in TROUBLE:
        TROUBLE.append(text)
        print(text)
