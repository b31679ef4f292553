"""The claims of a lecture, measured on several seeds: a claim that holds for one seed alone is luck."""

import os
from dataclasses import dataclass
from pathlib import Path

import nbformat

from labkit.course.press.build import Course
from labkit.course.press.execution import ENVIRONMENT, client_for, stored

HOLDS, FAILS = "✓ ", "✗ Not so: "


@dataclass(frozen=True)
class Measured:
    """One run: the claims that hold, with their figures, what went wrong, and whether each claim holds."""

    held: list[str]
    broken: list[str]
    claims: dict[str, bool]


def main(hours: list[int], seeds: list[int], fresh: int = 0) -> int:
    """Run the solutions once for each seed and print what became of each claim; 1 if one fails. Raises BuildError.

    `fresh` seeds are drawn anew instead, and the share of them is printed on which each claim holds.
    """
    course, failed = Course.here(), False
    seeds = drawn(fresh) if fresh else seeds
    for source in course.sources(hours):
        runs = []
        for seed in seeds:
            runs.append(measure(course.solution_path(source.stem), seed))
            held, broken = runs[-1].held, runs[-1].broken
            print(f"{source.stem}, seed {seed}: {len(held)} claims hold, {len(broken)} do not", flush=True)
            print(*([] if fresh else held), *broken, sep="\n", end="\n\n")
            failed |= bool(broken)
        if fresh:
            print(source.stem, *shares(runs), sep="\n", end="\n\n", flush=True)
    return int(failed)


def drawn(count: int) -> list[int]:
    """Seeds that nobody has chosen."""
    return [int.from_bytes(os.urandom(4), "big") // 2 for _ in range(count)]


def shares(runs: list[Measured]) -> list[str]:
    """A line for each claim: on how many of the runs that measured it it holds; the weakest first."""
    seen: dict[str, list[bool]] = {}
    for run in runs:
        for claim, holds in run.claims.items():
            seen.setdefault(claim, []).append(holds)
    weakest = sorted(seen.items(), key=lambda pair: sum(pair[1]) / len(pair[1]))
    return [f"{sum(held)} of {len(held)}  {claim}" for claim, held in weakest]


def measure(path: Path, seed: int) -> Measured:
    """What became of each claim for a seed. Raises BuildError."""
    notebook = stored(path, seed=seed)
    with client_for(notebook, allow_errors=True) as client:
        client.execute(env=os.environ | ENVIRONMENT)
    codes = [cell for cell in notebook.cells if cell.cell_type == "code"]
    shown = [text for cell in codes if "claim(" in cell.source for text in _shown(cell)]
    held = [text for text in shown if text.startswith(HOLDS)]
    wrong = [f"{output.ename}: {output.evalue}" for cell in codes for output in cell.outputs if "ename" in output]
    titles = [text.split("\n")[0] for text in shown]
    claims = {title.removeprefix(HOLDS): True for title in titles if title.startswith(HOLDS)}
    claims |= {title.removeprefix(FAILS): False for title in titles if title.startswith(FAILS)}
    return Measured(held, wrong, claims)


def _shown(cell: nbformat.NotebookNode) -> list[str]:
    return [output.data.get("text/plain", "") for output in cell.outputs if "data" in output]
