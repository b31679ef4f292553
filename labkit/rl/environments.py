"""Several copies of a Gymnasium environment, played at once.

Axes: n environments, b transitions.
"""

from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from jaxtyping import Int, Shaped
from torch import Tensor

from labkit.rl.transitions import Transitions


class Environments:
    """Steps all copies together, and remembers where they are and what each finished episode returned.

    After an episode Gymnasium gives one more "step" that only starts the next one. It is no transition, and is left
    out: so what comes back may have fewer rows than there are copies. A vector environment of one's own may be passed
    in place of a name. Towers et al. 2024, https://arxiv.org/abs/2407.17032
    """

    def __init__(self, name: str | VectorEnv, count: int = 1, seed: int = 0, **options: Any):
        self.envs = name if isinstance(name, VectorEnv) else gymnasium.make_vec(name, num_envs=count, **options)
        if self.envs.metadata.get("autoreset_mode") is not AutoresetMode.NEXT_STEP:
            mode = self.envs.metadata.get("autoreset_mode")
            raise ValueError(f"these environments reset {mode}: make them with AutoresetMode.NEXT_STEP")
        self.obs = torch.from_numpy(np.array(self.envs.reset(seed=seed)[0]))
        self.restarting = np.zeros(self.envs.num_envs, dtype=bool)
        self.totals = np.zeros(self.envs.num_envs)
        self.returns: list[float] = []  # undiscounted, of finished episodes in the order of their ends
        self.steps = 0  # transitions so far

    def __len__(self) -> int:
        return self.envs.num_envs

    def step(self, action: Shaped[Tensor, "n ..."], whole: bool = False) -> Transitions:
        """One action in each copy; what happened, without the rows that only started a new episode, unless `whole`."""
        action = action.cpu()
        seen, reward, terminated, truncated, _ = self.envs.step(action.numpy())
        self.totals += np.where(self.restarting, 0.0, reward)
        ended, obs = terminated | truncated, torch.from_numpy(np.array(seen))
        flags = (torch.from_numpy(np.array(flag)) for flag in (terminated, truncated))
        rows = Transitions(self.obs, action, torch.from_numpy(np.asarray(reward, np.float32)), obs, *flags)
        if self.restarting.any() and not whole:
            rows = rows[torch.from_numpy(~self.restarting)]
        self.returns += self.totals[ended].tolist()
        self.totals[ended] = 0.0
        self.obs, self.restarting = obs, ended
        self.steps += len(rows)
        return rows

    def random_actions(self, generator: torch.Generator | None = None) -> Int[Tensor, " n"]:
        """Any action in each copy, all equally likely. For environments whose actions are numbered."""
        return torch.randint(int(self.envs.single_action_space.n), (len(self),), generator=generator)
