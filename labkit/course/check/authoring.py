"""How an exercise is written: cases from a generator, slips from the module beside it, properties that most have."""

import importlib
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import FunctionType
from typing import Any

import torch

from labkit.course.check.spec import Case, Exercise, Misconception, Property

GRADIENTS = Property("gradients", "right gradients", 0.25, "gradients")
INPUTS = Property("inputs", "the inputs are left as they were", 0.25, "inputs")
Made = Callable[[int, torch.device], list[Case]]


class Draw:
    """What cases are drawn from: one seed, for one device."""

    def __init__(self, seed: int, device: torch.device):
        self.generator = torch.Generator().manual_seed(seed)
        self.precise = torch.float32 if device.type == "mps" else torch.float64

    def __call__(self, *shape: int) -> torch.Tensor:
        """Standard normal numbers."""
        return torch.randn(shape, generator=self.generator)

    def flags(self, *shape: int, share: float = 0.6) -> torch.Tensor:
        """True with a chance of `share`; in each row some are True, and not all."""
        while True:
            found = torch.rand(shape, generator=self.generator) < share
            if (found.any(-1) & ~found.all(-1)).all():
                return found

    def exact(self, case: Case) -> Case:
        """The same case in float64, where the device has it."""
        double = {name: value.to(self.precise) for name, value in case.args.items() if _floats(value)}
        return replace(case, args={**case.args, **double})


def _floats(value: Any) -> bool:
    return torch.is_tensor(value) and value.is_floating_point()


def strided(case: Case) -> Case:
    """The same case, its tensors handed over as views that are not contiguous."""
    return replace(case, strided=tuple(name for name, value in case.args.items() if torch.is_tensor(value)))


def cases(*differentiable: str) -> Callable[[Callable[[Draw], Iterator[Case]]], Made]:
    """Turn a generator of cases into `cases(seed, device)`; the inputs named get gradients in every case."""

    def decorate(generate: Callable[[Draw], Iterator[Case]]) -> Made:
        def made(seed: int, device: torch.device) -> list[Case]:
            return [replace(case, gradients=differentiable) for case in generate(Draw(seed, device))]

        made.differentiable = differentiable
        return made

    return decorate


def exercise(module: str, answer: Any, made: Made, properties: list[Property], **told: Any) -> Exercise:
    """The exercise of a module: its id and slips by the module's name, its hour and place by the lecture's map.

    `told`: title, minutes, difficulty, returns, hints, and what else an Exercise takes. Properties of gradients and
    inputs that are not written out are added, where the cases have gradients to compare and tensors to leave alone.
    """
    room, _, name = module.rpartition(".")
    hour, position = place(room, name)
    aspects, sample = {part.aspect for part in properties}, made(0, torch.device("cpu"))
    tried = (
        (GRADIENTS, any(case.gradients for case in sample)),
        (INPUTS, any(torch.is_tensor(value) for case in sample for value in case.args.values())),
    )
    more = [part for part, is_tried in tried if is_tried and part.aspect not in aspects]
    return Exercise(
        id=f"{room.rpartition('.')[2]}.{name}", hour=hour, position=position, cases=made,
        reference=f"{answer.__module__}:{answer.__qualname__}", properties=(*properties, *more),
        misconceptions=slips_of(f"{module}_slips"), **told,
    )  # fmt: skip


def slips_of(module: str) -> tuple[Misconception, ...]:
    """Every function and class that a module of slips defines under a public name, in the order of the file."""
    mine = vars(importlib.import_module(module)).items()
    return tuple(
        Misconception.of(thing)
        for name, thing in mine
        if isinstance(thing, FunctionType | type) and thing.__module__ == module and not name.startswith("_")
    )


def place(room: str, name: str) -> tuple[int, int]:
    """The hour of a lecture's exercises and the place of one, from the map: "Hour 7: ...", then a row for each."""
    title, _, *rows = (importlib.import_module(room).__doc__ or "").splitlines()
    names, hour = [row.partition(":")[0] for row in rows], title.partition(":")[0].removeprefix("Hour ")
    if not hour.isdecimal() or name not in names:
        raise ValueError(f"the docstring of {room} begins `Hour 12: ...`, and has a row `{name}: ...`: write them")
    return int(hour), names.index(name) + 1
