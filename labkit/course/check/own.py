"""Labkit's own implementation is not an answer: whether an answer calls it."""

import functools
import importlib
import sys
from collections.abc import Iterator
from types import FunctionType
from typing import Any

import torch

from labkit.course.check.running import run
from labkit.course.check.spec import Case, Exercise
from labkit.course.check.surroundings import neutral


def calls_own(exercise: Exercise, answer: Any, case: Case, device: torch.device) -> bool:
    """Whether labkit's own implementation of the exercise runs while the answer does, on one case."""
    addresses = (exercise.reference, *exercise.hidden)
    codes = {code for address in addresses for code in _codes(address)}
    seen = []

    def watch(frame: Any, event: str, argument: Any) -> None:
        if event == "call" and frame.f_code in codes:
            seen.append(frame.f_code)

    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        with neutral():
            run(answer, case, device)
    finally:
        sys.setprofile(before)
    return bool(seen)


def _codes(address: str) -> Iterator[Any]:
    """The code that stands in the module of the address: not that of decorators, which others share."""
    thing = resolve(address)
    file = sys.modules[address.split(":")[0]].__file__
    return (found.__code__ for found in functions(thing) if found.__code__.co_filename == file)


def resolve(address: str) -> Any:
    """What stands at "package.module:name"."""
    module, name = address.split(":")
    return getattr(importlib.import_module(module), name)


def functions(thing: Any, seen: set[int] | None = None) -> Iterator[FunctionType]:
    """Every function behind a function, a class, a partial, a decorator or a method."""
    seen = set() if seen is None else seen
    if id(thing) in seen:
        return
    seen.add(id(thing))
    inner = [getattr(thing, name, None) for name in ("__wrapped__", "__func__", "func", "fget", "fset")]
    if isinstance(thing, FunctionType):
        inner += [cell.cell_contents for cell in thing.__closure__ or () if _is_set(cell)]
        yield thing
    elif isinstance(thing, type):
        inner += list(vars(thing).values())
    for part in inner:
        if isinstance(part, FunctionType | classmethod | staticmethod | property | functools.partial):
            yield from functions(part, seen)


def _is_set(cell: Any) -> bool:
    try:
        _ = cell.cell_contents
    except ValueError:  # an empty cell
        return False
    return True
