"""Small classes to grade, and what a run over one of them left behind."""

import csv
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from course.grade.standin import HOUR_7, ROOT, answer, solved, write

EXPECTED = {"alice": 16.0, "bob": 12.5, "carol": 0.0, "dan": 9.0}


def small(folder: Path) -> Path:
    """Four students: right, a misconception, nothing, half of it."""
    write(folder / "alice.ipynb", *solved())
    write(folder / "bob.ipynb", *solved(*HOUR_7[1:]), answer(HOUR_7[0], 0))
    write(folder / "carol.ipynb", "x = 1")
    write(folder / "dan.ipynb", *solved(*HOUR_7[2:]))
    return folder


def rows(out: Path) -> list[dict[str, str]]:
    """The rows of grades.csv."""
    with (out / "grades.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def scores(out: Path) -> dict[str, float]:
    """Everyone's score."""
    return {row["student"]: float(row["score"]) for row in rows(out)}


def count(out: Path, table: str) -> int:
    """How many rows a table of the store has."""
    with closing(sqlite3.connect(out / "grades.sqlite")) as store:
        return store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def seed_in(text: str) -> int:
    """The seed that a run or its report names."""
    return int(re.search(r"from seed (\d+)", text)[1])


SLOW = """
import sys, time
from course.grade import standin
from labkit.course.cli import main
from labkit.course.grade.run import executors

class Slow(standin.StandIn):
    def run(self, task):
        time.sleep(float(sys.argv[1]))
        with open(sys.argv[2], "a") as log:
            if len(task.exercises) == len(standin.HOUR_7):  # not the second look at what is wrong
                log.write(task.cells[-1].split("\\n")[0] + "\\n")
        return super().run(task)

executors.Worker = Slow
sys.exit(main(["grade", *sys.argv[3:]]))
"""


def start(seconds: float, log: Path, *arguments: str | Path) -> subprocess.Popen:
    """`labkit grade` in a process of its own, with the stand-in, so slow for each submission."""
    environment = os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"}
    command = [sys.executable, "-c", SLOW, str(seconds), log, *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
