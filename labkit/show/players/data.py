"""What the player explorer shows: a game of generator and discriminator on the plane, recorded moment by moment.

Axes: t moments, n samples, g places on a side of the square, two coordinates.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Float

from labkit.show.kit.arrays import to_numpy


@dataclass
class Game:
    """One recorded game: where samples were, the discriminator's output at every point, and where it sent each sample.

    `turns` (t) count the steps; `samples` and `directions` are (t, n, 2), `fields` (t, g, g) with rows from below and
    columns from the left. With `verdicts` a score is the logit of "this is real", otherwise a critic's height.
    `curves` are further numbers of each moment, by name. Raises ValueError where shapes disagree.
    """

    turns: Any
    samples: Any
    fields: Any
    directions: Any
    verdicts: bool = True
    curves: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self):
        for name in ("turns", "samples", "fields", "directions"):
            setattr(self, name, to_numpy(getattr(self, name)).astype(np.float64))
        self.curves = {name: to_numpy(values).astype(np.float64) for name, values in self.curves.items()}
        t = len(self.turns)
        if self.samples.ndim != 3 or self.samples.shape[::2] != (t, 2) or self.directions.shape != self.samples.shape:
            raise ValueError(
                f"samples and directions are (moments, n, 2) = ({t}, n, 2), not {self.samples.shape} and "
                f"{self.directions.shape}"
            )
        if self.fields.ndim != 3 or len(self.fields) != t or self.fields.shape[1] != self.fields.shape[2]:
            raise ValueError(f"fields are (moments, side, side) = ({t}, g, g), not {self.fields.shape}")
        for name, values in self.curves.items():
            if values.shape != (t,):
                raise ValueError(f"{name!r} should have a number for each of {t} moments, not {values.shape}")

    @classmethod
    def of(cls, recorded: Iterable[tuple[int, Any]], verdicts: bool = True, **curves: Any) -> "Game":
        """Take a game from (turn, snapshot) pairs; a snapshot has `samples`, `field` and `directions`."""
        turns, seen = zip(*recorded, strict=True)
        parts = [
            np.stack([to_numpy(getattr(one, name)) for one in seen]) for name in ("samples", "field", "directions")
        ]
        return cls(np.array(turns), *parts, verdicts, {name.replace("_", " "): v for name, v in curves.items()})

    def shown(self, real: Float[np.ndarray, "m 2"], reach: float) -> "Shown":
        """The fields as they are drawn, from -1 to 1: twice D minus 1, or a height measured from a middle.

        The middle is half way between what the critic gives the real samples and what it gives the generated ones,
        on average; 1 is the largest difference from it in the square, at that moment.
        """
        if self.verdicts:
            return Shown(np.tanh(self.fields / 2), np.ones(len(self.turns)), np.zeros(len(self.turns)))
        middle = np.array(
            [
                (score_at(scores, real, reach).mean() + score_at(scores, fake, reach).mean()) / 2
                for scores, fake in zip(self.fields, self.samples, strict=True)
            ]
        )
        heights = self.fields - middle[:, None, None]
        limit = np.maximum(np.abs(heights).max(axis=(1, 2)), 1e-12)
        return Shown(heights / limit[:, None, None], limit, middle)


@dataclass
class Shown:
    """Fields between -1 and 1, and what 1 and 0 stand for at each moment."""

    fields: Float[np.ndarray, "t g g"]
    limit: Float[np.ndarray, " t"]
    middle: Float[np.ndarray, " t"]


def score_at(scores: Float[np.ndarray, "g g"], points: Float[np.ndarray, "n 2"], reach: float) -> Any:
    """The score of each point, between the four places around it; outside of the square that of its edge."""
    side = len(scores)
    place = np.clip((points + reach) / (2 * reach), 0, 1) * (side - 1)
    below = np.minimum(np.floor(place).astype(int), side - 2)
    (x, y), (i, j) = (place - below).T, below.T
    low = (1 - x) * scores[j, i] + x * scores[j, i + 1]
    high = (1 - x) * scores[j + 1, i] + x * scores[j + 1, i + 1]
    return (1 - y) * low + y * high


def as_shorts(values: Float[np.ndarray, "..."], limit: float) -> bytes:
    """Numbers from -limit to limit as 16-bit integers; what lies outside is moved to the edge."""
    return np.round(np.clip(values / limit, -1, 1) * 32767).astype("<i2").tobytes()


def as_bytes(values: Float[np.ndarray, "..."]) -> bytes:
    """Numbers from -1 to 1 as one byte each, 0 as 127 exactly."""
    return np.round(np.clip(values, -1, 1) * 127 + 127).astype(np.uint8).tobytes()
