"""What notebooks expect around them and graders do not need: the classroom's functions, IPython's, `input()`.

The decorator only registers; everything else does nothing, quietly.
"""

import builtins
import dis
import random
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import torch

from labkit.course.check.problems import is_stub

RAISING = set("RESUME NOP CACHE PUSH_NULL LOAD_GLOBAL LOAD_CONST PRECALL CALL RAISE_VARARGS COPY_FREE_VARS".split())


def is_untouched(answer: Any) -> bool:
    """Whether an answer is the stub as it was handed out: nothing in it, or nothing but `NotImplementedError`."""
    if isinstance(answer, type):
        methods = [part for part in vars(answer).values() if isinstance(part, FunctionType)]
        return bool(methods) and all(map(is_untouched, methods))
    if not isinstance(answer, FunctionType):
        return False
    steps = {step.opname for step in dis.get_instructions(answer)}
    raises = answer.__code__.co_names == ("NotImplementedError",) and "RAISE_VARARGS" in steps and steps <= RAISING
    return raises or is_stub(answer)


@dataclass
class Register:
    """What the notebook's decorators have handed in, in order, by id; and what is lent in its place."""

    answers: dict[str, list[Any]] = field(default_factory=dict)
    lent: dict[str, Any] = field(default_factory=dict)

    def exercise(self, id: str) -> Callable[[Any], Any]:
        """The decorator. As in the notebook, what is not right gives way to labkit's own, where that is lent."""

        def taken(answer: Any) -> Any:
            earlier = [other for other in self.answers.get(id, []) if not is_untouched(other)]
            self.answers.setdefault(id, []).append(answer)
            return self.lent.get(id, earlier[-1] if earlier and is_untouched(answer) else answer)

        return taken


class Anything:
    """Whatever is asked of it, it does nothing, and hands itself back."""

    def __getattr__(self, name: str) -> "Anything":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: object, **kwargs: object) -> "Anything":
        return self

    def __getitem__(self, key: object) -> "Anything":
        return self

    def __setitem__(self, key: object, value: object) -> None:
        """Forgotten at once."""

    def __iter__(self) -> Any:
        return iter(())

    def __bool__(self) -> bool:
        return False


@dataclass(frozen=True)
class Lesson:
    """Stands in for `labkit.course.desk.lesson.Lesson`: the quick profile, on the CPU."""

    hour: int = 0
    device: torch.device = field(default_factory=lambda: torch.device("cpu"))
    profile: str = "quick"
    seed: int = 0

    def pick(self, *, standard: Any, quick: Any) -> Any:
        """The quick value."""
        return quick


def begin(hour: int = 0, profile: str | None = None, seed: int = 0) -> Lesson:
    """Seeds are set; pictures and widgets are nobody's concern here."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)
    return Lesson(hour, seed=seed)


def nothing(*args: object, **kwargs: object) -> None:
    """Takes anything, does nothing."""


def no_points(*args: object, **kwargs: object) -> float:
    """The score that a notebook sees while it is graded."""
    return 0.0


def _module(name: str, **contents: Any) -> ModuleType:
    module = ModuleType(name)
    vars(module).update(contents, __getattr__=lambda asked: _missing(name, asked))
    sys.modules[name] = module
    return module


def _missing(module: str, name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    return nothing


def install(register: Register) -> dict[str, Any]:
    """Put the stand-ins where notebooks look for them. Returns the names that a deleted import cell would bring."""
    classroom = {"exercise": register.exercise, "hint": nothing, "score": no_points}
    lecture = {"begin": begin, "claim": nothing, "score_so_far": nothing, "answers": nothing, "Lesson": Lesson}
    desk = sys.modules["labkit.course"].desk = _module("labkit.course.desk", __path__=[])
    desk.exercise = _module("labkit.course.desk.exercise", **classroom)
    desk.lesson = _module("labkit.course.desk.lesson", **lecture)
    shell = Anything()
    builtins.get_ipython = lambda: shell
    builtins.display = nothing
    builtins.input = lambda prompt="": ""
    warnings.simplefilter("ignore")
    return classroom | lecture
