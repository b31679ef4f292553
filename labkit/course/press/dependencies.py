"""Which of labkit's code a lecture rests on, and a fingerprint of it."""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

from labkit.course.check.registry import find
from labkit.course.press.source import Lecture

LABKIT = Path(__file__).parents[2]


def fingerprint(lecture: Lecture) -> str:
    """Changes when the code of a labkit module changes that the lecture imports, directly or not; not with comments."""
    digest = hashlib.sha256()
    for name in sorted(modules(lecture)):
        digest.update(ast.dump(_without_docstrings(_path(name))).encode())
    return digest.hexdigest()[:16]


def modules(lecture: Lecture) -> set[str]:
    """The labkit modules that a lecture imports, directly or not, those of its exercises included."""
    code = [cell.text for cell in lecture.cells if cell.kind == "code"]
    lines = [line for text in code for line in text.split("\n") if not line.lstrip().startswith(("%", "!"))]
    waiting = set(_imports(ast.parse("\n".join(lines))))
    for cell in lecture.cells:
        if "exercise" in cell.options:
            id = cell.options["exercise"]
            waiting |= {f"labkit.course.exercises.{id}", find(id).reference.split(":")[0]}
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found and _path(name).is_file():
            found.add(name)
            waiting |= set(_imports(ast.parse(_path(name).read_text(encoding="utf-8")))) - found
    return found


def _path(name: str) -> Path:
    return LABKIT.joinpath(*name.split(".")[1:]).with_suffix(".py")


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("labkit."):
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("labkit."))


def _without_docstrings(path: Path) -> ast.AST:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            node.body = body[1:]
    return tree
