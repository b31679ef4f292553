"""Running a model while somebody watches, and leaving it as it was."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.autograd import Function


@contextmanager
def functions(watched: Callable[[type, Callable[[], Any], tuple], Any]) -> Iterator[None]:
    """Let functions with a backward pass of their own run by `watched(class, run, arguments)`.

    A function mode does not see them.
    """
    before = Function.__dict__["apply"]

    def apply(cls: type, *args: Any) -> Any:
        return watched(cls, lambda: before.__get__(None, cls)(*args), args)

    Function.apply = classmethod(apply)
    try:
        yield
    finally:
        Function.apply = before


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
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
def hooks(modules: Iterable[nn.Module], enter: Callable, leave: Callable) -> Iterator[None]:
    """Call `enter` before and `leave` after each call of these modules."""
    handles = [module.register_forward_pre_hook(enter, with_kwargs=True) for module in modules]
    handles += [module.register_forward_hook(leave) for module in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _cuda(model: nn.Module) -> list[torch.device]:
    return list({parameter.device for parameter in model.parameters() if parameter.is_cuda})
