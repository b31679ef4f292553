"""From noise to data, step by step: the denoising explorer.

Axes: s frames of the film, n images, h and w height and width, t moments, m points, g guidance weights, c classes.
"""

from typing import Any

import numpy as np
import traitlets
from matplotlib.figure import Figure

from labkit.show.denoising.data import SIDE, Field, Film, Guidance, as_bytes, as_places, extent_of
from labkit.show.denoising.picture import draw_field, draw_film, draw_guidance
from labkit.show.kit.explorer import Answer, Explorer, sources

BUDGET = 430_000  # bytes of images, arrows and particles; the rest of the 500 kB is for the code of the page
COPIES = 12  # particles that start from one place when there is noise to part them

GOALS = {
    "film": "Find the first frame whose guesses are within 10 % of the gray scale of the final images.",
    "guidance": "Find the smallest guidance weight at which 90 % of the samples of a class are recognized.",
}


class DenoisingExplorer(Explorer):
    """Scrub through the steps from noise to image, watch particles in a field of scores, turn the guidance dial.

    Pass a `Film`, a `Field`, a `Guidance`, or several: each is a view. `view` ("film", "field", "guidance"), `frame`
    and `image` of the film, `moment` and `noise` (true: the stochastic equation) of the field, `weight` and `label` of
    the guidance, all but the view and noise as indices, can be read and set from Python at any time.
    """

    _esm, _css = sources("denoising")

    film = traitlets.Dict().tag(sync=True)  # size [s, n, h, w], times, names; empty if there is none
    shots = traitlets.Bytes().tag(sync=True)  # uint8 (2, s, n, h, w): noisy images, guesses
    field = traitlets.Dict().tag(sync=True)  # size [t, m, data], side, extent, times, stds, title
    arrows = traitlets.Bytes().tag(sync=True)  # int16 (t, side * side, 2), as shares of the moment's longest
    longest = traitlets.List(traitlets.Float()).tag(sync=True)  # of each moment
    particles = traitlets.Bytes().tag(sync=True)  # int16 (2, t, m, 2): probability flow, stochastic equation
    dots = traitlets.Bytes().tag(sync=True)  # int16 (data, 2)
    guidance = traitlets.Dict().tag(sync=True)  # size [g, c, n, h, w], weights, names, recognized, asks
    samples = traitlets.Bytes().tag(sync=True)  # uint8 (g, c, n, h, w)
    view = traitlets.Unicode().tag(sync=True)
    frame = traitlets.Int(0).tag(sync=True)
    image = traitlets.Int(0).tag(sync=True)
    moment = traitlets.Int(0).tag(sync=True)
    noise = traitlets.Bool(False).tag(sync=True)
    weight = traitlets.Int(0).tag(sync=True)
    label = traitlets.Int(0).tag(sync=True)
    aim = traitlets.Unicode().tag(sync=True)  # the view that the goal is about

    def __init__(self, film: Film | None = None, field: Field | None = None, guidance: Guidance | None = None):
        self.parts = {"film": film, "field": field, "guidance": guidance}
        views = [name for name, part in self.parts.items() if part is not None]
        if not views:
            raise ValueError("pass a film, a field or a guidance: there is nothing to show")
        state: dict[str, Any] = {"view": views[0]}
        if film is not None:
            state |= _film_state(film)
        if field is not None:
            self.runs = np.stack([field.paths(field.start, 0, noise) for noise in (False, True)])  # 2 t m 2
            self.extent = extent_of(self.runs[:, [0, -1]], field.data if len(field.data) else self.runs[:, -1])
            state |= self._field_state(field)
        if guidance is not None:
            state |= _guidance_state(guidance)
        _within_budget(sum(len(value) for value in state.values() if isinstance(value, bytes)))
        super().__init__(**state)
        self.aim = next((name for name in GOALS if self.parts[name] is not None and self.parts[name].has_goal), "")
        self.goal = GOALS.get(self.aim, "")

    def _field_state(self, field: Field) -> dict[str, Any]:
        self.vectors = field.arrows(self.extent)
        longest = np.maximum(np.linalg.norm(self.vectors, axis=2).max(axis=1), 1e-12)
        size = [len(field.times), len(field.start), len(field.data)]
        return {
            "field": {
                "size": size, "side": SIDE, "extent": self.extent, "title": field.title,
                "times": field.times.tolist(), "stds": field.stds.tolist(),
            },
            "arrows": as_places(self.vectors / longest[:, None, None], 1.0).tobytes(),
            "longest": longest.tolist(),
            "particles": as_places(self.runs, self.extent).tobytes(),
            "dots": as_places(field.data, self.extent).tobytes(),
        }  # fmt: skip

    def answer(self, question: dict[str, Any]) -> Answer:
        """What the page asks for: where particles go from a place (`drop`), or new samples (`label`, `weight`)."""
        if "drop" in question:
            field, noise = self._part("field"), bool(question["noise"])
            start = np.tile(np.array(question["drop"], dtype=np.float32), (COPIES if noise else 1, 1))
            found = field.paths(start, int(question["moment"]), noise)
            return {"copies": len(start)}, [as_places(found, self.extent).tobytes()]
        return {}, [self._part("guidance").anew(int(question["label"]), int(question["weight"])).tobytes()]

    def _part(self, name: str) -> Any:
        if self.parts[name] is None:
            raise ValueError(f"this explorer has no {name}")
        return self.parts[name]

    @traitlets.validate("view")
    def _known(self, proposal: dict) -> str:
        if self.parts.get(proposal["value"]) is None:
            views = [name for name, part in self.parts.items() if part is not None]
            raise traitlets.TraitError(f"no view {proposal['value']!r}: choose one of {views}")
        return proposal["value"]

    @traitlets.validate("frame", "image", "moment", "weight", "label")
    def _in_range(self, proposal: dict) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        of, axis = {"frame": ("film", 0), "image": ("film", 1), "moment": ("field", 0), "weight": ("guidance", 0),
                    "label": ("guidance", 1)}[name]  # fmt: skip
        count = getattr(self, of)["size"][axis] if getattr(self, of) else 1
        if not 0 <= value < count:
            raise traitlets.TraitError(f"{name} {value}: there are {name}s 0 to {count - 1}")
        return value

    def picture(self) -> Figure:
        """Draw the view that is shown."""
        if self.view == "film":
            return draw_film(self.parts["film"], self.frame)
        if self.view == "field":
            arrows, run = self.vectors[self.moment], self.runs[int(self.noise)]
            return draw_field(self.parts["field"], arrows, run, self.moment, self.extent)
        return draw_guidance(self.parts["guidance"], self.label, self.weight)

    def describe(self) -> str:
        """Return in a sentence what is shown."""
        part = self.parts[self.view]
        if self.view == "film":
            off = np.abs(np.clip(part.guesses[self.frame], -1, 1) - np.clip(part.noisy[-1], -1, 1)).mean() / 2
            where = f"step {part.times[self.frame]:g}, frame {self.frame + 1} of {len(part.times)}"
            return (
                f"Denoising explorer, {where}: the guesses of {len(part.names)} images are {off:.0%} of the gray scale "
                "from the final images."
            )
        if self.view == "field":
            moved = "the stochastic equation" if self.noise else "the probability flow"
            return (
                f"Denoising explorer, {part.title} at time {part.times[self.moment]:.2f} under noise of "
                f"{part.stds[self.moment]:.2f}: {len(part.start)} particles moved by {moved}, "
                f"longest arrow {self.longest[self.moment]:.3g}."
            )
        share = "" if part.recognized is None else f", {part.recognized[self.weight, self.label]:.0%} recognized"
        return (
            f"Denoising explorer, samples of {part.names[self.label]} at weight {part.weights[self.weight]:g}{share}."
        )


def _film_state(film: Film) -> dict[str, Any]:
    meta = {"size": list(film.noisy.shape), "times": film.times, "names": film.names}
    return {"film": meta, "shots": as_bytes(np.stack([film.noisy, film.guesses])).tobytes()}


def _guidance_state(guidance: Guidance) -> dict[str, Any]:
    shares = [] if guidance.recognized is None else guidance.recognized.tolist()
    meta = {"size": list(guidance.images.shape), "weights": guidance.weights, "names": guidance.names}
    meta |= {"recognized": shares, "asks": guidance.sample is not None}
    return {"guidance": meta, "samples": as_bytes(guidance.images).tobytes()}


def _within_budget(count: int) -> None:
    if count > BUDGET:
        raise ValueError(
            f"{count:,} bytes are too many for one explorer (at most {BUDGET:,}): "
            "show fewer images, frames or particles"
        )
