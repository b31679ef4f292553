"""What a learner has done over the whole course: every hour of the catalogue, those without exercises too."""

import importlib
import tomllib
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files

from labkit.course.check.feedback import Note
from labkit.course.check.registry import ROOM, all_exercises
from labkit.course.check.spec import Exercise
from labkit.course.desk.progress import Done, done, home

HEADING = ("Hour", "Exercise", "Status", "Points", "Attempts", "Hints")


def overview(only: Sequence[int] = ()) -> Note:
    """A table of all hours, or of `only` these. Raises OSError or sqlite3.Error for a store that cannot be read."""
    catalogue = tomllib.loads(files("labkit").joinpath("catalogue.toml").read_text(encoding="utf-8"))
    kept = done()
    exercises = [one for one in all_exercises().values() if not only or one.hour in only]
    rows: list[tuple[str, ...]] = []
    every = {row["hour"] for row in catalogue.values()} | {exercise.hour for exercise in exercises}
    for hour in sorted(hour for hour in every if not only or hour in only):
        mine = [exercise for exercise in exercises if exercise.hour == hour]
        taught = [row["name"] for row in catalogue.values() if row["hour"] == hour]
        rows.append(
            (f"{hour}", _title(mine) if mine else _short(taught), "" if mine else "no exercises yet", "", "", "")
        )
        rows += [_row(exercise, kept.get(exercise.id)) for exercise in mine]
    earned = sum(min(kept[exercise.id].points, exercise.points) for exercise in exercises if exercise.id in kept)
    title = f"Your progress: {earned:g} of {sum(exercise.points for exercise in exercises):g} points"
    return Note(title, [f"Kept in {home()}, and nowhere else."], ("•", "#3b82c4", "progress"), HEADING, rows)


def _row(exercise: Exercise, kept: Done | None) -> tuple[str, ...]:
    if kept is None:
        return "", exercise.title, "not opened", f"0 of {exercise.points:g}", "", ""
    status = "not yet right" if kept.attempts else "opened"
    if kept.passed_at is not None:
        status = f"passed on {datetime.fromtimestamp(kept.passed_at):%Y-%m-%d}"
    return "", exercise.title, status, f"{kept.points:g} of {exercise.points:g}", str(kept.attempts), str(kept.hints)


def _title(exercises: list[Exercise]) -> str:
    """The lecture's title: the first line of the package that holds its exercises, without the hour."""
    package = importlib.import_module(f"{ROOM}.{exercises[0].id.split('.')[0]}")
    line = (package.__doc__ or "").split("\n")[0].partition(": ")[2].rstrip(".")
    return line[:1].upper() + line[1:]


def _short(names: list[str]) -> str:
    text = ", ".join(names)
    return text if len(text) <= 60 else text[:57] + "..."
