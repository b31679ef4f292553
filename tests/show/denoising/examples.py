"""Something to look at in the denoising explorer, all of it computed here: disks out of noise, a pull to two places."""

from itertools import pairwise

import numpy as np

from labkit.show.denoising.data import Field, Film, Guidance
from labkit.show.denoising.explorer import DenoisingExplorer

SIDE = 28
ROWS, COLUMNS = np.indices((SIDE, SIDE)) / (SIDE - 1) * 2 - 1
PLACES = np.array([[-1.5, 0.0], [1.5, 0.5]])


def disk(x: float, y: float, size: float = 0.4) -> np.ndarray:
    return np.clip(1 - 8 * (np.hypot(COLUMNS - x, ROWS - y) - size), -1, 1)


def film(frames: int = 11, count: int = 4) -> Film:
    """Disks, each at a place of its own; the guess knows the place late, and is a large disk in the middle at first."""
    draw = np.random.default_rng(0)
    clean = np.stack([disk(0.8 * np.cos(i), 0.8 * np.sin(i)) for i in range(count)])
    noise, share = draw.normal(size=clean.shape), np.linspace(1, 0, frames)[:, None, None, None]
    guesses = (1 - share) * clean + share * disk(0, 0, 0.7)
    return Film(
        (1 - share) * clean + share * noise, guesses, range(50 * (frames - 1), -1, -50), list("abcdefgh")[:count]
    )


def pull(points: np.ndarray, t: float) -> np.ndarray:
    """The score of two equal Gaussians of variance 0.04 under noise of variance t squared."""
    away = points[:, None] - PLACES
    variance = 0.04 + t**2
    logs = -0.5 * (away**2).sum(axis=-1) / variance
    shares = np.exp(logs - logs.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    return -(shares[..., None] * away).sum(axis=1) / variance


def flow(points: np.ndarray, times: np.ndarray, noise: bool) -> np.ndarray:
    """Variance exploding, with the noise level as the time; noise is drawn from the place, so that runs repeat."""
    draw, path = np.random.default_rng(len(points)), [np.asarray(points, float)]
    for t, after in pairwise(times):
        gone = t**2 - after**2
        moved = path[-1] + (1.0 if noise else 0.5) * gone * pull(path[-1], t)
        path.append(moved + np.sqrt(gone) * draw.normal(size=moved.shape) if noise else moved)
    return np.stack(path)


def field(moments: int = 31, count: int = 120) -> Field:
    draw, times = np.random.default_rng(1), np.geomspace(2.0, 0.05, moments)
    data = PLACES[draw.integers(2, size=200)] + 0.2 * draw.normal(size=(200, 2))
    return Field(pull, flow, times, times, 2.0 * draw.normal(size=(count, 2)), data, "the score")


def guidance(weights: int = 4, classes: int = 3, count: int = 4, **given) -> Guidance:
    """Disks left, right or below: the greater the weight, the less they differ."""
    draw, middles = np.random.default_rng(2), [(-0.5, 0), (0.5, 0), (0, 0.5)]
    images = np.empty((weights, classes, count, SIDE, SIDE))
    for w in range(weights):
        for c in range(classes):
            for i in range(count):
                x, y = middles[c % 3] + draw.normal(size=2) * 0.4 / (w + 1)
                images[w, c, i] = disk(x, y)
    recognized = np.linspace(0.5, 0.95, weights)[:, None].repeat(classes, axis=1)
    names = ["left", "right", "below", "left 2", "right 2", "below 2", "a", "b", "c", "d"][:classes]
    return Guidance([0.0, 1.0, 2.0, 4.0, 8.0][:weights], images, names, recognized=recognized, **given)


def fresh(label: int, weight: float) -> np.ndarray:
    """Samples drawn anew: squares, so that they cannot be taken for the recorded ones."""
    return np.full((4, SIDE, SIDE), -1.0) + 2.0 * (np.abs(COLUMNS) < 0.2 + 0.1 * label)


def example(*parts: str) -> DenoisingExplorer:
    """All three views, or those named."""
    made = {"film": film, "field": field, "guidance": lambda: guidance(sample=fresh)}
    return DenoisingExplorer(**{name: make() for name, make in made.items() if not parts or name in parts})


def large() -> DenoisingExplorer:
    """Near the budget: six images over 20 frames, 200 particles over 31 moments, five weights of six classes."""
    return DenoisingExplorer(film(20, 6), field(31, 200), guidance(5, 6))
