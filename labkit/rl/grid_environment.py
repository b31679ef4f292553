"""A grid world with Gymnasium's interface."""

from typing import Any, ClassVar

import gymnasium
import numpy as np
import torch
from gymnasium import spaces

from labkit.rl.grid_world import ACTIONS, GridWorld


class GridEnvironment(gymnasium.Env[int, int]):
    """One agent in a grid world: observations are the numbers of cells, actions those of `ACTIONS`.

    Termination comes from the world. For truncation wrap it in `gymnasium.wrappers.TimeLimit`.
    Towers et al. 2024, https://arxiv.org/abs/2407.17032
    """

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["ansi"], "render_fps": 4}

    def __init__(self, world: GridWorld, render_mode: str | None = None):
        self.world, self.render_mode = world, render_mode
        self.observation_space = spaces.Discrete(world.states)
        self.action_space = spaces.Discrete(len(ACTIONS))
        self.generator, self.state = torch.Generator(), None

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        """Begin an episode. With a seed, all that follows is as it was with this seed before."""
        super().reset(seed=seed)
        if seed is not None or self.state is None:
            self.generator.manual_seed(int(self.np_random.integers(2**62)))
        self.state = self.world.begin(1, self.generator)
        return int(self.state), {}

    def step(self, action: int | np.integer) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """Where the action led, its reward, and whether the world says that the episode is over."""
        if self.state is None:
            raise RuntimeError("no episode has begun: call reset() before step()")
        if not self.action_space.contains(action):
            raise ValueError(f"an action is one of 0 to {len(ACTIONS) - 1} ({', '.join(ACTIONS)}), not {action!r}")
        self.state, reward, ends = self.world.step(self.state, torch.tensor([int(action)]), self.generator)
        return int(self.state), float(reward), bool(ends), False, {}

    def render(self) -> str | None:
        """The map as text, with an x where the agent is, in the render mode `ansi`."""
        if self.render_mode is None:
            return None
        cells = list("".join(self.world.map))
        if self.state is not None:
            cells[int(self.state)] = "x"
        columns = self.world.shape[1]
        return "\n".join("".join(cells[i : i + columns]) for i in range(0, len(cells), columns))
