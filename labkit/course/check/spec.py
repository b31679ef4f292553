"""What an exercise is made of. All of it is data, so that cases can be sent to another process."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import torch


@dataclass(frozen=True)
class Case:
    """One call of the learner's answer: inputs by name, passed in this order.

    Values are tensors, arrays, numbers, text, None, or lists and dicts of these: nothing that could not be written
    down. For an answer that is a class, `init` holds the constructor's arguments, `weights` a state dict to load into
    it, `method` what to call, and `attributes` the names of what to read from the object after the call.
    """

    name: str
    args: Mapping[str, Any]
    tests: str = "values"  # the name of the property that this case is evidence for
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    gradients: tuple[str, ...] = ()  # inputs whose gradient is compared; "weights" adds those of all parameters
    strided: tuple[str, ...] = ()  # inputs that are handed over as non-contiguous views
    init: Mapping[str, Any] | None = None
    weights: Mapping[str, torch.Tensor] | None = None
    method: str = "__call__"
    attributes: tuple[str, ...] = ()
    seed: int = 0  # of the global generators while the answer runs

    @property
    def size(self) -> int:
        """How much there is to look at: the number of input values; a plain number counts as itself, up to 64."""
        counts = [min(abs(value), 64) for value in self.args.values() if isinstance(value, int)]
        return sum(counts) + sum(value.numel() for value in self.args.values() if isinstance(value, torch.Tensor))


@dataclass(frozen=True)
class Property:
    """One thing that a right answer does, and the points for it.

    `aspect` is what is looked at: "values" (shape and values), in the cases whose `tests` is this name, or in all if
    there are none; "shape", in all cases; "dtype" and "gradients", in all cases whose values are right; "inputs" (they
    are left as they were), in all cases that ran. `result` narrows it to one of the results.
    """

    name: str
    text: str
    points: float
    aspect: str = "values"
    result: str = ""


DTYPE = Property("dtype", "the right dtype", 0.25, "dtype")


@dataclass(frozen=True)
class Misconception:
    """A wrong answer that learners really write, and the sentence that helps. Never the answer."""

    name: str
    implementation: Callable[..., Any]
    message: str

    @classmethod
    def of(cls, implementation: Callable[..., Any]) -> "Misconception":
        """From a wrong function or class whose docstring names the slip in a line, and helps below it."""
        name, _, message = (implementation.__doc__ or "").partition("\n\n")
        if not name.strip() or not message.strip():
            raise ValueError(
                f"{implementation.__name__} needs a docstring: the slip in a line, then the words that help"
            )
        return cls(" ".join(name.split()).rstrip("."), implementation, " ".join(message.split()))


@dataclass(frozen=True)
class Exercise:
    """What the learner writes, how it is checked, and what helps. `cases(seed, device)` makes fresh ones."""

    id: str
    title: str
    hour: int
    position: int  # among the exercises of its hour
    minutes: int
    difficulty: int  # 1 to 3
    reference: str  # "package.module:name"
    returns: tuple[str, ...]  # the names of the results
    cases: Callable[[int, torch.device], list[Case]]
    properties: tuple[Property, ...]
    hints: tuple[str, ...]
    misconceptions: tuple[Misconception, ...]
    seconds: float = 2.0  # for all cases together
    tolerance: float = 1e-4  # absolute and relative, in float32; far less in float64
    bug_hunt: bool = False  # the stub is wrong code that was published: what the first misconception does
    hidden: tuple[str, ...] = ()  # "module:name" of what else in labkit gives the answer away: out of reach in grading
    typed: bool = True  # whether results have a dtype; a quarter of a point is for it, taken from the largest property

    def __post_init__(self) -> None:
        if not self.typed or any(part.aspect == "dtype" for part in self.properties):
            return
        most = max(self.properties, key=lambda part: part.points)
        parts = [replace(p, points=p.points - DTYPE.points) if p is most else p for p in self.properties]
        last = next((i for i, part in enumerate(parts) if part.aspect in ("gradients", "inputs")), len(parts))
        object.__setattr__(self, "properties", (*parts[:last], DTYPE, *parts[last:]))

    @property
    def points(self) -> float:
        """The points for an answer that is right in everything."""
        return sum(part.points for part in self.properties)

    @property
    def bug(self) -> Misconception | None:
        """In a bug hunt, the published wrong code that learners start from."""
        return self.misconceptions[0] if self.bug_hunt else None

    @property
    def answer(self) -> Any:
        """The reference itself, imported now."""
        module, name = self.reference.split(":")
        return getattr(importlib.import_module(module), name)
