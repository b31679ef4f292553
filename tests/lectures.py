"""The lectures as tests see them: what notebooks there are, what a learner writes into one, and how it then runs."""

import json
import re
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from nbformat import NotebookNode

ROOT = Path(__file__).parents[1]
LECTURES = sorted(path.stem for path in ROOT.glob("solutions/[0-9][0-9]_*.py"))
ASKS = re.compile(r'^@exercise\("([\w.]+)"\)\s+(?:def|class)\s+(\w+)', flags=re.MULTILINE)
PROBE = """
import json
from labkit.course.exercise import SESSION
print(json.dumps({id: [r.status, r.misconception and r.misconception.name] for id, r in SESSION.reports.items()}))
"""


@dataclass(frozen=True)
class Run:
    """An executed notebook: what each exercise came to, what the learner read below it, and how long all took."""

    notebook: NotebookNode
    reports: dict[str, tuple[str, str | None]]
    seconds: float

    def below(self, exercise: str) -> str:
        """The text below the cell of an exercise."""
        return text_of(next(cell for cell in self.notebook.cells if f'exercise("{exercise}")' in cell.source))


def student(lecture: str) -> NotebookNode:
    return nbformat.read(ROOT / "notebooks" / f"{lecture}.ipynb", as_version=4)


def solution(lecture: str) -> NotebookNode:
    return nbformat.read(ROOT / "solutions" / f"{lecture}.ipynb", as_version=4)


def asked(cell: NotebookNode) -> dict[str, str]:
    """The exercises that a cell asks for: the id, and the name of what is to be written."""
    return dict(ASKS.findall(cell.source)) if cell.cell_type == "code" else {}


def exercises(notebook: NotebookNode) -> dict[str, str]:
    return {id: name for cell in notebook.cells for id, name in asked(cell).items()}


def with_answers(notebook: NotebookNode, answers: dict[str, str]) -> NotebookNode:
    """The notebook with these cells in the places where their exercises are asked."""
    for cell in notebook.cells:
        for exercise in asked(cell):
            cell.source = answers.get(exercise, cell.source)
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
    began = time.perf_counter()
    done = papermill.execute_notebook(
        written, executed, {"profile": profile}, cwd=folder, kernel_name="python3", progress_bar=False
    )
    seconds = time.perf_counter() - began
    return Run(done, {id: tuple(report) for id, report in json.loads(text_of(done.cells[-1])).items()}, seconds)
