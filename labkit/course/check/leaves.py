"""Results of an answer, down to plain values: nothing of the answer's own types survives."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

DEPTH, RESULTS = 4, 64  # how deeply results may be nested, and how many there may be


@dataclass(frozen=True)
class Leaf:
    """One result. `kind` is tensor, array, number, text or None, else the name of a type nobody asked for."""

    kind: str
    dtype: str = ""
    values: np.ndarray | None = None


def leaves_of(result: Any, path: str = "", depth: int = 0) -> dict[str, Leaf]:
    """The results by path, down to plain values."""
    if isinstance(result, tuple | list | dict) and depth < DEPTH:
        pairs = result.items() if isinstance(result, dict) else enumerate(result)
        leaves: dict[str, Leaf] = {}
        for _, (key, part) in zip(range(RESULTS), pairs, strict=False):
            leaves |= leaves_of(part, f"{path}[{str(key)[:40]}]", depth + 1)
        return leaves or {path: Leaf(f"empty {type(result).__name__}")}
    return {path: leaf_of(result)}


def leaf_of(value: Any) -> Leaf:
    """One result, plain."""
    if value is None:
        return Leaf("None")
    if isinstance(value, torch.Tensor):
        with torch._C.DisableTorchFunctionSubclass():  # a subclass does not get to say what its values are
            dtype, plain = str(value.dtype).removeprefix("torch."), value.detach().cpu()
            plain = plain.float() if plain.dtype in (torch.bfloat16, torch.float16) else plain
            return Leaf("tensor", dtype, np.array(plain.numpy(), copy=True))
    if type(value) in (bool, int, float):
        return Leaf("number", type(value).__name__, np.array(value))
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "biufc":
        return Leaf("array", str(value.dtype), np.array(value, copy=True, subok=False))
    if type(value) is str:
        return Leaf("text", "str", np.array(value[:10_000]))
    return Leaf(type(value).__name__[:60])
