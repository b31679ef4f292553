"""What learning looked like, as arrays: for pictures that are looked through afterwards.

Axes: f frames, s states, a actions, t time steps.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from labkit.rl.evaluation import play
from labkit.rl.exploration import epsilon_greedy, sample
from labkit.rl.grid_world import GridWorld
from labkit.rl.tabular import Learner


@dataclass
class TableFrames:
    """The table of one run of a learner, from before its first step to its last."""

    step: Int[Tensor, " f"]
    table: Float[Tensor, "f s a"]
    visits: Int[Tensor, "f s a"]
    episodes: Int[Tensor, " f"]  # finished so far

    @property
    def values(self) -> Float[Tensor, "f s"]:
        """What a state is worth, by the best action."""
        return self.table.max(dim=2).values

    @property
    def greedy(self) -> Bool[Tensor, "f s a"]:
        """Which actions are the best: all of them that are equally good."""
        return self.table == self.table.max(dim=2, keepdim=True).values


def record_learning(learner: Learner, steps: int, frames: int = 50, run: int = 0) -> TableFrames:
    """Let a learner learn for `steps` steps, and keep its table `frames` times on the way, the first and last included.

    More of the frames lie early, where more happens: their steps grow with the square, and by one at least. Raises
    ValueError if there are fewer than two frames or fewer steps than frames.
    """
    if frames < 2 or steps < frames:
        raise ValueError(f"expected at least two frames and as many steps, but got {frames} and {steps}")
    marks = [max(i, round(steps * (i / (frames - 1)) ** 2)) for i in range(frames)]
    kept, done = [], 0
    for mark in marks:
        learner.learn(mark - done)
        done = mark
        ended = torch.tensor(len(learner.returns[run]))
        kept.append((torch.tensor(mark), learner.table[run].clone(), learner.visits[run].clone(), ended))
    return TableFrames(*(torch.stack(column) for column in zip(*kept, strict=True)))


def greedy_path(world: GridWorld, table: Float[Tensor, "s a"], limit: int = 100, seed: int = 0) -> list[int]:
    """The cells that a greedy agent goes through from a start on, until the episode ends or `limit` steps are taken.

    Where several actions are equally good it throws dice. Raises ValueError if `limit` is not positive.
    """
    if limit < 1:
        raise ValueError(f"a path has at least one step, not {limit}")
    draw = torch.Generator().manual_seed(seed)
    state = world.begin(1, draw)
    path = [int(state)]
    for _ in range(limit):
        state, _, ended = world.step(state, sample(epsilon_greedy(table[state], 0.0), draw), draw)
        path.append(int(state))
        if ended:
            break
    return path


@dataclass
class EpisodeFrames:
    """One episode of an agent, step by step: what it saw, what it thought of each action, what it did and got."""

    obs: Float[Tensor, "t ..."]
    values: Float[Tensor, "t a"]
    action: Int[Tensor, " t"]
    reward: Float[Tensor, " t"]
    truncated: bool


def record_episode(
    online: Callable[[Tensor], Tensor], name: str = "CartPole-v1", seed: int = 0, **options: Any
) -> EpisodeFrames:
    """Play one greedy episode, and keep every frame. `options` go to `gymnasium.make_vec`."""
    played = play(online, name, episodes=1, seed=seed, **options)
    columns = (column[:, 0] for column in (played.obs, played.values, played.action, played.reward))
    return EpisodeFrames(*columns, truncated=bool(played.truncated[0]))
