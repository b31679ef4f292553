"""What surrounds an answer while it is checked: the same for everyone, and put back afterwards.

A learner may have switched gradients off, changed the default dtype or device, or asked numpy to raise errors. None of
this may decide whether an answer is right, and nothing that an answer changes may stay.
"""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import numpy as np
import torch


@contextmanager
def neutral() -> Iterator[None]:
    """Gradients on, float32, the CPU by default, no autocast, numpy's own error state; generators stay untouched."""
    with ExitStack() as stack:
        stack.enter_context(untouched_generators())
        stack.enter_context(torch.inference_mode(False))
        stack.enter_context(torch.enable_grad())
        stack.enter_context(np.errstate(divide="warn", over="warn", under="ignore", invalid="warn"))
        stack.enter_context(_defaults())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        yield


@contextmanager
def _defaults() -> Iterator[None]:
    """The default dtype, and whether torch refuses algorithms that are not deterministic."""
    dtype = torch.get_default_dtype()
    deterministic = torch.are_deterministic_algorithms_enabled()
    warn_only = torch.is_deterministic_algorithms_warn_only_enabled()
    torch.set_default_dtype(torch.float32)
    if deterministic:
        torch.use_deterministic_algorithms(False)
    try:
        yield
    finally:
        torch.set_default_dtype(dtype)
        torch.use_deterministic_algorithms(deterministic, warn_only=warn_only)


@contextmanager
def untouched_generators() -> Iterator[None]:
    """Whatever happens here, the global random states are afterwards what they were before."""
    before = random.getstate(), np.random.get_state()
    with torch.random.fork_rng():
        try:
            yield
        finally:
            random.setstate(before[0])
            np.random.set_state(before[1])
