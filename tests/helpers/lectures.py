"""The lectures as tests see them: what notebooks there are, what a learner writes into one, and how it then runs."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
import pytest
from nbformat import NotebookNode

ROOT = Path(__file__).parents[2]
LECTURES = sorted(path.stem for path in ROOT.glob("solutions/[0-9][0-9]_*.py"))
COLLAPSED = "jp-MarkdownHeadingCollapsed"
ASKS = re.compile(r'^@exercise\("([\w.]+)"\)\s+(?:def|class)\s+(\w+)', flags=re.MULTILINE)
PROBE = """
import json, resource, sys, time
from labkit.course.desk.exercise import SESSION
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
print(json.dumps([{id: report.status for id, report in SESSION.reports.items()}, time.process_time(), peak]))
"""


@dataclass(frozen=True)
class Run:
    """An executed notebook: what each exercise came to, what the learner read below it, and what all that took."""

    notebook: NotebookNode
    reports: dict[str, str]
    seconds: float  # of the processor, in the kernel: neighbors on the machine do not count
    megabytes: float  # at the most, of the kernel

    def below(self, exercise: str) -> list[str]:
        """The text below each attempt at an exercise."""
        return [text_of(cell) for cell in self.notebook.cells if f'exercise("{exercise}")' in cell.source]


def student(lecture: str) -> NotebookNode:
    return nbformat.read(ROOT / "notebooks" / f"{lecture}.ipynb", as_version=4)


def solution(lecture: str) -> NotebookNode:
    return nbformat.read(ROOT / "solutions" / f"{lecture}.ipynb", as_version=4)


def core(notebook: NotebookNode) -> NotebookNode:
    """The notebook without its further sections: from a collapsed heading to the next of its level or above."""
    kept, further = [], False
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.match(r"#{1,3} ", cell.source):
            further = COLLAPSED in cell.metadata
        kept += [] if further else [cell]
    notebook.cells = kept
    return notebook


def asked(cell: NotebookNode) -> dict[str, str]:
    """The exercises that a cell asks for: the id, and the name of what is to be written."""
    return dict(ASKS.findall(cell.source)) if cell.cell_type == "code" else {}


def exercises(notebook: NotebookNode) -> dict[str, str]:
    return {id: name for cell in notebook.cells for id, name in asked(cell).items()}


def with_answers(notebook: NotebookNode, answers: dict[str, list[str]]) -> NotebookNode:
    """The notebook with what a learner writes, one attempt after the other, where an exercise is asked."""
    cells = []
    for cell in notebook.cells:
        attempts = [attempt for exercise in asked(cell) for attempt in answers.get(exercise, [])]
        cells += [nbformat.v4.new_code_cell(attempt) for attempt in attempts] or [cell]
    notebook.cells = cells
    return notebook


def text_of(cell: NotebookNode) -> str:
    """What a reader without HTML sees below a cell."""
    texts = [output.get("text") or output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])]
    return "\n".join(texts)


def run(notebook: NotebookNode, folder: Path, profile: str = "quick") -> Run:
    """Execute with papermill, in a folder that has nothing of the kit. Raises PapermillExecutionError at an error."""
    notebook.cells.append(nbformat.v4.new_code_cell(PROBE))
    written, executed = folder / "written.ipynb", folder / "executed.ipynb"
    nbformat.write(notebook, written)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MPLBACKEND", raising=False)  # kernels choose their own, which puts figures out
        done = papermill.execute_notebook(
            written, executed, {"profile": profile}, cwd=folder, kernel_name="python3", progress_bar=False
        )
    reports, seconds, megabytes = json.loads(text_of(done.cells[-1]))
    return Run(done, reports, seconds, megabytes)
