"""The command line: `labkit build`, `bench-notebooks`, `claims`, `minutes`, `grade`, `progress`, `doctor` and `lab`.

Nothing heavy is imported before it is known what is wanted.
"""

import argparse
import os
import sqlite3
import sys
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

from labkit.course.grade.errors import GradingError
from labkit.course.press.template import BuildError

EXTRAS = {"build": "build", "claims": "build", "bench-notebooks": "build", "minutes": "build", "lab": "lab"}


def main(arguments: list[str] | None = None) -> int:
    """Run a command, and return its exit code: 0 done, 1 something is wrong, 2 not understood."""
    arguments = sys.argv[1:] if arguments is None else arguments
    asked = _parser().parse_args(arguments[:1] if arguments[:1] == ["grade"] else arguments)
    try:
        return _grade(arguments[1:]) if asked.run is _grade else asked.run(asked)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:  # whoever read on has stopped, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ModuleNotFoundError as error:
        print(_lacking(error, arguments[0]), file=sys.stderr)
        return 1
    except (OSError, sqlite3.Error, BuildError, GradingError) as error:
        print(f"labkit: {error}", file=sys.stderr)
        return 1


def _lacking(error: ModuleNotFoundError, command: str) -> str:
    """What to install for a command. Raises the error again if it is a module of ours."""
    if (error.name or "labkit").startswith("labkit"):
        raise error
    wanted = f'"{sys.executable}" -m pip install "labkit[{EXTRAS.get(command, "course")}]"'
    return f"labkit: `labkit {command}` needs {error.name}, which is not installed: {wanted}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="labkit", description="A course of 34 one-hour lectures, and its classroom.")
    parser.add_argument("--version", action="version", version=f"labkit {metadata.version('labkit')}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run, text: str, hours: bool = False) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=text, description=text)
        if hours:
            made.add_argument("hours", nargs="*", type=int, metavar="HOUR", help="such as 7; all without one")
        made.set_defaults(run=run)
        return made

    _for_authors(command)
    command("grade", _grade, "Grade a class's notebooks: see `labkit grade --help`.")
    command("progress", _progress, "Show what you have done, hour by hour.", hours=True)
    made = command("doctor", _doctor, "Show what is installed, the device, and what to do about what is missing.")
    made.add_argument("--all", action="store_true", help="what tests and the building of lectures need, too")
    command("lab", _lab, "Open JupyterLab on the lectures.")
    return parser


def _for_authors(command: Callable[..., argparse.ArgumentParser]) -> None:
    """The commands that make and measure lectures."""
    made = command("build", _build, "Make the notebooks of lectures from their sources.", hours=True)
    made.add_argument("--check", action="store_true", help="make nothing; exit 1 if a notebook is out of step")
    made.add_argument("--force", action="store_true", help="execute even what is up to date")
    made.add_argument("--nbgrader", type=Path, metavar="DIR", help="instead write nbgrader's source notebooks there")
    made = command(
        "bench-notebooks", _bench, "Measure time, memory and size of the notebooks against their budgets.", hours=True
    )
    made.add_argument("--profile", choices=("standard", "quick"), help="run both notebooks in this profile")
    made.add_argument("--write", type=Path, metavar="README.md", help="put the table between its budgets markers")
    made = command(
        "claims", _claims, "Run solutions on several seeds, and see whether their claims hold on each.", hours=True
    )
    made.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="SEED", help="0 1 2 without any")
    made.add_argument("--fresh", type=int, default=0, metavar="N", help="draw N seeds, and count where each holds")
    command("minutes", _minutes, "Count how long lectures take, part by part.", hours=True)


def _build(asked: argparse.Namespace) -> int:
    from labkit.course.press.build import Course, build, check, for_nbgrader, orphans

    course = Course.here()
    sources = course.sources(asked.hours)
    if asked.nbgrader:
        for source in sources:
            print(f"{for_nbgrader(course, source, asked.nbgrader)}: next, `nbgrader generate_assignment {source.stem}`")
        return 0
    if not asked.check:
        for source in sources:
            print(build(course, source, asked.force), flush=True)
        return 0
    stale = [] if asked.hours else orphans(course)
    for source in sources:
        wrong, notes = check(course, source)
        stale += wrong
        print(*notes, sep="\n", end="\n" if notes else "")
    print(*(stale or [f"{len(sources)} lectures, all in step with their sources"]), sep="\n")
    return 1 if stale else 0


def _bench(asked: argparse.Namespace) -> int:
    from labkit.course.press.bench import main

    return main(asked.hours, asked.profile, asked.write)


def _claims(asked: argparse.Namespace) -> int:
    from labkit.course.press.claims import main

    return main(asked.hours, asked.seeds, asked.fresh)


def _minutes(asked: argparse.Namespace) -> int:
    from labkit.course.press.build import Course
    from labkit.course.press.minutes import main

    return main(Course.here().sources(asked.hours))


def _grade(arguments: list[str]) -> int:
    from labkit.course.grade.run.command import main

    return main(arguments)


def _progress(asked: argparse.Namespace) -> int:
    from labkit.course.desk.standing import overview

    print(overview(asked.hours))
    return 0


def _doctor(asked: argparse.Namespace) -> int:
    from labkit.course.doctor import main

    return main(asked.all)


def _lab(asked: argparse.Namespace) -> int:
    import subprocess

    from labkit.course.press.build import Course

    return subprocess.call([sys.executable, "-m", "jupyter", "lab", str(Course.here().root / "notebooks")])


if __name__ == "__main__":
    sys.exit(main())
