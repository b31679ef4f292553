"""The standard run beside a quick one: a short run says that it is one, and shows what the text describes.

A cell that the source marks `result=true` is tagged so in the executed solution. In the quick profile, below each such
cell stands what it put out there, found by the cell's source.
"""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from labkit.course.check.feedback import MARKS, Note, in_notebook, show

TITLE = "The standard run, which the text describes"
ATTENTION = ("!", "#cc6a1c", "attention")
HOUR: list[int] = []  # of the quick run that is under way


def begin_quick(hour: int) -> None:
    """Say what the quick profile is for, and show the standard run's results below the cells that follow."""
    beside = "Below each result stands the same result of the standard run, which the text describes."
    if _stored(hour) is None:
        beside = "The results of the standard run, which the text describes, are not installed here."
    poor = "Models train for a moment on few data. Figures and pictures are poor, and some claims are not measured."
    again = 'For the lecture itself, set `profile = "standard"` in the cell of parameters, and run all cells again.'
    show(Note("This is a short run: it shows that the notebook works", [poor, beside, again], ATTENTION))
    HOUR[:] = [hour]
    if in_notebook():
        _events().register("post_run_cell", show_standard)


def end_quick() -> None:
    """Show nothing more below cells."""
    if HOUR and in_notebook() and show_standard in _events().callbacks["post_run_cell"]:
        _events().unregister("post_run_cell", show_standard)
    HOUR.clear()


def show_standard(ran: Any) -> None:
    """Show what a cell that has just run put out in the standard run, if it is marked as a result."""
    outputs = results(HOUR[0]).get(_key(ran.info.raw_cell)) if HOUR and ran.success else None
    if not outputs:
        return
    from IPython.display import display

    show(Note(TITLE, mark=MARKS["hint"]))
    for output in outputs:
        data, metadata = output.get("data"), output.get("metadata", {})
        data = {kind: "".join(value) for kind, value in (data or {"text/plain": output.get("text", "")}).items()}
        display(data, raw=True, metadata=metadata)


@cache
def results(hour: int) -> dict[str, list[dict[str, Any]]]:
    """What the result cells of an hour put out in the standard run, by their source; nothing if it is not there."""
    path = _stored(hour)
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"] if path else []
    found = {}
    for cell in cells:
        if "result" in cell["metadata"].get("tags", ()):
            found[_key("".join(cell["source"]))] = cell["outputs"]
    return found


def _stored(hour: int) -> Path | None:
    """The executed solution: in a checkout beside the package, in an installation within it."""
    inside = Path(str(files("labkit")))
    for folder in (inside.parent / "solutions", inside / "solutions"):
        for path in sorted(folder.glob(f"{hour:02d}_*.ipynb")):
            return path
    return None


def _key(source: str) -> str:
    return source.strip()


def _events() -> Any:
    from IPython import get_ipython

    return get_ipython().events
