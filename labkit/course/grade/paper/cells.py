"""Code cells, parsed: their statements, and the names that each one reads and binds, as the compiler says."""

import __future__

import ast
import dis
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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


def parse_all(texts: Sequence[str]) -> list[Cell]:
    """The cells of a notebook. As in a kernel, what one imports from `__future__` holds for all that follow."""
    cells, flags = [], ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    for number, text in enumerate(texts, start=1):
        cells.append(parse(number, text, flags))
        for part in cells[-1].statements:
            flags |= _future(part.node)
    return cells


def _future(node: ast.stmt) -> int:
    """The compiler's flags that a statement sets for those after it."""
    if not isinstance(node, ast.ImportFrom) or node.module != "__future__":
        return 0
    features = (getattr(__future__, alias.name, None) for alias in node.names)
    return sum({feature.compiler_flag for feature in features if feature is not None})


def parse(number: int, text: str, flags: int = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT) -> Cell:
    """A cell from its text. What is wrong with it is its `error`."""
    file, source = Cell(number, text).file, text
    try:
        try:
            tree = ast.parse(source)
        except SyntaxError:
            source = plain(text)
            tree = ast.parse(source)
        statements = []
        for node in tree.body:
            flags |= _future(node)
            statements.append(_statement(node, file, flags))
        return Cell(number, source, tuple(statements))
    except SyntaxError as error:
        return Cell(number, source, error=(error.lineno or 0, error.msg))
    except (ValueError, RecursionError, MemoryError, OverflowError) as error:
        return Cell(number, source, error=(0, f"Python cannot read it ({type(error).__name__})"))


def _statement(node: ast.stmt, file: str, flags: int) -> Statement:
    code = compile(ast.Module([node], []), file, "exec", flags=flags, dont_inherit=True)
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
