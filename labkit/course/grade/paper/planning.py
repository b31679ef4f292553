"""What to run of a notebook for one exercise: its own cell in full, and of the others what defines something it needs.

Imports, functions, classes and plain assignments are cheap, and run if they bind a name that the exercise needs.
Anything else, such as training, runs only if nothing cheap binds that name.
"""

import builtins
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labkit.course.grade.paper.cells import IMPORTS, Cell, Statement, defines


@dataclass
class Plan:
    """What to run: some cells in full, and of the others the cheap statements that bind a `needed` name.

    Where no cell is seen to define the answer, all cheap statements: it may be well hidden.
    """

    cells: list[Cell]
    full: set[int] = field(default_factory=set)
    defining: set[int] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)

    def statements(self, cell: Cell) -> list[Statement]:
        """Those of this cell that run."""
        if cell.number in self.full:
            return list(cell.statements)
        return [part for part in cell.statements if part.cheap and self._wants(part)]

    def _wants(self, part: Statement) -> bool:
        return bool(part.binds & self.needed) or not self.defining or part.star


def plan(cells: Sequence[Cell], id: str, names: Iterable[str]) -> Plan:
    """What the exercise with this id needs; `names` are what its answer may be called without its decorator."""
    made = Plan(list(cells))
    made.defining = {cell.number for cell in cells if defines(cell, id)}
    made.defining = made.defining or {cell.number for cell in cells if _binds_cheaply(cell, set(names))}
    made.full = set(made.defining)
    while True:
        made.needed = _needed(made)
        bound = {name for cell in cells for part in made.statements(cell) for name in part.binds}
        missing = made.needed - bound - set(dir(builtins))
        more = {cell.number for name in missing if (cell := _last_binding(cells, name)) is not None}
        if more <= made.full:
            return made
        made.full |= more


def _binds_cheaply(cell: Cell, names: set[str]) -> bool:
    return any(part.cheap and not isinstance(part.node, IMPORTS) and part.binds & names for part in cell.statements)


def _needed(made: Plan) -> set[str]:
    """The names that the cells in full read, and those read by what binds these, and so on."""
    binding: dict[str, list[Statement]] = {}
    for cell in made.cells:
        for part in cell.statements:
            if part.cheap or cell.number in made.full:
                for name in part.binds:
                    binding.setdefault(name, []).append(part)
    needed: set[str] = set()
    whole = [part for cell in made.cells if cell.number in made.full for part in cell.statements]
    waiting = {name for part in whole for name in part.reads}
    while waiting:
        name = waiting.pop()
        needed.add(name)
        waiting |= {read for part in binding.get(name, []) for read in part.reads} - needed
    return needed


def bound_by(cells: Sequence[Cell], id: str) -> set[str]:
    """The names that the cells which hand in an answer to this exercise bind."""
    return {name for cell in cells if defines(cell, id) for part in cell.statements for name in part.binds}


def _last_binding(cells: Sequence[Cell], name: str) -> Cell | None:
    found = [cell for cell in cells if any(name in part.binds for part in cell.statements)]
    return found[-1] if found else None
