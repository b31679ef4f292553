"""A smooth surface through a grid of numbers, and the way an optimizer takes down it; landscape.js has the same.

Axes: h rows (along y) and w columns (along x) of the grid, n steps.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from labkit.show.kit.arrays import to_numpy

OPTIMIZERS = ("SGD", "momentum", "Nesterov", "Adam", "AdamW")
STEPS = 120
BETA2, EPSILON = 0.999, 1e-8


@dataclass
class Surface:
    """Heights (h, w) over evenly spaced x and y, what to say about them, and where to start with which learning rate.

    Between the grid's points the surface is bicubic (Keys 1981), so its slope has no jumps and belongs to its height.
    The outermost ring of points only shapes the edge. Weight decay pulls to the point `zero`. `path` holds the points
    (n, 2) of a real run. Raises ValueError for a grid below 4 x 4, numbers that are not finite, or a start outside.
    """

    values: Any
    x: tuple[float, float]
    y: tuple[float, float]
    start: tuple[float, float]
    rate: float = 0.1
    words: str = ""
    zero: tuple[float, float] = (0.0, 0.0)
    path: Any = None

    def __post_init__(self):
        self.values = to_numpy(self.values).astype(np.float32)
        if self.values.ndim != 2 or min(self.values.shape) < 4:
            raise ValueError(f"a surface needs a grid of heights of at least 4 x 4, not shape {self.values.shape}")
        if not np.isfinite(self.values).all():
            raise ValueError("some heights are not finite: show a smaller part of the plane, or their logarithm")
        self.path = np.zeros((0, 2), np.float32) if self.path is None else to_numpy(self.path).astype(np.float32)
        if self.path.ndim != 2 or self.path.shape[1] != 2:
            raise ValueError(f"a path has points (n, 2), not shape {self.path.shape}")
        if not self.holds(*self.start):
            raise ValueError(f"the start {self.start} lies outside of x {self.inside[0]} and y {self.inside[1]}")

    @property
    def spacing(self) -> tuple[float, float]:
        """From one point of the grid to the next, along x and along y."""
        (low, high), (bottom, top), (rows, columns) = self.x, self.y, self.values.shape
        return (high - low) / (columns - 1), (top - bottom) / (rows - 1)

    @property
    def inside(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The part that is shown: all but the outermost ring."""
        dx, dy = self.spacing
        return (self.x[0] + dx, self.x[1] - dx), (self.y[0] + dy, self.y[1] - dy)

    def holds(self, x: float, y: float) -> bool:
        """Whether a point is on the part that is shown."""
        (left, right), (bottom, top) = self.inside
        slack = 1e-9 * (right - left + top - bottom)
        return bool(left - slack <= x <= right + slack and bottom - slack <= y <= top + slack)

    def map(self, count: int) -> tuple[Float[np.ndarray, " n"], Float[np.ndarray, " n"], Float[np.ndarray, "n n"]]:
        """`count` places along x and along y of the part that is shown, and the heights (y, x) there."""
        (left, right), (bottom, top) = self.inside
        x, y = np.linspace(left, right, count), np.linspace(bottom, top, count)
        across = _kernel((x - self.x[0]) / self.spacing[0], self.values.shape[1])
        down = _kernel((y - self.y[0]) / self.spacing[1], self.values.shape[0])
        return x, y, down @ self.values.astype(np.float64) @ across.T

    def at(self, x: float, y: float) -> tuple[float, float, float]:
        """Height and slope (along x, along y) at a point that the surface holds."""
        dx, dy = self.spacing
        column, across, along_x = _weights((x - self.x[0]) / dx, self.values.shape[1])
        row, down, along_y = _weights((y - self.y[0]) / dy, self.values.shape[0])
        patch = self.values[row : row + 4, column : column + 4].astype(np.float64)
        return float(down @ patch @ across), float(down @ patch @ along_x) / dx, float(along_y @ patch @ across) / dy


def _weights(place: float, count: int) -> tuple[int, np.ndarray, np.ndarray]:
    """The first of four neighbors, how much each counts, and how much for the slope: cubic convolution."""
    left = int(np.clip(np.floor(place), 1, count - 3))
    t = place - left
    value = [-0.5 * t**3 + t**2 - 0.5 * t, 1.5 * t**3 - 2.5 * t**2 + 1, -1.5 * t**3 + 2 * t**2 + 0.5 * t]
    slope = [-1.5 * t**2 + 2 * t - 0.5, 4.5 * t**2 - 5 * t, -4.5 * t**2 + 4 * t + 0.5]
    return left - 1, np.array([*value, 0.5 * t**3 - 0.5 * t**2]), np.array([*slope, 1.5 * t**2 - t])


