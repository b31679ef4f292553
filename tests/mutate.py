"""Plants bugs in a module and sees whether its own tests notice: `make mutate MODULE=labkit/graphs/gcn.py`.

Each bug is one small change that a person might make: a sign, a comparison, a number, the name of a reduction, a
condition. It is planted in a copy of the package; the checkout is never touched. A survivor is a place to look: a
test is missing, or the change makes no difference (speed, a message).
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAIRS = [(ast.Add, ast.Sub), (ast.Mult, ast.Div), (ast.Lt, ast.LtE), (ast.Gt, ast.GtE), (ast.Eq, ast.NotEq)]
PAIRS += [(ast.And, ast.Or), (ast.Is, ast.IsNot), (ast.MatMult, ast.Mult), (ast.FloorDiv, ast.Div)]
SWAPS = {b: a for a, b in PAIRS} | dict(PAIRS)
WORDS = "sum mean|max min|argmax argmin|softmax sigmoid|exp log|detach clone|eval train|floor ceil|cos sin|sqrt abs"
NAMES = {a: b for pair in WORDS.split("|") for a, b in (pair.split(), pair.split()[::-1])}


def bugs(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """Every bug that could be planted: its line, what it is, and the tree with it."""
    for number, node in enumerate(ast.walk(tree)):
        for what, change in _changes(node):
            spoiled = copy.deepcopy(tree)
            change(next(other for i, other in enumerate(ast.walk(spoiled)) if i == number))
            yield getattr(node, "lineno", 0), what, ast.fix_missing_locations(spoiled)


def _changes(node: ast.AST) -> Iterator[tuple]:
    operator = getattr(node, "op", None) or (node.ops[0] if isinstance(node, ast.Compare) else None)
    swapped = SWAPS.get(type(operator))
    if swapped is not None:
        yield f"{type(operator).__name__} becomes {swapped.__name__}", lambda n: _swap(n, swapped())
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        yield f"{node.value} becomes {node.value + 1}", lambda n: setattr(n, "value", n.value + 1)
    if isinstance(node, ast.Constant) and type(node.value) is bool:
        yield f"{node.value} is turned round", lambda n: setattr(n, "value", not n.value)
    if isinstance(node, ast.Attribute) and node.attr in NAMES:
        yield f"{node.attr} becomes {NAMES[node.attr]}", lambda n: setattr(n, "attr", NAMES[n.attr])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.Not | ast.Invert):
        yield "a sign is left out", lambda n: setattr(n, "op", ast.UAdd())
    if isinstance(node, ast.If):
        yield "a condition is always false", lambda n: setattr(n, "test", ast.Constant(False))


def _swap(node: ast.AST, operator: ast.AST) -> None:
    if isinstance(node, ast.Compare):
        node.ops[0] = operator
    else:
        node.op = operator


def survives(source: str, module: Path, tests: list[str], copied: Path) -> bool:
    """Whether all tests pass with this text in the module's place."""
    (copied / module).write_text(source, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--timeout=120", *tests]
    environment = os.environ | {"PYTHONPATH": str(copied)}
    return subprocess.run(command, cwd=copied, env=environment, capture_output=True).returncode == 0


def main() -> int:
    """Plant, run, report; 1 if a bug survived."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("module", type=Path, help="such as labkit/graphs/gcn.py")
    parser.add_argument("tests", nargs="*", help="the test file of the same name, if none is given")
    parser.add_argument("--most", type=int, default=20, help="bugs to plant, drawn at random (default 20)")
    asked = parser.parse_args()
    mirrored = Path("tests", *asked.module.parts[1:-1], f"test_{asked.module.name}")
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "checkout"
        shutil.copytree(ROOT, copied, ignore=shutil.ignore_patterns(".git", ".venv", "*.ipynb", "artifacts"))
        text = (ROOT / asked.module).read_text(encoding="utf-8")
        tests = asked.tests or [str(mirrored)]
        if not survives(text, asked.module, tests, copied):
            raise SystemExit(f"{' '.join(tests)}: fails without any bug")
        planted = list(bugs(ast.parse(text)))
        chosen = random.Random(0).sample(planted, min(asked.most, len(planted)))
        left = [(line, what) for line, what, tree in chosen if survives(ast.unparse(tree), asked.module, tests, copied)]
    for line, what in sorted(left):
        print(f"{asked.module}:{line}: survives: {what}")
    print(f"{len(chosen)} of {len(planted)} bugs planted, {len(left)} survived")
    return int(bool(left))


if __name__ == "__main__":
    sys.exit(main())
