"""What the feature explorer is given, checked at the door, and brought into bytes.

Axes: n pictures, c channels of a picture, h w its rows and columns; o channels of a layer, y x its rows and columns;
i j of a kernel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8

from labkit.show.kit.arrays import to_numpy

BUDGET = 440_000  # bytes of maps, filters and pictures; the rest of the 500 kB is for the code
PICTURE = -1  # as `source`: the layer reads the picture itself


class Pixels:
    """Pictures as bytes: 0 and 255 stand for the least and the greatest value of them all."""

    def __init__(self, pictures: Mapping[str, Any]):
        if not pictures:
            raise ValueError("no pictures: pass {'a seven': array of (channels, rows, columns)}")
        stack = [to_numpy(picture).astype(np.float32) for picture in pictures.values()]
        shapes = {picture.shape for picture in stack}
        if len(shapes) > 1 or stack[0].ndim != 3 or stack[0].shape[0] not in (1, 3):
            raise ValueError(f"pictures are (1 or 3 channels, rows, columns), all alike, not {sorted(shapes)}")
        self.shape = stack[0].shape
        low, high = float(np.min(stack)), float(np.max(stack))
        self.span = [low, high if high > low else low + 1.0]
        self.packed = self.pack(np.stack(stack))

    def pack(self, values: Float[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
        """Values as bytes; those outside of the span are cut. Raises ValueError for a picture of another shape."""
        if values.shape[-3:] != self.shape:
            raise ValueError(f"these pictures are {self.shape}, not {values.shape}")
        low, high = self.span
        return np.round((np.clip(values, low, high) - low) / (high - low) * 255).astype(np.uint8)

    def unpacked(self, packed: UInt8[np.ndarray, "c h w"]) -> Float[np.ndarray, "c h w"]:
        """Bytes as values: what the model is shown, so that page and model mean the same picture."""
        low, high = self.span
        return (low + packed.astype(np.float32) * np.float32((high - low) / 255)).astype(np.float32)


@dataclass
class FeatureLayer:
    """What of a layer stays the same from picture to picture.

    `field` is (size, jump, start): unit 0 sees `size` pixels from pixel `start` on, its neighbor `jump` pixels further.
    With a convolution's `filters` (o c i j), `bias`, `stride`, `padding`, and its `source` (the number of the layer
    that it reads, or PICTURE), the explorer shows a unit's arithmetic; the maps must then be what the convolution gave,
    before any ReLU.
    """

    name: str
    field: tuple[int, int, int] | None = None
    filters: Any = None
    bias: Any = None
    stride: int = 1
    padding: int = 0
    source: int | None = None

    def __post_init__(self):
        if self.filters is None:
            return
        self.filters = to_numpy(self.filters).astype(np.float32)
        if self.filters.ndim != 4:
            raise ValueError(f"{self.name}: filters are (o, c, i, j), not {self.filters.shape}")
        self.bias = np.zeros(len(self.filters), np.float32) if self.bias is None else to_numpy(self.bias)
        self.bias = self.bias.astype(np.float32)
        if self.bias.shape != (len(self.filters),):
            raise ValueError(f"{self.name}: {len(self.filters)} filters have as many biases, not {self.bias.shape}")

    def numbers(self) -> bytes:
        """Filters and biases as bytes of float32."""
        return b"" if self.filters is None else self.filters.tobytes() + self.bias.tobytes()

    def meta(self, shape: tuple[int, ...]) -> dict[str, Any]:
        """What the page is told besides the numbers; `shape` is that of the maps."""
        return {
            "name": self.name,
            "shape": list(shape),
            "field": None if self.field is None else list(self.field),
            "filters": None if self.filters is None else list(self.filters.shape),
            "stride": self.stride,
            "padding": self.padding,
            "source": self.source,
        }


def check_layers(layers: Sequence[FeatureLayer], maps: Sequence[np.ndarray], shape: tuple[int, ...]) -> None:
    """Raise ValueError where layers, maps and pictures of this shape do not go together, or are too much to send."""
    if not layers or len(layers) != len(maps):
        raise ValueError(f"look gives maps of {len(maps)} layers, and there are {len(layers)} layers to show")
    for number, (layer, found) in enumerate(zip(layers, maps, strict=True)):
        if found.ndim != 3 or not np.isfinite(found).all():
            raise ValueError(f"{layer.name}: look gives finite maps (o, y, x) for one picture, not {found.shape}")
        if layer.filters is not None and len(layer.filters) != len(found):
            raise ValueError(f"{layer.name}: {len(layer.filters)} filters give as many maps, not {len(found)}")
        if layer.source is not None:
            _check_source(layer, number, found, shape if layer.source == PICTURE else maps[layer.source].shape)
    size = sum(found.nbytes for found in maps) + sum(len(layer.numbers()) for layer in layers)
    if size > BUDGET:
        raise ValueError(f"{size:,} bytes of maps and filters, at most {BUDGET:,}: show fewer layers or channels")


def _check_source(layer: FeatureLayer, number: int, maps: np.ndarray, source: tuple[int, ...]) -> None:
    if layer.filters is None or layer.source >= number:
        raise ValueError(f"{layer.name}: a source is an earlier layer, or PICTURE, of a layer with filters")
    _, channels, rows, columns = layer.filters.shape
    sizes = [(n + 2 * layer.padding - k) // layer.stride + 1 for n, k in zip(source[1:], (rows, columns), strict=True)]
    if channels != source[0] or sizes != list(maps.shape[1:]):
        raise ValueError(
            f"{layer.name}: filters {layer.filters.shape} with stride {layer.stride} and padding {layer.padding} do "
            f"not make maps {maps.shape} of {source}: leave `source` out for grouped or dilated convolutions"
        )


def patch_of(
    layer: FeatureLayer, below: Float[np.ndarray, "c h w"], row: int, column: int
) -> Float[np.ndarray, "c i j"]:
    """What a unit of a convolution looks at in the layer below."""
    padded = np.pad(below, ((0, 0), (layer.padding, layer.padding), (layer.padding, layer.padding)))
    top, left, (rows, columns) = row * layer.stride, column * layer.stride, layer.filters.shape[2:]
    return padded[:, top : top + rows, left : left + columns]


def sees(field: tuple[int, int, int], unit: int, size: int) -> tuple[int, int]:
    """The first and the last pixel of a unit's field that lie on a picture of this size."""
    first = field[2] + unit * field[1]
    return max(first, 0), min(first + field[0], size) - 1


def unit_in_words(layers: Sequence[FeatureLayer], maps: Sequence[np.ndarray], unit: tuple[int, int, int, int]) -> str:
    """A sentence about one unit: its value, and how much of the picture it can see."""
    layer, channel, row, column = unit
    part, found = layers[layer], maps[layer]
    value = (
        f"{part.name}, channel {channel} of {len(found)}, unit ({row}, {column}): {found[channel, row, column]:.3g}."
    )
    if part.field is None:
        return value
    return f"{value} It can see {part.field[0]} × {part.field[0]} pixels."
