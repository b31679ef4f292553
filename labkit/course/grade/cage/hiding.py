"""Taking the references away from a process in which strangers' code will run.

The function itself is emptied, so every name, closure and table that leads to it leads to nothing; its file is out of
reach (see `sandbox`), so it cannot be read, imported again or reloaded. What rests on it raises the same error.
"""

import functools
import gc
import importlib
import importlib.abc
import importlib.machinery
import linecache
import sys
from collections.abc import Iterator, Sequence
from types import FunctionType, ModuleType
from typing import Any


def refuse(*args: object, **kwargs: object) -> None:
    """What a reference does from now on. Its code moves to another function, so it uses nothing of this module."""
    raise RuntimeError("labkit's own implementation is out of reach while an answer is graded: build on your own")


def hide(addresses: Sequence[str]) -> None:
    """Empty what stands at each address ("package.module:name"). Raises AttributeError where there is nothing."""
    for address in addresses:
        for function in functions(resolve(address)):
            _empty(function)
    linecache.clearcache()
    gc.collect()


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


def _empty(function: FunctionType) -> None:
    function.__code__ = refuse.__code__.replace(co_freevars=function.__code__.co_freevars)
    function.__defaults__ = function.__kwdefaults__ = None
    function.__annotations__ = {}


class Closed(importlib.abc.MetaPathFinder):
    """Says plainly that a room of labkit is closed, where otherwise its file would be out of reach."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Raises ModuleNotFoundError for what is in labkit and not in memory."""
        if name == "labkit" or name.startswith("labkit."):
            raise ModuleNotFoundError(f"{name} is not available while your answer is graded", name=name)
        return None


def close_the_door() -> None:
    """From here on nothing of labkit is imported that is not in memory."""
    sys.meta_path.insert(0, Closed())
