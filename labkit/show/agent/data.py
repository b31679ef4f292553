"""What the agent explorer is given: how a table was learned on a grid, and episodes of a cart with a pole.

Axes: f frames, s states (cells, row by row), a actions (up, right, down, left on a grid; left, right for the cart),
t time steps, p places of a path.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from labkit.show.kit.arrays import to_numpy

ACTIONS = ("up", "right", "down", "left")
PUSHES = ("push left", "push right")
STANDING = ".S"  # letters of cells in which an agent acts; in all others nothing is learned


@dataclass
class GridFilm:
    """How the table of a grid world was learned: `table` (f, s, 4) after `episodes` (f) episodes.

    `map` is one text for each row: S start, G goal, H hole, C cliff, # wall, . floor. `exact` (s, 4) are the values
    that it should find. `paths` holds for each frame the cells that the agent of that frame goes through from the
    start, each list as long as it likes. Raises ValueError where shapes do not fit, or a path leaves the grid.
    """

    map: Sequence[str]
    table: Any
    episodes: Any
    exact: Any
    paths: Sequence[Sequence[int]] = ()

    def __post_init__(self):
        self.map = [str(row) for row in self.map]
        self.table = _numbers("table", self.table)
        self.exact = _numbers("exact", self.exact)
        self.episodes = to_numpy(self.episodes).astype(np.int64)
        wide = {len(row) for row in self.map}
        if len(wide) != 1 or not wide.copy().pop():
            raise ValueError(f"a map has rows of one length, not of {[len(row) for row in self.map]}")
        frames, cells = len(self.table), sum(map(len, self.map))
        if self.table.shape != (frames, cells, 4) or self.exact.shape != (cells, 4) or not frames:
            wanted = f"table (frames, {cells}, 4) and exact ({cells}, 4)"
            raise ValueError(f"a map of {cells} cells needs {wanted}, not {self.table.shape} and {self.exact.shape}")
        if self.episodes.shape != (frames,):
            raise ValueError(f"{frames} frames have as many numbers of episodes, not {self.episodes.shape}")
        self.paths = [[int(cell) for cell in path] for path in self.paths] or [[] for _ in range(frames)]
        if len(self.paths) != frames:
            raise ValueError(f"{frames} frames have as many paths, not {len(self.paths)}")
        if any(not 0 <= cell < cells for path in self.paths for cell in path):
            raise ValueError(f"a path leaves the grid: its cells are 0 to {cells - 1}")

    @property
    def standing(self) -> np.ndarray:
        """The cells in which an agent acts."""
        return np.array([letter in STANDING for row in self.map for letter in row])

    @property
    def values(self) -> Float[np.ndarray, "f s"]:
        """What a state is worth by its best action."""
        return self.table.max(axis=2)

    @property
    def errors(self) -> Float[np.ndarray, " f"]:
        """How far the values of the states are off on average, over the cells in which an agent acts."""
        return np.abs(self.values - self.exact.max(axis=1))[:, self.standing].mean(axis=1)

    @property
    def first_arrival(self) -> int:
        """The first frame in which the agent's path ends in the goal cell; -1 if none does."""
        letters = "".join(self.map)
        return next((n for n, path in enumerate(self.paths) if path and letters[path[-1]] == "G"), -1)

    @property
    def frames(self) -> int:
        """How many frames there are."""
        return len(self.table)


@dataclass
class CartEpisode:
    """One episode of CartPole: `obs` (t, 4) position, velocity, angle, angular velocity; `values` (t, 2); `action` (t).

    `truncated`: the clock ended it, and not the cart. Raises ValueError where shapes do not fit.
    """

    obs: Any
    values: Any
    action: Any
    truncated: bool = False

    def __post_init__(self):
        self.obs, self.values = _numbers("obs", self.obs), _numbers("values", self.values)
        self.action = to_numpy(self.action).astype(np.int64)
        steps = len(self.obs)
        if not steps or self.obs.shape != (steps, 4) or self.values.shape != (steps, 2):
            raise ValueError(f"obs (t, 4) and values (t, 2) of t steps, not {self.obs.shape} and {self.values.shape}")
        if self.action.shape != (steps,) or not set(self.action.tolist()) <= {0, 1}:
            raise ValueError(f"{steps} steps have as many actions, 0 or 1, not {self.action.shape} of others")

    @property
    def steps(self) -> int:
        """How long the episode is."""
        return len(self.obs)


def _numbers(name: str, values: Any) -> Float[np.ndarray, "..."]:
    """Return float32. Raises ValueError for what is not finite."""
    values = to_numpy(values).astype(np.float32)
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds a number that is not finite")
    return values
