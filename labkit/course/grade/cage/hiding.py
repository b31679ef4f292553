"""Taking the references away from a process in which strangers' code will run.

The function itself is emptied, so every name, closure and table that leads to it leads to nothing; its file is out of
reach (see `sandbox`), so it cannot be read, imported again or reloaded. What rests on it raises the same error.
"""

import gc
import importlib
import importlib.abc
import importlib.machinery
import linecache
import sys
from collections.abc import Sequence
from types import FunctionType, ModuleType

from labkit.course.check.own import functions, resolve


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
