"""See what every layer of a convolutional network makes of a picture: the feature explorer.

Axes: n pictures, c channels of a picture, h w its rows and columns; o channels of a layer, y x its rows and columns;
i j of a kernel. The model comes in as functions of a picture (float32, c h w), so any model will do.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from labkit.show.features.data import FeatureLayer, Pixels, check_layers, unit_in_words
from labkit.show.features.picture import overview
from labkit.show.kit.arrays import to_numpy
from labkit.show.kit.explorer import Answer, Explorer, sources

UNIT = ("layer", "channel", "row", "column")


class FeatureExplorer(Explorer):
    """Feature maps and filters layer by layer, the receptive field under the pointer, and the arithmetic of a unit.

    `pictures` maps names to arrays (c h w). `look` takes a picture and returns maps (o y x) for each of `layers`.
    `classify` returns a probability for each of `classes`; `weigh` takes a picture, a layer's number, channel, row and
    column, and returns how much each pixel counts (h w). `layer`, `channel`, `row`, `column` and `weighed` can be read
    and set from Python; `show_picture` puts another picture in.
    """

    _esm, _css = sources("features")

    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    shape = traitlets.List(traitlets.Int()).tag(sync=True)  # c h w
    span = traitlets.List(traitlets.Float()).tag(sync=True)  # what bytes 0 and 255 of a pixel stand for
    pictures = traitlets.Bytes().tag(sync=True)  # a byte for each pixel, all pictures one after the other
    pixels = traitlets.Bytes().tag(sync=True)  # of the picture that is shown
    layers = traitlets.List(traitlets.Dict()).tag(sync=True)
    filters = traitlets.Bytes().tag(sync=True)  # float32: each layer's filters, then its biases
    maps = traitlets.Bytes().tag(sync=True)  # float32: each layer's maps of the picture that is shown
    classes = traitlets.List(traitlets.Unicode()).tag(sync=True)
    scores = traitlets.Bytes().tag(sync=True)  # float32: a probability for each class
    weighs = traitlets.Bool(False).tag(sync=True)  # whether the kernel can say what a unit weighs
    layer = traitlets.Int(0).tag(sync=True)
    channel = traitlets.Int(0).tag(sync=True)
    row = traitlets.Int(0).tag(sync=True)
    column = traitlets.Int(0).tag(sync=True)
    weighed = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self,
        pictures: Mapping[str, Any],
        layers: Sequence[FeatureLayer],
        look: Callable[[np.ndarray], Sequence[Any]],
        classify: Callable[[np.ndarray], Any] | None = None,
        classes: Sequence[str] = (),
        weigh: Callable[..., Any] | None = None,
        unit: tuple[int, int, int, int] = (0, 0, 0, 0),
    ):
        self.look, self.classify, self.weigh, self.parts = look, classify, weigh, list(layers)
        self.bytes = Pixels(pictures)
        first = self.bytes.packed[0]
        self.found = self._maps(self.bytes.unpacked(first))
        check_layers(self.parts, self.found, self.bytes.shape)
        super().__init__(
            names=list(pictures),
            shape=list(self.bytes.shape),
            span=self.bytes.span,
            pictures=self.bytes.packed.tobytes(),
            layers=[part.meta(maps.shape) for part, maps in zip(self.parts, self.found, strict=True)],
            filters=b"".join(part.numbers() for part in self.parts),
            classes=[str(name) for name in classes],
            weighs=weigh is not None,
            goal=f"Find the unit with the largest value in {self.parts[-1].name}.",
        )
        self._put(first, self.found)
        self.layer, self.channel, self.row, self.column = unit

    def show_picture(self, picture: Any) -> None:
        """Put another picture (c h w) in, and all that the model makes of it. Values outside of the span are cut."""
        packed = self.bytes.pack(to_numpy(picture))
        self._put(packed, self._maps(self.bytes.unpacked(packed)))

    def _put(self, packed: np.ndarray, maps: list[np.ndarray]) -> None:
        self.found = maps
        with self.hold_sync():
            self.pixels = packed.tobytes()
            self.maps = b"".join(found.tobytes() for found in maps)
            self.scores = self._judged(self.bytes.unpacked(packed))

    def _maps(self, picture: Float[np.ndarray, "c h w"]) -> list[np.ndarray]:
        return [np.ascontiguousarray(to_numpy(maps), dtype="<f4") for maps in self.look(picture)]

    def _judged(self, picture: Float[np.ndarray, "c h w"]) -> bytes:
        if self.classify is None:
            return b""
        found = to_numpy(self.classify(picture)).astype("<f4").ravel()
        if len(found) != len(self.classes):
            raise ValueError(f"classify gives {len(found)} probabilities for {len(self.classes)} classes")
        return found.tobytes()

    @traitlets.validate(*UNIT)
    def _in_range(self, proposal: dict) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        size = len(self.layers) if name == "layer" else self.layers[self.layer]["shape"][UNIT.index(name) - 1]
        if not 0 <= value < size:
            raise traitlets.TraitError(f"{name} {value}: there are {size}, counted from 0")
        return value

    @traitlets.observe("layer")
    def _stay_in_range(self, change: dict) -> None:
        for name, size in zip(UNIT[1:], self.layers[self.layer]["shape"], strict=True):
            if getattr(self, name) >= size:
                setattr(self, name, size - 1)

    def answer(self, question: dict[str, Any]) -> Answer:
        """Set the traits for the page's pixels if `maps` is asked; the only buffer has the weights of a `unit`."""
        packed = np.frombuffer(base64.b64decode(question["pixels"]), np.uint8).reshape(self.bytes.shape)
        picture, buffers = self.bytes.unpacked(packed), []
        if question.get("maps"):
            self._put(packed.copy(), self._maps(picture))
        if question.get("unit") is not None and self.weigh is not None:
            weights = to_numpy(self.weigh(picture, *question["unit"])).astype("<f4")
            if weights.shape != self.bytes.shape[1:]:
                raise ValueError(f"weigh gives {weights.shape}, and a picture has {self.bytes.shape[1:]} pixels")
            buffers.append(weights.tobytes())
        return {}, buffers

    def picture(self) -> Figure:
        """Draw the picture with the unit's field, all maps of the layer, the chosen map, and its arithmetic."""
        shown = self.bytes.unpacked(np.frombuffer(self.pixels, np.uint8).reshape(self.bytes.shape))
        return overview(shown, self.parts, self.found, (self.layer, self.channel, self.row, self.column))

    def describe(self) -> str:
        """Return in a sentence what the explorer shows now."""
        unit = unit_in_words(self.parts, self.found, (self.layer, self.channel, self.row, self.column))
        scores = np.frombuffer(self.scores, "<f4")
        judged = f" The model says {self.classes[scores.argmax()]} ({scores.max():.0%})." if len(scores) else ""
        return f"Feature explorer, {unit}{judged}"
