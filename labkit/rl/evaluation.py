"""What an agent earns, and what it thought that it would.

Axes: n episodes, t time steps, a actions.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from labkit.nn.kinds import like
from labkit.rl.environments import Environments


@dataclass
class Played:
    """Whole episodes side by side, as long as the longest. After its end an episode's rewards and values are zero."""

    obs: Float[Tensor, "t n ..."]
    values: Float[Tensor, "t n a"]
    action: Int[Tensor, "t n"]
    reward: Float[Tensor, "t n"]
    going: Bool[Tensor, "t n"]  # whether this step was taken at all
    truncated: Bool[Tensor, " n"]  # by the clock, so that more could have been earned

    @property
    def returns(self) -> Float[Tensor, " n"]:
        """The sum of an episode's rewards."""
        return self.reward.sum(dim=0)


@torch.no_grad()
def play(online: Callable[[Tensor], Tensor], name: str, episodes: int = 32, seed: int = 0, **options: Any) -> Played:
    """Play episodes greedily, each in an environment of its own. `options` go to `gymnasium.make_vec`.

    The copies start from seeds derived from `seed`, others than those of `Environments(name, count, seed)`, in which
    agents are trained. Raises RuntimeError if an episode does not end within a million steps: the environment needs a
    time limit.
    """
    envs = Environments(name, episodes, evaluation_seed(seed), **options)
    home = like(online).get("device", envs.obs.device) if isinstance(online, nn.Module) else envs.obs.device
    going = torch.ones(episodes, dtype=torch.bool)
    truncated = torch.zeros(episodes, dtype=torch.bool)
    frames = []
    for _ in range(1_000_000):
        obs, values = envs.obs, online(envs.obs.to(home)).cpu()
        action = values.argmax(dim=1)
        seen = envs.step(action, whole=True)
        frames.append((obs, values * going[:, None], action, seen.reward * going, going))
        truncated |= going & seen.truncated & ~seen.terminated
        going = going & ~(seen.terminated | seen.truncated)
        if not going.any():
            return Played(*(torch.stack(column) for column in zip(*frames, strict=True)), truncated)
    raise RuntimeError(f"episodes of {name} do not end: give it a time limit (max_episode_steps)")


def evaluation_seed(seed: int) -> int:
    """Return the seed of the evaluation environments for `seed`, far from the seeds that training counts through."""
    return int(np.random.SeedSequence(seed, spawn_key=(1,)).generate_state(1)[0] >> 1)


def discounted_returns(reward: Float[Tensor, "t n"], discount: float) -> Float[Tensor, "t n"]:
    r"""What is earned from each step on, $G_t = r_t + \gamma G_{t+1}$; nothing is earned after the last."""
    returns, ahead = torch.empty_like(reward), torch.zeros_like(reward[0])
    for t in reversed(range(len(reward))):
        ahead = returns[t] = reward[t] + discount * ahead
    return returns


def promised_and_earned(
    played: Played, discount: float, tolerance: float = 0.01
) -> tuple[Float[Tensor, " m"], Float[Tensor, " m"]]:
    r"""What the agent promised at each step, $\max_a Q(s, a)$, and the discounted return that followed.

    The difference of their means is the overestimate. Where the clock cut an episode, the steps are left out for which
    what is missing could matter by more than the share `tolerance`: $\gamma^{\mathrm{steps\ left}}$. Raises ValueError
    if no step is left. van Hasselt et al. 2016, https://arxiv.org/abs/1509.06461
    """
    returns = discounted_returns(played.reward, discount)
    steps_left = played.going.flip(0).cumsum(0).flip(0)  # t n
    known = played.going & (~played.truncated | (discount ** steps_left.double() < tolerance))
    if not known.any():
        raise ValueError("every return is cut off by the clock: play with a larger max_episode_steps")
    return played.values.max(dim=2).values[known], returns[known]
