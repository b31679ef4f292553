"""A syntax error in the cell of an exercise, told in the kit's own words; what follows goes on with labkit's own."""

import re
from typing import Any

from labkit.course.check.feedback import WRONG, Note, show
from labkit.course.check.registry import all_exercises

ASKED = re.compile(r"""@exercise\(\s*["']([\w.]+)["']""")
NAMED = re.compile(r"^\s*(?:def|class)\s+(\w+)", re.MULTILINE)
TEXT: list[str] = []  # of the cell that is about to run


def watch_syntax() -> None:
    """From now on, say what a syntax error in an exercise's cell means. Does nothing outside a notebook."""
    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None or not hasattr(shell, "kernel") or _take in shell.events.callbacks["pre_run_cell"]:
        return
    shell.events.register("pre_run_cell", _take)
    shell.set_custom_exc((SyntaxError,), _tell)


def _take(info: Any) -> None:
    TEXT[:] = [info.raw_cell or ""]


def _tell(shell: Any, kind: type, error: SyntaxError, trace: Any, tb_offset: int | None = None) -> None:
    """Python's own words first, then the kit's. An error of code that runs inside a cell keeps its traceback."""
    if trace is not None and "ipykernel" not in str(error.filename) and "<ipython" not in str(error.filename):
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
        return
    shell.showsyntaxerror()
    note = explained(TEXT[0] if TEXT else "", error, shell.user_ns)
    if note is not None:
        show(note)


def explained(cell: str, error: SyntaxError, names: dict[str, Any]) -> Note | None:
    """What to say of a syntax error in an exercise's cell, and labkit's own under the name that the cell defines."""
    asked = ASKED.search(cell)
    known = all_exercises().get(asked[1]) if asked else None
    if known is None:
        return None
    defined = NAMED.search(cell, asked.end())
    lines = [f"Python could not read line {error.lineno} of this cell: {error.msg}. Nothing in the cell has run."]
    lines.append("Look at that line and at the end of the one above it: a bracket, a colon, a quote, the indentation?")
    if defined:
        names[defined[1]] = known.answer
        lines.append(f"What follows uses labkit's own `{known.reference.split(':')[1]}` in its place.")
    return Note(f"{known.title} ({known.id}): a syntax error", lines, WRONG)
