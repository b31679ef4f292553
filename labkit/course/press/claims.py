"""The claims of a lecture, measured on several seeds: a claim that holds for one seed alone is luck."""

import os
from pathlib import Path

import nbformat

from labkit.course.press.build import Course
from labkit.course.press.execution import ENVIRONMENT, client_for, stored


def main(hours: list[int], seeds: list[int]) -> int:
    """Run the solutions once for each seed and print what became of each claim; 1 if one fails. Raises BuildError."""
    course, failed = Course.here(), False
    for source in course.sources(hours):
        for seed in seeds:
            held, broken = measure(course.solution_path(source.stem), seed)
            print(f"{source.stem}, seed {seed}: {len(held)} claims hold, {len(broken)} do not", flush=True)
            print(*held, *broken, sep="\n", end="\n\n")
            failed |= bool(broken)
    return int(failed)


def measure(path: Path, seed: int) -> tuple[list[str], list[str]]:
    """The claims that hold for a seed, and what went wrong, each with its figures. Raises BuildError."""
    notebook = stored(path, seed=seed)
    with client_for(notebook, allow_errors=True) as client:
        client.execute(env=os.environ | ENVIRONMENT)
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    held = [text for cell in codes if "claim(" in cell.source for text in _shown(cell)]
    wrong = [f"{output.ename}: {output.evalue}" for cell in codes for output in cell.outputs if "ename" in output]
    return held, wrong


def _shown(cell: nbformat.NotebookNode) -> list[str]:
    texts = [output.data.get("text/plain", "") for output in cell.outputs if "data" in output]
    return [text for text in texts if text.startswith("✓")]
