"""Walk down a loss landscape with the optimizer of your choice: the landscape explorer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import traitlets
from jaxtyping import Float
from matplotlib.figure import Figure

from labkit.show.kit.explorer import Explorer, sources
from labkit.show.landscape.data import OPTIMIZERS, STEPS, Surface, descend
from labkit.show.landscape.picture import overview

MOST = 400_000  # bytes of heights and paths
GOAL = "Find a learning rate that is too large: the path leaves the picture, or its loss ends higher than it began."


class LandscapeExplorer(Explorer):
    """The loss over two directions, and the path that an optimizer takes on it, step by step.

    `surfaces` maps a name ("ravine") to a `Surface`. `surface`, `optimizer` (one of OPTIMIZERS), `rate`, `momentum`,
    `decay`, the start `x`, `y`, the `step` shown and `show_path` (a real run's path) can be read and set from Python.
    Raises ValueError for no surfaces, or for more than the page should hold.
    """

    _esm, _css = sources("landscape")

    surfaces = traitlets.List(traitlets.Dict()).tag(sync=True)  # name, shape, x, y, start, rate, words, zero, points
    values = traitlets.Bytes().tag(sync=True)  # float32: each surface's heights, then the points of its path
    surface = traitlets.Unicode().tag(sync=True)
    optimizer = traitlets.Enum(list(OPTIMIZERS), "SGD").tag(sync=True)
    rate = traitlets.Float(0.1, min=0.0).tag(sync=True)
    momentum = traitlets.Float(0.9, min=0.0, max=0.999).tag(sync=True)
    decay = traitlets.Float(0.0, min=0.0).tag(sync=True)
    x = traitlets.Float(0.0).tag(sync=True)
    y = traitlets.Float(0.0).tag(sync=True)
    step = traitlets.Int(STEPS, min=0, max=STEPS).tag(sync=True)
    show_path = traitlets.Bool(True).tag(sync=True)

    def __init__(self, surfaces: Mapping[str, Surface], surface: str | None = None, **chosen: Any):
        if not surfaces:
            raise ValueError("no surfaces: pass classics(), or {'my net': Surface(heights, x, y, start)}")
        self.data = dict(surfaces)
        values = b"".join(of.values.tobytes() + of.path.tobytes() for of in surfaces.values())
        if len(values) > MOST:
            raise ValueError(
                f"{len(values):,} bytes are too many for one explorer (at most {MOST:,}): use a coarser grid"
            )
        first = next(iter(surfaces)) if surface is None else surface
        if first not in self.data:
            raise ValueError(f"no surface {first!r}: choose one of {list(self.data)}")
        of = self.data[first]
        chosen = {"x": of.start[0], "y": of.start[1], "rate": of.rate} | chosen
        if not of.holds(chosen["x"], chosen["y"]):
            raise ValueError(f"the start ({chosen['x']}, {chosen['y']}) lies outside of the surface {first!r}")
        metas = [_meta(name, of) for name, of in surfaces.items()]
        super().__init__(goal=GOAL, surfaces=metas, values=values, surface=first, **chosen)

    @property
    def shown(self) -> Surface:
        """The surface that is chosen now."""
        return self.data[self.surface]

    @property
    def path(self) -> Float[np.ndarray, "n 3"]:
        """Where the optimizer goes from the start: points and heights, as the page has them."""
        return descend(self.shown, (self.x, self.y), self.optimizer, self.rate, self.momentum, self.decay)

    @traitlets.validate("surface")
    def _surface_exists(self, proposal: dict) -> str:
        if proposal["value"] not in self.data:
            raise traitlets.TraitError(f"no surface {proposal['value']!r}: choose one of {list(self.data)}")
        return proposal["value"]

    @traitlets.observe("surface")
    def _begin_inside(self, change: dict) -> None:
        if not self.shown.holds(self.x, self.y):
            self.x, self.y = self.shown.start

    def describe(self) -> str:
        """Return in a sentence what the explorer shows now."""
        path = self.path
        step = min(self.step, len(path) - 1)
        x, y, height = path[step]
        left = "" if len(path) > STEPS else f"; it leaves the picture at step {len(path)}"
        return (
            f"Landscape explorer, {self.surface}: {self.optimizer} with learning rate {self.rate:.3g}, momentum "
            f"{self.momentum:.3g} and weight decay {self.decay:.3g}, from loss {path[0, 2]:.3g}, is after {step} steps "
            f"at ({x:.2f}, {y:.2f}), loss {height:.3g}{left}."
        )

    def picture(self) -> Figure:
        """Draw what the explorer shows now."""
        path = self.path
        title = f"{self.surface}: {self.optimizer}, learning rate {self.rate:.3g}"
        return overview(self.shown, path, min(self.step, len(path) - 1), title, self.show_path)


def _meta(name: str, surface: Surface) -> dict[str, Any]:
    return {
        "name": name,
        "shape": list(surface.values.shape),
        "x": list(surface.x),
        "y": list(surface.y),
        "start": list(surface.start),
        "rate": surface.rate,
        "words": surface.words,
        "zero": list(surface.zero),
        "points": len(surface.path),
    }