def _kernel(places: Float[np.ndarray, " n"], count: int) -> Float[np.ndarray, "n count"]:
    """How much each of `count` points counts at each place."""
    weights = np.zeros((len(places), count))
    for row, place in zip(weights, places, strict=True):
        first, value, _ = _weights(place, count)
        row[first : first + 4] = value
    return weights


def descend(
    surface: Surface,
    start: Sequence[float],
    optimizer: str,
    rate: float,
    momentum: float = 0.9,
    decay: float = 0.0,
    steps: int = STEPS,
) -> Float[np.ndarray, "n 3"]:
    """Points and heights (x, y, height) from the start on; fewer than `steps` + 1 where the way leaves the surface.

    `momentum` is the first beta of Adam and AdamW, nothing for SGD. Raises ValueError for an unknown optimizer.
    """
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"no optimizer {optimizer!r}: choose one of {list(OPTIMIZERS)}")
    place, zero = np.array(start, dtype=np.float64), np.array(surface.zero)
    move = (_adam if "Adam" in optimizer else _rolling)(optimizer, momentum)
    height, *slope = surface.at(*place)
    points = [(*place, height)]
    for step in range(1, steps + 1):
        pull, gradient = decay * (place - zero), np.array(slope)
        if optimizer == "AdamW":
            place = place - rate * pull - rate * move(gradient, step)
        else:
            place = place - rate * move(gradient + pull, step)
        if not surface.holds(*place):
            break
        height, *slope = surface.at(*place)
        points.append((*place, height))
    return np.array(points)


Move = Callable[[np.ndarray, int], np.ndarray]


def _rolling(optimizer: str, momentum: float) -> Move:
    """SGD, with momentum and Nesterov's look ahead: what is multiplied by the learning rate."""
    velocity = np.zeros(2)
    keep = 0.0 if optimizer == "SGD" else momentum

    def move(gradient: np.ndarray, step: int) -> np.ndarray:
        nonlocal velocity
        velocity = keep * velocity + gradient
        return gradient + keep * velocity if optimizer == "Nesterov" else velocity

    return move


def _adam(optimizer: str, beta1: float) -> Move:
    mean, square = np.zeros(2), np.zeros(2)

    def move(gradient: np.ndarray, step: int) -> np.ndarray:
        nonlocal mean, square
        mean = beta1 * mean + (1 - beta1) * gradient
        square = BETA2 * square + (1 - BETA2) * gradient**2
        return mean / (1 - beta1**step) / (np.sqrt(square / (1 - BETA2**step)) + EPSILON)

    return move


def classics(size: int = 61) -> dict[str, Surface]:
    """Four small landscapes on which optimizers are told apart."""
    x = np.linspace(-4, 4, size)
    x, y = np.meshgrid(x, x)
    box = {"x": (-4.0, 4.0), "y": (-4.0, 4.0)}
    bend = (1 - x / 2) ** 2 + 4 * (y / 2 - (x / 2) ** 2) ** 2
    hollows = 1.5 - np.exp(-((x - 2) ** 2 + y**2) / 2) - 0.6 * np.exp(-((x + 2) ** 2 + y**2) / 2) + 0.02 * (x**2 + y**2)
    return {
        "ravine": Surface((x**2 + 40 * y**2) / 20, **box, start=(-3.5, 2.0), rate=0.3,
                          words="Forty times as steep across as along: what is safe across is slow along."),
        "bend": Surface(bend, **box, start=(-2.4, 0.0), rate=0.02,
                        words="A curved valley (Rosenbrock 1960): into it is quick, along it is slow."),
        "saddle": Surface((x**2 - y**2 + y**4 / 8) / 4, **box, start=(-3.4, 0.02), rate=0.2,
                          words="Flat in the middle, down to both sides: near the ridge it takes long to leave."),
        "two hollows": Surface(hollows, **box, start=(-3.2, 1.6), rate=0.3,
                               words="The nearer hollow is the shallower one: enough momentum rolls through it."),
    }  # fmt: skip
