"""Which code of a notebook an exercise needs: its own cell in full, and of the others what defines something.

Imports, functions, classes and plain assignments are cheap, and run if they bind a name that the exercise needs.
Anything else, such as training, runs only if nothing cheap binds that name. The compiler says which names are read.
"""

import ast
import builtins
import dis
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import CodeType

from labkit.course.grade.paper.magics import plain

DEFINITIONS = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
IMPORTS = ast.Import | ast.ImportFrom
COSTLY = (ast.Call, ast.Await, ast.Yield, ast.YieldFrom, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
LOADS, STORES = {"LOAD_NAME", "LOAD_GLOBAL"}, {"STORE_NAME", "STORE_GLOBAL"}


@dataclass(frozen=True)
class Statement:
    """One statement at the top of a cell, and the global names that it reads and binds."""

    node: ast.stmt
    code: CodeType
    reads: frozenset[str]
    binds: frozenset[str]
    cheap: bool

    @property
    def star(self) -> bool:
        """Whether it binds names that only running it tells."""
        return isinstance(self.node, ast.ImportFrom) and any(alias.name == "*" for alias in self.node.names)


@dataclass(frozen=True)
class Cell:
    """A code cell, as parsed; `error` is the line and the message where it is no Python."""

    number: int  # counted from 1
    text: str
    statements: tuple[Statement, ...] = ()
    error: tuple[int, str] | None = None

    @property
    def file(self) -> str:
        """What tracebacks call it: like IPython does."""
        return f"<ipython-input-{self.number}>"


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


def parse(number: int, text: str) -> Cell:
    """A cell from its text. What is wrong with it is its `error`."""
    file, source = Cell(number, text).file, text
    try:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            source = plain(text)
            tree = ast.parse(source)
        return Cell(number, source, tuple(_statement(node, file) for node in tree.body))
    except SyntaxError as error:
        return Cell(number, source, error=(error.lineno or 0, error.msg))
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return Cell(number, source, error=(0, f"Python cannot read it ({type(error).__name__})"))


def _statement(node: ast.stmt, file: str) -> Statement:
    code = compile(ast.Module([node], []), file, "exec", dont_inherit=True)
    reads, binds = _names(code, top=True)
    return Statement(node, code, frozenset(reads), frozenset(binds), _is_cheap(node))


def _names(code: CodeType, top: bool = False) -> tuple[set[str], set[str]]:
    """The global names that code and what is nested in it reads, and those that it binds."""
    steps = list(dis.get_instructions(code))
    reads = {step.argval for step in steps if step.opname in LOADS}
    binds = {step.argval for step in steps if step.opname in STORES and (top or step.opname == "STORE_GLOBAL")}
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner_reads, inner_binds = _names(constant)
            reads, binds = reads | inner_reads, binds | inner_binds
    return reads, binds


def _is_cheap(node: ast.stmt) -> bool:
    if isinstance(node, DEFINITIONS | IMPORTS):
        return True
    if isinstance(node, ast.Try):
        return all(isinstance(part, IMPORTS) for part in node.body)
    if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        parts = [part for target in targets for part in ast.walk(target)]
        names = all(isinstance(part, ast.Name | ast.Tuple | ast.expr_context) for part in parts)
        return names and not any(isinstance(part, COSTLY) for part in ast.walk(node.value))
    return False


def defines(cell: Cell, id: str) -> bool:
    """Whether the cell hands something in for this exercise: `@NAME("id")`, or `NAME("id")(answer)`."""
    for part in cell.statements:
        for node in ast.walk(part.node):
            calls = node.decorator_list if isinstance(node, DEFINITIONS) else []
            calls = [*calls, node.func] if isinstance(node, ast.Call) else calls
            if any(isinstance(call, ast.Call) and id in _constants(call) for call in calls):
                return True
    return False


def _constants(call: ast.Call) -> Iterator[object]:
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    return (argument.value for argument in given if isinstance(argument, ast.Constant))


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


def _last_binding(cells: Sequence[Cell], name: str) -> Cell | None:
    found = [cell for cell in cells if any(name in part.binds for part in cell.statements)]
    return found[-1] if found else None
