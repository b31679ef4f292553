"""Explorers for tests: a small network written in numpy, so that nothing is hidden."""

import numpy as np

from labkit.show.features.data import PICTURE, FeatureLayer
from labkit.show.features.explorer import FeatureExplorer

DRAW = np.random.default_rng(0)
FIRST, FIRST_BIAS = DRAW.normal(size=(8, 1, 3, 3)).astype("f4"), DRAW.normal(size=8).astype("f4")
SECOND = DRAW.normal(size=(12, 8, 3, 3)).astype("f4") / 6


def correlate(x: np.ndarray, filters: np.ndarray) -> np.ndarray:
    windows = np.lib.stride_tricks.sliding_window_view(x, filters.shape[2:], axis=(1, 2))  # c y x i j
    return np.einsum("cyxij,ocij->oyx", windows, filters).astype("f4")


def look(picture: np.ndarray) -> list[np.ndarray]:
    """Convolution, ReLU and maximum, convolution."""
    first = correlate(picture, FIRST) + FIRST_BIAS[:, None, None]
    o, y, x = first.shape
    pooled = np.maximum(first, 0).reshape(o, y // 2, 2, x // 2, 2).max(axis=(2, 4))
    return [first, pooled, correlate(pooled, SECOND)]


def classify(picture: np.ndarray) -> np.ndarray:
    scores = np.exp(look(picture)[2].mean(axis=(1, 2))[:10])
    return scores / scores.sum()


def weigh(picture: np.ndarray, layer: int, channel: int, row: int, column: int) -> np.ndarray:
    """Full at the upper left corner of the field, less and less away from it."""
    y, x = np.indices(picture.shape[1:])
    return np.exp(-0.1 * ((y - row * 2) ** 2 + (x - column * 2) ** 2)).astype("f4")


def seven(size: int = 28) -> np.ndarray:
    picture = np.zeros((1, size, size), "f4")
    picture[0, 6:8, 8:20] = 1.0
    for row in range(8, 22):
        picture[0, row, 18 - (row - 8) // 2 : 20 - (row - 8) // 2] = 0.9
    return picture


def one(size: int = 28) -> np.ndarray:
    picture = np.zeros((1, size, size), "f4")
    picture[0, 5:23, 13:15] = 1.0
    return picture


LAYERS = (("convolution 1", (3, 1, 0)), ("pooling 1", (4, 2, 0)), ("convolution 2", (8, 2, 0)))


def explorer(**changes) -> FeatureExplorer:
    """Two pictures, three layers, ten classes; with arithmetic in both convolutions."""
    numbers = ({"filters": FIRST, "bias": FIRST_BIAS, "source": PICTURE}, {}, {"filters": SECOND, "source": 1})
    layers = [FeatureLayer(name, field, **more) for (name, field), more in zip(LAYERS, numbers, strict=True)]
    given = {
        "classify": classify,
        "classes": [str(digit) for digit in range(10)],
        "weigh": weigh,
        "unit": (0, 3, 10, 12),
    }
    return FeatureExplorer({"a seven": seven(), "a one": one()}, layers, look, **given | changes)
