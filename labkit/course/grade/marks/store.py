"""Where results are kept: an SQLite file, in which a run that was killed finds what it had done.

A result is written in one transaction with the end of its claim. Claims let several graders share a file: a grader
holds one while it grades, and renews it; one of a grader that is dead, or silent too long, is free again.
"""

import hashlib
import json
import os
import secrets
import socket
import sqlite3
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from labkit.course.grade.errors import GradingError
from labkit.course.grade.marks.result import Result

LEASE = 120.0  # seconds
TABLES = """
CREATE TABLE IF NOT EXISTS runs (id INTEGER PRIMARY KEY, seed INTEGER NOT NULL, hours TEXT NOT NULL,
    version TEXT NOT NULL, sandboxed INTEGER NOT NULL, started REAL NOT NULL, finished REAL);
CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, student TEXT NOT NULL, hour INTEGER NOT NULL,
    seed INTEGER NOT NULL, content TEXT NOT NULL, version TEXT NOT NULL, score REAL NOT NULL, max_score REAL NOT NULL,
    result TEXT NOT NULL, graded REAL NOT NULL);
CREATE TABLE IF NOT EXISTS claims (key TEXT PRIMARY KEY, owner TEXT NOT NULL, until REAL NOT NULL);
CREATE TABLE IF NOT EXISTS listed (run INTEGER NOT NULL, place INTEGER NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (run, place));
"""
CLAIM = """
INSERT INTO claims (key, owner, until) VALUES (:key, :owner, :until)
ON CONFLICT (key) DO UPDATE SET owner = :owner, until = :until
WHERE owner = :owner OR until < :now OR owner = :dead
"""


@dataclass(frozen=True)
class Run:
    """One run of the grader. Its seed makes the hidden cases, for everyone the same."""

    id: int
    seed: int
    hours: tuple[int, ...]
    version: str
    sandboxed: bool

    def key(self, student: str, hour: int, content: str) -> str:
        """The name of a result: what it depends on."""
        parts = [student, hour, content, self.version, self.seed, self.sandboxed]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


class Store:
    """An open store. Raises GradingError where the disk is full, and sqlite3.Error for a file that is no store."""

    def __init__(self, path: Path):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path, self.owner = path, _who(os.getpid())
        self.db = sqlite3.connect(path, timeout=30, isolation_level=None)
        try:
            with self._spelled_out():
                self.db.execute("PRAGMA journal_mode = WAL")
                self.db.execute("PRAGMA synchronous = FULL")
                self.db.executescript(TABLES)
        except BaseException:
            self.db.close()
            raise

    def close(self) -> None:
        """Close the file. What was saved is saved already."""
        self.db.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def begin(self, seed: int, hours: Iterable[int], version: str, sandboxed: bool) -> Run:
        """Note a new run."""
        hours = tuple(sorted(hours))
        row = (seed, json.dumps(hours), version, sandboxed, time.time())
        statement = "INSERT INTO runs (seed, hours, version, sandboxed, started) VALUES (?, ?, ?, ?, ?)"
        with self._spelled_out():
            return Run(self.db.execute(statement, row).lastrowid, seed, hours, version, sandboxed)

    def last(self) -> Run | None:
        """The newest run, if there is one."""
        row = self.db.execute("SELECT id, seed, hours, version, sandboxed FROM runs ORDER BY id DESC").fetchone()
        return None if row is None else Run(row[0], row[1], tuple(json.loads(row[2])), row[3], bool(row[4]))

    def finish(self, run: Run, keys: list[str]) -> None:
        """Note which results a run ended with, in order."""
        rows = [(run.id, place, key) for place, key in enumerate(keys)]
        with self._spelled_out(), self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute("DELETE FROM listed WHERE run = ?", (run.id,))
            self.db.executemany("INSERT INTO listed VALUES (?, ?, ?)", rows)
            self.db.execute("UPDATE runs SET finished = ? WHERE id = ?", (time.time(), run.id))

    def listed(self, run: Run) -> list[str]:
        """The names of the results that a run ended with."""
        rows = self.db.execute("SELECT key FROM listed WHERE run = ? ORDER BY place", (run.id,))
        return [key for (key,) in rows]

    def claim(self, key: str) -> str:
        """Ask to grade a submission: "mine"; "done", by whomever; or "taken", by a grader at work on it."""
        now = time.time()
        with self._spelled_out(), self.db:
            self.db.execute("BEGIN IMMEDIATE")
            if self.db.execute("SELECT 1 FROM results WHERE key = ?", (key,)).fetchone():
                return "done"
            held = self.db.execute("SELECT owner FROM claims WHERE key = ?", (key,)).fetchone()
            dead = held[0] if held and not _alive(held[0]) else ""
            row = {"key": key, "owner": self.owner, "until": now + LEASE, "now": now, "dead": dead}
            return "mine" if self.db.execute(CLAIM, row).rowcount == 1 else "taken"

    def renew(self) -> None:
        """Say that this grader still works on what it has claimed."""
        with self._spelled_out():
            self.db.execute("UPDATE claims SET until = ? WHERE owner = ?", (time.time() + LEASE, self.owner))

    def release(self, key: str) -> None:
        """Give a claim back, without a result."""
        with self._spelled_out():
            self.db.execute("DELETE FROM claims WHERE key = ? AND owner = ?", (key, self.owner))

    def save(self, run: Run, result: Result) -> str:
        """Keep a result, and end its claim, in one transaction. One that is there already stays. Returns its name."""
        key = run.key(result.student, result.hour, result.content)
        row = (key, result.student, result.hour, run.seed, result.content, run.version)
        row += (result.score, result.max_score, result.as_json(), time.time())
        with self._spelled_out(), self.db:
            self.db.execute("BEGIN IMMEDIATE")
            self.db.execute("INSERT OR IGNORE INTO results VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
            self.db.execute("DELETE FROM claims WHERE key = ? AND owner = ?", (key, self.owner))
        return key

    def results(self, keys: Iterable[str]) -> Iterator[Result]:
        """The results of these names, one after the other: a class need not fit into memory."""
        for key in keys:
            row = self.db.execute("SELECT result FROM results WHERE key = ?", (key,)).fetchone()
            if row is not None:
                yield Result.from_json(row[0])

    def _spelled_out(self) -> "_SpelledOut":
        return _SpelledOut(self.path)


class _SpelledOut:
    """Turns SQLite's error for a full disk into one that says what to do."""

    def __init__(self, path: Path):
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, sqlite3.OperationalError) and ("full" in str(error) or "disk I/O" in str(error)):
            raise GradingError(
                f"{self.path} cannot be written ({error}): make room on the disk, then run again with --resume; "
                "what was graded before is kept"
            ) from error


def _who(pid: int) -> str:
    return f"{socket.gethostname()}:{pid}:{_started(pid)}:{secrets.token_hex(4)}"


def _started(pid: int) -> str:
    """When a process began, as its system counts: a number that is used again is another process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _alive(owner: str) -> bool:
    """Whether a grader may still be at work; one on another machine may, until its claim runs out."""
    host, pid, started, _ = owner.rsplit(":", 3)
    if host != socket.gethostname():
        return True
    if started:
        return _started(int(pid)) == started
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
