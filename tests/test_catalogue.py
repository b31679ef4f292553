"""Every row of the catalogue has what it promises: its code, its paper, its proof, its lecture and its exercises."""

import ast
import importlib
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
ROWS = tomllib.loads((ROOT / "labkit" / "catalogue.toml").read_text())
KEYS = {"name", "hour", "address", "paper", "proof"}
LECTURES = sorted(ROOT.glob("solutions/[0-9][0-9]_*.py"))
PROVES = re.compile(r"assert|raises|check", re.IGNORECASE)  # assert_close, gradcheck, pytest.raises, ...

every_row = pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)


def defined(address: str) -> Any:
    module, _, name = address.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def source_of(module: ModuleType) -> str:
    return " ".join(Path(module.__file__).read_text().split())


def test_the_catalogue_has_rows():
    assert {"self_attention", "multi_head_attention", "transformer"} <= set(ROWS)


@every_row
def test_row_is_complete(row: dict):
    assert set(row) == KEYS
    assert row["name"]
    assert 1 <= row["hour"] <= 34


@every_row
def test_address_is_where_the_thing_is_defined(row: dict):
    module, _, name = row["address"].partition(":")
    thing = defined(row["address"])
    assert thing.__module__ == module, f"{name} comes from {thing.__module__}: write that address"


@every_row
def test_docstrings_name_the_papers(row: dict):
    """The first paper stands in the docstring of the thing itself, further ones anywhere in its module."""
    module = importlib.import_module(row["address"].partition(":")[0])
    doc = " ".join((defined(row["address"]).__doc__ or "").split())
    papers = row["paper"].split("; ")
    places = [doc] + [source_of(module)] * (len(papers) - 1)
    for paper, place in zip(papers, places, strict=True):
        authors, _, link = paper.rpartition(", ")
        assert re.fullmatch(r".+ (19|20)\d\d", authors), f"a paper is 'Author year, https://...', not {paper!r}"
        assert re.fullmatch(r"https://\S+", link), f"a paper is 'Author year, https://...', not {paper!r}"
        assert link in place, f"no docstring of {row['address']} links to {link}"
        assert authors in place, f"no docstring of {row['address']} names {authors}"


@every_row
def test_proof_is_a_test_that_asserts(row: dict):
    path, _, name = row["proof"].partition("::")
    file = ROOT / path
    assert file.is_file(), f"{path} is not there"
    tests = {node.name: node for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}
    assert name.startswith("test_")
    assert name in tests, f"{path} has no {name}"
    assert PROVES.search(ast.unparse(ast.Module(tests[name].body, []))), f"{name} asserts nothing"
    module = row["address"].partition(":")[0]
    assert module in file.read_text(), f"{path} never imports {module}: what does it prove?"


@every_row
def test_lecture_imports_it(row: dict):
    source = [path for path in LECTURES if path.name.startswith(f"{row['hour']:02d}_")]
    assert len(source) == 1, f"hour {row['hour']} has no lecture in solutions/"
    module, _, name = row["address"].partition(":")
    taken = {
        alias.name
        for node in ast.walk(ast.parse(source[0].read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == module
        for alias in node.names
    }
    assert name.split(".")[0] in taken, f"{source[0].name} does not import {name} from {module}"


@pytest.mark.parametrize("hour", sorted({row["hour"] for row in ROWS.values()}))
def test_hour_has_exercises(hour: int):
    from labkit.course.check.registry import all_exercises

    assert [asked for asked in all_exercises().values() if asked.hour == hour]


@pytest.mark.parametrize("lecture", LECTURES, ids=lambda path: path.stem)
def test_lecture_is_in_the_catalogue(lecture: Path):
    assert int(lecture.name[:2]) in {row["hour"] for row in ROWS.values()}, f"{lecture.name} teaches nothing catalogued"
