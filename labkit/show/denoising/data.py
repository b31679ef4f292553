"""What the denoising explorer is given: a film of denoising, a field of scores, samples under guidance.

Axes: s frames of the film, n images, h and w height and width, t moments, m points, g guidance weights, c classes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int16, UInt8

from labkit.show.kit.arrays import to_numpy

FINE = 16_000  # steps of a 16-bit number from the middle of the plane to its edge; twice as far can be said
SIDE = 21  # arrows across and up


@dataclass
class Film:
    """Images on their way out of the noise, and what the model takes the clean ones to be at each frame.

    `noisy` and `guesses` are (frames, n, h, w) with pixels from -1 to 1 (what is beyond is cut when drawn), noisiest
    first; `times` numbers each frame's step, falling; `names` says what each image is to be. Raises ValueError for
    what does not fit.
    """

    noisy: Any
    guesses: Any
    times: Any
    names: Sequence[str] = ()

    def __post_init__(self):
        self.noisy, self.guesses = _images("noisy", self.noisy, 4), _images("guesses", self.guesses, 4)
        self.times = [float(time) for time in self.times]
        self.names = [str(name) for name in self.names] or [f"image {i + 1}" for i in range(self.noisy.shape[1])]
        if self.noisy.shape != self.guesses.shape:
            raise ValueError(f"a guess for every noisy image: {self.noisy.shape} and {self.guesses.shape} differ")
        if len(self.times) != len(self.noisy) or len(self.times) < 2 or not _fall(self.times):
            raise ValueError(f"{len(self.noisy)} frames need as many times, falling, two at least: {self.times}")
        if len(self.names) != self.noisy.shape[1]:
            raise ValueError(f"{self.noisy.shape[1]} images need as many names, not {len(self.names)}")

    @property
    def has_goal(self) -> bool:
        """Whether the guesses come within a tenth of the gray scale of the final images, and not at once."""
        guesses, end = np.clip(self.guesses, -1, 1), np.clip(self.noisy[-1], -1, 1)
        off = np.abs(guesses - end).mean(axis=(1, 2, 3)) / 2
        return bool(off[0] > 0.11 and off.min() < 0.09)


@dataclass
class Field:
    """A score on the plane over time, and how particles move in it.

    `score(points (m, 2), t)` gives vectors (m, 2); `flow(points, times, noise)` gives where the points are at each of
    the `times` (t, m, 2), the first being where they start, moved by the stochastic equation if `noise` is true and by
    the probability flow if not. `times` fall from noise to data, `stds` are their noise levels, `start` (m, 2) is where
    the particles are at the first of them, `data` (k, 2) are drawn beneath. Raises ValueError for what does not fit.
    """

    score: Callable[[np.ndarray, float], Any]
    flow: Callable[[np.ndarray, np.ndarray, bool], Any]
    times: Any
    stds: Any
    start: Any
    data: Any = None
    title: str = "score"

    def __post_init__(self):
        self.times, self.stds = (np.array([float(x) for x in xs]) for xs in (self.times, self.stds))
        self.start = _points("start", self.start)
        self.data = np.zeros((0, 2), np.float32) if self.data is None else _points("data", self.data)
        if len(self.times) != len(self.stds) or len(self.times) < 2 or not _fall(self.times.tolist()):
            raise ValueError(f"times fall, two at least, with a noise level each: {self.times} and {self.stds}")

    def paths(self, points: Float[np.ndarray, "m 2"], first: int, noise: bool) -> Float[np.ndarray, "t m 2"]:
        """Where points are from the moment `first` on. Raises ValueError if `flow` gives anything else."""
        times = self.times[first:]
        found = to_numpy(self.flow(points.astype(np.float32), times, noise)).astype(np.float32)
        if found.shape != (len(times), *points.shape) or not np.isfinite(found).all():
            raise ValueError(f"flow must give finite {(len(times), *points.shape)}, not {found.shape}")
        return found

    def arrows(self, extent: float) -> Float[np.ndarray, "t cells 2"]:
        """The score on a grid of SIDE x SIDE places at each moment, row by row from the top."""
        side = extent * (2 * (np.arange(SIDE) + 0.5) / SIDE - 1)
        places = np.stack([np.tile(side, SIDE), np.repeat(-side, SIDE)], axis=1).astype(np.float32)
        found = [to_numpy(self.score(places, float(t))).astype(np.float32) for t in self.times]
        for vectors in found:
            if vectors.shape != places.shape or not np.isfinite(vectors).all():
                raise ValueError(f"score must give finite {places.shape}, not {vectors.shape}")
        return np.stack(found)


@dataclass
class Guidance:
    """Samples of each class at several guidance weights: `images` is (weights, classes, n, h, w), pixels from -1 to 1.

    `sample(class, weight)` draws new ones (n, h, w) if the reader asks; `recognized` (weights, classes) says what share
    of samples is taken for its class by a classifier. Raises ValueError for what does not fit.
    """

    weights: Any
    images: Any
    names: Sequence[str]
    sample: Callable[[int, float], Any] | None = None
    recognized: Any = None

    def __post_init__(self):
        self.weights, self.names = [float(weight) for weight in self.weights], [str(name) for name in self.names]
        self.images = _images("images", self.images, 5)
        wanted = (len(self.weights), len(self.names))
        if self.images.shape[:2] != wanted:
            raise ValueError(f"images are (weights, classes, n, h, w), here {wanted} and so on: {self.images.shape}")
        if any(a >= b for a, b in pairwise(self.weights)):
            raise ValueError(f"weights of guidance rise along a dial: {self.weights}")
        if self.recognized is not None:
            self.recognized = to_numpy(self.recognized).astype(float)
            if self.recognized.shape != wanted or self.recognized.min() < 0 or self.recognized.max() > 1:
                raise ValueError(f"recognized are shares from 0 to 1 {wanted}, not {self.recognized.shape}")

    @property
    def has_goal(self) -> bool:
        """Whether some class is recognized at a later weight and not at the first."""
        if self.recognized is None:
            return False
        return bool(((self.recognized[0] < 0.9) & (self.recognized.max(axis=0) >= 0.9)).any())

    def anew(self, label: int, weight: int) -> UInt8[np.ndarray, "n h w"]:
        """New samples of a class at a weight, as bytes. Raises ValueError if these are no such images."""
        if self.sample is None:
            raise ValueError("there is no function that draws samples: pass sample=...")
        drawn = _images("new samples", self.sample(label, self.weights[weight]), 3)
        if drawn.shape != self.images.shape[2:]:
            raise ValueError(f"sample must give {self.images.shape[2:]}, not {drawn.shape}")
        return as_bytes(drawn)


def as_bytes(images: Float[np.ndarray, "..."]) -> UInt8[np.ndarray, "..."]:
    """Pixels from -1 to 1 as whole numbers from 0 to 255."""
    return np.round(127.5 * (np.clip(images, -1, 1) + 1)).astype(np.uint8)


def as_places(points: Float[np.ndarray, "..."], extent: float) -> Int16[np.ndarray, "..."]:
    """Places on a plane that reaches to `extent`, as 16-bit numbers; what is twice as far out or more stays there."""
    return np.round(np.clip(points / extent * FINE, -32_767, 32_767)).astype("<i2")


def extent_of(runs: Float[np.ndarray, "... 2"], data: Float[np.ndarray, "... 2"]) -> float:
    """How far a plane reaches that shows nearly all particles at both ends of time; twice as far as the data at most.

    Under noise that explodes particles come from far outside: a plane with room for them would have none for the data.
    """
    reach = [float(1.08 * np.quantile(np.abs(part), 0.99)) for part in (runs, data)]
    return min(reach[0], 2 * reach[1])


def _images(name: str, values: Any, axes: int) -> np.ndarray:
    found = to_numpy(values).astype(np.float32)
    if found.ndim != axes or 0 in found.shape:
        raise ValueError(f"{name} need {axes} axes, the last two an image's height and width, not {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError(f"{name} hold a number that is not finite")
    return found


def _points(name: str, values: Any) -> Float[np.ndarray, "m 2"]:
    found = to_numpy(values).astype(np.float32)
    if found.ndim != 2 or found.shape[1] != 2 or not len(found) or not np.isfinite(found).all():
        raise ValueError(f"{name} are finite points (m, 2), not {found.shape}")
    return found


def _fall(values: list[float]) -> bool:
    return all(a > b for a, b in pairwise(values))
