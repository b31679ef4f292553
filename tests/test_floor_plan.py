"""The rooms of labkit, who may enter whom, and how long anything may be.

A room opens a door to another with a line in its `__init__`: "May enter cnn: the vision tower is a CNN."
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LABKIT = ROOT / "labkit"
GROUND = {"nn", "data", "train"}  # what every room stands on
DOORS = {"show": GROUND, "multimodal": {"cnn", "transformers"}}  # beside what a design note opens
SIMPLE_NAMES = {"scikit-learn": "sklearn", "ipython": "IPython", "pillow": "PIL"}
CARRIED = {"rl": {"gymnasium"}}  # beside the core: what the environments of this room are classes of

MODULES = sorted(path for path in LABKIT.rglob("*.py") if path.name != "__init__.py")
PACKAGES = sorted(path.parent for path in LABKIT.rglob("__init__.py"))
ROOMS = {path.name for path in PACKAGES if path.parent == LABKIT}
SOURCES = sorted(path for top in (LABKIT, ROOT / "tests") for path in top.rglob("*.py"))


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Every address that is imported, with its line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            yield "." * node.level + (node.module or ""), node.lineno
        elif isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)


def at_the_top(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The imports that importing the module runs: not those inside functions."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from imports(node)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from at_the_top(node)


def room_of(path: Path) -> str:
    return path.relative_to(LABKIT).parts[0]


def notes(room: str) -> set[str]:
    """The doors that the room's own map opens, each with its reason."""
    doc = ast.get_docstring(ast.parse((LABKIT / room / "__init__.py").read_text())) or ""
    return set(re.findall(r"^May enter (\w+): \S", doc, flags=re.MULTILINE))


def may_enter(room: str) -> set[str]:
    if room == "course":
        return ROOMS
    if room in GROUND:
        return GROUND
    return {room} | GROUND | {"show"} | DOORS.get(room, set()) | notes(room) - {"course"}


def test_the_house_has_rooms():
    assert {"nn", "data", "train", "show", "course", "transformers"} <= ROOMS
    assert len(MODULES) > 20


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_doors(path: Path):
    room = room_of(path)
    for name, line in imports(ast.parse(path.read_text())):
        where = f"{short(path)}:{line}"
        assert not name.startswith("."), f"{where}: write the full address, not a relative import"
        if name.split(".")[0] != "labkit":
            continue
        assert (ROOT / (name.replace(".", "/") + ".py")).is_file(), f"{where}: import from the module, not from {name}"
        assert name.split(".")[1] in may_enter(room), f"{where}: {room} may not enter {name}"


def test_notes_open_no_door_of_the_ground_the_show_or_the_classroom():
    for room in ROOMS - {"course"}:
        assert not notes(room) & {"course"}, f"nothing enters the classroom, and {room} says it does"
        assert room not in GROUND | {"show"} or not notes(room), f"{room} imports no room"


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_a_learner_has_what_it_imports(path: Path):
    """At the top of a module stand the standard library, labkit, and what its install brings.

    For a room that is the core, `pip install labkit`; for `show` what lectures need, and for `course` what builds them.
    """
    project, room = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"], room_of(path)
    extras = {"show": ["course"], "course": ["course", "lab", "build"]}.get(room, [])
    more = [line for extra in extras for line in project["optional-dependencies"][extra]]
    names = [re.match(r"[\w-]+", line).group() for line in project["dependencies"] + more]
    allowed = {SIMPLE_NAMES.get(name, name) for name in names} | CARRIED.get(room, set())
    allowed |= {"labkit"} | set(sys.stdlib_module_names)
    for name, line in at_the_top(ast.parse(path.read_text())):
        assert name.split(".")[0] in allowed, (
            f"{short(path)}:{line}: a learner has no {name}: import it where it is used"
        )


@pytest.mark.parametrize("path", SOURCES, ids=short)
def test_no_file_is_long(path: Path):
    assert len(path.read_text().splitlines()) <= 200, f"{short(path)} is too long to read in one sitting"


@pytest.mark.parametrize("path", MODULES, ids=short)
def test_no_function_is_long(path: Path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            where = f"{short(path)}:{node.lineno}: {node.name}"
            assert node.end_lineno - node.lineno < 30, f"{where} is too long to read at a glance"
            taken = {arg.arg for arg in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]}
            assert len(taken - {"self"}) <= 8, f"{where} takes too much"
            rest = [arg for arg in (node.args.vararg, node.args.kwarg) if arg and not arg.annotation]
            assert not rest, f"{where} takes anything at all: say what"


@pytest.mark.parametrize("package", PACKAGES, ids=short)
def test_every_room_has_a_map_and_nothing_else_at_the_door(package: Path):
    tree = ast.parse((package / "__init__.py").read_text())
    _, _, rows = (ast.get_docstring(tree) or "").partition("\n")
    listed = set(re.findall(r"^(\w+): \S", rows, flags=re.MULTILINE))
    modules = {path.stem for path in package.glob("*.py")} - {"__init__"}
    rooms = {path.name for path in PACKAGES if path.parent == package}
    wanted = "a row `name: what it is` in its __init__ for each module and room, and for nothing else"
    assert listed == modules | rooms, f"the map of {short(package)} and what is there differ: {wanted}"
    assert len(tree.body) == 1, "a docstring only: no imports, no re-exports"


@pytest.mark.parametrize("folder", sorted({path.parent for path in MODULES}), ids=short)
def test_every_folder_of_modules_is_a_room(folder: Path):
    assert (folder / "__init__.py").is_file(), f"{short(folder)} has no map"
