"""Running the notebook of a lecture, and saying plainly where it went wrong."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from labkit.course.press.notebook import as_text
from labkit.course.press.outputs import clean
from labkit.course.press.source import Lecture
from labkit.course.press.template import BuildError

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",  # one thread adds up in the same order each time
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "LABKIT_PROGRESS": "off",
    "LABKIT_PROFILE": "standard",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",  # whatever the caller's terminal uses
}
LIMIT = 600_000  # bytes
SECONDS = 600  # for one cell
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def with_parameters(notebook: NotebookNode, **values: object) -> None:
    """Set parameters below the cell that is tagged so, as papermill does it."""
    cells = notebook.cells
    at = next((i for i, cell in enumerate(cells) if "parameters" in cell.metadata.get("tags", [])), -1)
    text = "\n".join(f"{name} = {value!r}" for name, value in values.items())
    cells.insert(at + 1, nbformat.v4.new_code_cell(text))


@contextmanager
def client_for(notebook: NotebookNode, **options: object) -> Iterator[NotebookClient]:
    """What runs a notebook, in an empty folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        resources = {"metadata": {"path": folder}}
        yield NotebookClient(notebook, timeout=SECONDS, kernel_name="python3", resources=resources, **options)


def stored(path: Path, **parameters: object) -> NotebookNode:
    """A notebook that has been built, with these parameters. Raises BuildError if it is not there."""
    if not path.is_file():
        raise BuildError(f"{path} is not there: run `labkit build` first")
    notebook = nbformat.read(path, as_version=4)
    with_parameters(notebook, **parameters)
    return notebook


def execute(notebook: NotebookNode, lecture: Lecture) -> None:
    """Run all cells in place, in an empty folder, and clean the outputs. Raises BuildError."""
    with client_for(notebook, record_timing=False) as client:
        try:
            client.execute(env=os.environ | ENVIRONMENT)
        except (CellExecutionError, CellTimeoutError) as error:
            raise BuildError(_where(notebook, lecture, error)) from error
        except DeadKernelError as error:
            raise BuildError(f"{lecture.path}: the kernel died, most likely for want of memory ({error})") from error
    _quiet(notebook, lecture)
    clean(notebook)
    _small(notebook, lecture)


def _where(notebook: NotebookNode, lecture: Lecture, error: Exception) -> str:
    """Path and line of the cell that failed: the one with an error among its outputs, else the last that began."""
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    failed = [cell for cell in codes if any(output.output_type == "error" for output in cell.outputs)]
    began = [cell for cell in codes if cell.execution_count is not None]
    id = (failed or began or codes[:1])[-1].id
    source = next(cell for cell in lecture.cells if cell.id == id)
    start = source.line
    if not failed:
        return f"{lecture.path}:{start}: the cell {id!r} did not finish within {SECONDS} seconds"
    output = next(output for output in failed[-1].outputs if output.output_type == "error")
    trace = ANSI.sub("", "\n".join(output.traceback))
    inside = re.search(r"Cell In\[\d+\], line (\d+)", trace)
    numbers = [number for number, _ in source.lines(solved=True)]
    line = numbers[int(inside[1]) - 1] if inside else start
    return f"{lecture.path}:{line}: the cell {id!r} raises {output.ename}: {output.evalue}"


def _quiet(notebook: NotebookNode, lecture: Lecture) -> None:
    """Warnings belong on nobody's page."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "stream" and output.name == "stderr" and output.text.strip():
                line = next(source.line for source in lecture.cells if source.id == cell.id)
                text = output.text.strip()[:500]
                raise BuildError(
                    f"{lecture.path}:{line}: the cell {cell.id!r} writes to stderr, see to its cause: {text}"
                )


def _small(notebook: NotebookNode, lecture: Lecture) -> None:
    size = len(as_text(notebook).encode())
    if size > LIMIT:
        sizes = {cell.id: len(nbformat.from_dict(cell).__repr__()) for cell in notebook.cells}
        largest = sorted(sizes, key=sizes.get, reverse=True)[:3]
        cells = ", ".join(f"{id!r} {sizes[id] // 1000} KB" for id in largest)
        raise BuildError(
            f"{lecture.path}: {size // 1000} KB, and {LIMIT // 1000} are allowed: the largest cells are {cells}"
        )
