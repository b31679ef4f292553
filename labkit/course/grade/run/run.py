"""One run of the grader over a class, from the folder to the report."""

import argparse
import errno
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from labkit.course.grade.errors import GradingError
from labkit.course.grade.intake.intake import STORE, Intake, take_in
from labkit.course.grade.intake.names import file_name
from labkit.course.grade.marks.handout import exercises_of
from labkit.course.grade.marks.result import UNSANDBOXED
from labkit.course.grade.marks.store import Run, Store
from labkit.course.grade.run.batch import Batch
from labkit.course.grade.run.executors import executor
from labkit.course.grade.run.gradescope import as_results, write_results
from labkit.course.grade.run.progressbar import Bar
from labkit.course.grade.run.version import version
from labkit.course.grade.tell.classreport import write_report
from labkit.course.grade.tell.pages import write_feedback
from labkit.course.grade.tell.tables import on_terminal, write_csv
from labkit.course.grade.tell.tally import Class


def grade(asked: argparse.Namespace, seed: int) -> int:
    """Grade what was asked for. 0: all of it; 1: some of it needs a look. Raises GradingError."""
    hours = sorted(set(asked.hour))
    try:
        edition = version(hours)
    except LookupError as error:
        raise GradingError(str(error)) from error
    intake = take_in(asked.submissions, hours, asked.layout)
    print(f"{asked.submissions}: {intake.layout} layout, {len(intake.items)} notebooks of hour {_listed(hours)}")
    with Store(asked.out / STORE) as store:
        run = _run(store, asked, seed, hours, edition)
        _say(f"Hidden cases from seed {run.seed}.", run)
        with executor(asked.executor, asked.workers) as (pool, width), Bar(len(intake.items)) as bar:
            batch = Batch(store, run, pool, width, bar.tell)
            batch.go(intake.items)
        intake.lines += batch.lines
        keys = [batch.keys[place] for place in sorted(batch.keys)]
        store.finish(run, keys)
        try:
            classes = write_out(asked.out, store, run, keys, intake)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            text = f"{asked.out} cannot be written: the disk is full. Make room, then run again with --resume"
            raise GradingError(f"{text}; all marks are kept in {store.path}") from error
        ids = [exercise.id for hour in hours for exercise in exercises_of(hour)]
        print(on_terminal(store.results(keys), ids))
    _close(asked.out, run, batch, intake, classes)
    return 1 if intake.lines else 0


def _listed(hours: Iterable[int]) -> str:
    return " and ".join(map(str, hours))


def _say(text: str, run: Run) -> None:
    print(text if run.sandboxed else f"{text}\n{UNSANDBOXED}.", flush=True)


def _run(store: Store, asked: argparse.Namespace, seed: int, hours: list[int], edition: str) -> Run:
    """A new run, or the last one again. Raises GradingError if there is none, or it was of something else."""
    if not asked.resume:
        return store.begin(seed, hours, edition, not asked.unsandboxed)
    last = store.last()
    if last is None:
        raise GradingError(f"there is no run in {asked.out} to go on with: leave --resume out")
    for what, then, now in (("hours", list(last.hours), hours), ("labkit", last.version, edition),
                            ("--unsandboxed", not last.sandboxed, asked.unsandboxed)):  # fmt: skip
        if then != now:
            raise GradingError(
                f"the last run in {asked.out} had {what} {then}, and now it is {now}: to grade everyone alike, "
                f"start a new run (--seed {last.seed} for the same hidden cases)"
            )
    return last


def write_out(out: Path, store: Store, run: Run, keys: list[str], intake: Intake) -> dict[int, Class]:
    """Write grades.csv, the students' pages and results, and the class report; one student in memory at a time."""
    exercises = [exercise.id for hour in run.hours for exercise in exercises_of(hour)]
    graded = {result.student for result in store.results(keys)}
    missing = sorted({line.student for line in intake.lines if line.student} - graded)
    ungraded = [(student, hour) for student in missing for hour in run.hours]
    write_csv(out / "grades.csv", store.results(keys), exercises, ungraded)
    for _, results in groupby(store.results(keys), key=lambda result: result.student):
        theirs = list(results)
        write_feedback(out / "feedback", theirs)
        write_results(out / "results" / f"{file_name(theirs[0].student)}.json", as_results(theirs))
    return write_report(out, run, store.results(keys), intake.lines)


def _close(out: Path, run: Run, batch: Batch, intake: Intake, classes: dict[int, Class]) -> None:
    for hour, found in classes.items():
        print(f"Hour {hour}: {found.summary()}")
    if batch.found:
        print(f"{batch.graded} graded now, {batch.found} found graded already.")
    for line in intake.lines:
        print(f"look at: {line}")
    _say(f"{out / 'grades.csv'}, {out / 'report.html'}, and a page for each student in {out / 'feedback'}", run)
