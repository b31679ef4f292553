"""Stable-Baselines3's DQN, given labkit's weights and batches."""

import gymnasium
import numpy as np
import torch
from torch import nn

from labkit.rl.q_network import QNetwork
from labkit.rl.transitions import Transitions


@torch.no_grad()
def sb3_dqn(online: QNetwork, target: QNetwork, envs=None, **options):
    """A DQN on CartPole whose two networks have the weights of ours."""
    from stable_baselines3 import DQN
    from stable_baselines3.common.logger import configure

    hidden = [layer.out_features for layer in online.layers if isinstance(layer, nn.Linear)][:-1]
    envs = gymnasium.make("CartPole-v1") if envs is None else envs
    peer = DQN("MlpPolicy", envs, policy_kwargs={"net_arch": hidden}, device="cpu", seed=0, **options)
    peer.set_logger(configure(None, []))
    for ours, theirs in ((online, peer.q_net), (target, peer.q_net_target)):
        theirs.q_net.load_state_dict(ours.layers.state_dict())
    return peer


def sb3_samples(batch: Transitions):
    """A batch as their replay buffer hands it out, having been told of the truncations in its own way."""
    from stable_baselines3.common.buffers import ReplayBuffer

    spaces = gymnasium.spaces.Box(-np.inf, np.inf, batch.obs.shape[1:]), gymnasium.spaces.Discrete(2)
    buffer = ReplayBuffer(len(batch), *spaces, handle_timeout_termination=True)
    columns = (column.numpy() for column in vars(batch).values())
    for obs, action, reward, next_obs, terminated, truncated in zip(*columns, strict=True):
        infos = [{"TimeLimit.truncated": bool(truncated and not terminated)}]
        done = np.array([terminated or truncated])
        buffer.add(obs[None], next_obs[None], np.array([[action]]), np.array([reward]), done, infos)
    return buffer._get_samples(np.arange(len(batch)))


def random_batch(count: int, seed: int = 0) -> Transitions:
    """Made-up transitions of CartPole's shapes, with every combination of the two flags."""
    draw = torch.Generator().manual_seed(seed)
    obs, next_obs = torch.randn(2, count, 4, generator=draw)
    flags = torch.arange(count)
    return Transitions(
        obs,
        torch.randint(2, (count,), generator=draw),
        3 * torch.randn(count, generator=draw),
        next_obs,
        flags % 4 >= 2,
        flags % 2 == 1,
    )
