"""`labkit grade`: a class, an export, or an autograder zip."""

import argparse
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from labkit.course.grade.errors import GradingError
from labkit.course.grade.run.processes import begin

FORMS = """
labkit grade SUBMISSIONS --hour 7     grade a folder of notebooks
labkit grade export --to canvas OUT   write the marks for another system
labkit grade gradescope-zip --hour 7  make the autograder for Gradescope
"""


def main(arguments: Sequence[str]) -> int:
    """Run one of the three forms, and return its exit code: 0 done, 1 something needs a look. Raises GradingError."""
    forms = {"export": _export, "gradescope-zip": _zip}
    if arguments and arguments[0] in forms:
        return forms[arguments[0]](arguments[1:])
    return _grade(arguments)


def _parser(name: str, text: str) -> argparse.ArgumentParser:
    raw = argparse.RawDescriptionHelpFormatter
    return argparse.ArgumentParser(prog=f"labkit grade{name}", description=text, formatter_class=raw)


def _grade(arguments: Sequence[str]) -> int:
    parser = _parser("", f"Grade a folder of notebooks.\n{FORMS}")
    add = parser.add_argument
    add("submissions", type=Path, metavar="SUBMISSIONS", help="a folder; or one notebook")
    add("--hour", type=int, action="append", required=True, help="such as 7; may be given several times")
    add("--out", type=Path, default=Path("graded"), metavar="DIR", help="where everything goes; graded, without it")
    add("--workers", type=_count, default=1, metavar="N", help="processes that grade; 1 without it")
    add("--executor", metavar="dask://HOST:PORT", help="grade on a Dask cluster, by the address of its scheduler")
    add("--layout", choices=_layouts(), help="how the folder lies, where it is not recognised")
    add("--resume", action="store_true", help="go on with the last run in DIR, with its hidden cases")
    add("--seed", type=int, metavar="S", help="repeat the hidden cases of a run")
    add("--unsandboxed", action="store_true", help="run student code without isolation; all that comes out says so")
    asked = parser.parse_args(arguments)
    if asked.seed is not None and not 0 <= asked.seed < 2**63:
        parser.error("--seed is a whole number from 0 on")
    if asked.seed is not None and asked.resume:
        parser.error("--resume has a seed already: leave --seed out")
    if asked.workers > 1 and not asked.executor:
        begin()
    from labkit.course.grade.run.run import grade

    return grade(asked, asked.seed if asked.seed is not None else secrets.randbits(32))


def _layouts() -> tuple[str, ...]:
    from labkit.course.grade.intake.layouts import LAYOUTS

    return LAYOUTS


def _count(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 256:
        raise argparse.ArgumentTypeError("a number from 1 to 256")
    return int(text)


def _export(arguments: Sequence[str]) -> int:
    from labkit.course.grade.export.export import SYSTEMS, export, results_in

    parser = _parser(" export", "Write the marks of the last run for another system.")
    add = parser.add_argument
    add("graded", type=Path, metavar="OUT", help="the folder that a run wrote to, or its grades.sqlite")
    add("--to", choices=SYSTEMS, required=True)
    add("--hour", type=int, help="which hour, where there are several")
    add(
        "--template",
        type=Path,
        metavar="FILE",
        help="what the system exports: its gradebook, worksheet or gradebook.db",
    )
    add("--column", help="the name of the column or of the assignment there")
    add("--file", type=Path, help="where to write; beside the results without it")
    asked = parser.parse_args(arguments)
    hour, results = results_in(asked.graded, asked.hour)
    folder = asked.graded if asked.graded.is_dir() else asked.graded.parent
    ending = "db" if asked.to == "nbgrader" and asked.template else "csv"
    target = asked.file or folder / f"{asked.to}-hour-{hour}.{ending}"
    if asked.template and target.resolve() == asked.template.resolve():
        raise GradingError(f"{target} is the template itself: name another --file")
    for line in export(results, asked.to, target, asked.template, asked.column):
        print(line, file=sys.stderr)
    print(f"{target}: {len(results)} marks of hour {hour}")
    return 0


def _zip(arguments: Sequence[str]) -> int:
    from labkit.course.grade.export.gradescope_zip import write_zip

    parser = _parser(" gradescope-zip", "Make the autograder zip to upload to Gradescope.")
    add = parser.add_argument
    add("--hour", type=int, action="append", required=True)
    add("--file", type=Path, default=Path("autograder.zip"))
    add("--index", default="", metavar="URL", help="where pip finds PyTorch's CPU builds, far smaller than the default")
    asked = parser.parse_args(arguments)
    try:
        write_zip(asked.file, asked.hour, asked.index)
    except LookupError as error:
        raise GradingError(str(error)) from error
    print(f"{asked.file}: upload it as the autograder of a Gradescope programming assignment")
    return 0
