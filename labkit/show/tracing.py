"""What a model calls when it runs once: a tree of modules with the shapes that they return."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

SILENT = (nn.Dropout, nn.Identity)  # in a model that does not train, these do nothing


@dataclass
class Call:
    """One call of a module: its name in the model, its type, the shapes it returned, its own calls."""

    name: str
    kind: str
    owned: set[nn.Parameter] = field(repr=False)  # what it can learn, and what the modules can that it calls
    shapes: list[tuple[int, ...]] = field(default_factory=list)
    calls: list["Call"] = field(default_factory=list)
    reads: list[Tensor] = field(default_factory=list, repr=False)  # what it was given, and what all that it calls was
    gives: list[Tensor] = field(default_factory=list, repr=False)  # what it returned
    repeats: int = 1

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Call"]]:
        """Yield (depth, call) for this call and all below, in the order of the calls."""
        yield depth, self
        for call in self.calls:
            yield from call.walk(depth + 1)

    @property
    def parameters(self) -> int:
        """How many numbers it can learn; what is used twice counts once."""
        return sum(parameter.numel() for parameter in self.owned)

    def like(self, other: "Call") -> bool:
        """Whether the other is the same but for its name and values: it can be drawn as one with this."""
        mine, others = (
            (re.sub(r"\b\d+\b", "#", call.name), call.kind, call.parameters, call.shapes) for call in (self, other)
        )
        return mine == others and len(self.calls) == len(other.calls) and all(map(Call.like, self.calls, other.calls))


def trace(model: nn.Module, inputs: tuple, depth: int) -> Call:
    """Run the model once without gradients or dropout, and return its calls down to `depth`.

    Afterwards the model is as before: same modes, no hooks, same random numbers to come, whether it ran or raised.
    """
    root = Call("", type(model).__name__, set(model.parameters()))
    stack, names = [root], {module: name for name, module in model.named_modules() if name}

    def enter(module: nn.Module, args: tuple, kwargs: dict) -> None:
        owned = set(module.parameters())
        stack.append(Call(names[module], type(module).__name__, owned, reads=tensors([args, kwargs])))

    def leave(module: nn.Module, args: tuple, result: Any) -> None:
        call = stack.pop()
        call.gives = tensors(result)
        stack[-1].owned |= call.owned
        stack[-1].reads += call.reads
        call.shapes = [tuple(tensor.shape) for tensor in call.gives]
        if not isinstance(module, SILENT):
            stack[-1].calls.append(call)

    with _hooks(names, enter, leave), _undisturbed(model), torch.no_grad():
        root.gives = tensors(model(*inputs))
    root.shapes = [tuple(tensor.shape) for tensor in root.gives]
    return pruned(folded(root), depth)


@contextmanager
def _undisturbed(model: nn.Module) -> Iterator[None]:
    """Let the model run without dropout; its modes and the random numbers are then as before."""
    modes = {module: module.training for module in model.modules()}
    with torch.random.fork_rng(_cuda(model)):
        try:
            model.eval()
            yield
        finally:
            for module, training in modes.items():
                module.training = training


@contextmanager
def _hooks(modules: Mapping[nn.Module, str], enter: Any, leave: Any) -> Iterator[None]:
    handles = [module.register_forward_pre_hook(enter, with_kwargs=True) for module in modules]
    handles += [module.register_forward_hook(leave) for module in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def folded(call: Call) -> Call:
    """Return the call with neighbors that are alike made one, where they have parts of their own or learn something."""
    calls: list[Call] = []
    for child in map(folded, call.calls):
        if calls and child.parameters and calls[-1].like(child):
            calls[-1].repeats += child.repeats
        else:
            calls.append(child)
    call.calls = calls
    return call


def pruned(call: Call, depth: int) -> Call:
    """Return the call without what is deeper than `depth`; it has counted for what is alike and who reads what."""
    call.calls = [pruned(child, depth - 1) for child in call.calls] if depth else []
    return call


def tensors(value: Any) -> list[Tensor]:
    """Return all tensors in nested lists, tuples and mappings, in order."""
    if isinstance(value, Tensor):
        return [value]
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return [tensor for part in parts for tensor in tensors(part)]


def _cuda(model: nn.Module) -> list[torch.device]:
    return list({parameter.device for parameter in model.parameters() if parameter.is_cuda})
