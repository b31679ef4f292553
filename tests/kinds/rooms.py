"""What stands in the rooms: their public modules and functions."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import nn

import labkit

ROOMS = "nn data train graphs diffusion gan rl autoencoders transformers cnn foundations rnn".split()
HOUSE = Path(labkit.__file__).parent


def public() -> Iterator[tuple[str, Any]]:
    """Every public class and function by its address without `labkit.`, such as `graphs.gcn.GCN`."""
    for room in ROOMS:
        for path in sorted((HOUSE / room).glob("[!_]*.py")):
            module = importlib.import_module(f"labkit.{room}.{path.stem}")
            for name, value in vars(module).items():
                if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__:
                    yield f"{room}.{path.stem}.{name}", value


def modules() -> dict[str, type[nn.Module]]:
    """All modules."""
    return {name: value for name, value in public() if inspect.isclass(value) and issubclass(value, nn.Module)}


def takers_of_indices() -> dict[str, Any]:
    """All functions with a parameter that is annotated as integers."""
    functions = {name: value for name, value in public() if inspect.isfunction(value)}
    return {
        name: function
        for name, function in functions.items()
        if any("Int" in str(p.annotation) for p in inspect.signature(function).parameters.values())
    }


def tensors(value: Any) -> Iterator[torch.Tensor]:
    """All tensors in a result, however it is packed."""
    if isinstance(value, torch.Tensor):
        yield value
    elif isinstance(value, dict):
        yield from tensors(list(value.values()))
    elif isinstance(value, list | tuple):
        for part in value:
            yield from tensors(part)
    elif hasattr(value, "__dict__") and not isinstance(value, type):
        yield from tensors(list(vars(value).values()))
