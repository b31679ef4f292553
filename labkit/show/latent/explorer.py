"""Walk through a latent space and watch what the decoder draws: the latent explorer.

Axes: n images, h and w their height and width, z latent.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import traitlets
from jaxtyping import Bool, Float
from matplotlib.figure import Figure

from labkit.show.kit.arrays import to_numpy
from labkit.show.kit.explorer import Answer, Explorer, sources
from labkit.show.latent.data import LatentSpace, as_bytes, check_images, encoded, limits_of, mixed, rows_of_each_class
from labkit.show.latent.picture import View, overview

BYTES = 430_000  # of codes and images sent ahead; the rest of the 500 kB is for the code of the page
STRIP = 7  # images in a traversal
INPUTS = 30  # images that are offered as inputs
GOAL = "Find a point between classes: its ten nearest codes are of three or more, none with over half of them."


class LatentExplorer(Explorer):
    """Drag a point over the plane of codes and see it decoded, in one model or in two side by side.

    `spaces` maps names to one or two `LatentSpace`s with equally many dimensions, `images` (n, h, w) are encoded by
    each and colored by `labels`, whole numbers that count `names`. `point`, `chosen` (an image's row, -1 for none),
    `across` and `up` (the dimensions of the plane) can be read and set from Python at any time.
    """

    _esm, _css = sources("latent")

    spaces = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, prior, low and high of each dimension
    size = traitlets.List(traitlets.Int()).tag(sync=True)  # n images, z dimensions, height, width, side of the grid
    names = traitlets.List(traitlets.Unicode()).tag(sync=True)
    labels = traitlets.Bytes().tag(sync=True)  # one byte for each image
    codes = traitlets.Bytes().tag(sync=True)  # float32 (spaces, n, z)
    spreads = traitlets.Bytes().tag(sync=True)  # float32 like the codes: standard deviations, 0 for none
    rows = traitlets.List(traitlets.Int()).tag(sync=True)  # which images are offered as inputs
    inputs = traitlets.Bytes().tag(sync=True)  # uint8 images, those of `rows`
    grid = traitlets.Bytes().tag(sync=True)  # uint8 (spaces, side, side) images over the first two dimensions
    board = traitlets.Bytes().tag(sync=True)  # uint8 (spaces, z, STRIP) images: traversals from the origin
    point = traitlets.List(traitlets.List(traitlets.Float())).tag(sync=True)  # a code for each space
    chosen = traitlets.Int(-1).tag(sync=True)
    across = traitlets.Int(0).tag(sync=True)
    up = traitlets.Int(1).tag(sync=True)

    def __init__(
        self,
        spaces: Mapping[str, LatentSpace],
        images: Any,
        labels: Any,
        names: Sequence[str] | None = None,
        chosen: int = -1,
    ):
        self.models, self.images = list(spaces.values()), to_numpy(images).astype(np.float32)
        self.marks = to_numpy(labels).astype(int)
        self.class_names = [str(name) for name in (range(self.marks.max() + 1) if names is None else names)]
        check_images(spaces, self.images, self.marks, self.class_names)
        self.found, self.spread = encoded(spaces, self.images)
        limits = [limits_of(codes, space.prior) for codes, space in zip(self.found, self.models, strict=True)]
        self.limits = np.array(limits)  # spaces 2 z
        super().__init__(**self._state(list(spaces)))
        self.grid = b"".join(as_bytes(self.decoded(s, self._plane(s, self.size[4]))) for s in range(len(spaces)))
        self.board = self._board(self._middle()) if self.size[1] > 2 else b""
        if any(self._mixed(s).any() for s in range(len(spaces))):
            self.goal = GOAL
        if chosen >= 0:
            self.chosen = chosen

    def _state(self, names: list[str]) -> dict[str, Any]:
        """What is sent before anything is decoded; the grid is as fine as the room for it allows."""
        (n, h, w), latent = self.images.shape, self.found.shape[2]
        rows, board = rows_of_each_class(self.marks, INPUTS), latent * STRIP if latent > 2 else 0
        room = (BYTES - 8 * self.found.size - len(rows) * h * w) / (len(names) * h * w) - board
        return {
            "spaces": [
                {"name": name, "prior": space.prior, "low": low.tolist(), "high": high.tolist()}
                for name, space, (low, high) in zip(names, self.models, self.limits, strict=True)
            ],
            "size": [n, latent, h, w, int(np.clip(np.sqrt(max(room, 0)), 3, 21))],
            "names": self.class_names,
            "labels": self.marks.astype(np.uint8).tobytes(),
            "codes": self.found.astype("<f4").tobytes(),
            "spreads": self.spread.astype("<f4").tobytes(),
            "rows": rows,
            "inputs": as_bytes(self.images[rows]),
            "point": self._middle(),
        }

    def decoded(self, space: int, codes: np.ndarray) -> Float[np.ndarray, "m h w"]:
        """What the model of a space draws for codes (m, z). Raises ValueError if these are no images."""
        drawn = to_numpy(self.models[space].decode(np.asarray(codes, dtype=np.float32)))
        if drawn.size != len(codes) * self.images[0].size:
            raise ValueError(f"decode of {self.spaces[space]['name']!r} gave {drawn.shape} for {len(codes)} codes")
        return drawn.reshape(len(codes), *self.images.shape[1:])

    def answer(self, question: dict[str, Any]) -> Answer:
        """Images for the page: of a `point`, along a `path` in each space, of `traversals` from a point, or a `row`."""
        if "row" in question:
            return {}, [as_bytes(self.images[question["row"]][None])]
        if "traversals" in question:
            return {}, [self._board([[float(value) for value in code] for code in question["traversals"]])]
        codes = [np.array(codes).reshape(-1, self.size[1]) for codes in question["codes"]]
        return {}, [b"".join(as_bytes(self.decoded(s, code)) for s, code in enumerate(codes))]

    def _mixed(self, space: int) -> Bool[np.ndarray, " cells"]:
        """Where on the plane the goal is reached."""
        return mixed(self.found[space], self.marks, self._plane(space, 31))

    def _middle(self) -> list[list[float]]:
        return self.limits.mean(axis=1).round(6).tolist()

    def _plane(self, space: int, side: int) -> Float[np.ndarray, "cells z"]:
        """Codes all over the plane of the first two dimensions, row by row from the top; the others in the middle."""
        low, high = self.limits[space]
        codes = np.tile((low + high) / 2, (side * side, 1))
        steps = np.linspace(0, 1, side)
        codes[:, 0] = np.tile(low[0] + steps * (high[0] - low[0]), side)
        codes[:, 1] = np.repeat(high[1] - steps * (high[1] - low[1]), side)
        return codes

    def _board(self, point: list[list[float]]) -> bytes:
        """Traversals: from a point, each dimension by itself from its low to its high end."""
        parts = []
        for space, (low, high) in enumerate(self.limits):
            codes = np.tile(np.array(point[space]), (len(low), STRIP, 1))
            for z in range(len(low)):
                codes[z, :, z] = np.linspace(low[z], high[z], STRIP)
            parts.append(as_bytes(self.decoded(space, codes.reshape(-1, len(low)))))
        return b"".join(parts)

    @traitlets.validate("chosen")
    def _row_exists(self, proposal: dict) -> int:
        if not -1 <= proposal["value"] < len(self.images):
            raise traitlets.TraitError(f"chosen is a row of the {len(self.images)} images, or -1")
        return proposal["value"]

    @traitlets.observe("chosen")
    def _go_there(self, change: dict) -> None:
        if change["new"] >= 0:
            self.point = self.found[:, change["new"]].astype(float).tolist()

    def picture(self) -> Figure:
        """Each plane with its point, what is decoded there, and the input if one is chosen."""
        views = [
            View(space["name"], self.found[s], self.spread[s], self.limits[s], np.array(self.point[s]), space["prior"],
                 self.decoded(s, np.array([self.point[s]]))[0])
            for s, space in enumerate(self.spaces)
        ]  # fmt: skip
        given = None if self.chosen < 0 else self.images[self.chosen]
        return overview(views, self.marks, self.class_names, (self.across, self.up), given, self.chosen)

    def describe(self) -> str:
        """Return in a sentence where the point is, and what the codes around it are of."""
        parts = []
        for s, space in enumerate(self.spaces):
            near = np.argsort(((self.found[s] - self.point[s]) ** 2).sum(axis=1), kind="stable")[:10]
            most = np.bincount(self.marks[near]).argmax()
            count = int((self.marks[near] == most).sum())
            where = ", ".join(f"{value:.2f}" for value in self.point[s])
            parts.append(
                f"{space['name']} at ({where}), where {count} of the 10 nearest codes are of {self.names[most]}"
            )
        given = "" if self.chosen < 0 else f" Input: image {self.chosen}, a {self.names[self.marks[self.chosen]]}."
        return f"Latent explorer of {len(self.images)} images: {'; '.join(parts)}.{given}"
