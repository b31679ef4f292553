"""A model layer by layer: shapes, parameters, multiply-adds, receptive fields.

Axes: b batch, c channels, h w rows and columns.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torch.utils.weak import WeakIdKeyDictionary

from labkit.cnn.receptive_field import Field

WINDOWS = nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d
LISTED = WINDOWS | nn.ConvTranspose2d | nn.Linear


@dataclass(frozen=True)
class Layer:
    """What one layer is: shape without the batch, parameters, multiply-adds for one picture, and field (if local)."""

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    field: Field | None


class Fields(TorchFunctionMode):
    """Passes receptive fields from tensor to tensor while a model runs, through sums and norms too."""

    def __init__(self):
        super().__init__()
        self.of = WeakIdKeyDictionary()

    def __torch_function__(self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None) -> Any:
        """Give the result the widest field of what it was made from, where its places are the same."""
        result = func(*args, **(kwargs or {}))
        if isinstance(result, Tensor) and result.ndim == 4 and "adaptive" not in func.__name__:
            given = [value for value in _flat([*args, *(kwargs or {}).values()]) if value in self.of]
            if given and all(value.shape[2:] == result.shape[2:] for value in given):
                self.of[result] = max((self.of[value] for value in given), key=lambda field: field.size)
        return result


def _flat(values: Any) -> list[Tensor]:
    """The tensors among arguments, those in lists too: a concatenation is given a list."""
    if isinstance(values, list | tuple):
        return [tensor for value in values for tensor in _flat(value)]
    return [values] if isinstance(values, Tensor) else []


def summary(model: nn.Module, x: Float[Tensor, "b c h w"]) -> list[Layer]:
    """Run a model once on pictures and return its convolutions, poolings and dense layers in the order of the calls.

    A layer's field is what its units see of the picture, in square windows; None where they see all of it, where a
    window is not square, and after a transposed convolution or a change of size, where units differ. The model is
    afterwards as it was.
    """
    rows: list[Layer] = []
    training = {module: module.training for module in model.modules()}
    with torch.no_grad(), Fields() as fields:
        fields.of[x] = Field()
        handles = [
            module.register_forward_hook(_note(name, rows, fields))
            for name, module in model.named_modules()
            if isinstance(module, LISTED)
        ]
        try:
            model.eval()(x)
        finally:
            for handle in handles:
                handle.remove()
            for module, mode in training.items():
                module.training = mode
    return rows


def _note(name: str, rows: list[Layer], fields: Fields) -> Callable:
    def hook(module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        before = fields.of.get(inputs[0])
        field = None if before is None else _through(module, before)
        if field is None:
            fields.of.pop(output, None)
        else:
            fields.of[output] = field
        learned, shape = sum(p.numel() for p in module.parameters()), tuple(output.shape[1:])
        rows.append(
            Layer(
                name,
                type(module).__name__,
                shape,
                learned,
                multiply_adds(module, shape, tuple(inputs[0].shape[1:])),
                field,
            )
        )

    return hook


def _through(module: nn.Module, field: Field) -> Field | None:
    if not isinstance(module, WINDOWS):
        return None
    kernel, stride, dilation = (_pair(getattr(module, what, 1)) for what in ("kernel_size", "stride", "dilation"))
    sides = [kernel, stride, _padding(module.padding, kernel, dilation), dilation]
    return field.through(*(side[0] for side in sides)) if all(a == b for a, b in sides) else None


def _pair(value: int | tuple[int, int]) -> tuple[int, int]:
    return value if isinstance(value, tuple) else (value, value)


def _padding(
    padding: str | int | tuple[int, int], kernel: tuple[int, int], dilation: tuple[int, int]
) -> tuple[int, int]:
    """How far a window begins before the picture; "same" pads half of what it needs, rounded down, in front."""
    if padding == "same":
        return tuple(step * (size - 1) // 2 for size, step in zip(kernel, dilation, strict=True))
    return (0, 0) if padding == "valid" else _pair(padding)


def multiply_adds(module: nn.Module, shape: tuple[int, ...], given: tuple[int, ...]) -> int:
    """How many products a layer adds up to give one output of this shape from an input of the shape `given`.

    Pooling multiplies nothing. A transposed convolution spreads each input over its kernel.
    """
    if isinstance(module, nn.ConvTranspose2d):
        return module.weight[0].numel() * torch.Size(given).numel()
    if isinstance(module, nn.Conv2d):
        return module.weight[0].numel() * torch.Size(shape).numel()
    if isinstance(module, nn.Linear):
        return module.in_features * torch.Size(shape).numel()
    return 0


def table(rows: list[Layer]) -> str:
    """The layers as text, with their sums."""
    lines = [("layer", "kind", "output", "parameters", "multiply-adds", "field", "jump")]
    for row in rows:
        seen = (f"{row.field.size}", f"{row.field.jump}") if row.field else ("all", "")
        shape = " × ".join(map(str, row.shape))
        lines.append((row.name, row.kind, shape, f"{row.parameters:,}", f"{row.multiply_adds:,}", *seen))
    sums = [f"{sum(getattr(row, what) for row in rows):,}" for what in ("parameters", "multiply_adds")]
    lines.append(("all", "", "", *sums, "", ""))
    wide = [max(len(line[column]) for line in lines) for column in range(7)]
    form = "  ".join(f"{{:{'<' if column < 3 else '>'}{size}}}" for column, size in enumerate(wide))
    return "\n".join(form.format(*line) for line in lines)
