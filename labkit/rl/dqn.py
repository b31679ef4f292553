"""Deep Q-networks: Q-learning with a network in place of the table.

for step in range(steps):
    memory.add(collect(envs, online, linear_epsilon(step, steps // 2), generator))
    update(online, target, memory.sample(128, generator), optimizer)
    if step % 10 == 0:
        synchronize(target, online)

Axes: b transitions, o observation.
"""

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn

from labkit.nn.kinds import as_index, like
from labkit.rl.environments import Environments
from labkit.rl.exploration import epsilon_greedy, sample
from labkit.rl.targets import bellman_target, double_target
from labkit.rl.transitions import Transitions

Target = Callable[[nn.Module, nn.Module, Transitions, float], Float[Tensor, " b"]]


def dqn_target(online: nn.Module, target: nn.Module, batch: Transitions, discount: float) -> Float[Tensor, " b"]:
    """The reward, and the discounted value that the target network predicts for the best next action.

    Mnih et al. 2015, https://doi.org/10.1038/nature14236
    """
    return bellman_target(batch.reward, target(batch.next_obs), batch.terminated, batch.truncated, discount)


def double_dqn_target(online: nn.Module, target: nn.Module, batch: Transitions, discount: float) -> Float[Tensor, " b"]:
    """The reward, and the discounted value that the target network predicts for the online network's choice.

    van Hasselt et al. 2016, https://arxiv.org/abs/1509.06461
    """
    ahead = online(batch.next_obs), target(batch.next_obs)
    return double_target(batch.reward, *ahead, batch.terminated, batch.truncated, discount)


def dqn_loss(
    online: nn.Module, target: nn.Module, batch: Transitions, discount: float = 0.99, aim: Target = dqn_target
) -> Float[Tensor, ""]:
    r"""Mean Huber loss between $Q(s, a)$ and its target, for the actions that were taken.

    The target is a constant: no gradient flows through it. Huber's loss is a square up to an error of 1 and a straight
    line from there on, so that a single large error cannot move the weights far.
    Mnih et al. 2015, https://doi.org/10.1038/nature14236
    """
    batch = batch.to(like(online).get("device", batch.reward.device))
    values, action = online(batch.obs), as_index(batch.action, "actions")
    if action.shape != values.shape[:1]:
        raise ValueError(f"expected an action for each of {len(values)} states, got actions of {tuple(action.shape)}")
    taken = values.gather(1, action[:, None])[:, 0]
    with torch.no_grad():
        wanted = aim(online, target, batch, discount).to(taken.dtype)
    if wanted.shape != taken.shape:
        raise ValueError(f"expected {tuple(taken.shape)} targets, one for each transition, got {tuple(wanted.shape)}")
    return F.smooth_l1_loss(taken, wanted)


def update(
    online: nn.Module,
    target: nn.Module,
    batch: Transitions,
    optimizer: torch.optim.Optimizer,
    discount: float = 0.99,
    aim: Target = dqn_target,
    clip: float = 10.0,
) -> float:
    """One gradient step of DQN on a batch; returns the loss. `clip` bounds the gradient's norm.

    Pass `aim=double_dqn_target` for double DQN, and `target=online` to see what happens without a target network.
    Raises FloatingPointError if the loss is not finite. Mnih et al. 2015, https://doi.org/10.1038/nature14236
    """
    loss = dqn_loss(online, target, batch, discount, aim)
    value = loss.item()
    if not math.isfinite(value):
        raise FloatingPointError(f"the loss is {value}: a smaller learning rate, or a target network, may help")
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(online.parameters(), clip)
    optimizer.step()
    return value


@torch.no_grad()
def collect(
    envs: Environments, online: nn.Module, epsilon: float, generator: torch.Generator | None = None
) -> Transitions:
    """Play one step in every environment, epsilon-greedily, and return what happened.

    Mnih et al. 2015, https://doi.org/10.1038/nature14236
    """
    values = online(envs.obs.to(like(online).get("device", envs.obs.device))).cpu()
    return envs.step(sample(epsilon_greedy(values, epsilon), generator))
